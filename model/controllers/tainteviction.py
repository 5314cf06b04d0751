"""The taint eviction controller: deletes the pods of a node that do not tolerate its taints.

It minds taints of effect NoExecute: the one of an unreachable node, as long as any node is ready,
those that the scenario's administrator puts, and those that a node has from the start, on which a
pod gets that tolerates them for some seconds, again and again. It deletes, it does not evict: no
PodDisruptionBudget is asked. A pod that tolerates the taint for some seconds goes at some time.

Source: kubernetes v1.36.3 `pkg/controller/tainteviction/taint_eviction.go` (processPodOnNode,
getMinTolerationTime, addConditionAndDeletePod),
`pkg/apis/core/v1/helper/helpers.go` (GetMatchingTolerations).

Omits: a pod with a nodeName that is deleted before
its kubelet has rejected it (it is gone either way).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from model.api.node import Node, Taint
from model.api.pod import PodTemplate, Toleration
from model.api.workload import Workload
from model.apiserver import requests
from model.apiserver.harm import UNREACHABLE_PODS_FORCED
from model.apiserver.objects import UNREACHABLE, UP, Cluster, pod
from model.apiserver.views import Watches
from model.controllers import disruption
from model.controllers.contract import Controller
from model.controllers.nodelifecycle import NO_EXECUTE
from model.ir.expr import Expr, variable
from model.ir.quantifier import exists
from model.ir.types import BOOL
from model.mutation import Mutation
from model.plugins import filters
from model.plugins.defaulttolerationseconds import admitted_tolerations
from model.plugins.filters import tolerating
from model.scenario import Scenario

UNREACHABLE_NODES_KEEP_PODS = Mutation(
    "unreachable-nodes-keep-pods", "pods on an unreachable node are never deleted"
)


NAME = "taint-eviction-controller"

OMISSIONS = ("how long things take: grace periods and tolerationSeconds may be any length",)


def borne(tolerations: Sequence[Toleration], taints: Iterable[Taint]) -> list[Toleration] | None:
    """The tolerations by which taints are borne, the first that matches for each; None if one is
    not."""
    found = []
    for taint in taints:
        matching = tolerating(tuple(tolerations), taint)
        if not matching:
            return None
        found.append(matching[0])
    return found


def seconds(tolerations: Sequence[Toleration], taints: Iterable[Taint]) -> int | None:
    """How long a pod with these tolerations stays on a node once it has these taints of effect
    NoExecute; None is for ever."""
    found = borne(tolerations, taints)
    if found is None:
        return 0
    limits = [each.seconds for each in found if each.seconds is not None]
    return max(0, min(limits)) if limits else None


def tolerates_for_ever(template: PodTemplate, taint: Taint) -> bool:
    """Whether the pods stay for ever on a node with a taint."""
    return seconds(admitted_tolerations(template), (taint,)) is None


def outstays(template: PodTemplate, node: Node) -> bool:
    """Whether the pods may not stay for ever on a node with the taints that it has."""
    taints = (taint for taint in node.taints if taint.effect == "NoExecute")
    return seconds(admitted_tolerations(template), taints) is not None


def drives_out(scenario: Scenario) -> bool:
    """Whether some pods get onto a node on which they may not stay, whatever happens."""
    return any(
        outstays(workload.template, node) and not filters.refusals(workload.template, node, 0)
        for workload in scenario.templates
        for node in scenario.nodes
    )


def minds(scenario: Scenario) -> bool:
    """Whether nodes can stop answering, or have taints on which pods may not stay."""
    tainted = scenario.change.taint is not None or drives_out(scenario)
    return bool(scenario.faults.losses or tainted)


def _add(cluster: Cluster, _: Watches) -> None:
    scenario = cluster.scenario
    templates, taint = [each.template for each in scenario.templates], scenario.change.taint
    kept = cluster.mutated(UNREACHABLE_NODES_KEEP_PODS)
    unreachable = scenario.faults.losses and not kept
    if unreachable and any(not tolerates_for_ever(each, NO_EXECUTE) for each in templates):
        _unreachable(cluster)
    leaves = taint is not None and any(not tolerates_for_ever(each, taint) for each in templates)
    if leaves or drives_out(scenario):
        _tainted(cluster)


def _unreachable(cluster: Cluster) -> None:
    p = pod(cluster)
    health = cluster.health.get(cluster.node[p], UP)
    leaves = cluster.each(
        "leavesUnreachable",
        BOOL,
        lambda workload: int(not tolerates_for_ever(workload.template, NO_EXECUTE)),
    )
    # With no node ready every zone is fully disrupted: then the taints are taken back.
    some_ready = exists(
        cluster.Node, lambda m: cluster.is_registered(m) & (cluster.health[m] != UNREACHABLE)
    )
    requests.send(
        cluster,
        "evict pod",
        NAME,
        (p,),
        cluster.is_active(p) & leaves(cluster.owner[p]) & (health == UNREACHABLE) & some_ready,
        requests.force(cluster, p)
        if cluster.mutated(UNREACHABLE_PODS_FORCED)
        else requests.delete(cluster, p),
        fairness="weak",
        fair_for=(p,),
        text="delete {pod}: its node is unreachable",
        why="the pod does not tolerate an unreachable node for longer",
    )


def _tainted(cluster: Cluster) -> None:
    p = pod(cluster)
    driven_out = _driven_out(cluster)

    def due(q: Expr) -> Expr:
        return cluster.is_active(q) & driven_out(q) & cluster.serving

    cluster.builder.action(
        "evict for taint",
        NAME,
        (p,),
        due(p),
        [*requests.delete(cluster, p), *disruption.breach(cluster, p)],
        fairness="weak",
        fair_for=(p,),
        text="delete {pod}: its node is tainted",
        why="the pod does not tolerate the taint for longer; no PodDisruptionBudget is asked",
    )
    cluster.evicting.append(exists(cluster.Pod, due))


def _driven_out(cluster: Cluster) -> Callable[[Expr], Expr]:
    """Whether a pod is on a node with a taint on which it may not stay."""
    n, r = variable("node", cluster.Node), variable("replicaset", cluster.ReplicaSet)
    scenario, taint = cluster.scenario, cluster.scenario.change.taint

    def minds(workload: Workload) -> int:
        return int(taint is not None and not tolerates_for_ever(workload.template, taint))

    hostile = cluster.each("minds", BOOL, minds)(r) & cluster.is_tainted(n)
    lasting = [
        int(outstays(workload.template, node))
        for workload in cluster.workloads
        for node in scenario.nodes
    ]
    if not scenario.mixed:
        if any(lasting):
            first = lasting[: cluster.Node.size]
            hostile = hostile | cluster.builder.table("outstayed", (cluster.Node,), BOOL, first)[n]
        tainted = cluster.builder.define("isTainted", (n,), hostile)
        return lambda q: tainted.get(cluster.node[q], False)
    if any(lasting):
        domain = (cluster.ReplicaSet, cluster.Node)
        hostile = hostile | cluster.builder.table("outstayed", domain, BOOL, lasting)[r, n]
    drives = cluster.builder.define("drivesOut", (r, n), hostile)
    return lambda q: exists(
        cluster.Node, lambda m: (cluster.node[q] == m) & drives[cluster.owner[q], m]
    )


CONTROLLER = Controller(
    NAME,
    ("Node", "Pod"),
    "pods only where they tolerate the taints of effect NoExecute",
    "the taints of each node, and the tolerations of the pods on it",
    "which pods tolerate one of them not at all, or no longer",
    "delete such a pod; no PodDisruptionBudget is asked",
    _add,
    OMISSIONS,
)
