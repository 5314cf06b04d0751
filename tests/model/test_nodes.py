"""Kubelets, nodes that crash and return, and the controllers that watch over nodes."""

from __future__ import annotations

import pytest

from model.api.change import Change
from model.api.pod import Toleration
from model.controllers.nodelifecycle import NO_EXECUTE
from model.controllers.tainteviction import tolerates_for_ever
from model.scenario import Faults
from tests.model.worlds import Pod, World, scenario, template, workload

KEY = "node.kubernetes.io/unreachable"
CRASH = Faults(node_crashes=1)


def world(on: int = 2, **changes: object) -> World:
    of = workload(2, pod=template(**changes))
    return World(scenario("steady", on, of, faults=CRASH))


@pytest.mark.parametrize(
    ("pod", "step", "end"),
    [
        (("Pending", "node-1", 1), "start pod", ("Running", "node-1", 1)),
        (("Running", "node-1", 1), "pod ready", ("Ready", "node-1", 1)),
        (("Terminating", "node-1", 1), "pod stopped", None),
    ],
)
def test_what_a_kubelet_does(pod: Pod, step: str, end: Pod | None) -> None:
    """It starts pods, reports them ready and confirms that deleted ones have stopped: while its
    node is up, and only for pods on its node."""
    for health, able in (("Up", True), ("Crashed", False), ("Unreachable", False)):
        state = world().state([pod], health=[health])
        assert world().enabled(state, "kubelet") == ({step} if able else set())
    cluster = world()
    after = cluster.after(cluster.state([pod]), step)
    assert cluster.pods(after) == ([end] if end else [])


@pytest.mark.parametrize("pod", [("Ready", "node-1", 1), ("Pending", "", 1)])
def test_what_a_kubelet_leaves_alone(pod: Pod) -> None:
    """Ready pods and pods without node are nobody's work."""
    assert world().enabled(world().state([pod]), "kubelet") == set()


def test_a_stopped_pod_leaves_a_clean_slot() -> None:
    """The slot of a pod that is gone is as if it had never been used."""
    cluster = World(scenario("rollout", 2, workload(2)))
    state = cluster.after(cluster.state([("Terminating", "node-2", 2)]), "pod stopped")
    assert state == cluster.state([])


def test_minreadyseconds_pass_whatever_the_node_does() -> None:
    """Time makes a ready pod available, and a pod that is not ready does not count."""
    of = workload(2, min_ready_seconds=10)
    cluster = World(scenario("steady", 1, of, faults=CRASH))
    state = cluster.state([("Ready", "node-1", 1)], health=["Crashed"])
    assert cluster.pods(cluster.after(state, "pod available")) == [("Available", "node-1", 1)]
    assert cluster.enabled(cluster.state([("Running", "node-1", 1)]), "clock") == set()
    assert not any(a.actor == "clock" for a in world().system.actions)


def test_pods_of_a_bad_image_never_get_ready() -> None:
    """Where the scenario says so, only pods of the new template fail their probe."""
    cluster = World(scenario(Change("rollout", "web:2", becomes_ready=False), of=workload(2)))
    for revision, steps in ((1, {"pod ready"}), (2, set())):
        state = cluster.state([("Running", "node-1", revision)])
        assert cluster.enabled(state, "kubelet") == steps


def test_lingering_pods() -> None:
    """With the seeded fault nobody confirms that a deleted pod has stopped."""
    cluster = World(scenario("steady", 1, workload(2), ["deleted-pods-linger"]))
    assert cluster.enabled(cluster.state([("Terminating", "node-1", 1)]), "kubelet") == set()


MIXED: list[Pod] = [
    ("Ready", "node-1", 1),
    ("Pending", "node-1", 1),
    ("Terminating", "node-1", 1),
    ("Ready", "node-2", 1),
]


def test_a_crash_goes_unnoticed_at_first() -> None:
    """A crash changes nothing that the API shows, until the heartbeat is missed: then the ready
    pods of that node, and of no other, are marked not ready."""
    cluster = world()
    state = cluster.take(cluster.state(MIXED), "node crashes", "node-1")
    assert state is not None
    assert cluster.pods(state) == sorted(MIXED)
    after = cluster.after(state, "mark unreachable")
    assert cluster.read(after, "health") == ["Unreachable", "Up"]
    assert cluster.pods(after) == sorted([("Running", "node-1", 1), *MIXED[1:]])


def test_crashes_are_counted() -> None:
    """The budget is spent by each crash; without any left nodes stay up."""
    cluster = world()
    state = cluster.after(cluster.state(), "node crashes")
    assert cluster.read(state, "crashesLeft") == 0
    assert "node crashes" not in cluster.enabled(cluster.after(state, "node returns"))


def test_a_node_that_returns_restarts_what_it_still_has_to_run() -> None:
    """Started pods start over on the same node; deleted ones are only confirmed as gone."""
    cluster = world()
    for health in ("Crashed", "Unreachable"):
        state = cluster.after(cluster.state(MIXED, health=[health]), "node returns")
        assert cluster.read(state, "health") == ["Up", "Up"]
        assert cluster.pods(state) == sorted([("Running", "node-1", 1), *MIXED[1:]])


