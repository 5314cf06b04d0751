"""What several faults of nodes share: a crash, and how nodes come back.

Source: kubernetes v1.36.2 `pkg/kubelet/kubelet_pods.go`, `pkg/kubelet/container/helpers.go`
(ShouldContainerBeRestarted).

Omits: disks that are lost; nodes that crash while they are cut off.
"""

from __future__ import annotations

from model.apiserver.objects import CRASHED, RUNNING, UP, Cluster, node
from model.faults.contract import Row
from model.field import Field
from model.ir.expr import Expr, variable
from model.ir.system import Update, assign
from model.scenario import Faults


def stops(cluster: Cluster, n: Expr) -> Expr:
    """Whether a node can stop answering: it is there, and up."""
    return cluster.is_registered(n) & (cluster.health[n] == UP)


def crash(cluster: Cluster, n: Expr) -> list[Update]:
    """A node goes down with all that runs on it."""
    return [assign(cluster.health[n], CRASHED), *cluster.harm.crashed(n, cluster.Pod)]


def add(cluster: Cluster) -> None:
    """Adds that nodes that crashed come back: a pod that ran there is not ready until its
    containers have been started again."""
    faults = cluster.scenario.faults
    if not (faults.node_crashes or faults.zone_crashes):
        return
    n, q = node(cluster), variable("other", cluster.Pod)
    started = cluster.phase[q].is_in("Running", "Ready", "Available")
    cluster.builder.action(
        "node returns",
        "fault",
        (n,),
        cluster.is_registered(n)
        & (cluster.health[n] != UP)
        & ~cluster.harm.is_cut_off(n)
        & cluster.serving,
        [
            assign(cluster.health[n], UP),
            assign(
                cluster.phase[q],
                RUNNING,
                q,
                where=(cluster.node[q] == n) & started & cluster.is_watched(q),
            ),
            *(update for each in cluster.reboots for update in each(n)),
        ],
        fairness="weak" if faults.nodes_return else "none",
        text="{node} is back, and starts again what it has to run"
        if cluster.jobs is None or cluster.jobs.spec.restarts
        else "{node} is back: what ran there has failed",
        why="a node that crashed may return",
    )


ROW = Row(
    {
        "nodesReturn": Field(
            "boolean",
            "whether a node that crashed or was cut off is sure to return, and one that was "
            "removed to be replaced",
            Faults.nodes_return,
        )
    },
    (),
    add,
)
