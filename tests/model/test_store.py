"""etcd: the contract that the cluster relies on."""

from __future__ import annotations

import pytest

from model.api.controlplane import ControlPlane
from model.scenario import Faults
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


@pytest.mark.parametrize(
    ("members", "crashes", "returns", "lost"),
    [
        (1, 1, False, True),
        (1, 1, True, False),
        (2, 1, False, True),
        (3, 1, False, False),
        (3, 2, False, True),
        (3, 2, True, False),
        (5, 2, False, False),
        (5, 3, False, True),
    ],
)
def test_crashed_members_may_stay_down(
    members: int, crashes: int, returns: bool, lost: bool
) -> None:
    """So many crashes that no quorum is left may end all writes, unless members return for sure;
    one that returns ends that, and need not."""
    faults = Faults(member_crashes=crashes, members_return=returns)
    plane = ControlPlane(members)
    world = World(scenario("steady", of=workload(1), faults=faults, control_plane=plane))
    state = world.state()
    for number in range(crashes):
        state = world.after(state, "lose leader")
        if number + 1 < crashes:
            state = world.after(state, "elect leader")
    assert ("elect leader" not in world.enabled(state)) is lost
    if not lost:
        assert "member returns" not in world.enabled(state)
        return
    (said, *_) = world.instance.remarks(state, "replicas-converge")
    assert f"{crashes} {'is' if crashes == 1 else 'are'} down and need not come back" in said.text
    assert "elect leader" in world.enabled(world.after(state, "member returns"))
    assert world.system.action("fault", "member returns").fairness == "none"


def test_too_few_members_never_serve() -> None:
    """A quorum larger than the cluster takes no write at all."""
    plane = ControlPlane(members=2, quorum=3)
    world = World(scenario("apply", of=workload(1), control_plane=plane))
    assert world.enabled(world.state()) == set()


@pytest.mark.parametrize(("members", "votes"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (7, 4)])
def test_majorities(members: int, votes: int) -> None:
    """A quorum is more than half."""
    assert ControlPlane(members).votes == votes
