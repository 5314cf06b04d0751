"""Traces: runs of a system that start in an initial state and may end in a loop."""

from __future__ import annotations

from dataclasses import dataclass

from model.ir.interpret import Step, memoised, successor
from model.ir.system import State, System


@dataclass(frozen=True)
class Trace:
    """`states[i]` is the state before `steps[i]`; there is one state more than steps.

    `loop` is the index of the state that the last state equals, where the run goes on for ever
    round a cycle; a run that stutters for ever in its last state has `loop == len(steps)`.
    None means that the run simply ends (a safety violation or a witness).
    """

    states: tuple[State, ...]
    steps: tuple[Step, ...]
    loop: int | None = None

    def __post_init__(self) -> None:
        assert len(self.states) == len(self.steps) + 1


class Rejected(Exception):
    """The interpreter does not allow a trace. `index` is the first step that fails, from 0."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index


def replay(system: System, steps: tuple[Step, ...], start: State, loop: int | None) -> Trace:
    """The trace that the interpreter makes of some steps. Raises Rejected."""
    if start not in system.initial:
        raise Rejected(0, "the run does not start in an initial state")
    states = [start]
    for index, step in enumerate(steps):
        after = successor(system, states[-1], step, memoised(system, states[-1]))
        if after is None:
            raise Rejected(index, f"{step.action.name} is not enabled")
        states.append(after)
    if loop is not None and states[loop] != states[-1]:
        raise Rejected(len(steps), "the loop does not close")
    return Trace(tuple(states), steps, loop)
