"""Filters: whether a node can take one more pod of a template, and if not, why.

A filter says what it reads of a node, and decides by that, the template and the number of the
workload's pods that are on the node already; it never sees the node. So nodes of which all filters
read the same are alike, and what is computed for one of them holds for all. What filters decide
enters the system as a constant table. A new filter is one or two functions here and a row in
`FILTERS`.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/`: `schedulinggates` (which comes before
all), `nodeunschedulable`, `nodename`, `tainttoleration`, `nodeaffinity`, `nodeports`,
`noderesources/fit.go`, `interpodaffinity`; `staging/src/k8s.io/component-helpers/scheduling/`:
`corev1/helpers.go` and `nodeaffinity/`; which pods count follows `pkg/scheduler/backend/cache`
(terminating pods until they are gone).

A template with a nodeName is no matter for the scheduler: only what its node's kubelet checks
counts (`pkg/kubelet/lifecycle/predicate.go`).

Topology spread, which looks at other nodes, is in `model.plugins.spreading`.

Omits: pods of other workloads and pod affinity (`model.plugins.sharing` has them), volumes,
preemption (`model.scheduler.preemption`), dynamic resources.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from model.api.node import Node, Taint
from model.api.pod import PodTemplate, Toleration
from model.api.selector import Requirement
from model.api.steps import Cordon, Drain, Uncordon
from model.mutation import Mutation
from model.plugins import noderesources
from model.plugins.defaulttolerationseconds import admitted_tolerations
from model.scenario import Scenario

FIT_OFF_BY_ONE = Mutation("fit-off-by-one", "the scheduler fits one pod more than a node can hold")
TAINTS_IGNORED = Mutation("taints-ignored", "the scheduler ignores taints")
CORDON_IGNORED = Mutation("cordon-ignored", "the scheduler ignores cordons")


OMISSIONS = (
    "scheduler plugins for volumes, but for zones; pod affinity and topology spread over pods that "
    "do not take part; preemption of and by pods that do not",
    "pods of workloads that do not take part on the same nodes",
)

#: What is read of a node, as plain values.
Reads = Callable[[PodTemplate, Node], Hashable]
#: (template, what was read, pods of the workload on the node) to a reason, or None if it passes.
Check = Callable[[PodTemplate, Any, int], str | None]
#: What each filter read of a node, in the order of `FILTERS`.
Seen = tuple[Hashable, ...]

HOSTNAME = "kubernetes.io/hostname"
UNSCHEDULABLE = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")
#: More of a resource than is ever requested.
_ENDLESS = 1 << 80


@dataclass(frozen=True)
class Filter:
    """A filter and the manifest fields that decide it, as keys of `PodTemplate.fields`."""

    name: str
    reads: Reads
    check: Check
    fields: tuple[str, ...]


def as_read(_template: PodTemplate, reason: str | None, _pods: int) -> str | None:
    """The check of a filter to which the pods on a node are no matter: it reads its reason."""
    return reason


def nothing(_template: PodTemplate, _node: Node) -> None:
    """What a filter reads to which all nodes are alike."""


def tolerating(tolerations: tuple[Toleration, ...], taint: Taint) -> tuple[Toleration, ...]:
    """The tolerations that match a taint; the numeric operators are alpha and never match."""
    return tuple(
        t
        for t in tolerations
        if t.effect in ("", taint.effect)
        and t.key in ("", taint.key)
        and (t.operator == "Exists" or (t.operator == "Equal" and t.value == taint.value))
    )


def tolerates(tolerations: tuple[Toleration, ...], taint: Taint) -> bool:
    """Whether any toleration matches a taint."""
    return bool(tolerating(tolerations, taint))


def matches(requirement: Requirement, node: Node) -> bool:
    """Whether a node satisfies one expression of a node selector."""
    labels = {"metadata.name": node.name} if requirement.field else node.labels
    if requirement.operator not in ("Gt", "Lt"):
        return requirement.holds(labels)
    left, right = _number(labels.get(requirement.key, "")), _number(requirement.values[0])
    if left is None or right is None:
        return False
    return left > right if requirement.operator == "Gt" else left < right


def _number(text: str) -> int | None:
    """A decimal integer of 64 bits as upstream parses it: no spaces, underscores, other digits."""
    number = int(text) if re.fullmatch(r"[+-]?[0-9]{1,99}", text) else None
    return number if number is not None and -(2**63) <= number < 2**63 else None


def heeds_cordons(template: PodTemplate) -> bool:
    """Whether a cordon keeps new pods off a node."""
    return not (template.node_name or tolerates(template.tolerations, UNSCHEDULABLE))


def scheduling_gates(template: PodTemplate, _: Node) -> str | None:
    """What keeps the scheduler from looking at the pod at all, so that no node gets it."""
    if template.gates:
        return f"nobody takes the pod's scheduling gates away ({', '.join(template.gates)})"
    return None


def node_unschedulable(template: PodTemplate, node: Node) -> str | None:
    if node.unschedulable and heeds_cordons(template):
        return "cordoned"
    return None


def node_name(template: PodTemplate, node: Node) -> str | None:
    if template.node_name and template.node_name != node.name:
        return f"nodeName asks for another node ({template.node_name})"
    return None


def untolerated(
    tolerations: tuple[Toleration, ...],
    node: Node,
    effects: tuple[str, ...] = ("NoSchedule", "NoExecute"),
) -> Taint | None:
    """The first taint of a node, of some effects, that no toleration matches."""
    for taint in node.taints:
        if taint.effect in effects and not tolerates(tolerations, taint):
            return taint
    return None


def taint_toleration(template: PodTemplate, node: Node) -> str | None:
    effects = ("NoExecute",) if template.node_name else ("NoSchedule", "NoExecute")
    taint = untolerated(admitted_tolerations(template), node, effects)
    return None if taint is None else f"taint not tolerated ({taint})"


def node_affinity(template: PodTemplate, node: Node) -> str | None:
    for key, value in sorted(template.node_selector.items()):
        if node.labels.get(key) != value:
            return f"no label {key}={value}, which the nodeSelector asks for"
    terms = template.node_affinity
    if terms is not None and not any(
        term and all(matches(requirement, node) for requirement in term) for term in terms
    ):
        return "required node affinity not matched"
    return None


def node_ports(template: PodTemplate, _: None, pods: int) -> str | None:
    if template.host_ports and pods:
        ports = ", ".join(str(port) for _, _, port in template.host_ports)
        return f"host port taken ({ports})"
    return None


def allocatable(template: PodTemplate, node: Node) -> tuple[int, ...]:
    """How many pods a node takes at all, and what it has of each resource that is requested, in
    the order of `requested`."""
    amounts = (node.allocatable.get(resource, 0) for resource, _ in requested(template))
    return node.allocatable.get("pods", 0), *amounts


def asked_for(template: PodTemplate, node: Node) -> tuple[int, ...]:
    """The same, but for extended resources that a node does not know: its kubelet, which alone
    decides on pods that name their node, asks for none of these."""
    most, *amounts = allocatable(template, node)
    if template.node_name:
        for index, (resource, _) in enumerate(requested(template)):
            if noderesources.unknown(resource, node.allocatable):
                amounts[index] = _ENDLESS
    return most, *amounts


def requested(template: PodTemplate) -> list[tuple[str, int]]:
    """The resources that a pod requests, sorted, and how much of each."""
    return noderesources.requested(template.requests)


def node_resources_fit(template: PodTemplate, given: tuple[int, ...], pods: int) -> str | None:
    limit, *amounts = given
    if noderesources.lacking(1, limit, pods):
        return f"full ({limit} pods)"
    for (resource, request), amount in zip(requested(template), amounts, strict=True):
        if noderesources.lacking(request, amount, pods * request):
            return f"insufficient {resource}"
    return None


def is_host(_template: PodTemplate, node: Node) -> bool:
    """Whether a node is a domain of its own by its label."""
    return HOSTNAME in node.labels


def inter_pod_affinity(template: PodTemplate, host: bool, pods: int) -> str | None:
    """Anti-affinity to the workload's own pods on the same host; see `same_domain` for others."""
    hostname = any(term.topology_key == HOSTNAME for term in template.anti_affinity)
    if hostname and not template.node_name and pods and host:
        return "anti-affinity to a pod that is there already"
    return None


