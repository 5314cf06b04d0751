"""Containers that fail their readiness probe, or exit, and recover; pods of Jobs that fail."""

from __future__ import annotations

from model.apiserver import requests
from model.apiserver.jobs import failures
from model.apiserver.objects import RUNNING, Cluster, pod
from model.faults.contract import Row, budget, counted
from model.field import count
from model.ir.expr import Expr
from model.ir.system import assign
from model.scenario import Faults


def can_fail(cluster: Cluster, p: Expr) -> Expr:
    """Whether a pod is ready, and its node up to report that it is not any more."""
    return cluster.is_ready(p) & cluster.is_watched(p) & requests.looked_after(cluster, p)


def add(cluster: Cluster) -> None:
    """Adds that ready pods fail."""
    if not cluster.scenario.faults.pod_failures:
        return
    p, why = pod(cluster), "spec.faults.podFailures leaves another failure"
    left = budget(cluster, "failuresLeft", cluster.scenario.faults.pod_failures)
    if cluster.jobs is not None:
        cluster.jobs.failures_left = left
        for failure in failures(cluster, cluster.jobs, p):
            cluster.builder.action(
                failure.name,
                "fault",
                (p,),
                failure.when & (left > 0),
                [*failure.updates, assign(left, left - 1)],
                text=failure.text,
                why=why,
            )
    if not any(map(cluster.minds, cluster.workloads)):
        return
    cluster.builder.action(
        "pod fails",
        "fault",
        (p,),
        can_fail(cluster, p) & (left > 0),
        [assign(cluster.phase[p], RUNNING), assign(left, left - 1)],
        text="a container of {pod} fails, and has to restart",
        why=why,
    )


ROW = Row(
    {
        "podFailures": count(
            "how often a running pod may fail and recover; a pod of a Job is Failed then, unless "
            "its restartPolicy is OnFailure",
            Faults.pod_failures,
        )
    },
    (counted("podFailures", "{n} failure of a pod", "{n} failures of pods"),),
    add,
)
