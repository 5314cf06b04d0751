"""How batches of states lie in memory.

A batch is a matrix of shape (cells, N): a row for each cell of the system in the order of
`System.cells`, a column for each state. Cells first, because numpy then reduces over elements
of a sort with vector instructions along the states. One signed integer type, the smallest that
holds every cell, serves the whole matrix.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.ir.system import State, System
from model.ir.types import ModelError

#: (cells, N) of some signed integer type.
Matrix = NDArray[np.signedinteger]

#: Of states or actions.
Numbers = NDArray[np.signedinteger]

#: Truth values, of the shape that is said where it is used.
Mask = NDArray[np.bool_]


def width(lo: int, hi: int) -> int:
    """The bytes of the smallest signed integer type that holds lo..hi."""
    for size in (1, 2, 4, 8):
        if -(1 << (8 * size - 1)) <= lo and hi < 1 << (8 * size - 1):
            return size
    raise ModelError(f"the interval {lo}..{hi} does not fit 64 bits")


class Layout:
    """The cells of one system as rows of a matrix."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.cells = len(system.cells)
        self.bytes = max((width(f.type.lo, f.type.hi) for f in system.functions), default=1)
        self.dtype = np.dtype(f"i{self.bytes}")

    def encode(self, states: Sequence[State]) -> Matrix:
        """The states as columns."""
        matrix = np.array(states, dtype=self.dtype).reshape(len(states), self.cells)
        return np.ascontiguousarray(matrix.T)

    def decode(self, column: Matrix) -> State:
        """The state of one column of shape (cells,)."""
        return tuple(int(value) for value in column)
