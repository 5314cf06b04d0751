"""Which steps of a run bring which others about: a causal slice.

A step needs an earlier one if it cannot be taken, or does something else, once the values that
the earlier one wrote are what they were before it (but-for causation, one step at a time; Halpern
and Pearl, "Causes and Explanations", 2005, discuss what that misses). The end needs a step likewise
if the property would not be violated then, or a run that rests for ever would go on. Values that
were written again since are the later step's, so causes are direct; what those need in turn
completes the slice.

Omits: causes that only matter together, where each alone would have been enough; in a run that goes
round for ever, what keeps another step from being taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from model.ir.interpret import Step, holds, memoised, steps, successor
from model.ir.system import Property, State, System
from model.ir.trace import Trace
from model.ir.types import ModelError

#: The cells that a step changes, with old and new value.
Effect = dict[int, tuple[int, int]]

#: Steps times cells of the state, above which a run is not taken apart: the work grows with the
#: square of that.
MOST = 3_000


@dataclass(frozen=True)
class Causes:
    """Steps are numbered from 1. `steps` has for each step the earlier ones that it needs, and
    `end` those that the violation itself needs."""

    steps: tuple[tuple[int, ...], ...]
    end: tuple[int, ...]

    @property
    def idle(self) -> tuple[int, ...]:
        """The steps that the violation needs neither directly nor through others."""
        needed: set[int] = set()
        left = list(self.end)
        while left:
            number = left.pop()
            if number not in needed:
                needed.add(number)
                left.extend(self.steps[number - 1])
        return tuple(n for n in range(1, len(self.steps) + 1) if n not in needed)


def causes(system: System, prop: Property, trace: Trace) -> Causes | None:
    """The causes in a confirmed run; None where that would take too long."""
    count = len(trace.steps)
    if count * len(system.cells) > MOST:
        return None
    found = []
    for index, step in enumerate(trace.steps):
        before, after = trace.states[index : index + 2]

        effect = _effect(before, after)

        def differs(state: State, step: Step = step, effect: Effect = effect) -> bool:
            try:
                changed = successor(system, state, step, memoised(system, state))
            except ModelError:  # such a state is none that the model can be in
                return True
            return changed is None or _effect(state, changed) != effect

        found.append(_needs(trace, index, differs))
    around = range(count if trace.loop is None else trace.loop, count + 1)
    wrong = (place for place in around if _violated(system, prop, trace.states[place]))
    rests = trace.loop == count

    def saved(state: State) -> bool:
        """Whether a state would not be violated, or not for ever."""
        return not _violated(system, prop, state) or (rests and _goes_on(system, state))

    needed = set(_needs(trace, next(wrong, count), saved))
    if prop.kind == "leads to":
        # What was never answered had to come up first.
        asked = [place for place, at in enumerate(trace.states) if holds(system, prop.p, at)]
        needed |= set(_needs(trace, asked[-1], lambda state: not holds(system, prop.p, state)))
    # What goes round for ever needs its own steps.
    needed |= set(range(around.start + 1, count + 1))
    return Causes(tuple(found), tuple(sorted(needed)))


def _needs(trace: Trace, index: int, differs: Callable[[State], bool]) -> tuple[int, ...]:
    """The steps before a state without whose writes it would differ."""
    state = trace.states[index]
    writers: dict[int, dict[int, int]] = {}
    for number in range(index):
        for cell, (old, new) in _effect(*trace.states[number : number + 2]).items():
            for written in writers.values():
                written.pop(cell, None)
            if new == state[cell]:
                writers.setdefault(number + 1, {})[cell] = old
    needed = []
    for number, written in writers.items():
        undone = tuple(written.get(cell, value) for cell, value in enumerate(state))
        if written and differs(undone):
            needed.append(number)
    return tuple(needed)


def _effect(before: State, after: State) -> Effect:
    return {
        cell: (old, new)
        for cell, (old, new) in enumerate(zip(before, after, strict=True))
        if old != new
    }


def _goes_on(system: System, state: State) -> bool:
    """Whether a run that is fair does not end in a state."""
    return any(step.action.fairness != "none" for step, _ in steps(system, state))


def _violated(system: System, prop: Property, state: State) -> bool:
    """Whether a state is what the property forbids, at the end of a run or for ever."""
    match prop.kind:
        case "reachable":
            return holds(system, prop.p, state)
        case "leads to":
            return not holds(system, prop.q, state)
        case _:
            return not holds(system, prop.p, state)
