"""Nodes that crash, with all that runs on them."""

from __future__ import annotations

from model.apiserver.objects import Cluster
from model.faults import nodes
from model.faults.contract import Row, counted
from model.field import count
from model.scenario import Faults


def add(cluster: Cluster) -> None:
    """Adds crashes of single nodes."""
    nodes.of_one(
        cluster,
        "node crashes",
        nodes.Times("crashesLeft", cluster.scenario.faults.node_crashes),
        lambda n: nodes.crash(cluster, n),
        text="{node} crashes",
        why="spec.faults.nodeCrashes leaves another crash",
    )


ROW = Row(
    {"nodeCrashes": count("how often a node may crash", Faults.node_crashes)},
    (counted("nodeCrashes", "{n} node crash", "{n} node crashes"),),
    add,
)
