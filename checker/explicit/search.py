"""Breadth-first exploration, level by level.

A state is stored, packed, as it was first reached, so that the tree of first steps is a tree of
concrete runs; its fingerprint decides whether another one is the same state up to symmetry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from checker.budget import Budget
from checker.explicit.blocks import Blocks
from checker.explicit.chunk import Chunk, chunks
from checker.explicit.codegen import Kernel, compile_system
from checker.explicit.hashing import Hashes
from checker.explicit.layout import Layout, Mask, Matrix, Numbers
from checker.explicit.packing import Packing
from checker.explicit.recent import Recent
from checker.explicit.steps import Rows
from checker.explicit.symmetry import Symmetry
from checker.explicit.visited import Visited
from model.ir.expr import Expr
from model.ir.system import System

#: About so many successors are told apart at once; more would leave the processor's cache.
_CHUNK = 1 << 14

#: Levels from which on it is told from their growth how many states there will be, and the growth
#: from which on they are taken to shrink.
_GROWING, _LITTLE = 8, 0.1

#: States that 32 bits can number, with room for one batch.
_MOST = (1 << 31) - (1 << 24)


class Exploration:
    """What is known of a system's states, numbered in the order in which they were reached."""

    def __init__(
        self, system: System, observed: Sequence[Expr], symmetric: bool, edges: bool
    ) -> None:
        self.layout = Layout(system)
        self.symmetry = Symmetry(self.layout, enabled=symmetric)
        self.kernel: Kernel = compile_system(self.layout, self.symmetry, observed)
        #: The number of distinct states.
        self.count = 0
        #: The number of the first state of each level.
        self.starts: list[int] = []
        #: The steps that leave the states that were expanded, sorted by state, if they were
        #: asked for: how many leave each one, where they lead, and by which action.
        self.degrees: Blocks | None = None
        #: The type of actions' numbers.
        self.small = np.min_scalar_type(-max(1, len(system.actions)))
        if edges:
            self.degrees = Blocks(np.int32)
            self.targets, self.actions = Blocks(np.int32), Blocks(self.small)
        #: Which actions some state enables.
        self.enabled: Mask = np.zeros(len(system.actions), bool)
        #: The number of levels whose states were all expanded: every run of so many steps is
        #: covered.
        self.depth = 0
        #: All reachable states were expanded.
        self.complete = False
        #: Why the search stopped before that.
        self.reason = ""
        self._packing = Packing(self.layout)
        self._states = Blocks(np.uint8, self._packing.bytes)
        # Where each state beyond the first level was first reached from, and by which action.
        self._parents, self._via = Blocks(np.int32), Blocks(self.small)
        #: The first state where each observed expression has each value.
        self._first: dict[tuple[int, bool], int] = {}
        self._observed = len(observed)
        self._truths: list[Mask] | None = None

    # -- what is known ------------------------------------------------------------------------
    def states(self, first: int, last: int) -> Matrix:
        """The cells of the states first..last-1; shape (cells, last - first)."""
        return self._packing.unpack(self._states.get(first, last))

    def column(self, state: int) -> Matrix:
        """The cells of a state."""
        return self.states(state, state + 1)[:, 0]

    def truth(self, index: int) -> Mask:
        """Where an observed expression holds, for each state."""
        if self._truths is None:
            self._truths = [np.empty(self.count, bool) for _ in range(self._observed)]
            for first in range(0, self.count, self.kernel.rows):
                last = min(first + self.kernel.rows, self.count)
                found = self.kernel.observe(self.states(first, last), last - first)
                for truths, part in zip(self._truths, found, strict=True):
                    truths[first:last] = part
        return self._truths[index]

    def first(self, index: int, wanted: bool) -> int | None:
        """The first state where an observed expression has a value."""
        return self._first.get((index, wanted))

    def level(self, state: int) -> int:
        """The number of steps by which a state was first reached."""
        return int(np.searchsorted(self.starts, state, side="right")) - 1

    @property
    def initial(self) -> int:
        """The number of initial states, which come first."""
        return self.starts[1] if len(self.starts) > 1 else self.count

    @property
    def edges(self) -> int:
        """The number of recorded steps."""
        return 0 if self.degrees is None else self.targets.count

    @property
    def expanded(self) -> int:
        """The number of states, from the first, whose successors are all known."""
        return self.count if self.complete else self.starts[self.depth]

    def depths(self) -> Numbers:
        """The number of steps by which each state was first reached."""
        sizes = np.diff([*self.starts, self.count])
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    def path(self, state: int) -> tuple[int, list[tuple[int, int]]]:
        """A shortest run to a state: its initial state and its steps (action, state)."""
        steps: list[tuple[int, int]] = []
        begin = self.initial
        while state >= begin:
            steps.append((int(self._via.column(state - begin)), state))
            state = int(self._parents.column(state - begin))
        return state, steps[::-1]

    # -- what is found ------------------------------------------------------------------------
    def add(self, C: Matrix, parents: Rows | None = None, via: Numbers | None = None) -> None:
        """New states of the level that is being collected."""
        self._states.append(self._packing.pack(C))
        if parents is not None and via is not None:
            self._parents.append(parents)
            self._via.append(via)

    def close(self) -> bool:
        """Make what was collected the next level; whether there is any of it."""
        if self._states.count == self.count:
            return False
        self.starts.append(self.count)
        self.count = self._states.count
        return True

    def batches(self) -> Iterator[tuple[int, Matrix]]:
        """The last level, a batch at a time, with the number of the first state."""
        for first in range(self.starts[-1], self.count, self.kernel.rows):
            yield first, self.states(first, min(first + self.kernel.rows, self.count))

    def observe(self, first: int, C: Matrix) -> None:
        """Look at the states C, numbered from `first`."""
        for index, truths in enumerate(self.kernel.observe(C, C.shape[1])):
            for wanted in (False, True):
                if (index, wanted) not in self._first:
                    found = truths.argmax() if wanted else truths.argmin()
                    if truths[found] == wanted:
                        self._first[index, wanted] = first + int(found)


