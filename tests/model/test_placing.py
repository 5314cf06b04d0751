"""Placing one pod by direct calculation, where the recorded answers of the real code do not say it
plainly, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.api.affinity import Affinity, PodAffinityTerm
from model.api.node import ZONE, Node, Taint
from model.api.pod import Pod, PodTemplate
from model.api.selector import LabelSelector, Requirement
from model.api.topologyspread import TopologySpreadConstraint
from model.plugins import noderesources
from model.plugins.filters import HOSTNAME
from model.plugins.placing import enough, place
from model.plugins.snapshot import Snapshot

WEB = LabelSelector({"app": "web"})


def node(name: str, zone: str = "a", cpu: int = 4000) -> Node:
    labels = {HOSTNAME: name, ZONE: zone}
    return Node(name, labels, allocatable={"cpu": cpu, "memory": 8 << 30, "pods": 110})


def pod(name: str = "incoming", on: str = "", cpu: int = 1000, app: str = "web") -> Pod:
    return Pod("default", name, PodTemplate({"app": app}, ("web",), {"cpu": cpu}), on)


def spreading(**more: object) -> Pod:
    constraint = TopologySpreadConstraint(1, ZONE, "DoNotSchedule", WEB, **more)  # type: ignore[arg-type]
    return replace(pod(), spread=(constraint,))


def test_the_event_counts_reasons_and_sorts_them() -> None:
    nodes = [
        node("n0", cpu=500),
        node("n1", cpu=500),
        replace(node("n2"), unschedulable=True),
        replace(node("n3"), taints=(Taint("dedicated", "", "NoSchedule"),)),
    ]
    found = place(Snapshot.of(nodes, []), pod())
    assert found.message == (
        "0/4 nodes are available: 1 node(s) had untolerated taint(s), "
        "1 node(s) were unschedulable, 2 Insufficient cpu."
    )


def test_several_shortages_are_told_and_a_node_too_small_is_unresolvable() -> None:
    small = replace(node("n0"), allocatable={"cpu": 1000, "memory": 1 << 30, "pods": 1})
    there = replace(pod("p", "n0"), template=PodTemplate(requests={"memory": 1 << 30}))
    wanting = replace(pod(), template=PodTemplate(requests={"cpu": 2000, "memory": 1 << 30}))
    found = place(Snapshot.of([small], [there]), wanting).refusals["n0"]
    assert found.status[:2] == (
        "UnschedulableAndUnresolvable",
        ("Too many pods", "Insufficient cpu", "Insufficient memory"),
    )


def test_terms_that_all_name_nodes_leave_the_others_out_beforehand() -> None:
    """So the event says so in other words."""
    here = Requirement("metadata.name", "In", ("n7",), field=True)
    affinity = Affinity(required_nodes=((here,),))
    bound = replace(pod(), affinity=affinity, template=PodTemplate(node_affinity=((here,),)))
    found = place(Snapshot.of([node("n0"), node("n1")], []), bound)
    assert found.message == (
        "0/2 nodes are available: 2 node(s) didn't satisfy plugin(s) [NodeAffinity]."
    )


def test_too_few_domains_count_as_an_empty_one() -> None:
    there = [pod("p", "n0"), pod("q", "n1")]
    snapshot = Snapshot.of([node("n0", "a"), node("n1", "b")], there)
    assert place(snapshot, spreading()).best
    assert not place(snapshot, spreading(min_domains=3)).feasible


def test_an_empty_selector_counts_nobody_but_the_pod_itself() -> None:
    """As upstream has it."""
    there = [pod(f"p{i}", "n0") for i in range(3)]
    snapshot = Snapshot.of([node("n0", "a"), node("n1", "b")], there)
    constraint = TopologySpreadConstraint(1, ZONE, "DoNotSchedule", LabelSelector())
    found = place(snapshot, replace(pod(), spread=(constraint,)))
    assert len(found.feasible) == 2


def test_tainted_nodes_count_unless_the_constraint_honors_taints() -> None:
    nodes = [node("n0", "a"), replace(node("n1", "b"), taints=(Taint("k", "", "NoSchedule"),))]
    snapshot = Snapshot.of(nodes, [pod("p", "n0")])
    assert not place(snapshot, spreading()).feasible
    assert place(snapshot, spreading(node_taints_policy="Honor")).feasible


def test_the_first_of_a_self_affine_group_goes_anywhere() -> None:
    term = PodAffinityTerm(ZONE, WEB, frozenset({"default"}))
    near = replace(pod(), affinity=Affinity(required=(term,)))
    nodes = [node("n0", "a"), node("n1", "b")]
    assert len(place(Snapshot.of(nodes, []), near).feasible) == 2
    assert place(Snapshot.of(nodes, [pod("p", "n1")]), near).best == ["n1"]
    other = replace(near, template=PodTemplate({"app": "db"}))
    assert not place(Snapshot.of(nodes, []), other).feasible


def test_a_pod_that_is_there_keeps_others_away_by_their_namespaces_labels() -> None:
    teams = LabelSelector({"team": "a"})
    term = PodAffinityTerm(HOSTNAME, WEB, frozenset(), teams)
    there = replace(pod("p", "n0"), namespace="other", affinity=Affinity(anti_required=(term,)))
    nodes = [node("n0"), node("n1")]
    known = Snapshot.of(nodes, [there], namespaces={"default": {"team": "a"}})
    assert [info.name for info in place(known, pod()).feasible] == ["n1"]
    assert len(place(Snapshot.of(nodes, [there]), pod()).feasible) == 2


def test_ports_differ_by_address_and_protocol() -> None:
    def on(address: str, protocol: str = "TCP") -> PodTemplate:
        return PodTemplate(host_ports=((address, protocol, 80),))

    there = replace(pod("p", "n0"), template=on("10.0.0.1"))
    snapshot = Snapshot.of([node("n0")], [there])
    feasible = {
        given: bool(place(snapshot, replace(pod(), template=on(*given))).feasible)
        for given in (("10.0.0.1",), ("10.0.0.2",), ("",), ("0.0.0.0",), ("10.0.0.1", "UDP"))
    }
    assert list(feasible.values()) == [False, True, False, False, True]


def test_a_node_can_be_taken_back_to_what_it_was() -> None:
    """Preemption tries pods off nodes and on again."""
    snapshot = Snapshot.of([node("n0")], [pod("p", "n0")])
    info = snapshot.nodes[0]
    other = info.copy()
    other.remove(info.pods[0])
    assert (other.requested["cpu"], len(other.pods)) == (0, 0)
    assert (info.requested["cpu"], len(info.pods)) == (1000, 1)
    with pytest.raises(ValueError, match="not in list"):
        other.remove(info.pods[0])


def test_the_other_strategies_of_noderesourcesfit() -> None:
    """By upstream's own examples, `most_allocated_test.go` and
    `requested_to_capacity_ratio_test.go`."""
    uses = [(3000, 4000, 1), (5000, 10000, 1)]
    assert noderesources.most_allocated(uses) == 62
    assert noderesources.most_allocated([(6000, 4000, 1), (5000, 10000, 1)]) == 75
    shape = ((0, 10), (100, 0))
    assert noderesources.requested_to_capacity_ratio(uses, shape) == 38
    assert noderesources.requested_to_capacity_ratio([(0, 4000, 1), (0, 10000, 1)], shape) == 100


@pytest.mark.parametrize(
    ("nodes", "scored"), [(50, 50), (99, 99), (100, 100), (240, 117), (1000, 420), (10000, 500)]
)
def test_large_clusters_are_sampled_upstream(nodes: int, scored: int) -> None:
    """1,000 nodes: 420, as the real one was timed with."""
    assert enough(nodes) == scored
