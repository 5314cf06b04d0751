"""What a run that was found by chance does not need.

Steps are left out as long as what is left still ends as it must; a step that is not enabled any
more without them is left out, too. Many such attempts are made at once: one for each stretch of
steps, from long stretches to single steps, and one for each action and each element of a sort.
The result is a run from which no single step can be left out, often not a shortest one. It
depends on the run alone, unless the budget ends.
Omits: shortening the loop of a run that goes round for ever; only what leads to it is shortened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from checker.budget import Budget
from checker.explicit.layout import Mask, Matrix
from checker.swarm.follow import Follower
from checker.swarm.runs import Integers
from model.ir.system import State

#: Whether runs that end in states C, with what is pending, end as they must; shape (N,).
Goal = Callable[[Matrix, Mask], Mask]

#: Stretches that are tried at once.
_ATTEMPTS = 512


class _Outcome(NamedTuple):
    """Of some attempts which steps they took, shape (N, steps), and whether they succeeded."""

    taken: Mask
    good: Mask


class Shortener:
    """Shortens runs from `start` that reach `goal`."""

    def __init__(self, follower: Follower, start: State, goal: Goal) -> None:
        self._follower, self._start, self._goal = follower, start, goal

    def shorten(self, path: Integers, budget: Budget) -> Integers:
        """A part of the steps that still reaches the goal."""
        path = self._straightened(path)
        size = len(path) + 1
        while size > 1:
            size = -(-size // 2)
            while len(path) and budget.exhausted() is None:
                shorter = self._without(path, self._attempts(path, size))
                if len(shorter) == len(path):
                    break
                path = shorter
        return path

    def _straightened(self, path: Integers) -> Integers:
        """The steps without those that lead round to where the run was before."""
        follower = self._follower
        here, pending = follower.begin(self._start, 1)
        kept: list[int] = []
        been = [here.tobytes() + pending.tobytes()]
        for number in path.tolist():
            here, _ = follower.fire(here, number)
            pending = follower.pending(here, pending)
            key = here.tobytes() + pending.tobytes()
            if key in been:
                again = been.index(key)
                del kept[again:], been[again + 1 :]
            else:
                kept.append(number)
                been.append(key)
        return np.array(kept, np.int64)

    def _attempts(self, path: Integers, size: int) -> Mask:
        """Which steps each attempt leaves out, shape (N, steps): stretches of a size, and all
        steps of one action or with one element."""
        at = np.arange(len(path))
        first = np.arange(0, len(path), size)[:_ATTEMPTS]
        stretches = (at >= first[:, None]) & (at < first[:, None] + size)
        kinds: dict[object, list[int]] = {}
        for index, number in enumerate(path.tolist()):
            step = self._follower.numbering.step(number)
            kinds.setdefault(step.action, []).append(index)
            for sort, element in zip(step.action.sorts, step.arguments, strict=True):
                kinds.setdefault((sort, element), []).append(index)
        groups = np.zeros((len(kinds), len(path)), bool)
        for group, places in zip(groups, kinds.values(), strict=True):
            group[places] = True
        return np.concatenate((stretches, groups))

    def _without(self, path: Integers, drops: Mask) -> Integers:
        """The shortest run that one of the attempts, or several of them together, give."""
        outcome = self._try(path, drops)
        best = self._best(path, outcome)
        left = outcome.taken[outcome.good]
        if len(left) < 2:
            return best
        order = left.sum(1).argsort(kind="stable")
        together = np.logical_or.accumulate(~left[order], axis=0)
        return min(best, self._best(path, self._try(path, together)), key=len)

    @staticmethod
    def _best(path: Integers, outcome: _Outcome) -> Integers:
        lengths = np.where(outcome.good, outcome.taken.sum(1), len(path))
        if lengths.min() >= len(path):
            return path
        shortest: Integers = path[outcome.taken[lengths.argmin()]]
        return shortest

    def _try(self, path: Integers, drops: Mask) -> _Outcome:
        """Take the steps that are not dropped and are enabled."""
        follower = self._follower
        here, pending = follower.begin(self._start, len(drops))
        taken = np.zeros_like(drops)
        for index, number in enumerate(path.tolist()):
            wanted = (~drops[:, index]).nonzero()[0]
            here[:, wanted], done = follower.fire(here[:, wanted], number)
            taken[wanted[done], index] = True
            pending = follower.pending(here, pending)
        return _Outcome(taken, self._goal(here, pending))
