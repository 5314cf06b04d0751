"""From runs of the explored graph back to runs that the interpreter accepts.

With symmetry a state of the graph stands for several. A run is rebuilt from its initial state
by taking, step by step, a successor whose fingerprint is the wanted one. A cycle of the graph
may lead to a permutation of the state in which it began; then it is gone round again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from checker.explicit.layout import Matrix
from checker.explicit.liveness import Lasso
from checker.explicit.search import Exploration
from model.ir.interpret import Step
from model.ir.trace import Trace, replay


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
    if not lasso.cycle:
        return walk.trace(len(walk.steps))
    begun = {walk.here.tobytes(): len(walk.steps)}
    while True:
        walk.follow(lasso.cycle[:-1])
        walk.follow(lasso.cycle[-1:], begun)
        loop = begun.setdefault(walk.here.tobytes(), len(walk.steps))
        if loop < len(walk.steps):
            return walk.trace(loop)


class _Walk:
    """A concrete run under construction."""

    def __init__(self, exploration: Exploration, start: int) -> None:
        self._exploration = exploration
        self._start = exploration.column(start)
        self.here = self._start
        self.steps: list[Step] = []

    def follow(
        self, steps: Sequence[tuple[int, int]], preferred: dict[bytes, int] | None = None
    ) -> None:
        """Take steps (action, state), to the preferred ones of equivalent successors."""
        for action, state in steps:
            self._step(action, state, preferred or {})

    def _step(self, number: int, state: int, preferred: dict[bytes, int]) -> None:
        exploration = self._exploration
        column = exploration.column(state).reshape(-1, 1)
        wanted = exploration.symmetry.fingerprints(np.ascontiguousarray(column))[0]
        batch = np.ascontiguousarray(self.here.reshape(-1, 1))
        masks = exploration.symmetry.everything(1)
        action = exploration.layout.system.actions[number]
        best: tuple[bool, Matrix, tuple[int, ...]] | None = None
        for fired, successors, _, arguments in exploration.kernel.expand(batch, 1, masks):
            if fired != number:
                continue
            matches = exploration.symmetry.fingerprints(successors) == wanted
            for i in matches.nonzero()[0]:
                liked = successors[:, i].tobytes() in preferred
                if best is None or (liked and not best[0]):
                    chosen = tuple(int(elements[i]) for elements in arguments)
                    best = liked, successors[:, i], chosen
        assert best is not None, f"no step {action} leads on: the reduction by symmetry is wrong"
        self.here = best[1]
        self.steps.append(Step(action, best[2]))

    def trace(self, loop: int | None) -> Trace:
        """What the interpreter makes of it."""
        layout = self._exploration.layout
        return replay(layout.system, tuple(self.steps), layout.decode(self._start), loop)
