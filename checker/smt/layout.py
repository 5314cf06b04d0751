"""Where the cells of a state lie in a row of bits."""

from __future__ import annotations

from collections.abc import Sequence

from checker.smt import terms
from checker.smt.gates import FALSE, TRUE
from checker.smt.sat.contract import Model
from model.ir.system import State, System


class Layout:
    """Each cell counts from the low end of its type's interval, its low bits first."""

    def __init__(self, system: System) -> None:
        self._lows = [function.type.lo for function, _ in system.cells]
        widths = [terms.width(f.type.lo, f.type.hi) for f, _ in system.cells]
        self._ends = [sum(widths[: i + 1]) for i in range(len(widths))]
        #: The number of bits of a state.
        self.size = sum(widths)

    def of(self, cell: int) -> range:
        """The bits of one cell."""
        return range(self._ends[cell - 1] if cell else 0, self._ends[cell])

    def encode(self, cell: int, value: int) -> list[int]:
        """The literals of one cell's bits where it has a known value."""
        offset = value - self._lows[cell]
        return [TRUE if offset >> k & 1 else FALSE for k in range(len(self.of(cell)))]

    def state(self, model: Model, bits: Sequence[int]) -> State:
        """The state that a row of literals is in a model."""
        return tuple(
            low + sum(model[bits[position]] << k for k, position in enumerate(self.of(cell)))
            for cell, low in enumerate(self._lows)
        )
