"""Steps of one action from the states of a batch, and what they write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.explicit.layout import Matrix

#: Indices of the batch's states, one for each step.
Rows = NDArray[np.intp]
#: Which of the steps.
Some = Rows | slice


class Write(NamedTuple):
    """What steps write into some cells, each of shape (…, steps) or (…, 1) or a number: the cells,
    counted from number `first`, the values, and where they are written (None: everywhere)."""

    first: int
    cells: Any
    values: Any
    where: Any = None

    def of(self, some: Some) -> Write:
        """What some of the steps write."""
        return Write(*(_of(part, some) for part in self))

    def into(self, T: Matrix, columns: Rows) -> None:
        """Write into the states that the steps leave, one in each of the columns 0, 1, …"""
        flat = T[self.first :]
        if np.ndim(self.cells) and self.cells.shape[-1] == T.shape[1] != 1:
            flat = flat.reshape(-1)
            places = np.multiply(self.cells, T.shape[1], dtype=np.intp) + columns
        else:
            # The same cells for every step: whole rows.
            places = self.cells[..., 0] if np.ndim(self.cells) else self.cells
        values = self.values
        if self.where is not None:
            values = np.where(self.where, values, flat[places])
        flat[places] = values


def _of(part: Any, some: Some) -> Any:
    return part[..., some] if np.ndim(part) and part.shape[-1] != 1 else part


class Steps(NamedTuple):
    """Steps of one action from the states of a batch."""

    #: The action's number.
    action: int
    #: The state that each step leaves.
    rows: Rows
    #: The elements of each parameter.
    chosen: tuple[Rows, ...]
    writes: Sequence[Write]
    #: What each step adds to the plain hash of its state, or what all of them add.
    change: NDArray[np.int64]

    def part(self, first: int, last: int) -> Steps:
        """The steps number first..last-1."""
        some = slice(first, last)
        return Steps(
            self.action,
            self.rows[some],
            tuple(elements[some] for elements in self.chosen),
            [write.of(some) for write in self.writes],
            _of(self.change, some),
        )

    def after(self, C: Matrix, some: Some = slice(None)) -> Matrix:
        """The successors of the batch C by some of the steps; shape (cells, steps)."""
        return successors(C, self.rows[some], [write.of(some) for write in self.writes])


def successors(C: Matrix, rows: Rows, writes: Sequence[Write]) -> Matrix:
    """The states after steps from the states `rows` of the batch C."""
    T: Matrix = C.take(rows, 1, mode="clip")
    columns = np.arange(T.shape[1])
    for write in writes:
        write.into(T, columns)
    return T
