"""What a step changes, as numpy source: the state after it, and the difference of the hashes.

The plain hash of a state is a sum of weight * value over its cells, so that the hash of a
successor is that of its source and weight * (new - old) for each cell that is written. Only
successors that turn out to be new need be built at all.

Omits: two updates of one action that disagree about a cell are not noticed (the last one wins);
the interpreter checks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from checker.explicit.expressions import Emitter
from checker.explicit.hashing import Hashes
from checker.explicit.source import Axis, Environment, Value
from model.ir.expr import Expr, apply
from model.ir.system import System, Update
from model.ir.types import BoolType, ElementType, Sort


class _Write(NamedTuple):
    """An update, what is written in the state before the step, and where (None: everywhere)."""

    update: Update
    value: Value
    where: Value | None
    env: Environment


class Updates:
    """The updates of one action, number `index` of its system."""

    def __init__(self, system: System, index: int, weights: Hashes) -> None:
        self._system = system
        self.index, self.action = index, system.actions[index]
        #: Of the parameters, in their order.
        self.sorts: dict[str, Sort] = {
            str(p.payload): p.type.sort
            for p in self.action.parameters
            if isinstance(p.type, ElementType)
        }
        #: Of the plain hash, one for each cell.
        self._weights = weights.astype("i8")

    # -- the state after the step --------------------------------------------------------------
    def successors(self, emitter: Emitter) -> None:
        """The function `apply…(C, N, elements…)`: the successors of the N states in C, each by
        the step with the elements in its column. Raises ModelError like `Kernel.apply`."""
        names = [f"p{i}" for i in range(len(self.sorts))]
        emitter.lines.append(f"def apply{self.index}({', '.join(['C', 'N', *names])}):")
        emitter.do("ar = arange(N)")
        env = {name: Value(code, (), 1, 8) for name, code in zip(self.sorts, names, strict=True)}
        writes = list(self._writes(emitter, env, 1))
        emitter.do("T = C.copy()")
        for write in writes:
            self._write(emitter, write)
        emitter.do("return T")

    def _writes(self, emitter: Emitter, env: Environment, level: int) -> list[_Write]:
        found = [self._evaluated(emitter, i, env, level) for i in range(len(self.action.updates))]
        return [write for write in found if write is not None]

    def _evaluated(
        self, emitter: Emitter, number: int, outer: Environment, level: int
    ) -> _Write | None:
        """None for an update that never writes anything."""
        update = self.action.updates[number]
        env = dict(outer)
        for depth, variable in enumerate(update.over):
            assert isinstance(variable.type, ElementType)
            if not variable.type.sort.size:
                return None
            env[str(variable.payload)] = emitter.variable((depth, variable.type.sort))
        where = emitter.value(update.where, env)
        if where.literal == 0 or not update.function.size:
            return None
        where = emitter.raised(where, level)
        value = emitter.raised(emitter.value(update.value, env), level)
        wanted = update.function.type
        outside = []
        if update.value.type.lo < wanted.lo:
            outside.append(emitter.operation(f"{{0}} < {wanted.lo}", [value], 0))
        if update.value.type.hi > wanted.hi:
            outside.append(emitter.operation(f"{{0}} > {wanted.hi}", [value], 0))
        for bad in outside:
            shown = bad if where.literal else emitter.operation("{0} & {1}", [bad, where], 0)
            if shown.literal is None:
                emitter.do(f"if {shown.code}.any(): leave({self.index}, {number})")
            elif shown.literal:
                emitter.do(f"leave({self.index}, {number})")
        return _Write(update, value, None if where.literal else where, env)

    def _write(self, emitter: Emitter, write: _Write) -> None:
        update, value, where, env = write
        function = update.function
        start = self._system.offsets[function]
        args = [emitter.value(argument, env) for argument in update.arguments]
        running = [arg.counts for arg in args if arg.counts]
        simple = all(arg.literal is not None or arg.counts for arg in args)
        if simple and running == sorted(set(running), key=lambda axis: axis[0]):
            shape = "".join(f"{sort.size}, " for sort in function.domain)
            target = f"T[{start}:{start + function.size}].reshape({shape}N)"
            picks = [":" if arg.literal is None else str(arg.literal) for arg in args]
            if not args:
                target = f"T[{start}]"
            elif all(arg.literal is not None for arg in args):
                cell = self._system.cell(function, [arg.literal or 0 for arg in args])
                target = f"T[{cell}]"
            else:
                target = f"{target}[{', '.join(picks)}]"
            axes = tuple(running)
            shown = emitter.aligned(value, axes, 1)
            if where is None:
                emitter.do(f"{target}[...] = {shown}")
            else:
                condition = emitter.aligned(where, axes, 1)
                emitter.do(f"copyto({target}, {shown}, 'unsafe', {condition})")
            return
        sizes = [sort.size for sort in function.domain]
        position = emitter.position(sizes, args, 1, "N", "ar")
        emitter.do(f"F = T[{start}:{start + function.size}].reshape(-1)")
        shown = emitter.aligned(value, position.axes, 1)
        if where is not None:
            condition = emitter.aligned(where, position.axes, 1)
            shown = f"where({condition}, {shown}, F[{position.code}])"
        emitter.do(f"F[{position.code}] = {shown}")

    # -- the difference of the hashes ----------------------------------------------------------
    def change(self, emitter: Emitter, env: Environment, elements: str) -> str:
        """What the step adds to the plain hash, for each row of the frame; broadcasts to it.

        `elements` are the parameters as `apply…` takes them. Raises ModelError like
        `Kernel.steps`.
        """
        if not self._exact():
            after = f"apply{self.index}(C.take({emitter.rows}, 1), {emitter.size}, {elements})"
            return emitter.line(f"difference({after}, C, {emitter.rows})", 2)
        terms = [self._term(emitter, write) for write in self._writes(emitter, env, 2)]
        total, *rest = terms or [emitter.literal(0)]
        for term in rest:
            total = emitter.operation("{0} + {1}", [total, term], 8)
        return emitter.raised(total, 2).code

    def _exact(self) -> bool:
        """Whether no two updates write the same cell; one never writes a cell twice."""
        return all(
            one.function is not other.function or _apart(one.arguments, other.arguments)
            for one, other in combinations(self.action.updates, 2)
        )

    def _term(self, emitter: Emitter, write: _Write) -> Value:
        """What one update adds to the hash."""
        update, value, where, env = write
        function = update.function
        start = self._system.offsets[function]
        args = [emitter.value(argument, env) for argument in update.arguments]
        shape = (*(sort.size for sort in function.domain), 1)
        axes: tuple[Axis, ...] = tuple(enumerate(function.domain))
        own = self._weights[start : start + function.size]
        code = emitter.constant(own.reshape(shape) if axes else own, ("weights", function))
        weight = Value(code, axes, 0, 8)
        if axes:
            weight = emitter.index(weight, function.domain, args)
        known = self._known(update)
        if known is not None:
            difference = emitter.literal(known)
        else:
            old = emitter.look_up(function, args)
            if isinstance(function.type, BoolType) and value.literal is not None:
                # What is not so already is changed, always in the same direction.
                flips = emitter.operation("~{0}", [old], 0) if value.literal else old
                where = flips if where is None else emitter.chained("{0} & {1}", [flips, where])
                difference = emitter.literal(1 if value.literal else -1)
            else:
                form = "subtract({0}, {1}, dtype=i8)"
                difference = emitter.operation(form, [value, old], 8)
        if difference.literal is None:
            weight = emitter.operation("{0} * {1}", [weight, difference], 8)
        elif difference.literal != 1:
            weight = emitter.operation(f"{{0}} * {difference.literal}", [weight], 8)
        if where is not None:
            weight = emitter.operation("where({0}, {1}, 0)", [where, weight], 8)
        for axis in reversed(weight.axes):
            weight = emitter.reduce("add", weight, axis, 8)
        return weight

    def _known(self, update: Update) -> int | None:
        """What the guard says that a write adds to its cell, if that is always the same."""
        cell, value = apply(update.function, update.arguments), update.value
        if value.op == "add" and any(term is cell for term in value.args):
            rest = [term for term in value.args if term is not cell]
            if len(rest) == len(value.args) - 1 == 1 and rest[0].op == "const":
                return int(rest[0].payload)
        if value.op != "const":
            return None
        guard = self.action.guard
        for fact in guard.args if guard.op == "and" else (guard,):
            old = _equal(fact, cell)
            if old is not None:
                return int(value.payload) - old
        return None


def _apart(one: Sequence[Expr], other: Sequence[Expr]) -> bool:
    """Whether two lists of arguments certainly differ."""
    return any(
        a.op == b.op == "const" and a.payload != b.payload for a, b in zip(one, other, strict=True)
    )


def _equal(fact: Expr, cell: Expr) -> int | None:
    """The value that a cell has where the fact holds, if that is one."""
    if fact is cell:
        return 1
    if fact.op == "not" and fact.args[0] is cell:
        return 0
    if fact.op == "eq":
        for left, right in (fact.args, fact.args[::-1]):
            if left is cell and right.op == "const":
                return int(right.payload)
    return None
