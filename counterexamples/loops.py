"""What goes round for ever, as a quarrel: who undoes whose work.

Omits: work that is undone by several steps together, and values without a name in the API.
"""

from __future__ import annotations

from typing import NamedTuple

from counterexamples.change import named
from model.ir.system import System
from model.ir.trace import Trace


class Undone(NamedTuple):
    """A step that takes values back to what they were before another step of the loop. Steps are
    numbered from 1; `labels` are the values, as in `Change`."""

    did: int
    undid: int
    labels: tuple[str, ...]


def undone(system: System, trace: Trace) -> tuple[Undone, ...]:
    """Pairs of steps in a run's loop of which one undoes the other; none if nothing repeats.

    In a loop every value comes back. Of each the pair is told that takes it away from what it was
    at the very start, and back to that; else the first."""
    if trace.loop is None:
        return ()
    found: dict[tuple[int, int], list[str]] = {}
    for cell in range(len(system.cells)):
        label = named(system, cell)
        pairs = _pairs(trace, cell) if label else []
        if pairs:
            start = trace.states[0][cell]
            did, undid = next((p for p in pairs if trace.states[p[0]][cell] == start), pairs[0])
            found.setdefault((did + 1, undid + 1), []).append(str(label))
    return tuple(Undone(*pair, tuple(labels)) for pair, labels in sorted(found.items()))


def _pairs(trace: Trace, cell: int) -> list[tuple[int, int]]:
    """Each step of the loop, from 0, that writes a cell, and the next one, round the loop, that
    gives it back its value."""
    states, count = trace.states, len(trace.steps)
    loop = range(count if trace.loop is None else trace.loop, count)
    writes = [n for n in loop if states[n][cell] != states[n + 1][cell]]
    return [
        (one, next(n for n in later if states[n + 1][cell] == states[one][cell]))
        for index, one in enumerate(writes)
        for later in [writes[index + 1 :] + writes[:index]]
    ]
