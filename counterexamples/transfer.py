"""A run of one system as a run of another that has the same actions and elements, and more."""

from __future__ import annotations

from counterexamples.replay import confirm, weighs_fairness
from model.ir.interpret import Step, successor
from model.ir.system import Property, System
from model.ir.trace import Rejected, Trace


def transferred(trace: Trace, system: System, prop: Property) -> Trace | None:
    """The steps of a trace, by the names of actions and elements, taken by a system; None where
    that is no run of it, or decides nothing about its property."""
    if len(system.initial) != 1:
        return None
    # An unfair loop must not take the place of a fair one.
    if trace.loop is not None and not weighs_fairness(system, len(trace.states)):
        return None
    states, steps = [system.initial[0]], []
    for step in trace.steps:
        taken = _named(step, system)
        after = None if taken is None else successor(system, states[-1], taken)
        if taken is None or after is None:
            return None
        steps.append(taken)
        states.append(after)
    try:
        return confirm(system, prop, Trace(tuple(states), tuple(steps), trace.loop))
    except Rejected:
        return None


def _named(step: Step, system: System) -> Step | None:
    """The system's step of the same names."""
    try:
        action = system.action(step.action.actor, step.action.name)
        arguments = tuple(
            sort.elements.index(own.elements[element])
            for sort, own, element in zip(
                action.sorts, step.action.sorts, step.arguments, strict=True
            )
        )
    except (KeyError, ValueError):
        return None
    return Step(action, arguments)
