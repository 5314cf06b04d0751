"""Faults of nodes and pods, step by step: what they do, and what nobody is told of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.api.change import Change
from model.api.daemonset import DaemonSet
from model.api.intstr import IntOrPercent
from model.api.node import ZONE, Taint
from model.api.statefulset import StatefulSet
from model.api.workload import Workload
from model.faults import FAULTS, FIELDS, ROWS, beside
from model.scenario import Faults, Overloads
from tests.model.worlds import Pod, World, node, scenario, template, workload

MIXED: list[Pod] = [
    ("Ready", "node-1", 1),
    ("Terminating", "node-1", 1),
    ("Ready", "node-2", 1),
]


def stateful(grace: int = 30) -> Workload:
    """A StatefulSet of two."""
    pod = template(termination_grace_seconds=grace)
    return replace(workload(2, pod=pod), kind="StatefulSet", stateful=StatefulSet())


def test_every_field_has_its_words() -> None:
    """Each field is there once, and what it says is a line."""
    assert len(FIELDS) == sum(len(row.fields) for row in ROWS)
    assert all(field.help and "\n" not in field.help for field in FIELDS.values())
    assert len({fault.field for fault in FAULTS}) == len(FAULTS)


def test_what_etcd_knows_of_is_apart() -> None:
    """Faults of the cluster make no difference to the systems beside it."""
    some = Faults(node_crashes=2, pods_fail_for_good=1, slow_watches={"deployment-controller": 1})
    assert beside(replace(some, member_crashes=1)) == Faults(member_crashes=1)


def test_pods_of_a_node_that_is_cut_off_run_on() -> None:
    """What was ready is marked not ready in the end, and is ready again once the node is reached:
    nothing was restarted. What was deleted is stopped then."""
    world = World(scenario("steady", 2, workload(3), faults=Faults(node_partitions=1)))
    away = world.take(world.state(MIXED), "node is cut off", "node-1")
    assert away is not None
    assert "pod stopped" not in world.enabled(away, "kubelet")
    back = world.after(away, "node is reached")
    assert world.pods(back) == sorted(MIXED)
    marked = world.after(away, "mark unreachable")
    assert world.pods(marked) == sorted([("Running", "node-1", 1), *MIXED[1:]])
    assert world.enabled(world.after(marked, "node is reached"), "kubelet") == {
        "pod ready",
        "pod stopped",
    }


def test_a_zone_crashes_at_once() -> None:
    """All of its nodes that are up, and no others; each returns by itself."""
    nodes = [node(f"node-{i}", labels={ZONE: zone} if zone else {}) for i, zone in enumerate("aab")]
    world = World(
        scenario("steady", [*nodes, node("x")], workload(1), faults=Faults(zone_crashes=1))
    )
    assert world.choices(world.state(), "zone crashes") == {"a", "b"}
    down = world.take(world.state(), "zone crashes", "a")
    assert down is not None
    assert world.read(down, "health") == ["Crashed", "Crashed", "Up", "Up"]
    assert world.choices(down, "node returns") == {"node-0", "node-1"}
    assert "zone crashes" not in world.enabled(down)


def test_a_pod_that_fails_for_good() -> None:
    """It runs and is never ready; what comes into its slot is another pod."""
    world = World(scenario("steady", 1, workload(1), faults=Faults(pods_fail_for_good=1)))
    failed = world.after(world.state(), "pod fails for good")
    assert world.pods(failed) == [("Running", "node-1", 1)]
    assert world.enabled(failed, "kubelet") == set()
    fresh = world.state([("Running", "node-1", 1)])
    assert world.enabled(fresh, "kubelet") == {"pod ready"}


@pytest.mark.parametrize(
    ("grace", "faults", "path"),
    [
        (30, Faults(forced_deletions=1), ("delete by force",)),
        (
            0,
            Faults(node_partitions=1),
            ("node is cut off", "mark unreachable", "evict pod"),
        ),
    ],
)
def test_what_goes_without_its_kubelet_runs_on(
    grace: int, faults: Faults, path: tuple[str, ...]
) -> None:
    """The name is free while containers of the pod still run, until a kubelet stops them."""
    world = World(scenario("steady", 2, stateful(grace), faults=faults))
    gone = world.after(world.state(), *path)
    assert 1 in world.read(gone, "leftBehind")
    doubled = world.after(gone, "create pod", "bind", "start pod")
    name = "at-most-one-per-identity"
    assert world.holds(gone, name)
    assert not world.holds(doubled, name)
    stopped = [s for step, s in _cleaned(world, doubled) if step == "stop what is left"]
    assert stopped
    assert world.holds(stopped[-1], name)


def _cleaned(world: World, state: tuple[int, ...]) -> list[tuple[str, tuple[int, ...]]]:
    found = []
    for name in ("node is reached", "stop what is left"):
        if name in world.enabled(state):
            state = world.after(state, name)
            found.append((name, state))
    return found


def test_a_crash_ends_what_was_left_behind() -> None:
    """No container outlives its node."""
    faults = Faults(forced_deletions=1, node_crashes=1)
    world = World(scenario("steady", 1, stateful(), faults=faults))
    gone = world.after(world.state(), "delete by force")
    assert 1 in world.read(gone, "leftBehind")
    assert 1 not in world.read(world.after(gone, "node crashes"), "leftBehind")


def lagging(of: Workload, change: str | Change, watcher: str, *mutations: str) -> World:
    """A cluster of two nodes in which the watch of a controller stalls once."""
    faults = Faults(slow_watches={watcher: 1}, controller_restarts={"replicaset-controller": 1})
    return World(scenario(change, 2, of, mutations, faults=faults))


def test_a_stalled_statefulset_controller_does_not_see_what_is_gone() -> None:
    """It makes no pod in place of one that it does not know to be gone."""
    world = lagging(stateful(), "steady", "statefulset-controller")
    stalled = world.after(world.state([("Terminating", "node-1", 1)]), "watch stalls")
    gone = world.after(stalled, "pod stopped")
    assert world.enabled(gone, "statefulset-controller") == {"watch catches up"}
    assert "create pod" in world.enabled(world.after(gone, "watch catches up"))


@pytest.mark.parametrize("forgets", [False, True])
def test_what_a_stalled_daemonset_controller_did_it_counts(forgets: bool) -> None:
    """A pod that it deleted is gone to it, so it deletes no other one; the seeded fault forgets."""
    daemon = replace(
        workload(2, 0, 1), kind="DaemonSet", daemon=DaemonSet(), max_unavailable=IntOrPercent(1)
    )
    mutations = ["own-writes-unseen"] if forgets else []
    change = Change("rollout", "web:2")
    world = lagging(daemon, change, "daemonset-controller", *mutations)
    stalled = world.after(world.state(), "change template", "watch stalls", "delete pod")
    assert ("delete pod" in world.enabled(stalled, "daemonset-controller")) == forgets


def test_a_stalled_scheduler_binds_to_a_cordoned_node() -> None:
    """It does not know of the cordon before its watch catches up."""
    drain = Change("drain", nodes=("node-1",))
    world = lagging(workload(1), drain, "kube-scheduler")
    state = world.state([("Pending", "", 1)])
    stalled = world.after(state, "watch stalls", "cordon")
    assert world.choices(stalled, "bind", 1) == {"node-1", "node-2"}
    assert world.choices(world.after(stalled, "watch catches up"), "bind", 1) == {"node-2"}


@pytest.mark.parametrize("past", [False, True])
def test_a_restarted_controller_sees_what_it_made(past: bool) -> None:
    """It has forgotten, and lists anew; only from the past would it make a pod twice."""
    mutations = ["restart-lists-the-past"] if past else []
    world = lagging(workload(1), "steady", "replicaset-controller", *mutations)
    stalled = world.after(world.state([]), "watch stalls", "create pod")
    assert "create pod" not in world.enabled(stalled, "replicaset-controller")
    anew = world.after(stalled, "restart")
    assert ("create pod" in world.enabled(anew, "replicaset-controller")) == past


def test_a_restart_drops_what_was_not_sent() -> None:
    """The rest of a sync is lost; the next one decides it anew."""
    world = lagging(workload(2), "steady", "kube-scheduler")
    begun = world.after(world.state([]), "create pod")
    assert world.read(begun, "toCreate") == [1]
    anew = world.after(begun, "restart")
    assert world.read(anew, "toCreate") == [0]
    assert "create pod" in world.enabled(anew, "replicaset-controller")


def test_pods_of_a_removed_node_count_until_they_are_collected() -> None:
    """They stay as they are until the collector deletes them; then another node may come."""
    world = World(scenario("steady", 2, workload(3), faults=Faults(node_removals=1)))
    gone = world.take(world.state(MIXED), "node is removed", "node-1")
    assert gone is not None
    assert world.pods(gone) == sorted(MIXED)
    assert "mark unreachable" not in world.enabled(gone)
    assert world.chosen_slots(gone, "delete orphan of a node") == {0, 1}
    left = world.after(gone, *["delete orphan of a node"] * 2)
    assert world.pods(left) == [("Ready", "node-2", 1)]
    assert "node is added" not in world.enabled(gone)
    assert world.read(world.after(left, "node is added"), "health") == ["Up", "Up"]
    waiting = world.after(left, "create pod")
    assert world.choices(waiting, "bind", 1) == {"node-2"}


def test_a_node_that_is_added_has_no_taint() -> None:
    """The user's taint was on the old one; who taints others goes on with them."""
    taint = Taint("pool", "old", "NoExecute")
    change = Change("taint", nodes=("node-1", "node-2"), taint=taint)
    world = World(scenario(change, 2, workload(1), faults=Faults(node_removals=1)))
    tainted = world.after(world.state([]), "taint")
    gone = world.take(tainted, "node is removed", "node-1")
    assert gone is not None
    fresh = world.after(gone, "node is added")
    assert world.read(fresh, "tainted") == ["none", "none"]
    assert world.choices(fresh, "taint") == {"node-2"}


