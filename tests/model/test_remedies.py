"""What would let a pod onto a node is proposed, and has been tried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.api.affinity import Affinity, PodAffinityTerm
from model.api.node import ZONE, Node, Taint
from model.api.pod import Pod, PodTemplate
from model.api.selector import LabelSelector, Requirement
from model.api.topologyspread import TopologySpreadConstraint
from model.plugins.filters import HOSTNAME
from model.plugins.placing import place
from model.plugins.remedies import remedies
from model.plugins.snapshot import Snapshot

WEB = LabelSelector({"app": "web"})
N0 = Node("n0", {HOSTNAME: "n0", ZONE: "a"}, allocatable={"cpu": 4000, "pods": 3})
N1 = Node("n1", {HOSTNAME: "n1"}, allocatable={"cpu": 4000, "pods": 3})
POD = Pod("default", "web", PodTemplate({"app": "web"}, requests={"cpu": 1000}))
THERE = replace(POD, name="there", node="n0")
GUARD = replace(
    THERE,
    affinity=Affinity(anti_required=(PodAffinityTerm(HOSTNAME, WEB, frozenset({"default"})),)),
)


def asking(cpu: int) -> Pod:
    return replace(POD, template=replace(POD.template, requests={"cpu": cpu}))


def placed(template: PodTemplate, affinity: Affinity = Affinity()) -> Pod:  # noqa: B008
    return replace(POD, template=template, affinity=affinity)


def spread(key: str) -> Pod:
    constraint = TopologySpreadConstraint(1, key, "DoNotSchedule", WEB, min_domains=2)
    return replace(POD, spread=(constraint,))


PORT = (("", "TCP", 80),)
NEAR = PodAffinityTerm(ZONE, LabelSelector({"app": "db"}), frozenset({"default"}))
AWAY = PodAffinityTerm(HOSTNAME, WEB, frozenset({"default"}))
NAMED = ((Requirement("gpu", "Exists"),),)


@pytest.mark.parametrize(
    ("node", "there", "pod", "changes"),
    [
        (replace(N0, unschedulable=True), [], POD, ["uncordon n0"]),
        (
            replace(N0, taints=(Taint("dedicated", "db", "NoSchedule"),)),
            [],
            POD,
            ["tolerate dedicated=db:NoSchedule"],
        ),
        (N0, [THERE], asking(3500), ["request 500m less cpu (3 at most)"]),
        (
            replace(N0, allocatable={"cpu": 1000, "pods": 1}),
            [THERE],
            POD,
            ["give n0 room for 1 more pods", "give n0 room for 1 more cpu"],
        ),
        (N0, [], placed(PodTemplate(node_selector={"disk": "ssd"})), ["label n0 disk=ssd"]),
        (
            N0,
            [],
            placed(PodTemplate(node_affinity=NAMED), Affinity(required_nodes=NAMED)),
            ["leave out the required node affinity"],
        ),
        (
            N0,
            [replace(THERE, template=PodTemplate(host_ports=PORT))],
            placed(PodTemplate(host_ports=PORT)),
            ["take another host port than 80/TCP"],
        ),
        (N0, [THERE], spread(ZONE), ["raise maxSkew of topology.kubernetes.io/zone to 2"]),
        (N0, [], spread("rack"), ["say ScheduleAnyway for the spread over rack"]),
        (
            N0,
            [],
            placed(POD.template, Affinity(required=(NEAR,))),
            ["leave out the required affinity by topology.kubernetes.io/zone"],
        ),
        (
            N0,
            [THERE],
            placed(POD.template, Affinity(anti_required=(AWAY,))),
            ["leave out the required anti-affinity by kubernetes.io/hostname"],
        ),
        (N0, [GUARD], POD, []),
    ],
)
def test_a_change_for_each_thing_in_the_way(
    node: Node, there: list[Pod], pod: Pod, changes: list[str]
) -> None:
    found = remedies(place(Snapshot.of([node], there), pod), "n0")
    assert [change.text for each in found for change in each.changes] == changes


def test_the_nodes_that_need_fewest() -> None:
    """A node with two things in the way is not told of beside one with one, unless it is asked
    about."""
    small = replace(N1, unschedulable=True, allocatable={"cpu": 500, "pods": 3})
    placing = place(Snapshot.of([small, replace(N0, unschedulable=True)], []), POD)
    assert [each.node for each in remedies(placing)] == ["n0", ""]
    (only,) = remedies(placing, "n1")
    assert [change.text for change in only.changes] == [
        "uncordon n1",
        "request 500m less cpu (500m at most)",
    ]


def test_what_is_proposed_but_does_not_help_is_not_told() -> None:
    """Without its own terms the pod is still kept off by those of the one that is there."""
    held = Affinity(anti_required=(AWAY,))
    placing = place(Snapshot.of([N0], [GUARD]), placed(POD.template, held))
    assert remedies(placing, "n0") == []
    assert [[change.text for change in each.changes] for each in remedies(placing)] == [
        ["add a node like n0"]
    ]


def test_a_node_more_is_tried_too() -> None:
    """It has the labels, taints and room of one that there is, and none of its pods: what keeps the
    pod off that one while it is empty, keeps it off the new one. Where it is fewer changes than any
    others, it is told alone."""
    tainted = replace(N0, taints=(Taint("dedicated", "db", "NoSchedule"),))
    (found,) = remedies(place(Snapshot.of([tainted], []), POD))
    assert found.node == "n0"
    far = PodTemplate({"app": "web"}, requests={"cpu": 1000}, node_selector={"disk": "ssd"})
    full = replace(N1, labels={HOSTNAME: "n1", "disk": "ssd"}, allocatable={"cpu": 1000, "pods": 1})
    placing = place(Snapshot.of([tainted, full], [replace(THERE, node="n1")]), placed(far))
    assert [each.node for each in remedies(placing)] == [""]
    assert [change.text for change in remedies(placing)[0].changes] == ["add a node like n1"]


def test_a_node_more_of_any_kind() -> None:
    """One in a zone that has few pods already is as good as one in a new zone."""
    nodes = [
        Node(f"n{i}", {HOSTNAME: f"n{i}", ZONE: "ab"[i % 2]}, allocatable={"pods": 1})
        for i in range(2)
    ]
    there = [replace(THERE, name=f"there-{i}", node=f"n{i}") for i in range(2)]
    pod = replace(spread(ZONE), template=PodTemplate({"app": "web"}))
    found = remedies(place(Snapshot.of(nodes, there), pod))
    assert ("", ["add a node like n0"]) in [
        (each.node, [change.text for change in each.changes]) for each in found
    ]
