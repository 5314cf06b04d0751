"""Models in which nothing can ever move: what holds in them says nothing."""

from __future__ import annotations

import math
from dataclasses import replace

from checker.verdict import Verdict
from model.ir.interpret import steps
from model.ir.system import System

#: Choices of parameters that the interpreter tries to see whether a model can move at all; larger
#: ones are taken to move.
MAX_CHOICES = 20_000


def moving(verdict: Verdict, system: System) -> Verdict:
    """The verdict, but for a system in which nothing can move: that satisfies whatever holds at
    the start."""
    if verdict.outcome not in ("proved", "holds") or verdict.trace is not None:
        return verdict
    if verdict.idle is not None and len(verdict.idle) < len(system.actions):
        return verdict
    choices = sum(math.prod(sort.size for sort in action.sorts) for action in system.actions)
    if choices * len(system.initial) > MAX_CHOICES:
        return verdict
    if any(True for state in system.initial for _ in steps(system, state)):
        return verdict
    reason = "nothing can ever move here, and a model that cannot move proves nothing"
    return replace(verdict, outcome="unknown", extent=None, reason=reason)