def test_a_zone_is_cut_off_at_once() -> None:
    """All of its nodes; each is reached again by itself."""
    nodes = [node(f"node-{i}", labels={ZONE: zone}) for i, zone in enumerate("aab")]
    world = World(scenario("steady", nodes, workload(1), faults=Faults(zone_partitions=1)))
    away = world.take(world.state(), "zone is cut off", "a")
    assert away is not None
    assert world.read(away, "cutOff") == [1, 1, 0]
    assert world.choices(away, "node is reached") == {"node-0", "node-1"}


def test_pods_take_their_node_down() -> None:
    """As many as it takes, and only while they run."""
    faults = Faults(overloads=Overloads(1, 2))
    world = World(scenario("steady", 2, workload(3), faults=faults))
    some: list[Pod] = [*[("Running", "node-1", 1)] * 2, ("Ready", "node-2", 1)]
    assert world.choices(world.state(some), "pods take node down") == {"node-1"}
    few: list[Pod] = [("Terminating", "node-1", 1), *some[1:]]
    assert "pods take node down" not in world.enabled(world.state(few))
    assert world.holds(world.state(some, health=["Crashed", "Up"]), "some-node-up")
    assert not world.holds(world.state(some, health=["Crashed", "Unreachable"]), "some-node-up")


@pytest.mark.parametrize("past", [False, True])
def test_a_kubelet_that_restarts(past: bool) -> None:
    """It starts nothing that is gone, unless it lists the past; and stops that again in the end."""
    mutations = ["kubelet-lists-the-past"] if past else []
    faults = Faults(kubelet_restarts=1)
    world = World(scenario("steady", 2, stateful(), mutations, faults=faults))
    gone = world.after(world.state([("Terminating", "node-1", 1)]), "pod stopped")
    assert "kubelet restarts" in world.enabled(gone)
    assert ("kubelet restarts in the past" in world.enabled(gone)) == past
    if past:
        started = world.take(gone, "kubelet restarts in the past", "node-1", "web-0")
        assert started is not None
        assert "stop what is left" in world.enabled(started)
