"""Zones that are cut off: the control plane reaches none of the nodes that have one value of the
label topology.kubernetes.io/zone, and their pods run on. What becomes of each node is as for
`nodePartitions`.

Steps: those of `model.faults.node_partitions`.

Source: kubernetes v1.36.3 `pkg/controller/nodelifecycle/node_lifecycle_controller.go`
(handleDisruption: as long as another zone is ready, the nodes are tainted one after the other).
"""

from __future__ import annotations

from model.api.node import ZONE
from model.apiserver.objects import Cluster
from model.faults import nodes
from model.faults.contract import Row, counted
from model.field import count
from model.scenario import Faults


def add(cluster: Cluster) -> None:
    """Adds that zones are cut off; `model.faults.node_partitions` adds that nodes are reached."""
    nodes.of_zone(
        cluster,
        "zone is cut off",
        nodes.Times("zonePartitionsLeft", cluster.scenario.faults.zone_partitions),
        lambda n: nodes.cut_off(cluster, n),
        text="every node of zone {zone} is cut off; what runs there runs on",
        why="spec.faults.zonePartitions leaves another partition",
    )


ROW = Row(
    {
        "zonePartitions": count(
            f"how often all nodes of a zone (label {ZONE}) may be cut off at once while their pods "
            "run on",
            Faults.zone_partitions,
        )
    },
    (counted("zonePartitions", "{n} zone cut off", "{n} zones cut off"),),
    add,
)
