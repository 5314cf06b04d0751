"""What the ReplicaSet controller does: pods created, pods deleted in order, status written."""

from __future__ import annotations

import pytest

from model.scenario import Faults
from tests.model.worlds import Pod, World, scenario, workload

ACTOR = "replicaset-controller"
EVERYWHERE: list[Pod] = [("Ready", "node-1", 1), ("Ready", "node-2", 1), ("Ready", "node-3", 1)]


def bare(replicas: int, on: int = 3, *mutations: str) -> World:
    of = workload(replicas, kind="ReplicaSet")
    return World(scenario("steady", on, of, mutations))


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        ([], "create pod"),
        ([("Ready", "node-1", 1)], "create pod"),
        ([("Ready", "node-1", 1), ("Pending", "", 1)], None),
        ([("Ready", "node-1", 1), ("Terminating", "node-1", 1)], "create pod"),
        ([("Ready", "node-1", 1)] * 2, None),
        ([("Ready", "node-1", 1)] * 3, "delete pod"),
        ([("Pending", "", 1)] * 3, "delete pod"),
        ([("Running", "node-1", 1)] * 2 + [("Terminating", "node-2", 1)], None),
    ],
)
def test_active_pods_are_brought_to_what_is_asked_for(
    pods: list[Pod], expected: str | None
) -> None:
    """Pods of every stage count, terminating ones do not: those are replaced at once."""
    world = bare(2)
    # A third slot for situations with a pod too many.
    world = World(scenario("steady", 3, workload(2, kind="ReplicaSet"), bounds=slots(3)))
    got = world.enabled(world.state(pods), ACTOR) - {"update status", "sync"}
    assert got == ({expected} if expected else set())


def slots(count: int) -> object:
    from model.scenario import Bounds

    return Bounds(pods=count)


def test_a_new_pod_is_pending_without_node() -> None:
    """A created pod belongs to its ReplicaSet, pending, on no node."""
    world = World(scenario("rollout", of=workload(2)))
    state = world.state([], replicas=[0, 2], exists=[1, 1], statusAvailable=[0, 0])
    assert world.choices(state, "create pod") == {"web-rev2"}
    assert world.pods(world.after(state, "create pod")) == [("Pending", "", 2)]


def test_an_unbound_pod_vanishes_a_bound_one_terminates() -> None:
    """Deleting frees the slot of a pod without node at once; on a node it only begins the end."""
    world = World(scenario("rollout", of=workload(2)))
    for pod, left in (
        (("Pending", "", 2), []),
        (("Pending", "node-1", 2), [("Terminating", "node-1", 2)]),
        (("Ready", "node-1", 2), [("Terminating", "node-1", 2)]),
    ):
        state = world.state([pod], replicas=[0, 0], exists=[1, 1], statusAvailable=[0, 0])
        after = world.after(state, "delete pod")
        assert world.pods(after) == left
        if not left:
            assert after == world.state([], replicas=[0, 0], exists=[1, 1], statusAvailable=[0, 0])


def test_without_grace_period_every_pod_vanishes() -> None:
    """terminationGracePeriodSeconds 0 makes a delete immediate, on a node or not."""
    from tests.model.worlds import template

    of = workload(1, pod=template(termination_grace_seconds=0))
    world = World(scenario("rollout", of=of))
    state = world.state([("Ready", "node-1", 1)], replicas=[0, 0], statusAvailable=[0, 0])
    assert world.pods(world.after(state, "delete pod")) == []


@pytest.mark.parametrize(
    ("pods", "first"),
    [
        ([("Pending", "", 1), ("Pending", "node-1", 1), ("Ready", "node-1", 1)], {0}),
        ([("Pending", "node-1", 1), ("Running", "node-2", 1), ("Ready", "node-1", 1)], {0}),
        ([("Running", "node-1", 1), ("Ready", "node-2", 1), ("Ready", "node-2", 1)], {0}),
        ([("Ready", "node-1", 1), ("Ready", "node-2", 1), ("Ready", "node-2", 1)], {1, 2}),
        (EVERYWHERE, {0, 1, 2}),
        ([("Pending", "", 1), ("Pending", "", 1), ("Ready", "node-2", 1)], {0, 1}),
        ([("Running", "node-1", 1), ("Running", "node-2", 1), ("Ready", "node-2", 1)], {1}),
        # Pods that terminate do not count towards the crowd on their node.
        (
            [*EVERYWHERE, ("Terminating", "node-1", 1)],
            {0, 1, 2},
        ),
    ],
)
def test_which_pod_goes_first(pods: list[Pod], first: set[int]) -> None:
    """Without node, then pending, then not ready, then where most active pods share a node;
    among pods that are still equal, any."""
    world = World(scenario("steady", 3, workload(2, kind="ReplicaSet"), bounds=slots(4)))
    assert world.chosen_slots(world.state(pods), "delete pod", 1) == first


