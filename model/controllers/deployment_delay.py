"""What may come between a reading of the Deployment controller and the requests that follow it: the
stall of a watch, or a write that makes the API server refuse the next one.

Source: kubernetes v1.36.3 `pkg/controller/deployment/sync.go` (getNewReplicaSet, scaleReplicaSet).
"""

from __future__ import annotations

from functools import partial

from model.apiserver.objects import ABSENT, Cluster
from model.apiserver.room import rejects
from model.controllers.deployment_view import NAME
from model.controllers.deployment_writer import Writer
from model.controllers.podgc import orphans
from model.controllers.sync import Kept, OfCell
from model.controllers.tainteviction import drives_out
from model.ir.expr import FALSE, Expr, conj, disj, ite, least
from model.ir.quantifier import count, exists


def hold(writer: Writer) -> None:
    """Adds that a sync has read, and none of its requests has reached the API server."""
    growing = writer.growing
    if growing is None:
        return
    cluster, decision, view = writer.cluster, writer.decision, writer.view
    made = exists(writer.sort, lambda x: view.is_new(x) & cluster.exists[x])
    #: What is made in vain ends the sync.
    goes = ~(decision.create & made)

    def grows(x: Expr) -> Expr:
        due = decision.create | (decision.scale & ~writer.outdated(x))
        size = least(decision.wanted, writer.sized.hi - 1) + 1
        return ite(goes & due & view.is_new(x), size, 0)

    def unless_in_vain(part: Kept, x: Expr) -> Expr:
        return ite(goes, writer.due(part, x), 0)

    after: dict[Kept, OfCell] = {part: partial(unless_in_vain, part) for part in writer.kept}
    after[growing] = grows
    due = exists(writer.sort, lambda x: disj(*(left(x) > 0 for left in after.values())))
    cluster.builder.action(
        "begin sync",
        NAME,
        (),
        writer.idle & due & view.may_stall,
        writer.keep(after),
        text="it reads, and has yet to send what it decides on",
        why="what it sees next may have come after this, and before what it sends now",
    )


def conflict(writer: Writer) -> None:
    """Adds that the next request is refused, for what the model does not tell."""
    cluster = writer.cluster
    if not writer.kept or cluster.scenario.prompt:
        return
    cluster.builder.action(
        "conflict",
        NAME,
        (),
        exists(writer.sort, lambda r: writer.pending(r) & ~_untouched(cluster, r)),
        writer.sync.end(),
        text="its next update is refused, which ends the sync",
        why="the status of the ReplicaSet was written in a field that the model leaves out",
    )


def _untouched(cluster: Cluster, r: Expr) -> Expr:
    """Whether nothing has happened to a ReplicaSet and its pods since the start, for sure: then its
    status is as it was, in every field. What faults, or nodes that their pods may not stay on, have
    done to the pods may be over without a trace, so then nothing is sure."""
    scenario = cluster.scenario
    if cluster.scales:
        return FALSE  # to another number of replicas and back leaves no trace either
    if scenario.faults.upsetting:
        return FALSE
    if rejects(scenario) or drives_out(scenario) or orphans(scenario):
        return FALSE
    there = count(cluster.Pod, lambda p: (cluster.phase[p] != ABSENT) & (cluster.owner[p] == r))
    counts = (
        *(cluster.replicas[r], there, cluster.available(r)),
        *(each[r] for status in cluster.syncs.statuses for each in status),
    )
    return conj(*(each == cluster.desired for each in counts))
