"""Short fair cycles in one strongly connected component.

A cycle is fair if it meets some needs, each of which is met by leaving certain states or by
taking a certain action. Up to `_EXACT` pairs of a state and a set of met needs the cycle is a
shortest one through its entry; in larger components the nearest edge that meets another need is
gone to each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.explicit.graph import Edges, Graph, ranges
from checker.explicit.layout import Mask

#: Pairs of a state and a set of needs up to which a shortest cycle is looked for.
_EXACT = 1 << 20

#: Steps (action, state).
Steps = list[tuple[int, int]]


class Lasso(NamedTuple):
    """A run as steps from an initial state and then a cycle that leads back to the last state
    before it; an empty cycle means that the run stutters for ever."""

    start: int
    stem: Steps
    cycle: Steps

    @property
    def entry(self) -> int:
        """The state where the cycle begins."""
        return self.stem[-1][1] if self.stem else self.start


class Need(NamedTuple):
    """Something that a fair run does for ever: being in a state, or taking an action."""

    states: Mask
    action: int = -1


class Component:
    """The states and edges of a strongly connected component, and what a cycle in it needs."""

    def __init__(self, graph: Graph, edges: Edges, needs: Sequence[Need]) -> None:
        self.graph, self._edges = graph, edges
        sources = graph.sources[edges]
        #: Sorted.
        self.states = np.unique(sources)
        self._targets = self.states.searchsorted(graph.targets[edges])
        self._offsets = np.concatenate(
            (sources.searchsorted(self.states), np.array([len(edges)]))
        ).astype(np.int64)
        actions = graph.actions[edges]
        met = [need.states[sources] | (actions == need.action) for need in needs]
        # What every edge meets is no need.
        kept = [i for i, edge in enumerate(met) if not edge.all()]
        self.needs = [needs[i] for i in kept]
        self._met = [met[i] for i in kept]

    @property
    def small(self) -> bool:
        """Whether shortest cycles are found."""
        return len(self.needs) < 16 and len(self.states) << len(self.needs) <= _EXACT

    def cycle(self, entry: int, limit: int | None) -> Steps | None:
        """The steps of a fair cycle through a state, if it has fewer than `limit`."""
        here = int(self.states.searchsorted(entry))
        walk = self._shortest(here, limit) if self.small else self._greedy(here, limit)
        if walk is None:
            return None
        chosen = self._edges[walk]
        graph = self.graph
        return [(int(graph.actions[e]), int(graph.targets[e])) for e in chosen]

    def _leaving(self, states: NDArray[np.integer]) -> tuple[Edges, NDArray[np.intp]]:
        """The edges that leave some states, and the place of its source for each."""
        first, last = self._offsets[states], self._offsets[states + 1]
        return ranges(first, last), np.repeat(np.arange(len(states)), last - first)

    def _shortest(self, entry: int, limit: int | None) -> list[int] | None:
        count = len(self.needs)
        bits = np.zeros(len(self._edges), np.int64)
        for i, met in enumerate(self._met):
            bits |= met.astype(np.int64) << i
        # A node is a state and the needs that were met on the way to it.
        came = np.full(len(self.states) << count, -1, np.int64)
        taken = np.full(len(came), -1, np.int64)
        start = entry << count
        goal = start | ((1 << count) - 1)
        frontier = np.array([start])
        length = 0
        while came[goal] < 0:
            length += 1
            if limit is not None and length >= limit:
                return None
            edges, places = self._leaving(frontier >> count)
            nodes = frontier[places]
            after = self._targets[edges] << count | (nodes & ((1 << count) - 1)) | bits[edges]
            after, first = np.unique(after, return_index=True)
            new = came[after] < 0
            after, first = after[new], first[new]
            assert len(after), "the component is not strongly connected"
            came[after], taken[after] = nodes[first], edges[first]
            frontier = after
        walk = [int(taken[goal])]
        node = int(came[goal])
        while node != start or len(walk) < length:
            walk.append(int(taken[node]))
            node = int(came[node])
        return walk[::-1]

    def _greedy(self, entry: int, limit: int | None) -> list[int] | None:
        unmet = list(self._met)
        walk: list[int] = []
        here = entry
        while unmet or here != entry or not walk:
            wanted = np.logical_or.reduce(unmet) if unmet else self._targets == entry
            for edge in self._route(here, wanted):
                walk.append(edge)
                unmet = [met for met in unmet if not met[edge]]
            here = int(self._targets[walk[-1]])
            if limit is not None and len(walk) >= limit:
                return None
        return walk

    def _route(self, start: int, wanted: Mask) -> list[int]:
        """The edges of a shortest walk from a state whose last edge is a wanted one."""
        came = np.full(len(self.states), -1, np.int64)
        frontier = np.array([start])
        seen = np.zeros(len(self.states), bool)
        seen[start] = True
        while len(frontier):
            edges, places = self._leaving(frontier)
            hits = wanted[edges].nonzero()[0]
            if len(hits):
                walk = [int(edges[hits[0]])]
                here = int(frontier[places[hits[0]]])
                while here != start:
                    walk.append(int(came[here]))
                    here = int(self._source(walk[-1]))
                return walk[::-1]
            targets = self._targets[edges]
            new = ~seen[targets]
            targets, edges = targets[new], edges[new]
            came[targets[::-1]] = edges[::-1]
            seen[targets] = True
            frontier = np.unique(targets)
        raise AssertionError("the component is not strongly connected")

    def _source(self, edge: int) -> int:
        return int(self._offsets.searchsorted(edge, side="right")) - 1
