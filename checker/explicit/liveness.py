"""Fair runs that violate a liveness property, in the graph of all explored states.

A run violates a property if it has a tail inside some set of states and the tail is fair. The
states that a fair run visits for ever form a strongly connected set X, possibly a single state
in which the run stutters. Such a run exists for X if and only if every weakly fair action is
disabled somewhere in X or taken by a step inside X, and every strongly fair action is disabled
everywhere in X or taken by a step inside X (Emerson and Lei 1987). Fairness of whole actions
survives reduction by symmetry; that of each choice of `Action.fair_for`, and of what only waits,
is asked about components that are fair to whole actions (`threads`), where the first cycle that is
found in them is not fair to everyone.

The run that is shown is the shortest, stem and cycle together, up to symmetry, among those that
rest for ever in one state (a cycle of length 0) and those whose cycle enters a component at one
of the `_ENTRIES` states nearest to the start; in a component too large for `lasso` the cycle is
short, not shortest, and so is one that has to go round to serve everyone. Where a component
enables a strongly fair action, cycles that keep clear of it are looked for only if the component
has none that takes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.budget import Budget
from checker.explicit.graph import Edges, Graph
from checker.explicit.lasso import Component, Lasso, Need
from checker.explicit.layout import Mask
from checker.explicit.reach import Reach
from checker.explicit.rounds import Round
from checker.explicit.search import Exploration
from checker.explicit.threads import Claims, Threads, columns_of
from checker.explicit.trace import run_round, run_through
from model.ir.fairness import unfair
from model.ir.system import PropertyKind
from model.ir.trace import Trace

#: Where a cycle is tried, in components where that is cheap, and in others.
_ENTRIES, _FEW = 64, 2

#: Memory that an edge and a state need at most while components are looked for, in bytes.
_EDGE, _STATE = 32, 64


class Exhausted(Exception):
    """The budget is used up; the message says how."""


class Fairness(NamedTuple):
    """The fair actions' numbers."""

    weak: tuple[int, ...]
    strong: tuple[int, ...]


