"""Proofs for every depth: k-induction (Sheeran, Singh and Stalmarck, 2000).

Claims that hold in the first k states of every run, and after any k different states in a row
that satisfy them, hold for ever. Claims are proved together, since one may need another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from checker.smt import terms
from checker.smt.solver import Solver, Unanswered, true
from checker.smt.step import Transition
from checker.smt.terms import Bit
from checker.smt.unroll import Unrolling
from model.ir.expr import Expr

#: Z3 resources for one question, some seconds; a search that goes on beside this one is worth more.
EFFORT = 10_000_000

#: Invariants that need longer runs than this hardly occur.
MOST_STEPS = 8


class Induction:
    """The step of the induction, for growing k. The base is the caller's."""

    def __init__(self, transition: Transition, claims: Sequence[Expr]) -> None:
        self._budget = transition.budget
        self._solver = Solver(transition.context, transition.budget)
        self._unrolling = Unrolling(transition, self._solver, anywhere=True)
        bits = [transition.encoder.value(claim, {}) for claim in claims]
        # Last of all: no step can go wrong. Without it the transitions are not all there are.
        self._template = self._unrolling.template([*bits, terms.negate(transition.fault)])
        self._guards: list[Any] = [self._solver.fresh("claim") for _ in (*bits, True)]
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
        last = self._read()
        for guard, bit in zip(self._guards, last, strict=True):
            self._solver.add(terms.implies(guard, bit))
        self._unrolling.advance()
        *earlier, newest = self._unrolling.states
        for state in earlier:
            pairs = zip(state, newest, strict=True)
            self._solver.add(terms.negate(terms.conj(terms.equal(a, b) for a, b in pairs)))
        bits = self._read()
        fault = len(bits) - 1
        kept = {*claims, fault}
        try:
            while kept and (model := self._solver.check(self._broken(kept, bits), EFFORT)):
                kept = {index for index in kept if true(model, bits[index])}
        except Unanswered:
            if self._budget.exhausted() is not None:
                raise
            self.given_up = True
            return set()
        return kept - {fault} if fault in kept else set()

    def _read(self) -> list[Bit]:
        return self._unrolling.read(self._template, self._unrolling.depth)

    def _broken(self, kept: set[int], bits: list[Bit]) -> Bit:
        """The claims held so far and one of them fails now."""
        held = terms.conj(self._guards[index] for index in sorted(kept))
        fails = terms.disj(terms.negate(bits[index]) for index in sorted(kept))
        return terms.conj((held, fails))
