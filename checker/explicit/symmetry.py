"""When two states differ only in the names of interchangeable elements.

The symmetric sorts fall into groups that share state functions. A group is a *forest* if its
functions have at most one argument in it, and each of its sorts refers to at most one other by
at most one function, without cycles (pods refer to nodes). The colour of an element, a hash of
its own values and of the colours of what refers to it, then tells elements apart exactly: the
multiset of colours is the state up to symmetry, and equally coloured elements are
interchangeable. Any other group is *tangled*: its elements are sorted by a colour refined in a
few rounds, ties by index, and the permuted state is hashed. That is a true permutation of the
state, so nothing is lost, though some equivalent states may count as different.

Elements that constant tables tell apart are never exchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from checker.explicit.forest import Forest
from checker.explicit.hashing import Hashes, linear, randoms
from checker.explicit.layout import Layout, Matrix
from checker.explicit.restriction import Restriction
from checker.explicit.tangle import Tangle
from model.ir.system import StateFunction, System
from model.ir.types import ElementType, Sort

#: Masks by sort name, shape (elements, N).
Masks = Mapping[str, NDArray[np.bool_]]


class Symmetry:
    """The symmetry of one system."""

    def __init__(self, layout: Layout, *, enabled: bool = True) -> None:
        self.layout = layout
        classes = exchangeable(layout.system) if enabled else {}
        self.groups = [_group(layout, sorts, classes) for sorts in _connected(layout, classes)]
        moved = {cell for group in self.groups for cell in group.cells}
        self._fixed = [cell for cell in range(layout.cells) if cell not in moved]
        self._weights = randoms(layout.cells, 0)[self._fixed]
        self._all = len(self._fixed) == layout.cells

    def fingerprints(self, C: Matrix) -> Hashes:
        """Equal for states that are equal up to symmetry; shape (N,).

        Different states collide with a probability of about 2**-60 for each pair.
        """
        fixed = C if self._all else C[self._fixed]
        result = linear(self._weights, fixed)
        for group in self.groups:
            result += group.invariant(C)
        return result

    def restriction(self, sort: Sort, earlier: Mapping[str, Sort]) -> Restriction | None:
        """What a parameter over `sort` may be restricted to, those in `earlier` being bound."""
        for group in self.groups:
            if isinstance(group, Forest) and sort in group.sorts:
                return group.restriction(
                    sort, {n: s for n, s in earlier.items() if s in group.sorts}
                )
        return None

    def masks(self, C: Matrix) -> tuple[Lazy, Lazy]:
        """`first` and `second` of the kernel, computed when they are asked for."""
        return Lazy(self, C, 0), Lazy(self, C, 1)

    def everything(self, columns: int) -> Masks:
        """Masks of that many columns that exclude nothing."""
        return {
            sort.name: np.ones((sort.size, columns), bool)
            for group in self.groups
            for sort in group.sorts
        }


class Lazy(dict[str, NDArray[np.bool_]]):
    """Masks of a batch: whether at most `limit` earlier elements are interchangeable."""

    def __init__(self, symmetry: Symmetry, C: Matrix, limit: int) -> None:
        super().__init__()
        self._symmetry, self._batch, self._limit = symmetry, C, limit

    def __missing__(self, name: str) -> NDArray[np.bool_]:
        for group in self._symmetry.groups:
            if isinstance(group, Forest):
                for sort, colours in group.colours(self._batch).items():
                    self[sort.name] = _few_before(colours, self._limit)
        return self[name]


def _few_before(colours: Hashes, limit: int) -> NDArray[np.bool_]:
    """Whether at most `limit` rows above hold the same colour, for each row and column."""
    size, _ = colours.shape
    result = np.ones(colours.shape, bool)
    if size > limit + 1:
        order = colours.argsort(axis=0, kind="stable")
        ordered = np.take_along_axis(colours, order, 0)
        late = ordered[limit + 1 :] == ordered[: size - limit - 1]
        np.put_along_axis(result, order[limit + 1 :], ~late, 0)
    return result


# -- what belongs together ---------------------------------------------------------------------
def exchangeable(system: System) -> dict[Sort, tuple[int, ...]]:
    """For each symmetric sort the class of each element; sorts of singletons are left out."""
    result: dict[Sort, tuple[int, ...]] = {}
    for sort in system.sorts:
        if not sort.symmetric or sort.size < 2:
            continue
        looks = [_appearance(system, sort, e) for e in range(sort.size)]
        distinct: dict[object, int] = {}
        classes = tuple(distinct.setdefault(look, len(distinct)) for look in looks)
        if len(distinct) < sort.size:
            result[sort] = classes
    return result


def _appearance(system: System, sort: Sort, element: int) -> object:
    """What the tables say of an element; where they could tell it from others by relating
    elements of symmetric sorts to each other, the element itself."""
    slices: list[object] = []
    for table in system.tables:
        if len(set(table.values)) == 1 and not _names(table.type, sort):
            continue
        places = [i for i, entry in enumerate(table.domain) if entry == sort]
        related = any(isinstance(d, Sort) and d.symmetric and d != sort for d in table.domain)
        value = isinstance(table.type, ElementType) and table.type.sort.symmetric
        if _names(table.type, sort) or (places and (len(places) > 1 or related or value)):
            return element
        if places:
            shape = np.array(table.values).reshape(table.shape)
            slices.append(np.take(shape, element, axis=places[0]).tobytes())
    return tuple(slices)


def _names(type: object, sort: Sort) -> bool:
    return isinstance(type, ElementType) and type.sort == sort


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


def _group(
    layout: Layout, sorts: list[Sort], classes: Mapping[Sort, tuple[int, ...]]
) -> Forest | Tangle:
    members = set(sorts)
    functions = [f for f in layout.system.functions if members & set(_touches(f, classes))]
    parents: dict[Sort, StateFunction] = {}
    plain = True
    for function in functions:
        inside = [sort for sort in function.domain if sort in members]
        plain &= len(inside) <= 1
        if inside and len(_touches(function, classes)) > len(inside):
            plain &= inside[0] not in parents and len(function.domain) == 1
            parents[inside[0]] = function
    if plain and not any(_endless(sort, parents) for sort in sorts):
        return Forest(layout, sorts, functions, parents, classes)
    return Tangle(layout, sorts, functions, classes)


def _endless(sort: Sort, parents: Mapping[Sort, StateFunction]) -> bool:
    """Whether following the references from a sort never ends."""
    for _ in range(len(parents) + 1):
        if sort not in parents:
            return False
        type = parents[sort].type
        assert isinstance(type, ElementType)
        sort = type.sort
    return True
