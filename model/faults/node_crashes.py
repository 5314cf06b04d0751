"""Nodes that crash, with all that runs on them, and come back in the end or may.

A pod that ran on a node that comes back is not ready until its containers have been started again.

Source: kubernetes v1.36.2 `pkg/kubelet/kubelet_pods.go`, `pkg/kubelet/container/helpers.go`
(ShouldContainerBeRestarted).

Omits: disks that are lost.
"""

from __future__ import annotations

from model.apiserver.objects import CRASHED, RUNNING, UP, Cluster, node
from model.faults.contract import Row, budget, counted
from model.field import Field, count
from model.ir.expr import variable
from model.ir.system import assign
from model.scenario import Faults

OMISSIONS = ("nodes that are cut off while their pods run on",)


def add(cluster: Cluster) -> None:
    """Adds crashes and returns of nodes."""
    builder, n = cluster.builder, node(cluster)
    faults = cluster.scenario.faults
    builder.omit(*OMISSIONS)
    left = budget(cluster, "crashesLeft", faults.node_crashes)
    q = variable("other", cluster.Pod)
    builder.action(
        "node crashes",
        "fault",
        (n,),
        cluster.is_registered(n) & (cluster.health[n] == UP) & (left > 0),
        [assign(cluster.health[n], CRASHED), assign(left, left - 1)],
        text="{node} crashes",
        why="spec.faults.nodeCrashes leaves another crash",
    )
    started = cluster.phase[q].is_in("Running", "Ready", "Available")
    builder.action(
        "node returns",
        "fault",
        (n,),
        (cluster.health[n] != UP) & cluster.serving,
        [
            assign(cluster.health[n], UP),
            assign(
                cluster.phase[q],
                RUNNING,
                q,
                where=(cluster.node[q] == n) & started & cluster.is_watched(q),
            ),
        ],
        fairness="weak" if faults.nodes_return else "none",
        text="{node} is back, and starts again what it has to run",
        why="a node that crashed may return",
    )


ROW = Row(
    {
        "nodeCrashes": count("how often a node may crash", Faults.node_crashes),
        "nodesReturn": Field(
            "boolean", "whether a crashed node is sure to return", Faults.nodes_return
        ),
    },
    (counted("nodeCrashes", "{n} node crash", "{n} node crashes"),),
    add,
)
