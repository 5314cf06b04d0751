"""Properties of StatefulSets."""

from __future__ import annotations

from model.apiserver.identities import Identities
from model.apiserver.objects import ABSENT, TERMINATING, Cluster
from model.apiserver.partition import under
from model.ir.expr import FALSE, Expr, disj
from model.ir.quantifier import exists
from model.ir.system import Property
from model.properties.safety import rolling


def _identities(cluster: Cluster) -> Identities:
    assert cluster.identities is not None
    return cluster.identities


def doubled(cluster: Cluster, p: Expr, n: Expr) -> Expr:
    """Whether a pod runs while containers of one that had its name run on a node."""
    left = cluster.harm.left_behind
    if left is None:
        return FALSE
    runs = cluster.phase[p].is_in("Running", "Ready", "Available")
    return left[p, n] & runs & cluster.is_own(p)


def at_most_one_per_identity(name: str, text: str, cluster: Cluster) -> Property:
    """No pod is created while there is one of its name, and none runs while containers of one that
    had its name still run: those of a pod that went without its kubelet's word."""
    twice = next(f for f in cluster.builder.functions if f.name == "identityTwice")
    leaving = cluster.some_own(lambda p: cluster.phase[p] == TERMINATING)
    names = _identities(cluster)
    absent = (names.some(i, lambda p: cluster.phase[p] == ABSENT) for i in range(names.number))
    lacking = disj(*absent)
    both = exists(cluster.Pod, lambda p: exists(cluster.Node, lambda n: doubled(cluster, p, n)))
    return Property(
        name,
        "always",
        ~twice() & ~both,
        witness=leaving | lacking,
        text=text,
        occasion="a pod is deleted or missing",
    )


def released(cluster: Cluster, p: Expr) -> Expr:
    """Whether a pod has another revision than that of the start, and an ordinal that was below the
    partition all the time since."""
    most = max(position.kept for position in cluster.stages.positions)
    kept = under(cluster, p, cluster.by_position(lambda at: at.kept), most)
    return kept & (cluster.phase[p] != ABSENT) & (cluster.owner[p] != cluster.old)


def revision_partitioned(name: str, text: str, cluster: Cluster) -> Property:
    """A pod of an ordinal that has been below the partition since the rollout began, one that comes
    back too, has the revision that was current then."""
    wrong = exists(cluster.Pod, lambda p: released(cluster, p))
    return Property(
        name,
        "always",
        ~wrong,
        witness=rolling(cluster),
        text=text,
        occasion="a rollout begins",
    )
