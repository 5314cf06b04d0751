"""Requests to the API server that write: what they need, and what they do to the store.

The only place that knows that a write needs the quorum, which watchers fall behind with it, and
what else goes with an object. Whose decision a request is, and why, is the sender's business.

Source: kubernetes v1.36.3 `pkg/registry/core/pod/strategy.go` (CheckGracefulDelete: a pod without
node or grace period goes at once), `pkg/registry/rest` of apiserver v0.36.3 (BeforeDelete).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from model.apiserver.harm import abandon
from model.apiserver.objects import ABSENT, CRASHED, PENDING, TERMINATING, UP, Cluster
from model.ir.expr import TRUE, Expr, Literalish, none
from model.ir.system import Action, Fairness, Update, assign
from model.ir.types import BOOL


def send(  # noqa: PLR0917  # the arguments of Builder.action, in its order
    cluster: Cluster,
    name: str,
    actor: str,
    parameters: Sequence[Expr],
    when: Expr,
    updates: Sequence[Update],
    *,
    fairness: Fairness = "none",
    fair_for: Sequence[Expr] = (),
    text: str = "",
    why: str = "",
    words: Mapping[str, str] = {},
) -> Action:
    """An action that is a request of `actor`, or begins with one: taken while the quorum takes
    writes. The rest is as for `Builder.action`."""
    guard = when & cluster.serving
    return cluster.builder.action(
        name,
        actor,
        parameters,
        guard,
        updates,
        fairness=fairness,
        fair_for=fair_for,
        text=text,
        why=why,
        words=words,
    )


def create(cluster: Cluster, pod: Expr, owner: Expr) -> list[Update]:
    """A POST of a pod, into a free slot."""
    updates = [assign(cluster.phase[pod], PENDING), assign(cluster.node[pod], none(cluster.Node))]
    if cluster.ReplicaSet.size > 1:
        updates.append(assign(cluster.owner[pod], owner))
    return updates


def scale(cluster: Cluster, replicaset: Expr, replicas: Literalish) -> list[Update]:
    """An update of a ReplicaSet's replicas."""
    return [assign(cluster.replicas[replicaset], replicas), *wrote(cluster, replicaset)]


def gone(cluster: Cluster, replicaset: Expr) -> list[Update]:
    """A ReplicaSet, or Job, is gone from the store: what is still sent about it is refused."""
    updates = [
        assign(cluster.exists[replicaset], False),
        assign(cluster.replicas[replicaset], 0),
        *wrote(cluster, replicaset),
    ]
    stamps, deleted = cluster.desired_replicas, cluster.deleted
    if stamps is not None:
        updates.append(assign(stamps[replicaset], 0))
    if deleted is not None and deleted.waits is not None:
        updates.append(assign(deleted.waits[replicaset], False))
    if cluster.jobs is not None:
        updates += cluster.jobs.forget(replicaset)
    for status in cluster.syncs.statuses:
        updates += [assign(function[replicaset], 0) for function in status]
    return [*updates, *refuse(cluster, replicaset)]


def refuse(cluster: Cluster, replicaset: Expr) -> list[Update]:
    """What becomes of requests about a ReplicaSet that are on their way when it is written."""
    return [update for each in cluster.conflicts for update in each(replicaset)]


def wrote(cluster: Cluster, replicaset: Expr) -> list[Update]:
    """What a write to a ReplicaSet does besides: stalled watchers fall behind."""
    return [update for watcher in cluster.watchers for update in watcher(replicaset)]


def delete(cluster: Cluster, pod: Expr) -> list[Update]:
    """A DELETE request of somebody else than the pod's controller; see `deletion`."""
    return [*deletion(cluster, pod), *lose(cluster, pod, goes_at_once(cluster, pod))]


def force(cluster: Cluster, pod: Expr) -> list[Update]:
    """A DELETE request without grace: nobody waits for the pod's kubelet."""
    return [*abandon(cluster, pod), *remove(cluster, pod), *lose(cluster, pod)]


def collect(cluster: Cluster, pod: Expr) -> list[Update]:
    """A DELETE request without grace for a pod whose node is gone, with or without its machine."""
    cut = [] if cluster.routing is None else cluster.routing.cut_off(cluster, pod)
    return [*cut, *remove(cluster, pod), *lose(cluster, pod)]


def deletion(cluster: Cluster, pod: Expr) -> list[Update]:
    """A DELETE request: graceful for a bound pod with a grace period, otherwise immediate.

    Where the cluster is roomy a deleted pod of a live node goes at once too: nobody waits for its
    place.
    """
    gone = goes_at_once(cluster, pod)
    updates = [assign(cluster.phase[pod], TERMINATING, where=~gone)]
    updates += abandon(cluster, pod, _has_no_grace(cluster, pod))
    if cluster.routing is not None:
        updates += cluster.routing.deleted(cluster, pod, gone)
    updates += [
        Update(u.function, u.arguments, u.value, u.over, gone) for u in remove(cluster, pod)
    ]
    return updates


def remove(cluster: Cluster, pod: Expr) -> list[Update]:
    """An object is gone: the slot becomes free, with the values that every free slot has."""
    updates = [assign(cluster.phase[pod], ABSENT), assign(cluster.node[pod], none(cluster.Node))]
    if cluster.ReplicaSet.size > 1:
        updates.append(assign(cluster.owner[pod], cluster.old))
    if cluster.target is not None:
        updates.append(assign(cluster.target[pod], none(cluster.Node)))
    if cluster.listed is not None:
        updates.append(assign(cluster.listed[pod], False))
    if cluster.jobs is not None:
        updates += cluster.jobs.vacated(pod)
    if cluster.routing is not None:
        updates += cluster.routing.vacated(pod)
    if cluster.nominations is not None:
        updates += cluster.nominations.vacated(pod)
    return [*updates, *cluster.harm.removed(pod)]


def lose(cluster: Cluster, pod: Expr, gone: Expr = TRUE) -> list[Update]:
    """What it is to a pod's controller that somebody else takes the pod."""
    lost = (update for each in cluster.losses for update in each(pod, gone))
    return [*cluster.syncs.lost(pod), *lost]


def goes_at_once(cluster: Cluster, pod: Expr) -> Expr:
    """Whether a pod is gone with the request that deletes it."""
    gone = cluster.node[pod].is_none() | _has_no_grace(cluster, pod)
    return gone | (cluster.roomy & (cluster.health.get(cluster.node[pod], CRASHED) == UP))


def _has_no_grace(cluster: Cluster, pod: Expr) -> Expr:
    abrupt = cluster.each(
        "abrupt", BOOL, lambda each: int(each.template.termination_grace_seconds == 0)
    )
    return abrupt(cluster.owner[pod])


def looked_after(cluster: Cluster, pod: Expr) -> Expr:
    """Whether the kubelet of a pod's node can report. An unbound pod counts as on a node that is
    down: no kubelet looks after it."""
    return (cluster.health.get(cluster.node[pod], CRASHED) == UP) & cluster.serving