class Liveness:
    """Answers liveness properties of one exploration that recorded its edges.

    Both it and `violation` raise Exhausted. The budget is not looked at inside one search for
    strongly connected components, which takes about a second for ten million edges.
    """

    def __init__(self, exploration: Exploration, budget: Budget) -> None:
        self.exploration, self._budget = exploration, budget
        self.system = exploration.layout.system
        actions = self.system.actions
        #: The actions to which a run may be unfair that is fair to whole actions.
        self._tells_apart = [a for a in actions if a.fair_for or a.claim is not None]
        self._claims = Claims(self.system)
        self.fairness = Fairness(
            tuple(i for i, action in enumerate(actions) if action.fairness == "weak"),
            tuple(i for i, action in enumerate(actions) if action.fairness == "strong"),
        )
        fair = (*self.fairness.weak, *self.fairness.strong)
        self._poll(10 * exploration.edges + (10 + len(fair)) * exploration.count)
        self.graph = Graph(exploration)
        n = self.graph.count
        #: Where each fair action is disabled; where all of them are.
        self._disabled: dict[int, Mask] = {}
        self._quiet = np.ones(n, bool)
        for action in fair:
            self._poll()
            disabled = np.ones(n, bool)
            disabled[self.graph.sources[self.graph.actions == action]] = False
            self._disabled[action] = disabled
            self._quiet &= disabled
        self._nowhere = np.zeros(n, bool)
        #: Of the other states not every step is known.
        self._expanded = np.arange(n) < exploration.expanded

    def _poll(self, coming: int = 0) -> None:
        reason = self._budget.exhausted(coming)
        if reason:
            raise Exhausted(reason)

    def violation(self, kind: PropertyKind, p: Mask, q: Mask, inside: Mask) -> Trace | None:
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
    ) -> Trace | None:
        graph = self.graph
        self._poll(_STATE * graph.count + _EDGE * len(graph.targets))
        room = within & inside
        quiet = room & self._quiet
        if must is not None:
            quiet &= must
        kept = graph.cyclic(room)
        if not quiet.any() and not len(kept):
            return None
        self._poll()
        if starts is None:
            reached = Reach(self.exploration, within)
        else:
            reached = Reach(self.exploration, within, graph, starts)
            quiet &= reached.steps >= 0
            kept = kept[reached.steps[graph.sources[kept]] >= 0]
        best: Trace | None = None
        length: int | None = None
        state = self._resting(quiet, reached)
        if state is not None:
            length = int(reached.steps[state])
            best = run_round(self.exploration, Lasso(*reached.path(state), []))
            # A cycle is worth while only if it is entered earlier.
            if (reached.steps[graph.sources[kept]] + 1 >= length).all():
                return best
        for parts in self._components(kept, must, reached):
            threads, first = None, 0
            for place, (distance, edges) in enumerate(parts):
                if length is not None and distance + 1 >= length:
                    break
                component = Component(graph, edges, self._needs(edges, must))
                lasso = self._shortest(component, reached, length)
                if lasso is None:
                    continue
                trace = run_round(self.exploration, lasso)
                if self._tells_apart and unfair(self.system, trace, self._tells_apart) is not None:
                    if threads is None:
                        first = place
                        members = [np.unique(graph.sources[each]) for _, each in parts[place:]]
                        threads = Threads(self.exploration, self._claims, members, self._poll)
                    if not threads.fair[place - first]:
                        continue
                    way = Round(threads, place - first, self._needs(edges, must))
                    trace = run_through(self.exploration, lasso, way)
                    if length is not None and len(trace.steps) >= length:
                        continue
                    length = len(trace.steps)
                else:
                    length = len(lasso.stem) + len(lasso.cycle)
                best = trace
        return best

    def _resting(self, quiet: Mask, reached: Reach) -> int | None:
        """The nearest of some states where no fair action is enabled, in which none would be if
        it waited for nobody."""
        resting = quiet.nonzero()[0]
        resting = resting[reached.steps[resting].argsort(kind="stable")]
        if not self._claims:
            return int(resting[0]) if len(resting) else None
        rows = self.exploration.kernel.rows
        for first in range(0, len(resting), rows):
            self._poll()
            part = resting[first : first + rows]
            order = part.argsort()
            columns = columns_of(self.exploration, part[order])
            free = np.empty(len(part), bool)
            free[order] = ~self._claims.anywhere(columns)
            if free.any():
                return int(part[free.argmax()])
        return None

    def _shortest(self, component: Component, reached: Reach, length: int | None) -> Lasso | None:
        """A lasso into a component of fewer than `length` steps that is fair to whole actions."""
        best: Lasso | None = None
        near = component.states[reached.steps[component.states].argsort(kind="stable")]
        for entry in near[: _ENTRIES if component.small else _FEW]:
            self._poll()
            stem = int(reached.steps[entry])
            if length is not None and stem + 1 >= length:
                break
            cycle = component.cycle(int(entry), None if length is None else length - stem)
            if cycle is not None:
                length = stem + len(cycle)
                best = Lasso(*reached.path(int(entry)), cycle)
        return best

    # -- components ----------------------------------------------------------------------------
    def _components(
        self, kept: Edges, must: Mask | None, reached: Reach
    ) -> Iterator[list[tuple[int, Edges]]]:
        """The components of a set of edges that are fair to whole actions, and by how many steps
        each is reached; the nearest first among those that are found together."""
        graph = self.graph
        while len(kept):
            self._poll(_STATE * graph.count + _EDGE * len(kept))
            labels = graph.components(kept)
            sources, targets = graph.sources[kept], graph.targets[kept]
            kept = kept[labels[sources] == labels[targets]]
            if not len(kept):
                return
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
                rests = _some(labels, numbers[self._disabled[action][numbers]], count)
                fair &= rests | _some(labels, sources[graph.actions[kept] == action], count)
            # A component that never takes what it enables may still be fair without the states
            # that enable it.
            removed = np.zeros(graph.count, bool)
            good = fair.copy()
            for action in self.fairness.strong:
                able = numbers[~self._disabled[action][numbers]]
                taken = _some(labels, sources[graph.actions[kept] == action], count)
                lacking = _some(labels, able, count) & ~taken
                good &= ~lacking
                removed[able[lacking[labels[able]]]] = True
            own = labels[sources]
            found = kept[good[own]], own[good[own]], reached.steps[sources[good[own]]]
            yield list(_parts(*found))
            kept = kept[fair[own] & ~good[own]]
            gone = removed[graph.sources[kept]] | removed[graph.targets[kept]]
            kept = kept[~gone]

    def _needs(self, edges: Edges, must: Mask | None) -> list[Need]:
        """What a fair run inside a component does for ever."""
        sources = self.graph.sources[edges]
        needs = [] if must is None else [Need(must)]
        needs += [Need(self._disabled[action], action) for action in self.fairness.weak]
        needs += [
            Need(self._nowhere, action)
            for action in self.fairness.strong
            if not self._disabled[action][sources].all()
        ]
        return needs


def _parts(
    edges: Edges, labels: NDArray[np.int32], steps: NDArray[np.signedinteger]
) -> Iterator[tuple[int, Edges]]:
    """The edges of each label in order, and the fewest steps to one; the nearest label first."""
    order = labels.argsort(kind="stable")
    first = np.flatnonzero(np.diff(labels[order], prepend=-1))
    if not len(first):
        return
    nearest = np.minimum.reduceat(steps[order], first)
    last = np.append(first[1:], len(order))
    for i in nearest.argsort(kind="stable"):
        yield int(nearest[i]), edges[order[first[i] : last[i]]]


def _some(labels: NDArray[np.int32], states: NDArray[np.intp], count: int) -> Mask:
    """Of each component whether it has one of the states."""
    result = np.zeros(count, bool)
    result[labels[states]] = True
    return result
