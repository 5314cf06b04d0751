"""Candidates for lemmas: linear inequalities between the quantities that a system compares.

Quantities are the integers of the state, and how many elements pass each test that some `count`
of the system makes. Bounds are 0 and what the system's guards and the property compare them with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from checker.smt import terms
from checker.smt.abstract import Abstract
from checker.smt.counters import CounterForm
from checker.smt.elements import Individual
from checker.smt.linear import Bit, Integers, Linear, Values, combine, named, number
from model.ir.check import walk
from model.ir.expr import Expr
from model.ir.show import show
from model.ir.types import BoolType, ElementType, EnumType, IntType, Sort

#: More bounds than this are not tried.
MOST_BOUNDS = 24


@dataclass(frozen=True)
class Lemma:
    """Where each variable of `premise` has its value, `form` is at most 0."""

    premise: tuple[tuple[str, int], ...]
    #: In the names of quantities.
    form: Linear
    #: The same in the names of variables.
    meaning: Linear = field(compare=False)

    def holds(self, states: Mapping[str, Any]) -> Any:
        """Where it holds, for arrays of values."""
        found = self.meaning.evaluate(states.__getitem__) <= 0
        for name, value in self.premise:
            found |= states[name] != value
        return found

    def bit(self, state: Values, integers: Integers) -> Bit:
        """That it holds in a state."""
        met = []
        for name, value in self.premise:
            now = state[name]
            if isinstance(now, Linear):
                met.append(integers.equal(now, number(value)))
            else:
                met.append(now if value else terms.negate(now))
        return terms.implies(terms.conj(met), integers.at_most(self.inside(state), number(0)))

    def inside(self, state: Values) -> Linear:
        """The meaning in a state; names that are not variables are constants of the system."""
        parts = ((k, state.get(name, named(name))) for name, k in self.meaning.terms)
        return combine(parts).shifted(self.meaning.constant)

    @property
    def variables(self) -> frozenset[str]:
        """The names of variables that it mentions."""
        return frozenset(n for n, _ in (*self.premise, *self.meaning.terms))

    def __str__(self) -> str:
        left = Linear(tuple((n, k) for n, k in self.form.terms if k > 0), 0)
        right = Linear(tuple((n, -k) for n, k in self.form.terms if k < 0), -self.form.constant)
        premise = " and ".join(f"{name} = {value}" for name, value in self.premise)
        return f"{premise + ' implies ' if premise else ''}{left} <= {right}"


@dataclass(frozen=True)
class Quantity:
    """What is counted, and the elements of sorts that are not symmetric that it is about."""

    name: str
    meaning: Linear
    about: tuple[tuple[Sort, int], ...]


def quantities(form: CounterForm, reading: Abstract, roots: Iterable[Expr]) -> list[Quantity]:
    """Integers of the state, and the counts below `roots` that the counter form knows exactly."""
    found: dict[Quantity, None] = {}
    for (function, arguments), name in form.scalars.items():
        if isinstance(function.type, IntType):
            about = tuple(zip(function.domain, arguments, strict=True))
            found[Quantity(name, named(name), about)] = None
    names = {definition.body: definition.name for definition in form.system.definitions}
    seen: set[Linear] = set()
    for node in walk(*names, *roots):
        if node.op == "count" and node.payload[1].symmetric:
            for env, about in _bindings(form, node):
                size = reading.value(node, env)
                exact = size.terms and all(n.startswith("#") for n, _ in size.terms)
                if exact and size not in seen:
                    seen.add(size)
                    inner = "; ".join(sort.elements[i] for sort, i in about)
                    name = names.get(node, show(node)) + (f"[{inner}]" if inner else "")
                    found[Quantity(name, size, about)] = None
    return list(found)


def _bindings(
    form: CounterForm, node: Expr
) -> Iterator[tuple[dict[str, Any], tuple[tuple[Sort, int], ...]]]:
    sorts: dict[str, Sort] = {}
    for inner in walk(node):
        if inner.op == "var" and inner.payload in node.free:
            assert isinstance(inner.type, ElementType)
            sorts[str(inner.payload)] = inner.type.sort
    options: list[list[Any]] = []
    for sort in sorts.values():
        if not sort.symmetric:
            options.append([(number(i), ((sort, i),)) for i in range(sort.size)])
        elif form.chosen is not None and form.chosen.sort == sort:
            options.append([(Individual(sort, "chosen", None, True), ())])
        else:
            return
    for chosen in product(*options):
        env = {name: value for name, (value, _) in zip(sorts, chosen, strict=True)}
        yield env, tuple(pair for _, about in chosen for pair in about)


def bounds(compared: Iterable[Linear], constants: frozenset[str]) -> list[Linear]:
    """0, and what of the comparisons does not depend on the state."""
    found: dict[Linear, None] = {number(0): None}
    for difference in compared:
        if all(not name.startswith("?") for name, _ in difference.terms):
            fixed = tuple((n, k) for n, k in difference.terms if n in constants)
            rest = Linear(fixed, difference.constant)
            if any(k < 0 and n not in constants for n, k in difference.terms):
                rest = rest.scaled(-1)
            if len(fixed) < len(difference.terms):
                found[rest.scaled(-1)] = None
                if not fixed:
                    found[rest.scaled(-1).shifted(-1)] = None
    some = [bound for bound in found if bound.terms or bound.constant >= 0]
    return sorted(some, key=lambda b: (len(b.terms), abs(b.constant), b.terms))[:MOST_BOUNDS]


def premises(form: CounterForm) -> list[tuple[tuple[str, int], ...]]:
    """No premise, or one variable of few values having one of them."""
    found: list[tuple[tuple[str, int], ...]] = [()]
    for (function, _), name in form.scalars.items():
        if isinstance(function.type, BoolType | EnumType):
            values = range(function.type.lo, function.type.hi + 1)
            found += [((name, value),) for value in values]
    return found


def candidates(
    known: Sequence[Quantity], limits: Sequence[Linear], conditions: Sequence[Any]
) -> Iterator[Lemma]:
    """All candidates; those under a premise come after those without."""
    plain: dict[Linear, None] = {}
    sums = [named(q.name) for q in known]
    sums += [combine((1, named(q.name)) for q in chosen) for chosen in _transversals(known)]
    for each in sums:
        for limit in limits:
            plain[each - limit] = None
            plain[limit - each] = None
    for one in known:
        for other in known:
            if one.about == other.about and one != other:
                plain[named(one.name) - named(other.name)] = None
    meanings = vocabulary(known)
    for premise in conditions:
        for form in plain:
            lemma = Lemma(premise, form, spelled_out(form, meanings))
            if not lemma.meaning.known:
                yield lemma


def vocabulary(known: Sequence[Quantity]) -> dict[str, Linear]:
    """What the names of quantities mean."""
    return {quantity.name: quantity.meaning for quantity in known}


def spelled_out(form: Linear, meanings: Mapping[str, Linear]) -> Linear:
    """A form in the names of variables."""
    parts = ((k, meanings.get(name, named(name))) for name, k in form.terms)
    return combine(parts).shifted(form.constant)


def _transversals(known: Sequence[Quantity]) -> Iterator[tuple[Quantity, ...]]:
    """One quantity about each element of a sort."""
    for sort in dict.fromkeys(q.about[0][0] for q in known if len(q.about) == 1):
        if sort.size > 1:
            yield from product(
                *([q for q in known if q.about == ((sort, i),)] for i in range(sort.size))
            )
