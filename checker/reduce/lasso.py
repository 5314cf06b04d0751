"""Runs of a smaller system, followed in the original one.

The loop of the smaller system may have to be gone round several times until what it does not have
returns, too, and actions that it does not have may have to be taken for fairness. Where it does not
tell apart who is served, whoever waited longest is; a loop that is unfair to somebody even so is
given up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product
from typing import NamedTuple

from checker.reduce.contract import Unliftable
from model.ir.fairness import Whom, unfair
from model.ir.interpret import Step, successor
from model.ir.system import Action, State, System
from model.ir.trace import Trace, replay

#: The step that a step of the smaller system stands for in a state of the original.
Move = Callable[[State], Step]


class Turn(NamedTuple):
    """An action, and whom it is to serve: everyone where that is ()."""

    action: Action
    whom: Whom = ()


#: Times that a loop is gone round before it is given up, and that it is asked whether it is fair.
MOST_ROUNDS, _LOOKS = 64, 8


def lift_lasso(
    system: System, dropped: Sequence[Action], start: State, moves: Sequence[Move], loop: int
) -> Trace:
    """The fair run of `system` with these moves, round the loop again and again, in which actions
    of `dropped` have their turns where fairness needs them. They disable none of the moves.

    Raises Unliftable.
    """
    fair = [turn for action in dropped if action.fairness != "none" for turn in _turns(action)]
    for served in ([], fair) if fair else ([],):
        for trace in islice(_rounds(system, served, start, moves, loop), _LOOKS):
            if unfair(system, trace) is None:
                return trace
    raise Unliftable(f"the loop does not close fairly within {MOST_ROUNDS} rounds")


def follow(system: System, start: State, moves: Sequence[Move]) -> Trace:
    """The run of `system` with these moves. Raises Unliftable."""
    run = _Run(system, start, [])
    for move in moves:
        run.take(move(run.state))
    return replay(system, tuple(run.steps), start, None)


def _rounds(
    system: System, fair: Sequence[Turn], start: State, moves: Sequence[Move], loop: int
) -> Iterator[Trace]:
    """The stem, and then rounds until all is as it was: then, and each time again."""
    run = _Run(system, start, fair)
    for move in moves[:loop]:
        run.take(move(run.state))
    seen: dict[tuple[State, tuple[Turn, ...]], int] = {}
    for _ in range(MOST_ROUNDS):
        begun = seen.setdefault((run.state, tuple(run.queue)), len(run.steps))
        if begun < len(run.steps):
            yield replay(system, tuple(run.steps), start, begun)
        before = len(run.steps)
        for move in moves[loop:]:
            run.turns()
            run.take(move(run.state))
        run.turns()
        if len(run.steps) == before:
            yield replay(system, tuple(run.steps), start, before)
            return


class _Run:
    """A run that grows. `queue` are the turns to give, the one that waited longest first.

    In each gap between two steps everyone in the queue has at most one turn. So who could have it
    again and again comes to the front, and then has it as soon as possible.
    """

    def __init__(self, system: System, start: State, fair: Sequence[Turn]) -> None:
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
            found = next(((turn, step) for turn in waiting if (step := self._enabled(turn))), None)
            if found is None:
                return
            turn, step = found
            self.take(step)
            for places in (waiting, self.queue):
                places.remove(turn)
            self.queue.append(turn)

    def _enabled(self, turn: Turn) -> Step | None:
        return enabled(self._system, turn, self.state)


def _turns(action: Action) -> list[Turn]:
    """Everyone whom fairness of an action has served: one after the other is the action, too."""
    everyone = product(*(range(action.sorts[place].size) for place in action.served))
    return [Turn(action, whom) for whom in everyone]


def enabled(system: System, turn: Turn, state: State) -> Step | None:
    """The first step of an action for somebody that is enabled in a state; None if none is."""
    action, whom = turn
    for arguments in product(*(range(sort.size) for sort in action.sorts)):
        step = Step(action, arguments)
        mine = all(arguments[i] == each for i, each in zip(action.served, whom, strict=False))
        if mine and successor(system, state, step) is not None:
            return step
    return None
