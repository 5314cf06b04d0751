"""Whom a StatefulSet's PersistentVolumeClaims belong to: what its retention policy asks for.

The same text is read in two ways: on numbers it is what the real code's answers are compared with,
on expressions over the state it is the model.

Source: kubernetes v1.36.3 `pkg/controller/statefulset/stateful_set_utils.go` (isClaimOwnerUpToDate,
updateClaimOwnerRefForSetAndPod, hasStaleOwnerRef), `stateful_pod_control.go` (PodClaimIsStale).

Omits: owners other than the set and the pods of the claim's name, owners that are no controllers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from model.ir.expr import FALSE, TRUE, Expr, boolean, disj


class Claim(NamedTuple):
    """The claim of one pod for one volumeClaimTemplate. It may belong to the set, to the pod that
    has its name, and to one that had this name before; one that does not exist, to nobody."""

    exists: Expr = FALSE
    terminating: Expr = FALSE
    of_set: Expr = FALSE
    of_pod: Expr = FALSE
    of_earlier: Expr = FALSE


@dataclass(frozen=True)
class Retention:
    """persistentVolumeClaimRetentionPolicy: whether claims are deleted, rather than retained, with
    the set and with a pod that is scaled away."""

    deletes_with_set: bool = False
    deletes_when_scaled: bool = False


#: What the API server's defaults have.
RETAIN = Retention()


class Owners(NamedTuple):
    """Whom a claim is to belong to."""

    of_set: Expr
    of_pod: Expr


def owners(policy: Retention, inside: Expr) -> Owners:
    """Whom the claims of a pod are to belong to; `inside`: its ordinal is one of the set's."""
    scaled = boolean(policy.deletes_when_scaled) & ~inside
    return Owners(boolean(policy.deletes_with_set) & ~scaled, scaled)


def outdated(claim: Claim, wanted: Owners, pod: Expr) -> Expr:
    """Whether a claim, if it exists, is to get other owners; `pod`: the pod of its name exists.
    What belongs to an earlier pod is not touched."""
    differs = (claim.of_set != wanted.of_set) | (claim.of_pod != wanted.of_pod)
    return ~stale(claim, pod) & differs


def stale(claim: Claim, pod: Expr) -> Expr:
    """Whether a claim belongs to a pod of its name that is no more."""
    return claim.of_earlier | (claim.of_pod & ~pod)


def blocks(policy: Retention, claims: Sequence[Claim], pod: Expr) -> Expr:
    """Whether a pod is not created because the garbage collector is yet to take its claims."""
    if not policy.deletes_when_scaled:
        return FALSE
    return disj(*(claim.exists & stale(claim, pod) for claim in claims))


def claim(owner: str = "", *, exists: bool = True, terminating: bool = False) -> Claim:
    """A claim in numbers; `owner` is "set", "pod", "earlier" (a pod that had its name) or empty."""
    belongs = (TRUE if owner == whose else FALSE for whose in ("set", "pod", "earlier"))
    return Claim(boolean(exists), boolean(terminating), *belongs)
