"""When two states differ only in the names of interchangeable elements.

The symmetric sorts fall into groups that share state functions, and there are three ways to
tell whether the cells of a group are equal up to permutations of its elements:

forest  Functions have at most one argument in the group, and each sort refers to at most one
        other by at most one function, without cycles (pods refer to nodes). The colour of an
        element, a hash of its own values and of the colours of what refers to it, then tells
        elements apart exactly: the multiset of colours is the state up to symmetry, and equally
        coloured elements are interchangeable.
orbit   The permutations are few, and all of them are tried.
tangle  Anything else: elements are sorted by a colour refined in a few rounds, and the permuted
        state is hashed. That is a true permutation of the state, so nothing is lost, though
        some equivalent states may count as different.

Elements that constant tables tell apart are never exchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from checker.explicit.forest import Forest
from checker.explicit.hashing import Hashes, linear, randoms
from checker.explicit.layout import Layout, Mask, Matrix
from checker.explicit.orbit import Orbit, small
from checker.explicit.restriction import Restriction
from checker.explicit.steps import Rows
from checker.explicit.tangle import Tangle
from model.ir.system import StateFunction, System
from model.ir.types import ElementType, Sort

Group = Forest | Orbit | Tangle

#: Hashes of elements that are worked out at once.
_ROOM = 1 << 20

#: By the name of a sort two masks of shape (elements, N): whether of the elements before this
#: one none, and at most one, is interchangeable with it.
Masks = Mapping[str, tuple[Mask, Mask]]


class Symmetry:
    """The symmetry of one system."""

    def __init__(self, layout: Layout, *, enabled: bool = True) -> None:
        self.layout = layout
        classes = exchangeable(layout.system) if enabled else {}
        self.groups: list[Group] = [
            _group(layout, {sort: classes[sort] for sort in sorts}, stream)
            for stream, sorts in enumerate(_connected(layout, classes), 1)
        ]
        moved = {cell for group in self.groups for cell in group.cells}
        self._fixed = [cell for cell in range(layout.cells) if cell not in moved]
        #: Of the plain hash, which every permutation changes: one for each cell.
        self.weights = randoms(layout.cells, 0)
        self._weights = self.weights[self._fixed]
        self._all = len(self._fixed) == layout.cells

    @property
    def rows(self) -> int:
        """A number of states whose fingerprints need a moderate amount of memory."""
        elements = sum(sort.size for group in self.groups for sort in group.sorts)
        return max(64, _ROOM // max(1, elements))

    def fingerprints(self, C: Matrix) -> Hashes:
        """Equal for states that are equal up to symmetry; shape (N,).

        Different states collide with a probability of about 2**-60 for each pair.
        """
        fixed = C if self._all else C[self._fixed]
        result = linear(self._weights, fixed)
        for group in self.groups:
            result += group.invariant(C)
        return result

    def plain(self, C: Matrix) -> NDArray[np.int64]:
        """The plain hashes of states; the fingerprints, where nothing is symmetric."""
        return linear(self.weights, C).view(np.int64)

    def positions(self, C: Matrix) -> dict[Sort, Rows]:
        """For each sort of a group a position of each element, of shape (elements, N): states with
        equal fingerprints are one and the same once every element has its position for a name."""
        return {
            sort: places for group in self.groups for sort, places in group.positions(C).items()
        }

    def restriction(self, sort: Sort, earlier: Mapping[str, Sort]) -> Restriction | None:
        """What a parameter over `sort` may be restricted to, those in `earlier` being bound."""
        for group in self.groups:
            if sort in group.sorts and not isinstance(group, Tangle):
                return group.restriction(
                    sort, {n: s for n, s in earlier.items() if s in group.sorts}
                )
        return None

    def masks(self, C: Matrix) -> Masks:
        """The masks of a batch, each computed when it is asked for."""
        return _Masks(self.groups, C)

    def everything(self, columns: int) -> Masks:
        """Masks of that many columns that exclude nothing."""
        result = {}
        for group in self.groups:
            for sort in group.sorts:
                all_true = np.ones((sort.size, columns), bool)
                result[sort.name] = all_true, all_true
        return result


class _Masks(dict[str, tuple[Mask, Mask]]):
    def __init__(self, groups: Sequence[Group], C: Matrix) -> None:
        super().__init__()
        self._groups, self._batch = groups, C

    def __missing__(self, name: str) -> tuple[Mask, Mask]:
        for group in self._groups:
            if not isinstance(group, Tangle) and any(sort.name == name for sort in group.sorts):
                self.update((sort.name, pair) for sort, pair in group.masks(self._batch).items())
        return self[name]


# -- what belongs together ---------------------------------------------------------------------
def exchangeable(system: System) -> dict[Sort, tuple[int, ...]]:
    """For each symmetric sort the class of each element; sorts of singletons are left out."""
    result: dict[Sort, tuple[int, ...]] = {}
    for sort in system.sorts:
        if not sort.symmetric or sort.size < 2:
            continue
        looks = _appearances(system, sort)
        distinct: dict[object, int] = {}
        classes = tuple(distinct.setdefault(look, len(distinct)) for look in looks)
        if len(distinct) < sort.size:
            result[sort] = classes
    return result


def _appearances(system: System, sort: Sort) -> list[tuple[object, ...]]:
    """What the tables say of each element; where they could tell it from others by relating
    elements of symmetric sorts to each other, the element itself."""
    alone: list[tuple[object, ...]] = [(element,) for element in range(sort.size)]
    columns: list[Sequence[object]] = [[()] * sort.size]
    for table in system.tables:
        values = table.type.sort if isinstance(table.type, ElementType) else None
        if values == sort:
            return alone
        places = [i for i, entry in enumerate(table.domain) if entry == sort]
        if not places or len(set(table.values)) == 1:
            continue
        related = any(isinstance(d, Sort) and d.symmetric and d != sort for d in table.domain)
        if len(places) > 1 or related or (values is not None and values.symmetric):
            return alone
        cells = np.moveaxis(np.array(table.values).reshape(table.shape), places[0], 0)
        columns.append([row.tobytes() for row in cells])
    return list(zip(*columns, strict=True))


def _touches(function: StateFunction, active: Mapping[Sort, object]) -> list[Sort]:
    """The active sorts among a function's arguments and value."""
    found = [sort for sort in function.domain if sort in active]
    if isinstance(function.type, ElementType) and function.type.sort in active:
        found.append(function.type.sort)
    return found


