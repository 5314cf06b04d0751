"""Pods that somebody deletes by force: their objects go at once, whatever their nodes do.

So does the garbage collector with what is terminating on a node that an administrator has given the
taint node.kubernetes.io/out-of-service.

Source: kubernetes v1.36.3 `pkg/registry/core/pod/strategy.go` (CheckGracefulDelete),
`pkg/controller/podgc/gc_controller.go` (gcTerminating).
"""

from __future__ import annotations

from model.apiserver import requests
from model.apiserver.objects import ABSENT, Cluster, pod
from model.faults.contract import Row, budget, counted
from model.field import count
from model.ir.system import assign
from model.scenario import Faults


def add(cluster: Cluster) -> None:
    """Adds forced deletions of pods that are on nodes; of others every deletion is one."""
    if not cluster.scenario.faults.forced_deletions:
        return
    p = pod(cluster)
    left = budget(cluster, "forcedDeletionsLeft", cluster.scenario.faults.forced_deletions)
    requests.send(
        cluster,
        "delete by force",
        "user",
        (p,),
        (cluster.phase[p] != ABSENT) & ~cluster.node[p].is_none() & (left > 0),
        [*requests.force(cluster, p), assign(left, left - 1)],
        text="delete {pod} by force: nobody waits for its kubelet",
        why="spec.faults.forcedDeletions leaves another one",
    )


ROW = Row(
    {
        "forcedDeletions": count(
            "how often somebody may delete a pod by force, so that its object goes while its "
            "containers may still run",
            Faults.forced_deletions,
        )
    },
    (counted("forcedDeletions", "{n} forced deletion", "{n} forced deletions"),),
    add,
)
