"""From runs of the explored graph back to runs that the interpreter accepts.

With symmetry a state of the graph stands for several. A run is rebuilt from its initial state
by taking, step by step, a successor whose fingerprint is the wanted one. A cycle of the graph
may lead to a permutation of the state in which it began; then it is gone round again, as few
times as possible among the `_BEAM` most promising choices at each step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from checker.explicit.lasso import Lasso
from checker.explicit.layout import Matrix
from checker.explicit.rounds import Round
from checker.explicit.search import Exploration
from model.ir.interpret import Step
from model.ir.trace import Trace, replay

#: Permutations of one state that are followed side by side.
_BEAM = 256
#: Rounds after which a single run is followed, which closes sooner or later.
_ROUNDS = 8


def run_to(exploration: Exploration, state: int) -> Trace:
    """A shortest run to a state."""
    start, steps = exploration.path(state)
    walk = _Walk(exploration, start)
    walk.follow(steps)
    return walk.trace(None)


def run_round(exploration: Exploration, lasso: Lasso) -> Trace:
    """The run of a lasso; its loop closes in the system itself."""
    walk = _Walk(exploration, lasso.start)
    walk.follow(lasso.stem)
    loop = len(walk.steps)
    if not lasso.cycle or walk.close(lasso.cycle):
        return walk.trace(loop)
    begun = {walk.here.tobytes(): loop}
    while True:
        walk.follow(lasso.cycle)
        loop = begun.setdefault(walk.here.tobytes(), len(walk.steps))
        if loop < len(walk.steps):
            return walk.trace(loop)


def run_through(exploration: Exploration, lasso: Lasso, threads: Round) -> Trace:
    """The run to where a lasso's cycle begins, and from there a cycle that serves everyone."""
    walk = _Walk(exploration, lasso.start)
    walk.follow(lasso.stem)
    loop = len(walk.steps)
    walk.steps += threads.cycle(lasso.entry, walk.here)
    return walk.trace(loop)


class _Walk:
    """A concrete run under construction."""

    def __init__(self, exploration: Exploration, start: int) -> None:
        self._exploration = exploration
        self._start = exploration.column(start)
        self.here = self._start
        self.steps: list[Step] = []

    def follow(self, steps: Sequence[tuple[int, int]]) -> None:
        """Take steps (action, state), of equivalent ones the first."""
        for number, state in steps:
            self.here, _, step = next(self._choices(self.here.reshape(-1, 1), number, state))
            self.steps.append(step)

    def close(self, cycle: Sequence[tuple[int, int]]) -> bool:
        """Go round a cycle of the graph until the very state is reached in which it begins;
        nothing is done where that was not found."""
        home = self.here.tobytes()
        states = self.here.reshape(-1, 1)
        taken: list[list[tuple[int, Step]]] = []
        for _ in range(_ROUNDS):
            for number, state in cycle:
                # The first way to each state is kept, of the states those most like the home.
                found: dict[bytes, tuple[Matrix, int, Step]] = {}
                for column, source, step in self._choices(states, number, state):
                    found.setdefault(column.tobytes(), (column, source, step))
                ways = sorted(found.values(), key=lambda way: int((way[0] != self.here).sum()))[
                    :_BEAM
                ]
                states = np.stack([way[0] for way in ways], 1)
                taken.append([(source, step) for _, source, step in ways])
            if states[:, 0].tobytes() == home:
                place, back = 0, []
                for layer in reversed(taken):
                    place, step = layer[place]
                    back.append(step)
                self.steps += back[::-1]
                return True
        return False

    def _choices(
        self, states: Matrix, number: int, state: int
    ) -> Iterator[tuple[Matrix, int, Step]]:
        """The steps of an action from some states to a permutation of a state of the graph: what
        each one leads to and from which of the states."""
        exploration = self._exploration
        wanted = exploration.symmetry.fingerprints(exploration.states(state, state + 1))[0]
        action = exploration.layout.system.actions[number]
        batch = np.ascontiguousarray(states)
        masks = exploration.symmetry.everything(batch.shape[1])
        lost = True
        for fired, after, rows, arguments in exploration.kernel.expand(
            batch, batch.shape[1], masks
        ):
            if fired != number:
                continue
            matches: NDArray[np.bool_] = exploration.symmetry.fingerprints(after) == wanted
            for i in matches.nonzero()[0]:
                lost = False
                chosen = tuple(int(elements[i]) for elements in arguments)
                yield after[:, i], int(rows[i]), Step(action, chosen)
        assert not lost, f"no step {action} leads on: the reduction by symmetry is wrong"

    def trace(self, loop: int | None) -> Trace:
        """What the interpreter makes of it."""
        layout = self._exploration.layout
        return replay(layout.system, tuple(self.steps), layout.decode(self._start), loop)
