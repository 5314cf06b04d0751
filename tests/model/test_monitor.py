"""What a monitor says of steps is what the interpreter says of each of them, on random systems."""

from __future__ import annotations

from collections import deque

import pytest

from checker.engines import engine
from model.ir.check import check, reads
from model.ir.expr import Expr
from model.ir.interpret import Environment, compute, evaluate, look_up, steps
from model.ir.monitor import Steps
from model.ir.system import Property, State, StateFunction, System
from model.ir.types import ModelError
from tests.effort import busy, effort
from tests.systems.generator import Maker, SymmetricMaker


def between(
    system: System,
    formula: Expr,
    after: dict[StateFunction, StateFunction],
    pair: tuple[State, State],
) -> bool:
    """A formula about two states, by the interpreter."""
    old, new = pair

    def value(expr: Expr, env: Environment) -> int:
        if expr.op in ("apply", "get") and expr.payload in after:
            arguments = tuple(value(arg, env) for arg in expr.args)
            return look_up(system, after[expr.payload], arguments, new, value)
        return compute(system, expr, old, env, value)

    return bool(value(formula, {}))


def changed(system: System, read: set[StateFunction], pair: tuple[State, State]) -> bool:
    """Whether a step changes something that is read."""
    return any(
        one != other and function in read
        for (function, _), one, other in zip(system.cells, *pair, strict=True)
    )


def nearest(system: System, formula: Expr, after: dict[StateFunction, StateFunction]) -> int | None:
    """The number of steps up to the first at which a formula does not hold."""
    read = {after.get(function, function) for function in reads(formula)}
    known, todo = {*system.initial}, deque((state, 0) for state in system.initial)
    while todo:
        state, distance = todo.popleft()
        for _, then in steps(system, state):
            pair = state, then
            if changed(system, read, pair) and not between(system, formula, after, pair):
                return distance + 1
            if then not in known:
                known.add(then)
                todo.append((then, distance + 1))
    return None


def drawn(
    seed: int, form: type[Maker]
) -> tuple[System, System, Expr, dict[StateFunction, StateFunction]] | None:
    """A random system, the same with a monitor of a random formula about its steps, and that."""
    maker = form(seed, 2)
    maker.make()
    builder = maker.builder
    builder.properties.clear()
    plain = builder.build()
    watched = Steps(builder)
    try:
        one, other = maker.boolean([], 2), watched.after(maker.boolean([], 2))
        formula = maker.random.choice(
            (one.implies(other), one | other, other, ~other, one == other)
        )
        seen = watched.watch("seen", formula, wanted=False)
    except ModelError:
        return None
    builder.properties.append(Property("steps", "always", ~seen()))
    after = {then: function for function, then in watched.pairs}
    return plain, builder.build(), formula, after


@pytest.mark.parametrize("form", [Maker, SymmetricMaker])
def test_a_monitor_sees_what_steps_do(form: type[Maker]) -> None:
    """The verdict, the number of steps, and that nothing else is another system."""
    tried = {"violated": 0, "proved": 0}
    for seed in range(effort(300, 3000)):
        found = drawn(seed, form)
        if found is None:
            continue
        plain, watched, formula, after = found
        distance = nearest(plain, formula, after)
        (verdict,) = engine("explicit").check(watched, watched.properties, busy(60))
        if verdict.outcome not in tried:
            continue
        assert (verdict.outcome == "violated") == (distance is not None), seed
        if verdict.trace is not None:
            assert len(verdict.trace.steps) == distance
        tried[verdict.outcome] += 1
    assert min(tried.values()) >= 10, tried


def test_z3_agrees() -> None:
    """Bounded runs find what is violated, as soon."""
    violated = 0
    for seed in range(effort(25, 250)):
        found = drawn(seed, Maker)
        if found is None:
            continue
        plain, watched, formula, after = found
        distance = nearest(plain, formula, after)
        if distance is None or distance > 6:
            continue
        (verdict,) = engine("bmc").check(watched, watched.properties, busy(60, depth=8))
        assert verdict.outcome == "violated", seed
        violated += 1
    assert violated >= 3


def test_a_monitor_leaves_the_runs_as_they_are() -> None:
    """Each state of the plain system has the same successors beside the monitor."""
    for seed in range(20):
        found = drawn(seed, Maker)
        if found is None:
            continue
        plain, watched, _, _ = found
        assert check(watched) == ()
        for state in plain.initial:
            whole = (*state, 0)
            wide = {then[:-1] for _, then in steps(watched, whole)}
            assert wide == {then for _, then in steps(plain, state)}
            assert evaluate(watched, watched.properties[0].p, whole, {}) == 1
