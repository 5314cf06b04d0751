"""etcd: the contract that the cluster relies on."""

from __future__ import annotations

import pytest

from model.scenario import ControlPlane, Faults
from tests.model.worlds import World, scenario, workload


def test_a_store_without_faults_always_serves() -> None:
    """Without a budget for outages there is no state of the store at all."""
    world = World(scenario("steady", of=workload(1)))
    assert not any(action.actor == "etcd" for action in world.system.actions)


@pytest.mark.parametrize(("crashes", "partitions"), [(1, 0), (0, 2), (1, 1)])
def test_outages_are_counted_and_end(crashes: int, partitions: int) -> None:
    """Each crash or partition can cost the leader once, and another is elected for sure."""
    faults = Faults(member_crashes=crashes, member_partitions=partitions)
    world = World(scenario("steady", of=workload(1), faults=faults))
    state = world.state()
    for _ in range(crashes + partitions):
        state = world.after(state, "lose leader")
        assert world.read(state, "serving") == 0
        assert "lose leader" not in world.enabled(state)
        state = world.after(state, "elect leader")
    assert "lose leader" not in world.enabled(state)
    assert world.system.action("etcd", "elect leader").fairness == "weak"
    assert world.system.action("etcd", "lose leader").fairness == "none"


def test_too_few_members_never_serve() -> None:
    """A quorum larger than the cluster takes no write at all."""
    plane = ControlPlane(members=2, quorum=3)
    world = World(scenario("apply", of=workload(1), control_plane=plane))
    assert world.enabled(world.state()) == set()


@pytest.mark.parametrize(("members", "votes"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (7, 4)])
def test_majorities(members: int, votes: int) -> None:
    """A quorum is more than half."""
    assert ControlPlane(members).votes == votes
