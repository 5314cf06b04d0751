"""The engine never contradicts the interpreter on random systems."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings

from checker.engines.swarm import RandomWalks
from model.ir.system import System
from tests.checker.explicit.naive import Naive, TooLarge
from tests.checker.explicit.test_differential import expected, witnesses
from tests.effort import busy
from tests.systems import random_system, systems


def compare(system: System, *, complete: bool) -> None:
    """Every answer is right and its trace shows it; if `complete`, there is one wherever there
    is something to find."""
    naive = Naive(system, 150)
    verdicts = RandomWalks().check(system, system.properties, busy(60))
    for prop, verdict in zip(system.properties, verdicts, strict=True):
        right = expected(system, prop, naive)
        decided = "proved" if prop.kind == "reachable" else "violated"
        assert verdict.outcome in (decided, "unknown")
        if verdict.outcome == decided or complete:
            assert (verdict.outcome == decided) == (right == decided), prop.name
        if verdict.trace is not None:
            witnesses(system, prop, verdict.trace, naive)


@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.filter_too_much],
)
@given(systems())
def test_random_systems(system: System) -> None:
    """What it finds is there."""
    try:
        compare(system, complete=False)
    except TooLarge:
        assume(False)


@pytest.mark.parametrize("seed", range(12))
def test_small_systems_are_seen_whole(seed: int) -> None:
    """On systems of a few states nothing is missed, fair cycles included."""
    try:
        compare(random_system(seed, 2), complete=True)
    except TooLarge:
        pytest.skip("too large for the dumb explorer")
