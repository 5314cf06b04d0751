"""Which runs are fair, by the interpreter.

A run that goes round for ever is unfair to a weakly fair action that could be taken in every state
on the way and never is, and to a strongly fair one that could be taken in some. It is unfair to one
choice of `Action.fair_for` where this could be served in every state, by whatever choice of the
other parameters, and never is. An action that only waits for others could be taken
(`Action.claim`): that others came first again and again is no reason never to come to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product

from model.ir.interpret import Step, Value, memoised, successor
from model.ir.system import Action, State, System
from model.ir.trace import Trace

#: Those that an action serves: the whole action is (), one choice of `fair_for` its elements.
Whom = tuple[int, ...]


def unwaiting(action: Action) -> Action:
    """The action as it would be if it waited for nobody."""
    return action if action.claim is None else replace(action, guard=action.claim, claim=None)


def unfair(system: System, run: Trace, among: Iterable[Action] | None = None) -> str | None:
    """To which of some actions, or of all, the loop of a run is unfair, in words; None for none."""
    assert run.loop is not None
    # Without steps the run stays in its last state.
    states = run.states[run.loop : -1] or run.states[-1:]
    values: dict[State, Value] = {state: memoised(system, state) for state in states}
    for action in system.actions if among is None else among:
        if action.fairness == "none":
            continue
        taken = [step for step in run.steps[run.loop :] if step.action is action]
        if action.fairness == "strong":
            if not taken and any(able(system, action, s, v) for s, v in values.items()):
                return repr(action)
            continue
        left: set[Whom] | None = None
        done = {whom for step in taken for whom in serves(step)}
        for state, value in values.items():
            here = able(system, action, state, value)
            left = (here if left is None else left & here) - done
            if not left:
                break
        if left:
            return _told(action, min(left))
    return None


def serves(step: Step) -> set[Whom]:
    """Whom a step serves: the whole action, and what it tells apart."""
    return {(), tuple(step.arguments[place] for place in step.action.served)}


def able(system: System, action: Action, state: State, value: Value) -> set[Whom]:
    """Whom an action could serve in a state if it waited for nobody; `value` is as for
    `successor`."""
    acting, found = unwaiting(action), set[Whom]()
    for arguments in product(*(range(sort.size) for sort in action.sorts)):
        whom = tuple(arguments[place] for place in action.served)
        if whom not in found and successor(system, state, Step(acting, arguments), value):
            found |= {(), whom}
    return found


def _told(action: Action, whom: Whom) -> str:
    if not whom:
        return repr(action)
    names = (
        action.sorts[place].elements[element]
        for place, element in zip(action.served, whom, strict=True)
    )
    return f"{action!r} for {', '.join(names)}"
