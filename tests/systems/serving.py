"""Systems in which fairness tells apart whom actions serve, and in which some wait for others."""

from __future__ import annotations

import random
from dataclasses import replace

from model.ir.expr import Expr
from model.ir.system import Action, System


def serving(system: System, seed: int) -> System:
    """The system with fairness of single choices of some parameters of its weakly fair actions, of
    which some wait while something is true that its properties are about."""
    drawn = random.Random(seed)
    conditions = [expr for prop in system.properties for expr in (prop.p, prop.q)]
    actions = tuple(
        _serving(action, drawn, conditions) if action.fairness == "weak" else action
        for action in system.actions
    )
    return replace(system, name=f"{system.name}, serving", actions=actions)


def _serving(action: Action, drawn: random.Random, conditions: list[Expr]) -> Action:
    fair_for = tuple(p for p in action.parameters if drawn.random() < 0.7)
    if drawn.random() < 0.3 and conditions:
        waits = drawn.choice(conditions)
        action = replace(action, guard=action.guard & ~waits, claim=action.guard)
    return replace(action, fair_for=fair_for)
