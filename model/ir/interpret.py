"""The meaning of a system: a scalar interpreter, short and obviously right.

Every other semantics (numpy, Z3) is tested against this one. Nothing here is fast.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from model.ir.expr import Expr
from model.ir.system import Action, Definition, State, StateFunction, System, Table
from model.ir.types import NONE, ElementType, ModelError

#: Variable name to element index.
Environment = Mapping[str, int]


@dataclass(frozen=True)
class Step:
    """One transition: an action and the elements chosen for its parameters."""

    action: Action
    arguments: tuple[int, ...]

    def __str__(self) -> str:
        names = {
            str(p.payload): sort.elements[value]
            for p, sort, value in zip(
                self.action.parameters, self.action.sorts, self.arguments, strict=True
            )
        }
        return self.action.text.format_map(names)


def evaluate(system: System, expr: Expr, state: State, env: Environment) -> int:
    """The value of an expression in a state, its free variables bound by `env`."""

    def value(inner: Expr) -> int:
        return evaluate(system, inner, state, env)

    args = expr.args
    match expr.op:
        case "const":
            assert isinstance(expr.payload, int)
            return expr.payload
        case "var":
            return env[str(expr.payload)]
        case "apply":
            return look_up(system, expr.payload, tuple(map(value, args)), state)
        case "get":
            argument = value(args[0])
            if argument == NONE:
                return value(args[1])
            return look_up(system, expr.payload, (argument,), state)
        case "not":
            return 1 - value(args[0])
        case "and":
            return int(all(map(value, args)))
        case "or":
            return int(any(map(value, args)))
        case "eq":
            return int(value(args[0]) == value(args[1]))
        case "lt":
            return int(value(args[0]) < value(args[1]))
        case "le":
            return int(value(args[0]) <= value(args[1]))
        case "add":
            return sum(map(value, args))
        case "mul":
            return value(args[0]) * value(args[1])
        case "div":
            return value(args[0]) // value(args[1])
        case "mod":
            return value(args[0]) % value(args[1])
        case "ite":
            return value(args[1]) if value(args[0]) else value(args[2])
    return quantified(system, expr, state, env)


def quantified(system: System, expr: Expr, state: State, env: Environment) -> int:
    """The value of a quantifier: its body (and filter) at every element of its sort."""
    name, sort = expr.payload
    bodies = []
    for index in range(sort.size):
        inner = {**env, name: index}
        row = [evaluate(system, arg, state, inner) for arg in expr.args]
        if len(row) == 1 or row[1]:
            bodies.append(row[0])
    match expr.op:
        case "forall":
            return int(all(bodies))
        case "exists":
            return int(any(bodies))
        case "count" | "sum":
            return sum(bodies)
        case "min":
            return min(bodies, default=evaluate(system, expr.args[2], state, env))
        case "max":
            return max(bodies, default=evaluate(system, expr.args[2], state, env))
    raise ModelError(f"unknown operator {expr.op}")


def look_up(system: System, symbol: object, arguments: tuple[int, ...], state: State) -> int:
    """The value of a state function, table or definition at some arguments."""
    if isinstance(symbol, StateFunction):
        return state[system.cell(symbol, arguments)]
    if isinstance(symbol, Table):
        return symbol.values[symbol.index(arguments)]
    assert isinstance(symbol, Definition)
    names = (str(parameter.payload) for parameter in symbol.parameters)
    return evaluate(system, symbol.body, state, dict(zip(names, arguments, strict=True)))


def bind(action: Action, arguments: tuple[int, ...]) -> Environment:
    """The environment in which an action with these arguments is read."""
    return dict(zip((str(p.payload) for p in action.parameters), arguments, strict=True))


def successor(system: System, state: State, step: Step) -> State | None:
    """The state after a step, or None if the step is not enabled.

    Raises ModelError if an update leaves its function's interval or two updates disagree
    about a cell.
    """
    env = bind(step.action, step.arguments)
    if not evaluate(system, step.action.guard, state, env):
        return None
    written: dict[int, int] = {}
    for update in step.action.updates:
        sorts = [v.type.sort for v in update.over if isinstance(v.type, ElementType)]
        for choice in product(*(range(sort.size) for sort in sorts)):
            names = (str(v.payload) for v in update.over)
            inner = {**env, **dict(zip(names, choice, strict=True))}
            if not evaluate(system, update.where, state, inner):
                continue
            arguments = [evaluate(system, a, state, inner) for a in update.arguments]
            cell = system.cell(update.function, arguments)
            value = evaluate(system, update.value, state, inner)
            if not update.function.type.lo <= value <= update.function.type.hi:
                raise ModelError(f"{step}: {update.function.name} := {value} is out of range")
            if written.setdefault(cell, value) != value:
                raise ModelError(f"{step}: two updates of {update.function.name} disagree")
    after = list(state)
    for cell, value in written.items():
        after[cell] = value
    result = tuple(after)
    return None if result == state else result


def steps(system: System, state: State) -> Iterator[tuple[Step, State]]:
    """Every enabled step and the state it leads to, in the order of actions and arguments."""
    for action in system.actions:
        for arguments in product(*(range(sort.size) for sort in action.sorts)):
            step = Step(action, arguments)
            after = successor(system, state, step)
            if after is not None:
                yield step, after


def holds(system: System, expr: Expr, state: State) -> bool:
    """Whether a closed boolean expression is true in a state."""
    return bool(evaluate(system, expr, state, {}))
