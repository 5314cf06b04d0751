"""The kubelet: starts the pods bound to its node, reports them, stops the deleted ones.

It acts only while its node is up, and never moves a pod. Starting a container and reporting it
are one step; so are a probe's success and its report.

Source: kubernetes v1.36.2 `pkg/kubelet/kubelet.go` (syncPod), `pkg/kubelet/status/generate.go`
(readiness), `pkg/kubelet/prober/worker.go`, `pkg/api/v1/pod/util.go` (IsPodAvailable).

Omits: admission by the kubelet, image pulls, liveness and startup probes, crash-loop back-off,
static pods, the several containers of a pod, grace periods.
"""

from __future__ import annotations

from model.apiserver.objects import (
    AVAILABLE,
    CRASHED,
    PENDING,
    READY,
    RUNNING,
    TERMINATING,
    UP,
    Cluster,
    last,
    pod,
)
from model.ir.expr import TRUE, Expr
from model.ir.quantifier import exists
from model.ir.system import assign

NAME = "kubelet"

OMISSIONS = (
    "image pulls, liveness and startup probes, crash-loop back-off, static pods",
    "admission by the kubelet, containers of a pod one by one, grace periods",
)


def add(cluster: Cluster) -> None:
    """Adds the kubelets of all nodes."""
    builder, p = cluster.builder, pod(cluster)
    builder.omit(*OMISSIONS)

    def looked_after(q: Expr) -> Expr:
        # An unbound pod counts as on a node that is down: no kubelet looks after it.
        return (cluster.health.get(cluster.node[q], CRASHED) == UP) & cluster.serving

    def startable(q: Expr) -> Expr:
        return (cluster.phase[q] == PENDING) & looked_after(q)

    start = builder.action(
        "start pod",
        NAME,
        (p,),
        startable(p),
        [assign(cluster.phase[p], RUNNING)],
        fairness="weak",
        text="start the containers of {pod}",
        why="{pod} is bound to its node and is pending",
    )
    cluster.quick.append((start, exists(cluster.Pod, startable)))
    builder.action(
        "pod ready",
        NAME,
        (p,),
        (cluster.phase[p] == RUNNING) & becomes_ready(cluster, p) & looked_after(p),
        [assign(cluster.phase[p], READY)],
        fairness="weak",
        text="{pod} passes its readiness probe"
        if cluster.scenario.workload.template.has_readiness_probe
        else "{pod} is ready",
        why="its containers run"
        if cluster.scenario.workload.template.has_readiness_probe
        else "its containers run, and they have no readiness probe",
    )
    if cluster.scenario.workload.min_ready_seconds:
        builder.action(
            "pod available",
            "clock",
            (p,),
            cluster.phase[p] == READY,
            [assign(cluster.phase[p], AVAILABLE)],
            fairness="weak",
            text="{pod} has been ready for minReadySeconds",
            why="it got ready and has not failed since",
        )
    if not cluster.mutated("deleted-pods-linger"):
        builder.action(
            "pod stopped",
            NAME,
            (p,),
            (cluster.phase[p] == TERMINATING) & looked_after(p),
            cluster.remove(p),
            fairness="weak",
            text="{pod} has stopped and is gone",
            why="{pod} was deleted, and its containers have ended",
        )


def becomes_ready(cluster: Cluster, p: Expr) -> Expr:
    """Whether the pod's template ever gets ready: what the scenario says of the new template."""
    if cluster.scenario.change.kind != "rollout" or cluster.scenario.change.becomes_ready:
        return TRUE
    return cluster.owner[p] != last(cluster.ReplicaSet)
