"""Groups of symmetric sorts in which colours decide everything; see `symmetry`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from checker.explicit.hashing import Hashes, mixed, randoms
from checker.explicit.layout import Layout, Mask, Matrix
from checker.explicit.restriction import Restriction
from checker.explicit.steps import Rows
from model.ir.system import StateFunction
from model.ir.types import ElementType, Sort

#: Up to so many elements comparing all with all is faster than sorting.
_PAIRS = 64


class Forest:
    """One group. `parents` maps a sort to the function by which it refers to another."""

    def __init__(
        self,
        layout: Layout,
        functions: Sequence[StateFunction],
        parents: Mapping[Sort, StateFunction],
        classes: Mapping[Sort, tuple[int, ...]],
        stream: int,
    ) -> None:
        self.sorts = tuple(classes)
        self._parents = {sort: (f, _target(f)) for sort, f in parents.items()}
        self._offsets = layout.system.offsets
        self.cells = [
            cell for f in functions for cell in range(self._offsets[f], self._offsets[f] + f.size)
        ]
        depth = {sort: self._depth(sort) for sort in classes}
        #: What refers comes before what it refers to.
        self._order = sorted(classes, key=lambda sort: -depth[sort])
        self._parts = {
            sort: _Part(layout, sort, functions, classes, (stream << 8) + 2 * index)
            for index, sort in enumerate(classes)
        }

    def _depth(self, sort: Sort) -> int:
        return 1 + self._depth(self._parents[sort][1]) if sort in self._parents else 0

    def _up(self, C: Matrix) -> tuple[dict[Sort, Hashes], Hashes]:
        """Colours from own values and from what refers to an element, and their total over the
        elements that refer to nothing."""
        total = np.zeros(C.shape[1], np.uint64)
        gathered: dict[Sort, list[Hashes]] = {sort: [] for sort in self.sorts}
        colours: dict[Sort, Hashes] = {}
        for sort in self._order:
            own = self._parts[sort].values(C)
            for sums in gathered[sort]:
                own += sums
            colours[sort] = own = mixed(own)
            if sort in self._parents:
                function, target = self._parents[sort]
                start = self._offsets[function]
                none, sums = _gather(C[start : start + sort.size], own, target.size)
                gathered[target].append(mixed(sums))
                total += none
            else:
                total += own.sum(axis=0)
        return colours, total

    def invariant(self, C: Matrix) -> Hashes:
        """Equal if and only if the group's cells are equal up to symmetry; shape (N,)."""
        return self._up(C)[1]

    def colours(self, C: Matrix) -> dict[Sort, Hashes]:
        """Shape (elements, N); equal colours in a column mean interchangeable elements."""
        colours, _ = self._up(C)
        for sort in reversed(self._order):
            if sort in self._parents:
                function, target = self._parents[sort]
                start = self._offsets[function]
                padded = np.concatenate((colours[target], np.zeros((1, C.shape[1]), np.uint64)))
                values = C[start : start + sort.size].astype(np.intp)
                above = np.take_along_axis(padded, np.where(values < 0, target.size, values), 0)
                colours[sort] = mixed(colours[sort] + mixed(above))
        return colours

    def masks(self, C: Matrix) -> dict[Sort, tuple[Mask, Mask]]:
        """See `Masks`."""
        return {sort: _early(colours) for sort, colours in self.colours(C).items()}

    def positions(self, C: Matrix) -> dict[Sort, Rows]:
        """See `Symmetry.positions`: by where what an element refers to stands, then by colour."""
        colours, _ = self._up(C)
        found: dict[Sort, Rows] = {}
        for sort in reversed(self._order):
            above = np.zeros(colours[sort].shape, np.intp)
            if sort in self._parents:
                function, target = self._parents[sort]
                start = self._offsets[function]
                values = C[start : start + sort.size].astype(np.intp)
                above = np.take_along_axis(found[target], np.maximum(values, 0), 0)
                above[values < 0] = -1
            found[sort] = ranks(np.lexsort((colours[sort], above), axis=0))
        return found

    def restriction(self, sort: Sort, earlier: Mapping[str, Sort]) -> Restriction | None:
        """See `Symmetry.restriction`; `earlier` are parameters over this group's sorts."""
        if not earlier:
            return Restriction()
        if len(earlier) == 1:
            ((name, other),) = earlier.items()
            if len(self.sorts) == 1:
                return Restriction(after=True)
            if other in self._parents and self._parents[other][1] == sort:
                return Restriction(True, (self._parents[other][0],), name)
        return None


