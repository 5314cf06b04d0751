"""Expressions in one symbolic state.

Quantifiers are expanded over their sorts and definitions are read at each choice of elements, so
variables are always known; only the cells of the state are not. Tables are constants unless an
argument depends on the state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter

from checker.smt import terms
from checker.smt.terms import Number, Value
from model.ir.expr import Expr
from model.ir.interpret import Environment
from model.ir.system import Definition, StateFunction, System, Table
from model.ir.types import BOOL, NONE, BoolType, ModelError


class Encoder:
    """The values of a system's expressions where the state has the given cells."""

    def __init__(
        self, system: System, cells: Sequence[Value], poll: Callable[[], None] = lambda: None
    ) -> None:
        """`poll` is called now and then; what it raises ends the work."""
        self.system = system
        self.cells = cells
        self._poll = poll
        self._names: dict[Expr, tuple[str, ...]] = {}
        self._cache: dict[tuple[object, ...], tuple[Value, int]] = {}
        self._reads = 0
        self._tables: dict[Table, tuple[Value, ...]] = {}

    def value_and_reads(self, expr: Expr, env: Environment) -> tuple[Value, int]:
        """As `value`, and the cells that it may depend on, as bits of an integer."""
        self._reads = 0
        value = self.value(expr, env)
        return value, self._reads

    def value(self, expr: Expr, env: Environment) -> Value:
        """The value of an expression, its free variables bound by `env`."""
        if expr.op == "const":
            return bool(expr.payload) if expr.type is BOOL else expr.payload
        if expr.op == "var":
            return env[str(expr.payload)]
        names = self._names.get(expr)
        if names is None:
            names = self._names[expr] = tuple(sorted(expr.free))
        key = (expr, *(env[name] for name in names))
        found = self._cache.get(key)
        if found is None:
            before, self._reads = self._reads, 0
            value = self._compute(expr, env)
            found = self._cache[key] = value, 0 if isinstance(value, int) else self._reads
            self._reads = before
        self._reads |= found[1]
        return found[0]

    def _compute(self, expr: Expr, env: Environment) -> Value:
        args = expr.args
        match expr.op:
            case "apply":
                return self.look_up(expr.payload, [self.value(a, env) for a in args])
            case "get":
                return self._get(expr, env)
            case "not":
                return terms.negate(self.value(args[0], env))
            case "and":
                return terms.conj(self.value(a, env) for a in args)
            case "or":
                return terms.disj(self.value(a, env) for a in args)
            case "eq":
                return terms.equal(self.value(args[0], env), self.value(args[1], env))
            case "lt":
                return terms.less(self.value(args[0], env), self.value(args[1], env))
            case "le":
                return terms.negate(terms.less(self.value(args[1], env), self.value(args[0], env)))
            case "add":
                return terms.add(self.value(a, env) for a in args)
            case "mul":
                return terms.multiply(self.value(args[0], env), self.value(args[1], env))
            case "div":
                return terms.divide(self.value(args[0], env), args[1].payload)
            case "mod":
                return terms.modulo(self.value(args[0], env), args[1].payload)
            case "ite":
                return self._ite(expr, env)
        return self._quantified(expr, env)

    def _ite(self, expr: Expr, env: Environment) -> Value:
        test = self.value(expr.args[0], env)
        if isinstance(test, bool):
            return self.value(expr.args[1 if test else 2], env)
        found = terms.ite(test, self.value(expr.args[1], env), self.value(expr.args[2], env))
        # The type may be narrower than the branches: that of a least or a greatest.
        return terms.narrow(found, expr.type.lo, expr.type.hi) if expr.type is not BOOL else found

    def _get(self, expr: Expr, env: Environment) -> Value:
        argument = self.value(expr.args[0], env)

        def at(element: int) -> Value:
            if element == NONE:
                return self.value(expr.args[1], env)
            return self.look_up(expr.payload, [element])

        if isinstance(argument, int):
            return at(argument)
        return terms.choose(argument, [at(e) for e in range(argument.lo, argument.hi + 1)])

    def _quantified(self, expr: Expr, env: Environment) -> Value:
        self._poll()
        name, sort = expr.payload
        rows = ([self.value(a, {**env, name: i}) for a in expr.args] for i in range(sort.size))
        match expr.op:
            case "forall":
                return terms.conj(map(itemgetter(0), rows))
            case "exists":
                return terms.disj(map(itemgetter(0), rows))
            case "count":
                return terms.add(terms.number(body) for (body,) in rows)
            case "sum":
                found = terms.add(map(itemgetter(0), rows))
                # The type may be narrower than the terms: that of individuals who are counted.
                return terms.narrow(found, expr.type.lo, expr.type.hi)
            case "min" | "max":
                found, empty = self.value(expr.args[2], env), True
                for body, test, _ in rows:
                    pair = (body, found) if expr.op == "min" else (found, body)
                    better = terms.disj((empty, terms.less(*pair)))
                    found = terms.ite(terms.conj((test, better)), body, found)
                    empty = terms.conj((empty, terms.negate(test)))
                return found
        raise ModelError(f"unknown operator {expr.op}")

    def look_up(self, symbol: object, arguments: Sequence[Value]) -> Value:
        """The value of a state function, table or definition at some arguments."""
        for position, argument in enumerate(arguments):
            if isinstance(argument, Number):
                before, after = arguments[:position], arguments[position + 1 :]
                keys = range(argument.lo, argument.hi + 1)
                return terms.choose(
                    argument, [self.look_up(symbol, [*before, key, *after]) for key in keys]
                )
        if isinstance(symbol, StateFunction):
            cell = self.system.cell(symbol, arguments)
            self._reads |= 1 << cell
            return self.cells[cell]
        if isinstance(symbol, Table):
            return self._values(symbol)[symbol.index(arguments)]
        assert isinstance(symbol, Definition)
        names = (str(parameter.payload) for parameter in symbol.parameters)
        return self.value(symbol.body, dict(zip(names, arguments, strict=True)))

    def _values(self, table: Table) -> tuple[Value, ...]:
        found = self._tables.get(table)
        if found is None:
            boolean = isinstance(table.type, BoolType)
            found = tuple(map(bool, table.values)) if boolean else table.values
            self._tables[table] = found
        return found
