"""What is computed once for nodes of which the same is read is what it is for each."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.api.node import Node, Taint
from model.api.pod import AntiAffinityTerm, PodTemplate, Toleration
from model.api.selector import Requirement
from model.apiserver.room import capacity
from model.plugins import filters, scores
from model.plugins.filters import admits
from model.scheduler.binding import preferences
from tests.model.worlds import node, scenario, template, workload

NAMES = ("node-1", "node-2", "node-3")

#: One in two has no more than its name, and perhaps its label of that name, of its own: so most
#: clusters have nodes that look alike to somebody.
PLAIN = st.builds(
    lambda name, host: node(name, labels={filters.HOSTNAME: name} if host else {}),
    st.sampled_from(NAMES),
    st.booleans(),
)
NODES = PLAIN | st.builds(
    lambda name, disk, taints, cpu, pods, cordoned: node(
        name,
        labels={"disk": disk} if disk else {},
        taints=taints,
        unschedulable=cordoned,
        allocatable={"cpu": cpu, "pods": pods},
    ),
    st.sampled_from(NAMES),
    st.sampled_from(("", "ssd", "hdd")),
    st.sampled_from(((), (Taint("a", "b", "NoSchedule"),))),
    st.sampled_from((400, 1000, 4000)),
    st.sampled_from((0, 2, 110)),
    st.booleans(),
)

TEMPLATES = st.sampled_from(
    (
        template(),
        template(node_selector={"disk": "ssd"}),
        template(node_selector={filters.HOSTNAME: "node-2"}),
        template(node_affinity=((Requirement(filters.HOSTNAME, "NotIn", ("node-1",)),),)),
        template(node_affinity=((Requirement("metadata.name", "In", ("node-3",), field=True),),)),
        template(node_name="node-1"),
        template(anti_affinity=(AntiAffinityTerm(filters.HOSTNAME),)),
        template(host_ports=(("", "TCP", 80),)),
        template(tolerations=(Toleration(operator="Exists"),)),
    )
)

LIMIT = 9


@settings(deadline=None, max_examples=150)
@given(TEMPLATES, st.lists(NODES, min_size=1, max_size=5))
def test_alike_nodes_share_what_is_computed(pod: PodTemplate, hosts: list[Node]) -> None:
    """The tables have for each node what its filters and scores say."""
    given_ = scenario(on=hosts, of=workload(pod=pod))
    assert admits(given_, LIMIT) == [
        int(not filters.refusals(pod, host, pods)) for host in hosts for pods in range(LIMIT + 1)
    ]
    assert preferences(given_, LIMIT) == [
        scores.score(pod, host, pods) for host in hosts for pods in range(LIMIT + 1)
    ]


def test_a_filter_that_reads_more_tells_more_nodes_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a filter reads is all that it sees, and what rows are shared by: one that reads the name
    keeps pods off one of two nodes that are alike otherwise."""
    by_name = filters.Filter(
        "ByName",
        lambda _, node: node.name,
        lambda _, name, pods: "not here" if name == "node-2" and pods else None,
        (),
    )
    monkeypatch.setattr(filters, "FILTERS", (*filters.FILTERS, by_name))
    given_ = scenario(on=[node("node-1"), node("node-2")], of=workload(pod=template()))
    assert admits(given_, 2) == [1, 1, 1, 1, 0, 0]


def test_a_score_that_reads_more_tells_more_nodes_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for scores."""
    by_name = scores.Score("ByName", 1, lambda _, node: node.name, lambda _, name, __: len(name))
    monkeypatch.setattr(scores, "SCORES", (by_name,))
    given_ = scenario(on=[node("a"), node("bb"), node("cc")], of=workload(pod=template()))
    assert preferences(given_, 0) == [1, 2, 2]


@settings(deadline=None, max_examples=150)
@given(TEMPLATES, NODES, st.integers(0, 12))
def test_capacity_is_the_first_refusal(pod: PodTemplate, host: Node, limit: int) -> None:
    """A node takes as many pods as one after the other would get in."""
    plain = next((n for n in range(limit) if filters.refusals(pod, host, n)), limit)
    assert capacity(pod, host, limit) == plain
