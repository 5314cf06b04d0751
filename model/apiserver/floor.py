"""How many pods a rollout has to keep available while the user scales.

It owes replicas - maxUnavailable as soon as a pod becomes available that makes that many, not
counting those that are to go: by what their ReplicaSet asks for, by deletions on their way, or by a
sync that read another number of replicas. Until then it owes what it owed before the user scaled
up: nobody can keep what there never was. Who scales down asks for less at once.
"""

from __future__ import annotations

from model.api.steps import DeletePod, Drain, PutTaint, RemoveNode
from model.apiserver.objects import Cluster
from model.ir.builder import Builder
from model.ir.expr import TRUE, Expr, add, coerce, greatest, ite, least
from model.ir.system import StateFunction, Update, assign
from model.ir.types import IntType
from model.scenario import Scenario
from model.stages import sizes


def asked(scenario: Scenario) -> bool:
    """Whether a scenario has a rollout that has to keep pods available."""
    workload, change = scenario.workload, scenario.change
    rolling = workload.kind == "Deployment" and workload.strategy == "RollingUpdate"
    # What is evicted or deleted by hand meanwhile is no matter of the rollout.
    return change.rolls and rolling and not change.has(Drain, PutTaint, DeletePod, RemoveNode)


def owed(builder: Builder, scenario: Scenario) -> StateFunction | None:
    """The number as state, where the user scales."""
    if len(sizes(scenario)) == 1 or not asked(scenario):
        return None
    most = IntType(0, sizes(scenario)[-1])
    return builder.function("owedAvailable", (), most, _least(scenario))


def _least(scenario: Scenario) -> int:
    return scenario.workload.replicas - scenario.workload.rounded[1]


def scaled(cluster: Cluster, replicas: int) -> list[Update]:
    """What becomes of it when the user asks for another number of replicas."""
    if cluster.owed is None:
        return []
    return [assign(cluster.owed(), least(cluster.owed(), _least(cluster.resized(replicas))))]


def gained(cluster: Cluster, pod: Expr, where: Expr = TRUE) -> list[Update]:
    """What becomes of it when a pod becomes available, if it does."""
    if cluster.owed is None:
        return []
    now = coerce(cluster.desired - cluster.unavailable)

    def kept(r: Expr) -> Expr:
        there = cluster.available(r) + ite(cluster.owner[pod] == r, 1, 0)
        going = cluster.syncs.to_delete[r]
        return greatest(0, least(cluster.replicas[r], there - going))

    there = add(*(kept(r) for r in cluster.own)) >= now
    where = where & there & ~cluster.late_sync & cluster.is_own(pod) & (now > cluster.owed())
    return [assign(cluster.owed(), now, where=where)]
