"""Breadth-first exploration, level by level.

A state is stored as it was first reached, so that the tree of first steps is a tree of concrete
runs; its fingerprint decides whether another one is the same state up to symmetry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from checker.budget import Budget
from checker.explicit.codegen import Kernel, compile_system
from checker.explicit.layout import Layout, Mask, Matrix
from checker.explicit.symmetry import Symmetry
from checker.explicit.visited import Visited
from model.ir.expr import Expr
from model.ir.system import System

#: Successors of this many states are told apart at once; more would leave the processor's cache.
_CHUNK = 1 << 14

Numbers = NDArray[np.int32]


class Exploration:
    """What is known of a system's states, numbered in the order in which they were reached."""

    def __init__(self, layout: Layout, symmetry: Symmetry, kernel: Kernel) -> None:
        self.layout, self.symmetry, self.kernel = layout, symmetry, kernel
        #: The states of each level, of shape (cells, N), and the number of the first of each.
        self.levels: list[Matrix] = []
        self.starts: list[int] = []
        #: For each level beyond the first, where each state was first reached from and by which
        #: action.
        self.parents: list[Numbers] = []
        self.via: list[Numbers] = []
        #: The truth of the observed expressions, one list of arrays for each level.
        self.observed: list[list[Mask]] = []
        #: Steps as (source, target, action), if they were asked for.
        self.edges: list[tuple[Numbers, Numbers, Numbers]] = []
        #: Which actions some state enables.
        self.enabled: Mask = np.zeros(len(layout.system.actions), bool)
        #: The number of levels whose states were all expanded: every run of so many steps is
        #: covered.
        self.depth = 0
        #: All reachable states were expanded.
        self.complete = False
        #: Why the search stopped before that.
        self.reason = ""

    @property
    def count(self) -> int:
        """The number of distinct states."""
        return self.starts[-1] + self.levels[-1].shape[1] if self.levels else 0

    def truth(self, index: int) -> Mask:
        """Where an observed expression holds, for each state."""
        return np.concatenate([level[index] for level in self.observed])

    def first(self, index: int, wanted: bool) -> int | None:
        """The first state where an observed expression has a value."""
        for start, level in zip(self.starts, self.observed, strict=False):
            found = (level[index] == wanted).nonzero()[0]
            if len(found):
                return start + int(found[0])
        return None

    def level(self, state: int) -> int:
        """The number of steps by which a state was first reached."""
        return int(np.searchsorted(self.starts, state, side="right")) - 1

    def column(self, state: int) -> Matrix:
        """The cells of a state."""
        level = self.level(state)
        return self.levels[level][:, state - self.starts[level]]

    @property
    def expanded(self) -> int:
        """The number of states, from the first, whose successors are all known."""
        return self.count if self.complete else self.starts[self.depth]

    def depths(self) -> Numbers:
        """The number of steps by which each state was first reached."""
        sizes = [level.shape[1] for level in self.levels]
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    def path(self, state: int) -> tuple[int, list[tuple[int, int]]]:
        """A shortest run to a state: its initial state and its steps (action, state)."""
        steps: list[tuple[int, int]] = []
        level = self.level(state)
        while level:
            place = state - self.starts[level]
            steps.append((int(self.via[level - 1][place]), state))
            state = int(self.parents[level - 1][place])
            level -= 1
        return state, steps[::-1]


def explore(
    system: System,
    observed: Sequence[Expr],
    budget: Budget,
    *,
    symmetric: bool = True,
    edges: bool = False,
    done: Callable[[Sequence[Mask]], bool] = lambda _: False,
) -> Exploration:
    """Every reachable state within the budget.

    `done` is told the truth of the observed expressions in the states of each level, in order;
    when it answers True the search stops there. Raises ModelError where an update leaves its
    interval.
    """
    layout = Layout(system)
    symmetry = Symmetry(layout, enabled=symmetric)
    kernel = compile_system(layout, symmetry, observed)
    result = Exploration(layout, symmetry, kernel)
    visited = Visited()
    initial = layout.encode(tuple(dict.fromkeys(system.initial)))
    _, new = visited.add(symmetry.fingerprints(initial))
    frontier = initial[:, new]
    while True:
        result.starts.append(visited.count - frontier.shape[1])
        result.levels.append(frontier)
        result.observed.append(_observe(kernel, frontier))
        if done(result.observed[-1]):
            result.reason = "decided"
            return result
        if budget.depth is not None and result.depth >= budget.depth:
            result.reason = f"the depth of {budget.depth} is reached"
            return result
        level, known = _Level(result, visited, edges), len(result.edges)
        for first in range(0, frontier.shape[1], kernel.rows):
            result.reason = budget.exhausted() or ""
            if result.reason:
                del result.edges[known:]
                return result
            level.expand(frontier[:, first : first + kernel.rows], result.starts[-1] + first)
        result.depth += 1
        if not level.blocks:
            result.complete = True
            return result
        frontier = (
            np.concatenate(level.blocks, axis=1) if len(level.blocks) > 1 else level.blocks[0]
        )
        result.parents.append(np.concatenate(level.parents))
        result.via.append(np.concatenate(level.via))
        budget.progress(f"{visited.count} states, depth {result.depth}")


def _observe(kernel: Kernel, frontier: Matrix) -> list[Mask]:
    columns = frontier.shape[1]
    parts = [
        kernel.observe(np.ascontiguousarray(frontier[:, first : first + kernel.rows]), size)
        for first in range(0, columns, kernel.rows)
        for size in [min(kernel.rows, columns - first)]
    ]
    if len(parts) == 1:
        return parts[0]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


class _Level:
    """The successors of one level while they are collected."""

    def __init__(self, result: Exploration, visited: Visited, edges: bool) -> None:
        self.result, self.visited, self.edges = result, visited, edges
        self.blocks: list[Matrix] = []
        self.parents: list[Numbers] = []
        self.via: list[Numbers] = []

    def expand(self, C: Matrix, start: int) -> None:
        """The successors of the states C, numbered from `start`."""
        result = self.result
        C = np.ascontiguousarray(C)
        masks = result.symmetry.masks(C)
        fired = result.kernel.expand(C, C.shape[1], masks)
        if not fired:
            return
        matrices = [successors for _, successors, _, _ in fired]
        sizes = [successors.shape[1] for successors in matrices]
        actions = np.array([action for action, _, _, _ in fired], np.int32)
        result.enabled[actions] = True
        after = np.concatenate(matrices, axis=1)
        sources = (np.concatenate([rows for _, _, rows, _ in fired]) + start).astype(np.int32)
        taken = np.repeat(actions, sizes)
        for first in range(0, after.shape[1], _CHUNK):
            part = slice(first, first + _CHUNK)
            self._keep(after[:, part], sources[part], taken[part])

    def _keep(self, after: Matrix, sources: Numbers, taken: Numbers) -> None:
        numbers, new = self.visited.add(self.result.symmetry.fingerprints(after))
        if len(new):
            self.blocks.append(after.take(new, 1))
            self.parents.append(sources[new])
            self.via.append(taken[new])
        if self.edges:
            self.result.edges.append((sources, numbers, taken))
