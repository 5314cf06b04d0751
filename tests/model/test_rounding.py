"""The arithmetic of rollouts and budgets: what percentages come to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.api.intstr import IntOrPercent
from model.controllers.budgetstatus import healthy_needed
from model.controllers.deployment_view import limits
from tests.model.worlds import World, amount, budget, scenario, workload

DEFAULT = "25%"


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        (1, DEFAULT, DEFAULT, (1, 0)),
        (3, DEFAULT, DEFAULT, (1, 0)),
        (4, DEFAULT, DEFAULT, (1, 1)),
        (5, DEFAULT, DEFAULT, (2, 1)),
        (7, DEFAULT, DEFAULT, (2, 1)),
        (8, DEFAULT, DEFAULT, (2, 2)),
        (10, "30%", "30%", (3, 3)),
        (10, "1%", "1%", (1, 0)),
        (10, "100%", "100%", (10, 10)),
        (3, 5, 0, (5, 0)),
        (3, 0, 5, (0, 3)),
        (3, "200%", 0, (6, 0)),
        (3, 0, "33%", (0, 1)),
        (4, 0, "33%", (0, 1)),
        (2, "0%", "49%", (0, 1)),
        (0, DEFAULT, DEFAULT, (0, 0)),
        (0, 2, 2, (2, 0)),
    ],
)
def test_fenceposts(
    replicas: int, surge: int | str, unavailable: int | str, expected: tuple[int, int]
) -> None:
    """Surge rounds up and is not capped, unavailable rounds down and is at most replicas, and
    where both come to 0 one replica may be unavailable."""
    assert workload(replicas, surge, unavailable).rounded == expected


@pytest.mark.parametrize("changes", [{"strategy": "Recreate"}, {"kind": "ReplicaSet"}])
def test_only_rolling_updates_have_fenceposts(changes: dict[str, Any]) -> None:
    """Neither strategy Recreate nor a bare ReplicaSet surges."""
    assert workload(4, 2, 2, **changes).rounded == (0, 0)


@given(st.integers(0, 200), st.integers(0, 500), st.booleans())
@settings(deadline=None, max_examples=100)
def test_percentages_round_to_the_nearest_whole_in_one_direction(
    percent: int, total: int, up: bool
) -> None:
    """A percentage is off by less than one, above when it rounds up and below when down."""
    exact = percent * total
    count = IntOrPercent(percent, percent=True).scaled(total, round_up=up) * 100
    assert exact <= count < exact + 100 if up else exact - 100 < count <= exact


@given(
    st.integers(0, 40),
    st.one_of(st.integers(0, 5), st.integers(0, 200).map("{}%".format)),
    st.one_of(st.integers(0, 5), st.integers(0, 100).map("{}%".format)),
)
@settings(deadline=None, max_examples=60)
def test_the_controller_rounds_as_the_user_expects(
    replicas: int, surge: int | str, unavailable: int | str
) -> None:
    """Without a seeded fault the controller's limits are the fenceposts."""
    asked = workload(replicas, surge, unavailable)
    assert limits(scenario(of=asked)) == asked.rounded


@pytest.mark.parametrize(
    ("mutation", "replicas", "surge", "unavailable", "expected"),
    [
        ("surge-rounds-down", 5, "25%", "25%", (1, 1)),
        ("surge-rounds-down", 3, "25%", "25%", (0, 1)),
        ("surge-one-too-many", 3, 1, 0, (2, 0)),
        ("unavailable-rounds-up", 3, "25%", "25%", (1, 1)),
        ("unavailable-one-too-many", 3, 1, 0, (1, 1)),
        ("unavailable-one-too-many", 3, 1, 3, (1, 3)),
        ("both-zero-stays", 3, "0%", "25%", (0, 0)),
    ],
)
def test_seeded_rounding_faults(
    mutation: str, replicas: int, surge: int | str, unavailable: int | str, expected: object
) -> None:
    """Each rounding fault changes the controller's limits, never what the user asked for."""
    asked = workload(replicas, surge, unavailable)
    before = asked.rounded
    assert limits(scenario(of=asked, mutations=[mutation])) == expected
    assert asked.rounded == before


@pytest.mark.parametrize(
    ("minimum", "maximum", "replicas", "expected"),
    [
        (2, None, 3, 2),
        (5, None, 3, 5),
        (0, None, 3, 0),
        ("50%", None, 3, 2),
        ("50%", None, 4, 2),
        ("1%", None, 3, 1),
        ("100%", None, 3, 3),
        (None, 1, 3, 2),
        (None, 0, 3, 3),
        (None, 5, 3, 0),
        (None, "50%", 3, 1),
        (None, "30%", 3, 2),
        (None, "34%", 3, 1),
        (None, "0%", 3, 3),
    ],
)
def test_healthy_pods_that_a_budget_needs(
    minimum: int | str | None, maximum: int | str | None, replicas: int, expected: int
) -> None:
    """Percentages round up on both sides: of minAvailable what must stay, of maxUnavailable what
    may go; never below 0."""
    assert healthy_needed(budget(minimum, maximum), replicas) == expected


def test_amounts_show_as_they_are_written() -> None:
    """An amount reads back as the user wrote it."""
    assert [str(amount(a)) for a in (0, 3, "25%")] == ["0", "3", "25%"]


def test_a_budget_of_zero_and_zero_still_rolls() -> None:
    """With percentages that both round to 0 the rollout may take one replica down."""
    world = World(scenario("rollout", of=workload(3, "0%", "25%")))
    state = world.after(world.state(), "change template", "create ReplicaSet", "scale down")
    assert world.read(state, "replicas") == [2, 0]
