"""The Deployment controller deletes ReplicaSets of revisions that are not to be kept.

It does so in syncs that scale nothing, if the status says that the rollout is complete, or if the
Deployment is paused. Which go `model.controllers.history` decides.

Source: kubernetes v1.36.3 `pkg/controller/deployment/sync.go` (cleanupDeployment, sync),
`rolling.go` (rolloutRolling), `recreate.go` (rolloutRecreate), `util/deployment_util.go`
(DeploymentComplete).

Omits: what else than an undo would read that they are gone; a status of the Deployment that is
older than those of its ReplicaSets; numbers of revisions in another order than the user asked for
the templates, which the controller may have noticed late.
"""

from __future__ import annotations

from model.apiserver import requests
from model.apiserver.history import kept
from model.apiserver.objects import Cluster, replicaset
from model.controllers import history, rollout
from model.controllers.deployment_view import NAME, View
from model.controllers.deployment_writer import Writer
from model.ir.expr import Expr, conj, disj
from model.ir.system import assign
from model.position import Position
from model.words import counted, verb


def clean_up(cluster: Cluster, view: View, writer: Writer) -> None:
    """Adds the step, where it matters to anybody."""
    if cluster.history is None:
        return
    r = replicaset(cluster)
    limit = cluster.scenario.workload.history_limit
    sets = [
        history.Kept(seen.exists & ~seen.new, _revision(cluster, place), _empty(cluster, seen, s))
        for place, (seen, s) in enumerate(zip(view.sets, cluster.own, strict=True))
    ]
    deleted = history.deleted(sets, kept(cluster.scenario))
    goes = disj(*((r == s) & each for s, each in zip(cluster.own, deleted, strict=True)))
    requests.send(
        cluster,
        "clean up ReplicaSet",
        NAME,
        (r,),
        goes
        & cluster.exists[r]
        & view.there
        & writer.idle
        & (_complete(cluster, view) | view.paused),
        [*requests.gone(cluster, r), assign(cluster.history.forgotten[r], True)],
        fairness="weak",
        fair_for=(r,),
        text="delete {replicaset}, which is of an old revision",
        why="{kept} by revisionHistoryLimit",
        words={"kept": f"{counted(limit, 'old revision')} {verb(limit, 'is', 'are')} kept"},
    )


def _revision(cluster: Cluster, place: int) -> Expr:
    """The number of a revision among those that the user has asked for."""

    def number(position: Position) -> int:
        return position.history.index(place) + 1 if place in position.history else 0

    return cluster.by_position(number)


def _empty(cluster: Cluster, seen: rollout.Seen, r: Expr) -> Expr:
    """Whether a ReplicaSet has no pods, by its status and by what it asks for."""
    return (seen.replicas == 0) & (seen.available == 0) & (cluster.active(r) == 0)


def _complete(cluster: Cluster, view: View) -> Expr:
    """Whether the new ReplicaSet has all replicas, available, and no other has any."""
    desired = view.desired
    return conj(
        *(
            (~seen.new & _empty(cluster, seen, s))
            | (
                seen.new
                & (seen.replicas == desired)
                & (seen.available == desired)
                & (cluster.active(s) == desired)
            )
            for seen, s in zip(view.sets, cluster.own, strict=True)
        )
    )
