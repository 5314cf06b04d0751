"""Plain manifests become the everyday scenarios, with every assumption said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.api.change import Change
from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.workload import Workload
from model.load import LoadOptions
from model.load.nodes import assumed_size, kinds_of
from model.load.versions import next_image
from model.scenario import Faults
from tests.model.load.helpers import check_document, deployment, findings, load_text, plan_of

NODE = """
---
apiVersion: v1
kind: Node
metadata: {{name: {name}, labels: {{zone: {zone}}}}}
status: {{allocatable: {{cpu: {cpu}, memory: 8Gi, pods: 30}}}}
"""


def workload(replicas: int, **requests: int) -> Workload:
    template = PodTemplate(labels={"app": "web"}, requests=requests)
    return Workload("Deployment", "default", "web", replicas, LabelSelector(), template)


def test_everyday_scenarios_of_a_deployment() -> None:
    """Apply, rollout, drain, node crash and lagging cache, in this order."""
    scenarios = plan_of(deployment()).scenarios
    assert [(s.name, s.change, s.faults) for s in scenarios] == [
        ("apply", Change("apply"), Faults()),
        ("rollout", Change("rollout", "nginx:1.27-next"), Faults()),
        ("drain node-1", Change("drain", nodes=("node-1",)), Faults()),
        ("node crash", Change("steady"), Faults(node_crashes=1)),
        (
            "lagging cache",
            Change("rollout", "nginx:1.27-next"),
            Faults(slow_watches={"deployment-controller": 1}),
        ),
    ]
    assert {s.properties for s in scenarios} == {None}
    assert {s.source.line for s in scenarios} == {1}


def test_everyday_scenarios_of_a_replica_set() -> None:
    """A ReplicaSet does not roll out."""
    names = [s.name for s in plan_of(deployment(kind="ReplicaSet")).scenarios]
    assert names == ["apply", "drain node-1", "node crash"]


def test_no_replicas() -> None:
    """Nothing can go wrong with zero replicas, and nothing is claimed of them."""
    assert plan_of(deployment("replicas: 0")).scenarios == ()


def test_each_kind_of_node_is_drained_once() -> None:
    """Nodes that differ in name only are one kind."""
    nodes = "".join(
        NODE.format(name=name, zone=zone, cpu=cpu)
        for name, zone, cpu in [("a", "x", 4), ("b", "x", 4), ("c", "y1", 4), ("d", "x", 8)]
    )
    scenarios = plan_of(deployment() + nodes).scenarios
    drained = [name for s in scenarios for name in s.change.nodes]
    assert drained == ["a", "c", "d"]
    assert [node.name for node in scenarios[0].nodes] == ["a", "b", "c", "d"]


def test_cordoned_nodes_are_not_drained() -> None:
    """A node that takes no pods has nothing to drain."""
    assert kinds_of([Node("a", unschedulable=True), Node("b")]) == [Node("b")]


def test_assumptions_are_said() -> None:
    """Nodes, control plane and image are assumed and each is said."""
    apply, rollout, *_ = plan_of(deployment()).scenarios
    assert apply.assumptions == (
        "assumed 3 nodes of 4 CPU, 16 GiB, 110 pods; "
        "give Node objects, spec.cluster.nodes or --nodes",
        "assumed 3 control-plane members; give spec.controlPlane",
    )
    assert rollout.assumptions[len(apply.assumptions) :] == (
        "the rollout is to an assumed image, nginx:1.27-next",
    )


def test_workloads_are_checked_alone() -> None:
    """With several workloads each has its scenarios, and that they do not compete is said."""
    plan = plan_of(deployment() + "---\n" + deployment(name="b"))
    assert len(plan.scenarios) == 10
    assert all(any("do not compete" in a for a in s.assumptions) for s in plan.scenarios)


def test_given_nodes_are_not_assumed() -> None:
    """Node objects with a status leave nothing to assume about nodes."""
    scenario = plan_of(deployment() + NODE.format(name="a", zone="x", cpu=4)).scenarios[0]
    assert [node.name for node in scenario.nodes] == ["a"]
    assert not any("node" in text for text in scenario.assumptions)


def test_nodes_without_status() -> None:
    """Their size is assumed, and said."""
    text = deployment() + "---\napiVersion: v1\nkind: Node\nmetadata: {name: a}\n"
    scenario = plan_of(text).scenarios[0]
    assert scenario.nodes[0].allocatable == {"cpu": 4000, "memory": 16 * 2**30, "pods": 110}
    assert any("status.allocatable" in text for text in scenario.assumptions)


def test_assumed_nodes_suit_the_pods() -> None:
    """Labels that the pods ask for are on the assumed nodes, and that is said."""
    pod = (
        "nodeSelector: {disk: ssd}\naffinity:\n  nodeAffinity:\n"
        "    requiredDuringSchedulingIgnoredDuringExecution:\n      nodeSelectorTerms:\n"
        "      - matchExpressions:\n        - {key: zone, operator: In, values: [a, b]}\n"
        "        - {key: gpus, operator: Gt, values: ['2']}\n"
        "        - {key: old, operator: DoesNotExist}\n"
    )
    scenario = plan_of(deployment(pod=pod)).scenarios[0]
    for node in scenario.nodes:
        assert node.labels == {
            "kubernetes.io/hostname": node.name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "disk": "ssd",
            "gpus": "3",
            "zone": "a",
        }
    assert any("disk=ssd, gpus=3, zone=a" in text for text in scenario.assumptions)


def test_specified_nodes_are_taken_as_they_are() -> None:
    """Nodes that a spec describes carry its labels only, even if no pod fits them then."""
    text = deployment(pod="nodeSelector: {disk: ssd}\nnodeName: here") + "---\n"
    (node,) = plan_of(text + check_document("cluster: {nodes: {count: 1}}")).scenarios[0].nodes
    assert (node.name, "disk" in node.labels) == ("node-1", False)


def test_a_template_that_names_its_node() -> None:
    """The node that nodeName names exists among the assumed ones, and only once."""
    scenario = plan_of(deployment(pod="nodeName: node-2")).scenarios[0]
    assert [node.name for node in scenario.nodes] == ["node-2", "node-1", "node-3"]
    scenario = plan_of(deployment(pod="nodeName: here")).scenarios[0]
    assert [node.name for node in scenario.nodes] == ["here", "node-1", "node-2"]
    assert any("nodeName" in text for text in scenario.assumptions)


def test_assumed_nodes_grow_with_the_requests() -> None:
    """The cluster holds twice the requests of everything, in round sizes."""
    text = deployment(
        "replicas: 4",
        container="resources:\n  requests: {cpu: 3, memory: 20Gi}\n  limits: {example.com/gpu: 1}",
    )
    node = plan_of(text).scenarios[0].nodes[0]
    assert node.allocatable == {
        "cpu": 8000,
        "memory": 64 * 2**30,
        "pods": 110,
        "example.com/gpu": 3,
    }


@given(
    st.lists(
        st.builds(
            lambda replicas, cpu, memory: workload(replicas, cpu=cpu, memory=memory),
            st.integers(0, 500),
            st.integers(0, 64_000),
            st.integers(0, 2**38),
        ),
        max_size=4,
    ),
    st.integers(1, 9),
)
@settings(deadline=None, max_examples=200)
def test_assumed_nodes_hold_twice_the_requests(workloads: list[Workload], count: int) -> None:
    """Whatever the workloads, the assumed cluster holds twice their sum, and each pod."""
    size = assumed_size(workloads, count)
    for name in ("cpu", "memory"):
        asked = sum(w.replicas * w.template.requests[name] for w in workloads)
        assert count * size[name] >= 2 * asked
        assert all(size[name] >= w.template.requests[name] for w in workloads)
    assert count * size["pods"] >= 2 * sum(w.replicas for w in workloads)
    assert size["cpu"] >= 4000
    assert size["pods"] % 10 == 0


@pytest.mark.parametrize(
    ("text", "count", "allocatable"),
    [
        ("1", 1, {"cpu": 4000, "memory": 16 * 2**30, "pods": 110}),
        ("5x8cpu,32Gi", 5, {"cpu": 8000, "memory": 32 * 2**30, "pods": 110}),
        ("2x500mcpu", 2, {"cpu": 500, "memory": 16 * 2**30, "pods": 110}),
        ("2x10pods,1Gi,1cpu", 2, {"cpu": 1000, "memory": 2**30, "pods": 10}),
    ],
)
def test_nodes_on_the_command_line(text: str, count: int, allocatable: dict[str, int]) -> None:
    """--nodes wins over Node objects and the spec."""
    manifests = deployment() + NODE.format(name="a", zone="x", cpu=4)
    check = "---\n" + check_document("cluster: {nodes: {count: 7}}")
    for given_text in (manifests, manifests + check):
        nodes = plan_of(given_text, LoadOptions(nodes=text)).scenarios[0].nodes
        assert len(nodes) == count
        assert nodes[0].allocatable == allocatable


@pytest.mark.parametrize(
    "text", ["", "0", "x", "3x", "3x8", "3xcpu", "3x8cpu,8cpu", "3x-1cpu", "-1"]
)
def test_bad_nodes_on_the_command_line(text: str) -> None:
    """A diagnostic at --nodes, with what to write."""
    (found,) = load_text(deployment(), LoadOptions(nodes=text)).diagnostics
    assert (found.code, found.source.file) == ("P304", "--nodes")
    assert "5x8cpu,32Gi" in found.hint


def test_properties_on_the_command_line() -> None:
    """--property wins over the spec; an unknown one is a mistake."""
    text = deployment() + "---\n" + check_document("properties: [surge-bounded]")
    options = LoadOptions(properties=("drain-completes",))
    assert plan_of(text, options).scenarios[0].properties == ("drain-completes",)
    loaded = load_text(text, LoadOptions(properties=("drain-complete",)))
    assert findings(loaded) == [(1, "P301")]
    assert loaded.diagnostics[0].hint == "did you mean `drain-completes`?"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx:1.27", "nginx:1.27-next"),
        ("nginx", "nginx:next"),
        ("host:5000/nginx", "host:5000/nginx:next"),
        ("host:5000/nginx:1", "host:5000/nginx:1-next"),
        ("nginx@sha256:0a", "nginx:next"),
        ("nginx:1@sha256:0a", "nginx:1-next"),
    ],
)
def test_next_image(image: str, expected: str) -> None:
    """The tag changes, never the name; a digest does not survive."""
    assert next_image(image) == expected


@pytest.mark.parametrize(
    ("spec", "deadline", "kept"),
    [
        ("", None, 10),
        ("progressDeadlineSeconds: 60", 60, 10),
        ("progressDeadlineSeconds: 2147483647", None, 10),
        ("revisionHistoryLimit: 0", None, 0),
    ],
)
def test_deadlines_and_revisions(spec: str, deadline: int | None, kept: int) -> None:
    """A progress deadline is one that is given, and the largest number is for none; old revisions
    are ten where nobody says."""
    workload = plan_of(deployment(spec)).scenarios[0].workload
    assert workload.progress_deadline == deadline
    assert workload.history_limit == kept
