"""Properties of a workload that the user deletes.

Source: kubernetes v1.36.3 `pkg/controller/garbagecollector/garbagecollector.go`; what each
propagation promises is in `staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/types.go`
(DeletionPropagation).
"""

from __future__ import annotations

from model.apiserver.deletion import BETWEEN, ITSELF
from model.apiserver.objects import ABSENT, Cluster
from model.ir.expr import FALSE, TRUE, Expr
from model.ir.quantifier import exists
from model.ir.system import Property

#: When a deletion with orphaning is over.
LEFT = "the workload that orphans what it owns is gone"


def gone(cluster: Cluster) -> Expr:
    """Whether the object that the user has deleted is gone."""
    deleted = cluster.deleted
    if deleted is None:
        return FALSE
    if cluster.scenario.workload.kind in ITSELF:
        return cluster.is_deleted() & ~cluster.exists[cluster.old]
    if cluster.scenario.workload.is_pod:
        return cluster.is_deleted() & ~has_left(cluster)
    return cluster.is_deleted() & (TRUE if deleted.remains is None else ~deleted.remains())


def left(cluster: Cluster) -> Expr:
    """Whether the workload is gone and has left what it owned."""
    return gone(cluster) & cluster.is_deleted("orphan")


def has_left(cluster: Cluster) -> Expr:
    """Whether ReplicaSets, Jobs or pods of the workload are there."""
    pods = cluster.some_own(lambda p: cluster.phase[p] != ABSENT)
    if cluster.scenario.workload.kind not in {*ITSELF, *BETWEEN}:
        return pods
    sets = exists(cluster.ReplicaSet, lambda r: cluster.owned(r) & cluster.exists[r])
    return pods | sets


def deletion_completes(name: str, text: str, cluster: Cluster) -> Property:
    """What is deleted is gone in the end, with what it owned unless that is orphaned."""
    begun = cluster.is_deleted()
    return Property(
        name,
        "leads to",
        begun,
        gone(cluster) & (_orphaned(cluster) | ~has_left(cluster)),
        witness=begun,
        text=text,
        occasion="the workload is deleted",
    )


def _orphaned(cluster: Cluster) -> Expr:
    """Whether what the workload owns is to stay."""
    return FALSE if cluster.scenario.workload.is_pod else cluster.is_deleted("orphan")


def orphans_stay(name: str, text: str, cluster: Cluster) -> Property:
    """Unless an involuntary fault has struck, some pod of the workload is left to serve."""
    begun = cluster.is_deleted("orphan")
    return Property(
        name,
        "always",
        ~begun | cluster.disturbed | cluster.some_own(cluster.is_active),
        witness=left(cluster),
        text=text,
        occasion=LEFT,
    )
