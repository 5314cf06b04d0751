"""Which orders of steps may be left out, and which may not."""

from __future__ import annotations

import pytest

from checker.budget import Budget
from checker.engines.bmc import BoundedModelChecker
from checker.smt.normal import interchangeable
from checker.verdict import Verdict
from model.ir.builder import Builder
from model.ir.expr import Literalish
from model.ir.system import Property, StateFunction, System, assign
from model.ir.types import BOOL, ElementType, Sort


def switches(first: Literalish = True) -> tuple[Builder, StateFunction, StateFunction]:
    """Two switches that are off; the first action turns on the first."""
    build = Builder("switches")
    one = build.function("one", (), BOOL, 0)
    two = build.function("two", (), BOOL, 0)
    build.action("first", "user", [], first, [assign(one(), True)], fairness="weak")
    return build, one, two


def only(system: System) -> Verdict:
    (verdict,) = BoundedModelChecker().check(system, system.properties, Budget(depth=3))
    return verdict


def test_a_step_that_ends_what_another_needs_comes_after_it() -> None:
    """The second action reads what the first writes: only one order has both."""
    build, one, two = switches()
    build.action("second", "user", [], ~one(), [assign(two(), True)])
    build.properties.append(Property("both", "reachable", one() & two()))
    assert [str(step) for step in only(build.build()).trace.steps] == ["second", "first"]


def test_a_step_that_another_waits_for_comes_before_it() -> None:
    """The first action reads what the second writes."""
    build, one, two = switches()
    build.actions.clear()
    build.action("first", "user", [], two(), [assign(one(), True)])
    build.action("second", "user", [], True, [assign(two(), True)])
    build.properties.append(Property("both", "reachable", one() & two()))
    assert [str(step) for step in only(build.build()).trace.steps] == ["second", "first"]


@pytest.mark.parametrize("kind", ["eventually", "leads to"])
def test_the_order_of_steps_that_a_property_sees_matters(kind: str) -> None:
    """Independent steps pass through a state that only one of their orders has."""
    build, one, two = switches()
    build.action("second", "user", [], True, [assign(two(), True)], fairness="weak")
    if kind == "eventually":
        prop = Property("alone", "eventually", one() & ~two())
    else:
        prop = Property("never alone", "leads to", two() & ~one(), False & one())
    build.properties.append(prop)
    verdict = only(build.build())
    assert [str(step) for step in verdict.trace.steps] == ["second", "first"]


def test_elements_that_the_start_or_a_table_tells_apart_are_not_interchangeable() -> None:
    """Renaming must change neither the initial state nor a constant."""
    thing = Sort("Thing", ("a", "b", "c"), symmetric=True)
    build = Builder("things")
    build.function("on", (thing,), BOOL, (1, 1, 0))
    friend = build.function("friend", (thing,), ElementType(thing, optional=True), -1)
    system = build.build()
    assert interchangeable(system, thing, 0, 1)
    assert not interchangeable(system, thing, 1, 2)
    build.values[friend] = (1, 0, -1)
    assert interchangeable(build.build(), thing, 0, 1)
    build.values[friend] = (1, 1, -1)
    assert not interchangeable(build.build(), thing, 0, 1)
    build.values[friend] = (-1, -1, -1)
    build.table("odd", (thing,), BOOL, (0, 1, 0))
    assert not interchangeable(build.build(), thing, 0, 1)
