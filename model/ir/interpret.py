"""The meaning of a system: a scalar interpreter, short and obviously right.

Every other semantics (numpy, Z3) is tested against this one. Nothing here is fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from model.ir.expr import Expr
from model.ir.system import Action, Definition, State, StateFunction, System, Table
from model.ir.types import NONE, ElementType, ModelError

#: Variable name to element index.
Environment = Mapping[str, int]

#: The value of an expression in one state.
Value = Callable[[Expr, Environment], int]


@dataclass(frozen=True)
class Step:
    """One transition: an action and the elements chosen for its parameters."""

    action: Action
    arguments: tuple[int, ...]

    def __str__(self) -> str:
        return self.action.text.format_map(self._words)

    @property
    def why(self) -> str:
        """Why its actor may take it."""
        return self.action.why.format_map(self._words)

    @property
    def names(self) -> dict[str, str]:
        """The element that is chosen for each parameter."""
        return {
            str(p.payload): sort.elements[value]
            for p, sort, value in zip(
                self.action.parameters, self.action.sorts, self.arguments, strict=True
            )
        }

    @property
    def _words(self) -> dict[str, str]:
        return {**self.action.words, **self.names}


def evaluate(system: System, expr: Expr, state: State, env: Environment) -> int:
    """The value of an expression in a state, its free variables bound by `env`."""
    return evaluator(system, state)(expr, env)


def evaluator(system: System, state: State) -> Value:
    """What gives every expression its value in a state."""

    def value(expr: Expr, env: Environment) -> int:
        return compute(system, expr, state, env, value)

    return value


def memoised(system: System, state: State) -> Value:
    """The same, with every value kept: for whoever asks much about one state."""
    known: dict[tuple[object, ...], int] = {}

    def value(expr: Expr, env: Environment) -> int:
        if not expr.args and expr.op != "apply":
            return compute(system, expr, state, env, value)
        key = (expr, *(env[name] for name in expr.free))
        found = known.get(key)
        if found is None:
            found = known[key] = compute(system, expr, state, env, value)
        return found

    return value


def compute(system: System, expr: Expr, state: State, env: Environment, value: Value) -> int:
    """The value of an expression, those of its parts given by `value`."""
    args = expr.args
    match expr.op:
        case "const":
            assert isinstance(expr.payload, int)
            return expr.payload
        case "var":
            return env[str(expr.payload)]
        case "apply":
            arguments = tuple(value(arg, env) for arg in args)
            return look_up(system, expr.payload, arguments, state, value)
        case "get":
            argument = value(args[0], env)
            if argument == NONE:
                return value(args[1], env)
            return look_up(system, expr.payload, (argument,), state, value)
        case "not":
            return 1 - value(args[0], env)
        case "and":
            return int(all(value(arg, env) for arg in args))
        case "or":
            return int(any(value(arg, env) for arg in args))
        case "eq":
            return int(value(args[0], env) == value(args[1], env))
        case "lt":
            return int(value(args[0], env) < value(args[1], env))
        case "le":
            return int(value(args[0], env) <= value(args[1], env))
        case "add":
            return sum(value(arg, env) for arg in args)
        case "mul":
            return value(args[0], env) * value(args[1], env)
        case "div":
            return value(args[0], env) // value(args[1], env)
        case "mod":
            return value(args[0], env) % value(args[1], env)
        case "ite":
            return value(args[1] if value(args[0], env) else args[2], env)
    return quantified(expr, env, value)


def quantified(expr: Expr, env: Environment, value: Value) -> int:
    """The value of a quantifier: its body (and filter) at every element of its sort."""
    name, sort = expr.payload
    bodies = []
    for index in range(sort.size):
        row = [value(arg, {**env, name: index}) for arg in expr.args]
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
            return min(bodies, default=value(expr.args[2], env))
        case "max":
            return max(bodies, default=value(expr.args[2], env))
    raise ModelError(f"unknown operator {expr.op}")


def look_up(
    system: System, symbol: object, arguments: tuple[int, ...], state: State, value: Value
) -> int:
    """The value of a state function, table or definition at some arguments."""
    if isinstance(symbol, StateFunction):
        return state[system.cell(symbol, arguments)]
    if isinstance(symbol, Table):
        return symbol.values[symbol.index(arguments)]
    assert isinstance(symbol, Definition)
    names = (str(parameter.payload) for parameter in symbol.parameters)
    return value(symbol.body, dict(zip(names, arguments, strict=True)))


def bind(action: Action, arguments: tuple[int, ...]) -> Environment:
    """The environment in which an action with these arguments is read."""
    return dict(zip((str(p.payload) for p in action.parameters), arguments, strict=True))


def successor(system: System, state: State, step: Step, value: Value | None = None) -> State | None:
    """The state after a step, or None if the step is not enabled.

    `value` may be what `memoised` gives for the state. Raises ModelError if an update leaves its
    function's interval or two updates disagree about a cell.
    """
    value = value or evaluator(system, state)
    env = bind(step.action, step.arguments)
    if not value(step.action.guard, env):
        return None
    written: dict[int, int] = {}
    for update in step.action.updates:
        sorts = [v.type.sort for v in update.over if isinstance(v.type, ElementType)]
        for choice in product(*(range(sort.size) for sort in sorts)):
            names = (str(v.payload) for v in update.over)
            inner = {**env, **dict(zip(names, choice, strict=True))}
            if not value(update.where, inner):
                continue
            arguments = [value(argument, inner) for argument in update.arguments]
            cell = system.cell(update.function, arguments)
            new = value(update.value, inner)
            if not update.function.type.lo <= new <= update.function.type.hi:
                raise ModelError(f"{step}: {update.function.name} := {new} is out of range")
            if written.setdefault(cell, new) != new:
                raise ModelError(f"{step}: two updates of {update.function.name} disagree")
    after = list(state)
    for cell, new in written.items():
        after[cell] = new
    result = tuple(after)
    return None if result == state else result


def steps(system: System, state: State) -> Iterator[tuple[Step, State]]:
    """Every enabled step and the state it leads to, in the order of actions and arguments."""
    value = memoised(system, state)
    for action in system.actions:
        for arguments in product(*(range(sort.size) for sort in action.sorts)):
            step = Step(action, arguments)
            after = successor(system, state, step, value)
            if after is not None:
                yield step, after


def holds(system: System, expr: Expr, state: State) -> bool:
    """Whether a closed boolean expression is true in a state."""
    return bool(evaluate(system, expr, state, {}))
