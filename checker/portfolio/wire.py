"""What a child process tells its parent, as plain data.

An action is itself and nothing else, so a step crosses as the number of its action, and a trace is
run again by the interpreter on the other side. Everything else in a verdict has to be picklable.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from checker.verdict import Verdict
from model.ir.interpret import Step
from model.ir.system import State, System
from model.ir.trace import replay


class Packed(NamedTuple):
    """A verdict without its trace; where the trace starts; its steps as numbers of actions and
    arguments; its loop."""

    verdict: Verdict
    start: State | None = None
    steps: tuple[tuple[int, tuple[int, ...]], ...] = ()
    loop: int | None = None


class Progress(NamedTuple):
    """How far the child is, for people."""

    text: str


class Answer(NamedTuple):
    """An answer that no more work of this child changes."""

    packed: Packed


class Climbed(NamedTuple):
    """The answers on the rung in this place of the ladder (from 0)."""

    place: int
    sizes: str
    answers: tuple[Packed, ...]


class Walked(NamedTuple):
    """The walks that were to be taken in any case are done; the child goes on with others."""


class Tried(NamedTuple):
    """The child has done as much as it was to do in any case, and goes on."""


class Ended(NamedTuple):
    """The child is done; `exhausted` says what made it stop early, if anything did."""

    answers: tuple[Packed, ...]
    exhausted: str


class Failed(NamedTuple):
    """The child cannot go on, for a reason that is no mistake of this program."""

    reason: str


class Bug(NamedTuple):
    """The child met a mistake of this program."""

    traceback: str


Message = Progress | Answer | Climbed | Walked | Tried | Ended | Failed | Bug


def pack(verdict: Verdict, system: System) -> Packed:
    """The verdict on a system as plain data."""
    trace = verdict.trace
    if trace is None:
        return Packed(verdict)
    numbers = {action: number for number, action in enumerate(system.actions)}
    steps = tuple((numbers[step.action], tuple(step.arguments)) for step in trace.steps)
    return Packed(replace(verdict, trace=None), tuple(trace.states[0]), steps, trace.loop)


def unpack(packed: Packed, system: System) -> Verdict:
    """The verdict that was packed. Raises Rejected where the interpreter does not accept its
    trace."""
    if packed.start is None:
        return packed.verdict
    steps = tuple(Step(system.actions[number], arguments) for number, arguments in packed.steps)
    trace = replay(system, steps, packed.start, packed.loop)
    return replace(packed.verdict, trace=trace)
