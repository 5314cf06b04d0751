"""The scheduler's cycle: scores, and which node a pod is bound to."""

from __future__ import annotations

import pytest

from model.api.change import Change, stepwise
from model.api.node import Node, Taint
from model.api.pod import AntiAffinityTerm, Toleration
from model.api.steps import Uncordon
from model.plugins.filters import refusals
from model.plugins.scores import score as scored
from model.scenario import Faults
from tests.model.worlds import GIB, Pod, World, node, scenario, template, workload

MIB = 2**20
EXISTS = (Toleration("", "Exists"),)


@pytest.mark.parametrize(
    ("requests", "room", "pods", "score"),
    [
        # (4000 - 500) * 100 / 4000 = 87; (16 GiB - 1/4 GiB) * 100 / 16 GiB = 98; mean 92.
        ({"cpu": 500, "memory": GIB // 4}, {}, 0, 92),
        ({"cpu": 500, "memory": GIB // 4}, {}, 3, 71),
        ({"cpu": 3000, "memory": 5000}, {"cpu": 4000, "memory": 10000}, 0, 37),
        ({"cpu": 3000, "memory": 5000}, {"cpu": 6000, "memory": 10000}, 0, 50),
        ({"cpu": 4000, "memory": 10000}, {"cpu": 4000, "memory": 10000}, 0, 0),
        ({"cpu": 3000, "memory": 5000}, {"cpu": 4000, "memory": 10000}, 1, 0),
        ({"cpu": 1, "memory": 1}, {"cpu": 3, "memory": 3}, 0, 66),
        # Only memory counts where a node has no cpu to give.
        ({"cpu": 0, "memory": 5000}, {"cpu": 0, "memory": 10000}, 0, 50),
        ({"cpu": 1, "memory": 1}, {"cpu": 0, "memory": 0}, 0, 0),
        ({}, {}, 0, 100),
    ],
)
def test_least_allocated(
    requests: dict[str, int], room: dict[str, int], pods: int, score: int
) -> None:
    """The share of cpu and of memory that stays free, in percent, each rounded down, then their
    mean rounded down."""
    assert scored(template(requests=requests), node("a", allocatable=room), pods) == score


def test_scores_have_their_own_requests() -> None:
    """What containers do not say counts in scores and nowhere else."""
    pod = template(requests={}, scored_requests={"cpu": 100, "memory": 200 * MIB})
    on = node("a", allocatable={"cpu": 1000, "memory": 1000 * MIB})
    assert [scored(pod, on, pods) for pods in (0, 1, 4, 9)] == [85, 70, 25, 0]
    assert refusals(pod, on, 50) == []


PENDING: Pod = ("Pending", "", 1)


def cluster(*on: Node, replicas: int = 4, **changes: object) -> World:
    of = workload(replicas, pod=template(**changes))
    return World(scenario("steady", on, of))


@pytest.mark.parametrize(
    ("pods", "feasible"),
    [
        ([], {"a", "b"}),
        ([("Ready", "a", 1)], {"a", "b"}),
        ([("Ready", "a", 1), ("Ready", "a", 1)], {"b"}),
        # Terminating pods hold what they asked for until they are gone.
        ([("Terminating", "a", 1), ("Running", "a", 1)], {"b"}),
        ([("Ready", "a", 1), ("Ready", "a", 1), ("Ready", "b", 1), ("Running", "b", 1)], set()),
    ],
)
def test_any_feasible_node_may_win(pods: list[Pod], feasible: set[str]) -> None:
    """What the scheduler prefers is left open: the pod can get onto every node that takes it."""
    room = {"pods": 2}
    world = cluster(node("a", allocatable=room), node("b", allocatable={**room, "cpu": 64000}))
    assert world.choices(world.state([*pods, PENDING]), "bind", 1) == feasible


def test_binding_only_sets_the_node() -> None:
    """A bound pod is pending on its node, and cannot be bound again."""
    world = cluster(node("a"))
    after = world.after(world.state([PENDING]), "bind")
    assert world.pods(after) == [("Pending", "a", 1)]
    assert "bind" not in world.enabled(after)


def test_a_pod_that_fits_nowhere_waits() -> None:
    """Without a feasible node there is no step, and the remarks say why for each node."""
    world = cluster(node("a", allocatable={"pods": 1}), node("b", unschedulable=True))
    state = world.state([("Ready", "a", 1), PENDING])
    assert "bind" not in world.enabled(state)
    said = [sentence for sentence, _ in world.instance.remarks(state, "every-pod-scheduled")]
    assert said == [
        "web-pod2 stays pending: none of 2 nodes takes it",
        "a: full (1 pods)",
        "b: cordoned",
    ]


def test_nothing_is_explained_where_a_node_is_free() -> None:
    """A pod that is about to be bound is named, and no node is said to refuse it."""
    world = cluster(node("a"))
    said = world.instance.remarks(world.state([PENDING]), "every-pod-scheduled")
    assert [sentence for sentence, _ in said] == ["web-pod1 is pending, without a node"]


def test_anti_affinity_over_zones_binds_one_pod_a_zone() -> None:
    """A zone with a pod, terminating or not, takes no other."""
    zones = [node(n, labels={"zone": z}) for n, z in (("a", "1"), ("b", "1"), ("c", "2"))]
    world = cluster(*zones, anti_affinity=(AntiAffinityTerm("zone"),))
    assert world.choices(world.state([("Ready", "a", 1), PENDING]), "bind", 1) == {"c"}
    both: list[Pod] = [("Ready", "a", 1), ("Terminating", "c", 1), PENDING]
    assert "bind" not in world.enabled(world.state(both))


@pytest.mark.parametrize(
    ("tolerations", "unreachable_taken"),
    [
        ((), False),
        (EXISTS, True),
        ((Toleration("node.kubernetes.io/unreachable", "Exists", "", "NoExecute"),), False),
        ((Toleration("node.kubernetes.io/unreachable", "Exists"),), True),
        # The default toleration covers NoExecute, this one the other effect.
        ((Toleration("node.kubernetes.io/unreachable", "Exists", "", "NoSchedule"),), True),
    ],
)
def test_unreachable_nodes(tolerations: tuple[Toleration, ...], unreachable_taken: bool) -> None:
    """A node that is known to be unreachable has taints of two effects; one that has crashed
    unnoticed still looks fine."""
    of = workload(1, pod=template(tolerations=tolerations))
    world = World(scenario("steady", 1, of, faults=Faults(node_crashes=1)))
    for health, taken in (("Up", True), ("Crashed", True), ("Unreachable", unreachable_taken)):
        state = world.state([PENDING], health=[health])
        assert ("bind" in world.enabled(state)) is taken


@pytest.mark.parametrize(("tolerations", "taken"), [((), False), (EXISTS, True)])
def test_nodes_cordoned_for_a_drain(tolerations: tuple[Toleration, ...], taken: bool) -> None:
    """A cordon keeps pods off, unless they tolerate it."""
    of = workload(1, pod=template(tolerations=tolerations))
    world = World(scenario(Change("drain", nodes=("node-1",)), 1, of))
    assert "bind" in world.enabled(world.state([PENDING]))
    state = world.state([PENDING], unschedulable=[1])
    assert ("bind" in world.enabled(state)) is taken
    assert (world.instance.remarks(state, "drain-completes") == ()) is taken


def test_a_template_with_a_node_name_bypasses_the_scheduler() -> None:
    """Its pods go to their node whatever cordons and NoSchedule taints say; a node that is down
    takes none, and a NoExecute taint is the kubelet's business too."""
    named = workload(1, pod=template(node_name="a"))
    dedicated = Taint("dedicated", "", "NoSchedule")
    world = World(scenario("steady", (node("a", taints=(dedicated,)), node("b")), named))
    assert world.choices(world.state([PENDING]), "bind", 1) == {"a"}
    assert "bind" in world.enabled(world.state([PENDING]), "kubelet")
    world = World(scenario(Change("drain", nodes=("a",)), (node("a"), node("b")), named))
    assert "bind" in world.enabled(world.state([PENDING], unschedulable=[1, 0]))
    hostile = node("a", taints=(Taint("maintenance", "", "NoExecute"),))
    world = World(scenario("steady", (hostile, node("b")), named))
    assert "bind" not in world.enabled(world.state([PENDING]))
    world = World(scenario("steady", (node("a"),), named, faults=Faults(node_crashes=1)))
    assert "bind" not in world.enabled(world.state([PENDING], health=["Crashed"]))


def test_the_scheduler_needs_the_store() -> None:
    """A binding is a write."""
    world = World(scenario("steady", 1, workload(1), faults=Faults(member_crashes=1)))
    assert "bind" in world.enabled(world.state([PENDING], serving=1))
    assert "bind" not in world.enabled(world.state([PENDING], serving=0))


def test_seeded_scheduler_faults() -> None:
    """One more pod than fits, a taint overlooked, a cordon overlooked."""
    small, tainted = (
        node("a", allocatable={"pods": 1}),
        node("a", taints=(Taint("gpu", "", "NoSchedule"),)),
    )
    full = [("Ready", "a", 1), PENDING]
    for mutation, on, pods in (
        ("fit-off-by-one", small, full),
        ("taints-ignored", tainted, [PENDING]),
    ):
        for mutations, taken in (((), False), ((mutation,), True)):
            world = World(scenario("steady", [on], workload(2), mutations))
            assert ("bind" in world.enabled(world.state(pods))) is taken
    drain = Change("drain", nodes=("a",))
    for mutations, taken in (((), False), (("cordon-ignored",), True)):
        world = World(scenario(drain, [node("a")], workload(1), mutations))
        assert ("bind" in world.enabled(world.state([PENDING], unschedulable=[1]))) is taken


def test_pods_of_a_node_that_is_gone_keep_nobody_away() -> None:
    """The scheduler looks at nodes that there are and the pods on them."""
    on = [node(f"node-{i}", labels={"zone": "a"}) for i in (1, 2)]
    apart = template(anti_affinity=(AntiAffinityTerm("zone"),))
    world = World(scenario("steady", on, workload(2, pod=apart), faults=Faults(node_removals=1)))
    pods: list[Pod] = [("Ready", "node-1", 1), PENDING]
    assert world.choices(world.state(pods), "bind", 1) == set()
    assert world.choices(world.state(pods, registered=[0, 1]), "bind", 1) == {"node-2"}


@pytest.mark.parametrize(
    "change", [Change("drain", nodes=("node-1",)), stepwise((Uncordon("node-1"),))]
)
def test_a_cordon_from_the_start_can_be_taken_away(change: Change) -> None:
    """By the user, or because another node comes in the place of one that was removed."""
    on = [node("node-1", unschedulable=True)]
    world = World(scenario(change, on))
    assert world.choices(world.state([PENDING]), "bind", 1) == set()
    assert world.choices(world.state([PENDING], unschedulable=[0]), "bind", 1) == {"node-1"}
