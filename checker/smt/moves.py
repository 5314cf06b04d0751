"""The steps of a counter form: one symbolic step for each way in which an action can be taken.

An action whose parameter is an element of a symmetric sort is taken by an element of some group,
which then moves to the group of its new values: one counter falls by one, another grows. An update
of all elements of a sort moves as many of each group as pass its test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import z3

from checker.smt import terms
from checker.smt.abstract import Abstract
from checker.smt.counters import CounterForm, Group
from checker.smt.elements import Individual, Value, cases
from checker.smt.linear import Bit, Linear, combine, number
from model.ir.expr import Expr
from model.ir.system import Action, StateFunction, Update
from model.ir.types import BoolType, ElementType, Sort

#: Joint choices of values after an update that are followed one by one.
MOST_OUTCOMES = 64


class Unsupported(Exception):
    """The counter form cannot express a system; the message says why."""


@dataclass(frozen=True, eq=False)
class Move:
    """One symbolic step. It can be taken where all of `conditions` hold for some choice of the
    unknowns; `after` are the variables that it changes, `compared` what its guard compares."""

    action: Action
    conditions: tuple[Bit, ...]
    after: Mapping[str, Any]
    compared: tuple[Linear, ...]


#: A new group of an element, and the condition under which it comes out. Some condition holds;
#: where several do, any of their groups may come out.
Outcome = tuple[Bit, Group]


def moves(closed: Abstract, poll: Callable[[], None]) -> Iterator[Move]:
    """Every move that changes a variable. Raises Unsupported.

    `closed` reads what has no variables in the state before; its sides belong to every move.
    """
    form = closed.form
    for action in form.system.actions:
        poll()
        for bindings in _choices(form, action):
            reading = Abstract(form, closed.integers, closed.state, poll, closed)
            yield from _Taken(action, bindings, reading).moves()


def _choices(form: CounterForm, action: Action) -> Iterator[dict[str, Value]]:
    """The parameters of an action: elements of symmetric sorts by their group."""
    options: list[list[Value]] = []
    for position, sort in enumerate(action.sorts):
        if not sort.symmetric:
            options.append([number(i) for i in range(sort.size)])
            continue
        options.append(
            [
                Individual(
                    sort,
                    "chosen" if group[0] else ("parameter", position),
                    group,
                    bool(group[0]),
                )
                for group in form.groups[sort]
            ]
        )
    names = [str(p.payload) for p in action.parameters]
    for chosen in product(*options):
        yield dict(zip(names, chosen, strict=True))


class _Taken:
    """One way in which an action can be taken."""

    def __init__(self, action: Action, env: dict[str, Value], reading: Abstract) -> None:
        self.action, self.env, self.reading = action, env, reading
        self.form, self.state = reading.form, reading.state

    def moves(self) -> Iterator[Move]:
        """The move, once for each joint outcome of its parameters."""
        reading = self.reading
        there = []
        for value in self.env.values():
            if isinstance(value, Individual):
                assert value.group is not None
                size = self.state[self.form.counters[value.sort, value.group]]
                there.append(reading.integers.at_most(number(1), size))
        conditions = [*there, reading.bit(self.action.guard, self.env)]
        if any(c is False for c in conditions):
            return
        changed = self._scalars()
        takers = self._takers()
        totals = {
            (sort, group): self.state[name] for (sort, group), name in self.form.counters.items()
        }
        for taker in takers:
            totals[taker.sort, _group(taker)] = totals[taker.sort, _group(taker)].shifted(-1)
        flows = [flow for sort in self.form.sorts for flow in self._bulk(sort, totals)]
        for outcome in product(*(self._outcomes(t.sort, t, _group(t)) for t in takers)):
            parts: dict[tuple[Sort, Group], list[tuple[int, Linear]]] = {
                at: [(1, size)] for at, size in totals.items()
            }
            for taker, (_, group) in zip(takers, outcome, strict=True):
                parts[taker.sort, group].append((1, number(1)))
            for sort, source, target, size in flows:
                parts[sort, source].append((-1, size))
                parts[sort, target].append((1, size))
            after = dict(changed)
            for at, name in self.form.counters.items():
                total = combine(parts[at])
                if total != self.state[name]:
                    after[name] = total
            held = [*conditions, *(c for c, _ in outcome)]
            if after and not any(c is False for c in held):
                kept = tuple(c for c in (*held, *reading.sides) if c is not True)
                yield Move(self.action, kept, after, tuple(reading.compared))

    # -- cells without symmetric elements --------------------------------------------------------
    def _scalars(self) -> dict[str, Any]:
        reading, changed = self.reading, dict[str, Any]()
        for update in self.action.updates:
            function = update.function
            if not any(f is function for f, _ in self.form.scalars):
                continue
            for env in self._each(update):
                place = tuple(int(self._argument(a, env).constant) for a in update.arguments)
                name = self.form.scalars[function, place]
                value = reading.value(update.value, env)
                if isinstance(function.type, BoolType) != isinstance(value, bool | z3.BoolRef):
                    raise Unsupported(f"{self.action.name}: an update of {function.name}")
                test = reading.bit(update.where, env)
                found = reading.ite(test, value, changed.get(name, self.state[name]))
                changed[name] = found
        return {n: v for n, v in changed.items() if not _same(v, self.state[n])}

    def _each(self, update: Update) -> Iterator[dict[str, Value]]:
        """The bindings of an update's own variables, none of them of a symmetric sort."""
        sorts = [v.type.sort for v in update.over if isinstance(v.type, ElementType)]
        names = [str(v.payload) for v in update.over]
        for chosen in product(*(range(sort.size) for sort in sorts)):
            own = {n: number(i) for n, i in zip(names, chosen, strict=True)}
            yield {**self.env, **own}

    def _argument(self, argument: Expr, env: Mapping[str, Value]) -> Linear:
        value = self.reading.value(argument, env)
        assert isinstance(value, Linear)
        return value

    # -- elements of symmetric sorts -------------------------------------------------------------
    def _written(self, sort: Sort) -> list[Update]:
        """The updates of functions that the groups of a sort tell apart."""
        observed = self.form.observed[sort]
        return [u for u in self.action.updates if any(u.function is f for f in observed)]

    def _takers(self) -> list[Individual]:
        """The parameters whose group an update may change."""
        found = []
        for sort in self.form.sorts:
            written = self._written(sort)
            own = {str(u.arguments[0].payload) for u in written if not u.over}
            mine = [
                value
                for value in self.env.values()
                if isinstance(value, Individual) and value.sort == sort
            ]
            if own and len(mine) > 1:
                raise Unsupported(f"{self.action.name} has two parameters of sort {sort.name}")
            found += mine if written and len(mine) == 1 else []
        return found

    def _bulk(
        self, sort: Sort, totals: Mapping[tuple[Sort, Group], Linear]
    ) -> Iterator[tuple[Sort, Group, Group, Linear]]:
        """(sort, from, to, how many) for the elements that are not parameters."""
        if not any(update.over for update in self._written(sort)):
            return
        reading = self.reading
        for group in self.form.groups[sort]:
            size = totals[sort, group]
            one, other = (
                self._outcomes(sort, reading.representative(sort, group), group) for _ in range(2)
            )
            if len(one) == 1 and one[0][0] is True:
                if one[0][1] != group:
                    yield sort, group, one[0][1], size
                continue
            shared = [(_key(c), g) for c, g in one] == [(_key(c), g) for c, g in other]
            parts: list[Linear] = []
            for index, (condition, target) in enumerate(one):
                if shared and index == 0 and len(one) == 2 and _opposite(one):
                    part = reading.ite(condition, size, number(0))
                elif shared and index == 1 and len(one) == 2 and _opposite(one):
                    part = size - parts[0]
                else:
                    part = reading.any_number(number(0), size)
                    none = reading.integers.equal(part, number(0))
                    own = condition
                    if not shared:
                        element = reading.representative(sort, group)
                        new = {g: c for c, g in self._outcomes(sort, element, group)}
                        own = new.get(target, False)
                    reading.sides.append(terms.disj((none, own)))
                parts.append(part)
                if target != group:
                    yield sort, group, target, part
            total = combine((1, part) for part in parts)
            reading.sides.append(reading.integers.equal(total, size))

    def _outcomes(self, sort: Sort, element: Individual, group: Group) -> list[Outcome]:
        """The groups that an element of a group may be in afterwards."""
        options: list[list[tuple[Bit, int]]] = [[(True, group[0])]]
        written = self._written(sort)
        for function, old in zip(self.form.observed[sort], group[1:], strict=True):
            own = [u for u in written if u.function is function]
            options.append(self._new_values(function, old, element, own))
        found: dict[Group, list[Bit]] = {}
        count = 1
        for each in options:
            count *= len(each)
        if count > MOST_OUTCOMES:
            raise Unsupported(f"{self.action.name} has too many outcomes for one {sort.name}")
        for combination in product(*options):
            condition = terms.conj(c for c, _ in combination)
            if condition is not False:
                found.setdefault(tuple(v for _, v in combination), []).append(condition)
        return [(terms.disj(conditions), target) for target, conditions in found.items()]

    def _new_values(
        self, function: StateFunction, old: int, element: Individual, updates: Sequence[Update]
    ) -> list[tuple[Bit, int]]:
        reading = self.reading
        options: list[tuple[Bit, int]] = [(True, old)]
        for update in updates:
            argument = update.arguments[0]
            if argument.op != "var":
                raise Unsupported(f"{self.action.name} writes a constant element")
            name = str(argument.payload)
            if update.over:
                env = {**self.env, name: element}
                if len(update.over) != 1:
                    raise Unsupported(f"{self.action.name} writes over two variables")
            elif self.env[name] == element:
                env = self.env
            else:
                continue
            test = reading.bit(update.where, env)
            if test is False:
                continue
            value = reading.value(update.value, env)
            new = [
                (terms.conj((test, c)), v)
                for c, v in cases(value, function, self.form, reading.integers)
            ]
            kept = [(terms.conj((terms.negate(test), c)), v) for c, v in options]
            options = [(c, v) for c, v in (*kept, *new) if c is not False]
        return options


def _group(element: Individual) -> Group:
    assert element.group is not None
    return element.group


def _key(condition: Bit) -> object:
    return condition if isinstance(condition, bool) else condition.get_id()


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, Linear) or isinstance(b, Linear):
        return bool(a == b)
    return _key(a) == _key(b)


def _opposite(outcomes: Sequence[Outcome]) -> bool:
    return _key(terms.negate(outcomes[0][0])) == _key(outcomes[1][0])
