"""StatefulSets that are scaled: in order, and held up as the real controller was seen to be."""

from __future__ import annotations

import pytest

from model.api.statefulset import StatefulSet
from model.api.steps import Scale
from model.scenario import stepwise
from tests.model.worlds import Pod, World, scenario, workload


def world(before: int, *sizes: int, parallel: bool = False) -> World:
    steps = tuple(map(Scale, sizes))
    of = workload(before, kind="StatefulSet", stateful=StatefulSet(parallel=parallel))
    return World(scenario(stepwise(steps), 1, of))


def pods(*phases: str) -> list[Pod]:
    return [(phase, "" if phase in ("Absent", "Pending") else "node-1", 1) for phase in phases]


def deletes(found: World, size: int, *phases: str) -> set[int]:
    """The ordinals that may be deleted once so many replicas are asked for."""
    says = f"{size} replica{'' if size == 1 else 's'}"
    return found.chosen_slots(found.state(pods(*phases), change=says), "delete pod")


@pytest.mark.parametrize(
    ("phases", "size", "gone"),
    [
        # The highest ordinal first, one at a time.
        (("Ready", "Ready", "Ready"), 1, {2}),
        (("Ready", "Ready", "Terminating"), 1, set()),
        (("Ready", "Ready", "Absent"), 1, {1}),
        # A pod below the target that is not ready holds it up, one that is to go does not.
        (("Running", "Ready", "Ready"), 1, set()),
        (("Ready", "Running", "Ready"), 1, {2}),
        (("Ready", "Ready", "Running"), 1, {2}),
        (("Ready", "Ready", "Ready"), 0, {2}),
    ],
)
def test_ordered(phases: tuple[str, ...], size: int, gone: set[int]) -> None:
    assert deletes(world(3, size), size, *phases) == gone


def test_parallel_waits_for_nobody() -> None:
    found = world(3, 1, parallel=True)
    assert deletes(found, 1, "Running", "Ready", "Ready") == {1, 2}


def test_growing() -> None:
    """One after the other, each once those before it are ready; Parallel all at once."""
    found = world(1, 3)
    state = found.state(pods("Ready"), change="3 replicas")
    assert found.chosen_slots(state, "create pod") == {1}
    waiting = found.state(pods("Ready", "Running"), change="3 replicas")
    assert found.chosen_slots(waiting, "create pod") == set()
    all_ = world(1, 3, parallel=True)
    state = all_.state(pods("Ready"), change="3 replicas")
    assert all_.chosen_slots(state, "create pod") == {1, 2}


def test_down_and_up_again() -> None:
    """Who is to be deleted already is made again only when it is gone."""
    found = world(2, 1, 2)
    state = found.state(pods("Ready", "Terminating"), change="2 replicas", stepsTaken=2)
    assert found.chosen_slots(state, "create pod") == set()
    assert found.chosen_slots(found.after(state, "pod stopped"), "create pod") == {1}
