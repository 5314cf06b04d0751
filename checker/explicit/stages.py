"""What an action's guard asks for, and in which order its parameters are best chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from checker.explicit.expressions import Emitter
from checker.explicit.source import Axis, Environment, Value
from model.ir.application import apply
from model.ir.check import walk
from model.ir.expr import QUANTIFIERS, TRUE, Expr, conj, negate
from model.ir.system import Action, Definition, Update
from model.ir.types import ElementType, Sort


class Conjunct:
    """A condition on a step, and the parameters that must be bound to decide it."""

    def __init__(
        self,
        needs: frozenset[str],
        value: Callable[[Emitter, Environment], Value],
        expr: Expr = TRUE,
        *,
        wide: bool = False,
    ) -> None:
        self.needs, self.value = needs, value
        #: The expression, where there is one.
        self.expr = expr
        #: Whether it takes more than to look up single cells.
        self.wide = wide


def conjuncts(action: Action) -> list[Conjunct]:
    """The guard's conjuncts, and that something changes unless the guard implies it."""
    guard = action.guard.args if action.guard.op == "and" else (action.guard,)
    result = [_of(expr) for expr in guard if expr is not TRUE]
    if not _some_changes(action.updates, guard):
        result.append(_some_change(action))
    return result


def _some_changes(updates: Sequence[Update], guard: Sequence[Expr]) -> bool:
    """Whether the guard's conjuncts show that some update changes its cell: one that is made in any
    case, or one of two of which one is made."""
    certain = [update.where for update in updates if _differs(update, guard)]
    return any(where is TRUE or negate(where) in set(certain) for where in certain)


def _of(expr: Expr) -> Conjunct:
    def value(emitter: Emitter, env: Environment) -> Value:
        return emitter.value(expr, env)

    return Conjunct(expr.free, value, expr, wide=_wide(expr))


def _wide(*exprs: Expr) -> bool:
    """Whether it takes more than to look up single cells to know their values."""
    return any(
        node.op in QUANTIFIERS or isinstance(node.payload, Definition) for node in walk(*exprs)
    )


def _some_change(action: Action) -> Conjunct:
    names = {str(p.payload) for p in action.parameters}
    needs: set[str] = set()
    tests = []
    for update in action.updates:
        test = conj(update.where, apply(update.function, update.arguments) != update.value)
        needs |= test.free & names
        tests.append((update, test))

    def value(emitter: Emitter, env: Environment) -> Value:
        changed = [_anywhere(emitter, env, update, test) for update, test in tests]
        return emitter.disjunction(changed)

    wide = any(update.over for update, _ in tests) or _wide(*(test for _, test in tests))
    return Conjunct(frozenset(needs), value, wide=wide)


def _anywhere(emitter: Emitter, env: Environment, update: Update, test: Expr) -> Value:
    """Whether the test holds for some choice of the update's own variables."""
    taken = max((axis[0] for value in env.values() for axis in value.axes), default=-1)
    inner = dict(env)
    axes: list[Axis] = []
    for variable in update.over:
        assert isinstance(variable.type, ElementType)
        if not variable.type.sort.size:
            return emitter.literal(0, boolean=True)
        axes.append((taken + 1 + len(axes), variable.type.sort))
        inner[str(variable.payload)] = emitter.variable(axes[-1])
    value = emitter.value(test, inner)
    for axis in reversed(axes):
        if axis in value.axes:
            value = emitter.reduce("logical_or", value, axis)
    return value


def changes(update: Update, guard: Sequence[Expr]) -> bool:
    """Whether the guard's conjuncts show that an update changes its cell."""
    return update.where is TRUE and _differs(update, guard)


def _differs(update: Update, guard: Sequence[Expr]) -> bool:
    """Whether they show that it changes its cell where it is made."""
    if update.over:
        return False
    cell = apply(update.function, update.arguments)
    value = update.value
    if value.op == "add" and any(term is cell for term in value.args):
        rest = [term for term in value.args if term is not cell]
        if len(rest) == 1 and rest[0].op == "const":
            return True
    return any(_excludes(fact, cell, value) for fact in guard)


def _excludes(fact: Expr, cell: Expr, value: Expr) -> bool:
    """Whether the fact implies cell != value."""
    if fact is cell:
        return value.op == "const" and value.payload == 0
    if fact.op == "or":
        return all(_excludes(part, cell, value) for part in fact.args)
    if fact.op == "not":
        inner = fact.args[0]
        if inner is cell:
            return value.op == "const" and value.payload == 1
        if inner.op != "eq":
            return False
        left, right = inner.args
        return (left is cell and right is value) or (left is value and right is cell)
    if fact.op == "eq" and (fact.args[0] is cell or fact.args[1] is cell):
        other = fact.args[0] if fact.args[1] is cell else fact.args[1]
        return (
            other.type.hi < value.type.lo
            or value.type.hi < other.type.lo
            or (other.op == value.op == "const" and other.payload != value.payload)
        )
    return False


def solution(conjunct: Conjunct, name: str, bound: frozenset[str]) -> Expr | None:
    """What a conjunct says that a parameter must equal, if it says so by an equation."""
    expr = conjunct.expr
    if expr.op != "eq":
        return None
    for left, right in (expr.args, expr.args[::-1]):
        if left.op == "var" and left.payload == name and right.free <= bound:
            return right
    return None


def next_parameter(
    sorts: Mapping[str, Sort], env: Environment, pending: Sequence[Conjunct]
) -> tuple[str, Conjunct | None]:
    """The parameter to bind next, and the equation that determines it if there is one.

    Without an equation it is the most constrained parameter.
    """
    bound = frozenset(env)
    open_names = [name for name in sorts if name not in env]
    for name in open_names:
        for conjunct in pending:
            if solution(conjunct, name, bound) is not None:
                return name, conjunct

    def rank(name: str) -> tuple[int, int]:
        decided = sum(c.needs <= bound | {name} for c in pending)
        return -decided, sorts[name].size

    return min(open_names, key=rank), None
