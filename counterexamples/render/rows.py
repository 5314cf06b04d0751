"""Steps as a reader takes them in: those that do one thing to several objects are one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from counterexamples.explain import Move

#: How many steps in a row make one row.
FEW = 3


class Row(NamedTuple):
    """One step, or several of one action that differ in one object only."""

    moves: tuple[Move, ...]

    @property
    def number(self) -> str:
        """ "4", "4-7"."""
        first, last = self.moves[0].index, self.moves[-1].index
        return str(first) if first == last else f"{first}-{last}"

    @property
    def text(self) -> str:
        """The step in words; of several, the first and the last object are named."""
        first, last = self.moves[0], self.moves[-1]
        name = _differs(first, last)
        if name is None:
            return first.text
        one, other = first.parameters[name], last.parameters[name]
        return first.text.replace(one, f"{one} … {other}", 1)


def rows(moves: Sequence[Move], loop: int | None = None) -> list[Row]:
    """The rows of some moves, in their order. What repeats for ever, all but the first `loop`,
    begins with a row of its own."""
    found: list[Row] = []
    index = 0
    while index < len(moves):
        end = index + 1
        while end < len(moves) and end != loop and _alike(moves[index:end], moves[end]):
            end += 1
        if end - index < FEW:
            end = index + 1
        found.append(Row(tuple(moves[index:end])))
        index = end
    return found


def _alike(row: Sequence[Move], move: Move) -> bool:
    """Whether a move does what those of a row do, to another object that its text names."""
    first, last = row[0], row[-1]
    if (first.actor, first.action, first.believed) != (move.actor, move.action, move.believed):
        return False
    name = _differs(last, move)
    if name is None or (len(row) > 1 and _differs(first, last) != name):
        return False
    return all(each.parameters[name] in each.text for each in (last, move))


def _differs(one: Move, other: Move) -> str | None:
    """The only parameter in which two moves of one action differ; None for none, or several."""
    found = [name for name, value in one.parameters.items() if other.parameters[name] != value]
    return found[0] if len(found) == 1 else None
