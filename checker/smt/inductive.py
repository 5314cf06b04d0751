"""Proofs by induction over the counter form: an invariant that each move preserves.

The invariant is found by Houdini (see `checker.smt.houdini`) among candidates that hold in some
states that were explored. Verification conditions are by substitution: a lemma after a move is a
formula about the state before it.

Omits: that no update leaves the interval of its function. The interpreter and the explorer raise
an error there; here such a step goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from checker.budget import Budget
from checker.smt import lemmas, terms
from checker.smt.abstract import Abstract
from checker.smt.counters import HERE, Chosen, CounterForm, symmetric
from checker.smt.houdini import EFFORT, Attempt, Houdini
from checker.smt.lemmas import Lemma
from checker.smt.linear import Bit, Integers, Linear, Values, named, number
from checker.smt.moves import Unsupported, moves
from checker.smt.solver import Solver, new_context, poll, true
from model.ir.check import walk
from model.ir.expr import Expr
from model.ir.family import Family
from model.ir.system import Property, State, StateFunction, Table
from model.ir.types import NONE, ElementType, Sort


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
        """The property in a state. If an element is chosen, the property is about that one, or
        about those that point to it; without one, perhaps about those that point nowhere."""
        p, pointer = self.prop.p, pointer_of(self.prop)
        if self.chosen is None and pointer is None:
            return reading.bit(p, {})
        name, sort = p.payload
        position, wanted = 0, 1
        if pointer is not None:
            if pointer not in self.form.observed[sort]:
                raise Unsupported(f"{pointer} is not tracked")
            position = 1 + self.form.observed[sort].index(pointer)
            wanted = NONE if self.chosen is None else HERE
        parts: list[Bit] = []
        for group in self.form.groups[sort]:
            if group[position] == wanted:
                size = reading.state[self.form.counters[sort, group]]
                there = reading.integers.positive(size)
                body = reading.bit(p.args[0], {name: reading.representative(sort, group)})
                parts.append(terms.implies(there, body))
        return terms.conj(parts)


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
        self.claim = goal.claim(self.closed)
        self.moves = list(moves(self.closed, self.poll))

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
            solver.add(terms.conj(reading.sides))
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


# -- where to look ---------------------------------------------------------------------------------
def constants(family: Family) -> frozenset[str]:
    return frozenset(table.name for table in family.parameters)


def known(conditions: Conditions) -> tuple[list[lemmas.Quantity], list[lemmas.Quantity]]:
    """What lemmas can be about: what the system counts, and how many elements have each value."""
    goal, system = conditions.goal, conditions.goal.family.member
    roots = [*(action.guard for action in system.actions), goal.prop.p]
    found = lemmas.quantities(goal.form, conditions.closed, roots)
    return found, lemmas.values(goal.form, found)


def guesses(conditions: Conditions, samples: Mapping[str, Any], premises: int) -> list[Lemma]:
    """The candidates under up to so many premises that hold in all samples (arrays of the values
    of every name)."""
    compared = dict.fromkeys(conditions.closed.compared)
    for move in conditions.moves:
        compared.update(dict.fromkeys(move.compared))
    limits = lemmas.bounds(compared, constants(conditions.goal.family))
    counted, rare = known(conditions)
    forms = lemmas.forms(counted, limits, rare)
    return lemmas.true_in(samples, forms, lemmas.premises(conditions.form, premises))


def prove(goal: Goal, samples: Mapping[str, Any], budget: Budget, premises: int = 1) -> Attempt:
    """Look for lemmas that make the property inductive. Raises Unsupported and Unanswered."""
    conditions = Conditions(goal, budget)
    if conditions.claim is True:  # in every state of the counter form, whatever led there
        return Attempt(proved=True)
    solver = conditions.initially()
    if not conditions.starts_well(solver):
        return Attempt(fails_at_start=True)
    some = conditions.starts_with(solver, guesses(conditions, samples, premises))
    houdini = Houdini(conditions, some)
    attempt = houdini.run()
    return replace(attempt, kept=houdini.needed()) if attempt.proved else attempt


def holds_up(conditions: Conditions, some: Sequence[Lemma]) -> str | None:
    """Why lemmas do not prove the property; None if they do."""
    claim, name = conditions.claim, conditions.goal.prop.name
    if claim is True and not some:
        return None
    solver = conditions.initially()
    if not conditions.starts_well(solver):
        return f"{name} may not hold at the start"
    kept = conditions.starts_with(solver, some)
    if len(kept) < len(some):
        lost = next(lemma for lemma in some if not any(lemma is other for other in kept))
        return f"a lemma may not hold at the start: {lost}"
    solver = conditions.solver()
    solver.add(terms.conj((*conditions.closed.sides, claim)))
    solver.add(*(lemma.bit(conditions.before, conditions.integers) for lemma in some))
    for move in conditions.moves:
        state = {**conditions.before, **move.after}
        reading = conditions.read(state)
        claim = conditions.goal.claim(reading)
        bits = [lemma.bit(state, conditions.integers) for lemma in some]
        with solver.scope():
            solver.add(terms.conj((*move.conditions, *reading.sides)))
            model = solver.check(terms.negate(terms.conj((claim, *bits))), EFFORT)
        if model is None:
            continue
        if not true(model, claim):
            return f"{name} is not preserved by {move.action}"
        lost = next(x for x, bit in zip(some, bits, strict=True) if not true(model, bit))
        return f"a lemma is not preserved by {move.action}: {lost}"
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
    """The symmetric sort of which one arbitrary element is chosen, to prove a property of it."""
    pointer = pointer_of(prop)
    if pointer is not None:
        assert isinstance(pointer.type, ElementType)
        return pointer.type.sort
    if prop.p.op != "forall":
        return None
    sort = prop.p.payload[1]
    assert isinstance(sort, Sort)
    return sort if sort.symmetric else None


def pointer_of(prop: Property) -> StateFunction | None:
    """Where a property says of each element of a symmetric sort what the tables say of another one
    to which it points: the function that points."""
    if prop.p.op != "forall" or not symmetric(prop.p.payload[1]):
        return None
    for node in walk(prop.p.args[0]):
        if node.op in ("apply", "get") and isinstance(node.payload, Table):
            for argument in node.args:
                inner = argument.payload if argument.op == "apply" else None
                own = [arg.payload for arg in argument.args] == [prop.p.payload[0]]
                if isinstance(inner, StateFunction) and symmetric(inner.type) and own:
                    return inner
    return None