def _connected(layout: Layout, classes: Mapping[Sort, object]) -> Iterator[list[Sort]]:
    """The active sorts, grouped by the state functions that they share."""
    leader = {sort: sort for sort in classes}

    def find(sort: Sort) -> Sort:
        while leader[sort] != sort:
            sort = leader[sort]
        return sort

    for function in layout.system.functions:
        touched = _touches(function, classes)
        for sort in touched[1:]:
            leader[find(sort)] = find(touched[0])
    for root in classes:
        members = [sort for sort in classes if find(sort) == root]
        if members:
            yield members


def _group(layout: Layout, classes: Mapping[Sort, tuple[int, ...]], stream: int) -> Group:
    functions = [f for f in layout.system.functions if _touches(f, classes)]
    parents: dict[Sort, StateFunction] = {}
    plain = True
    for function in functions:
        inside = [sort for sort in function.domain if sort in classes]
        plain &= len(inside) <= 1
        if inside and len(_touches(function, classes)) > len(inside):
            plain &= inside[0] not in parents and len(function.domain) == 1
            parents[inside[0]] = function
    if plain and not any(_endless(sort, parents) for sort in classes):
        return Forest(layout, functions, parents, classes, stream)
    if small(functions, classes):
        return Orbit(layout, functions, classes, stream)
    return Tangle(layout, functions, classes, stream)


def _endless(sort: Sort, parents: Mapping[Sort, StateFunction]) -> bool:
    """Whether following the references from a sort never ends."""
    for _ in range(len(parents) + 1):
        if sort not in parents:
            return False
        type = parents[sort].type
        assert isinstance(type, ElementType)
        sort = type.sort
    return True
