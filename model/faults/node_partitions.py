"""Nodes that are cut off: kubelet and API server do not reach each other, and the pods run on.

To the control plane such a node is as good as crashed: it is tainted, and its pods are deleted.
They stay, terminating, until the node is back and its kubelet has stopped them; if it is back
before, nothing has happened to them.

Source: kubernetes v1.36.3 `pkg/controller/nodelifecycle/node_lifecycle_controller.go`
(markNodeForTainting, MarkPodsNotReady), `pkg/kubelet/kubelet.go` (syncLoop works on what it knows).

Omits: containers that fail meanwhile; nodes that some API servers reach and others do not.
"""

from __future__ import annotations

from model.apiserver.objects import UP, Cluster, node
from model.faults import nodes
from model.faults.contract import Row, counted
from model.field import count
from model.ir.system import assign
from model.scenario import Faults


def add(cluster: Cluster) -> None:
    """Adds that nodes are cut off, and are reached again."""
    n, cut_off = node(cluster), cluster.harm.cut_off
    if cut_off is None:
        return
    nodes.of_one(
        cluster,
        "node is cut off",
        nodes.Times("partitionsLeft", cluster.scenario.faults.node_partitions),
        lambda m: nodes.cut_off(cluster, m),
        text="{node} is cut off from the control plane; what runs on it runs on",
        why="spec.faults.nodePartitions leaves another partition",
    )
    nodes.comes_back(
        cluster,
        "node is reached",
        cut_off[n],
        [assign(cluster.health[n], UP), assign(cut_off[n], False)],
        text="{node} is reached again",
        why="a node that was cut off may come back",
    )


ROW = Row(
    {
        "nodePartitions": count(
            "how often a node may be cut off from the control plane while its pods run on",
            Faults.node_partitions,
        )
    },
    (counted("nodePartitions", "{n} node cut off", "{n} nodes cut off"),),
    add,
)
