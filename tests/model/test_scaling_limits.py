"""Bounds, windows and policies of scaling: the situations of upstream's horizontal_test.go
(v1.36.3), in a form of our own."""

from __future__ import annotations

import pytest

from model.api.horizontalpodautoscaler import (
    SCALE_DOWN,
    SCALE_UP,
    Behavior,
    Bounds,
    Policy,
    Rules,
)
from model.controllers import scalinglimits
from model.controllers.scalinglimits import Memory, Past


def rules(*, pods: int = 0, percent: int = 0, period: int = 60, other: int = 60) -> Rules:
    """`period` is that of the policy of pods, `other` that of the percentage."""
    policies = [Policy("Pods", pods, period)] if pods else []
    policies += [Policy("Percent", percent, other)] if percent else []
    return Rules(tuple(policies))


def spread(*numbers: int, over: int = 120) -> tuple[Past, ...]:
    """Events in the middle of equal parts of the last seconds."""
    part = over / len(numbers)
    return tuple(
        Past(number, int(over - part * (index + 0.5))) for index, number in enumerate(numbers)
    )


@pytest.mark.parametrize(
    ("current", "proposal", "bounds", "expected"),
    [
        (5, 7, (3, 8), 7),
        (3, 1, (2, 8), 2),
        (1, 0, (0, 10), 0),
        (20, 1000, (1, 10), 10),
        (3, 1000, (1, 2000), 6),
        (1, 1000, (1, 2000), 4),
    ],
)
def test_without_behavior_replicas_double_at_most(
    current: int, proposal: int, bounds: tuple[int, int], expected: int
) -> None:
    assert scalinglimits.limited(current, proposal, Bounds(*bounds)) == expected


@pytest.mark.parametrize(
    ("past", "proposal", "expected"),
    [
        ([], 5, 5),
        ([(4, 120), (5, 60)], 3, 5),
        ([(1, 120), (2, 60)], 3, 3),
        ([(10, 600), (9, 540)], 3, 3),
        ([(10, 600), (4, 60), (5, 120), (9, 540)], 3, 5),
    ],
)
def test_without_behavior_the_highest_proposal_of_five_minutes_counts(
    past: list[tuple[int, int]], proposal: int, expected: int
) -> None:
    memory = Memory([Past(*each) for each in past])
    assert scalinglimits.limited(100, proposal, Bounds(1, 1000), memory) == expected


UPS = spread(1, 5, 9)
SEVERAL = spread(8, 12, 9, 11)


@pytest.mark.parametrize(
    ("current", "proposal", "most", "up", "memory", "expected"),
    [
        (5, 7, 8, SCALE_UP, Memory(), 7),
        (20, 1000, 10, SCALE_UP, Memory(), 10),
        (100, 1000, 150, SCALE_UP, Memory(), 150),
        (3, 1000, 2000, rules(percent=1), Memory(), 4),
        (10, 50, 1000, SCALE_UP, Memory(), 20),
        (10, 500, 1000, rules(pods=100, percent=100), Memory(), 110),
        (10, 500, 1000, rules(pods=2, percent=100), Memory(), 20),
        (10, 50, 1000, rules(pods=100), Memory(), 50),
        (10, 50, 1000, rules(pods=10000), Memory(), 50),
        (10, 50, 1000, rules(pods=30), Memory(), 40),
        (10, 50, 1000, rules(percent=200), Memory(), 30),
        # With what was done in the period.
        (100, 500, 200, rules(pods=300), Memory(ups=UPS), 200),
        (100, 500, 200, rules(percent=10000), Memory(ups=UPS), 200),
        (100, 500, 1000, rules(pods=5, period=120), Memory(ups=UPS), 100),
        (100, 500, 1000, rules(pods=150, period=120), Memory(ups=UPS), 235),
        (100, 500, 1000, rules(percent=200, other=120), Memory(ups=UPS), 255),
        (
            6,
            24,
            1000,
            rules(percent=300, other=300),
            Memory(ups=spread(4), downs=spread(2)),
            16,
        ),
        (100, 200, 1000, rules(pods=1000), Memory(ups=SEVERAL), 200),
        (100, 200, 1000, rules(pods=1000, percent=100, period=120), Memory(ups=SEVERAL), 200),
        (100, 200, 1000, rules(pods=1000, percent=100, period=30), Memory(ups=SEVERAL), 200),
    ],
)
def test_policies_limit_how_far_up(  # noqa: PLR0917
    current: int, proposal: int, most: int, up: Rules, memory: Memory, expected: int
) -> None:
    behavior = Behavior(up, SCALE_DOWN)
    found = scalinglimits.limited(current, proposal, Bounds(1, most), memory, behavior)
    assert found == expected


TENS = spread(10, 10, 10)


