"""Houdini (Flanagan and Leino, 2001): of many candidates for lemmas, those that some move does not
preserve are dropped until all that are left are preserved together.

One question for each move: may it break the property, or any lemma that is left? Where it may not,
Z3 says which lemmas that rests on, and the move is looked at again only if one of them is dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import z3

from checker.smt import terms
from checker.smt.lemmas import Lemma
from checker.smt.linear import Bit, Linear, combine, number
from checker.smt.moves import Move
from checker.smt.solver import true
from model.ir.system import Action

if TYPE_CHECKING:
    from checker.smt.inductive import Conditions

#: Z3 resources for one question.
EFFORT = 20_000_000

#: The name of the literal that stands for the property, as a premise.
CLAIM = "claim"


@dataclass
class Attempt:
    """What came of a goal."""

    #: The lemmas that are preserved together; with the property if `proved`.
    kept: list[Lemma] = field(default_factory=list)
    proved: bool = False
    #: The property is not known to hold at the start.
    fails_at_start: bool = False
    #: What says whom to blame if the property is not preserved.
    houdini: Houdini | None = None


@dataclass(frozen=True)
class Blame:
    """Why a proof fails."""

    #: The actions that may break the property although all lemmas that are left hold before.
    last: tuple[Action, ...]
    #: The actions that break the guesses with which those would not.
    behind: tuple[Action, ...]

    def __str__(self) -> str:
        text = "may be broken by " + ", ".join(map(repr, self.last))
        others = [repr(action) for action in self.behind if action not in self.last]
        return text + (" after " + ", ".join(others) if others else "")


@dataclass(eq=False)
class Question:
    """What one move does: under `given`, the property and the lemmas after it."""

    move: Move
    given: Bit
    claim: Bit
    #: The lemmas that the move may break, in the state after it; None before anybody asked.
    after: dict[str, Bit] | None = None
    #: Names of the literals on which the last "no" rests; None before the first.
    rests_on: frozenset[str] | None = None


class Houdini:
    """The largest set of candidates that every move preserves, if the property goes with it."""

    def __init__(self, conditions: Conditions, some: Sequence[Lemma]) -> None:
        self.conditions = conditions
        self.lemmas = {f"lemma{index}": lemma for index, lemma in enumerate(some)}
        self.kept: dict[str, None] = dict.fromkeys(self.lemmas)
        self._literals = {name: z3.Bool(name, conditions.context) for name in (CLAIM, *self.lemmas)}
        self._questions: dict[Move, Question] = {}
        #: The move that each dropped lemma was dropped for.
        self._broken_by: dict[str, Move] = {}
        self._solver = solver = conditions.solver()
        solver.add(terms.conj(conditions.closed.sides))
        solver.add(terms.implies(self._literals[CLAIM], conditions.claim))
        for name, lemma in self.lemmas.items():
            bit = lemma.bit(conditions.before, conditions.integers)
            solver.add(terms.implies(self._literals[name], bit))

    def run(self) -> Attempt:
        """Drop candidates until all are preserved, or the property is not."""
        refused = Attempt(houdini=self)
        for move in self.conditions.moves:
            question = self._question(move)
            if self._ask(question, question.claim, (CLAIM, *self.kept)) is not None:
                return refused
        waiting = dict.fromkeys(self.conditions.moves)
        while waiting:
            move = next(iter(waiting))
            del waiting[move]
            question = self._question(move)
            after = self._after(question)
            bits = {name: bit for name, bit in after.items() if name in self.kept}
            while True:
                goal = terms.conj((question.claim, *bits.values()))
                model = self._ask(question, goal, (CLAIM, *self.kept))
                if model is None:
                    break
                if not true(model, question.claim):
                    return refused
                dropped = {name for name, bit in bits.items() if not true(model, bit)}
                for name in dropped:
                    del self.kept[name], bits[name]
                    self._broken_by[name] = move
                for other in self._questions.values():
                    if other.rests_on is not None and not dropped.isdisjoint(other.rests_on):
                        waiting[other.move] = None
        return Attempt(self._chosen(self.kept), proved=True)

    def needed(self) -> list[Lemma]:
        """After a successful run: fewer lemmas that are preserved together with the property."""
        enough: dict[str, None] = {}
        waiting = dict.fromkeys(self.conditions.moves)
        while waiting:
            move = next(iter(waiting))
            question = self._question(move)
            after = self._after(question)
            bits = [after[name] for name in enough if name in after]
            goal = terms.conj((question.claim, *bits))
            if self._ask(question, goal, (CLAIM, *enough)) is None:
                del waiting[move]
                continue
            assert self._ask(question, goal, (CLAIM, *self.kept)) is None
            assert question.rests_on is not None
            new = [name for name in self.kept if name in question.rests_on and name not in enough]
            enough.update(dict.fromkeys(new))
            waiting = dict.fromkeys(self.conditions.moves)
        return self._chosen(enough)

    # -- questions -----------------------------------------------------------------------------
    def _question(self, move: Move) -> Question:
        found = self._questions.get(move)
        if found is None:
            conditions = self.conditions
            state = {**conditions.before, **move.after}
            reading = conditions.read(state)
            claim = conditions.goal.claim(reading)
            given = terms.conj((*move.conditions, *reading.sides))
            found = self._questions[move] = Question(move, given, claim)
        return found

    def _after(self, question: Question) -> Mapping[str, Bit]:
        """What a move makes of every lemma that it does not certainly leave as it is."""
        if question.after is None:
            before, integers = self.conditions.before, self.conditions.integers
            after = question.move.after
            state = {**before, **after}
            growth = {
                name: value - before[name]
                for name, value in after.items()
                if isinstance(value, Linear)
            }
            question.after = {}
            for name, lemma in self.lemmas.items():
                grown = combine((k, growth[n]) for n, k in lemma.meaning.terms if n in growth)
                if grown != number(0) or any(n in after for n, _ in lemma.premise):
                    question.after[name] = lemma.bit(state, integers, lemma.meaning + grown)
        return question.after

    def _ask(self, question: Question, goal: Bit, held: Iterable[str]) -> Any | None:
        """A step after which `goal` is false, or None; then `rests_on` is known."""
        if goal is True:
            question.rests_on = frozenset()
            return None
        literals = [self._literals[name] for name in held]
        with self._solver.scope():
            self._solver.add(question.given)
            model = self._solver.check(terms.negate(goal), EFFORT, literals)
            if model is None:
                question.rests_on = self._solver.core()
            return model

    def _chosen(self, names: Iterable[str]) -> list[Lemma]:
        return [self.lemmas[name] for name in names]

    # -- whom to blame -------------------------------------------------------------------------
    def blame(self) -> Blame:
        """After a run that did not prove the property."""
        last: dict[Action, None] = {}
        behind: dict[Action, None] = {}
        for move in self.conditions.moves:
            if move.action not in last:
                question = self._question(move)
                if self._ask(question, question.claim, (CLAIM, *self.kept)) is not None:
                    last[move.action] = None
                    behind.update(dict.fromkeys(self._behind(question, question.claim, set())))
        return Blame(tuple(last), tuple(behind))

    def _behind(self, question: Question, goal: Bit, seen: set[str]) -> Collection[Action]:
        """The actions that break what would make `goal` hold after a move, each although all
        that was ever guessed holds before; none if that would not help."""
        if self._ask(question, goal, (CLAIM, *self.lemmas)) is not None:
            return ()
        assert question.rests_on is not None
        found: dict[Action, None] = {}
        for name in self.lemmas:
            if name in question.rests_on and name in self._broken_by and name not in seen:
                seen.add(name)
                other = self._question(self._broken_by[name])
                deeper = self._behind(other, self._after(other)[name], seen)
                found.update(dict.fromkeys(deeper or (other.move.action,)))
        return found
