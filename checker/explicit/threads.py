"""Whether a component serves everyone whom fairness tells apart (`Action.fair_for`).

A state of the graph stands for all its permutations, and on the way round a cycle elements may
change places: who waits in one state is not told by an edge. So each element is followed through
the steps of a component, as a thread from state to state (Emerson and Sistla 1997, Gyuris and
Sistla 1999). In a strongly connected component the threads of all choices of `fair_for` fall into
classes of which each passes through every state. A run that visits all of the component for ever
can be led so that each thread comes to every point of its class, one thread after the other: it is
fair to everyone if and only if each class has a point where an action is disabled for whoever is
there, or a step that serves them. A smaller set of states can do no better, so of weak fairness
only whole components have to be looked at.

An action that waits for others (`Action.claim`) is disabled where it would be without waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.explicit.codegen import Fired, Kernel, compile_system
from checker.explicit.components import components
from checker.explicit.layout import Layout, Mask, Matrix
from checker.explicit.search import Exploration
from checker.explicit.steps import Rows
from checker.explicit.symmetry import Symmetry
from model.ir.fairness import unwaiting
from model.ir.system import Action, System
from model.ir.types import Sort

#: Bytes that a step of a component needs for each element that is followed.
STEP = 48


class Claims:
    """Where the actions that wait for others would be enabled without waiting."""

    def __init__(self, system: System) -> None:
        self._numbers = [i for i, a in enumerate(system.actions) if a.claim is not None]
        self._kernel: Kernel | None = None
        self._system = system

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def expand(self, C: Matrix) -> list[Fired]:
        """The steps that they would take."""
        if not self._numbers:
            return []
        if self._kernel is None:
            actions = tuple(unwaiting(self._system.actions[i]) for i in self._numbers)
            layout = Layout(replace(self._system, actions=actions))
            self._kernel = compile_system(layout, Symmetry(layout, enabled=False), ())
        return [
            (self._numbers[number], after, rows, chosen)
            for number, after, rows, chosen in self._kernel.expand(C, C.shape[1], {})
        ]

    def anywhere(self, C: Matrix) -> Mask:
        """Which states have such a step."""
        result = np.zeros(C.shape[1], bool)
        for _, _, rows, _ in self.expand(C):
            result[rows] = True
        return result


class _Steps(NamedTuple):
    """Steps inside components. Elements are named by their positions in the states."""

    sources: Rows
    targets: Rows
    action: int
    #: Of each parameter the element of each step.
    chosen: tuple[Rows, ...]
    #: By sort, where each element is after the step; shape (elements, steps).
    moved: dict[Sort, Rows]


class Threads:
    """The steps of some components, whoever takes them, and who is followed through them."""

    def __init__(
        self,
        exploration: Exploration,
        claims: Claims,
        members: Sequence[NDArray[np.integer]],
        poll: Callable[[int], None],
    ) -> None:
        """`members` are the states of each component; `poll` is told the bytes that will be
        needed and raises where that is too much."""
        self._exploration, self._claims = exploration, claims
        self.system = exploration.layout.system
        #: The explored states, ascending, and the component of each.
        together = np.concatenate(members)
        order = together.argsort(kind="stable")
        self.states: Rows = together[order]
        self.labels: Rows = np.repeat(np.arange(len(members)), [len(m) for m in members])[order]
        self.symmetry = symmetry = exploration.symmetry
        self.sorts = [sort for group in symmetry.groups for sort in group.sorts]
        self.weak = [
            (i, action)
            for i, action in enumerate(self.system.actions)
            if action.fairness == "weak" and (action.fair_for or action.claim is not None)
        ]
        #: Of each such action, in which states whom it could serve; shape (choices, states).
        self.able = {
            i: np.zeros((prod(s.size for s in served_sorts(action)), len(self.states)), bool)
            for i, action in self.weak
        }
        width = 1 + sum(sort.size for sort in self.sorts)
        poll(STEP * width * 4 * len(self.states))
        self.steps: list[_Steps] = []
        known = symmetry.fingerprints(columns_of(exploration, self.states))
        self._order = known.argsort()
        self._known = known[self._order]
        for first in range(0, len(self.states), max(1, exploration.kernel.rows // 4)):
            poll(0)
            self._expand(first, min(first + max(1, exploration.kernel.rows // 4), len(self.states)))

    def _expand(self, first: int, last: int) -> None:
        """Take in the steps that leave the states first..last-1 of these."""
        C = columns_of(self._exploration, self.states[first:last])
        symmetry = self._exploration.symmetry
        places = symmetry.positions(C)
        fired = self._exploration.kernel.expand(C, C.shape[1], symmetry.everything(C.shape[1]))
        for action, after, rows, chosen in fired:
            if self.system.actions[action].claim is None:
                self._mark(action, first, places, rows, chosen)
            prints = symmetry.fingerprints(after)
            found = self._known.searchsorted(prints)
            found[found == len(self._known)] = 0
            targets = self._order[found]
            inside = self._known[found] == prints
            inside &= self.labels[targets] == self.labels[first + rows]
            if not inside.any():
                continue
            there = symmetry.positions(np.ascontiguousarray(after[:, inside]))
            sources, targets = rows[inside], targets[inside]
            moved = {}
            for sort in self.sorts:
                moved[sort] = np.empty((sort.size, len(sources)), np.intp)
                np.put_along_axis(moved[sort], places[sort][:, sources], there[sort], 0)
            named = self._named(action, places, sources, [each[inside] for each in chosen])
            self.steps.append(_Steps(first + sources, targets, action, named, moved))
        for action, _, rows, chosen in self._claims.expand(C):
            self._mark(action, first, places, rows, chosen)

    def _named(
        self, action: int, places: dict[Sort, Rows], rows: Rows, chosen: Sequence[Rows]
    ) -> tuple[Rows, ...]:
        """The elements of each parameter by their positions."""
        sorts = self.system.actions[action].sorts
        return tuple(
            places[sort][each, rows] if sort in places else np.broadcast_to(each, rows.shape)
            for sort, each in zip(sorts, chosen, strict=True)
        )

    def _mark(
        self, action: int, first: int, places: dict[Sort, Rows], rows: Rows, chosen: Sequence[Rows]
    ) -> None:
        if action in self.able:
            named = self._named(action, places, rows, chosen)
            whom = _number(self.system.actions[action], named, len(rows))
            self.able[action][whom, first + rows] = True

    def may_serve(self, action: int, state: int, where: Sequence[tuple[str, int]]) -> bool:
        """Whether an action could serve whoever is at some positions of a state, which is counted
        among these."""
        whom = 0
        for sort, (_, place) in zip(served_sorts(self.system.actions[action]), where, strict=True):
            whom = whom * sort.size + place
        return bool(self.able[action][whom, state])

    # -- components ----------------------------------------------------------------------------
    @cached_property
    def fair(self) -> Mask:
        """Of each component, whether it serves everyone."""
        result: Mask = np.ones(int(self.labels.max()) + 1, bool)
        known: dict[tuple[Sort, ...], Rows] = {}
        for number, action in self.weak:
            sorts = served_sorts(action)
            if sorts not in known:
                known[sorts] = self._threads(sorts)
            threads = known[sorts]
            good = ~self.able[number]
            for steps in self._taken(number):
                good[_number(action, steps.chosen, len(steps.sources)), steps.sources] = True
            served = np.zeros(int(threads.max()) + 1, bool)
            served[threads[good]] = True
            result[self.labels[(~served[threads]).any(0)]] = False
            # The whole action: disabled for all at once, or taken at all.
            whole: Mask = ~np.logical_or.reduce(self.able[number])
            for steps in self._taken(number):
                whole[steps.sources] = True
            some = np.zeros(len(result), bool)
            some[self.labels[whole]] = True
            result &= some
        return result

    def _taken(self, action: int) -> Iterator[_Steps]:
        return (steps for steps in self.steps if steps.action == action)

    def _threads(self, sorts: tuple[Sort, ...]) -> Rows:
        """The class of each choice of elements in each state; shape (choices, states)."""
        size, count = prod(sort.size for sort in sorts), len(self.states)
        sources, targets = [], []
        for steps in self.steps:
            moved = self._moved(sorts, steps)
            sources.append((np.arange(size)[:, None] * count + steps.sources).reshape(-1))
            targets.append((moved * count + steps.targets).reshape(-1))
        source, target = np.concatenate(sources), np.concatenate(targets)
        order = source.argsort(kind="stable")
        found = components(
            source[order].astype(np.int32), target[order].astype(np.int32), size * count
        )
        return found.reshape(size, count).astype(np.intp)

    def _moved(self, sorts: tuple[Sort, ...], steps: _Steps) -> Rows:
        """Where each choice of elements is after some steps; shape (choices, steps)."""
        result = np.zeros((1, len(steps.sources)), np.intp)
        for sort in sorts:
            own = steps.moved.get(sort)
            if own is None:
                own = np.repeat(np.arange(sort.size)[:, None], len(steps.sources), 1)
            result = (result[:, None] * sort.size + own[None]).reshape(-1, len(steps.sources))
        return result


def columns_of(exploration: Exploration, states: Rows) -> Matrix:
    """The cells of some states, ascending."""
    gaps = (np.diff(states) != 1).nonzero()[0] + 1
    runs = (exploration.states(int(r[0]), int(r[-1]) + 1) for r in np.split(states, gaps))
    return np.ascontiguousarray(np.concatenate(list(runs), axis=1))


def served_sorts(action: Action) -> tuple[Sort, ...]:
    """The sorts of those whom an action serves."""
    return tuple(action.sorts[place] for place in action.served)


def _number(action: Action, chosen: Sequence[Rows], count: int) -> Rows:
    """Whom each of some steps of an action serves, as the number of the choice."""
    result = np.zeros(count, np.intp)
    for place in action.served:
        result = result * action.sorts[place].size + chosen[place]
    return result
