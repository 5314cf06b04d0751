"""What a kubelet asks of a pod that is bound to its node, before it runs it.

Source: kubernetes v1.36.3 `pkg/kubelet/lifecycle/predicate.go`, `pkg/scheduler/scheduler.go`
(AdmissionCheck).

Omits: the operating system, supplemental groups, devices; mirror pods, which bear every taint.
"""

from __future__ import annotations

from typing import NamedTuple

from model.api.pod import Pod
from model.plugins import filters, nodeaffinity, nodename, nodeports, noderesources
from model.plugins.snapshot import NodeInfo, ports_of


class Rejection(NamedTuple):
    """`reason` and `message` of the failed pod's status."""

    reason: str
    message: str


def rejection(pod: Pod, info: NodeInfo) -> Rejection | None:
    """Why a pod that is not counted on the node yet fails there; None if it is admitted. Of several
    reasons the first is told."""
    for short in noderesources.Fit(pod).shortages(info):
        if not noderesources.unknown(short.resource, info.node.allocatable):
            amounts = f"requested: {short.request}, used: {short.used}, capacity: {short.capacity}"
            told = f"Node didn't have enough resource: {short.resource}, {amounts}"
            return Rejection(f"OutOf{short.resource}", told)
    for name, status in (
        ("NodeAffinity", nodeaffinity.NodeAffinity(pod).check(info)),
        ("NodeName", nodename.NodeName(pod).check(info)),
        ("NodePorts", nodeports.NodePorts(ports_of(pod)).check(info)),
    ):
        if status is not None:
            return _predicate(name, status.reasons[0])
    if filters.untolerated(pod.template.tolerations, info.node, ("NoExecute",)) is not None:
        return _predicate("TaintToleration", "node(s) had taints that the pod didn't tolerate")
    return None


def _predicate(name: str, why: str) -> Rejection:
    return Rejection(name, f"Predicate {name} failed: {why}")
