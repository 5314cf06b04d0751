"""The Deployment controller: moves replicas from the old ReplicaSet to the new one.

A sync reads once and decides on all of its requests (`model.controllers.rollout`): it creates or
scales the new ReplicaSet; unless it scaled, it cleans up unhealthy old replicas and then scales old
ReplicaSets down. Reading and the first request are one step. The others follow one by one while the
world moves, with the amounts that were decided on, until one is refused: an update is, if its
ReplicaSet was written since. Up and down never share a sync, but for the creation of the new one.

Source: kubernetes v1.36.3 `pkg/controller/deployment/deployment_controller.go` (syncDeployment),
`rolling.go` (rolloutRolling, reconcileOldReplicaSets), `recreate.go` (rolloutRecreate,
oldPodsRunning), `sync.go` (getNewReplicaSet, scaleReplicaSet), `util/deployment_util.go`
(ResolveFenceposts).

A Deployment that was scaled, or is paused, has its ReplicaSets resized in proportion, and nothing
else, by `model.controllers.scaling`: what they were last resized for is an annotation of each.
ReplicaSets count as created in the order in which their templates were first asked for.

The progress deadline sets a condition of the Deployment's status, which no controller reads: where
a rollout stands still, remarks say what becomes of it (`model.properties.remarks.liveness`).

Omits: its own status, hash collisions, the annotations of revisions. What
happens between the reading and the first request has the same effect before or after both, but for
statuses of the other ReplicaSet, which may as well be written later, and for watches that stall
(`model.controllers.deployment_delay`).
"""

from __future__ import annotations

from model.apiserver.objects import ABSENT, Cluster, replicaset
from model.apiserver.symbols import Count
from model.apiserver.views import Watches
from model.controllers import rollout, scaling
from model.controllers.contract import Controller
from model.controllers.deployment_delay import conflict, hold
from model.controllers.deployment_history import clean_up
from model.controllers.deployment_view import NAME, View
from model.controllers.deployment_writer import Writer
from model.ir.expr import (
    FALSE,
    Expr,
    coerce,
    conj,
    integer,
)
from model.ir.quantifier import exists
from model.mutation import Mutation

__all__ = ["CONTROLLER", "NAME"]

PENDING_SCALE_DOWN_IGNORED = Mutation(
    "pending-scale-down-ignored", "a scale-down that is under way is not waited for"
)
SHARES_ONE_TOO_MANY = Mutation(
    "shares-one-too-many", "each ReplicaSet gets one replica more than its share of a scaling"
)
PAUSED_NOT_SCALED = Mutation(
    "paused-not-scaled", "the Deployment controller does not scale a Deployment that is paused"
)
RECREATE_DOES_NOT_WAIT = Mutation(
    "recreate-does-not-wait", "strategy Recreate does not wait for old pods to be gone"
)

OMISSIONS = ("the Deployment's own status: completion is judged by its pods",)


#: Where there are several old ones.
ORDER = (
    "ReplicaSets that are made in another order than their templates were first asked for: which "
    "of several old ones is scaled down first"
)


def _add(cluster: Cluster, seen: Watches) -> None:
    view = View(cluster, seen)
    if len(cluster.own) > 2:
        cluster.builder.omit(ORDER)
    if cluster.scenario.workload.strategy == "Recreate":
        _recreate(cluster, view, seen)
    else:
        _rolling_update(cluster, view)


CONTROLLER = Controller(
    NAME,
    ("Deployment", "ReplicaSet", "Pod"),
    "the template, the replicas and the strategy of a Deployment",
    "what its ReplicaSets ask for, and how many pods of each their status calls available; with "
    "Recreate also whether old pods are left",
    "how far maxSurge lets the new one grow, and maxUnavailable the old ones shrink",
    "create a ReplicaSet, or write its replicas, with the version that was read",
    _add,
    OMISSIONS,
)