def explore(
    system: System,
    observed: Sequence[Expr],
    budget: Budget,
    *,
    symmetric: bool = True,
    edges: bool = False,
    done: Callable[[Exploration], bool] = lambda _: False,
) -> Exploration:
    """Every reachable state within the budget.

    `done` is asked after each level, when the observed expressions are known in its states; where
    it answers True the search stops. Raises ModelError where an update leaves its interval.
    """
    result = Exploration(system, observed, symmetric, edges)
    search = _Search(result, budget)
    search.begin()
    while not result.reason and result.close():
        search.observe()
        if done(result):
            result.reason = "decided"
        elif budget.depth is not None and result.depth >= budget.depth:
            result.reason = f"the depth of {budget.depth} is reached"
        else:
            search.expand()
            budget.progress(f"{search.visited.count} states, depth {result.depth}")
    result.complete = not result.reason
    return result


class _Search:
    """A search under way."""

    def __init__(self, result: Exploration, budget: Budget) -> None:
        self.result, self.budget = result, budget
        self.visited = Visited(numbered=result.degrees is not None)
        #: The last level, if it is one batch.
        self._batch: Matrix | None = None
        self._chunk = min(_CHUNK, result.symmetry.rows)
        self._small = result.small
        self._recent = Recent()
        cells = sum(function.size for function in result.layout.system.functions)
        #: States after which no others are looked for.
        self._limit = _MOST if budget.work is None else budget.work // cells

    def begin(self) -> None:
        """The initial states."""
        result = self.result
        initial = result.layout.encode(tuple(dict.fromkeys(result.layout.system.initial)))
        _, new = self.visited.add(result.symmetry.fingerprints(initial))
        result.add(initial.take(new, 1))

    def observe(self) -> None:
        """Look at the last level."""
        result = self.result
        for first, C in result.batches():
            result.observe(first, C)
            self._batch = C if C.shape[1] == result.count - result.starts[-1] else None

    def expand(self) -> None:
        """The successors of the last level; `depth` counts it unless the budget was used up."""
        result = self.result
        start = result.starts[-1]
        batches = result.batches() if self._batch is None else iter([(start, self._batch)])
        for first, C in batches:
            result.reason = self._worked_off() or self.budget.exhausted() or self._expand(C, first)
            if result.reason:
                return
        result.depth += 1

    def _expand(self, C: Matrix, start: int) -> str:
        """The successors of the states C, numbered from `start`; why there is no room for them."""
        result = self.result
        columns = C.shape[1]
        found = result.kernel.steps(C, columns, result.symmetry.masks(C))
        result.enabled[[steps.action for steps in found]] = True
        recorded = []
        plain = result.symmetry.plain(C)
        for chunk in chunks(found, self._chunk):
            sources, taken = chunk.sources, chunk.actions(self._small)
            hashes = chunk.hashes(plain)
            reason = self._full(len(hashes))
            if reason:
                return reason
            numbers, new, built = self._tell(chunk, hashes, C)
            if len(new):
                result.add(built, sources[new] + start, taken[new])
            if result.degrees is not None:
                recorded.append((sources, numbers, taken))
        if result.degrees is not None:
            self._record(result.degrees, columns, recorded)
        return ""

    def _tell(self, chunk: Chunk, hashes: Hashes, C: Matrix) -> tuple[Numbers, Rows, Matrix]:
        """The numbers of the successors with these plain hashes (only if steps are recorded),
        which are the first of new states, and those states."""
        result = self.result
        if not result.symmetry.groups:
            numbers, new = self.visited.add(hashes)
            return numbers, new, chunk.build(C, new)
        numbers, asked = self._recent.look_up(hashes)
        if not len(asked):
            return numbers, asked, C[:, :0]
        after = chunk.build(C, asked)
        found, new = self.visited.add(result.symmetry.fingerprints(after))
        if result.degrees is not None:
            self._recent.learn(hashes, numbers, asked, found)
        return numbers, asked[new], after.take(new, 1)

    def _worked_off(self) -> str:
        """What to say where there are, or will be, more states than the work allows."""
        coming = self._forecast() if self.budget.foresees else 0
        if max(self.visited.count, coming) <= self._limit:
            return ""
        found = "" if self.visited.count > self._limit else "probably "
        told = f"{found}more than {self._limit:,} states"
        if self.budget.work_off():
            told, self._limit = "", _MOST
        return told

    def _forecast(self) -> int:
        """About how many states there will be where the levels still grow: each is taken to grow
        by half as much as the one before, until that is little, and those after to shrink as they
        grew."""
        starts, count = self.result.starts, self.result.count
        if len(starts) < _GROWING:
            return count
        level = float(count - starts[-1])
        growth = level / (starts[-1] - starts[-2]) - 1
        if growth <= _LITTLE:
            return count
        total = float(count)
        while growth > _LITTLE:
            level *= 1 + growth
            total += level
            growth /= 2
        return int(2 * total - level)

    def _full(self, coming: int) -> str:
        """Why so many more states cannot be taken in, if the table would have to grow for them."""
        growth = self.visited.growth(coming)
        if self.visited.count + coming > _MOST:
            return f"{_MOST} states are too many"
        return (growth and self.budget.exhausted(growth)) or ""

    def _record(
        self, degrees: Blocks, columns: int, steps: Sequence[tuple[Rows, Numbers, Numbers]]
    ) -> None:
        """Keep the steps that leave a batch of so many states, sorted by state."""
        if not steps:
            degrees.append(np.zeros(columns, np.int32))
            return
        sources, targets, taken = (np.concatenate(part) for part in zip(*steps, strict=True))
        degrees.append(np.bincount(sources, minlength=columns).astype(np.int32))
        order = sources.astype(np.uint16 if columns <= 1 << 16 else np.int32).argsort(kind="stable")
        self.result.targets.append(targets[order])
        self.result.actions.append(taken[order])
