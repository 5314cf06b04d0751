"""Orders of writes that were recorded on kube-apiserver, controller-manager and scheduler 1.36.3
with fake kubelets: the model admits them, step by step."""

from __future__ import annotations

from model.api.change import Change
from model.ir.system import State
from model.scenario import Bounds
from tests.model.worlds import Pod, World, scenario, workload

ROLLBACK = Change("rollout", "web:2", rollback=True)


def took(world: World, state: State, *steps: tuple[str, ...]) -> State:
    """The state after steps, each an action with the elements that it chooses."""
    for name, *chosen in steps:
        after = world.take(state, name, *chosen)
        assert after is not None, f"{name} {chosen} is not possible"
        state = after
    return state


def test_two_scale_downs_from_one_reading() -> None:
    """A rollout of 3 with maxSurge 1 that is taken back: the new ReplicaSet goes from 2 to 1 to 0
    before the old one grows from 2, whose status still counts 3."""
    world = World(scenario(ROLLBACK, 2, workload(3, 1, 0)))
    pods: list[Pod] = [("Ready", "node-1", 1)] * 3 + [("Ready", "node-2", 2)]
    state = world.state(pods, change="new", exists=[1, 1], replicas=[2, 2], statusAvailable=[3, 1])
    after = took(
        world,
        state,
        ("roll back",),
        ("clean up unhealthy", "web-rev2"),
        ("scale down", "web-rev2"),
    )
    assert world.read(after, "replicas") == [2, 0]
    after = took(world, after, ("scale up", "web-rev1"), ("delete pod", "web-rev2", "web-pod4"))
    assert world.read(after, "replicas") == [3, 0]


def test_a_sync_acts_on_the_replicas_that_it_read() -> None:
    """Scaled down, read, scaled up again: the pod is deleted all the same, and the status that is
    written then counts it."""
    world = World(scenario(ROLLBACK, 2, workload(1, 1, 0)))
    pods: list[Pod] = [("Ready", "node-1", 1), ("Ready", "node-2", 2)]
    state = world.state(pods, change="new", exists=[1, 1], replicas=[0, 1], statusAvailable=[1, 1])
    after = took(
        world,
        state,
        ("sync", "web-rev1"),
        ("roll back",),
        ("scale up", "web-rev1"),
        ("scale down", "web-rev2"),
        ("delete pod", "web-rev1", "web-pod1"),
        ("delete pod", "web-rev2", "web-pod2"),
    )
    assert world.read(after, "replicas") == [1, 0]
    assert world.read(after, "statusAvailable") == [1, 1]
    assert not [phase for phase, _, _ in world.pods(after) if phase == "Ready"]


def test_a_status_after_a_deletion_is_behind() -> None:
    """It counts what was listed before; the next sync puts it right."""
    world = World(scenario(ROLLBACK, 1, workload(2, 1, 1)))
    pods: list[Pod] = [("Ready", "node-1", 1)] * 2
    state = world.state(pods, exists=[1, 1], replicas=[1, 1], statusAvailable=[1, 0])
    deleted = world.after(state, "delete pod")
    late = took(world, deleted, ("update status", "web-rev1"))
    assert world.read(late, "statusAvailable") == [2, 0]
    assert world.read(took(world, late, ("update status", "web-rev1")), "statusAvailable") == [1, 0]


def test_a_batch_is_ranked_once() -> None:
    """Two pods on one node and three on another, scaled to 2: all three of the fuller node go,
    whatever happens while the requests are sent."""
    world = World(scenario(ROLLBACK, 2, workload(5, 1, 1), bounds=Bounds(pods=6)))
    pods: list[Pod] = [("Ready", "node-1", 1)] * 2 + [("Ready", "node-2", 1)] * 3
    state = world.state(pods, exists=[1, 1], replicas=[2, 1], statusAvailable=[5, 0])
    assert world.chosen_slots(state, "delete pod", 1) == {2, 3, 4}
    state = took(world, state, ("delete pod", "web-rev1", "web-pod3"))
    assert world.chosen_slots(state, "delete pod", 1) == {3, 4}
    state = took(world, state, ("create pod", "web-rev2", "web-pod6"))
    state = took(world, state, ("delete pod", "web-rev1", "web-pod5"))
    assert world.chosen_slots(state, "delete pod", 1) == {3}
    # A second sync waits for the status of the first.
    state = took(world, state, ("delete pod", "web-rev1", "web-pod4"))
    assert "delete pod" not in world.enabled(state)


def test_pods_are_bound_while_others_are_created() -> None:
    """The first creation, its binding, and then the others of the same sync; reports come late."""
    world = World(scenario("apply", 3, workload(3)))
    state = took(
        world,
        world.state(),
        ("create ReplicaSet", "web-rev1"),
        ("create pod", "web-rev1", "web-pod1"),
        ("bind", "web-pod1", "node-1"),
        ("create pod", "web-rev1", "web-pod2"),
        ("start pod", "web-pod1"),
        ("create pod", "web-rev1", "web-pod3"),
        ("bind", "web-pod3", "node-2"),
        ("pod ready", "web-pod1"),
        ("bind", "web-pod2", "node-3"),
        ("start pod", "web-pod2"),
        ("pod ready", "web-pod2"),
        ("update status", "web-rev1"),
    )
    assert world.read(state, "statusAvailable") == [2]


def test_victims_that_somebody_else_takes_are_not_made_up_for() -> None:
    """A pod that a sync was to delete for sure needs no request any more once it is gone."""
    world = World(scenario(ROLLBACK, 2, workload(3, 1, 1)))
    pods: list[Pod] = [("Pending", "", 1), ("Ready", "node-1", 1), ("Ready", "node-2", 1)]
    state = world.state(pods, exists=[1, 1], replicas=[1, 1], statusAvailable=[2, 0])
    state = took(world, state, ("sync", "web-rev1"))
    assert world.read(state, "victim")[:3] == ["Sure", "Tied", "Tied"]
    assert world.read(state, "toDelete") == [2, 0]
