"""Properties of StatefulSets."""

from __future__ import annotations

from collections.abc import Callable

from model.apiserver.objects import ABSENT, TERMINATING, Cluster
from model.ir.expr import Expr, disj, element
from model.ir.quantifier import exists
from model.ir.system import Property
from model.properties.safety import rolling


def kept(cluster: Cluster) -> tuple[int, Callable[[Expr], Expr]]:
    """How many of the lowest ordinals a rollout leaves alone, and whether a pod is one of them."""
    stateful = cluster.scenario.workload.stateful
    number = 0 if stateful is None else min(stateful.kept, cluster.scenario.workload.replicas)
    pods = [element(cluster.Pod, name) for name in cluster.Pod.elements[:number]]
    return number, lambda p: disj(*(p == each for each in pods))


def at_most_one_per_identity(name: str, text: str, cluster: Cluster) -> Property:
    """No pod is created while the pod that had its name has not been confirmed to have stopped."""
    twice = next(f for f in cluster.builder.functions if f.name == "identityTwice")
    leaving = exists(cluster.Pod, lambda p: cluster.phase[p] == TERMINATING)
    lacking = exists(cluster.Pod, lambda p: cluster.phase[p] == ABSENT)
    return Property(
        name,
        "always",
        ~twice(),
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
