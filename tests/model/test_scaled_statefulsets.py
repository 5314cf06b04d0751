"""StatefulSets that are scaled: in order, and held up as the real controller was seen to be."""

from __future__ import annotations

import pytest

from model.api.change import stepwise
from model.api.statefulset import StatefulSet
from model.api.steps import DeletePod, Scale, SetImage, SetPartition, Step
from tests.model.worlds import Pod, World, scenario, workload


def world(before: int, *sizes: int, parallel: bool = False) -> World:
    steps = tuple(map(Scale, sizes))
    of = workload(before, kind="StatefulSet", stateful=StatefulSet(parallel=parallel))
    return World(scenario(stepwise(steps), 1, of))


def rolling(
    before: int, *steps: Step, of: StatefulSet | None = None, min_ready_seconds: int = 0
) -> World:
    """A StatefulSet whose template changes besides."""
    made = workload(
        before,
        kind="StatefulSet",
        stateful=of or StatefulSet(),
        min_ready_seconds=min_ready_seconds,
    )
    return World(scenario(stepwise(steps), 1, made))


def pods(*phases: str) -> list[Pod]:
    return [(phase, "" if phase in ("Absent", "Pending") else "node-1", 1) for phase in phases]


def deletes(found: World, size: int, *phases: str) -> set[int]:
    """The ordinals that may be deleted once so many replicas are asked for."""
    says = f"{size} replica{'' if size == 1 else 's'}"
    return found.chosen_slots(found.state(pods(*phases), change=says), "delete surplus pod")


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


NEW = SetImage("web:2")


def test_the_partition_is_forgotten_at_no_replicas() -> None:
    """Of 0 pods all have the new revision: it becomes the current one, and pods below the partition
    come back with it, as a real controller was recorded doing."""
    found = rolling(4, NEW, Scale(0), Scale(2), of=StatefulSet(partition=2))
    down = found.state([], change="web:2, 0 replicas")
    up = "web:2, 2 replicas"
    made = found.choices(found.state([], change=up), "create pod", 1)
    assert made == {"web-rev1"}
    told = found.after(down, "report status", "scale 2")
    assert found.choices(told, "create pod", 1) == {"web-rev2"}
    assert not found.holds(found.after(told, "create pod"), "revision-partitioned")


def test_what_holds_a_bad_revision_up_is_scaled_away() -> None:
    """The unready pod of a stuck rollout goes with the scaling, and the next one is taken: in order
    as well as with Parallel (recorded of the real controller)."""
    for parallel in (False, True):
        bad = SetImage("web:2", becomes_ready=False)
        found = rolling(3, bad, Scale(2), of=StatefulSet(parallel=parallel))
        rows = [("Ready", "node-1", 1)] * 2 + [("Running", "node-1", 2)]
        stuck = found.state(rows, change="web:2, 3 replicas")
        assert "delete pod" not in found.enabled(stuck)
        scaled = found.after(stuck, "scale", "delete surplus pod", "pod stopped")
        assert found.chosen_slots(scaled, "delete pod") == {1}


def test_a_canary_goes_on() -> None:
    """A lowered partition lets the rollout go on, a raised one holds it."""
    found = rolling(3, NEW, SetPartition(1), SetPartition(3), of=StatefulSet(partition=2))
    rows = [("Ready", "node-1", 1)] * 2 + [("Ready", "node-1", 2)]
    for partition, gone in ((2, set()), (1, {1}), (3, set())):
        state = found.state(rows, change=f"web:2, partition {partition}")
        assert found.chosen_slots(state, "delete pod") == gone


def test_ready_is_not_available() -> None:
    """A rollout waits for minReadySeconds of the pod that it made."""
    found = rolling(2, NEW, min_ready_seconds=5)
    old, new = ("Available", "node-1", 1), ("Ready", "node-1", 2)
    state = found.state([old, new], change="new")
    assert found.chosen_slots(state, "delete pod") == set()
    state = found.state([old, ("Available", "node-1", 2)], change="new")
    assert found.chosen_slots(state, "delete pod") == {0}


def test_pods_that_are_deleted_by_hand() -> None:
    """OnDelete: what the user deletes, and ordinals that are new, come with the new revision; the
    named pod is the one that goes, once it is the user's turn."""
    found = rolling(2, NEW, DeletePod("web-1"), Scale(3), of=StatefulSet(on_delete=True))
    begun = found.after(found.state(), "change template")
    assert "delete pod" not in found.enabled(begun)
    assert found.choices(begun, "delete pod by hand") == {"web-1"}
    gone = found.after(begun, "delete pod by hand", "pod stopped")
    assert found.choices(gone, "create pod", 1) == {"web-rev2"}
    assert "delete pod by hand" not in found.enabled(gone)
    grown = found.after(gone, "create pod", "bind", "start pod", "pod ready", "scale")
    assert found.choices(grown, "create pod") == {"web-2"}
    assert found.choices(grown, "create pod", 1) == {"web-rev2"}


def test_any_pod_of_a_deployment() -> None:
    found = World(scenario(stepwise((DeletePod(),)), 1, workload(2)))
    state = found.state()
    assert found.choices(state, "delete pod by hand") == {"web-pod1", "web-pod2"}
    after = found.after(state, "delete pod by hand")
    assert "delete pod by hand" not in found.enabled(after)
