"""The status of a Deployment: its counts, whether its rollout is complete, what its condition
Progressing says.

The same text is read in two ways: on numbers it is what upstream's own cases are compared with, on
expressions over the state it is the model. Time is one bit: whether progressDeadlineSeconds have
passed since the condition was last renewed.

Source: kubernetes v1.36.3 `pkg/controller/deployment/progress.go` (syncRolloutStatus), `sync.go`
(calculateStatus, checkPausedConditions, getNewReplicaSet), `util/deployment_util.go`
(DeploymentComplete, DeploymentProgressing, DeploymentTimedOut, SetDeploymentCondition).

Omits: the condition ReplicaFailure, terminatingReplicas.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from model.ir.expr import Expr, Literalish, add, coerce, conj, constant, disj, greatest, ite
from model.ir.types import EnumType

#: Reasons of the condition Progressing; None where there is no such condition.
REASON = EnumType(
    "Progressing",
    (
        "None",
        "NewReplicaSetCreated",
        "FoundNewReplicaSet",
        "ReplicaSetUpdated",
        "NewReplicaSetAvailable",
        "ProgressDeadlineExceeded",
        "DeploymentPaused",
        "DeploymentResumed",
        "ReplicaSetCreateError",
    ),
)
NONE, CREATED, FOUND, UPDATED, AVAILABLE, EXCEEDED, PAUSED, RESUMED, FAILED = (
    constant(REASON, name) for name in REASON.values
)


class Counted(NamedTuple):
    """A ReplicaSet as the status counts it: whether it has the Deployment's template, its
    `spec.replicas`, and its status. All are 0 where it does not exist."""

    new: Literalish
    wanted: Literalish
    replicas: Literalish
    ready: Literalish
    available: Literalish


class Status(NamedTuple):
    """A Deployment's status."""

    replicas: Expr
    updated: Expr
    ready: Expr
    available: Expr
    unavailable: Expr


def status(sets: Sequence[Counted]) -> Status:
    """What a sync writes, from the ReplicaSets as it read them before it sent anything."""
    available = add(*(each.available for each in sets))
    return Status(
        add(*(each.replicas for each in sets)),
        add(*(ite(each.new, each.replicas, 0) for each in sets)),
        add(*(each.ready for each in sets)),
        available,
        greatest(0, add(*(each.wanted for each in sets)) - available),
    )


def complete(desired: Literalish, of: Status, observed: Literalish = True) -> Expr:
    """Whether the rollout is over. `observed`: the status is of the Deployment's last change."""
    counts = (of.updated, of.replicas, of.available)
    return conj(*(count == desired for count in counts), observed)


def progressing(before: Status, after: Status) -> Expr:
    """Whether a status shows progress over the one before."""
    return disj(
        after.updated > before.updated,
        after.replicas - after.updated < before.replicas - before.updated,
        after.ready > before.ready,
        after.available > before.available,
    )


def minimum(desired: Literalish, unavailable: Literalish, of: Status) -> Expr:
    """Whether the condition Available is true."""
    return of.available >= coerce(desired) - unavailable


class Condition(NamedTuple):
    """What becomes of the condition Progressing: its reason, and whether the deadline begins
    anew."""

    reason: Expr
    renewed: Expr

    @property
    def holds(self) -> Expr:
        """Whether it is True; it is Unknown while paused and just resumed."""
        return self.reason.is_in(*(REASON.values[i] for i in (1, 2, 3, 4)))


def rolled(
    desired: Literalish,
    reason: Expr,
    before: Status,
    after: Status,
    *,
    late: Literalish,
    deadline: Literalish = True,
) -> Condition:
    """At the end of a sync of the rollout. `deadline`: the Deployment has one; `late`: it has
    passed since the condition was renewed. A sync that scales, or of a paused Deployment, leaves
    the condition as it is."""
    over = (after.replicas == after.updated) & (reason == AVAILABLE)
    done = complete(desired, after)
    moves = progressing(before, after)
    waited = ~reason.is_in("None", "NewReplicaSetAvailable") & late
    judged = ite(done, AVAILABLE, ite(moves, UPDATED, ite(waited, EXCEEDED, reason)))
    found = ite(over, reason, judged)
    changed = (found != reason) | (~over & ~done & moves)
    return Condition(ite(deadline, found, NONE), coerce(deadline) & changed)


def begun(reason: Expr, created: Literalish, *, deadline: Literalish = True) -> Condition:
    """When a sync has come to its new ReplicaSet: it has `created` it, or found it."""
    found = ite(created, CREATED, ite(reason == NONE, FOUND, reason))
    return Condition(ite(deadline, found, reason), coerce(deadline) & (found != reason))


def paused(reason: Expr, is_paused: Literalish, *, deadline: Literalish = True) -> Condition:
    """At the beginning of each sync: being paused and being resumed are told, unless the deadline
    was exceeded already."""
    told = ite(is_paused, PAUSED, ite(reason == PAUSED, RESUMED, reason))
    found = ite(coerce(deadline) & (reason != EXCEEDED), told, reason)
    return Condition(found, found != reason)
