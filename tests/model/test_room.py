"""How many pods there can be at once, and when the end of a deleted pod need not be a step."""

from __future__ import annotations

from typing import Any

import pytest

from model.api.change import Change
from model.api.node import Taint
from model.api.pod import AntiAffinityTerm
from model.apiserver.room import capacity, roomy
from model.plugins.filters import HOSTNAME
from model.scenario import Faults, Scenario
from tests.model.worlds import World, node, scenario, template, workload

SPREAD = template(anti_affinity=(AntiAffinityTerm(HOSTNAME),))
ZONED = template(anti_affinity=(AntiAffinityTerm("zone"),))


@pytest.mark.parametrize(
    ("pod", "on", "expected"),
    [
        (template(), node("a"), 8),
        (template(), node("a", allocatable={"pods": 3}), 3),
        (template(), node("a", taints=(Taint("gpu", "", "NoSchedule"),)), 0),
        (SPREAD, node("a"), 1),
        (template(requests={}), node("a"), 20),
    ],
)
def test_capacity(pod: Any, on: Any, expected: int) -> None:
    """How many pods an empty node takes one after the other, at most as many as are asked for."""
    assert capacity(pod, on, 20) == expected


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (scenario("steady", 1, workload(3), prompt=True), True),
        (scenario("steady", 1, workload(3)), False),
        (scenario("steady", 1, workload(8, 0, 1), prompt=True), True),
        (scenario("steady", 1, workload(9, 0, 1), prompt=True), False),
        (scenario("rollout", 1, workload(8), prompt=True), False),
        (scenario("rollout", 3, workload(3, strategy="Recreate"), prompt=True), False),
        (scenario("rollout", 3, workload(2, 1, 0, SPREAD), prompt=True), False),
        (scenario("steady", 3, workload(2, pod=ZONED), prompt=True), False),
        # The largest node may be the one that is lost.
        (scenario(Change("drain", nodes=("node-1",)), 1, workload(1), prompt=True), False),
        (scenario(Change("drain", nodes=("node-1",)), 2, workload(1), prompt=True), True),
        (scenario(Change("drain", nodes=("node-1", "node-2")), 2, workload(1), prompt=True), False),
        (
            scenario(
                Change("drain", nodes=("node-1", "node-2"), uncordon=True),
                2,
                workload(1),
                prompt=True,
            ),
            True,
        ),
        (scenario("steady", 1, workload(1), faults=Faults(node_crashes=1), prompt=True), False),
    ],
)
def test_where_nobody_waits_for_room(one: Scenario, expected: bool) -> None:
    """The nodes that stay usable must hold every pod at once, and nothing else may wait for the
    end of a pod."""
    assert roomy(one) is expected


@pytest.mark.parametrize(("prompt", "left"), [(True, []), (False, [("Terminating", "node-1", 1)])])
def test_deleted_pods_where_there_is_room(prompt: bool, left: list[Any]) -> None:
    """With room for all a deleted pod of a live node is gone at once; without the assumption its
    kubelet confirms it."""
    world = World(scenario("rollout", 2, workload(1, 1, 0), prompt=prompt))
    state = world.state([("Ready", "node-1", 1)], replicas=[0, 0], statusAvailable=[1])
    assert world.pods(world.after(state, "delete pod")) == left


@pytest.mark.parametrize(("health", "left"), [("Up", []), ("Crashed", ["Terminating"])])
def test_deleted_pods_of_a_crashed_node_linger(health: str, left: list[str]) -> None:
    """Nobody confirms the end of a pod whose kubelet is down, however much room there is."""
    faults = Faults(node_crashes=1)
    world = World(scenario("rollout", 3, workload(1, 1, 0), faults=faults, prompt=True))
    state = world.state(
        [("Ready", "node-1", 1)], replicas=[0, 0], statusAvailable=[1], health=[health]
    )
    assert [phase for phase, _, _ in world.pods(world.after(state, "delete pod"))] == left
