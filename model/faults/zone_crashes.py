"""Zones that crash: all nodes that have one value of the label topology.kubernetes.io/zone, at
once. Each comes back by itself."""

from __future__ import annotations

from model.api.node import ZONE
from model.apiserver.objects import Cluster
from model.faults import nodes
from model.faults.contract import Row, counted
from model.field import count
from model.scenario import Faults


def add(cluster: Cluster) -> None:
    """Adds crashes of zones; nodes without the label are in none."""
    nodes.of_zone(
        cluster,
        "zone crashes",
        nodes.Times("zoneCrashesLeft", cluster.scenario.faults.zone_crashes),
        lambda n: nodes.crash(cluster, n),
        text="every node of zone {zone} crashes",
        why="spec.faults.zoneCrashes leaves another crash",
    )


ROW = Row(
    {
        "zoneCrashes": count(
            f"how often all nodes of a zone (label {ZONE}) may crash at once", Faults.zone_crashes
        )
    },
    (counted("zoneCrashes", "{n} crash of a zone", "{n} crashes of zones"),),
    add,
)
