"""Runs under way, one a column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker.explicit.layout import Layout, Mask, Matrix
from model.ir.interpret import Step
from model.ir.system import State

#: Numbers of steps or places, of the shape that is said where it is used.
Integers = NDArray[np.int64]


class Numbering:
    """Every choice of an action and of its arguments has one number."""

    def __init__(self, layout: Layout) -> None:
        self._actions = layout.system.actions
        self._shapes = [tuple(sort.size for sort in action.sorts) for action in self._actions]
        sizes = [int(np.prod(shape, dtype=np.int64)) for shape in self._shapes]
        #: The number of the first choice of each action.
        self._first = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)))

    def numbers(self, action: int, arguments: Sequence[NDArray[Any]], count: int) -> Integers:
        """The numbers of some choices for one action; each array of arguments has their shape."""
        result = np.zeros(count, np.int64)
        for size, argument in zip(self._shapes[action], arguments, strict=True):
            result = result * size + argument
        result += self._first[action]
        return result

    def action(self, number: int) -> int:
        """Which action a step takes."""
        return int(np.searchsorted(self._first, number, side="right")) - 1

    def arguments(self, number: int) -> tuple[int, ...]:
        action = self.action(number)
        chosen = np.unravel_index(number - self._first[action], self._shapes[action])
        return tuple(map(int, chosen))

    def step(self, number: int) -> Step:
        return Step(self._actions[self.action(number)], self.arguments(number))


class Runs:
    """A number of runs: where each one is, and how it got there.

    `states` is of shape (cells, runs). Run i began in the initial state `starts[i]` and took
    the steps `paths[i, : lengths[i]]`; `pending`, of shape (properties, runs), is what is
    remembered of it for the properties (see `live`).
    """

    def __init__(self, initial: Matrix, fresh: Sequence[bool], count: int, capacity: int) -> None:
        self._initial, self._fresh = initial, np.array(fresh, bool).reshape(-1, 1)
        self.states = np.zeros((initial.shape[0], count), initial.dtype)
        self.starts = np.zeros(count, np.int64)
        # Memory that is never written is never taken: most runs are shorter than they may be.
        self.paths = np.zeros((count, capacity), np.int64)
        self.lengths = np.zeros(count, np.int64)
        self.pending = np.zeros((len(fresh), count), bool)

    @property
    def count(self) -> int:
        return len(self.starts)

    @property
    def initial(self) -> int:
        """The number of initial states."""
        return int(self._initial.shape[1])

    def begin(self, places: Integers, starts: Integers) -> None:
        """Put new runs in the given places."""
        self.states[:, places] = self._initial[:, starts]
        self.starts[places] = starts
        self.lengths[places] = 0
        self.pending[:, places] = self._fresh

    def copy(self, places: Integers, source: Runs, taken: Integers) -> None:
        """Put some of another's runs in the given places."""
        self.states[:, places] = source.states[:, taken]
        self.starts[places] = source.starts[taken]
        self.lengths[places] = source.lengths[taken]
        self.pending[:, places] = source.pending[:, taken]
        longest = int(source.lengths[taken].max(initial=0))
        self.paths[places, :longest] = source.paths[taken, :longest]

    def step(self, places: Integers, after: Matrix, numbers: Integers) -> None:
        """The runs in these places go on by one step each."""
        self.paths[places, self.lengths[places]] = numbers
        self.lengths[places] += 1
        self.states[:, places] = after

    def path(self, place: int) -> Integers:
        return self.paths[place, : self.lengths[place]].copy()

    def start(self, place: int) -> State:
        """The initial state of a run."""
        return tuple(int(value) for value in self._initial[:, self.starts[place]])

    def shortest(self, among: Mask) -> int:
        """The place of the shortest of some runs."""
        places = among.nonzero()[0]
        return int(places[self.lengths[places].argmin()])
