"""The three semantics of the model agree: interpreter, explorer, Z3."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from checker.budget import Budget
from checker.engines import engine
from checker.engines.explicit import Explicit
from model.ir.system import System
from tests.model.test_walks import COUNTS
from tests.model.worlds import World
from tests.systems import systems

DEPTH = 4


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_explorer_and_interpreter_count_the_same_states(name: str) -> None:
    """On whole cluster models the explorer visits as many states, told apart by name, as
    tests/model pins for the interpreter; up to symmetry no more, with the same answers."""
    build, states, _ = COUNTS[name]
    system = World(build()).instance.system
    named = Explicit(symmetric=False).check(system, system.properties, Budget(seconds=120))
    quotient = Explicit().check(system, system.properties, Budget(seconds=120))
    assert {verdict.states for verdict in named} == {states}
    for one, other in zip(named, quotient, strict=True):
        assert one.outcome == other.outcome
        assert other.states is not None
        assert other.states <= states


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(systems(2))
def test_engines_agree_on_random_systems(system: System) -> None:
    """The bounded model checker finds a violation within its depth exactly where the explorer's
    shortest trace is that short; a lasso may be longer than the one that the other found."""
    exhaustive = engine("explicit").check(system, system.properties, Budget(seconds=60))
    bounded = engine("bmc").check(system, system.properties, Budget(seconds=60, depth=DEPTH))
    for prop, one, other in zip(system.properties, exhaustive, bounded, strict=True):
        steps_needed = len(one.trace.steps) if one.trace is not None else None
        if other.outcome == "violated":
            assert one.outcome == "violated", (prop.name, one, other)
        if other.outcome == "proved":
            assert one.outcome in ("proved", "unknown"), (prop.name, one, other)
        if one.outcome == "violated" and steps_needed is not None and prop.is_safety:
            assert (other.outcome == "violated") == (steps_needed <= DEPTH), (one, other)
