"""Cone of influence keeps verdicts, and states but for what it drops."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings

from checker.reduce.cone import cone, groups, influence
from model.ir.builder import Builder
from model.ir.expr import TRUE, variable
from model.ir.system import Bound, Fairness, Property, System, assign
from model.ir.types import BOOL, IntType, Sort
from tests.checker.reduce.agree import TooLarge, agree, reachable
from tests.systems import random_system, systems


def waits_for_ever(system: System, group: list[Property]) -> bool:
    """Whether a step that a cone would drop only waits: those of the model wait for what comes to
    an end, those of random systems perhaps for ever, and then no run is fair."""
    kept = influence(system, group)
    return any(
        action.claim is not None and not any(update.function in kept for update in action.updates)
        for action in system.actions
    )


def compare(system: System) -> int:
    """How many of the groups of properties a cone was smaller for."""
    applied = 0
    for asked in (*([prop] for prop in system.properties), list(system.properties)):
        waits = waits_for_ever(system, asked)
        group = [prop for prop in asked if prop.is_safety or not waits]
        if not group:
            continue
        reduced = agree(system, group, cone)
        if reduced is not None:
            applied += 1
            kept = influence(system, group)
            assert reachable(reduced.system) == {
                tuple(v for (f, _), v in zip(system.cells, state, strict=True) if f in kept)
                for state in reachable(system)
            }
    return applied


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(systems())
def test_random_systems(system: System) -> None:
    """Every kind of property has the same answer in its cone; reachable states are the
    projections of reachable states; lifted traces show what they have to, fairly."""
    try:
        compare(system)
    except TooLarge:
        assume(False)


def test_it_applies() -> None:
    """The random systems do have parts that properties cannot see."""
    found = 0
    for seed in range(6):
        try:
            found += compare(random_system(seed, 2))
        except TooLarge:
            continue
    assert found


def clocked(fairness: Fairness) -> System:
    """A lamp that nobody has to switch, a clock of three hours that ticks, and a flag that the
    lamp's switch writes as well."""
    b = Builder("lamp and clock")
    lamp = b.function("lamp", (), BOOL, 0)
    hour = b.function("hour", (), IntType(0, 2), 0)
    used = b.function("used", (), BOOL, 0)
    b.action("switch", "user", [], TRUE, [assign(lamp(), ~lamp()), assign(used(), True)])
    tick = assign(hour(), (hour() + 1) % 3)
    b.action("tick", "clock", [], TRUE, [tick], fairness=fairness)
    b.properties += [
        Property("lit", "always eventually", lamp()),
        Property("dark", "eventually always", ~lamp()),
        Property("midnight", "always eventually", hour() == 0),
        Property("off", "always", ~lamp()),
    ]
    return b.build()


@pytest.mark.parametrize("fairness", ["none", "weak", "strong"])
def test_dropped_actions_are_served_in_a_lifted_loop(fairness: Fairness) -> None:
    """The clock is no part of the lamp's cone, and a fair clock ticks in the lamp's loops."""
    system = clocked(fairness)
    (lit, dark, midnight, off) = system.properties
    assert groups(system, system.properties) == [[lit, dark, off], [midnight]]
    reduced = agree(system, [lit, dark, off], cone)
    assert reduced is not None
    assert [f.name for f in reduced.system.functions] == ["lamp"]
    assert [a.name for a in reduced.system.actions] == ["switch"]
    assert reduced.says == ("cone of influence: 1 of 3 state functions, 1 of 2 actions",)
    agree(system, [midnight], cone)


def test_a_fair_step_that_is_invisible_is_kept() -> None:
    """A fair action that may change nothing but what the property cannot see is enabled there all
    the same: dropping its other update would make runs fair that are not."""
    b = Builder("invisible step")
    seen = b.function("seen", (), BOOL, 0)
    hidden = b.function("hidden", (), BOOL, 1)
    both = [assign(seen(), False), assign(hidden(), ~hidden())]
    b.action("work", "worker", [], TRUE, both, fairness="weak")
    b.properties.append(Property("never seen", "always", ~seen()))
    b.properties.append(Property("seen", "eventually", seen()))
    system = b.build()
    safety, live = system.properties
    assert influence(system, [safety]) == {seen}
    assert influence(system, [live]) == {seen, hidden}


def test_a_bound_on_what_is_not_seen_is_dropped() -> None:
    """A bound counts where it reads something of the cone, and then all that it reads counts."""
    b = Builder("bounds")
    left = b.function("left", (), BOOL, 0)
    right = b.function("right", (), BOOL, 0)
    far = b.function("far", (), BOOL, 0)
    for function in (left, right, far):
        b.action(f"set {function.name}", "user", [], ~function(), [assign(function(), True)])
    b.bounds.append(Bound("near", left() & right(), "near"))
    b.bounds.append(Bound("far", far(), "far"))
    b.properties.append(Property("never left", "always", ~left()))
    system = b.build()
    reduced = agree(system, system.properties, cone)
    assert reduced is not None
    assert [bound.name for bound in reduced.system.bounds] == ["near"]
    assert reduced.system.functions == (left, right)


def test_unread_tables_are_dropped() -> None:
    """A table that only a dropped action reads tells elements apart no more."""
    b = Builder("tables")
    sort = Sort("Node", ("a", "b"), symmetric=True)
    big = b.table("big", (sort,), BOOL, [0, 1])
    up = b.function("up", (sort,), BOOL, 1)
    used = b.function("used", (sort,), BOOL, 0)
    n = variable("n", sort)
    b.action("crash", "fault", [n], up[n], [assign(up[n], False)])
    b.action("use", "user", [n], big[n], [assign(used[n], True)])
    from model.ir.quantifier import exists

    b.properties.append(Property("one up", "always", exists(sort, lambda m: up[m])))
    system = b.build()
    reduced = agree(system, system.properties, cone)
    assert reduced is not None
    assert reduced.system.tables == ()
