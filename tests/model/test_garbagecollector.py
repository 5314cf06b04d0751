"""The garbage collector in the transition system: what becomes of a workload that is deleted."""

from __future__ import annotations

from typing import Any

import pytest

from model.api.change import stepwise
from model.api.steps import Delete, Scale, SetImage
from model.scenario import Faults
from tests.model.worlds import World, scenario, workload

COLLECTOR, USER = "garbage-collector", "user"


def deleting(how: Any, *before: Any, kind: str = "Deployment", **changes: Any) -> World:
    change = stepwise((*before, Delete(how)))
    return World(scenario(change, 1, workload(2, 1, 0, kind=kind), **changes))


def does(world: World, state: Any) -> set[str]:
    return world.enabled(state, COLLECTOR)


def test_in_the_background_it_goes_first() -> None:
    world = deleting("background")
    begun = world.after(world.state(), "delete")
    # Its ReplicaSet goes on, until the collector comes to it.
    assert does(world, begun) == {"delete ReplicaSet"}
    after = world.after(begun, "delete ReplicaSet")
    assert world.read(after, "exists") == [0]
    assert does(world, after) == {"delete garbage"}
    assert world.enabled(after, "replicaset-controller") == set()
    last = world.after(after, "delete garbage", "pod stopped", "delete garbage", "pod stopped")
    assert world.pods(last) == []
    assert world.enabled(last) == set()


def test_in_the_foreground_it_goes_last() -> None:
    world = deleting("foreground")
    begun = world.after(world.state(), "delete")
    assert world.read(begun, "remains") == 1
    assert does(world, begun) == {"delete ReplicaSet in the foreground"}
    waits = world.after(begun, "delete ReplicaSet in the foreground")
    assert world.read(waits, "waitsForPods") == [1]
    assert does(world, waits) == {"delete garbage"}
    # Nobody makes another pod meanwhile.
    one = world.after(waits, "delete garbage", "pod stopped")
    assert world.enabled(one, "replicaset-controller") == {"sync", "update status"}
    assert does(world, one) == {"delete garbage"}
    none = world.after(one, "delete garbage", "pod stopped")
    assert does(world, none) == {"release ReplicaSet"}
    last = world.after(none, "release ReplicaSet")
    assert does(world, last) == {"release workload"}
    assert world.read(world.after(last, "release workload"), "remains") == 0


def test_a_replicaset_without_pods_waits_for_nobody() -> None:
    world = deleting("foreground")
    begun = world.after(world.state([]), "delete")
    assert does(world, begun) == {"delete ReplicaSet"}


def test_with_orphaning_the_replicasets_stay() -> None:
    world = deleting("orphan")
    begun = world.after(world.state(), "delete")
    assert does(world, begun) == {"release workload"}
    gone = world.after(begun, "release workload")
    assert does(world, gone) == set()
    # A pod that is lost is replaced: the ReplicaSet is still there.
    fewer = world.state(world.pods(gone)[:1], change=world.read(gone, "change"))
    assert "create pod" in world.enabled(fewer, "replicaset-controller")


@pytest.mark.parametrize("kind", ["ReplicaSet", "ReplicationController"])
def test_pods_that_are_left_are_not_replaced(kind: str) -> None:
    world = deleting("orphan", kind=kind)
    begun = world.after(world.state(), "delete")
    assert does(world, begun) == {"release ReplicaSet"}
    gone = world.after(begun, "release ReplicaSet")
    assert len(world.pods(gone)) == 2
    assert world.enabled(gone) == set()


@pytest.mark.parametrize("kind", ["ReplicaSet", "ReplicationController"])
def test_a_replicaset_that_is_deleted(kind: str) -> None:
    world = deleting("background", kind=kind)
    gone = world.after(world.state(), "delete")
    assert world.read(gone, "exists") == [0]
    assert does(world, gone) == {"delete garbage"}
    world = deleting("foreground", kind=kind)
    begun = world.after(world.state(), "delete")
    assert does(world, begun) == {"delete garbage"}
    path = ("delete garbage", "pod stopped") * 2
    assert does(world, world.after(begun, *path)) == {"release ReplicaSet"}


def test_no_sync_of_a_deployment_begins_that_is_deleted() -> None:
    for how in ("background", "foreground", "orphan"):
        world = deleting(how, SetImage("web:2"))
        begun = world.after(world.state(), "change template", "delete")
        assert world.enabled(begun, "deployment-controller") == set()


def test_pods_that_a_sync_makes_too_late_are_garbage() -> None:
    world = deleting("foreground", SetImage("web:2"))
    path = ("change template", "create ReplicaSet", "sync", "delete")
    begun = world.after(world.state(), *path)
    assert world.read(begun, "toCreate") == [0, 1]
    gone = world.take(begun, "delete ReplicaSet", "web-rev2")
    assert gone is not None
    late = world.after(gone, "create pod")
    owners = world.read(late, "owner")
    slots = world.chosen_slots(late, "delete garbage")
    assert [owners[slot] for slot in slots] == ["web-rev2"]


def test_who_does_not_see_it_makes_what_is_collected() -> None:
    faults = Faults(slow_watches={"deployment-controller": 1})
    world = deleting("background", faults=faults)
    stalled = world.after(world.state(), "watch stalls", "delete", "delete ReplicaSet")
    # What is gone can't be written, whatever the controller believes.
    assert "scale up" not in world.enabled(stalled, "deployment-controller")
    assert world.enabled(world.after(stalled, "watch catches up"), "deployment-controller") == set()


def test_a_request_about_a_replicaset_that_is_gone_ends_the_sync() -> None:
    world = deleting("background", SetImage("web:2"))
    begun = world.after(world.state(), "change template", "create ReplicaSet", "delete")
    pods = [("Ready", "node-1", 1), ("Ready", "node-1", 1), ("Ready", "node-1", 2)]
    pending = world.state(
        pods,
        change=world.read(begun, "change"),
        exists=[1, 1],
        replicas=[2, 1],
        toScaleDown=[1, 0],
        statusAvailable=[2, 1],
    )
    assert "scale down" in world.enabled(pending, "deployment-controller")
    gone = world.take(pending, "delete ReplicaSet", "web-rev1")
    assert gone is not None
    assert world.enabled(gone, "deployment-controller") == set()
    assert world.read(gone, "toScaleDown") == [0, 0]


def test_in_a_system_that_deletes_nothing_nobody_collects() -> None:
    world = World(scenario(stepwise((Scale(3),)), 1, workload(2, 1, 0)))
    assert all(action.actor != COLLECTOR for action in world.system.actions)
