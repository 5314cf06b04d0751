"""On which nodes a DaemonSet wants a pod, and what that pod is like.

Source: kubernetes v1.36.3 `pkg/controller/daemon/daemon_controller.go` (NodeShouldRunDaemonPod),
`util/daemonset_util.go` (AddOrUpdateDaemonPodTolerations, ReplaceDaemonSetPodNodeNameNodeAffinity),
`pkg/apis/core/v1/helper/helpers.go` (AddOrUpdateTolerationInPodSpec).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from model.api.node import Node
from model.api.pod import PodTemplate, Toleration
from model.api.selector import Requirement
from model.plugins import filters
from model.scenario import Scenario

_PREFIX = "node.kubernetes.io/"
#: What the controller adds: a node that fails keeps its pods, but gets no new one.
ADDED = (
    Toleration(f"{_PREFIX}not-ready", "Exists", "", "NoExecute"),
    Toleration(f"{_PREFIX}unreachable", "Exists", "", "NoExecute"),
    Toleration(f"{_PREFIX}disk-pressure", "Exists", "", "NoSchedule"),
    Toleration(f"{_PREFIX}memory-pressure", "Exists", "", "NoSchedule"),
    Toleration(f"{_PREFIX}pid-pressure", "Exists", "", "NoSchedule"),
    Toleration(f"{_PREFIX}unschedulable", "Exists", "", "NoSchedule"),
)
#: The same for pods in their host's network.
ON_HOST = Toleration(f"{_PREFIX}network-unavailable", "Exists", "", "NoSchedule")


class Verdict(NamedTuple):
    """Whether a node is to get a pod, and whether one that it has may stay."""

    should_run: bool
    should_continue: bool


def tolerations(template: PodTemplate, *, host_network: bool = False) -> tuple[Toleration, ...]:
    """Those of a DaemonSet's pods; what the template says of the same taint is overruled."""
    found = list(template.tolerations)
    for added in (*ADDED, ON_HOST) if host_network else ADDED:
        same = [at for at, given in enumerate(found) if replace(given, seconds=None) == added]
        for at in same:
            found[at] = added
        if not same:
            found.append(added)
    return tuple(found)


def verdict(template: PodTemplate, node: Node, *, host_network: bool = False) -> Verdict:
    """What the controller says of a node: it asks for neither room nor ports nor readiness."""
    if template.node_name not in ("", node.name):
        return Verdict(False, False)
    if filters.node_affinity(template, node) is not None:
        return Verdict(False, False)
    borne = tolerations(template, host_network=host_network)
    effects = {taint.effect for taint in node.taints if not filters.tolerates(borne, taint)}
    return Verdict(not effects & {"NoSchedule", "NoExecute"}, "NoExecute" not in effects)


def pod_for(template: PodTemplate, node: str, *, host_network: bool = False) -> PodTemplate:
    """The pod that is made for a node: the scheduler is to bind it there, and nowhere else. The
    template's node selector still holds, its required affinity does not."""
    here = Requirement("metadata.name", "In", (node,), field=True)
    return replace(
        template,
        node_affinity=((here,),),
        tolerations=tolerations(template, host_network=host_network),
    )


def wants(template: PodTemplate, nodes: Sequence[Node]) -> list[bool]:
    """Of each node whether a DaemonSet wants a pod on it."""
    return [verdict(template, node).should_run for node in nodes]


def wanted(scenario: Scenario) -> list[bool]:
    """The same of a scenario's own."""
    return wants(scenario.workload.template, scenario.nodes)


def counted(scenario: Scenario) -> Scenario:
    """The scenario with as many replicas as nodes that its DaemonSet wants a pod on."""
    if scenario.workload.daemon is None:
        return scenario
    workload = replace(scenario.workload, replicas=sum(wanted(scenario)))
    return replace(scenario, workload=workload)