class _Part:
    """One sort of a group: what tells its elements apart, apart from references."""

    def __init__(
        self,
        layout: Layout,
        sort: Sort,
        functions: Sequence[StateFunction],
        groups: Mapping[Sort, tuple[int, ...]],
        stream: int,
    ) -> None:
        classes = groups[sort]
        rows: list[NDArray[np.intp]] = []
        pointers: list[int] = []
        for function in functions:
            start = layout.system.offsets[function]
            cells = np.arange(start, start + function.size)
            value = function.type.sort if isinstance(function.type, ElementType) else None
            if sort in function.domain:
                if value not in groups:
                    shape = [s.size for s in function.domain]
                    place = function.domain.index(sort)
                    moved = np.moveaxis(cells.reshape(shape), place, -1)
                    rows.extend(moved.reshape(-1, sort.size))
            elif value == sort and not any(other in groups for other in function.domain):
                pointers.extend(int(cell) for cell in cells)
        self._size = sort.size
        self._rows = np.array(rows, np.intp).reshape(len(rows), sort.size)
        self._weights = randoms(len(rows), stream)
        marks = randoms(max(classes) + 1 + len(pointers), stream + 1)
        self._base = marks[list(classes)][:, None]
        self._pointers = list(zip(pointers, marks[max(classes) + 1 :], strict=True))

    def values(self, C: Matrix) -> Hashes:
        """Hashes of the elements' own values, shape (elements, N); the caller may change them."""
        result: Hashes = self._base + np.einsum(
            "f,fek->ek", self._weights, C[self._rows], dtype=np.uint64, casting="unsafe"
        )
        for cell, mark in self._pointers:
            result += np.where(C[cell] == np.arange(self._size)[:, None], mark, np.uint64(0))
        return result


def _early(colours: Hashes) -> tuple[Mask, Mask]:
    """Whether no row above, and at most one, holds the same colour, for each row and column."""
    if len(colours) <= _PAIRS:
        above = np.zeros(colours.shape, np.int8)
        for row in range(1, len(colours)):
            same = (colours[:row] == colours[row]).view(np.int8)
            np.add.reduce(same, 0, np.int8, above[row])
        return above == 0, above < 2
    first, second = np.ones(colours.shape, bool), np.ones(colours.shape, bool)
    order = colours.argsort(axis=0, kind="stable")
    ordered = np.take_along_axis(colours, order, 0)
    np.put_along_axis(first, order[1:], ordered[1:] != ordered[:-1], 0)
    np.put_along_axis(second, order[2:], ordered[2:] != ordered[:-2], 0)
    return first, second


def ranks(order: Rows) -> Rows:
    """The place of each row of a column in the order of its rows."""
    result = np.empty_like(order)
    np.put_along_axis(result, order, np.arange(len(order))[:, None], 0)
    return result


def _target(function: StateFunction) -> Sort:
    assert isinstance(function.type, ElementType)
    return function.type.sort


def _gather(values: Matrix, hashes: Hashes, size: int) -> tuple[Hashes, Hashes]:
    """The sums of the hashes whose values are none, shape (N,), and each of 0..size-1."""
    columns = values.shape[1]
    sums = np.zeros((size + 1, columns), np.uint64)
    places = np.multiply(values, columns, dtype=np.intp) + np.arange(columns, 2 * columns)
    np.add.at(sums.reshape(-1), places.reshape(-1), hashes.reshape(-1))
    return sums[0], sums[1:]
