"""The partition of the own workload, if it is a StatefulSet, which the user may change.

Source: kubernetes v1.36.3 `pkg/controller/statefulset/stateful_set_utils.go`
(newVersionedStatefulSetPod, completeRollingUpdate), `stateful_set_control.go` (updateStatefulSet
deletes no pod below the partition), `pkg/apis/apps/v1/defaults.go` (0 is filled in where
`rollingUpdate` or no `type` is given).
"""

from __future__ import annotations

from dataclasses import dataclass

from model.apiserver.objects import Cluster
from model.ir.expr import FALSE, Expr, boolean, disj, integer
from model.position import Stage


@dataclass(frozen=True)
class Partition:
    """It at a value of `change`."""

    #: How many of the lowest ordinals a rollout leaves alone: 0 where nobody says.
    kept: Expr
    #: Whether updateStrategy has no rollingUpdate: then as many are left as the status counts of
    #: the current revision.
    unset: Expr


def partition(cluster: Cluster, change: Expr | None = None) -> Partition:
    """The partition now, or at a value of `change`."""
    at = change if change is not None or cluster.change is None else cluster.change()
    return Partition(
        cluster.by_stage(at, _kept, integer),
        cluster.by_stage(at, lambda stage: stage.partition is None, boolean),
    )


def followed(cluster: Cluster) -> tuple[bool, bool]:
    """Whether the current revision that the status names decides anything, and whether the number
    of its pods does.

    Where there is no partition both do. Where there is one, the current revision is that of the
    start as long as anything is below it: a rollout is complete only when all pods are updated. But
    the partition may be lowered, and of 0 replicas all are.
    """
    scenario, partitions = cluster.scenario, cluster.stages.partitions
    stateful, change = scenario.workload.stateful, scenario.change
    if stateful is None or stateful.on_delete or not change.rolls:
        return False, False
    counted = None in partitions
    moves = len(partitions) > 1 or change.scales
    return counted or (moves and any(partitions)), counted


def below(cluster: Cluster, pod: Expr) -> Expr:
    """Whether a pod's ordinal is below the partition now, and a rollout leaves it alone."""
    most = max((_kept(stage) for stage in cluster.stages.stages), default=0)
    return under(cluster, pod, partition(cluster).kept, most)


def under(cluster: Cluster, pod: Expr, number: Expr, most: int) -> Expr:
    """Whether a pod's ordinal is one of a number of the lowest, which is `most` at most."""
    names = cluster.identities
    if names is None:
        return FALSE
    return disj(*(names.has(pod, i) & (number > i) for i in range(min(most, names.number))))


def left_alone(cluster: Cluster) -> Expr:
    """How many pods are to be there that a rollout leaves alone now."""
    at = None if cluster.change is None else cluster.change()
    return cluster.by_stage(at, lambda stage: min(_kept(stage), stage.replicas), integer)


def _kept(stage: Stage) -> int:
    return stage.partition or 0
