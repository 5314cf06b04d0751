"""The scheduler's filters: which nodes can take one more pod."""

from __future__ import annotations

from typing import Any

import pytest

from model.api.node import Node, Taint
from model.api.pod import AntiAffinityTerm, Toleration
from model.api.selector import Requirement
from model.plugins.filters import HOSTNAME, matches, refusals, same_domain, tolerates
from tests.model.worlds import GIB, node, template

GPU = Taint("gpu", "yes", "NoSchedule")


def refused(pod: Any, on: Node, pods: int = 0) -> list[str]:
    """The names of the filters that keep a pod off a node which holds some already."""
    return [row.name for row, _ in refusals(pod, on, pods)]


def test_a_plain_pod_fits_a_plain_node() -> None:
    """Nothing keeps an undemanding pod off an empty node."""
    assert refused(template(), node("a")) == []


@pytest.mark.parametrize(
    ("requests", "room", "pods", "fits"),
    [
        ({"cpu": 1000}, {"cpu": 4000}, 3, True),
        ({"cpu": 1000}, {"cpu": 4000}, 4, False),
        ({"cpu": 1000}, {"cpu": 3999}, 3, False),
        ({"memory": 8 * GIB}, {"memory": 16 * GIB}, 1, True),
        ({"memory": 8 * GIB + 1}, {"memory": 16 * GIB}, 1, False),
        ({"ephemeral-storage": 1}, {}, 0, False),
        ({"ephemeral-storage": 0}, {}, 0, True),
        ({"example.com/gpu": 1}, {}, 0, False),
        ({"example.com/gpu": 1}, {"example.com/gpu": 2}, 1, True),
        ({"cpu": 0, "memory": 1}, {"cpu": 0}, 5, True),
        ({"cpu": 1}, {"cpu": 0}, 0, False),
        ({}, {"cpu": 0, "memory": 0}, 5, True),
        ({}, {"pods": 2}, 1, True),
        ({}, {"pods": 2}, 2, False),
        ({}, {"pods": 0}, 0, False),
    ],
)
def test_resources(requests: dict[str, int], room: dict[str, int], pods: int, fits: bool) -> None:
    """Every resource that is requested at all must be free to the last unit, and the pod limit
    holds for pods that request nothing."""
    got = refused(template(requests=requests), node("a", allocatable=room), pods)
    assert got == ([] if fits else ["NodeResourcesFit"])


@pytest.mark.parametrize(
    ("toleration", "taint", "expected"),
    [
        (Toleration("gpu", "Equal", "yes", "NoSchedule"), GPU, True),
        (Toleration("gpu", "Equal", "yes", ""), GPU, True),
        (Toleration("gpu", "Equal", "no", "NoSchedule"), GPU, False),
        (Toleration("gpu", "Exists", "", "NoSchedule"), GPU, True),
        (Toleration("gpu", "Exists", "", "NoExecute"), GPU, False),
        (Toleration("", "Exists"), GPU, True),
        (Toleration("tpu", "Exists"), GPU, False),
        (Toleration("gpu", "Equal", ""), Taint("gpu", "", "NoSchedule"), True),
        (Toleration("gpu", "Gt", "1"), Taint("gpu", "2", "NoSchedule"), False),
        (Toleration("gpu", "Exists", seconds=0), GPU, True),
    ],
)
def test_tolerations(toleration: Toleration, taint: Taint, expected: bool) -> None:
    """Key, effect and value match; an empty key or effect matches all, and so does Exists any
    value. How long a taint is tolerated is of no interest to the scheduler."""
    assert tolerates((toleration,), taint) is expected


@pytest.mark.parametrize(
    ("effect", "kept_off"), [("NoSchedule", True), ("NoExecute", True), ("PreferNoSchedule", False)]
)
def test_taints(effect: Any, kept_off: bool) -> None:
    """Taints of both hard effects keep pods off, the soft one does not."""
    tainted = node("a", taints=(Taint("gpu", "yes", effect),))
    assert refused(template(), tainted) == (["TaintToleration"] if kept_off else [])
    tolerant = template(tolerations=(Toleration("gpu", "Exists"),))
    assert refused(tolerant, tainted) == []


def test_every_taint_must_be_tolerated() -> None:
    """One taint that is not tolerated is enough to be kept off."""
    tainted = node("a", taints=(GPU, Taint("spot", "", "NoSchedule")))
    assert refused(template(tolerations=(Toleration("gpu", "Exists"),)), tainted)


def test_cordons() -> None:
    """A cordoned node takes only pods that tolerate the unschedulable taint."""
    cordoned = node("a", unschedulable=True)
    assert refused(template(), cordoned) == ["NodeUnschedulable"]
    key = "node.kubernetes.io/unschedulable"
    for toleration, off in ((Toleration(key, "Exists"), []), (Toleration("", "Exists"), [])):
        assert refused(template(tolerations=(toleration,)), cordoned) == off
    wrong = Toleration(key, "Exists", "", "NoExecute")
    assert refused(template(tolerations=(wrong,)), cordoned) == ["NodeUnschedulable"]


def test_node_names() -> None:
    """A template that names a node goes nowhere else."""
    pod = template(node_name="b")
    assert (refused(pod, node("a")), refused(pod, node("b"))) == (["NodeName"], [])


DISK = node("a", labels={"disk": "ssd", "size": "8"})


