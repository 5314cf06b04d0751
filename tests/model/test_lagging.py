"""Caches that rest at moments of the past: which versions they show, in which order, of what."""

from __future__ import annotations

import random
from typing import Any

import pytest

from model.api.change import Change
from model.ir.system import State
from model.scenario import Faults
from tests.model.worlds import World, scenario, workload

DEPLOYMENT, REPLICASET = "deployment-controller", "replicaset-controller"
#: What the Deployment controller keeps, and what that is a copy of.
KEPT = {
    "sees exists": "exists",
    "sees replicas": "replicas",
    "sees available": "statusAvailable",
    "sees change": "change",
}


def lagging(*, rollback: bool = True, restarts: int = 0, **watches: int) -> World:
    """A rollout that may be taken back, in which watches may lag; "__" stands for a dot in the
    names, "_" for a dash."""
    slow = {name.replace("__", ".").replace("_", "-"): often for name, often in watches.items()}
    again = {DEPLOYMENT: restarts} if restarts else {}
    faults = Faults(pod_failures=6, slow_watches=slow, controller_restarts=again)
    change = Change("rollout", "web:2", rollback=rollback)
    return World(scenario(change, 1, workload(2, 1, 0), faults=faults))


def stored(world: World, state: State) -> tuple[Any, ...]:
    """What the store has of what the Deployment controller reads."""
    return tuple(str(world.read(state, live)) for live in KEPT.values())


def seen(world: World, state: State, watcher: str = DEPLOYMENT) -> tuple[Any, ...]:
    """The same as the Deployment controller sees it."""
    if not world.read(state, f"{watcher}.watchStalled"):
        return stored(world, state)
    return tuple(str(world.read(state, f"{watcher} {kept}")) for kept in KEPT)


def test_a_cache_shows_versions_of_the_store_in_their_order() -> None:
    """In random runs: each view is what the store was at some moment, none older than the last one,
    and it rests at no more past moments than the budget allows."""
    world, chance = lagging(deployment_controller=3), random.Random(7)
    stepwise = 0
    for _ in range(60):
        state, last, rests = world.system.initial[0], 0, 0
        versions, view = [stored(world, state)], stored(world, state)
        for _ in range(50):
            choices = world.steps(state)
            if not choices:
                break
            slow = [c for c in choices if c[0].action.name.startswith("watch")]
            step, state = chance.choice(slow if slow and chance.random() < 0.3 else choices)
            versions.append(stored(world, state))
            now = seen(world, state)
            later = [at for at in range(last, len(versions)) if versions[at] == now]
            assert later, "a view that the store never had, or that is older than before"
            last = later[0]
            stepwise += step.action.name == "watch moves on"
            rests += step.action.name in ("watch stalls", "watch lags on")
            if step.action.actor != DEPLOYMENT and step.action.name != "watch catches up":
                stalled = world.read(state, f"{DEPLOYMENT}.watchStalled")
                assert now == view if stalled else now == versions[-1]
            view = now
        assert rests <= 3
    assert stepwise > 20


@pytest.mark.parametrize("seed", range(20))
def test_every_delay_with_few_rests_is_a_run(seed: int) -> None:
    """Whatever the store goes through, and whichever two of its moments a cache shows for however
    long: there are steps of the watch with which it does."""
    world, chance = lagging(deployment_controller=2), random.Random(seed)
    run = [world.system.initial[0]]
    for _ in range(12):
        choices = [c for c in world.steps(run[-1]) if not c[0].action.name.startswith("watch")]
        run += [chance.choice(choices)[1]] if choices else []
    # It rests at the first moment until the third, then at the second until the last.
    first, second, third, last = (run[at] for at in sorted(chance.sample(range(len(run)), 4)))
    state = world.after(first, "watch stalls")
    state = world.after(moved(world, state, second), "watch lags on")
    state = moved(world, state, third)
    assert seen(world, state) == stored(world, first)
    state = world.after(state, "watch moves on")
    assert (seen(world, state), stored(world, state)) == (
        stored(world, second),
        stored(world, third),
    )
    state = moved(world, state, last)
    assert seen(world, state) == stored(world, second)
    state = world.after(state, "watch catches up")
    assert seen(world, state) == stored(world, last)


def moved(world: World, state: State, store: State) -> State:
    """A state with its own watch, and all else as in another one."""
    values = list(store)
    for function in world.system.functions:
        if function.name.startswith((f"{DEPLOYMENT} ", f"{DEPLOYMENT}.")):
            at = world.system.offsets[function]
            values[at : at + function.size] = state[at : at + function.size]
    return tuple(values)


def test_what_is_written_after_a_moment_conflicts_at_it() -> None:
    """The controller has scaled up since the moment that its cache comes to show: another write of
    that ReplicaSet is refused, one of the other is not."""
    world = lagging(deployment_controller=2)
    state = world.state(change="new", exists=[1, 1], replicas=[2, 1], statusAvailable=[2, 1])
    down = world.after(state, "scale down")
    assert world.read(down, "replicas") == [1, 1]
    back = world.after(down, "watch stalls", "roll back", "watch lags on", "scale up")
    assert world.read(back, "replicas") == [1, 2]
    on = world.after(back, "watch moves on")
    assert world.choices(on, "scale up") == {"web-rev1"}
    assert "clean up unhealthy" not in world.enabled(on)
    over = world.after(on, "scale up")
    assert world.read(over, "replicas") == [2, 2]
    assert not world.holds(over, "surge-bounded")
    assert world.enabled(world.after(on, "watch catches up"), DEPLOYMENT) != set()


