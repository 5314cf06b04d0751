"""What the pods of a workload are charged to: ResourceQuotas that can run out.

Admission adds a pod to what a quota's status says is used, and refuses one beyond its limit. What
is gone is free again once the quota controller (`model.controllers.resourcequota`) has counted.

Source: apiserver v0.36 `pkg/admission/plugin/resourcequota/controller.go`, `resource_access.go`;
which pods count: kubernetes v1.36.3 `pkg/quota/v1/evaluator/core/pods.go` (QuotaV1Pod). What one
pod counts for `model.apiserver.quotausage` says.

Omits: what admission charges for a pod that is refused after it, until the controller counts.
"""

from __future__ import annotations

from typing import NamedTuple

from model.api.resourcequota import PodQuota
from model.apiserver.objects import ABSENT, CRASHED, TERMINATING, UP, Cluster
from model.ir.builder import Builder
from model.ir.expr import TRUE, Expr, conj, least
from model.ir.quantifier import count
from model.ir.system import StateFunction, Update, assign
from model.ir.types import IntType
from model.mutation import Mutation
from model.scenario import Scenario

QUOTA_IGNORED = Mutation("quota-ignored", "admission lets pods in beyond a ResourceQuota")


class Charge(NamedTuple):
    """A quota, and how many pods its status counts as used."""

    quota: PodQuota
    used: StateFunction


def charges(builder: Builder, scenario: Scenario, slots: int) -> tuple[Charge, ...]:
    """The state of the quotas that a scenario follows."""
    return tuple(
        Charge(
            quota,
            builder.function(
                f"used {quota.name}",
                (),
                IntType(0, max(quota.most, slots)),
                0,
                f"ResourceQuota/{quota.name}.status.used, in pods",
            ),
        )
        for quota in scenario.quotas
    )


def admits(cluster: Cluster, replicaset: Expr) -> Expr:
    """Whether every quota lets another pod of a ReplicaSet in."""
    if not cluster.charges or cluster.mutated(QUOTA_IGNORED):
        return TRUE
    free = conj(*(each.used() < each.quota.most for each in cluster.charges))
    return ~cluster.owned(replicaset) | free


def charge(cluster: Cluster, replicaset: Expr) -> list[Update]:
    """What letting a pod of a ReplicaSet in does to the quotas."""
    return [
        assign(used(), least(used() + 1, used.type.hi), where=cluster.owned(replicaset))
        for _, used in cluster.charges
    ]


def counted(cluster: Cluster, quota: PodQuota) -> Expr:
    """How many pods count: on a node that does not answer one that is to go counts for no longer
    than its grace period, however long it stays."""

    def counts(p: Expr) -> Expr:
        there = (cluster.phase[p] != ABSENT) & cluster.is_own(p)
        if quota.to_the_end or not cluster.scenario.losable:
            return there
        lost = cluster.health.get(cluster.node[p], CRASHED) != UP
        return there & ~((cluster.phase[p] == TERMINATING) & lost)

    return count(cluster.Pod, counts)
