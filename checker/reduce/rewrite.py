"""Expressions carried over from one system to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from model.ir import application
from model.ir import expr as ir
from model.ir.expr import QUANTIFIERS, Expr, make
from model.ir.system import Definition, StateFunction, System, Table
from model.ir.types import ElementType, IntType, Sort, Type


class Untranslatable(Exception):
    """An expression asks for something that the other system does not have."""


@dataclass(frozen=True, eq=False)
class Individual:
    """An element of a sort that the other system does not have, known by what is said of it."""

    values: Mapping[StateFunction | Table, Expr]


#: What free variables stand for.
Environment = Mapping[str, Expr | Individual]


def fresh(name: str, env: Environment) -> str:
    """A name for the variable of a quantifier that nothing in its scope has yet: the body of a
    definition is put where its arguments may have variables of the same name."""
    taken = set[str]()
    for known in env.values():
        for value in known.values.values() if isinstance(known, Individual) else (known,):
            taken |= value.free
    while name in taken or f"{name} at" in taken:
        name += "'"
    return name


class Rewriter:
    """Rebuilds expressions over other symbols, sorts and variables; constants are folded.

    Subclasses say what becomes of sorts, and of quantifiers over sorts that are gone. Types of
    integers never widen: a rebuilt expression has the value of the original one.
    """

    def __init__(self) -> None:
        self._functions: dict[StateFunction, StateFunction] = {}
        self._tables: dict[Table, Table] = {}
        self._definitions: dict[Definition, Definition] = {}
        self._known: dict[tuple[Expr, tuple[Expr | Individual, ...]], Expr] = {}

    # -- what subclasses say -------------------------------------------------------------------
    def sort(self, sort: Sort) -> Sort:
        """What a sort becomes. Raises Untranslatable if it is gone."""
        return sort

    def table(self, table: Table) -> Table:
        return table

    def quantifier(self, expr: Expr, env: Environment) -> Expr:
        """A quantifier, over what its sort becomes."""
        name, sort = expr.payload
        other, new = self.sort(sort), fresh(name, env)
        args = self._bodies(expr, env, {**env, name: make("var", ElementType(other), (), new)})
        return make(expr.op, expr.type, args, (new, other))

    # -- symbols ---------------------------------------------------------------------------------
    def type(self, type: Type) -> Type:
        if not isinstance(type, ElementType):
            return type
        return ElementType(self.sort(type.sort), type.optional)

    def function(self, function: StateFunction) -> StateFunction:
        if function not in self._functions:
            domain, type = tuple(map(self.sort, function.domain)), self.type(function.type)
            same = (domain, type) == (function.domain, function.type)
            self._functions[function] = (
                function if same else StateFunction(function.name, domain, type, function.label)
            )
        return self._functions[function]

    def _symbol(self, symbol: object) -> StateFunction | Table | Definition:
        if isinstance(symbol, StateFunction):
            return self.function(symbol)
        if isinstance(symbol, Table):
            if symbol not in self._tables:
                self._tables[symbol] = self.table(symbol)
            return self._tables[symbol]
        assert isinstance(symbol, Definition)
        if symbol not in self._definitions:
            parameters = tuple(map(self.variable, symbol.parameters))
            env = {str(p.payload): p for p in parameters}
            body = self.rewrite(symbol.body, env)
            self._definitions[symbol] = Definition(symbol.name, parameters, body)
        return self._definitions[symbol]

    def variable(self, variable: Expr) -> Expr:
        """A parameter as one of what its sort becomes."""
        assert isinstance(variable.type, ElementType)
        return make("var", ElementType(self.sort(variable.type.sort)), (), variable.payload)

    # -- expressions -----------------------------------------------------------------------------
    def rewrite(self, expr: Expr, env: Environment) -> Expr:
        """The expression in the other system. Raises Untranslatable."""
        key = expr, tuple(env[name] for name in sorted(expr.free))
        if key not in self._known:
            self._known[key] = self._narrow(expr, self._rebuild(expr, env))
        return self._known[key]

    def _narrow(self, expr: Expr, result: Expr) -> Expr:
        if isinstance(expr.type, IntType) and isinstance(result.type, IntType):
            low, high = max(expr.type.lo, result.type.lo), min(expr.type.hi, result.type.hi)
            if (low, high) != (result.type.lo, result.type.hi) and result.op in _NARROWED:
                return make(result.op, IntType(low, high), result.args, result.payload)
        return result

    def _rebuild(self, expr: Expr, env: Environment) -> Expr:
        match expr.op:
            case "const":
                return make("const", self.type(expr.type), (), expr.payload)
            case "var":
                known = env[str(expr.payload)]
                if isinstance(known, Individual):
                    raise Untranslatable(f"{expr} is asked for itself")
                return known
            case "apply" | "get":
                return self._application(expr, env)
        if expr.op in QUANTIFIERS:
            return self.quantifier(expr, env)
        args = [self.rewrite(arg, env) for arg in expr.args]
        match expr.op:
            case "not":
                return ir.negate(args[0])
            case "and":
                return ir.conj(*args)
            case "or":
                return ir.disj(*args)
            case "eq":
                return args[0] == args[1]
            case "lt":
                return args[0] < args[1]
            case "le":
                return args[0] <= args[1]
            case "add":
                return ir.add(*args)
            case "mul":
                return args[0] * args[1]
            case "div" | "mod":
                divisor: int = args[1].payload
                return args[0] // divisor if expr.op == "div" else args[0] % divisor
        assert expr.op == "ite", expr.op
        return ir.ite(*args)

    def _application(self, expr: Expr, env: Environment) -> Expr:
        symbol, first = expr.payload, expr.args[0] if expr.args else None
        individuals = {
            i: known
            for i, arg in enumerate(expr.args)
            if arg.op == "var"
            for known in [env[str(arg.payload)]]
            if isinstance(known, Individual)
        }
        if individuals and isinstance(symbol, Definition):
            given = [env[str(a.payload)] if a.op == "var" else self.rewrite(a, env)
                     for a in expr.args]  # fmt: skip
            names = (str(p.payload) for p in symbol.parameters)
            return self.rewrite(symbol.body, dict(zip(names, given, strict=True)))
        if individuals:
            if len(expr.args) > 1 or symbol not in individuals[0].values:
                raise Untranslatable(f"{expr} is not a value of one individual")
            return individuals[0].values[symbol]
        args = [self.rewrite(arg, env) for arg in expr.args]
        if expr.op == "get":
            assert first is not None
            return self._lookup(symbol, args[0], args[1])
        return application.apply(self._symbol(symbol), args)

    def _lookup(self, symbol: object, argument: Expr, default: Expr) -> Expr:
        if argument.op == "const" and argument.payload < 0:
            return default
        return application.get(self._symbol(symbol), argument, default)

    def _bodies(self, expr: Expr, env: Environment, inner: Environment) -> tuple[Expr, ...]:
        """Body and filter in the scope of the variable, a default outside of it."""
        return tuple(self.rewrite(arg, env if i == 2 else inner) for i, arg in enumerate(expr.args))


#: Operators of integers whose interval may be narrower than what their arguments allow.
_NARROWED = frozenset({"add", "mul", "div", "mod", "ite", "count", "sum", "min", "max"})


def expressions(system: System) -> list[Expr]:
    """Every expression of a system that a step, a property or a bound reads, definitions' bodies
    not included."""
    found = [e for p in system.properties for e in (p.p, p.q, p.witness) if e is not None]
    found += [bound.reached for bound in system.bounds]
    for action in system.actions:
        found += [action.guard] if action.claim is None else [action.guard, action.claim]
        found += [e for update in action.updates for e in (update.where, update.value)]
    return found
