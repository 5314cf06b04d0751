"""The explored states and steps as a graph in arrays."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from checker.explicit.components import components
from checker.explicit.layout import Mask, Numbers
from checker.explicit.search import Exploration

#: Numbers of edges.
Edges = NDArray[np.intp]

#: Layers of states on no cycle that are dropped once for all; a longer chain of them is rare.
_LAYERS = 10_000
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
        return ranges(self.offsets[states], self.offsets[states + 1])

    @cached_property
    def _recurring(self) -> Edges:
        """Edges among which are all that lie on a cycle: not those that leave a state that none
        enters, nor, without these, those that leave the next such states, and so on."""
        entering = np.bincount(self.targets, minlength=self.count)
        states = (entering == 0).nonzero()[0]
        marks = np.empty(self.count, np.intp)
        for _ in range(_LAYERS):
            if not len(states):
                break
            targets = self.targets[self.leaving(states)]
            np.subtract.at(entering, targets, 1)
            states = targets[entering[targets] == 0]
            # Each once: the last to leave its mark.
            places = np.arange(len(states))
            marks[states] = places
            states = states[marks[states] == places]
        left = entering > 0
        return (left[self.sources] & left[self.targets]).nonzero()[0]

    def cyclic(self, room: Mask) -> Edges:
        """Edges inside a set of states, among them all that lie on a cycle in it."""
        edges = self._recurring
        kept: Edges = edges[room[self.sources[edges]] & room[self.targets[edges]]]
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


def ranges(first: NDArray[np.integer], last: NDArray[np.integer]) -> Edges:
    """first[0], …, last[0]-1, first[1], …, last[1]-1, …"""
    counts = last - first
    ends = counts.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    result: Edges = np.arange(total) + np.repeat(first - (ends - counts), counts)
    return result
