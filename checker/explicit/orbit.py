"""Small groups of symmetric sorts: every permutation is tried; see `symmetry`.

The hash of a permuted state is a linear function of the state with permuted weights, so that
one matrix product gives the hashes of a batch under all permutations. The least is the same for
equivalent states and for no others, and the permutations whose hash is that of the state itself
are its automorphisms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations, product
from math import factorial, prod

import numpy as np

from checker.explicit.hashing import Hashes, randoms
from checker.explicit.layout import Layout, Mask, Matrix
from checker.explicit.restriction import Restriction
from checker.explicit.steps import Rows
from model.ir.system import StateFunction
from model.ir.types import ElementType, Sort

#: Groups with more permutations are not small.
_MOST = 120

#: Multiplications in one matrix product: so few that the BLAS does not start threads for them,
#: which would wait for each other where other processes are busy.
_WORK = 1 << 18

#: A permutation of each sort: the new index of each element.
Permutation = Mapping[Sort, Sequence[int]]


def small(functions: Sequence[StateFunction], classes: Mapping[Sort, tuple[int, ...]]) -> bool:
    """Whether the permutations that keep every element's class are few, and the values so small
    that floating point leaves many bits for the weights."""
    sizes = [kind.count(c) for kind in classes.values() for c in set(kind)]
    few = max(sizes) < 7 and prod(map(factorial, sizes)) <= _MOST
    return few and _largest(functions) < 1 << 16


def _largest(functions: Sequence[StateFunction]) -> int:
    """More than the sum of the absolute values of all rows."""
    return sum((1 + max(abs(f.type.lo), abs(f.type.hi))) * f.size for f in functions)


class Orbit:
    """One group."""

    def __init__(
        self,
        layout: Layout,
        functions: Sequence[StateFunction],
        classes: Mapping[Sort, tuple[int, ...]],
        stream: int,
    ) -> None:
        self.sorts = tuple(classes)
        self._offsets = layout.system.offsets
        self._functions = functions
        self.cells = [
            cell for f in functions for cell in range(self._offsets[f], self._offsets[f] + f.size)
        ]
        #: A cell that holds an element of the group counts as one truth value for each element.
        self._plain: list[int] = []
        self._referring: list[int] = []
        self._values: list[int] = []
        numbers = self._numbered()
        self._elements = np.array(self._values, layout.dtype)[:, None]
        changes = [
            dict(zip(classes, choice, strict=True))
            for choice in product(*(_keeping(kind) for kind in classes.values()))
        ]
        places = np.array([self._moved(numbers, change) for change in changes], np.intp)
        # So many bits that sums are exact in floating point, and two sums for each permutation.
        shift = np.uint64(64 - 53 + _largest(functions).bit_length())
        weights = [(randoms(len(numbers), (stream << 8) + i) >> shift)[places] for i in (0, 1)]
        self._weights = np.concatenate(weights).astype(np.float64)
        self._count = len(changes)
        self._changes = {sort: np.array([each[sort] for each in changes]) for sort in classes}
        #: Of each element of a sort: the permutations that give it a smaller index.
        self._smaller = {
            sort: [
                [i for i, change in enumerate(changes) if change[sort][element] < element]
                for element in range(sort.size)
            ]
            for sort in classes
        }

    def _numbered(self) -> dict[tuple[StateFunction, tuple[int, ...], int | None], int]:
        """The row of each plain cell, and of each element in each cell that may hold it."""
        plain: list[tuple[StateFunction, tuple[int, ...], int | None]] = []
        referring: list[tuple[StateFunction, tuple[int, ...], int | None]] = []
        for function in self._functions:
            target = self._target(function)
            arguments = product(*(range(sort.size) for sort in function.domain))
            for cell, argument in enumerate(arguments, self._offsets[function]):
                if target is None:
                    plain.append((function, argument, None))
                    self._plain.append(cell)
                    continue
                for element in range(target.size):
                    referring.append((function, argument, element))
                    self._referring.append(cell)
                    self._values.append(element)
        return {key: row for row, key in enumerate(plain + referring)}

    def _target(self, function: StateFunction) -> Sort | None:
        if isinstance(function.type, ElementType) and function.type.sort in self.sorts:
            return function.type.sort
        return None

    def _moved(
        self,
        numbers: Mapping[tuple[StateFunction, tuple[int, ...], int | None], int],
        change: Permutation,
    ) -> list[int]:
        """Where a permutation takes each row."""
        result = []
        for function, arguments, element in numbers:
            moved = tuple(
                change[sort][a] if sort in change else a
                for sort, a in zip(function.domain, arguments, strict=True)
            )
            target = self._target(function)
            value = None if element is None or target is None else change[target][element]
            result.append(numbers[function, moved, value])
        return result

    def _hashes(self, C: Matrix) -> Hashes:
        """Under each permutation, the identity first; shape (permutations, N)."""
        columns = C.shape[1]
        result = np.empty((self._count, columns), np.uint64)
        plain = len(self._plain)
        block = max(1, min(_WORK // max(1, self._weights.size), columns))
        rows = np.empty((self._weights.shape[1], block))
        for first in range(0, columns, block):
            part = C[:, first : first + block]
            wide = rows[:, : part.shape[1]]
            wide[:plain] = part[self._plain]
            np.equal(part[self._referring], self._elements, out=wide[plain:], casting="unsafe")
            sums = (self._weights @ wide).astype(np.int64).view(np.uint64)
            low, high = sums[: self._count], sums[self._count :]
            low *= np.uint64(0x9E3779B97F4A7C15)
            low += high * np.uint64(0xC2B2AE3D27D4EB4F)
            result[:, first : first + block] = low
        return result

    def invariant(self, C: Matrix) -> Hashes:
        """Equal if and only if the group's cells are equal up to symmetry; shape (N,)."""
        least: Hashes = np.minimum.reduce(self._hashes(C), 0)
        return least

    def positions(self, C: Matrix) -> dict[Sort, Rows]:
        """See `Symmetry.positions`: those of the permutation with the least hash."""
        least = self._hashes(C).argmin(0)
        return {sort: places[least].T for sort, places in self._changes.items()}

    def restriction(self, sort: Sort, earlier: Mapping[str, Sort]) -> Restriction | None:  # noqa: ARG002
        """See `Symmetry.restriction`."""
        return None if earlier else Restriction()

    def masks(self, C: Matrix) -> dict[Sort, tuple[Mask, Mask]]:
        """See `Masks`; an element counts as the first if no automorphism takes it to one before
        it. The second of each pair is not worked out."""
        hashes = self._hashes(C)
        keeping = hashes == hashes[0]
        result = {}
        for sort, smaller in self._smaller.items():
            first = np.array([~np.logical_or.reduce(keeping[chosen], 0) for chosen in smaller])
            result[sort] = first, np.ones(first.shape, bool)
        return result


def _keeping(kind: Sequence[int]) -> list[tuple[int, ...]]:
    """The permutations of a sort that take every element to one of its class."""
    return [
        order
        for order in permutations(range(len(kind)))
        if all(kind[old] == kind[new] for old, new in enumerate(order))
    ]