@pytest.mark.parametrize(("returns", "fairness"), [(True, "weak"), (False, "none")])
def test_whether_nodes_are_sure_to_return(returns: bool, fairness: str) -> None:
    """A node may always return; only with nodesReturn is it sure to."""
    faults = Faults(node_crashes=1, nodes_return=returns)
    cluster = World(scenario("steady", 1, workload(1), faults=faults))
    assert cluster.system.action("fault", "node returns").fairness == fairness


@pytest.mark.parametrize(
    ("tolerations", "stays"),
    [
        ((), False),
        ((Toleration(KEY, "Exists", "", "NoExecute"),), True),
        ((Toleration(KEY, "Exists"),), True),
        ((Toleration("", "Exists"),), True),
        ((Toleration(KEY, "Equal", "", "NoExecute"),), True),
        ((Toleration(KEY, "Exists", "", "NoExecute", 0),), False),
        ((Toleration(KEY, "Exists", "", "NoExecute", 3600),), False),
        ((Toleration(KEY, "Exists", "", "NoSchedule"),), False),
        ((Toleration("node.kubernetes.io/not-ready", "Exists"),), False),
        # It names the key, so no default is added, but it does not match the taint.
        ((Toleration(KEY, "Equal", "x", "NoExecute"),), False),
        # Only the first that matches counts.
        ((Toleration("", "Exists"), Toleration(KEY, "Exists", "", "", 5)), True),
        ((Toleration(KEY, "Exists", "", "", 5), Toleration("", "Exists")), False),
    ],
)
def test_who_stays_on_an_unreachable_node(tolerations: tuple[Toleration, ...], stays: bool) -> None:
    """Without a toleration of its own a pod gets one of 300 seconds; only a toleration without
    seconds keeps it for ever."""
    assert tolerates_for_ever(template(tolerations=tolerations), NO_EXECUTE) is stays
    cluster = world(tolerations=tolerations)
    state = cluster.state([("Running", "node-1", 1)], health=["Unreachable"])
    assert ("evict pod" in cluster.enabled(state)) is not stays


@pytest.mark.parametrize(
    ("pod", "health", "evicted"),
    [
        (("Running", "node-1", 1), ["Unreachable", "Up"], True),
        (("Pending", "node-1", 1), ["Unreachable", "Up"], True),
        (("Running", "node-1", 1), ["Unreachable", "Crashed"], True),
        (("Running", "node-1", 1), ["Crashed", "Up"], False),
        (("Running", "node-2", 1), ["Unreachable", "Up"], False),
        (("Terminating", "node-1", 1), ["Unreachable", "Up"], False),
        (("Pending", "", 1), ["Unreachable", "Up"], False),
        (("Running", "node-1", 1), ["Unreachable", "Unreachable"], False),
    ],
)
def test_which_pods_are_evicted(pod: Pod, health: list[str], evicted: bool) -> None:
    """Active pods of nodes that are known to be unreachable, unless no node is left at all."""
    cluster = world()
    state = cluster.state([pod], health=health)
    assert ("evict pod" in cluster.enabled(state)) is evicted
    if evicted:
        after = cluster.after(state, "evict pod")
        assert cluster.pods(after) == [("Terminating", "node-1", 1)]


def test_unreachable_nodes_that_keep_their_pods() -> None:
    """With the seeded fault nobody evicts."""
    mutations = ["unreachable-nodes-keep-pods"]
    cluster = World(scenario("steady", 2, workload(2), mutations, faults=CRASH))
    state = cluster.state([("Running", "node-1", 1)], health=["Unreachable"])
    assert "evict pod" not in cluster.enabled(state)


def test_a_pod_that_fails_recovers() -> None:
    """A failing container makes a ready pod not ready; it restarts where it is."""
    cluster = World(scenario("steady", 1, workload(2), faults=Faults(pod_failures=1)))
    state = cluster.state([("Ready", "node-1", 1)])
    failed = cluster.after(state, "pod fails")
    assert cluster.pods(failed) == [("Running", "node-1", 1)]
    again = cluster.after(failed, "pod ready")
    assert cluster.pods(again) == cluster.pods(state)
    assert "pod fails" not in cluster.enabled(again)
    for pod in (("Running", "node-1", 1), ("Pending", "", 1), ("Terminating", "node-1", 1)):
        assert "pod fails" not in cluster.enabled(cluster.state([pod]))


@pytest.mark.parametrize("serving", [0, 1])
def test_reports_need_the_store(serving: int) -> None:
    """Without a leader of the store nothing but faults, time, elections and reading happens."""
    faults = Faults(node_crashes=1, pod_failures=1, member_crashes=1)
    of = workload(2, min_ready_seconds=1)
    cluster = World(scenario("steady", 3, of, faults=faults))
    pods: list[Pod] = [
        ("Ready", "node-1", 1),
        ("Pending", "node-1", 1),
        ("Terminating", "node-1", 1),
        ("Running", "node-2", 1),
        ("Pending", "", 1),
    ]
    health = ["Up", "Unreachable", "Crashed"]
    state = cluster.state(pods, health=health, serving=serving, statusAvailable=[1])
    alone = {"node crashes", "pod available"}
    if not serving:
        assert cluster.enabled(state) == {*alone, "elect leader", "sync"}
    else:
        assert cluster.enabled(state) > {
            *alone,
            "start pod",
            "pod stopped",
            "pod fails",
            "node returns",
            "mark unreachable",
            "evict pod",
            "bind",
            "delete pod",
        }
