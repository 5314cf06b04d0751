"""What the Deployment controller asks for, request by request."""

from __future__ import annotations

from typing import Any

import pytest

from model.api.change import Change
from model.ir.system import State
from model.scenario import Faults
from tests.model.worlds import Pod, World, scenario, workload

ACTOR = "deployment-controller"
ROLLBACK = Change("rollout", "web:2", rollback=True)


def rolling(replicas: int, surge: int | str, unavailable: int | str, *mutations: str) -> World:
    of = workload(replicas, surge, unavailable)
    return World(scenario("rollout", of=of, mutations=mutations))


def situation(world: World, old: int, new: int | None, available: tuple[int, int]) -> State:
    """The rollout has begun; `new` is None where the new ReplicaSet does not exist."""
    return world.state(
        change="new",
        exists=[1, int(new is not None)],
        replicas=[old, new or 0],
        statusAvailable=list(available),
    )


def outcome(world: World, state: State, name: str) -> list[int] | None:
    """What the ReplicaSets ask for after a step of the controller, None if it takes none."""
    ends = [end for step, end in world.steps(state) if step.action.name == name]
    assert len(ends) <= 1
    return world.read(ends[0], "replicas") if ends else None


@pytest.mark.parametrize(
    ("replicas", "surge", "old", "created_with"),
    [
        (10, 0, 10, 0),
        (10, 3, 10, 3),
        (10, 3, 12, 1),
        (10, 3, 13, 0),
        (4, 1, 2, 3),
        (4, 1, 0, 4),
        (4, 10, 4, 4),
        (4, "25%", 4, 1),
        (5, "25%", 5, 2),
    ],
)
def test_the_new_replicaset_is_created_with_what_fits(
    replicas: int, surge: int | str, old: int, created_with: int
) -> None:
    """Room is replicas + maxSurge less what all ReplicaSets ask for, at most all replicas."""
    world = rolling(replicas, surge, 1)
    state = situation(world, old, None, (old, 0))
    assert outcome(world, state, "create ReplicaSet") == [old, created_with]


@pytest.mark.parametrize(
    ("replicas", "surge", "old", "new", "scaled_to"),
    [
        (10, 0, 10, 0, None),
        (10, 2, 10, 0, 2),
        (10, 0, 5, 0, 5),
        (10, 2, 10, 2, None),
        (10, 2, 4, 3, 8),
        (10, 2, 0, 3, 10),
        (10, 2, 0, 10, None),
        (10, 2, 20, 1, None),
    ],
)
def test_the_new_replicaset_grows_into_the_room(
    replicas: int, surge: int, old: int, new: int, scaled_to: int | None
) -> None:
    """It grows by the room there is, to no more than replicas, and never shrinks."""
    world = rolling(replicas, surge, 1)
    state = situation(world, old, new, (old, new))
    expected = None if scaled_to is None else [old, scaled_to]
    assert outcome(world, state, "scale up") == expected


@pytest.mark.parametrize(
    ("unavailable", "old", "new", "available", "scaled_to"),
    [
        (0, 10, 1, (10, 0), None),
        (0, 10, 1, (10, 1), 9),
        (2, 10, 0, (10, 0), 8),
        (2, 8, 2, (8, 0), None),
        (2, 10, 2, (10, 0), 8),
        (2, 8, 4, (8, 2), 6),
        (2, 8, 4, (8, 4), 4),
        (2, 2, 10, (2, 10), 0),
        (2, 0, 10, (0, 10), None),
        (10, 10, 0, (10, 0), 0),
    ],
)
def test_old_replicas_go_as_new_ones_become_available(
    unavailable: int, old: int, new: int, available: tuple[int, int], scaled_to: int | None
) -> None:
    """Old ReplicaSets give up what is available above replicas - maxUnavailable, provided the
    whole stays above it with the new replicas that are not available taken off."""
    # Nothing is left to scale up: surge is what the situation uses already.
    world = rolling(10, max(0, old + new - 10), unavailable)
    state = situation(world, old, new, available)
    expected = None if scaled_to is None else [scaled_to, new]
    assert outcome(world, state, "scale down") == expected


