"""What may go wrong, and how often: a file and a row for each kind of fault.

May enter: steps that nobody wants, each with a budget that the scenario sets. They are never fair:
they may happen, they need not. May not enter: how components react to them.

What a kubelet reports of a fault is part of its step, so a pod that fails or a node that returns
shows only while the store takes writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from model.faults import (
    clock_skew,
    controller_restarts,
    forced_deletions,
    kubelet_restarts,
    leader_pauses,
    lost_disks,
    lost_writes,
    member_crashes,
    member_partitions,
    node_crashes,
    node_partitions,
    node_removals,
    nodes,
    overloads,
    pod_failures,
    pods_fail_for_good,
    response_delay,
    slow_watches,
    zone_crashes,
    zone_losses,
    zone_partitions,
)
from model.faults.contract import Fault, Row, given, with_values
from model.scenario import Faults

if TYPE_CHECKING:
    from model.apiserver.objects import Cluster
    from model.field import Field

#: Every kind of fault; whoever asks which of them a violation needs asks in this order.
ROWS: tuple[Row, ...] = (
    node_crashes.ROW,
    zone_crashes.ROW,
    overloads.ROW,
    node_partitions.ROW,
    zone_partitions.ROW,
    node_removals.ROW,
    nodes.ROW,
    pod_failures.ROW,
    pods_fail_for_good.ROW,
    forced_deletions.ROW,
    slow_watches.ROW,
    controller_restarts.ROW,
    kubelet_restarts.ROW,
    member_crashes.ROW,
    member_partitions.ROW,
    lost_writes.ROW,
    lost_disks.ROW,
    zone_losses.ROW,
    clock_skew.ROW,
    leader_pauses.ROW,
    response_delay.ROW,
)

#: The fields of `spec.faults`.
FIELDS: Mapping[str, Field] = {name: field for row in ROWS for name, field in row.fields.items()}

#: What a violation may need; amounts (percent, seconds) as well as counts.
FAULTS: tuple[Fault, ...] = tuple(fault for row in ROWS for fault in row.faults)


def add(cluster: Cluster) -> None:
    """Adds the faults of nodes, pods and controllers for which there is a budget."""
    for row in ROWS:
        if row.add is not None:
            row.add(cluster)


def budgets(values: Mapping[str, Any]) -> Faults:
    """The faults that the values of `FIELDS` stand for."""
    return with_values(Faults(), values)


def beside(faults: Faults) -> Faults:
    """Those of them that etcd and leader election know of."""
    known = Faults()
    plain = {name: given(known, name) for row in ROWS if not row.beside for name in row.fields}
    return with_values(faults, plain)
