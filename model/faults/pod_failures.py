"""Containers that fail their readiness probe, or exit, and recover."""

from __future__ import annotations

from model.apiserver.objects import CRASHED, RUNNING, UP, Cluster, pod
from model.faults.contract import Row, budget, counted
from model.field import count
from model.ir.expr import Expr
from model.ir.system import assign
from model.scenario import Faults


def can_fail(cluster: Cluster, p: Expr) -> Expr:
    """Whether a pod is ready, and its node up to report that it is not any more."""
    up = cluster.health.get(cluster.node[p], CRASHED) == UP
    return cluster.is_ready(p) & cluster.is_watched(p) & up & cluster.serving


def add(cluster: Cluster) -> None:
    """Adds that ready pods fail."""
    if not cluster.scenario.faults.pod_failures:
        return
    p = pod(cluster)
    left = budget(cluster, "failuresLeft", cluster.scenario.faults.pod_failures)
    cluster.builder.action(
        "pod fails",
        "fault",
        (p,),
        can_fail(cluster, p) & (left > 0),
        [assign(cluster.phase[p], RUNNING), assign(left, left - 1)],
        text="a container of {pod} fails, and has to restart",
        why="spec.faults.podFailures leaves another failure",
    )


ROW = Row(
    {"podFailures": count("how often a running pod may fail and recover", Faults.pod_failures)},
    (counted("podFailures", "{n} failure of a pod", "{n} failures of pods"),),
    add,
)