FILTERS: tuple[Filter, ...] = (
    Filter("SchedulingGates", scheduling_gates, as_read, ("spec.template.spec.schedulingGates",)),
    Filter("NodeUnschedulable", node_unschedulable, as_read, ("spec.template.spec.tolerations",)),
    Filter("NodeName", node_name, as_read, ("spec.template.spec.nodeName",)),
    Filter(
        "TaintToleration",
        taint_toleration,
        as_read,
        ("spec.template.spec.tolerations", "spec.template"),
    ),
    Filter(
        "NodeAffinity",
        node_affinity,
        as_read,
        ("spec.template.spec.nodeSelector", "spec.template.spec.affinity"),
    ),
    Filter("NodePorts", nothing, node_ports, ("spec.template.spec.containers[*].ports",)),
    Filter(
        "NodeResourcesFit",
        asked_for,
        node_resources_fit,
        ("spec.template.spec.containers[*].resources.requests",),
    ),
    Filter("InterPodAffinity", is_host, inter_pod_affinity, ("spec.template.spec.affinity",)),
)


def seen(template: PodTemplate, node: Node) -> Seen:
    """What the filters read of a node: equal for nodes that they do not tell apart."""
    return tuple(row.reads(template, node) for row in FILTERS)


def refused(template: PodTemplate, read: Seen, pods: int) -> list[tuple[Filter, str]]:
    """The filters that keep another pod off a node of which they read this and that holds `pods`
    of them, with reasons."""
    found = []
    for row, facts in zip(FILTERS, read, strict=True):
        reason = row.check(template, facts, pods)
        if reason is not None:
            found.append((row, reason))
    return found


