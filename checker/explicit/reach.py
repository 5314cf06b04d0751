"""How far away the states are that a run may reach inside a set of states."""

from __future__ import annotations

import numpy as np

from checker.explicit.graph import Graph
from checker.explicit.layout import Mask
from checker.explicit.search import Exploration


class Reach:
    """Which states are reached inside a set of states, and by how many steps of a run at least.

    Without `starts` every state counts as reached by the shortest run to it, wherever that
    leads; with them, a run may go anywhere until it is in one of them, and stays in the set
    from there on.
    """

    def __init__(
        self,
        exploration: Exploration,
        within: Mask,
        graph: Graph | None = None,
        starts: Mask | None = None,
    ) -> None:
        self._exploration = exploration
        self._graph = graph
        levels = exploration.depths()
        #: -1 where a state is not reached.
        self.steps = levels
        if graph is None or starts is None:
            return
        self.steps = np.full(len(levels), -1, np.int32)
        #: The edge by which a state was reached; -1 for a start.
        self._edges = np.full(len(levels), -1, np.int64)
        begin = starts.nonzero()[0]
        # States are numbered by level, so those of one level follow each other.
        bounds = np.searchsorted(levels[begin], np.arange(levels.max(initial=0) + 2))
        frontier = begin[:0]
        level = 0
        while level < len(bounds) - 1 or len(frontier):
            fresh = (
                begin[bounds[level] : bounds[level + 1]] if level < len(bounds) - 1 else begin[:0]
            )
            edges = graph.leaving(frontier)
            edges = edges[within[graph.targets[edges]] & (self.steps[graph.targets[edges]] < 0)]
            fresh = fresh[self.steps[fresh] < 0]
            self.steps[fresh] = level
            targets = graph.targets[edges]
            new = self.steps[targets] < 0
            edges, targets = edges[new], targets[new]
            self._edges[targets[::-1]] = edges[::-1]
            self.steps[targets] = level
            frontier = np.concatenate((fresh, np.unique(targets)))
            level += 1

    def path(self, state: int) -> tuple[int, list[tuple[int, int]]]:
        """The initial state and the steps (action, state) of a shortest such run."""
        steps: list[tuple[int, int]] = []
        graph = self._graph
        if graph is not None:
            while self._edges[state] >= 0:
                edge = int(self._edges[state])
                steps.append((int(graph.actions[edge]), state))
                state = int(graph.sources[edge])
        start, stem = self._exploration.path(state)
        return start, stem + steps[::-1]
