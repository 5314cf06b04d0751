"""Fair runs that violate a liveness property, in the graph of all explored states.

A run violates a property if it has a tail inside some set of states and the tail is fair. The
states that a fair run visits for ever form a strongly connected set X, possibly a single state
in which the run stutters. Such a run exists for X if and only if every weakly fair action is
disabled somewhere in X or taken by a step inside X, and every strongly fair action is disabled
everywhere in X or taken by a step inside X (Emerson and Lei 1987). Fairness is that of whole
actions, so it survives reduction by symmetry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.explicit.graph import Graph
from checker.explicit.layout import Mask
from checker.explicit.search import Exploration
from model.ir.system import PropertyKind


class Lasso(NamedTuple):
    """A run as steps (action, state) from an initial state and then a cycle that leads back to
    the last state before it; an empty cycle means that the run stutters for ever."""

    start: int
    stem: list[tuple[int, int]]
    cycle: list[tuple[int, int]]


class Fairness(NamedTuple):
    """The fair actions' numbers."""

    weak: tuple[int, ...]
    strong: tuple[int, ...]


class Liveness:
    """Answers liveness properties of one exploration that recorded its edges."""

    def __init__(self, exploration: Exploration) -> None:
        self.exploration = exploration
        actions = exploration.layout.system.actions
        self.fairness = Fairness(
            tuple(i for i, action in enumerate(actions) if action.fairness == "weak"),
            tuple(i for i, action in enumerate(actions) if action.fairness == "strong"),
        )
        self.graph = Graph(exploration)
        n = self.graph.count
        self._enabled: dict[int, Mask] = {}
        self._quiet = np.ones(n, bool)
        for action in (*self.fairness.weak, *self.fairness.strong):
            enabled = np.zeros(n, bool)
            enabled[self.graph.sources[self.graph.actions == action]] = True
            self._enabled[action] = enabled
            self._quiet &= ~enabled
        #: Of the other states not every step is known.
        self._expanded = np.arange(n) < exploration.expanded

    def violation(self, kind: PropertyKind, p: Mask, q: Mask, inside: Mask) -> Lasso | None:
        """A fair run that violates the property and stays in `inside` for ever, if there is one.

        `p`, `q` and `inside` tell of each state whether it satisfies them.
        """
        within = self._expanded
        must: Mask | None = None
        starts: Mask | None = None
        if kind == "eventually":
            within = within & ~p
            starts = within.copy()
            starts[self.exploration.initial :] = False
        elif kind == "leads to":
            within = within & ~q
            starts = within & p
        elif kind == "always eventually":
            within = within & ~p
        else:
            must = ~p
        return self._search(within, starts, must, inside)

    def _search(
        self, within: Mask, starts: Mask | None, must: Mask | None, inside: Mask
    ) -> Lasso | None:
        graph = self.graph
        room = within & inside
        quiet = room & self._quiet
        if must is not None:
            quiet &= must
        kept = graph.cyclic(room)
        if not quiet.any() and not len(kept):
            return None
        if starts is None:
            reached = Reach(self.exploration, within)
        else:
            reached = Reach(self.exploration, within, graph, starts)
            quiet &= reached.steps >= 0
            kept = kept[reached.steps[graph.sources[kept]] >= 0]
        best = self._nearest(quiet, reached)
        if best is not None and (reached.steps[graph.sources[kept]] >= reached.steps[best]).all():
            return Lasso(*reached.path(best), [])
        component = self._component(kept, must, reached, best)
        if component is None:
            return None if best is None else Lasso(*reached.path(best), [])
        entry, edges, needs = component
        return Lasso(*reached.path(entry), self._cycle(entry, edges, needs))

    def _nearest(self, states: Mask, reached: Reach) -> int | None:
        numbers = states.nonzero()[0]
        if not len(numbers):
            return None
        return int(numbers[reached.steps[numbers].argmin()])

    # -- components ----------------------------------------------------------------------------
    def _component(
        self, kept: NDArray[np.intp], must: Mask | None, reached: Reach, best: int | None
    ) -> tuple[int, NDArray[np.intp], list[Mask]] | None:
        """The fair component with the nearest entry, if nearer than the state `best`: its entry,
        its edges, and for each thing that the run must do for ever which edges do it."""
        graph = self.graph
        limit = None if best is None else int(reached.steps[best])
        while len(kept):
            labels = graph.components(kept)
            sources, targets = graph.sources[kept], graph.targets[kept]
            kept = kept[labels[sources] == labels[targets]]
            if not len(kept):
                return None
            sources = graph.sources[kept]
            count = int(labels.max()) + 1
            states = np.zeros(graph.count, bool)
            states[sources] = True
            numbers = states.nonzero()[0]
            fair = np.zeros(count, bool)
            fair[labels[numbers]] = True
            if must is not None:
                fair &= _some(labels, numbers[must[numbers]], count)
            for action in self.fairness.weak:
                rests = _some(labels, numbers[~self._enabled[action][numbers]], count)
                fair &= rests | _some(labels, sources[graph.actions[kept] == action], count)
            # A component that never takes what it enables may still be fair without the states
            # that enable it.
            removed = np.zeros(graph.count, bool)
            good = fair.copy()
            for action in self.fairness.strong:
                able = numbers[self._enabled[action][numbers]]
                taken = _some(labels, sources[graph.actions[kept] == action], count)
                lacking = _some(labels, able, count) & ~taken
                good &= ~lacking
                removed[able[lacking[labels[able]]]] = True
            candidates = numbers[good[labels[numbers]]]
            if len(candidates):
                entry = int(candidates[reached.steps[candidates].argmin()])
                if limit is not None and reached.steps[entry] >= limit:
                    return None
                edges = kept[labels[sources] == labels[entry]]
                return entry, edges, self._needs(edges, must)
            kept = kept[fair[labels[sources]]]
            gone = removed[graph.sources[kept]] | removed[graph.targets[kept]]
            kept = kept[~gone]
        return None

    def _needs(self, edges: NDArray[np.intp], must: Mask | None) -> list[Mask]:
        """For each fair action (and `must`) which of a component's edges satisfy it: by taking
        it, or by starting where it is disabled."""
        graph = self.graph
        sources, actions = graph.sources[edges], graph.actions[edges]
        needs = [] if must is None else [must[sources]]
        needs += [
            (actions == action) | ~self._enabled[action][sources] for action in self.fairness.weak
        ]
        needs += [
            actions == action
            for action in self.fairness.strong
            if self._enabled[action][sources].any()
        ]
        return needs

    def _cycle(
        self, entry: int, edges: NDArray[np.intp], needs: Sequence[Mask]
    ) -> list[tuple[int, int]]:
        """A short cycle from the entry through an edge for each need, by going to the nearest
        unmet one each time."""
        graph = self.graph
        order = graph.sources[edges].argsort(kind="stable")
        edges = edges[order]
        unmet = [need[order] for need in needs]
        walk: list[int] = []
        here = entry
        local = graph.part(edges)
        while unmet:
            route = local.route(here, np.logical_or.reduce(unmet))
            for edge in route:
                walk.append(edge)
                unmet = [need for need in unmet if not need[edge]]
            here = int(graph.targets[edges[walk[-1]]])
        if here != entry or not walk:
            walk += local.route(here, graph.targets[edges] == entry)
        return [(int(graph.actions[edges[i]]), int(graph.targets[edges[i]])) for i in walk]


def _some(labels: NDArray[np.int32], states: NDArray[np.intp], count: int) -> Mask:
    """Of each component whether it has one of the states."""
    result = np.zeros(count, bool)
    result[labels[states]] = True
    return result


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