def refusals(template: PodTemplate, node: Node, pods: int) -> list[tuple[Filter, str]]:
    """The same for a node."""
    return refused(template, seen(template, node), pods)


Read = TypeVar("Read", bound=Hashable)


def rows(
    nodes: Iterable[Node], reads: Callable[[Node], Read], row: Callable[[Read], Sequence[int]]
) -> list[int]:
    """What `row` gives for what is read of each node, one after the other; computed once for nodes
    of which the same is read."""
    known: dict[Read, Sequence[int]] = {}
    found: list[int] = []
    for node in nodes:
        read = reads(node)
        if read not in known:
            known[read] = row(read)
        found += known[read]
    return found


#: Seeded faults by which pods get onto nodes that the filters keep them off.
MUTATIONS = frozenset({FIT_OFF_BY_ONE, TAINTS_IGNORED})


def admits(scenario: Scenario, limit: int) -> list[int]:
    """Row-major [node, pods on it] table: 1 where the filters let one more pod in.

    `limit` is the greatest number of pods on a node that is asked about.
    """
    template = scenario.workload.template
    late = int(FIT_OFF_BY_ONE in scenario.mutations)

    def admitted(read: Seen, pods: int) -> int:
        blocked = refused(template, read, max(0, pods - late))
        if TAINTS_IGNORED in scenario.mutations:
            blocked = [b for b in blocked if b[0].name != "TaintToleration"]
        return int(not blocked)

    return rows(
        scenario.nodes,
        partial(seen, template),
        lambda read: [admitted(read, pods) for pods in range(limit + 1)],
    )


def reopened(scenario: Scenario) -> Scenario:
    """The scenario without cordons where its state tells of them, node by node and step by step:
    drains may take them away, and nodes that are added have none."""
    if not scenario.change.has(Drain, Cordon, Uncordon):
        return scenario
    nodes = (replace(node, unschedulable=False) for node in scenario.nodes)
    return replace(scenario, nodes=tuple(nodes))


def domains(template: PodTemplate, node: Node) -> frozenset[tuple[str, str]]:
    """The domains of a node, wider than a host, each of which takes one pod by anti-affinity: label
    and value. A node without a topology's label is in none of its domains."""
    if template.node_name:
        return frozenset()
    keys = {term.topology_key for term in template.anti_affinity} - {HOSTNAME}
    return frozenset((key, node.labels[key]) for key in keys if key in node.labels)


def same_domain(template: PodTemplate, a: Node, b: Node) -> bool:
    """Whether a pod on `b` keeps another pod off `a` by anti-affinity over a wider topology."""
    return not domains(template, a).isdisjoint(domains(template, b))