def _rolling_update(cluster: Cluster, view: View) -> None:
    surge, unavailable = view.limits
    desired = view.desired
    waits = not cluster.mutated(PENDING_SCALE_DOWN_IGNORED)
    resizes: tuple[scaling.Resize, ...] = ()
    if _resizes(cluster):
        deployment = view.deployment(recreate=False)
        decided = scaling.sync(deployment, view.marked(recreate=False), waits=waits)
        decision, resizes = decided.rollout, decided.resizes
        if cluster.mutated(SHARES_ONE_TOO_MANY):
            resizes = tuple(each._replace(replicas=each.replicas + 1) for each in resizes)
        if cluster.mutated(PAUSED_NOT_SCALED):
            goes_on = ~coerce(deployment.paused)
            resizes = tuple(each._replace(due=each.due & goes_on) for each in resizes)
    else:
        decision = rollout.rolling(desired, surge, unavailable, view.sets, waits=waits)
    decision, resizes = view.while_there(decision, resizes)
    writer = Writer(cluster, view, decision, resizes)
    if resizes:
        writer.resize()
    hold(writer)
    clean_up(cluster, view, writer)
    writer.create()
    writer.scale(
        "scale {replicaset} up",
        f"at most {_said(desired + surge, ' replicas in all', 'replicas + maxSurge')} leave room",
    )
    if len(cluster.own) == 1:
        return
    first = ~decision.create & ~decision.scale
    writer.reduce(
        "clean up unhealthy",
        0,
        first,
        text="scale {replicaset} down: unavailable replicas go",
        why="unavailable old replicas serve nobody and make room",
    )
    clean = conj(*(amount == 0 for amount in decision.cleanups))
    least_ = _said(desired - unavailable, " replicas available", "replicas - maxUnavailable")
    writer.reduce(
        "scale down",
        1,
        first & clean,
        text="scale {replicaset} down",
        why=f"it saw more than {least_}",
    )
    conflict(writer)


def _resizes(cluster: Cluster) -> bool:
    """Whether there are syncs that only scale."""
    return cluster.scales or cluster.stages.pauses


def _said(number: Count, what: str, formula: str) -> str:
    """A number of something and where it comes from; the formula in its place where configurations
    differ in it."""
    return f"{number}{what} ({formula})" if isinstance(number, int) else f"{formula}{what}"


def _recreate(cluster: Cluster, view: View, seen: Watches) -> None:
    sort, written = cluster.ReplicaSet, cluster.status_replicas
    assert written is not None

    def populated(s: Expr) -> Expr:
        return exists(
            cluster.Pod, lambda p: (cluster.owner[p] == s) & ~(cluster.phase[p] == ABSENT)
        )

    peopled = seen.of("pods").see("sees pods", sort, populated, "{0} has pods")
    status = seen.of("replicasets").see("sees status", sort, lambda s: written[s], written.label)
    old = exists(
        sort, lambda s: cluster.owned(s) & ~view.is_new(s) & (peopled(s) | (status(s) > 0))
    )
    waits = not cluster.mutated(RECREATE_DOES_NOT_WAIT)
    remain, scales = old if waits else FALSE, FALSE
    resizes: tuple[scaling.Resize, ...] = ()
    if _resizes(cluster):
        decided = scaling.sync(
            view.deployment(recreate=True, populated=remain), view.marked(recreate=True)
        )
        decision, resizes, scales = decided.rollout, decided.resizes, decided.scales
    else:
        decision = rollout.recreate(view.desired, view.sets, remain)
    decision, resizes = view.while_there(decision, resizes)
    writer = Writer(cluster, view, decision, resizes)
    if resizes:
        writer.resize()
    hold(writer)
    clean_up(cluster, view, writer)
    writer.create()
    going = ~coerce(scales) & writer.idle & view.there
    writer.scale("scale {replicaset} up", "strategy Recreate: every old pod is gone")
    if len(cluster.own) > 1:
        r = replicaset(cluster)
        writer.update(
            "scale down",
            cluster.owned(r) & ~view.is_new(r) & (view.replicas(r) > 0) & going,
            integer(0),
            text="scale {replicaset} down to 0",
            why="strategy Recreate: old pods stop before new ones start",
        )