@pytest.mark.parametrize(
    ("current", "proposal", "least", "down", "memory", "expected"),
    [
        (3, 1, 2, SCALE_DOWN, Memory(), 2),
        (1, 0, 0, SCALE_DOWN, Memory(), 0),
        (1000, 3, 3, rules(pods=20), Memory(), 980),
        (100, 2, 1, rules(pods=20, percent=1), Memory(), 80),
        (100, 2, 1, rules(pods=2, percent=1), Memory(), 98),
        (10, 0, 1, rules(pods=100), Memory(), 1),
        (10, 2, 5, rules(percent=100), Memory(), 5),
        (10, 2, 1, rules(pods=5), Memory(), 5),
        (10, 5, 1, rules(percent=50), Memory(), 5),
        (10, 5, 1, SCALE_DOWN, Memory(downs=UPS), 5),
        (100, 0, 1, rules(pods=115, period=120), Memory(downs=UPS), 1),
        (100, 0, 5, rules(pods=130, period=120), Memory(downs=UPS), 5),
        (100, 2, 5, rules(percent=100, other=120), Memory(downs=UPS), 5),
        (100, 2, 1, rules(pods=5, period=120), Memory(downs=UPS), 100),
        (100, 0, 1, rules(percent=50, other=120), Memory(downs=spread(2, 4, 6)), 56),
        (
            10,
            1,
            1,
            rules(percent=50, other=180),
            Memory(ups=spread(2), downs=spread(4)),
            6,
        ),
        (100, 0, 1, rules(percent=10, other=120), Memory(downs=TENS), 100),
        (10, 5, 1, rules(percent=1000, other=120), Memory(downs=TENS), 5),
        (100, 5, 1, rules(pods=1000), Memory(downs=SEVERAL), 5),
        (100, 5, 1, rules(pods=1000, percent=100, period=120), Memory(downs=SEVERAL), 5),
        (100, 5, 1, rules(pods=1000, percent=100, period=30), Memory(downs=SEVERAL), 5),
    ],
)
def test_policies_limit_how_far_down(  # noqa: PLR0917
    current: int, proposal: int, least: int, down: Rules, memory: Memory, expected: int
) -> None:
    behavior = Behavior(SCALE_UP, down)
    found = scalinglimits.limited(current, proposal, Bounds(least, 1000), memory, behavior)
    assert found == expected


@pytest.mark.parametrize(
    ("past", "current", "proposal", "up", "down", "expected"),
    [
        ([], 100, 5, 0, 0, 5),
        ([(4, 120), (5, 60)], 100, 3, 0, 180, 5),
        ([(4, 120), (5, 60)], 1, 7, 300, 0, 4),
        ([(1, 120), (2, 60)], 100, 3, 300, 0, 3),
        ([(4, 120), (5, 60)], 1, 3, 0, 300, 3),
        ([(10, 600), (9, 540)], 100, 3, 0, 0, 3),
        ([(10, 600), (9, 540)], 1, 100, 0, 0, 100),
        ([(10, 600), (4, 60), (5, 120), (9, 540)], 100, 3, 0, 180, 5),
        ([(10, 6000), (6, 60), (5, 120), (9, 180)], 1, 100, 300, 0, 5),
        # Neither up nor down while proposals were on both sides.
        ([(2, 6000), (3, 180)], 2, 1, 300, 300, 2),
        ([(2, 6000), (1, 180)], 2, 3, 300, 300, 2),
    ],
)
def test_windows_wait_for_agreement(  # noqa: PLR0917
    past: list[tuple[int, int]], current: int, proposal: int, up: int, down: int, expected: int
) -> None:
    behavior = Behavior(Rules((), window=up), Rules((), window=down))
    memory = Memory([Past(*each) for each in past])
    assert scalinglimits.stabilized(current, proposal, memory, behavior) == expected


@pytest.mark.parametrize(
    ("select", "up", "down"), [("Max", 12, 5), ("Min", 11, 9), ("Disabled", 10, 10)]
)
def test_which_policy_is_selected(select: str, up: int, down: int) -> None:
    """The one that changes most, the one that changes least, or none."""
    policies = (Policy("Pods", 1, 60), Policy("Percent", 20, 60))
    behavior = Behavior(
        Rules(policies, select),  # type: ignore[arg-type]
        Rules((Policy("Pods", 1, 60), Policy("Percent", 50, 60)), select),  # type: ignore[arg-type]
    )
    bounds = Bounds(1, 100)
    assert scalinglimits.limited(10, 99, bounds, Memory(), behavior) == up
    assert scalinglimits.limited(10, 1, bounds, Memory(), behavior) == down


def test_replicas_outside_the_bounds_are_not_measured() -> None:
    """Except for none at all, which turns scaling off."""
    bounds = Bounds(2, 6)
    asked = {current: scalinglimits.outside(current, bounds) for current in (0, 1, 2, 6, 7)}
    assert asked == {0: 0, 1: 2, 2: None, 6: None, 7: 6}
