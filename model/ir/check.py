"""The type checker: what makes a system well-formed beyond what expressions check themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from string import Formatter

from model.ir.expr import TRUE, Expr
from model.ir.system import Action, Definition, StateFunction, System, Update
from model.ir.types import BoolType, ElementType, ModelError, Type

#: Operations on integers. Elements have no order: what a system does with one it does with all.
_NUMERIC = frozenset({"lt", "le", "add", "mul", "div", "mod", "sum", "min", "max"})


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where in the system."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(frozen=True)
class Obligation:
    """`guard` must imply `lo <= value <= hi`: the interval alone does not show it.

    Engines check it wherever they execute the update; a failure is a bug of the model.
    """

    action: Action
    update: Update
    lo: int
    hi: int


def obligations(system: System) -> tuple[Obligation, ...]:
    """The updates whose value's interval is wider than their function's type."""
    return tuple(
        Obligation(action, update, wanted.lo, wanted.hi)
        for action in system.actions
        for update in action.updates
        for wanted in [update.function.type]
        if update.value.type.lo < wanted.lo or update.value.type.hi > wanted.hi
    )


def check(system: System) -> tuple[Problem, ...]:
    """Every problem of a system; empty if it is well-formed."""
    return tuple(_problems(system))


def require(system: System) -> None:
    """Raise ModelError naming every problem of an ill-formed system."""
    problems = check(system)
    if problems:
        raise ModelError("\n".join(map(str, problems)))


def _problems(system: System) -> Iterator[Problem]:
    yield from _unique("state functions", (f.name for f in system.functions))
    yield from _unique("actions", (repr(a) for a in system.actions))
    yield from _unique("properties", (p.name for p in system.properties))
    yield from _unique("sorts", (s.name for s in system.sorts))
    known: set[object] = {*system.functions, *system.tables, *system.definitions}
    for place, expr, bound, wanted in _expressions(system):
        if expr.free - bound:
            yield Problem(place, f"unbound variables {sorted(expr.free - bound)}")
        if wanted is not None and not isinstance(expr.type, wanted):
            yield Problem(place, f"a boolean is wanted, {expr} is {expr.type}")
        for node in walk(expr):
            if node.op in ("apply", "get") and node.payload not in known:
                yield Problem(place, f"{node.payload} does not belong to the system")
            if (
                node.op == "const"
                and isinstance(node.type, ElementType)
                and node.type.sort.symmetric
                and node.payload != -1
            ):
                yield Problem(place, f"names an element of the symmetric sort {node.type.sort}")
            if node.op in _NUMERIC:
                for part in node.args:
                    if isinstance(part.type, ElementType):
                        yield Problem(place, f"{node.op} treats {part} as a number")
    for action in system.actions:
        if not all(any(p is q for p in action.parameters) for q in action.fair_for):
            yield Problem(f"fairness of {action.name}", "it is for something that is no parameter")
        if action.fairness != "weak" and (action.fair_for or action.claim is not None):
            yield Problem(f"fairness of {action.name}", "only what is weakly fair serves or waits")
        yield from _sentences(action)
        for update in action.updates:
            yield from _update(action, update)
    for state in system.initial:
        yield from _initial(system, state)


def _unique(what: str, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield Problem(what, f"two are called {name!r}")
        seen.add(name)


def _expressions(
    system: System,
) -> Iterator[tuple[str, Expr, frozenset[str], type[BoolType] | None]]:
    nothing: frozenset[str] = frozenset()
    for definition in system.definitions:
        yield f"definition {definition.name}", definition.body, _names(definition.parameters), None
    for action in system.actions:
        bound = _names(action.parameters)
        yield f"guard of {action.name}", action.guard, bound, BoolType
        if action.claim is not None:
            yield f"claim of {action.name}", action.claim, bound, BoolType
        for update in action.updates:
            place = f"{action.name}, update of {update.function.name}"
            inner = bound | _names(update.over)
            yield place, update.where, inner, BoolType
            yield place, update.value, inner, None
            for argument in update.arguments:
                yield place, argument, inner, None
    for prop in system.properties:
        for expr in (prop.p, prop.q, TRUE if prop.witness is None else prop.witness):
            yield f"property {prop.name}", expr, nothing, BoolType
    for limit in system.bounds:
        yield f"bound {limit.name}", limit.reached, nothing, BoolType


def _sentences(action: Action) -> Iterator[Problem]:
    known = _names(action.parameters) | action.words.keys()
    for template in (action.text, action.why):
        try:
            wanted = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
        except ValueError as wrong:
            yield Problem(f"sentences of {action.name}", f"{template!r}: {wrong}")
        else:
            for name in sorted(wanted - known):
                yield Problem(f"sentences of {action.name}", f"{{{name}}} stands for nothing")


def _names(variables: Iterable[Expr]) -> frozenset[str]:
    return frozenset(str(v.payload) for v in variables)


def _update(action: Action, update: Update) -> Iterator[Problem]:
    place = f"{action.name}, update of {update.function.name}"
    for argument in update.arguments:
        if argument.op not in ("var", "const"):
            yield Problem(place, f"the argument {argument} is neither a variable nor a constant")
    used = {a.payload for a in update.arguments if a.op == "var"}
    for variable in update.over:
        if variable.payload not in used:
            yield Problem(place, f"{variable} does not choose a cell: two values could meet there")
    wanted, given = update.function.type, update.value.type
    if not _same_kind(wanted, given):
        yield Problem(place, f"{wanted} is wanted, {update.value} is {given}")
    elif given.hi < wanted.lo or given.lo > wanted.hi:
        yield Problem(place, f"{update.value} is never inside {wanted}")


def _same_kind(left: Type, right: Type) -> bool:
    if isinstance(left, ElementType) and isinstance(right, ElementType):
        return left.sort == right.sort
    return type(left) is type(right)


def _initial(system: System, state: tuple[int, ...]) -> Iterator[Problem]:
    if len(state) != len(system.cells):
        yield Problem("initial state", f"{len(state)} values for {len(system.cells)} cells")
        return
    for (function, arguments), value in zip(system.cells, state, strict=True):
        if not function.type.lo <= value <= function.type.hi:
            yield Problem("initial state", f"{function.name}{list(arguments)} = {value}")


def walk(*roots: Expr) -> Iterator[Expr]:
    """Every distinct node below the roots, definitions' bodies not included."""
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            stack.extend(node.args)


def reads(*roots: Expr) -> frozenset[StateFunction]:
    """The state functions that expressions depend on, through definitions too."""
    found: set[StateFunction] = set()
    for node in walk(*roots):
        symbol = node.payload
        if isinstance(symbol, StateFunction):
            found.add(symbol)
        elif isinstance(symbol, Definition):
            found |= symbol.reads
    return frozenset(found)