@pytest.mark.parametrize(
    ("unavailable", "old", "new", "available", "cleaned_to"),
    [
        (2, 10, 0, (8, 0), 8),
        (2, 10, 0, (7, 0), 8),
        (2, 10, 0, (9, 0), 9),
        (2, 10, 2, (8, 0), 8),
        (2, 10, 2, (8, 2), 8),
        (2, 10, 2, (5, 2), 6),
        (0, 10, 1, (5, 0), None),
        (2, 10, 0, (10, 0), None),
        (2, 8, 2, (5, 0), None),
    ],
)
def test_unhealthy_old_replicas_are_cleaned_up(
    unavailable: int, old: int, new: int, available: tuple[int, int], cleaned_to: int | None
) -> None:
    """Old replicas that are not available go first, as many as may be scaled down at all."""
    world = rolling(10, max(0, old + new - 10), unavailable)
    state = situation(world, old, new, available)
    expected = None if cleaned_to is None else [cleaned_to, new]
    assert outcome(world, state, "clean up unhealthy") == expected


def test_clean_up_and_scale_down_come_from_one_reading() -> None:
    """A sync that cleans up scales down after that, with the amounts of its one reading, before the
    new ReplicaSet may grow; unless that request is refused, which ends the sync."""
    # 12 replicas less 8 that must stay less none of the new that are not available: 4 may go.
    world = rolling(10, 2, 2)
    state = world.after(situation(world, 10, 2, (9, 2)), "clean up unhealthy")
    assert world.read(state, "replicas") == [9, 2]
    assert world_steps(world, state) == {"scale down", "conflict"}
    assert world.read(world.after(state, "scale down"), "replicas") == [6, 2]
    assert world_steps(world, world.after(state, "conflict")) == {"scale up"}


def test_a_status_that_is_written_refuses_the_next_request() -> None:
    """The sync ends where its ReplicaSet was written since; the other one may be."""
    world = rolling(3, 2, 2)
    pods: list[Pod] = [("Ready", "node-1", 1), *[("Running", "node-1", n) for n in (1, 2, 2)]]
    asked = {"change": "new", "exists": [1, 1], "replicas": [3, 2]}
    state = world.state(pods, **asked, statusAvailable=[2, 1])
    cleaned = world.after(state, "clean up unhealthy")
    assert "scale down" in world_steps(world, cleaned)
    for name, goes_on in (("web-rev1", False), ("web-rev2", True)):
        written = world.take(cleaned, "update status", name)
        assert written is not None
        assert ("scale down" in world_steps(world, written)) is goes_on


def test_a_sync_that_creates_scales_down_from_the_same_reading() -> None:
    """Creation is no scaling: the sync goes on with the old ReplicaSets."""
    world = rolling(4, 1, 2)
    state = world.after(situation(world, 4, None, (4, 0)), "create ReplicaSet")
    assert world.read(state, "replicas") == [4, 1]
    assert world_steps(world, state) == {"scale down"}
    assert world.read(world.after(state, "scale down"), "replicas") == [2, 1]


def test_only_what_was_touched_is_in_conflict() -> None:
    """A request is refused where the status may have been written meanwhile: not that of a
    ReplicaSet to which nothing has happened since the start, unless a fault may have."""
    world = rolling(4, 1, 2)
    state = world.after(situation(world, 4, None, (3, 0)), "create ReplicaSet")
    assert "conflict" in world_steps(world, state)
    failing = World(scenario("rollout", of=workload(4, 1, 2), faults=Faults(pod_failures=1)))
    state = failing.after(situation(failing, 4, None, (4, 0)), "create ReplicaSet")
    assert "conflict" in world_steps(failing, state)


def test_a_scale_down_under_way_is_waited_for() -> None:
    """A status with more available replicas than are asked for stops the next scale-down."""
    right, wrong = rolling(4, 2, 1), rolling(4, 2, 1, "pending-scale-down-ignored")
    assert world_steps(right, situation(right, 3, 3, (5, 3))) == set()
    assert outcome(wrong, situation(wrong, 3, 3, (5, 3)), "scale down") == [0, 3]


def world_steps(world: World, state: State) -> set[str]:
    return world.enabled(state, ACTOR)


def test_new_replicas_that_are_not_available_hold_the_old_ones() -> None:
    """What may go shrinks by the new replicas that are not available."""
    world = rolling(4, 1, 1)
    for available, expected in ((0, None), (1, [2, 2]), (2, [2, 2])):
        state = situation(world, 3, 2, (2, available))
        assert outcome(world, state, "clean up unhealthy") == expected


def test_up_goes_before_down() -> None:
    """While the new ReplicaSet is missing or has room to grow no old replica is taken away."""
    world = rolling(4, 2, 2)
    assert world_steps(world, situation(world, 4, None, (4, 0))) == {"create ReplicaSet"}
    assert world_steps(world, situation(world, 4, 0, (4, 0))) == {"scale up"}
    assert world_steps(world, situation(world, 4, 2, (4, 0))) == {"scale down"}


