"""Expressions in a state of a counter form.

What cannot be told there is a new unknown: for each state of the system that the counter form's
state stands for, some choice of the unknowns gives every expression its true value. So a formula
that no choice satisfies is false in all of those states. An expression of which the same elements
are asked twice gets the same unknown; elements of quantifiers are representatives of their group,
and have unknowns of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

import z3

from checker.smt import terms
from checker.smt.counters import HERE, CounterForm, Group, symmetric
from checker.smt.elements import NOBODY, Bindings, Individual, Perhaps, Value, absent, key
from checker.smt.linear import Bit, Integers, Linear, Values, combine, named, number
from checker.smt.quantifiers import over_groups, over_rows
from model.ir.expr import QUANTIFIERS, Expr
from model.ir.system import Definition, StateFunction, Table
from model.ir.types import NONE, BoolType, ElementType, IntType, Sort, Type

#: Tables with more entries in a row than this are not followed where an argument is open.
MOST_ENTRIES = 4096


class Abstract:
    """Reads expressions in one state. `sides` are the conditions that come with the unknowns."""

    _serial = count()

    def __init__(
        self,
        form: CounterForm,
        integers: Integers,
        state: Values,
        poll: Callable[[], None],
        closed: Abstract | None = None,
    ) -> None:
        """`closed` is a reader of the same state that reads expressions without variables; its
        sides count as well."""
        self.form, self.integers, self.state = form, integers, state
        self._closed = closed
        self.sides: list[Bit] = []
        #: The differences that were compared, for those who look for lemmas.
        self.compared: dict[Linear, None] = {}
        self._poll = poll
        self._cache: dict[tuple[object, ...], Value] = {}
        self._choices: dict[tuple[object, ...], Linear] = {}
        self._names: dict[Expr, tuple[str, ...]] = {}

    # -- unknowns ------------------------------------------------------------------------------
    def any_bit(self) -> Bit:
        return z3.Bool(f"?{next(self._serial)}", self.integers.context)

    def any_number(self, lo: Linear | None = None, hi: Linear | None = None) -> Linear:
        found = named(f"?{next(self._serial)}")
        if lo is not None:
            self.require(self.integers.at_most(lo, found))
        if hi is not None:
            self.require(self.integers.at_most(found, hi))
        return found

    def any_of(self, type: Type) -> Value:
        """A value of a type about which nothing else is known."""
        if isinstance(type, BoolType):
            return self.any_bit()
        if isinstance(type, ElementType) and type.sort.symmetric:
            element = Individual(type.sort, next(self._serial), None)
            return Perhaps(self.any_bit(), element) if type.optional else element
        open_ = isinstance(type, IntType) and bool(self.form.sizes)
        return self.any_number(number(type.lo), None if open_ else number(type.hi))

    def representative(self, sort: Sort, group: Group) -> Individual:
        """Some element of a group; the chosen element is always the same."""
        if group[0]:
            return Individual(sort, "chosen", group, True)
        return Individual(sort, next(self._serial), group, False)

    def require(self, bit: Bit) -> None:
        """Have a condition come with the unknowns."""
        if bit is not True:
            self.sides.append(bit)

    # -- expressions -----------------------------------------------------------------------------
    def bit(self, expr: Expr, env: Bindings) -> Bit:
        """A boolean expression."""
        return self.value(expr, env)

    def value(self, expr: Expr, env: Bindings) -> Value:
        """Any expression, its free variables bound by `env`."""
        if expr.op == "const":
            return bool(expr.payload) if isinstance(expr.type, BoolType) else number(expr.payload)
        if expr.op == "var":
            return env[str(expr.payload)]
        names = self._names.get(expr)
        if names is None:
            names = self._names[expr] = tuple(sorted(expr.free))
        if not names and self._closed is not None:
            return self._closed.value(expr, {})
        at = (expr, *(key(env[name]) for name in names))
        if at not in self._cache:
            self._cache[at] = self._compute_once(expr, names, env)
        return self._cache[at]

    def _compute_once(self, expr: Expr, names: Sequence[str], env: Bindings) -> Value:
        """What is the same for every element of a group is computed for one of them, in one state.

        Only constants are: unknowns belong to one element and one state.
        """
        groups: list[object] = []
        individuals = 0
        for value in (env[name] for name in names):
            individuals += isinstance(value, Individual)
            groups.append((value.sort, value.group) if isinstance(value, Individual) else value)
            if not isinstance(value, Individual | Linear):
                return self._compute(expr, env)
            if value.group is None if isinstance(value, Individual) else not value.known:
                return self._compute(expr, env)
        if individuals != 1 or not self.form.of_groups_only(expr):
            return self._compute(expr, env)
        at = (expr, *groups)
        found = self.form.settled.get(at)
        if found is None:
            found = self._compute(expr, env)
            if isinstance(found, bool) or (isinstance(found, Linear) and found.known):
                self.form.settled[at] = found
        return found

    def _compute(self, expr: Expr, env: Bindings) -> Value:
        args = expr.args
        match expr.op:
            case "apply":
                return self.look_up(expr.payload, [self.value(a, env) for a in args])
            case "get":
                argument = self.value(args[0], env)
                return self._get(expr, argument, lambda: self.value(args[1], env))
            case "not":
                return terms.negate(self.value(args[0], env))
            case "and":
                return terms.conj(self.value(a, env) for a in args)
            case "or":
                return terms.disj(self.value(a, env) for a in args)
            case "eq":
                return self.same(self.value(args[0], env), self.value(args[1], env))
            case "lt" | "le":
                a, b = self.value(args[0], env), self.value(args[1], env)
                self.compared[a - b] = None
                return self.integers.at_most(a.shifted(int(expr.op == "lt")), b)
            case "add":
                return combine((1, self.value(a, env)) for a in args)
            case "mul":
                a, b = self.value(args[0], env), self.value(args[1], env)
                if a.known or b.known:
                    return b.scaled(a.constant) if a.known else a.scaled(b.constant)
                return self.any_number()
            case "div" | "mod":
                return self._divide(expr, self.value(args[0], env), args[1].payload)
            case "ite":
                test = self.value(args[0], env)
                if isinstance(test, bool):
                    return self.value(args[1 if test else 2], env)
                return self.ite(test, self.value(args[1], env), self.value(args[2], env))
        assert expr.op in QUANTIFIERS
        self._poll()
        name, sort = expr.payload
        if sort.symmetric:
            return over_groups(self, expr, name, sort, env)
        rows = [
            [self.value(a, {**env, name: number(i)}) for a in expr.args] for i in range(sort.size)
        ]
        return over_rows(self, expr, rows, env)

    def same(self, a: Value, b: Value) -> Bit:
        """Whether two values of one type are equal."""
        if isinstance(a, Linear) and isinstance(b, Linear):
            if not (a.known or b.known):
                self.compared[a - b] = None
            return self.integers.equal(a, b)
        if isinstance(a, Individual) and isinstance(b, Individual):
            return self._same_element(a, b)
        if isinstance(a, Linear | Individual | Perhaps):
            if isinstance(a, Linear):
                a, b = b, a
            if isinstance(a, Individual):
                a, b = (b, a) if isinstance(b, Perhaps) else (a, b)
            if isinstance(b, Linear):  # none
                return a.absent if isinstance(a, Perhaps) else False
            present = terms.negate(a.absent)
            if isinstance(b, Individual):
                return terms.conj((present, self._same_element(a.present, b)))
            both = terms.conj((present, terms.negate(b.absent)))
            equal = terms.conj((both, self._same_element(a.present, b.present)))
            return terms.disj((terms.conj((a.absent, b.absent)), equal))
        return terms.equal(a, b)

    def _same_element(self, a: Individual, b: Individual) -> Bit:
        if a.identity == b.identity or (a.chosen and b.chosen):
            return True
        if a.chosen is not None and b.chosen is not None and a.chosen != b.chosen:
            return False
        if a.group is not None and b.group is not None and a.group != b.group:
            return False
        return self.any_bit()

    def ite(self, test: Bit, then: Value, otherwise: Value) -> Value:
        """`then` where the test holds."""
        if isinstance(test, bool) or key(then) == key(otherwise):
            return then if test is not False else otherwise
        if isinstance(then, Linear) and isinstance(otherwise, Linear):
            at = (key(test), then, otherwise)
            found = self._choices.get(at)
            if found is None:
                found = self._choices[at] = self.any_number()
                self.sides.append(terms.implies(test, self.integers.equal(found, then)))
                self.sides.append(terms.disj((test, self.integers.equal(found, otherwise))))
            return found
        if isinstance(then, bool | z3.BoolRef):
            return terms.ite(test, then, otherwise)
        element = next(
            v.present if isinstance(v, Perhaps) else v
            for v in (then, otherwise)
            if not isinstance(v, Linear)
        )
        element = Individual(element.sort, next(self._serial), None)
        return Perhaps(self.ite(test, absent(then), absent(otherwise)), element)

    def _get(self, expr: Expr, argument: Value, default: Callable[[], Value]) -> Value:
        if isinstance(argument, Perhaps):
            if argument.absent is False:
                return self.look_up(expr.payload, [argument.present])
            found = self.look_up(expr.payload, [argument.present])
            return self.ite(argument.absent, default(), found)
        if isinstance(argument, Individual):
            return self.look_up(expr.payload, [argument])
        if argument.known:
            absent = argument.constant == NONE
            return default() if absent else self.look_up(expr.payload, [argument])
        sort = expr.payload.domain[0]
        found = default()
        for index in range(sort.size):
            here = self.integers.equal(argument, number(index))
            found = self.ite(here, self.look_up(expr.payload, [number(index)]), found)
        return found

    def _divide(self, expr: Expr, value: Linear, divisor: int) -> Linear:
        if value.known:
            found = divmod(value.constant, divisor)
            return number(found[0] if expr.op == "div" else found[1])
        at = ("div", value, divisor)
        if at not in self._choices:
            quotient = self._choices[at] = self.any_number()
            rest = value - quotient.scaled(divisor)
            self.require(self.integers.at_most(number(0), rest))
            self.require(self.integers.at_most(rest, number(divisor - 1)))
        quotient = self._choices[at]
        return quotient if expr.op == "div" else value - quotient.scaled(divisor)

    # -- application ---------------------------------------------------------------------------
    def look_up(self, symbol: object, arguments: Sequence[Value]) -> Value:
        """A state function, table or definition at some arguments."""
        if isinstance(symbol, Definition):
            if not arguments and self._closed is not None:
                return self._closed.value(symbol.body, {})
            names = (str(parameter.payload) for parameter in symbol.parameters)
            return self.value(symbol.body, dict(zip(names, arguments, strict=True)))
        at = (symbol, *map(key, arguments))
        if at not in self._cache:
            assert isinstance(symbol, StateFunction | Table)
            read = self._function if isinstance(symbol, StateFunction) else self._table
            self._cache[at] = read(symbol, arguments)  # type: ignore[arg-type]
        return self._cache[at]

    def _function(self, function: StateFunction, arguments: Sequence[Value]) -> Value:
        form = self.form
        if function not in form.tracked:
            return self.any_of(function.type)
        if arguments and isinstance(arguments[0], Individual):
            (element, *others) = arguments
            observed = form.observed[element.sort]
            if others or function not in observed:
                return self.any_of(function.type)
            if element.group is None:
                return self._of_some_group(function, element, 1 + observed.index(function))
            return self._of_group(function, element, element.group[1 + observed.index(function)])
        if symmetric(function.type) or any(isinstance(a, Individual) for a in arguments):
            return self.any_of(function.type)
        return self._at(
            arguments,
            [range(sort.size) for sort in function.domain],
            lambda chosen: self.state[form.scalars[function, chosen]],
        )

    def _of_some_group(self, function: StateFunction, element: Individual, position: int) -> Value:
        """What a function of an element is that is in some group: one of those that are there."""
        found = self.any_of(function.type)
        if isinstance(function.type, ElementType) and function.type.sort.symmetric:
            return found
        there: dict[int, list[Linear]] = {}
        for group in self.form.groups[element.sort]:
            if element.chosen is None or element.chosen == bool(group[0]):
                size = self.state[self.form.counters[element.sort, group]]
                there.setdefault(group[position], []).append(size)
        # Questions are also asked of elements that do not exist: if there are none at all.
        everyone = combine((1, size) for sizes in there.values() for size in sizes)
        nobody = self.integers.at_most(everyone, number(0))
        for value, sizes in there.items():
            some = self.integers.positive(combine((1, size) for size in sizes))
            if isinstance(function.type, BoolType):
                equal = found if value else terms.negate(found)
            else:
                equal = self.integers.equal(found, number(value))
            self.require(terms.implies(equal, terms.disj((nobody, some))))
        return found

    def _of_group(self, function: StateFunction, element: Individual, value: int) -> Value:
        """What a function of an element is, from the value that the element's group has."""
        if isinstance(function.type, BoolType):
            return bool(value)
        if not isinstance(function.type, ElementType) or not function.type.sort.symmetric:
            return number(value)
        if value == NONE:
            return NOBODY
        sort = function.type.sort
        if value == HERE:
            return Individual(sort, "chosen", None, True)
        known = self.form.chosen is not None and self.form.chosen.sort == sort
        return Individual(sort, (function.name, element.identity), None, False if known else None)

    def _table(self, table: Table, arguments: Sequence[Value]) -> Value:
        if table in self.form.parameters:
            return named(table.name)
        places: list[Value] = []
        for argument in arguments:
            if not isinstance(argument, Individual):
                places.append(argument)
            elif argument.chosen and self.form.chosen is not None:
                places.append(number(self.form.chosen.like))
            else:
                return self.any_of(table.type)
        if symmetric(table.type):
            return self.any_of(table.type)
        ranges = [
            range(d.size) if isinstance(d, Sort) else range(d.lo, d.hi + 1) for d in table.domain
        ]
        boolean = isinstance(table.type, BoolType)

        def entry(chosen: tuple[int, ...]) -> Value:
            value = table.values[table.index(chosen)]
            return bool(value) if boolean else number(value)

        return self._at(places, ranges, entry, table.type)

    def _at(
        self,
        arguments: Sequence[Linear],
        ranges: Sequence[range],
        entry: Callable[[tuple[int, ...]], Value],
        type: Type | None = None,
    ) -> Value:
        """`entry(arguments)`; `type` where an argument may lie outside its range: then anything."""
        for position, argument in enumerate(arguments):
            if argument.known:
                if argument.constant not in ranges[position]:
                    assert type is not None
                    return self.any_of(type)
                continue
            if len(ranges[position]) > MOST_ENTRIES:
                assert type is not None
                return self.any_of(type)
            before, after = arguments[:position], arguments[position + 1 :]
            # One test for each run of equal values.
            runs: list[tuple[int, int, Value]] = []
            for place in ranges[position]:
                value = self._at([*before, number(place), *after], ranges, entry, type)
                if runs and key(runs[-1][2]) == key(value):
                    runs[-1] = (runs[-1][0], place, value)
                else:
                    runs.append((place, place, value))
            if type is not None:
                edges = [first for first, _, _ in runs] + [runs[-1][1] + 1]
                self.compared.update((argument.shifted(-edge), None) for edge in edges)
            found = runs[0][2] if type is None else self.any_of(type)
            for first, last, value in runs if type is not None else runs[1:]:
                low = self.integers.at_most(number(first), argument)
                high = self.integers.at_most(argument, number(last))
                found = self.ite(terms.conj((low, high)), value, found)
            return found
        return entry(tuple(a.constant for a in arguments))
