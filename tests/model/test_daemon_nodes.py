"""On which nodes a DaemonSet's pods run and stay, in cases that upstream's own tests cover.

Derived from kubernetes v1.36.3 `pkg/controller/daemon/daemon_controller_test.go`
(TestNodeShouldRunDaemonPod, the tests of taints) and `util/daemonset_util_test.go`.
"""

from __future__ import annotations

from typing import Literal

import pytest

from model.api.node import Node, Taint
from model.api.pod import PodTemplate, Toleration
from model.api.selector import Requirement
from model.plugins import filters
from model.plugins.daemon_nodes import pod_for, tolerations, verdict

Effect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
KUBE = "node.kubernetes.io/"


def node(*taints: tuple[str, Effect], unschedulable: bool = False) -> Node:
    return Node(
        "n0",
        {"type": "production"},
        tuple(Taint(key, "", effect) for key, effect in taints),
        unschedulable,
        {"cpu": 1000, "pods": 110},
    )


def required(operator: Literal["In", "NotIn"], value: str) -> PodTemplate:
    return PodTemplate(node_affinity=((Requirement("type", operator, (value,)),),))


@pytest.mark.parametrize(
    ("template", "of", "expected"),
    [
        (PodTemplate(), node(), (True, True)),
        # Room and ports are the scheduler's matter.
        (PodTemplate(requests={"cpu": 2000}), node(), (True, True)),
        (PodTemplate(host_ports=(("", "TCP", 666),)), node(), (True, True)),
        (PodTemplate(node_name="n0"), node(), (True, True)),
        (PodTemplate(node_name="other"), node(), (False, False)),
        (PodTemplate(node_selector={"type": "production"}), node(), (True, True)),
        (PodTemplate(node_selector={"type": "test"}), node(), (False, False)),
        (required("In", "production"), node(), (True, True)),
        (required("In", "test"), node(), (False, False)),
        (required("NotIn", "production"), node(), (False, False)),
        (
            PodTemplate(node_name="n0", node_selector={"type": "test"}),
            node(),
            (False, False),
        ),
        (PodTemplate(), node(unschedulable=True), (True, True)),
        (PodTemplate(), node((f"{KUBE}unschedulable", "NoSchedule")), (True, True)),
        (PodTemplate(), node(("dedicated", "NoSchedule")), (False, True)),
        (PodTemplate(), node(("dedicated", "NoExecute")), (False, False)),
        (PodTemplate(), node(("dedicated", "PreferNoSchedule")), (True, True)),
        (
            PodTemplate(tolerations=(Toleration("dedicated", "Exists", "", "NoSchedule"),)),
            node(("dedicated", "NoSchedule")),
            (True, True),
        ),
        (
            PodTemplate(tolerations=(Toleration("dedicated", "Exists", "", "NoSchedule"),)),
            node(("dedicated", "NoSchedule"), ("dedicated", "NoExecute")),
            (False, False),
        ),
        (PodTemplate(), node((f"{KUBE}not-ready", "NoExecute")), (True, True)),
        (PodTemplate(), node((f"{KUBE}unreachable", "NoExecute")), (True, True)),
        # The taints that keep new pods off such a node are not tolerated.
        (PodTemplate(), node((f"{KUBE}not-ready", "NoSchedule")), (False, True)),
        (PodTemplate(), node((f"{KUBE}disk-pressure", "NoSchedule")), (True, True)),
        (PodTemplate(), node((f"{KUBE}memory-pressure", "NoSchedule")), (True, True)),
        (PodTemplate(), node((f"{KUBE}pid-pressure", "NoSchedule")), (True, True)),
        (PodTemplate(), node((f"{KUBE}out-of-service", "NoExecute")), (False, False)),
        (PodTemplate(), node((f"{KUBE}network-unavailable", "NoSchedule")), (False, True)),
    ],
)
def test_whether_a_node_gets_a_pod_and_keeps_it(
    template: PodTemplate, of: Node, expected: tuple[bool, bool]
) -> None:
    assert verdict(template, of) == expected


def test_pods_in_the_host_network_make_the_network() -> None:
    """They run where there is none yet."""
    of = node((f"{KUBE}network-unavailable", "NoSchedule"))
    assert verdict(PodTemplate(), of, host_network=True) == (True, True)


def test_the_controller_overrules_how_long_failures_are_borne() -> None:
    """And adds nothing twice."""
    short = Toleration(f"{KUBE}not-ready", "Exists", "", "NoExecute", 30)
    mine = Toleration("dedicated", "Exists")
    found = tolerations(PodTemplate(tolerations=(mine, short)))
    assert found[0] == mine
    assert [each.seconds for each in found if each.key == short.key] == [None]
    assert len(found) == len(tolerations(PodTemplate())) + 1
    assert tolerations(PodTemplate(tolerations=found)) == found


def test_a_pod_for_a_node_fits_nowhere_else() -> None:
    """The scheduler binds it; the template's affinity is not asked again, its selector is."""
    pod = pod_for(required("In", "production"), "n1")
    assert filters.node_affinity(pod, Node("n1")) is None
    assert filters.node_affinity(pod, Node("n0", {"type": "production"})) is not None
    chosen = pod_for(PodTemplate(node_selector={"type": "production"}), "n1")
    assert filters.node_affinity(chosen, Node("n1")) is not None
    cordoned = node((f"{KUBE}unschedulable", "NoSchedule"), unschedulable=True)
    assert filters.taint_toleration(pod, cordoned) is None
    assert filters.node_unschedulable(pod, cordoned) is None
