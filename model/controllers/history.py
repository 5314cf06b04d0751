"""Which ReplicaSets of a Deployment are deleted, and which revision the new one has.

The same text is read in two ways: on numbers it is what upstream's own cases are compared with, on
expressions over the state it is the model.

Source: kubernetes v1.36.3 `pkg/controller/deployment/sync.go` (cleanupDeployment,
getNewReplicaSet), `rolling.go` (rolloutRolling), `recreate.go` (rolloutRecreate),
`util/deployment_util.go` (ReplicaSetsByRevision, MaxRevision, SetNewReplicaSetAnnotations).

Omits: the annotation of earlier revisions, revisions that are no numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from model.ir.expr import Expr, Literalish, add, coerce, greatest, ite


class Kept(NamedTuple):
    """A ReplicaSet as a clean-up reads it."""

    #: Whether it has another template than the Deployment wants, exists and is not being deleted.
    old: Literalish
    #: 0 where it has none.
    revision: Literalish
    #: Whether it has no replicas, its status says so, and the status is of its last change.
    empty: Literalish


def deleted(sets: Sequence[Kept], limit: Literalish) -> tuple[Expr, ...]:
    """Which ReplicaSets go, of `sets` in the order of their creation: of the lowest revisions, as
    many as there are more than revisionHistoryLimit; those of them that are not empty stay.

    A sync does this if the Deployment is paused, after it has scaled; and at the end of a rollout's
    sync that scaled nothing, if the status that it read was that of a complete rollout."""
    old = [coerce(each.old) for each in sets]
    spare = add(*(ite(each, 1, 0) for each in old)) - limit

    def first(i: int, j: int) -> Expr:
        mine, other = coerce(sets[i].revision), sets[j].revision
        return mine <= other if i < j else mine < other

    found = []
    for j, each in enumerate(sets):
        before = add(*(ite(has & first(i, j), 1, 0) for i, has in enumerate(old) if i != j))
        found.append(old[j] & (before < spare) & each.empty)
    return tuple(found)


def revision(sets: Sequence[Kept], own: Literalish) -> Expr:
    """The revision of the new ReplicaSet once a sync has seen it: one more than those of the old
    ones, unless its `own` is higher already. This write precedes all others of the sync."""
    most = greatest(0, *(ite(each.old, each.revision, 0) for each in sets))
    return greatest(own, most + 1)
