"""Properties of StatefulSets."""

from __future__ import annotations

from collections.abc import Callable

from model.apiserver.objects import ABSENT, TERMINATING, Cluster
from model.ir.expr import FALSE, Expr, disj, element
from model.ir.quantifier import exists
from model.ir.system import Property
from model.properties.safety import rolling


def kept(cluster: Cluster) -> tuple[int, Callable[[Expr], Expr]]:
    """How many of the lowest ordinals a rollout leaves alone, and whether a pod is one of them."""
    stateful = cluster.scenario.workload.stateful
    number = 0 if stateful is None else min(stateful.kept, cluster.scenario.workload.replicas)
    pods = [element(cluster.Pod, name) for name in cluster.Pod.elements[:number]]
    return number, lambda p: disj(*(p == each for each in pods))


def doubled(cluster: Cluster, p: Expr, n: Expr) -> Expr:
    """Whether a pod runs while containers of one that had its name run on a node."""
    left = cluster.harm.left_behind
    if left is None:
        return FALSE
    return left[p, n] & cluster.phase[p].is_in("Running", "Ready", "Available")


def at_most_one_per_identity(name: str, text: str, cluster: Cluster) -> Property:
    """No pod is created while there is one of its name, and none runs while containers of one that
    had its name still run: those of a pod that went without its kubelet's word."""
    twice = next(f for f in cluster.builder.functions if f.name == "identityTwice")
    leaving = exists(cluster.Pod, lambda p: cluster.phase[p] == TERMINATING)
    lacking = exists(cluster.Pod, lambda p: cluster.phase[p] == ABSENT)
    both = exists(cluster.Pod, lambda p: exists(cluster.Node, lambda n: doubled(cluster, p, n)))
    return Property(
        name,
        "always",
        ~twice() & ~both,
        witness=leaving | lacking,
        text=text,
        occasion="a pod is deleted or missing",
    )


def revision_partitioned(name: str, text: str, cluster: Cluster) -> Property:
    """A pod of an ordinal below the partition, one that comes back too, has the revision that was
    current when the rollout began."""
    _, below = kept(cluster)
    wrong = exists(
        cluster.Pod,
        lambda p: below(p) & (cluster.phase[p] != ABSENT) & (cluster.owner[p] != cluster.old),
    )
    return Property(
        name,
        "always",
        ~wrong,
        witness=rolling(cluster),
        text=text,
        occasion="a rollout begins",
    )