@pytest.mark.parametrize(
    ("key", "operator", "values", "expected"),
    [
        ("disk", "In", ("ssd", "nvme"), True),
        ("disk", "In", ("hdd",), False),
        ("rack", "In", ("1",), False),
        ("disk", "NotIn", ("hdd",), True),
        ("disk", "NotIn", ("ssd",), False),
        ("rack", "NotIn", ("1",), True),
        ("disk", "Exists", (), True),
        ("rack", "Exists", (), False),
        ("disk", "DoesNotExist", (), False),
        ("rack", "DoesNotExist", (), True),
        ("size", "Gt", ("7",), True),
        ("size", "Gt", ("8",), False),
        ("size", "Lt", ("9",), True),
        ("size", "Lt", ("8",), False),
        ("size", "Gt", ("-1",), True),
        ("size", "Gt", ("x",), False),
        ("disk", "Gt", ("1",), False),
        ("rack", "Lt", ("1",), False),
    ],
)
def test_selector_operators(
    key: str, operator: Any, values: tuple[str, ...], expected: bool
) -> None:
    """A node without the label satisfies NotIn and DoesNotExist, and no comparison."""
    assert matches(Requirement(key, operator, values), DISK) is expected


def test_numbers_are_decimal() -> None:
    """Comparisons read plain decimal numbers only."""
    odd = node("a", labels={"size": "1_000"})
    assert not matches(Requirement("size", "Gt", ("1",)), odd)


SSD = Requirement("disk", "In", ("ssd",))
HDD = Requirement("disk", "In", ("hdd",))


@pytest.mark.parametrize(
    ("terms", "fits"),
    [
        (None, True),
        (((SSD,),), True),
        (((HDD,),), False),
        (((HDD,), (SSD,)), True),
        (((SSD, HDD),), False),
        ((), False),
        (((),), False),
        (((), (SSD,)), True),
        (((Requirement("metadata.name", "In", ("a",), field=True),),), True),
        (((Requirement("metadata.name", "In", ("b",), field=True),),), False),
        (((Requirement("metadata.name", "NotIn", ("a",), field=True),),), False),
    ],
)
def test_required_node_affinity(terms: Any, fits: bool) -> None:
    """Any term will do, all of a term's requirements must hold, an empty term matches nothing."""
    assert refused(template(node_affinity=terms), DISK) == ([] if fits else ["NodeAffinity"])


def test_node_selectors() -> None:
    """Every pair of the nodeSelector must be a label, beside any affinity."""
    assert refused(template(node_selector={"disk": "ssd"}), DISK) == []
    assert refused(template(node_selector={"disk": "ssd", "rack": "1"}), DISK) == ["NodeAffinity"]
    both = template(node_selector={"disk": "ssd"}, node_affinity=((HDD,),))
    assert refused(both, DISK) == ["NodeAffinity"]


def test_host_ports() -> None:
    """Two pods of a template cannot share a node's port; the first one can have it."""
    pod = template(host_ports=(("", "TCP", 80),))
    assert (refused(pod, node("a")), refused(pod, node("a"), 1)) == ([], ["NodePorts"])


def test_anti_affinity_to_the_same_host() -> None:
    """A pod keeps the next one off its host; a node without the label is no host."""
    pod = template(anti_affinity=(AntiAffinityTerm(HOSTNAME),))
    assert (refused(pod, node("a")), refused(pod, node("a"), 1)) == ([], ["InterPodAffinity"])
    assert refused(pod, Node("a", {}, allocatable={"cpu": 4000, "memory": GIB, "pods": 9}), 1) == []


def test_anti_affinity_over_zones() -> None:
    """Nodes with the same value of the topology's label are one domain, and so is a node with
    itself; nodes without the label are in none."""
    pod = template(anti_affinity=(AntiAffinityTerm("zone"),))
    a, b = node("a", labels={"zone": "1"}), node("b", labels={"zone": "1"})
    other, bare = node("c", labels={"zone": "2"}), node("d")
    assert same_domain(pod, a, b)
    assert same_domain(pod, a, a)
    assert not same_domain(pod, a, other)
    assert not same_domain(pod, bare, bare)
    assert not same_domain(template(), a, b)


def test_reasons_name_what_is_wrong() -> None:
    """Each refusal says what about the node keeps the pod off."""
    full = node("a", taints=(GPU,), allocatable={"cpu": 100})
    said = [reason for _, reason in refusals(template(), full, 0)]
    assert said == [
        "taint not tolerated (gpu=yes:NoSchedule)",
        "insufficient cpu",
    ]


@pytest.mark.parametrize(
    ("key", "effect", "kept_off"),
    [
        ("node.kubernetes.io/not-ready", "NoExecute", False),
        ("node.kubernetes.io/unreachable", "NoExecute", False),
        ("node.kubernetes.io/not-ready", "NoSchedule", True),
        ("node.kubernetes.io/memory-pressure", "NoExecute", True),
    ],
)
def test_admission_adds_tolerations_for_a_while(key: str, effect: Any, kept_off: bool) -> None:
    """Two taints of effect NoExecute keep no pod off, unless the pod says for how long."""
    tainted = node("a", taints=(Taint(key, "", effect),))
    assert refused(template(), tainted) == (["TaintToleration"] if kept_off else [])
    own = template(tolerations=(Toleration(key, "Equal", "x", "NoExecute", 5),))
    assert refused(own, tainted) == ["TaintToleration"]


def test_kubelets_ask_for_no_extended_resource_that_their_node_does_not_know() -> None:
    """Which matters to pods that name their node; the scheduler asks for everything."""
    unknown, none = node("a"), node("a", allocatable={"example.com/gpu": 0})
    pod = template(requests={"example.com/gpu": 1})
    assert refused(pod, unknown) == ["NodeResourcesFit"]
    named = template(requests={"example.com/gpu": 1}, node_name="a")
    assert refused(named, unknown) == []
    assert refused(named, none) == ["NodeResourcesFit"]
    assert refused(template(requests={"hugepages-2Mi": 1}, node_name="a"), unknown) != []
