"""Expressions as numpy source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from checker.explicit import idioms
from checker.explicit.grouping import Grouping, grouping
from checker.explicit.layout import width
from checker.explicit.source import Axis, Environment, Source, Value, span
from model.ir.application import Symbol
from model.ir.expr import Expr, negate
from model.ir.system import Definition, StateFunction, Table
from model.ir.types import BoolType, IntType, ModelError, Sort

_COMPARISONS = {"eq": "{0} == {1}", "lt": "{0} < {1}", "le": "{0} <= {1}"}
_OPPOSITES = {"eq": "{0} != {1}", "lt": "{0} >= {1}", "le": "{0} > {1}"}
#: Operators and functions of numpy.
_ARITHMETIC = {
    "add": ("+", "add"),
    "subtract": ("-", "subtract"),
    "mul": ("*", "multiply"),
    "div": ("//", "floor_divide"),
    "mod": ("%", "remainder"),
}

#: Definitions of several parameters with more cells than this are evaluated where they are used.
_LARGEST_TABLE = 512


class Emitter(Source):
    """Writes the lines that compute expressions."""

    # -- expressions ---------------------------------------------------------------------------
    def value(self, expr: Expr, env: Environment) -> Value:
        """The value of an expression whose free variables `env` holds."""
        if expr.op == "const":
            return self.literal(expr.payload, boolean=isinstance(expr.type, BoolType))
        if expr.op == "var":
            return env[expr.payload]
        bound = [env[name] for name in sorted(expr.free)]
        # The code tells everything but the depths of the axes.
        key = (expr, *((value.code, *(axis[0] for axis in value.axes)) for value in bound))
        known = self.find(key)
        if known is None:
            known = self._value(expr, env)
            # In a smaller batch a constant may only follow from what is assumed there.
            self.know(key, known, 1 if self.batch.within else known.level)
        assert isinstance(known, Value)
        return known

    def assume(self, condition: Expr) -> None:
        """Take a condition on states for true in those of this batch."""
        self.know((condition,), self.literal(1, boolean=True), 1)
        if condition.op == "not":
            self.know((condition.args[0],), self.literal(0, boolean=True), 1)

    def _value(self, expr: Expr, env: Environment) -> Value:
        if expr.op in ("apply", "get"):
            return self._application(expr, env)
        if expr.op in ("forall", "exists", "count", "sum", "min", "max"):
            return self._quantifier(expr, env)
        if expr.op == "not":
            inner = expr.args[0]
            if inner.op in _OPPOSITES and idioms.chosen(inner) is None:
                return self._operated(_OPPOSITES[inner.op], inner, env)
            return self._operated("~{0}", expr, env)
        if expr.op in _COMPARISONS:
            found = idioms.chosen(expr)
            if found is not None:
                test, holds = found
                return self.value(test if holds else negate(test), env)
            return self._operated(_COMPARISONS[expr.op], expr, env)
        if expr.op == "and":
            return self.conjunction([self.value(arg, env) for arg in expr.args])
        if expr.op == "or":
            return self._disjunction(expr, env)
        if expr.op == "ite":
            return self._choice(expr, env)
        added, subtracted = list(expr.args), list[Expr]()
        if expr.op == "add":
            added, subtracted = idioms.difference(expr)
        result, *others = (self.value(arg, env) for arg in added)
        size = self._size(expr)
        for value in others:
            result = self._arithmetic(expr.op, result, value, size)
        for arg in subtracted:
            result = self._arithmetic("subtract", result, self.value(arg, env), size)
        return result

    def _disjunction(self, expr: Expr, env: Environment) -> Value:
        parts, ranges = idioms.ranges(expr.args)
        found = [self.value(part, env) for part in parts]
        for something, least, greatest in ranges:
            value = self.value(something, env)
            inside = []
            if something.type.lo < least:
                inside.append(self.operation(f"{{0}} >= {least}", [value], 0))
            if greatest < something.type.hi:
                inside.append(self.operation(f"{{0}} <= {greatest}", [value], 0))
            found.append(self.conjunction(inside))
        return self.disjunction(found)

    def _choice(self, expr: Expr, env: Environment) -> Value:
        function, operands = idioms.extreme(expr), list[Value]()
        if function is None:
            test = self.value(expr.args[0], env)
            if test.literal is not None:
                return self.value(expr.args[1 if test.literal else 2], env)
            function, operands = "where({0}, {1}, {2})", [test]
        branches = [self.value(arg, env) for arg in expr.args[1:]]
        # The interval may be narrower than that of a branch that is then never taken.
        size = max(self._size(expr), *(branch.bytes for branch in branches))
        operands += [self.typed(branch, size) for branch in branches]
        return self.operation(function, operands, size)

    def _operated(self, form: str, expr: Expr, env: Environment) -> Value:
        """A form that gives a truth value, of an expression's arguments."""
        return self.operation(form, [self.value(arg, env) for arg in expr.args], 0)

    def _size(self, expr: Expr) -> int:
        return 0 if isinstance(expr.type, BoolType) else width(expr.type.lo, expr.type.hi)

    def _arithmetic(self, op: str, left: Value, right: Value, size: int) -> Value:
        """Sums may leave the interval half-way; modulo the width of the result that is harmless."""
        sign, name = _ARITHMETIC[op]
        work = max(size, left.bytes, right.bytes)
        if left.literal is not None and right.literal is not None:
            work = 8
        elif max(v.bytes for v in (left, right) if v.literal is None) == work:
            return self.operation(f"{{0}} {sign} {{1}}", [left, right], work)
        return self.operation(f"{name}({{0}}, {{1}}, dtype=i{work})", [left, right], work)

    # -- quantifiers ---------------------------------------------------------------------------
    def _quantifier(self, expr: Expr, env: Environment) -> Value:
        name, sort = expr.payload
        op = expr.op
        size = self._size(expr)
        if not sort.size:
            if op in ("min", "max"):
                return self.value(expr.args[2], env)
            return self.literal(int(op == "forall"), boolean=op in ("forall", "exists"))
        grouped = grouping(expr, env)
        if grouped is not None:
            result = self._tally(expr, grouped, env[grouped.variable], size)
            if result is not None:
                return result
        taken = [axis[0] for free in expr.free for axis in env[free].axes]
        axis: Axis = (max(taken, default=-1) + 1, sort)
        inner = {**env, name: self.variable(axis)}
        body = self.value(expr.args[0], inner)
        if op in ("min", "max"):
            return self._extremum(expr, body, self.value(expr.args[1], inner), axis, size)
        if axis not in body.axes:
            if op in ("forall", "exists"):
                return body
            if op == "count":
                some, nothing = (self.typed(self.literal(n), size) for n in (sort.size, 0))
                return self.operation("where({0}, {1}, {2})", [body, some, nothing], size)
            if body.literal is not None:
                return self.literal(body.literal * sort.size)
            return self._arithmetic("mul", body, self.literal(sort.size), size)
        if op == "forall":
            return self.reduce("logical_and", body, axis)
        if op == "exists":
            return self.reduce("logical_or", body, axis)
        if op == "count":
            bits = self.operation("{0}.view(i1)", [body], 1)
            return self.reduce("add", bits, axis, size)
        return self.reduce("add", body, axis, max(size, body.bytes))

    def _tally(self, expr: Expr, grouped: Grouping, group: Value, size: int) -> Value | None:
        """What is counted or summed for each element of another sort, all of them at once."""
        name, sort = expr.payload
        inner = {name: self.variable((0, sort))}
        keys = self.value(grouped.key, inner)
        if not keys.axes:
            return None
        weights = self.value(grouped.weight, inner)
        if expr.op == "exists":
            size = width(0, sort.size)
        level = max(keys.level, weights.level)
        codes = [self.aligned(value, keys.axes, level) for value in (keys, weights)]
        cells = span(group.axes[0])
        code = self.line(f"tally({codes[0]}, {codes[1]}, {cells}, i{size})", level)
        result = Value(code, group.axes, level, size)
        return self.operation("{0} != 0", [result], 0) if expr.op == "exists" else result

    def _extremum(self, expr: Expr, body: Value, test: Value, axis: Axis, size: int) -> Value:
        default: int = expr.args[2].payload
        ufunc, worst = "minimum", expr.args[0].type.hi
        if expr.op == "max":
            ufunc, worst = "maximum", expr.args[0].type.lo
        if test.literal is not None:
            if not test.literal:
                return self.literal(default)
            return self.reduce(ufunc, body, axis) if axis in body.axes else body
        # Where the default loses against every body, it can stand for what the test excludes.
        covers = default >= worst if expr.op == "min" else default <= worst
        filler = self.typed(self.literal(default if covers else worst), size)
        body = self.typed(body, size)
        masked = self.operation("where({0}, {1}, {2})", [test, body, filler], size)
        best = self.reduce(ufunc, masked, axis) if axis in masked.axes else masked
        if covers:
            return best
        some = self.reduce("logical_or", test, axis) if axis in test.axes else test
        fallback = self.typed(self.literal(default), size)
        return self.operation("where({0}, {1}, {2})", [some, best, fallback], size)

    # -- application ---------------------------------------------------------------------------
    def _application(self, expr: Expr, env: Environment) -> Value:
        symbol: Symbol = expr.payload
        if expr.op == "apply":
            return self.look_up(symbol, [self.value(arg, env) for arg in expr.args])
        argument, default = (self.value(arg, env) for arg in expr.args)
        if argument.literal is not None or not symbol.domain[0].size:  # type: ignore[union-attr]
            none = argument.literal is None or argument.literal < 0
            return default if none else self.look_up(symbol, [argument])
        # An index of -1 reads the last element, which is then discarded.
        found = self.look_up(symbol, [argument])
        size = 0 if not default.bytes else max(found.bytes, default.bytes)
        some = self.operation("{0} >= 0", [argument], 0)
        found, default = self.typed(found, size), self.typed(default, size)
        return self.operation("where({0}, {1}, {2})", [some, found, default], size)

    def look_up(self, symbol: Symbol, args: Sequence[Value]) -> Value:
        """The value of a symbol at some arguments."""
        simple = all(arg.literal is not None or arg.counts for arg in args)
        if isinstance(symbol, Definition):
            names = [str(parameter.payload) for parameter in symbol.parameters]
            cells = 1
            for sort in symbol.domain:
                cells *= sort.size
            running = [arg.counts for arg in args]
            distinct = None not in running and len(set(running)) == len(running)
            if distinct or (len(args) > 1 and cells > _LARGEST_TABLE and not simple):
                return self.value(symbol.body, dict(zip(names, args, strict=True)))
            if not cells:
                raise ModelError(f"{symbol.name} is applied to an element of an empty sort")
        if isinstance(symbol, StateFunction) and self.batch.within and not simple:
            return self._picked(symbol, args)
        return self.index(self.array(symbol), symbol.domain, args)

    def array(self, symbol: Symbol) -> Value:
        """All values of a symbol; axis i is its i-th argument, unless it does not depend on it."""
        axes: tuple[Axis, ...] = tuple(enumerate(symbol.domain))
        if isinstance(symbol, StateFunction):
            return self._function(symbol, axes)
        if isinstance(symbol, Table):
            size = width(symbol.type.lo, symbol.type.hi)
            dtype = "bool" if isinstance(symbol.type, BoolType) else f"i{size}"
            shape = (*map(span, axes), 1)
            code = self.constant(np.array(symbol.values, dtype).reshape(shape), symbol)
            return Value(code, axes, 0, 0 if dtype == "bool" else size)
        assert isinstance(symbol, Definition)
        env = {
            str(parameter.payload): self.variable(axis)
            for parameter, axis in zip(symbol.parameters, axes, strict=True)
        }
        return self.value(symbol.body, env)

    def _function(self, function: StateFunction, axes: tuple[Axis, ...]) -> Value:
        known = self.find(function)
        if known is None:
            source = self._cells(function)
            if self.batch.within:
                source += f".take({self._within(0)}, {min(1, len(axes))}, mode='clip')"
            if len(axes) > 1:
                shape = ", ".join(str(span(axis)) for axis in axes)
                source += f".reshape({shape}, {self.batch.size})"
            known = self._read(source, function, axes, 1)
            self.know(function, known, 1)
        assert isinstance(known, Value)
        return known

    def _picked(self, function: StateFunction, args: Sequence[Value]) -> Value:
        """The value of a function at some arguments for a few states, straight from all of them."""
        level = max(1, *(arg.level for arg in args))
        states = self._within(0) if level == 1 else self.origins
        sizes = [sort.size for sort in function.domain]
        place = self.position(sizes, args, level, "N", states)
        source = f"{self._cells(function)}.reshape(-1)[{place.code}]"
        return self._read(source, function, place.axes, level)

    def _cells(self, function: StateFunction) -> str:
        """The source of a function's rows in the outermost batch."""
        start = self.layout.system.offsets[function]
        return f"C[{start}:{start + function.size}]" if function.domain else f"C[{start}]"

    def _read(
        self, source: str, function: StateFunction, axes: tuple[Axis, ...], level: int
    ) -> Value:
        """Values of a function, read from cells."""
        size = self.layout.bytes
        if isinstance(function.type, BoolType):
            source = f"{source}.view(bool)" if size == 1 else f"{source} != 0"
            size = 0
        return Value(self.line(source, level), axes, level, size)

    def index(self, base: Value, domain: Sequence[Sort | IntType], args: Sequence[Value]) -> Value:
        """`base` at some arguments; its axis i, if it has it, is indexed by argument i."""
        if not base.axes:
            return base
        chosen = [self._from_zero(args[axis[0]], domain[axis[0]]) for axis in base.axes]
        kept = tuple(arg.counts for arg in chosen if arg.counts is not None)
        simple = all(arg.literal is not None or arg.counts is not None for arg in chosen)
        if simple and len(set(kept)) == len(kept):
            return self._view(base, chosen, kept)
        level = max(arg.level for arg in chosen)
        columns, rows = "", ""
        if base.level:
            level = max(level, 1)
            columns, rows = self.batch.size, self.states if level < 2 else self.rows
        place = self.position(list(map(span, base.axes)), chosen, level, columns, rows)
        flat = self.line(f"{base.code}.reshape(-1)", base.level)
        code = self.line(f"{flat}[{place.code}]", level)
        return Value(code, place.axes, level, base.bytes)

    def _from_zero(self, arg: Value, domain: Sort | IntType) -> Value:
        """An index into the axis of a domain."""
        if isinstance(domain, Sort) or not domain.lo:
            return arg
        return self._arithmetic("add", arg, self.literal(-domain.lo), 8)

    def _view(self, base: Value, args: Sequence[Value], kept: tuple[Axis, ...]) -> Value:
        """`base` at arguments that are literals or run along axes: no copy is needed."""
        if all(arg.counts for arg in args):
            code = base.code
        else:
            picks = [":" if arg.literal is None else str(arg.literal) for arg in args]
            code = self.line(f"{base.code}[{', '.join(picks)}]", base.level)
        if not kept and not base.level:
            code = self.line(f"{code}[0]", 0)
        places = sorted(range(len(kept)), key=lambda i: kept[i][0])
        if places != list(range(len(kept))):
            axes = ", ".join(map(str, [*places, len(kept)]))
            code = self.line(f"{code}.transpose({axes})", base.level)
            kept = tuple(kept[i] for i in places)
        return Value(code, kept, base.level, base.bytes)
