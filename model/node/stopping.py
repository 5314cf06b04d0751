"""How pods stop taking requests: the preStop hook, then the signal.

A container is told to stop as soon as its pod is deleted, unless a preStop hook sleeps first; the
rules of Services that still have the pod are brought up to date beside, by others. Where all
containers that may answer sleep for longer than that takes, none is told to stop before.

Source: kubernetes v1.36.3 `pkg/kubelet/kuberuntime/kuberuntime_container.go` (killContainer,
executePreStopHook: the hook's time is part of the grace period).

Omits: hooks whose length is not known (`model.network.omitted`), programs that take requests after
the signal or refuse them during the hook.
"""

from __future__ import annotations

from model.apiserver.objects import CRASHED, TERMINATING, UP, Cluster, pod
from model.apiserver.routing import TO_READY
from model.ir.types import BOOL
from model.mutation import Mutation
from model.node.kubelet import NAME

HOOK_IGNORED = Mutation("pre-stop-ignored", "the kubelet runs no preStop hooks")

_LAG = "within {} s no request goes to a pod that is being deleted (spec.cluster.proxyLagSeconds)"
_NO_LAG = (
    "no request goes to a pod that is being deleted by the time its preStop hook is over; "
    "spec.cluster.proxyLagSeconds says how long that takes"
)


def add(cluster: Cluster) -> None:
    """Adds that pods that are deleted stop taking requests, where these are modelled."""
    routing, p = cluster.routing, pod(cluster)
    if routing is None:
        return
    lag, ignored = cluster.scenario.proxy_lag, cluster.mutated(HOOK_IGNORED)
    waits = cluster.each(
        "sleepsLonger", BOOL, lambda each: int(each.template.outlasts(lag) and not ignored)
    )
    if cluster.scenario.workload.template.outlasts(lag) and not ignored:
        cluster.builder.assumptions.append(_LAG.format(lag) if lag else _NO_LAG)
    up = cluster.health.get(cluster.node[p], CRASHED) == UP
    cluster.builder.action(
        "tell to stop",
        NAME,
        (p,),
        (cluster.phase[p] == TERMINATING)
        & routing.lingers[p]
        & up
        & (~waits(cluster.owner[p]) | (routing.rule[p] != TO_READY)),
        routing.stops(p),
        fairness="weak",
        fair_for=(p,),
        text="tell {pod} to stop: it takes no more requests",
        why="{pod} was deleted, and its preStop hooks are over, if it has any",
    )
