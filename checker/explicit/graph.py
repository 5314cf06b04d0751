"""The explored states and steps as a graph in arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from checker.explicit.components import components
from checker.explicit.layout import Mask
from checker.explicit.search import Exploration, Numbers

#: Numbers of edges.
Edges = NDArray[np.intp]

#: Up to this many edges it is worth while to drop those that lie on no cycle, a layer at a time.
_FEW = 200_000


class Graph:
    """Edge i leads from `sources[i]` to `targets[i]` by action `actions[i]`.

    Edges are sorted by source; those of state s are `offsets[s]` to `offsets[s + 1] - 1`.
    """

    def __init__(self, exploration: Exploration) -> None:
        self.count = exploration.count
        assert exploration.degrees is not None, "the steps were not recorded"
        self.offsets = np.zeros(self.count + 1, np.int64)
        known = exploration.expanded
        degrees = exploration.degrees.get(0, known)
        degrees.cumsum(out=self.offsets[1 : known + 1])
        self.offsets[known + 1 :] = self.offsets[known]
        edges = int(self.offsets[-1])
        self.targets: Numbers = exploration.targets.get(0, edges)
        self.actions: Numbers = exploration.actions.get(0, edges)
        self.sources: Numbers = np.repeat(np.arange(known, dtype=np.int32), degrees)

    def leaving(self, states: NDArray[np.integer]) -> Edges:
        """The edges that leave some states, in the order of the states."""
        return _ranges(self.offsets[states], self.offsets[states + 1])

    def cyclic(self, room: Mask) -> Edges:
        """Edges inside a set of states, among them all that lie on a cycle in it."""
        kept: Edges = (room[self.sources] & room[self.targets]).nonzero()[0]
        # A cycle goes back somewhere in the order of the states' numbers.
        if not len(kept) or (self.targets[kept] > self.sources[kept]).all():
            return kept[:0]
        while 0 < len(kept) < _FEW:
            sources, targets = self.sources[kept], self.targets[kept]
            entered = np.zeros(self.count, bool)
            entered[targets] = True
            left = np.zeros(self.count, bool)
            left[sources] = True
            useful = entered[sources] & left[targets]
            if useful.all():
                break
            kept = kept[useful]
        return kept

    def components(self, kept: Edges) -> NDArray[np.int32]:
        """The strongly connected component, from 0, of each end of some edges."""
        return components(self.sources[kept], self.targets[kept], self.count)

    def part(self, edges: Edges) -> Part:
        """The graph of some edges, which are sorted by source."""
        return Part(self.sources[edges], self.targets[edges], self.count)


class Part:
    """Some edges, sorted by source, for walking."""

    def __init__(self, sources: NDArray[np.int32], targets: NDArray[np.int32], count: int) -> None:
        self._sources, self._targets, self._count = sources, targets, count

    def route(self, start: int, wanted: Mask) -> list[int]:
        """The edges of a shortest walk from a state whose last edge is a wanted one.

        There is one: the graph is strongly connected and some edge is wanted.
        """
        reached = np.full(self._count, -1, np.int64)
        frontier = np.array([start])
        seen = np.zeros(self._count, bool)
        seen[start] = True
        while len(frontier):
            first = self._sources.searchsorted(frontier)
            last = self._sources.searchsorted(frontier, side="right")
            edges = _ranges(first, last)
            hits = edges[wanted[edges]]
            if len(hits):
                return self._back(start, int(hits[0]), reached)
            targets = self._targets[edges]
            new = ~seen[targets]
            edges, targets = edges[new], targets[new]
            reached[targets[::-1]] = edges[::-1]
            seen[targets] = True
            frontier = np.unique(targets)
        raise AssertionError("the component is not strongly connected")

    def _back(self, start: int, edge: int, reached: NDArray[np.int64]) -> list[int]:
        walk = [edge]
        while self._sources[walk[-1]] != start:
            walk.append(int(reached[self._sources[walk[-1]]]))
        return walk[::-1]


def _ranges(first: NDArray[np.integer], last: NDArray[np.integer]) -> Edges:
    """first[0], …, last[0]-1, first[1], …, last[1]-1, …"""
    counts = last - first
    ends = counts.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    result: Edges = np.arange(total) + np.repeat(first - (ends - counts), counts)
    return result
