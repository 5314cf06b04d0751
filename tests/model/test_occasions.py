"""What properties count, and when they say anything at all."""

from __future__ import annotations

import pytest

from model.api.change import Change
from model.ir.interpret import holds
from model.properties import PROPERTIES
from model.scenario import Scenario
from tests.model.worlds import World, scenario, workload

WAITING = workload(2, 1, 0, min_ready_seconds=5)


@pytest.mark.parametrize(
    ("change", "prop", "least"),
    [
        (Change("rollout"), "rollout-keeps-available", 2),
        (Change("drain", nodes=("node-1", "node-2")), "maintenance-keeps-available", 1),
    ],
)
@pytest.mark.parametrize("available", [0, 1, 2])
def test_ready_is_not_available(change: Change, prop: str, least: int, available: int) -> None:
    """Before minReadySeconds are over a ready pod does not count for what promises available
    ones."""
    world = World(scenario(change, 2, WAITING))
    pods = [("Available" if i < available else "Ready", "node-2", 1) for i in range(2)]
    state = world.state(pods, replicas=[2, 0] if change.kind == "rollout" else [2])
    assert world.holds(state, prop) == (available >= least)


@pytest.mark.parametrize("prop", ["rollout-completes", "rollback-completes"])
@pytest.mark.parametrize("phase", ["Ready", "Available"])
def test_a_rollout_ends_with_available_pods(prop: str, phase: str) -> None:
    """The same for what has to come about."""
    world = World(scenario(Change("rollout", rollback=True), 2, WAITING))
    revision = 2 if prop == "rollout-completes" else 1
    change = "new" if prop == "rollout-completes" else "reverted"
    replicas = [0, 2] if revision == 2 else [2, 0]
    pods = [(phase, "node-1", revision)] * 2
    state = world.state(pods, replicas=replicas, exists=[1, 1], change=change)
    claim = world.system.property(prop)
    assert holds(world.system, claim.p, state)
    assert holds(world.system, claim.q, state) == (phase == "Available")


#: Scenarios in which nothing has happened yet, and the properties whose occasion is there at once:
#: they are about pods that are bound, or complete, at the start.
CALM: dict[str, Scenario] = {
    "steady": scenario("steady", 2, workload(2)),
    "rollout": scenario(Change("rollout", rollback=True), 2, workload(2, 1, 0)),
    "drain": scenario(Change("drain", nodes=("node-1",)), 2, workload(2)),
}
AT_ONCE = {"no-overcommit", "placement-respected", "no-duplicate-pods"}


@pytest.mark.parametrize("name", CALM)
def test_occasions_are_not_there_before_anything_happens(name: str) -> None:
    """A property that speaks of changes and faults is not exercised by a deployed workload that
    nobody has touched yet: an occasion that is always there would say that it was."""
    world = World(CALM[name])
    (state, *_) = world.system.initial
    there = {
        prop.name
        for prop in world.system.properties
        if prop.witness is None or holds(world.system, prop.witness, state)
    }
    assert there & set(PROPERTIES) == AT_ONCE & {prop.name for prop in world.system.properties}


def test_a_rollout_that_only_makes_pods_keeps_what_there_is() -> None:
    """Where no new pod ever gets ready no old one goes, and that is an answer."""
    change = Change("rollout", becomes_ready=False)
    world = World(scenario(change, 2, workload(2, 1, 0)))
    prop = world.system.property("rollout-keeps-available")
    seen = [state for state in world.reachable() if holds(world.system, prop.witness, state)]
    assert seen
    assert all(world.holds(state, "rollout-keeps-available") for state in seen)
