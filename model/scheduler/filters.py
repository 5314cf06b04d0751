"""Filters: whether a node can take one more pod of a template, and if not, why.

A filter is a plain function of the template, the node and the number of the workload's pods that
are on the node already; what it decides enters the system as a constant table. A new filter is a
function here and a row in `FILTERS`.

Source: kubernetes v1.36.2 `pkg/scheduler/framework/plugins/`: `nodeunschedulable`, `nodename`,
`tainttoleration`, `nodeaffinity`, `nodeports`, `noderesources/fit.go`, `interpodaffinity`;
`staging/src/k8s.io/component-helpers/scheduling/corev1/helpers.go` and `nodeaffinity/`; which pods
count follows `pkg/scheduler/backend/cache` (terminating pods until they are gone).

A template with a nodeName is no matter for the scheduler: only what its node's kubelet checks
counts (`pkg/kubelet/lifecycle/predicate.go`).

Omits: pods of other workloads, volumes, pod affinity, topology spread, preemption, scheduling
gates, dynamic resources.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.scenario import Node, PodTemplate, Requirement, Taint, Toleration

OMISSIONS = (
    "scheduler plugins for volumes, pod affinity, topology spread, preemption and gates",
    "pods of other workloads on the same nodes",
)

#: (template, node, pods of the workload on the node) to a reason, or None if the node passes.
Check = Callable[[PodTemplate, Node, int], str | None]

HOSTNAME = "kubernetes.io/hostname"
UNSCHEDULABLE = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")


@dataclass(frozen=True)
class Filter:
    """A filter and the manifest fields that decide it, as keys of `PodTemplate.fields`."""

    name: str
    check: Check
    fields: tuple[str, ...]


def tolerates(tolerations: tuple[Toleration, ...], taint: Taint) -> bool:
    """Whether any toleration matches a taint; the numeric operators are alpha and never match."""
    return any(
        t.effect in ("", taint.effect)
        and t.key in ("", taint.key)
        and (t.operator == "Exists" or (t.operator == "Equal" and t.value == taint.value))
        for t in tolerations
    )


def matches(requirement: Requirement, node: Node) -> bool:
    """Whether a node satisfies one expression of a node selector."""
    labels = {"metadata.name": node.name} if requirement.field else node.labels
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value in requirement.values
        case "NotIn":
            return value not in requirement.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    left, right = _number(value or ""), _number(requirement.values[0])
    if left is None or right is None:
        return False
    return left > right if requirement.operator == "Gt" else left < right


def _number(text: str) -> int | None:
    """A decimal integer as upstream parses it: no spaces, underscores or other digits."""
    return int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else None


def heeds_cordons(template: PodTemplate) -> bool:
    """Whether a cordon keeps new pods off a node."""
    return not (template.node_name or tolerates(template.tolerations, UNSCHEDULABLE))


def node_unschedulable(template: PodTemplate, node: Node, _: int) -> str | None:
    if node.unschedulable and heeds_cordons(template):
        return "cordoned"
    return None


def node_name(template: PodTemplate, node: Node, _: int) -> str | None:
    if template.node_name and template.node_name != node.name:
        return f"nodeName asks for another node ({template.node_name})"
    return None


def taint_toleration(template: PodTemplate, node: Node, _: int) -> str | None:
    effects = ("NoExecute",) if template.node_name else ("NoSchedule", "NoExecute")
    for taint in node.taints:
        if taint.effect in effects and not tolerates(template.tolerations, taint):
            return f"taint not tolerated ({taint})"
    return None


def node_affinity(template: PodTemplate, node: Node, _: int) -> str | None:
    for key, value in sorted(template.node_selector.items()):
        if node.labels.get(key) != value:
            return f"no label {key}={value}, which the nodeSelector asks for"
    terms = template.node_affinity
    if terms is not None and not any(
        term and all(matches(requirement, node) for requirement in term) for term in terms
    ):
        return "required node affinity not matched"
    return None


def node_ports(template: PodTemplate, node: Node, pods: int) -> str | None:  # noqa: ARG001
    if template.host_ports and pods:
        ports = ", ".join(str(port) for _, _, port in template.host_ports)
        return f"host port taken ({ports})"
    return None


def node_resources_fit(template: PodTemplate, node: Node, pods: int) -> str | None:
    if pods + 1 > node.allocatable.get("pods", 0):
        return f"full ({node.allocatable.get('pods', 0)} pods)"
    for resource, request in sorted(template.requests.items()):
        free = node.allocatable.get(resource, 0) - pods * request
        if request > 0 and free < request:
            return f"insufficient {resource}"
    return None


def inter_pod_affinity(template: PodTemplate, node: Node, pods: int) -> str | None:
    """Anti-affinity to the workload's own pods on the same host; see `same_domain` for others."""
    hostname = any(term.topology_key == HOSTNAME for term in template.anti_affinity)
    if hostname and not template.node_name and pods and HOSTNAME in node.labels:
        return "anti-affinity to a pod that is there already"
    return None


FILTERS: tuple[Filter, ...] = (
    Filter("NodeUnschedulable", node_unschedulable, ("spec.template.spec.tolerations",)),
    Filter("NodeName", node_name, ("spec.template.spec.nodeName",)),
    Filter(
        "TaintToleration",
        taint_toleration,
        ("spec.template.spec.tolerations", "spec.template"),
    ),
    Filter(
        "NodeAffinity",
        node_affinity,
        ("spec.template.spec.nodeSelector", "spec.template.spec.affinity"),
    ),
    Filter("NodePorts", node_ports, ("spec.template.spec.containers[*].ports",)),
    Filter(
        "NodeResourcesFit",
        node_resources_fit,
        ("spec.template.spec.containers[*].resources.requests",),
    ),
    Filter("InterPodAffinity", inter_pod_affinity, ("spec.template.spec.affinity",)),
)


def refusals(template: PodTemplate, node: Node, pods: int) -> list[tuple[Filter, str]]:
    """The filters that keep another pod off a node that holds `pods` of them, with reasons."""
    found = []
    for row in FILTERS:
        reason = row.check(template, node, pods)
        if reason is not None:
            found.append((row, reason))
    return found


def each_kind(
    template: PodTemplate, nodes: Sequence[Node], row: Callable[[Node], Sequence[int]]
) -> list[int]:
    """What `row` gives for each node, one after the other; computed once for nodes that no filter
    or score of the template tells apart."""
    by_name = bool(template.node_name) or any(
        requirement.field or requirement.key == HOSTNAME
        for term in template.node_affinity or ()
        for requirement in term
    )
    by_name = by_name or HOSTNAME in template.node_selector
    rows: dict[object, Sequence[int]] = {}
    found: list[int] = []
    for node in nodes:
        labels = node.labels
        if HOSTNAME in labels and not by_name:
            labels = {**labels, HOSTNAME: ""}
        kind = (
            by_name and node.name,
            frozenset(labels.items()),
            node.taints,
            node.unschedulable,
            frozenset(node.allocatable.items()),
        )
        if kind not in rows:
            rows[kind] = row(node)
        found += rows[kind]
    return found


def same_domain(template: PodTemplate, a: Node, b: Node) -> bool:
    """Whether a pod on `b` keeps another pod off `a` by anti-affinity over a wider topology.

    A node without the topology's label is in no domain.
    """
    return not template.node_name and any(
        term.topology_key in a.labels
        and a.labels.get(term.topology_key) == b.labels.get(term.topology_key)
        for term in template.anti_affinity
        if term.topology_key != HOSTNAME
    )