def test_pods_of_every_revision_make_a_crowd() -> None:
    """The crowd on a node counts the active pods of all ReplicaSets of the Deployment."""
    world = World(scenario("rollout", 2, workload(3)))
    pods: list[Pod] = [("Ready", "node-1", 1), ("Ready", "node-2", 1), ("Pending", "node-2", 2)]
    state = world.state(pods, replicas=[1, 1], exists=[1, 1], statusAvailable=[2, 0])
    assert world.chosen_slots(state, "delete pod", 1) == {1}


def test_minreadyseconds_does_not_matter_for_the_order() -> None:
    """A pod that is ready but not yet available is no better a victim than one that is both."""
    of = workload(1, kind="ReplicaSet", min_ready_seconds=5)
    world = World(scenario("steady", 2, of, bounds=slots(2)))
    state = world.state([("Ready", "node-1", 1), ("Available", "node-2", 1)])
    assert world.chosen_slots(state, "delete pod", 1) == {0, 1}


@pytest.mark.parametrize(
    ("mutation", "first"), [("ready-pods-deleted-first", {1}), ("deletes-any-pod", {0, 1})]
)
def test_seeded_ranking_faults(mutation: str, first: set[int]) -> None:
    """The seeded faults take a ready pod where one that is not ready would go first."""
    of = workload(1, kind="ReplicaSet")
    world = World(scenario("steady", 2, of, [mutation], bounds=slots(2)))
    state = world.state([("Running", "node-1", 1), ("Ready", "node-2", 1)])
    assert world.chosen_slots(state, "delete pod", 1) == first


def test_creates_one_too_many() -> None:
    """The seeded fault creates beyond what is asked for, then deletes again."""
    world = World(
        scenario(
            "steady",
            1,
            workload(1, kind="ReplicaSet"),
            ["creates-one-too-many"],
            bounds=slots(3),
        )
    )
    state = world.after(world.state(), "create pod")
    assert world.enabled(state, ACTOR) == {"delete pod", "sync"}


@pytest.mark.parametrize(
    ("ready", "seconds", "status"),
    [("Ready", 0, 1), ("Running", 0, 0), ("Ready", 9, 0), ("Available", 9, 1)],
)
def test_status_counts_available_pods(ready: str, seconds: int, status: int) -> None:
    """A ready pod is available at once, or after minReadySeconds if there are any."""
    of = workload(1, kind="ReplicaSet", min_ready_seconds=seconds)
    world = World(scenario("steady", 1, of))
    state = world.state([(ready, "node-1", 1)], statusAvailable=[1 - status])
    after = world.after(state, "update status")
    assert world.read(after, "statusAvailable") == [status]
    assert "update status" not in world.enabled(after)


def test_the_pod_bound_is_reached_where_a_creation_is_blocked() -> None:
    """The bound says so exactly where the controller wants a pod and no slot is free."""
    from model.ir.interpret import holds

    world = World(scenario("steady", 1, workload(2, kind="ReplicaSet"), bounds=slots(2)))
    (bound,) = world.system.bounds
    short = world.state([("Ready", "node-1", 1), ("Terminating", "node-1", 1)])
    assert holds(world.system, bound.reached, short)
    assert "create pod" not in world.enabled(short)
    for pods in ([("Ready", "node-1", 1)], [("Ready", "node-1", 1)] * 2):
        assert not holds(world.system, bound.reached, world.state(pods))


def test_every_write_needs_the_store() -> None:
    """Without a leader of the store no pod is created or deleted and no status is written."""
    of = workload(1, kind="ReplicaSet")
    world = World(scenario("steady", 1, of, faults=Faults(member_crashes=1), bounds=slots(2)))
    for pods in ([], [("Ready", "node-1", 1)] * 2):
        state = world.state(pods, statusAvailable=[0], serving=1)
        assert world.enabled(state, ACTOR)
        state = world.state(pods, statusAvailable=[0], serving=0)
        assert world.enabled(state, ACTOR) == {"sync"}
