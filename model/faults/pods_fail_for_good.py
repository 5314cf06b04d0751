"""Pods that were ready and never get ready again: their containers exit as often as they are
started, or their probe fails for ever. Only a pod in its place helps.

Source: kubernetes v1.36.3 `pkg/kubelet/kuberuntime/kuberuntime_manager.go` (doBackOff: they are
started again and again, ever more slowly); no controller but a Job's replaces a pod for that.
"""

from __future__ import annotations

from model.apiserver.harm import LASTING
from model.apiserver.objects import RUNNING, Cluster, pod
from model.faults.contract import Row, budget, counted
from model.faults.pod_failures import can_fail
from model.field import count
from model.ir.system import assign
from model.scenario import Faults


def add(cluster: Cluster) -> None:
    """Adds that ready pods fail for good."""
    broken, p = cluster.harm.broken, pod(cluster)
    if broken is None:
        return
    left = budget(cluster, "lastingFailuresLeft", cluster.scenario.faults.pods_fail_for_good)
    cluster.builder.action(
        "pod fails for good",
        "fault",
        (p,),
        can_fail(cluster, p) & (left > 0),
        [assign(cluster.phase[p], RUNNING), assign(broken[p], True), assign(left, left - 1)],
        text="{pod} fails, and goes on failing whenever it is started",
        why="spec.faults.podsFailForGood leaves another such failure",
    )


ROW = Row(
    {
        "podsFailForGood": count(
            "how many pods may fail after they were ready, and never get ready again",
            Faults.pods_fail_for_good,
        )
    },
    (
        counted(
            "podsFailForGood",
            "{n} pod that fails for good",
            "{n} pods that fail for good",
            LASTING,
        ),
    ),
    add,
)