def test_a_watch_that_has_caught_up_leaves_no_trace() -> None:
    """Nor does one of a controller that starts anew with moments to show."""
    world = lagging(deployment_controller=2, restarts=1)
    before = world.after(world.state(), "change template")
    for way in (["watch moves on", "watch catches up"], ["restart"]):
        after = world.after(before, "watch stalls", "watch lags on", *way)
        for function in world.system.functions:
            if not function.name.endswith(("stallsLeft", "restartsLeft")):
                assert world.read(after, function.name) == world.read(before, function.name)
        assert world.read(after, f"{DEPLOYMENT} stallsLeft") == 0
        assert not {"watch stalls", "watch lags on"} & world.enabled(after)


def test_with_a_budget_of_one_nothing_moves_on() -> None:
    """One moment at which a cache rests takes nothing that is marked."""
    world = lagging(deployment_controller=1)
    assert "watch lags on" not in world.enabled(world.after(world.state(), "watch stalls"))
    assert not any("momentsAhead" in f.name for f in world.system.functions)


def test_a_moment_may_come_between_a_reading_and_its_request() -> None:
    """The cache rests where the user has gone on, and what was decided before is not written yet:
    as with a request that takes long. Where requests are prompt nothing comes between."""
    world = lagging(deployment_controller=1)
    state = world.after(world.state(), "change template", "begin sync", "roll back", "watch stalls")
    made = world.after(state, "create ReplicaSet")
    assert stored(world, made)[-1] == seen(world, made)[-1] == "reverted"
    assert world.read(made, "exists") == [1, 1]
    assert world.read(made, f"{DEPLOYMENT} sees exists") == [1, 0]
    # With no moment left it is of no use, and so it is no step.
    assert "begin sync" not in world.enabled(world.after(made, "watch catches up"))
    assert "begin sync" not in {action.name for action in lagging().system.actions}


def test_a_sync_that_has_begun_is_written_as_it_was_decided() -> None:
    """Its requests come in their order; one about a ReplicaSet that was written meanwhile is
    refused, with all that were to follow; one that starts anew forgets them."""
    world = lagging(deployment_controller=1, restarts=1)
    pods = [("Ready", "node-1", 1), ("Ready", "node-1", 1), ("Ready", "node-1", 2)]
    state = world.state(pods, change="new", exists=[1, 1], replicas=[2, 1], statusAvailable=[2, 1])
    begun = world.after(state, "begin sync")
    assert world.enabled(begun, DEPLOYMENT) >= {"scale down"}
    assert not {"scale up", "begin sync"} & world.enabled(begun)
    reverted = world.after(begun, "roll back")
    assert world.read(world.after(reverted, "scale down"), "replicas") == [1, 1]
    failed = world.after(begun, "pod fails")
    told = world.after(failed, "update status")
    after = world.after(begun, "restart")
    for free in (after, told):
        assert "begin sync" in world.enabled(free)
        assert world.read(free, "toScaleDown") == [0, 0]


def test_kinds_lag_apart() -> None:
    """With Deployments late the controller misses the change, with ReplicaSets late it sees that
    and misses what became of them."""
    world = lagging(deployment_controller__deployments=1)
    late = world.after(world.state(), "watch of deployments stalls", "change template")
    assert world.enabled(late, DEPLOYMENT) == {"watch of deployments catches up"}
    world = lagging(deployment_controller__replicasets=1)
    late = world.after(world.state(), "watch of replicasets stalls", "change template")
    made = world.after(late, "create ReplicaSet")
    # It does not see that it has made it, and the name is taken.
    assert world.enabled(made, DEPLOYMENT) == {"watch of replicasets catches up"}


def test_pods_late_and_replicasets_not() -> None:
    """The ReplicaSet controller sees what is asked for, and acts once on the pods that it last saw;
    with ReplicaSets late it acts on pods as they are until it has written a status."""
    asked = {"replicas": [2], "statusAvailable": [0]}
    late = World(
        scenario("steady", 1, workload(2), faults=Faults(slow_watches={f"{REPLICASET}.pods": 1}))
    )
    state = late.after(late.state([], **asked), "watch of pods stalls", "create pod", "create pod")
    assert "create pod" not in late.enabled(state, REPLICASET)
    other = World(
        scenario(
            "steady", 1, workload(2), faults=Faults(slow_watches={f"{REPLICASET}.replicasets": 1})
        )
    )
    pods = [("Ready", "node-1", 1)]
    state = other.after(other.state(pods, **asked), "watch of replicasets stalls", "create pod")
    told = other.after(state, "update status")
    assert other.enabled(told, REPLICASET) == {"watch of replicasets catches up"}
