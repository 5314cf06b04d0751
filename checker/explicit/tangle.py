"""Groups of symmetric sorts whose elements are related in any way; see `symmetry`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from checker.explicit.forest import ranks
from checker.explicit.hashing import Hashes, linear, mixed, randoms
from checker.explicit.layout import Layout, Matrix
from checker.explicit.steps import Rows
from model.ir.system import StateFunction
from model.ir.types import ElementType, Sort

#: Rounds of refinement before the first tie is broken.
_ROUNDS = 3
#: Ties that are broken by choosing one element and refining again.
_CHOICES = 4

_ODD = np.uint64(0x9E3779B97F4A7C15)


class Tangle:
    """One group."""

    def __init__(
        self,
        layout: Layout,
        functions: Sequence[StateFunction],
        classes: Mapping[Sort, tuple[int, ...]],
        stream: int,
    ) -> None:
        self.sorts = tuple(classes)
        offsets = layout.system.offsets
        self._slices = {f: slice(offsets[f], offsets[f] + f.size) for f in functions}
        self.cells = [cell for s in self._slices.values() for cell in range(s.start, s.stop)]
        self._weights = randoms(len(self.cells), stream << 8)
        marks = randoms(len(functions), (stream << 8) + 1)
        # Arrays of length 1, because arithmetic on scalars warns when it wraps round.
        self._marks = {f: marks[i : i + 1] for i, f in enumerate(functions)}
        self._classes = {sort: np.array(classes[sort], np.uint64)[:, None] for sort in classes}

    def invariant(self, C: Matrix) -> Hashes:
        """The hash of a permutation of the group's cells; shape (N,)."""
        return linear(self._weights, self._permuted(C))

    # -- colours -------------------------------------------------------------------------------
    def _arrays(self, C: Matrix) -> Iterator[tuple[StateFunction, Matrix, list[int]]]:
        """Each function, its values of shape (arguments…, N), its places in this group."""
        for function, rows in self._slices.items():
            shape = [sort.size for sort in function.domain]
            places = [i for i, sort in enumerate(function.domain) if sort in self._classes]
            yield function, C[rows].reshape(*shape, C.shape[1]), places

    def _target(self, function: StateFunction) -> Sort | None:
        if isinstance(function.type, ElementType) and function.type.sort in self._classes:
            return function.type.sort
        return None

    def _refined(self, C: Matrix, colours: dict[Sort, Hashes]) -> dict[Sort, Hashes]:
        """One round: each colour takes up those of what an element is related to."""
        sums = {sort: colour * _ODD for sort, colour in colours.items()}
        for function, values, places in self._arrays(C):
            target = self._target(function)
            hashes = self._cells(function, values, places, colours)
            arity = len(function.domain)
            for place in places:
                others = tuple(i for i in range(arity) if i != place)
                share = mixed(hashes + np.uint64(place + 1)).sum(axis=others)
                sums[function.domain[place]] += share
            if target is not None:
                columns = C.shape[1]
                room = np.zeros((target.size + 1, columns), np.uint64)
                index = values.astype(np.intp) * columns + np.arange(columns)
                # None is -1 and so counts into the spare last row.
                np.add.at(room.reshape(-1), index.reshape(-1), mixed(hashes).reshape(-1))
                sums[target] += room[:-1]
        return {sort: mixed(total) for sort, total in sums.items()}

    def _cells(
        self,
        function: StateFunction,
        values: Matrix,
        places: Sequence[int],
        colours: Mapping[Sort, Hashes],
    ) -> Hashes:
        """A hash of each cell of a function: its value and its arguments."""
        target = self._target(function)
        mark = self._marks[function]
        if target is None:
            result: Hashes = values.astype(np.uint64) * mark
        else:
            padded = np.concatenate((colours[target], np.zeros((1, values.shape[-1]), np.uint64)))
            flat = values.reshape(-1, values.shape[-1]).astype(np.intp)
            chosen = np.take_along_axis(padded, np.where(flat < 0, target.size, flat), 0)
            result = chosen.reshape(values.shape) * mark
        arity = len(function.domain)
        for i, sort in enumerate(function.domain):
            shape = [1] * arity + [-1]
            shape[i] = sort.size
            own = np.arange(sort.size)
            factor = mark + np.uint64(2 * i + 2)
            if i in places:
                result = result + mixed(colours[sort]).reshape(shape) * factor
                if sort == target:
                    result = result + (values == own.reshape(shape)) * mixed(mark + factor)
            else:
                result = result + own.astype(np.uint64).reshape(shape) * mixed(factor)
            for j in range(i):
                if function.domain[j] == sort and i in places:
                    other = [1] * arity + [1]
                    other[j] = sort.size
                    same = own.reshape(shape) == own.reshape(other)
                    result = result + same * mixed(factor + np.uint64(j + 1))
        return mixed(result)

    def _colours(self, C: Matrix) -> dict[Sort, Hashes]:
        columns = C.shape[1]
        colours = {
            sort: np.repeat(mixed(classes + (np.uint64(i) << np.uint64(32))), columns, axis=1)
            for i, (sort, classes) in enumerate(self._classes.items())
        }
        for _ in range(_ROUNDS):
            colours = self._refined(C, colours)
        return self._without_ties(C, colours, _CHOICES)

    def _without_ties(
        self, C: Matrix, colours: dict[Sort, Hashes], choices: int
    ) -> dict[Sort, Hashes]:
        """Break ties: tell one of several equally coloured elements from the others and refine.

        Only the columns that have ties are touched, so that what becomes of a state does not
        depend on the batch that it is in.
        """
        if not choices:
            return colours
        for sort, colour in colours.items():
            ordered = np.sort(colour, axis=0)
            equal = ordered[1:] == ordered[:-1]
            tied = equal.any(axis=0)
            if not tied.any():
                continue
            columns = tied.nonzero()[0]
            part = {s: c[:, columns] for s, c in colours.items()}
            least = equal[:, columns].argmax(axis=0)
            wanted = ordered[least, columns]
            chosen = (part[sort] == wanted).argmax(axis=0)
            part[sort][chosen, np.arange(len(columns))] += _ODD
            narrow = np.ascontiguousarray(C[:, columns])
            for _ in range(2):
                part = self._refined(narrow, part)
            part = self._without_ties(narrow, part, choices - 1)
            for s, c in colours.items():
                c[:, columns] = part[s]
            # The columns that have no tie in this sort may have one in the next.
            rest = (~tied).nonzero()[0]
            if len(rest):
                part = {s: c[:, rest] for s, c in colours.items()}
                part = self._without_ties(np.ascontiguousarray(C[:, rest]), part, choices)
                for s, c in colours.items():
                    c[:, rest] = part[s]
            return colours
        return colours

    # -- permutation ---------------------------------------------------------------------------
    def _orders(self, C: Matrix) -> dict[Sort, Rows]:
        """The elements of each sort in the order of class and colour."""
        found = {}
        for sort, colour in self._colours(C).items():
            key = (self._classes[sort] << np.uint64(48)) | (colour >> np.uint64(16))
            found[sort] = key.argsort(axis=0, kind="stable")
        return found

    def positions(self, C: Matrix) -> dict[Sort, Rows]:
        """See `Symmetry.positions`."""
        return {sort: ranks(order) for sort, order in self._orders(C).items()}

    def _permuted(self, C: Matrix) -> Matrix:
        """The group's cells with the elements of each sort in that order."""
        columns = C.shape[1]
        orders = self._orders(C)
        placed: dict[Sort, Matrix] = {}
        for sort, order in orders.items():
            # One row more, so that none, which is -1, stays what it is.
            rank = np.full((sort.size + 1, columns), -1, C.dtype)
            np.put_along_axis(rank[:-1], order, np.arange(sort.size, dtype=C.dtype)[:, None], 0)
            placed[sort] = rank
        parts: list[Matrix] = [C[:0]]
        for function, cells, places in self._arrays(C):
            moved = cells
            for place in places:
                order = orders[function.domain[place]]
                shape = [1] * len(function.domain) + [columns]
                shape[place] = order.shape[0]
                moved = np.take_along_axis(moved, order.reshape(shape), place)
            flat = moved.reshape(-1, columns)
            target = self._target(function)
            if target is not None:
                flat = np.take_along_axis(placed[target], flat.astype(np.intp), 0)
            parts.append(flat)
        return np.concatenate(parts)
