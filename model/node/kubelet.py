"""The kubelet: starts the pods bound to its node, reports them, stops the deleted ones.

It acts only while its node is up, and never moves a pod. Starting a container and reporting it
are one step; so are a probe's success and its report.

It admits a pod of a template with a nodeName only if the pod fits its node and tolerates its
NoExecute taints. A rejected pod is Failed: neither its ReplicaSet nor its node counts it any more,
so its slot is as free as if it were gone.

Source: kubernetes v1.36.3 `pkg/kubelet/kubelet.go` (syncPod), `pkg/kubelet/status/generate.go`
(readiness), `pkg/kubelet/prober/worker.go`, `pkg/api/v1/pod/util.go` (IsPodAvailable),
`pkg/kubelet/lifecycle/predicate.go` (generalFilter).

Omits: pods that the scheduler has bound and a kubelet rejects, image pulls, liveness and startup
probes, crash-loop back-off, static pods, the several containers of a pod, grace periods.
"""

from __future__ import annotations

from model.apiserver import floor, requests
from model.apiserver.adoptions import adopters
from model.apiserver.objects import (
    AVAILABLE,
    PENDING,
    READY,
    RUNNING,
    TERMINATING,
    UP,
    Cluster,
    node,
    pod,
)
from model.apiserver.symbols import Quick
from model.ir.expr import FALSE, TRUE, Expr, conj, ite
from model.ir.quantifier import exists
from model.ir.system import Definition, StateFunction, assign
from model.ir.types import BOOL
from model.mutation import Mutation

DELETED_PODS_LINGER = Mutation(
    "deleted-pods-linger", "the kubelet never confirms that a deleted pod has stopped"
)


NAME = "kubelet"

OMISSIONS = (
    "image pulls, liveness and startup probes, crash-loop back-off, static pods",
    "a kubelet that rejects what the scheduler has bound, containers one by one, grace periods",
)


def add(cluster: Cluster) -> None:
    """Adds the kubelets of all nodes."""
    builder, p = cluster.builder, pod(cluster)
    builder.omit(*OMISSIONS)

    def startable(q: Expr) -> Expr:
        return (cluster.phase[q] == PENDING) & requests.looked_after(cluster, q)

    start = builder.action(
        "start pod",
        NAME,
        (p,),
        startable(p),
        [assign(cluster.phase[p], ite(cluster.is_watched(p), RUNNING, READY))],
        fairness="weak",
        fair_for=(p,),
        text="start the containers of {pod}",
        why="{pod} is bound to its node and is pending",
    )
    cluster.quick.append(Quick(start, exists(cluster.Pod, startable)))
    if any(map(cluster.minds, cluster.workloads)):
        _ready(cluster)
    lingers = FALSE if cluster.routing is None else cluster.routing.lingers[p]
    #: Those of a Job that waits for the end of its pods are in `model.node.finishing`.
    elsewhere = cluster.jobs is not None and cluster.jobs.spec.replaces_failed
    stops_here = cluster.shared or not elsewhere
    if stops_here and not cluster.mutated(DELETED_PODS_LINGER):
        builder.action(
            "pod beside stopped" if elsewhere else "pod stopped",
            NAME,
            (p,),
            (cluster.phase[p] == TERMINATING)
            & (~cluster.is_own(p) if elsewhere else TRUE)
            & requests.looked_after(cluster, p)
            & ~lingers,
            [*requests.remove(cluster, p), *cluster.harm.stopped(p, cluster.node[p], cluster.Node)],
            fairness="weak",
            fair_for=(p,),
            text="{pod} has stopped and is gone",
            why="{pod} was deleted, and its containers have ended",
        )
    if cluster.harm.left_behind is not None:
        _clean_up(cluster, cluster.harm.left_behind)


def _clean_up(cluster: Cluster, left: StateFunction) -> None:
    """Adds that what has no object any more is stopped."""
    p, n = pod(cluster), node(cluster)
    requests.send(
        cluster,
        "stop what is left",
        NAME,
        (p, n),
        left[p, n] & (cluster.health[n] == UP),
        [assign(left[p, n], False)],
        fairness="weak",
        fair_for=(p, n),
        text="stop the containers on {node} of a {pod} that is gone",
        why="the API server has no such pod any more",
    )


def _ready(cluster: Cluster) -> None:
    """Adds that pods get ready, and available."""
    builder, p = cluster.builder, pod(cluster)
    followed = (*cluster.scenario.versions, *adopters(cluster.scenario))
    waits = [each.min_ready_seconds > 0 for each in followed]
    gained = floor.gained(cluster, p, where=~cluster.waits(cluster.owner[p]))
    builder.action(
        "pod ready",
        NAME,
        (p,),
        (cluster.phase[p] == RUNNING)
        & becomes_ready(cluster, p)
        & requests.looked_after(cluster, p),
        [assign(cluster.phase[p], READY), *([] if all(waits) else gained)],
        fairness="weak",
        fair_for=(p,),
        text="{pod} passes its readiness probe"
        if cluster.scenario.workload.template.has_readiness_probe
        else "{pod} is ready",
        why="its containers run"
        if cluster.scenario.workload.template.has_readiness_probe
        else "its containers run, and they have no readiness probe",
    )
    if any(waits):
        due = (cluster.phase[p] == READY) & cluster.is_reported(cluster.owner[p])
        builder.action(
            "pod available",
            "clock",
            (p,),
            due if all(waits) else due & cluster.waits(cluster.owner[p]),
            [assign(cluster.phase[p], AVAILABLE), *floor.gained(cluster, p)],
            fairness="weak",
            fair_for=(p,),
            text="{pod} has been ready for minReadySeconds",
            why="it got ready and has not failed since",
        )


def reject(cluster: Cluster, refused: Definition) -> None:
    """Adds that pods whose template has a nodeName are rejected while that node refuses them."""
    builder, p, n = cluster.builder, pod(cluster), node(cluster)
    name = cluster.scenario.workload.template.node_name
    named = builder.table(
        "named", (cluster.Node,), BOOL, [int(each.name == name) for each in cluster.scenario.nodes]
    )

    def due(q: Expr, m: Expr) -> Expr:
        up = cluster.is_registered(m) & (cluster.health[m] == UP) & cluster.serving
        return cluster.is_unscheduled(q) & named[m] & refused[m] & up

    # No quick step: what is rejected is created again, and a quick step that comes back again and
    # again would hold up others for ever, such as the end of the pod that is in the way.
    builder.action(
        "reject pod",
        NAME,
        (p, n),
        due(p, n),
        [*requests.remove(cluster, p), *requests.lose(cluster, p)],
        fairness="weak",
        fair_for=(p,),
        text="reject {pod}: {node} does not admit it",
        why="a rejected pod is Failed, and its ReplicaSet counts it no more",
    )
    cluster.evicting.append(
        exists(cluster.Pod, lambda q: exists(cluster.Node, lambda m: due(q, m)))
    )


def becomes_ready(cluster: Cluster, p: Expr) -> Expr:
    """Whether the pod ever gets ready: what the scenario says of the new templates, and unless it
    has failed for good."""
    revisions = zip(cluster.own, cluster.stages.revisions, strict=True)
    never = [r for r, revision in revisions if not revision.becomes_ready]
    return conj(~cluster.harm.is_broken(p), *(cluster.owner[p] != r for r in never))
