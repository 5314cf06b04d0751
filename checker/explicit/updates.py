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
from checker.explicit.source import Environment, Value
from model.ir.application import apply
from model.ir.expr import Expr, negate
from model.ir.system import StateFunction, System, Update
from model.ir.types import BoolType, ElementType, Sort


class _Write(NamedTuple):
    """An update in the state before the step: the cells (counted from the function's first), what
    is written there, and where (None: everywhere); broadcast together."""

    update: Update
    cells: Value
    value: Value
    where: Value | None
    #: The values of the arguments.
    args: Sequence[Value]


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

    def write(self, emitter: Emitter, env: Environment) -> tuple[str, str]:
        """What the steps of the frame's rows write, and what that adds to the plain hash: the names
        of a list of `Write` and of an array that broadcasts to the rows. Raises ModelError like
        `Kernel.steps`."""
        numbers = range(len(self.action.updates))
        found = [self._evaluated(emitter, number, env) for number in numbers]
        writes = [write for write in found if write is not None]
        listed = ", ".join(self._shown(emitter, write) for write in writes)
        name = emitter.line(f"[{listed}]", emitter.level)
        if not self._exact():
            change = f"difference(C, {emitter.origins}, {name})"
            return name, emitter.line(change, emitter.level)
        terms = [self._term(emitter, write) for write in writes]
        total, *rest = terms or [emitter.literal(0)]
        for term in rest:
            total = emitter.operation("{0} + {1}", [total, term], 8)
        return name, emitter.raised(total, emitter.level).code

    def _evaluated(self, emitter: Emitter, number: int, outer: Environment) -> _Write | None:
        """None for an update that never writes anything."""
        update, level = self.action.updates[number], emitter.level
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
            shown = emitter.conjunction([bad, where])
            if shown.literal is None:
                emitter.do(f"if {shown.code}.any(): leave({self.index}, {number})")
            elif shown.literal:
                emitter.do(f"leave({self.index}, {number})")
        args = [emitter.value(argument, env) for argument in update.arguments]
        cells = self._cells(emitter, update.function, args)
        return _Write(update, cells, value, None if where.literal else where, args)

    def _cells(self, emitter: Emitter, function: StateFunction, args: Sequence[Value]) -> Value:
        """Where a function has its values at some arguments."""
        if all(arg.literal is not None for arg in args):
            cell = self._system.cell(function, [arg.literal or 0 for arg in args])
            return emitter.literal(cell - self._system.offsets[function])
        sizes = [sort.size for sort in function.domain]
        raised = [emitter.raised(arg, emitter.level) for arg in args]
        return emitter.position(sizes, raised, max(arg.level for arg in raised), "", "")

    def _shown(self, emitter: Emitter, write: _Write) -> str:
        """The source of a `Write`."""
        axes, level = write.cells.axes, emitter.level
        first = self._system.offsets[write.update.function]
        shown = [str(first), write.cells.code, emitter.aligned(write.value, axes, level)]
        if write.where is not None:
            shown.append(emitter.aligned(write.where, axes, level))
        return f"Write({', '.join(shown)})"

    # -- the difference of the hashes ----------------------------------------------------------
    def _exact(self) -> bool:
        """Whether no two updates write the same cell; one never writes a cell twice."""
        return all(
            one.function is not other.function
            or _apart(one.arguments, other.arguments)
            or exclude(one, other)
            for one, other in combinations(self.action.updates, 2)
        )

    def _term(self, emitter: Emitter, write: _Write) -> Value:
        """What one update adds to the hash."""
        update, cells, value, where, args = write
        function = update.function
        start = self._system.offsets[function]
        own = emitter.constant(self._weights[start : start + function.size], ("weights", function))
        if cells.literal is not None:
            one = f"{own}[{cells.literal}:{cells.literal + 1}]"
            weight = Value(emitter.line(one, 0), (), 0, 8)
        else:
            weight = emitter.operation(f"{own}[{{0}}]", [cells], 8)
        known = self._known(update)
        if known is not None:
            difference = emitter.literal(known)
        else:
            old = emitter.look_up(function, args)
            if isinstance(function.type, BoolType) and value.literal is not None:
                # What is not so already is changed, always in the same direction.
                flips = emitter.operation("~{0}", [old], 0) if value.literal else old
                where = flips if where is None else emitter.conjunction([flips, where])
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


def exclude(one: Update, other: Update) -> bool:
    """Whether two updates are certainly never made in one step: one's condition negates another's,
    where neither has variables of its own."""
    if one.over or other.over:
        return False
    facts = set(_parts(one.where))
    return any(negate(fact) in facts for fact in _parts(other.where))


def _parts(condition: Expr) -> Sequence[Expr]:
    return condition.args if condition.op == "and" else (condition,)


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
