"""Liveness properties of a workload: something good happens in the end.

All of them assume weak fairness of every controller, the scheduler, the kubelets and the store:
a step of theirs that stays possible is taken. Changes and faults have budgets, so they stop.
"""

from __future__ import annotations

from model.apiserver.objects import REVERTED, Cluster, first, last
from model.ir.expr import FALSE, Expr, constant
from model.ir.quantifier import count, exists
from model.ir.system import Property
from model.ir.types import EnumType
from model.properties.safety import rolling


def complete(cluster: Cluster, replicaset: Expr) -> Expr:
    """All replicas are available in one ReplicaSet, and no other pod is active."""
    available = count(
        cluster.Pod, lambda p: cluster.is_available(p) & (cluster.owner[p] == replicaset)
    )
    others = exists(cluster.Pod, lambda p: cluster.is_active(p) & (cluster.owner[p] != replicaset))
    return (available == cluster.desired) & ~others


def replicas_converge(name: str, text: str, cluster: Cluster) -> Property:
    """From some point on, exactly the desired number of pods is ready."""
    ready = count(cluster.Pod, cluster.is_ready) == cluster.desired
    changed = FALSE if cluster.change is None else rolling(cluster)
    drained = FALSE
    if cluster.scenario.change.kind == "drain":
        drained = exists(cluster.Node, cluster.cordoned)
    upset = ~ready | changed | drained | cluster.disturbed
    return Property(
        name,
        "eventually always",
        ready,
        witness=upset,
        text=text,
        occasion="a change or a fault upsets the replicas",
    )


def rollout_completes(name: str, text: str, cluster: Cluster) -> Property:
    """A started rollout reaches its new revision, unless it is taken back."""
    assert cluster.change is not None
    done = complete(cluster, last(cluster.ReplicaSet)) | ~rolling(cluster)
    begun = rolling(cluster)
    return Property(
        name, "leads to", begun, done, witness=begun, text=text, occasion="the rollout begins"
    )


def rollback_completes(name: str, text: str, cluster: Cluster) -> Property:
    """A template that was taken back is reached again."""
    assert cluster.change is not None
    assert isinstance(cluster.change.type, EnumType)
    reverted = cluster.change() == constant(cluster.change.type, REVERTED)
    done = complete(cluster, first(cluster.ReplicaSet))
    return Property(
        name,
        "leads to",
        reverted,
        done,
        witness=reverted,
        text=text,
        occasion="the rollout is taken back",
    )


def every_pod_scheduled(name: str, text: str, cluster: Cluster) -> Property:
    """Again and again there is no pending pod without a node."""
    pending = exists(cluster.Pod, cluster.is_unscheduled)
    return Property(
        name,
        "always eventually",
        ~pending,
        witness=pending,
        text=text,
        occasion="a pod waits for a node",
    )


def drain_completes(name: str, text: str, cluster: Cluster) -> Property:
    """A cordoned node that is drained has no pods in the end."""

    def occupied(n: Expr) -> Expr:
        return cluster.cordoned(n) & exists(cluster.Pod, lambda p: cluster.node[p] == n)

    begun = exists(cluster.Node, cluster.cordoned)
    done = ~exists(cluster.Node, occupied)
    return Property(
        name, "leads to", begun, done, witness=begun, text=text, occasion="the node is cordoned"
    )
