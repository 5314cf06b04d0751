"""Liveness properties of a workload: something good happens in the end.

All of them assume weak fairness of every controller, the scheduler, the kubelets and the store:
a step of theirs that stays possible is taken. Changes and faults have budgets, so they stop.
"""

from __future__ import annotations

from model.api.steps import LABELS
from model.apiserver.objects import Cluster, pod
from model.apiserver.partition import below, left_alone
from model.apiserver.symbols import Count
from model.ir.expr import FALSE, Expr, disj, ite
from model.ir.quantifier import count, exists
from model.ir.system import Property
from model.properties import daemonset
from model.properties.safety import rolling


def complete(cluster: Cluster, replicaset: Expr) -> Expr:
    """All replicas are available in one ReplicaSet, and no other pod is active; of a StatefulSet
    all that are not below its partition have one revision."""

    def counts(p: Expr) -> Expr:
        return ~below(cluster, p)

    available = count(
        cluster.Pod,
        lambda p: cluster.is_available(p) & (cluster.owner[p] == replicaset) & counts(p),
    )
    others = cluster.some_own(
        lambda p: cluster.is_active(p) & (cluster.owner[p] != replicaset) & counts(p)
    )
    return (available + left_alone(cluster) == _wanted(cluster)) & ~others


def _wanted(cluster: Cluster) -> Expr | int:
    """How many pods there are to be: of a DaemonSet as many as nodes that it wants a pod on."""
    changes = cluster.registered is not None or cluster.scenario.change.has(*LABELS)
    if cluster.scenario.workload.daemon is None or not changes:
        return cluster.desired
    wants = daemonset.wanted(cluster)
    return count(cluster.Node, lambda n: wants[n] & cluster.is_registered(n))


def paused(cluster: Cluster) -> Expr:
    """Whether the user has paused the Deployment."""
    return cluster.in_stages(lambda stage: stage.paused)


def has_own(cluster: Cluster, replicaset: Expr) -> Expr:
    """Whether a ReplicaSet of the own workload is to have pods."""
    return cluster.owned(replicaset) & (cluster.replicas[replicaset] > 0)


def target(cluster: Cluster, by: str) -> Expr:
    """The ReplicaSet that is wanted after a change of the template, or after an undo."""
    found = {stage.revision for stage in cluster.stages.stages if stage.by == by}
    return cluster.own[found.pop()] if len(found) == 1 else cluster.wanted


def ready_wanted(cluster: Cluster) -> Count:
    """How many pods are to be ready in the end: none of a workload that is deleted."""
    wanted, held = cluster.desired, FALSE
    if cluster.stages.pauses:
        # What is in the midst of a rollout then stays there, the surge as well.
        several = count(cluster.ReplicaSet, lambda r: has_own(cluster, r)) > 1
        held = paused(cluster) & several
    if cluster.scenario.workload.kind == "Deployment":
        # The ReplicaSets that it leaves stay as they are.
        held = held | cluster.is_deleted("orphan")
    if held is not FALSE:
        wanted = ite(held, cluster.asked(), wanted)
    if cluster.deleted is not None:
        all_ways = cluster.scenario.workload.is_pod
        gone = () if all_ways else ("background", "foreground")
        wanted = ite(cluster.is_deleted(*gone), 0, wanted)
    return wanted


def replicas_converge(name: str, text: str, cluster: Cluster) -> Property:
    """From some point on, exactly the desired number of pods is ready; nobody promises that of pods
    that are left without a controller."""
    ready = cluster.count_own(cluster.is_ready) == ready_wanted(cluster)
    changed = FALSE if cluster.change is None else rolling(cluster) | cluster.is_deleted()
    if cluster.scenario.workload.kind != "Deployment":
        ready = ready | cluster.is_deleted("orphan")
    serviced = exists(cluster.Node, lambda n: cluster.cordoned(n) | cluster.is_tainted(n))
    upset = ~ready | changed | serviced | cluster.disturbed
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
    done = complete(cluster, target(cluster, "change")) | ~rolling(cluster)
    begun = rolling(cluster) & ~paused(cluster)
    done = done | paused(cluster)
    return Property(
        name, "leads to", begun, done, witness=begun, text=text, occasion="the rollout begins"
    )


def rollback_completes(name: str, text: str, cluster: Cluster) -> Property:
    """A template that was taken back is reached again. One that kubectl finds no more is not."""
    reverted = cluster.in_stages(lambda stage: stage.by == "undo")
    done = complete(cluster, target(cluster, "undo"))
    among = cluster.stages
    by = [position.stage.by for position in among.positions]
    if any(by[move.source] == "undo" != by[move.target] for move in among.moves):
        done = done | ~reverted
    reverted, done = reverted & ~paused(cluster), done | paused(cluster)
    if cluster.history is not None:
        refused = cluster.history.refused()
        reverted, done = reverted | refused, done & ~refused
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
    """Again and again there is no pending pod without a node; what violates that by pods that are
    bound in turn, none of which waits for ever, is no violation."""
    pending, p = cluster.some_own(cluster.is_unscheduled), pod(cluster)
    return Property(
        name,
        "always eventually",
        ~pending,
        witness=pending,
        text=text,
        occasion="a pod waits for a node",
        each=(p, ~(cluster.is_unscheduled(p) & cluster.is_own(p))),
    )


def drain_completes(name: str, text: str, cluster: Cluster) -> Property:
    """A cordoned node that is drained has no pods in the end."""

    def occupied(n: Expr) -> Expr:
        return cluster.cordoned(n) & cluster.some_own(lambda p: cluster.node[p] == n)

    begun = exists(cluster.Node, cluster.cordoned)
    done = ~exists(cluster.Node, occupied)
    return Property(
        name, "leads to", begun, done, witness=begun, text=text, occasion="the node is cordoned"
    )


def no_eviction_loop(name: str, text: str, cluster: Cluster) -> Property:
    """From some point on no pod is to be deleted for a taint or for want of its node, or rejected
    by its kubelet."""
    due = disj(*cluster.evicting)
    return Property(
        name,
        "eventually always",
        ~due,
        witness=due | exists(cluster.Node, cluster.is_tainted),
        text=text,
        occasion="a node is tainted, or a pod rejected or without its node",
    )
