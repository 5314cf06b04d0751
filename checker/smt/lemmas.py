"""Candidates for lemmas: linear inequalities between the quantities that a system compares.

Quantities are the integers of the state, and how many elements pass each test that some `count`
of the system makes. Bounds are 0 and what the system's guards and the property compare them with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

from checker.smt import terms
from checker.smt.abstract import Abstract
from checker.smt.counters import CounterForm, few, symmetric
from checker.smt.elements import Individual
from checker.smt.linear import Bit, Integers, Linear, Values, combine, named, number
from model.ir.check import walk
from model.ir.expr import Expr
from model.ir.show import show
from model.ir.types import ElementType, IntType, Sort

#: More bounds than this are not tried.
MOST_BOUNDS = 24

#: What never holds, as a form that is at most 0.
IMPOSSIBLE = number(1)


@dataclass(frozen=True)
class Lemma:
    """Where each variable of `premise` has its value, `form` is at most 0."""

    premise: tuple[tuple[str, int], ...]
    #: In the names of quantities.
    form: Linear
    #: The same in the names of variables.
    meaning: Linear = field(compare=False)

    def bit(self, state: Values, integers: Integers, inside: Linear | None = None) -> Bit:
        """That it holds in a state, in which `inside` is what its form is."""
        met = []
        for name, value in self.premise:
            now = state[name]
            if isinstance(now, Linear):
                met.append(integers.equal(now, number(value)))
            else:
                met.append(now if value else terms.negate(now))
        form = self.inside(state) if inside is None else inside
        return terms.implies(terms.conj(met), integers.at_most(form, number(0)))

    def inside(self, state: Values) -> Linear:
        """The meaning in a state; names that are not variables are constants of the system."""
        parts = ((k, state.get(name, named(name))) for name, k in self.meaning.terms)
        return combine(parts).shifted(self.meaning.constant)

    def __str__(self) -> str:
        if self.form == IMPOSSIBLE:
            return "never " + " and ".join(f"{name} = {value}" for name, value in self.premise)
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


def values(form: CounterForm, known: Iterable[Quantity]) -> list[Quantity]:
    """How many elements of each symmetric sort have each value of each of its functions, where
    that is not among the known quantities."""
    told = {quantity.meaning for quantity in known}
    found = []
    for sort, functions in form.observed.items():
        for position, function in enumerate(functions, 1):
            if symmetric(function.type):
                continue
            for value in form.values(function.type):
                size = combine(
                    (1, named(form.counters[sort, group]))
                    for group in form.groups[sort]
                    if group[position] == value
                )
                if size not in told:
                    name = f"{sort.name}s with {function.name} = {function.type.show(value)}"
                    found.append(Quantity(name, size, ()))
    return found


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


def premises(form: CounterForm, most: int) -> list[tuple[tuple[str, int], ...]]:
    """That up to `most` variables of few values have one of them each; fewer come first.

    Of two premises one is about the whole system (what mode it is in).
    """
    single: dict[tuple[str, int], bool] = {}
    for (function, arguments), name in form.scalars.items():
        if few(function.type) and not isinstance(function.type, ElementType):
            for value in range(function.type.lo, function.type.hi + 1):
                single[name, value] = not arguments
    found: list[tuple[tuple[str, int], ...]] = [(), *((one,) for one in single)]
    if most > 1:
        found += [
            (one, other)
            for one, other in combinations(single, 2)
            if one[0] != other[0] and (single[one] or single[other])
        ]
    return found


def forms(
    known: Sequence[Quantity], limits: Sequence[Linear], rare: Sequence[Quantity]
) -> list[tuple[Linear, Linear]]:
    """Candidates without premises, and each in the names of variables: quantities, and sums of one
    about each element of a sort, compared with the limits; quantities about the same elements;
    that there is nothing of what is rare."""
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
    plain.update((named(q.name), None) for q in rare)
    meanings = vocabulary((*known, *rare))
    spelled = [(form, spelled_out(form, meanings)) for form in plain]
    return [(form, meaning) for form, meaning in spelled if not meaning.known]


def true_in(
    samples: Mapping[str, Any],
    some: Sequence[tuple[Linear, Linear]],
    conditions: Sequence[tuple[tuple[str, int], ...]],
) -> list[Lemma]:
    """The lemmas of these forms under these premises (shorter ones first) that hold in all
    samples, without those that another says already. Premises that never hold are one lemma."""
    import numpy as np

    size = next((len(values) for values in samples.values() if np.ndim(values)), 1)
    broken = np.empty((len(some), size), np.float32)
    for row, (_, meaning) in enumerate(some):
        broken[row] = meaning.evaluate(samples.__getitem__) > 0
    met = np.ones((len(conditions), size), np.float32)
    for row, premise in enumerate(conditions):
        for name, value in premise:
            met[row] *= samples[name] == value
    fine: Any = (met @ broken.T) == 0
    never: Any = ~met.any(axis=1)
    known: dict[tuple[tuple[str, int], ...], Any] = {}
    found: list[Lemma] = []
    for row, premise in enumerate(conditions):
        weaker = [known[part] for n in range(len(premise)) for part in combinations(premise, n)]
        told = np.zeros(len(some), bool)
        for each in weaker:
            told |= each
        if never[row]:
            if not any(each.all() for each in weaker):
                found.append(Lemma(premise, IMPOSSIBLE, IMPOSSIBLE))
        else:
            found += [Lemma(premise, *some[int(at)]) for at in np.flatnonzero(fine[row] & ~told)]
        known[premise] = fine[row] | told
    return found


def vocabulary(known: Iterable[Quantity]) -> dict[str, Linear]:
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
