"""Nodes that crash, with all that runs on them."""

from __future__ import annotations

from model.apiserver.objects import Cluster, node
from model.faults import nodes
from model.faults.contract import Row, budget, counted
from model.field import count
from model.ir.system import assign
from model.scenario import Faults


def add(cluster: Cluster) -> None:
    """Adds crashes of single nodes."""
    if not cluster.scenario.faults.node_crashes:
        return
    n = node(cluster)
    left = budget(cluster, "crashesLeft", cluster.scenario.faults.node_crashes)
    cluster.builder.action(
        "node crashes",
        "fault",
        (n,),
        nodes.stops(cluster, n) & (left > 0),
        [*nodes.crash(cluster, n), assign(left, left - 1)],
        text="{node} crashes",
        why="spec.faults.nodeCrashes leaves another crash",
    )


ROW = Row(
    {"nodeCrashes": count("how often a node may crash", Faults.node_crashes)},
    (counted("nodeCrashes", "{n} node crash", "{n} node crashes"),),
    add,
)
