"""The last check of a trace before anybody sees it: the interpreter has to agree with it.

Omits: the fairness of a loop whose actions have more than `MAX_CHOICES` choices of parameters
in all its states together; the scalar interpreter would take too long over them.
"""

from __future__ import annotations

from math import prod

from model.ir.fairness import unfair
from model.ir.interpret import holds
from model.ir.system import Property, System
from model.ir.trace import Rejected, Trace, replay

MAX_CHOICES = 200_000


def confirm(system: System, prop: Property, trace: Trace) -> Trace:
    """The trace as the interpreter runs it, once it is seen to decide the property.

    A trace violates its property, or, for `reachable`, shows that it is reached. Raises Rejected
    if a step is not enabled, a loop does not close or is not fair, or the property is not
    decided: always a bug of an engine.
    """
    if not trace.states:
        raise Rejected(0, "the trace is empty")
    run = replay(system, trace.steps, trace.states[0], trace.loop)
    complaint = undecided(system, prop, run)
    if complaint:
        raise Rejected(len(run.steps), f"{prop.name}: {complaint}")
    return run


def weighs_fairness(system: System, states: int) -> bool:
    """Whether `confirm` looks at the fairness of a loop of so many states, whatever it takes."""
    owed = (action for action in system.actions if action.fairness != "none")
    return states * sum(prod(s.size for s in action.sorts) for action in owed) <= MAX_CHOICES


def undecided(system: System, prop: Property, run: Trace) -> str | None:
    """Why a run that can be taken says nothing about the property, or None if it decides it."""
    p = [holds(system, prop.p, state) for state in run.states]
    if prop.is_safety:
        wanted = prop.kind == "reachable"
        return None if p[-1] == wanted else "the last state does not decide it"
    if run.loop is None:
        return "a liveness violation needs a loop"
    in_loop = slice(run.loop, None)
    match prop.kind:
        case "eventually":
            decided = not any(p)
        case "leads to":
            q = [holds(system, prop.q, state) for state in run.states]
            # Unanswered for ever: a p-state after the last q-state, or anywhere in the loop.
            last = max((i for i, answered in enumerate(q) if answered), default=-1)
            decided = not any(q[in_loop]) and any(p[last + 1 :])
        case "always eventually":
            decided = not any(p[in_loop])
        case _:
            decided = not all(p[in_loop])
    if not decided:
        return "the run satisfies it"
    return _unfair(system, run, run.loop)


def _unfair(system: System, run: Trace, loop: int) -> str | None:
    """Why the loop is not a fair run, or None if it is."""
    taken = {step.action for step in run.steps[loop:]}
    owed = [
        action
        for action in system.actions
        if action.fairness != "none" and (action.fair_for or action not in taken)
    ]
    states = max(1, len(run.steps) - loop)
    if states * sum(prod(s.size for s in action.sorts) for action in owed) > MAX_CHOICES:
        return None
    starved = unfair(system, run, owed)
    return None if starved is None else f"the loop is unfair to {starved}"
