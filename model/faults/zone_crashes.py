"""Zones that crash: all nodes that have one value of the label topology.kubernetes.io/zone, at
once. Each comes back by itself."""

from __future__ import annotations

from dataclasses import replace

from model.api.node import ZONE
from model.apiserver.objects import Cluster
from model.faults import nodes
from model.faults.contract import Row, budget, counted
from model.field import count
from model.ir.expr import variable
from model.ir.quantifier import exists
from model.ir.system import assign
from model.ir.types import ElementType, Sort
from model.scenario import Faults


def add(cluster: Cluster) -> None:
    """Adds crashes of zones; nodes without the label are in none."""
    scenario = cluster.scenario
    named = [each.labels.get(ZONE) for each in scenario.nodes]
    names = sorted({name for name in named if name is not None})
    if not scenario.faults.zone_crashes or not names:
        return
    Zone = Sort("Zone", tuple(names))
    zone = cluster.builder.table(
        "zone",
        (cluster.Node,),
        ElementType(Zone, optional=True),
        [-1 if name is None else names.index(name) for name in named],
    )
    z, m = variable("zone", Zone), variable("crashing", cluster.Node)
    left = budget(cluster, "zoneCrashesLeft", scenario.faults.zone_crashes)
    here = (zone[m] == z) & nodes.stops(cluster, m)
    cluster.builder.action(
        "zone crashes",
        "fault",
        (z,),
        exists(cluster.Node, lambda n: (zone[n] == z) & nodes.stops(cluster, n)) & (left > 0),
        [
            *(replace(u, over=(m, *u.over), where=u.where & here) for u in nodes.crash(cluster, m)),
            assign(left, left - 1),
        ],
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
