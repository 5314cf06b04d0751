"""Partial order reduction, checked against the full search."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from checker.budget import Budget
from checker.engines.explicit import Explicit
from checker.reduce.order import order
from checker.reduce.within import within
from model.ir.builder import Builder
from model.ir.expr import TRUE, conj, variable
from model.ir.quantifier import exists
from model.ir.system import Action, Property, PropertyKind, StateFunction, System, assign
from model.ir.types import BOOL, IntType, Sort
from tests.checker.reduce.agree import TooLarge, agree, shows
from tests.systems import random_system


def disturbed(seed: int) -> System:
    """A random system, some of whose actions need a gate that may close a few times and that only
    a step that commutes with the others opens; and workers whose steps nobody sees."""
    draw = random.Random(seed)
    system = random_system(seed, draw.randint(1, 2), symmetric=draw.random() < 0.5)
    gate = StateFunction("gate", (), BOOL)
    left = StateFunction("closings left", (), IntType(0, 2))
    worker = Sort("Worker", ("w0", "w1"), symmetric=draw.random() < 0.5)
    done = StateFunction("done", (worker,), BOOL)
    w = variable("worker", worker)
    opens = Action("open", "gate", (), ~gate(), (assign(gate(), True),))
    closes = Action(
        "close",
        "gate",
        (),
        gate() & (left() > 0),
        (assign(gate(), False), assign(left(), left() - 1)),
    )
    works = Action("work", "worker", (w,), ~done[w], (assign(done[w], True),))
    actions = [
        replace(a, guard=conj(gate(), a.guard)) if draw.random() < 0.5 else a
        for a in system.actions
    ]
    actions += draw.sample([opens, closes, works], draw.randint(2, 3))
    draw.shuffle(actions)
    return replace(
        system,
        functions=(*system.functions, gate, left, done),
        initial=tuple((*s, 1, 2, 0, draw.randint(0, 1)) for s in system.initial),
        actions=tuple(actions),
        properties=tuple(p for p in system.properties if p.is_safety),
    )


def compare(system: System) -> bool:
    """Whether it applies; if so, verdicts are those of the full search, and so are the traces
    that an engine reports."""
    reduced = agree(system, system.properties, order)
    if reduced is None:
        return False
    full = Explicit().check(system, system.properties, Budget())
    found = within(["order"], Explicit().check, system, system.properties, Budget())
    for prop, one, other in zip(system.properties, full, found, strict=True):
        assert other.outcome == one.outcome
        if any(verdict.trace is None for verdict in full):
            # Both went through all states.
            assert other.idle == one.idle
        if one.trace is not None and other.trace is not None:
            shows(system, prop, other.trace)
            assert len(other.trace.steps) == len(one.trace.steps)
    return True


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32 - 1))
def test_random_systems(seed: int) -> None:
    """Random systems with steps that commute: the same verdicts, shortest traces and enabled
    actions as without the reduction."""
    try:
        compare(disturbed(seed))
    except TooLarge:
        assume(False)


def test_it_applies() -> None:
    """Most of these systems have something to reduce."""
    applied = 0
    for seed in range(10):
        system = disturbed(seed)
        applied += order(system, system.properties) is not None
    assert applied >= 5


def teams(size: int) -> System:
    """Workers that finish, seen by nobody, while a counter goes up to a limit."""
    b = Builder("teams")
    worker = Sort("Worker", tuple(f"w{i}" for i in range(size)), symmetric=True)
    done = b.function("done", (worker,), BOOL, 0)
    number = b.function("number", (), IntType(0, 9), 0)
    w = variable("worker", worker)
    b.action("count", "counter", [], number() < 9, [assign(number(), number() + 1)])
    b.action("finish", "worker", [w], ~done[w], [assign(done[w], True)])
    b.properties.append(Property("below five", "always", number() < 5))
    b.properties.append(Property("below ten", "always", number() < 10))
    return b.build()


def test_a_product_becomes_a_sum() -> None:
    """All workers finish before the counter counts: 9 + 20 states in place of 10 * 21."""
    system = teams(20)
    reduced = agree(system, system.properties, order)
    assert reduced is not None
    assert reduced.says == ("partial order: worker: finish first",)
    never = [system.property("below ten")]
    (full,) = Explicit().check(system, never, Budget())
    (small,) = Explicit().check(reduced.system, never, Budget())
    assert (full.states, small.states) == (210, 30)


def test_the_shortest_trace_is_reported() -> None:
    """A violation that is found late is looked for in the full system, and found sooner."""
    system = teams(3)
    (prop, _) = system.properties
    (verdict,) = within(["order"], Explicit().check, system, [prop], Budget())
    assert verdict.trace is not None
    assert len(verdict.trace.steps) == 5


@pytest.mark.parametrize(
    "reason", ["it is seen", "it is read", "it goes on for ever", "it is disabled", "liveness"]
)
def test_what_is_left_alone(reason: str) -> None:
    """A step that is seen, that others read, that can be disabled or that need not end keeps its
    place; so does every step where a property is about fair runs."""
    b = Builder(reason)
    flag = b.function("flag", (), BOOL, 0)
    other = b.function("other", (), BOOL, 0)
    value = ~flag() if reason == "it goes on for ever" else TRUE
    guard = TRUE if reason == "it goes on for ever" else ~flag()
    if reason == "it is disabled":
        guard = guard & ~other()
    b.action("raise", "x", [], guard, [assign(flag(), value)])
    watched = flag() if reason == "it is read" else TRUE
    b.action("turn", "y", [], ~other() & watched, [assign(other(), True)])
    seen = (flag() | other()) if reason == "it is seen" else other()
    kind: PropertyKind = "eventually" if reason == "liveness" else "always"
    b.properties.append(Property("p", kind, ~seen))
    system = b.build()
    assert order(system, system.properties) is None


def test_locked_steps_may_depend_on_it() -> None:
    """What needs an open gate is locked while it is closed, so that opening it goes first; a
    fault that may come at any time waits."""
    b = Builder("gate")
    gate = b.function("gate", (), BOOL, 0)
    used = b.function("used", (), BOOL, 0)
    sort = Sort("Node", ("a", "b"), symmetric=True)
    up = b.function("up", (sort,), BOOL, 1)
    n = variable("n", sort)
    b.action("open", "gate", [], ~gate(), [assign(gate(), True)])
    b.action("close", "gate", [], gate(), [assign(gate(), False)])
    b.action("use", "user", [], gate() & ~used(), [assign(used(), True)])
    b.action("crash", "fault", [n], up[n], [assign(up[n], False)])
    b.properties.append(Property("unused", "always", ~used()))
    b.properties.append(Property("some up", "always", exists(sort, lambda m: up[m])))
    system = b.build()
    reduced = agree(system, system.properties, order)
    assert reduced is not None
    assert reduced.says == ("partial order: gate: open first",)