def test_nothing_happens_before_the_template_changes() -> None:
    """A Deployment whose template is as deployed leaves its ReplicaSets alone."""
    world = rolling(3, 1, 1)
    assert world_steps(world, world.state()) == set()


def test_a_finished_rollout_is_left_alone() -> None:
    """Once the new ReplicaSet asks for all and the old for none, there is nothing to do."""
    world = rolling(3, 1, 1)
    assert world_steps(world, situation(world, 0, 3, (0, 3))) == set()


def test_a_rollback_uses_the_old_replicaset_again() -> None:
    """After the template is taken back the roles are swapped and nothing is created."""
    world = World(scenario(ROLLBACK, of=workload(3, 1, 0)))
    state = world.state(change="reverted", exists=[1, 1], replicas=[2, 1], statusAvailable=[2, 1])
    assert outcome(world, state, "scale up") == [3, 1]
    state = world.after(state, "scale up")
    assert world_steps(world, state) == set()
    state = world.state(change="reverted", exists=[1, 1], replicas=[3, 1], statusAvailable=[3, 0])
    assert outcome(world, state, "clean up unhealthy") == [3, 0]


def test_every_write_needs_the_store() -> None:
    """Without a leader of the store the controller gets nothing done."""
    from model.scenario import Faults

    of = workload(3, 1, 1)
    world = World(scenario("rollout", of=of, faults=Faults(member_crashes=1)))
    for existing in (None, 0, 1):
        state = list(situation(world, 3, existing, (3, 0)))
        state[world.system.offsets[world.function("serving")]] = 0
        assert world_steps(world, tuple(state)) == set()


OLD_RUNS: list[Pod] = [("Ready", "node-1", 1), ("Ready", "node-1", 1)]


@pytest.mark.parametrize(
    ("pods", "replicas", "exists", "expected"),
    [
        (OLD_RUNS, [2, 0], [1, 0], {"scale down"}),
        (OLD_RUNS, [0, 0], [1, 0], set()),
        ([("Terminating", "node-1", 1)], [0, 0], [1, 0], set()),
        ([("Pending", "", 1)], [0, 0], [1, 0], set()),
        ([], [0, 0], [1, 0], {"create ReplicaSet"}),
        ([], [0, 0], [1, 1], {"scale up"}),
        ([("Terminating", "node-1", 2)], [0, 0], [1, 1], {"scale up"}),
        ([("Pending", "", 2)], [0, 2], [1, 1], set()),
    ],
)
def test_recreate_waits_until_every_old_pod_is_gone(
    pods: list[Pod], replicas: list[int], exists: list[int], expected: set[str]
) -> None:
    """Old ReplicaSets go to 0 at once; new pods wait for the last old one, terminating or not."""
    world = World(scenario("rollout", of=workload(2, strategy="Recreate")))
    state = world.state(pods, change="new", exists=exists, replicas=replicas, statusReplicas=[0, 0])
    assert world_steps(world, state) == expected


def test_recreate_asks_for_everything_at_once() -> None:
    """The new ReplicaSet is created with all replicas, the old one goes to none."""
    world = World(scenario("rollout", of=workload(2, strategy="Recreate")))
    none = {"change": "new", "exists": [1, 0], "replicas": [0, 0]}
    state = world.state([], **none, statusReplicas=[0])
    assert outcome(world, state, "create ReplicaSet") == [0, 2]
    state = world.state(OLD_RUNS, change="new", exists=[1, 0], replicas=[2, 0])
    assert outcome(world, state, "scale down") == [0, 0]


def test_recreate_that_does_not_wait() -> None:
    """The seeded fault lets new pods start beside old ones that still terminate."""
    of = workload(2, strategy="Recreate")
    world = World(scenario("rollout", of=of, mutations=["recreate-does-not-wait"]))
    state = world.state(
        [("Terminating", "node-1", 1)], change="new", exists=[1, 0], replicas=[0, 0]
    )
    assert world_steps(world, state) == {"create ReplicaSet"}


def test_a_first_apply_creates_everything() -> None:
    """In an empty cluster the one ReplicaSet is created with all replicas, and that is all."""
    world = World(scenario("apply", of=workload(3)))
    state = world.after(world.state(), "create ReplicaSet")
    assert world.read(state, "replicas") == [3]
    assert world_steps(world, state) == set()


@pytest.mark.parametrize("change", ["apply", "steady"])
def test_a_bare_replicaset_has_no_deployment_controller(change: Any) -> None:
    """The controller has nothing to say about a ReplicaSet that no Deployment owns."""
    world = World(scenario(change, of=workload(2, kind="ReplicaSet")))
    assert not any(action.actor == ACTOR for action in world.system.actions)
