"""Containers that fail their readiness probe, or exit, and recover."""

from __future__ import annotations

from model.apiserver.objects import CRASHED, RUNNING, UP, Cluster, pod
from model.faults.contract import Row, budget, counted
from model.field import count
from model.ir.system import assign
from model.scenario import Faults


def add(cluster: Cluster) -> None:
    """Adds that ready pods fail."""
    p = pod(cluster)
    left = budget(cluster, "failuresLeft", cluster.scenario.faults.pod_failures)
    cluster.builder.action(
        "pod fails",
        "fault",
        (p,),
        cluster.is_ready(p)
        & cluster.is_watched(p)
        & (left > 0)
        & (cluster.health.get(cluster.node[p], CRASHED) == UP)
        & cluster.serving,
        [assign(cluster.phase[p], RUNNING), assign(left, left - 1)],
        text="a container of {pod} fails, and has to restart",
        why="spec.faults.podFailures leaves another failure",
    )


ROW = Row(
    {"podFailures": count("how often a running pod may fail and recover", Faults.pod_failures)},
    (counted("podFailures", "{n} failure of a pod", "{n} failures of pods"),),
    add,
)
