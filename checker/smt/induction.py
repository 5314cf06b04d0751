"""Proofs for every depth: k-induction (Sheeran, Singh and Stalmarck, 2000).

Claims that hold in the first k states of every run, and after any k different states in a row
that satisfy them, hold for ever. Claims are proved together, since one may need another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from checker.smt import terms
from checker.smt.gates import Gates
from checker.smt.sat import core
from checker.smt.solver import Unanswered
from checker.smt.step import Transition
from checker.smt.unroll import Unrolling
from model.ir.expr import Expr

#: Conflicts for one question; a search that goes on beside this one is worth more.
EFFORT = 5_000

#: Invariants that need longer runs than this hardly occur.
MOST_STEPS = 8


class Induction:
    """The step of the induction, for growing k. The base is the caller's."""

    def __init__(
        self, transition: Transition, claims: Sequence[Expr], solver: str | None = None
    ) -> None:
        """`solver` names a SAT core."""
        self._budget = transition.budget
        self._gates = Gates(core(solver, transition.budget))
        self._unrolling = Unrolling(transition, self._gates, transition.relation, anywhere=True)
        bits = [transition.encoder.value(claim, {}) for claim in claims]
        # Last of all: no step can go wrong. Without it the transitions are not all there are.
        self._template = self._unrolling.template([*bits, terms.negate(transition.fault)])
        self._guards = [self._gates.fresh() for _ in (*bits, True)]
        #: It has become too hard; `deepen` will find nothing any more.
        self.given_up = False

    @property
    def steps(self) -> int:
        """The k of the last attempt."""
        return self._unrolling.depth

    def deepen(self, claims: Collection[int]) -> set[int]:
        """The largest set of these claims that holds after k + 1 states that satisfy it.

        Empty as well if a step may go wrong there, or if it was given up. The caller knows that
        every state within `steps` - 1 steps of an initial one satisfies the claims.
        Raises Unanswered if the budget runs out.
        """
        if self.given_up or self.steps >= MOST_STEPS:
            return set()
        gates = self._gates
        for guard, bit in zip(self._guards, self._read(), strict=True):
            gates.require(-guard, bit)
        self._unrolling.advance()
        *earlier, newest = self._unrolling.states
        for state in earlier:
            gates.require(-gates.same(state, newest))
        bits = self._read()
        fault = len(bits) - 1
        kept = {*claims, fault}
        try:
            while kept and (model := gates.core.solve(self._broken(kept, bits), EFFORT)):
                kept = {index for index in kept if model[bits[index]]}
        except Unanswered:
            if self._budget.exhausted() is not None:
                raise
            self.given_up = True
            return set()
        return kept - {fault} if fault in kept else set()

    def _read(self) -> list[int]:
        return self._unrolling.read(self._template, self._unrolling.depth)

    def _broken(self, kept: set[int], bits: list[int]) -> list[int]:
        """The claims held so far and one of them fails now."""
        held = [self._guards[index] for index in sorted(kept)]
        return [*held, self._gates.disj(-bits[index] for index in sorted(kept))]
