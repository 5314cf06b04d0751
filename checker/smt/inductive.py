"""Proofs by induction over the counter form: an invariant that each move preserves.

The invariant is found by Houdini (Flanagan and Leino, 2001): of many candidates for lemmas, those
that some move does not preserve are dropped until all that are left are preserved together.
Verification conditions are by substitution: a lemma after a move is a formula about the state
before it.

Omits: that no update leaves the interval of its function. The interpreter and the explorer raise
an error there; here such a step goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import z3

from checker.budget import Budget
from checker.smt import lemmas, terms
from checker.smt.abstract import Abstract
from checker.smt.counters import Chosen, CounterForm
from checker.smt.lemmas import Lemma
from checker.smt.linear import Bit, Integers, Linear, Values, named, number
from checker.smt.moves import Move, moves
from checker.smt.solver import Solver, new_context, poll, true
from model.ir.expr import Expr
from model.ir.family import Family
from model.ir.system import Action, Property, State, StateFunction
from model.ir.types import Sort

#: Z3 resources for one question.
EFFORT = 20_000_000


@dataclass(frozen=True, eq=False)
class Goal:
    """An `always` property of a family, in one counter form."""

    family: Family
    prop: Property
    tracked: frozenset[StateFunction]
    chosen: Chosen | None = None

    @cached_property
    def form(self) -> CounterForm:
        return CounterForm(
            self.family.member,
            self.tracked,
            self.chosen,
            frozenset(self.family.parameters),
            self.family.sizes,
        )

    def claim(self, reading: Abstract) -> Bit:
        """The property in a state. If an element is chosen, the property is about that one."""
        p = self.prop.p
        if self.chosen is None:
            return reading.bit(p, {})
        name, sort = p.payload
        parts: list[Bit] = []
        for group in self.form.groups[sort]:
            if group[0]:
                size = reading.state[self.form.counters[sort, group]]
                there = reading.integers.positive(size)
                body = reading.bit(p.args[0], {name: reading.representative(sort, group)})
                parts.append(terms.implies(there, body))
        return terms.conj(parts)


@dataclass
class Attempt:
    """What came of a goal."""

    #: The lemmas that are preserved together; with the property if `proved`.
    kept: list[Lemma] = field(default_factory=list)
    proved: bool = False
    #: The actions that may break the property although all lemmas hold before.
    blamed: list[Action] = field(default_factory=list)
    #: The property is not known to hold at the start.
    fails_at_start: bool = False


class Conditions:
    """The verification conditions of one goal."""

    def __init__(self, goal: Goal, budget: Budget) -> None:
        """Raises Unsupported, and Unanswered if the budget is used up."""
        self.goal, self.form, self.budget = goal, goal.form, budget
        self.context = new_context()
        self.integers = Integers(self.context)
        self.before = self.form.initial_values(self.integers)
        self.axioms = terms.conj((*self.form.axioms(self.integers), *self._parameters()))
        #: What is read of the state before, for all conditions.
        self.closed = self.read(self.before)
        self.moves = list(moves(self.closed, self.poll))
        self.claim = goal.claim(self.closed)

    def poll(self) -> None:
        poll(self.budget)

    def read(self, state: Values) -> Abstract:
        return Abstract(self.form, self.integers, state, self.poll)

    def solver(self) -> Solver:
        solver = Solver(self.context, self.budget, "QF_LIA")
        solver.add(self.axioms)
        return solver

    def _parameters(self) -> Iterator[Bit]:
        reading = self.read(self.before)
        for table in self.goal.family.parameters:
            yield self.integers.at_most(number(table.type.lo), named(table.name))
        yield reading.bit(self.goal.family.where, {})
        yield from reading.sides

    # -- the conditions ------------------------------------------------------------------------
    def initially(self) -> Solver:
        """A solver whose models are the initial states."""
        solver, reading = self.solver(), self.read(self.before)
        initial = self.goal.family.initial
        if initial is None:
            solver.add(self._states(self.goal.family.member.initial))
        else:
            solver.add(reading.bit(initial, {}))
            solver.add(*reading.sides)
        return solver

    def _states(self, states: Sequence[State]) -> Bit:
        """That the state is one of some."""
        import numpy as np

        like = None if self.goal.chosen is None else self.goal.chosen.like
        seen = self.form.see(self.goal.family.member, np.array(states).T, like)
        return terms.disj(
            terms.conj(self._is(self.before[name], int(values[i])) for name, values in seen.items())
            for i in range(len(states))
        )

    def _is(self, variable: Any, value: int) -> Bit:
        if isinstance(variable, Linear):
            return self.integers.equal(variable, number(value))
        return variable if value else terms.negate(variable)

    def starts_well(self, solver: Solver) -> bool:
        """Whether the property holds in every initial state."""
        reading = self.read(self.before)
        claim = self.goal.claim(reading)
        solver.add(*reading.sides)
        return solver.check(terms.negate(claim), EFFORT) is None

    def starts_with(self, solver: Solver, some: Sequence[Lemma]) -> list[Lemma]:
        """Of some lemmas those that hold in every initial state."""
        kept = list(some)
        while True:
            bits = [lemma.bit(self.before, self.integers) for lemma in kept]
            model = solver.check(terms.negate(terms.conj(bits)), EFFORT)
            if model is None:
                return kept
            kept = [x for x, bit in zip(kept, bits, strict=True) if true(model, bit)]


class Houdini:
    """The largest set of candidates that every move preserves, if the property goes with it."""

    def __init__(self, conditions: Conditions, some: Sequence[Lemma]) -> None:
        self.conditions = conditions
        self.integers = conditions.integers
        self.kept: dict[Lemma, Any] = {}
        for lemma in some:
            self.kept[lemma] = z3.Bool(f"lemma{len(self.kept)}", conditions.context)
        self.claimed = z3.Bool("claim", conditions.context)
        #: That each lemma holds before a move where its guard does, and the property likewise.
        self.before = terms.conj(
            (
                *conditions.closed.sides,
                terms.implies(self.claimed, conditions.claim),
                *(
                    terms.implies(guard, lemma.bit(conditions.before, self.integers))
                    for lemma, guard in self.kept.items()
                ),
            )
        )
        self._open: dict[Move, _Preserves] = {}

    def run(self) -> Attempt:
        """Drop candidates until all are preserved, or the property is not."""
        waiting = list(self.conditions.moves)
        while waiting:
            dropped = False
            for move in waiting:
                question = self._open.get(move)
                if question is None:
                    question = self._open[move] = _Preserves(self, move)
                if not question.claim_holds():
                    return Attempt(list(self.kept), blamed=self._blamed())
                dropped |= question.drop()
            waiting = list(self.conditions.moves) if dropped else []
        return Attempt(list(self.kept), proved=True)

    def _blamed(self) -> list[Action]:
        found: dict[Action, None] = {}
        for move in self.conditions.moves:
            if move.action not in found:
                question = self._open.get(move) or _Preserves(self, move)
                if not question.claim_holds():
                    found[move.action] = None
        return list(found)


class _Preserves:
    """Whether one move preserves the lemmas and the property, where all of them hold before."""

    def __init__(self, houdini: Houdini, move: Move) -> None:
        self.houdini = houdini
        conditions = houdini.conditions
        integers = houdini.integers
        after = {**conditions.before, **move.after}
        self._solver = solver = conditions.solver()
        solver.add(*move.conditions, houdini.before)
        reading = conditions.read(after)
        self._claim = conditions.goal.claim(reading)
        solver.add(*reading.sides)
        self._after: dict[Lemma, Bit] = {}
        changed = move.after.keys()
        for lemma in houdini.kept:
            if not changed.isdisjoint(lemma.variables):
                self._after[lemma] = lemma.bit(after, integers)

    def _held(self) -> list[Any]:
        return [self.houdini.claimed, *self.houdini.kept.values()]

    def claim_holds(self) -> bool:
        if self._claim is True:
            return True
        broken = terms.negate(self._claim)
        return self._solver.check(broken, EFFORT, self._held()) is None

    def drop(self) -> bool:
        """Drop the lemmas that are not preserved; whether there were any."""
        dropped = False
        while True:
            bits = {x: bit for x, bit in self._after.items() if x in self.houdini.kept}
            broken = terms.negate(terms.conj(bits.values()))
            model = self._solver.check(broken, EFFORT, self._held())
            if model is None:
                return dropped
            dropped = True
            for lemma, bit in bits.items():
                if not true(model, bit):
                    del self.houdini.kept[lemma]


# -- where to look ---------------------------------------------------------------------------------
def constants(family: Family) -> frozenset[str]:
    return frozenset(table.name for table in family.parameters)


def known(conditions: Conditions) -> list[lemmas.Quantity]:
    """What lemmas can be about."""
    goal, system = conditions.goal, conditions.goal.family.member
    roots = [*(action.guard for action in system.actions), goal.prop.p]
    return lemmas.quantities(goal.form, conditions.closed, roots)


def guesses(conditions: Conditions, samples: Mapping[str, Any]) -> list[Lemma]:
    """The candidates that hold in all samples (arrays of the values of every name)."""
    compared = dict.fromkeys(conditions.closed.compared)
    for move in conditions.moves:
        compared.update(dict.fromkeys(move.compared))
    limits = lemmas.bounds(compared, constants(conditions.goal.family))
    premises = lemmas.premises(conditions.form)
    found: list[Lemma] = []
    always: set[Linear] = set()
    for lemma in lemmas.candidates(known(conditions), limits, premises):
        if lemma.form not in always and lemma.holds(samples).all():
            found.append(lemma)
            if not lemma.premise:
                always.add(lemma.form)
    return found


def prove(goal: Goal, samples: Mapping[str, Any], budget: Budget) -> Attempt:
    """Look for lemmas that make the property inductive. Raises Unsupported and Unanswered."""
    conditions = Conditions(goal, budget)
    solver = conditions.initially()
    if not conditions.starts_well(solver):
        return Attempt(fails_at_start=True)
    some = conditions.starts_with(solver, guesses(conditions, samples))
    return Houdini(conditions, some).run()


def holds_up(conditions: Conditions, some: Sequence[Lemma]) -> str | None:
    """Why lemmas do not prove the property; None if they do."""
    solver = conditions.initially()
    if not conditions.starts_well(solver):
        return f"{conditions.goal.prop.name} may not hold at the start"
    if len(conditions.starts_with(solver, some)) < len(some):
        return "a lemma may not hold at the start"
    attempt = Houdini(conditions, some).run()
    if not attempt.proved:
        return "not preserved by " + ", ".join(map(repr, attempt.blamed))
    if len(attempt.kept) < len(some):
        return "a lemma is not preserved"
    return None


def cones(family: Family, prop: Property) -> list[frozenset[StateFunction]]:
    """Growing sets of functions to track: what the property reads, what that is computed from,
    what those steps ask about their own parameters, and so on; at last all functions."""
    from model.ir.check import reads

    system = family.member
    found = [reads(prop.p)]

    def grow(next_: Collection[StateFunction]) -> frozenset[StateFunction]:
        grown = frozenset(next_) | found[-1]
        if grown != found[-1]:
            found.append(grown)
        return grown

    while True:
        size = len(found[-1])
        values: set[StateFunction] = set()
        for action in system.actions:
            for update in action.updates:
                if update.function in found[-1]:
                    values |= reads(update.value, update.where)
        grow(values)
        guards: set[StateFunction] = set()
        for action in system.actions:
            if any(update.function in found[-1] for update in action.updates):
                for part in _conjuncts(action.guard):
                    if part.free or not action.parameters:
                        guards |= reads(part)
        grow(guards)
        if len(found[-1]) == size:
            break
    grow(system.functions)
    return found


def _conjuncts(guard: Expr) -> Sequence[Expr]:
    return guard.args if guard.op == "and" else (guard,)


def chosen_sort(prop: Property) -> Sort | None:
    """The symmetric sort that the property is about each element of, if it is."""
    if prop.p.op != "forall":
        return None
    sort = prop.p.payload[1]
    assert isinstance(sort, Sort)
    return sort if sort.symmetric else None
