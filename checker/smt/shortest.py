"""The fewest steps, where one layer of a run may hold several.

A run of n steps has at most n layers. So once every run of up to L layers is known to have at
least n steps where it answers a question, no answer takes fewer than min(n, L + 1) steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from checker.smt.gates import FALSE, TRUE, Gates
from checker.smt.sat.contract import Model
from checker.smt.solver import Unanswered, poll
from checker.smt.unroll import Unrolling
from model.ir.trace import Trace

#: Conflicts for one question: whoever waits for an answer wants it soon rather than shorter.
EFFORT = 5_000


class _Excess:
    """How many more steps than layers a run has, counted up to a limit."""

    def __init__(self, gates: Gates, limit: int) -> None:
        self._gates = gates
        #: At position k: that there are more than k.
        self._more = [FALSE] * limit
        self.layers = 0

    def extend(self, layers: Sequence[Sequence[int]]) -> None:
        """Take in the layers that are not counted yet, each given by its steps' literals."""
        conj, disj = self._gates.conj, self._gates.disj
        for fired in layers[self.layers :]:
            seen = FALSE
            for step in fired:
                extra = conj((seen, step))
                below = [TRUE, *self._more][: len(self._more)]
                self._more = [
                    disj((more, conj((extra, less))))
                    for more, less in zip(self._more, below, strict=True)
                ]
                seen = disj((seen, step))
        self.layers = len(layers)

    def fewer(self, steps: int) -> int:
        """That there are fewer steps than this; at most as many as it counts up to."""
        spare = steps - self.layers
        return -self._more[spare - 1] if spare > 0 else FALSE


class Shortest:
    """Answers that were found, until they are known to be the shortest."""

    def __init__(self, run: Unrolling, trace: Callable[[int, Model], Trace]) -> None:
        """`trace` makes a trace of a model that answers the question of that number."""
        self._run = run
        self._trace = trace
        self._counts: dict[int, _Excess] = {}
        #: Answers that may not be the shortest.
        self.open: dict[int, Trace] = {}
        #: Questions whose answer was made no shorter since that became too hard.
        self.doubtful: set[int] = set()

    def offer(self, question: int, trace: Trace) -> None:
        """An answer in as many layers as the run has now, and in no fewer."""
        self.open[question] = trace
        spare = len(trace.steps) - self._run.depth
        self._counts[question] = _Excess(self._run.gates, spare)

    def settle(self, answered: dict[int, int]) -> dict[int, Trace]:
        """The answers that are the shortest or are now `doubtful`, given what answers each
        question in the last state.

        Raises Unanswered if the budget runs out; what was found until then is in `open`.
        """
        layers = self._run.fired
        for question in list(self.open):
            count = self._counts[question]
            count.extend(layers)
            try:
                while (steps := len(self.open[question].steps)) > len(layers):
                    shorter = [answered[question], count.fewer(steps)]
                    model = self._run.gates.core.solve(shorter, EFFORT)
                    if model is None:
                        break
                    self.open[question] = self._trace(question, model)
            except Unanswered:
                poll(self._run.transition.budget)
                self.doubtful.add(question)
        known = [
            question
            for question, trace in self.open.items()
            if question in self.doubtful or len(trace.steps) <= len(layers) + 1
        ]
        return {question: self.open.pop(question) for question in known}

    def give_up(self) -> dict[int, Trace]:
        """All that is open: no run has more layers, so nothing shorter is left to be found."""
        known, self.open = self.open, {}
        return known
