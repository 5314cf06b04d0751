"""DaemonSets as they are written."""

from __future__ import annotations

import pytest

from model.api.intstr import IntOrPercent
from model.api.pod import Toleration
from tests.model.load.helpers import (
    check_document,
    deployment,
    findings,
    load_text,
    marked,
    plan_of,
    workload_of,
)

#: Fields of a spec, and (maxUnavailable, maxSurge, OnDelete) as of SetDefaults_DaemonSet.
READ = [
    ("", (IntOrPercent(1), IntOrPercent(0), False)),
    ("updateStrategy: {type: OnDelete}", (IntOrPercent(1), IntOrPercent(0), True)),
    (
        "updateStrategy: {rollingUpdate: {maxUnavailable: 30%}}",
        (IntOrPercent(30, percent=True), IntOrPercent(0), False),
    ),
    (
        "updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 2}}",
        (IntOrPercent(0), IntOrPercent(2), False),
    ),
]

#: What the API server refuses.
REFUSED = [
    "updateStrategy: {type: Recreate}  # <- P201",
    "updateStrategy: {rollingUpdate: {maxSurge: 1}}  # <- P203",
    "updateStrategy: {rollingUpdate: {maxUnavailable: 0}}  # <- P203",
    "updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 101%}}  # <- P200",
    "minReadySeconds: -1  # <- P200",
    "replicas: 2  # <- P102",
]


@pytest.mark.parametrize(("spec", "read"), READ)
def test_fields(spec: str, read: tuple[IntOrPercent, IntOrPercent, bool]) -> None:
    workload = workload_of(deployment(spec, kind="DaemonSet"))
    assert workload.subject == "DaemonSet/default/web"
    assert workload.daemon is not None
    assert (workload.max_unavailable, workload.max_surge, workload.daemon.on_delete) == read


@pytest.mark.parametrize("spec", REFUSED)
def test_what_is_refused(spec: str) -> None:
    text = deployment(spec, kind="DaemonSet")
    assert findings(load_text(text)) == marked(text)


def test_everyday_scenarios() -> None:
    """There is no drain: it leaves the pods alone. There is a pod for each assumed node."""
    found = plan_of(deployment(kind="DaemonSet")).scenarios
    assert [s.name for s in found] == ["apply", "rollout", "node crash"]
    assert all(s.workload.replicas == len(s.nodes) == 3 for s in found)


def test_pods_bear_what_the_controller_says() -> None:
    text = deployment(pod="hostNetwork: true", kind="DaemonSet")
    borne = workload_of(text).template.tolerations
    network = "node.kubernetes.io/network-unavailable"
    assert Toleration(network, "Exists", "", "NoSchedule") in borne
    borne = workload_of(deployment(kind="DaemonSet")).template.tolerations
    assert network not in {toleration.key for toleration in borne}


def test_nodes_that_come_to_match() -> None:
    """One that wants a pod on no node at first is checked where a step labels one."""
    steps = "scenario: {steps: [{label: {node: node-1, key: disk, value: ssd}}]}"
    text = deployment(pod="nodeSelector: {disk: ssd}", kind="DaemonSet")
    nodes = "cluster: {nodes: {count: 2}}\n"
    (found,) = plan_of(f"{text}---\n{check_document(nodes + steps)}").scenarios
    assert found.workload.replicas == 0
    never = load_text(f"{text}---\n{check_document(nodes)}")
    assert any("wants a pod on no node" in each.message for each in never.diagnostics)
