"""Watches that stall: what a controller still does on an old view, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from model.api.change import Change
from model.scenario import Bounds, Faults
from tests.model.worlds import Pod, World, scenario, workload

DEPLOYMENT, REPLICASET = "deployment-controller", "replicaset-controller"


def lagging(watcher: str, *mutations: str, rollback: bool = False, **changes: Any) -> World:
    faults = Faults(slow_watches={watcher: 1})
    change = Change("rollout", "web:2", rollback=rollback)
    return World(
        scenario(change, 2, workload(**changes), mutations, faults=faults, bounds=Bounds(pods=6))
    )


def stall(world: World, state: Any) -> Any:
    """The state once the lagging watch has stalled."""
    (after,) = (end for step, end in world.steps(state) if step.action.name == "watch stalls")
    return after


def catch_up(world: World, state: Any) -> Any:
    (after,) = (end for step, end in world.steps(state) if step.action.name == "watch catches up")
    return after


@pytest.mark.parametrize("watcher", [DEPLOYMENT, REPLICASET])
def test_a_watch_that_catches_up_leaves_no_trace(watcher: str) -> None:
    """After the watch has resumed only the budget is less: copies do not tell states apart."""
    world = lagging(watcher)
    pods: list[Pod] = [("Ready", "node-1", 1), ("Running", "node-2", 2)]
    before = world.state(pods, change="new", exists=[1, 1], replicas=[1, 1])
    after = catch_up(world, stall(world, before))
    function = world.function(f"{watcher} stallsLeft")
    position = world.system.offsets[function]
    assert (before[position], after[position]) == (1, 0)
    assert before[:position] + before[position + 1 :] == after[:position] + after[position + 1 :]
    assert "watch stalls" not in world.enabled(after)


def test_without_budget_nothing_stalls() -> None:
    """A watch that is not listed as slow is always current."""
    world = lagging(REPLICASET)
    assert world.enabled(world.state(), DEPLOYMENT) == set()
    assert world.enabled(world.state(), REPLICASET) == {"watch stalls"}


def test_a_stalled_deployment_controller_misses_the_change() -> None:
    """It does not see a new template before its watch catches up."""
    world = lagging(DEPLOYMENT)
    state = world.after(stall(world, world.state()), "change template")
    assert world.enabled(state, DEPLOYMENT) == {"watch catches up"}
    assert "create ReplicaSet" in world.enabled(catch_up(world, state), DEPLOYMENT)


def test_a_stalled_deployment_controller_does_not_see_a_rollback() -> None:
    """It goes on with the template that it knows."""
    world = lagging(DEPLOYMENT, rollback=True, replicas=2, surge=1, unavailable=0)
    state = world.state(change="new", exists=[1, 1], replicas=[2, 0], statusAvailable=[2, 0])
    reverted = world.after(stall(world, state), "roll back")
    assert world.enabled(reverted, DEPLOYMENT) == {"scale up", "watch catches up"}
    assert world.choices(reverted, "scale up") == {"web-rev2"}
    assert world.enabled(catch_up(world, reverted), DEPLOYMENT) == set()


def test_a_stalled_controller_reads_no_fresh_status() -> None:
    """New availability is not seen, so the old replicas stay."""
    world = lagging(DEPLOYMENT, replicas=2, surge=1, unavailable=0)
    pods: list[Pod] = [*[("Ready", "node-1", 1)] * 2, ("Ready", "node-2", 2)]
    state = world.state(pods, change="new", exists=[1, 1], replicas=[2, 1], statusAvailable=[2, 0])
    later = world.after(stall(world, state), "update status")
    assert world.read(later, "statusAvailable") == [2, 1]
    assert world.enabled(later, DEPLOYMENT) == {"watch catches up"}
    assert world.enabled(catch_up(world, later), DEPLOYMENT) == {"scale down"}


def test_a_second_write_from_an_old_view_conflicts() -> None:
    """The API server refuses an update whose object was written since the watch stalled, by the
    writer itself or by others; nothing is lost."""
    world = lagging(DEPLOYMENT, replicas=4, surge=0, unavailable=2)
    state = world.state(change="new", exists=[1, 1], replicas=[4, 0], statusAvailable=[4, 0])
    once = world.after(stall(world, state), "scale down")
    assert world.read(once, "replicas") == [2, 0]
    # The old view still shows four available replicas, which alone would allow another step.
    assert world.enabled(once, DEPLOYMENT) == {"watch catches up"}
    assert world.holds(once, "no-lost-update")
    behind = world.state(change="new", exists=[1, 1], replicas=[4, 0], statusAvailable=[3, 0])
    behind = stall(world, behind)
    assert "clean up unhealthy" in world.enabled(behind)
    assert "clean up unhealthy" not in world.enabled(world.after(behind, "update status"))


def test_conflicts_that_are_ignored_lose_updates() -> None:
    """With the seeded fault the second write goes through, and the property sees it."""
    world = lagging(DEPLOYMENT, "conflicts-ignored", replicas=4, surge=1, unavailable=1)
    state = world.state(change="new", exists=[1, 1], replicas=[4, 1], statusAvailable=[3, 0])
    behind = world.after(stall(world, state), "update status")
    assert world.holds(behind, "no-lost-update")
    assert not world.holds(world.after(behind, "clean up unhealthy"), "no-lost-update")
    right = lagging(DEPLOYMENT, replicas=4, surge=1, unavailable=1)
    assert right.enabled(behind, DEPLOYMENT) == {"watch catches up"}


def test_a_new_replicaset_is_not_created_twice() -> None:
    """The name is taken: a creation from an old view is refused."""
    world = lagging(DEPLOYMENT, replicas=2)
    state = world.after(world.state(), "change template")
    created = world.after(stall(world, state), "create ReplicaSet")
    assert world.enabled(created, DEPLOYMENT) == {"watch catches up"}


def test_recreate_trusts_the_pods_it_last_saw() -> None:
    """Old pods that are gone unseen are still waited for."""
    world = lagging(DEPLOYMENT, strategy="Recreate", replicas=1)
    pods: list[Pod] = [("Terminating", "node-1", 1)]
    state = world.state(pods, change="new", replicas=[0, 0], statusReplicas=[0])
    gone = world.after(stall(world, state), "pod stopped")
    assert world.pods(gone) == []
    assert world.enabled(gone, DEPLOYMENT) == {"watch catches up"}
    assert world.enabled(catch_up(world, gone), DEPLOYMENT) == {"create ReplicaSet"}


def test_a_stalled_replicaset_controller_counts_its_own_creations() -> None:
    """It creates what was missing when it last looked, and no pod more."""
    world = lagging(REPLICASET, replicas=2)
    state = world.after(stall(world, world.state([])), "create pod", "create pod")
    assert "create pod" not in world.enabled(state)
    assert len(world.pods(state)) == 2


def test_forgotten_expectations_create_without_end() -> None:
    """With the seeded fault it creates again and again what it does not see."""
    world = lagging(REPLICASET, "expectations-forgotten", replicas=2)
    state = stall(world, world.state([], statusAvailable=[0]))
    state = world.after(state, *["create pod"] * 5)
    assert len(world.pods(state)) == 5


def test_a_stalled_replicaset_controller_counts_its_own_deletions() -> None:
    """It deletes the surplus that it last saw, once."""
    world = lagging(REPLICASET, replicas=1)
    state = stall(world, world.state([("Ready", "node-1", 1), ("Ready", "node-2", 1)]))
    once = world.after(state, "delete pod")
    assert "delete pod" not in world.enabled(once)


def test_a_stalled_replicaset_controller_ranks_by_what_it_saw() -> None:
    """A pod that got ready unseen still goes first, as one that is not ready."""
    world = lagging(REPLICASET, replicas=1)
    state = world.state([("Running", "node-1", 1), ("Ready", "node-2", 1)])
    later = world.after(stall(world, state), "pod ready")
    assert world.chosen_slots(later, "delete pod", 1) == {0}
    assert world.chosen_slots(catch_up(world, later), "delete pod", 1) == {0, 1}


def test_a_stalled_replicaset_controller_misses_new_wishes() -> None:
    """A scale-up or scale-down that it has not seen is not acted on, nor is new availability."""
    world = lagging(REPLICASET, replicas=2, surge=1, unavailable=0)
    pods: list[Pod] = [("Ready", "node-1", 1), ("Ready", "node-2", 1)]
    state = stall(world, world.state(pods, change="new"))
    wished = world.after(state, "create ReplicaSet")
    assert "create pod" not in world.enabled(wished)
    assert "create pod" in world.enabled(catch_up(world, wished))
    running = world.state([("Running", "node-1", 1), ("Ready", "node-2", 1)], statusAvailable=[1])
    assert "update status" not in world.enabled(world.after(stall(world, running), "pod ready"))
