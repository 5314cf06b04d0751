"""Runs of a smaller system, followed in the original one.

The loop of the smaller system may have to be gone round several times until what it does not have
returns, too, and actions that it does not have may have to be taken for fairness.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from checker.reduce.contract import Unliftable
from model.ir.interpret import Step, successor
from model.ir.system import Action, State, System
from model.ir.trace import Trace, replay

#: The step that a step of the smaller system stands for in a state of the original.
Move = Callable[[State], Step]

#: Times that a loop is gone round before it is given up.
MOST_ROUNDS = 64


def lift_lasso(
    system: System, dropped: Sequence[Action], start: State, moves: Sequence[Move], loop: int
) -> Trace:
    """The fair run of `system` with these moves, round the loop again and again, in which actions
    of `dropped` have their turns where fairness needs them. They disable none of the moves.

    Raises Unliftable.
    """
    fair = [action for action in dropped if action.fairness != "none"]
    for served in ([], fair):
        trace = _round(system, served, start, moves, loop)
        if trace is not None and all(_satisfied(system, action, trace) for action in fair):
            return trace
    raise Unliftable(f"the loop does not close fairly within {MOST_ROUNDS} rounds")


def follow(system: System, start: State, moves: Sequence[Move]) -> Trace:
    """The run of `system` with these moves. Raises Unliftable."""
    run = _Run(system, start, [])
    for move in moves:
        run.take(move(run.state))
    return replay(system, tuple(run.steps), start, None)


def _round(
    system: System, fair: Sequence[Action], start: State, moves: Sequence[Move], loop: int
) -> Trace | None:
    """The stem, and then rounds until all is as it was."""
    run = _Run(system, start, fair)
    for move in moves[:loop]:
        run.take(move(run.state))
    seen: dict[tuple[State, tuple[Action, ...]], int] = {}
    for _ in range(MOST_ROUNDS):
        begun = seen.setdefault((run.state, tuple(run.queue)), len(run.steps))
        if begun < len(run.steps):
            return replay(system, tuple(run.steps), start, begun)
        for move in moves[loop:]:
            run.turns()
            run.take(move(run.state))
        run.turns()
        if len(run.steps) == begun:
            return replay(system, tuple(run.steps), start, begun)
    return None


class _Run:
    """A run that grows. `queue` are the fair actions to serve, the one that waited longest first.

    In each gap between two steps every action in the queue has at most one turn. So one that is
    enabled again and again comes to the front, and then is taken where it is enabled next.
    """

    def __init__(self, system: System, start: State, fair: Sequence[Action]) -> None:
        self._system = system
        self.state = start
        self.steps: list[Step] = []
        self.queue = list(fair)

    def take(self, step: Step) -> None:
        after = successor(self._system, self.state, step)
        if after is None:
            raise Unliftable(f"{step.action} is not enabled")
        self.steps.append(step)
        self.state = after

    def turns(self) -> None:
        waiting = list(self.queue)
        while True:
            step = next(filter(None, (self._enabled(action) for action in waiting)), None)
            if step is None:
                return
            self.take(step)
            for places in (waiting, self.queue):
                places.remove(step.action)
            self.queue.append(step.action)

    def _enabled(self, action: Action) -> Step | None:
        return enabled(self._system, action, self.state)


def enabled(system: System, action: Action, state: State) -> Step | None:
    """The first step of an action that is enabled in a state; None if none is."""
    for arguments in product(*(range(sort.size) for sort in action.sorts)):
        step = Step(action, arguments)
        if successor(system, state, step) is not None:
            return step
    return None


def _satisfied(system: System, action: Action, lasso: Trace) -> bool:
    """Whether the loop of a lasso is fair to an action."""
    assert lasso.loop is not None
    if any(step.action is action for step in lasso.steps[lasso.loop :]):
        return True
    rests = (enabled(system, action, s) is None for s in lasso.states[lasso.loop :])
    return any(rests) if action.fairness == "weak" else all(rests)
