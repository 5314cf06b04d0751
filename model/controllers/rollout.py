"""What one sync of the Deployment controller asks for, from one reading of its ReplicaSets.

The same text is read in two ways: on numbers it is what the real code's answers are compared with,
on expressions over the state it is the model.

Source: kubernetes v1.36.3 `pkg/controller/deployment/rolling.go` (reconcileNewReplicaSet,
reconcileOldReplicaSets, cleanupUnhealthyReplicas, scaleDownOldReplicaSetsForRollingUpdate),
`recreate.go` (rolloutRecreate, oldPodsRunning), `sync.go` (getNewReplicaSet),
`util/deployment_util.go` (NewRSNewReplicas).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from model.ir.expr import (
    Expr,
    Literalish,
    add,
    boolean,
    coerce,
    conj,
    disj,
    greatest,
    integer,
    ite,
    least,
)


class Seen(NamedTuple):
    """A ReplicaSet as a sync reads it; `new` is whether it has the Deployment's template. At most
    one is new, and one that does not exist has neither replicas nor a status."""

    new: Expr
    exists: Expr
    replicas: Expr
    available: Expr


@dataclass(frozen=True)
class Decision:
    """The requests of a sync, in the order in which it sends them: it creates the new ReplicaSet
    or scales it, cleans up the old ones, scales them down."""

    #: Whether the new ReplicaSet is created, whether it is scaled, and the replicas it is given.
    create: Expr
    scale: Expr
    wanted: Expr
    #: For each ReplicaSet, how many replicas it loses because they are not available, and how many
    #: after that.
    cleanups: tuple[Expr, ...]
    scale_downs: tuple[Expr, ...]


def rolling(
    desired: Literalish,
    surge: Literalish,
    unavailable: Literalish,
    sets: Sequence[Seen],
    *,
    waits: bool = True,
) -> Decision:
    """A sync of strategy RollingUpdate; `sets` in the order of their creation.

    `waits`: a ReplicaSet with more available replicas than it asks for has a scale-down under way,
    which upstream runs into an error at, and so waits for.
    """
    replicas, available = _new(sets, "replicas"), _new(sets, "available")
    room = greatest(0, add(desired, surge) - add(*(each.replicas for each in sets)))
    wanted = ite(replicas > desired, desired, replicas + least(room, desired - replicas))
    exists = disj(*(each.new & each.exists for each in sets))
    # One that is created asks for its replicas already when the sync comes to the old ones.
    scale, asked = exists & (wanted != replicas), ite(exists, replicas, wanted)
    old = [ite(each.new, 0, each.replicas) for each in sets]
    least_ = coerce(desired) - unavailable
    spare = ite(scale, 0, add(*old, asked) - least_ - (asked - available))
    cleanups: list[Expr] = []
    cleaned, ended = integer(0), spare <= 0
    for each, those in zip(sets, old, strict=True):
        unhealthy = those - ite(each.new, 0, each.available)
        due = ~ended & (those > 0)
        count = ite(due, greatest(0, least(spare - cleaned, unhealthy)), 0)
        cleanups.append(least(count, each.replicas))
        if waits:
            ended = ended | (due & (cleaned < spare) & (unhealthy < 0))
        cleaned = cleaned + cleanups[-1]
    counted = [each.available for each in sets]
    if len(sets) > 2:
        # An old one without replicas is not looked at, though its status may lag behind. Where it
        # is the only old one there is nothing to scale down.
        counted = [ite(each.new | (each.replicas > 0), each.available, 0) for each in sets]
    surplus = ite(ended, 0, add(*counted) - least_)
    scale_downs: list[Expr] = []
    for those, clean in zip(old, cleanups, strict=True):
        gone = add(*scale_downs) if scale_downs else integer(0)
        scale_downs.append(greatest(0, least(those - clean, surplus - gone)))
    return Decision(~exists, scale, wanted, tuple(cleanups), tuple(scale_downs))


def recreate(desired: Literalish, sets: Sequence[Seen], populated: Literalish) -> Decision:
    """A sync of strategy Recreate. `populated`: some old ReplicaSet has pods left, or its status
    says so."""
    old = [ite(each.new, 0, each.replicas) for each in sets]
    ready = conj(*(those == 0 for those in old), ~coerce(populated))
    exists = disj(*(each.new & each.exists for each in sets))
    scale = ready & exists & (_new(sets, "replicas") != desired)
    nothing = tuple(integer(0) for _ in sets)
    return Decision(ready & ~exists, scale, coerce(desired), nothing, tuple(old))


def _new(sets: Sequence[Seen], field: str) -> Expr:
    """A count of the new ReplicaSet; 0 where there is none."""
    return add(*(ite(each.new, getattr(each, field), 0) for each in sets))


class Request(NamedTuple):
    """An update of `spec.replicas`, or the creation of a ReplicaSet, by its position."""

    position: int
    replicas: int
    creates: bool = False


def requests(decision: Decision, sets: Sequence[Seen]) -> Iterator[Request]:
    """What a decision on numbers sends, in order."""
    replicas = [_number(each.replicas) for each in sets]
    new = next((i for i, each in enumerate(sets) if _number(each.new)), -1)
    if _number(decision.create) or _number(decision.scale):
        yield Request(new, _number(decision.wanted), bool(_number(decision.create)))
    for amounts in (decision.cleanups, decision.scale_downs):
        for position, amount in enumerate(map(_number, amounts)):
            if amount:
                replicas[position] -= amount
                yield Request(position, replicas[position])


def seen(new: bool, exists: bool, replicas: int, available: int) -> Seen:
    """A ReplicaSet in numbers."""
    return Seen(boolean(new), boolean(exists), integer(replicas), integer(available))


def _number(expr: Expr) -> int:
    assert expr.op == "const", f"{expr} is no number"
    assert isinstance(expr.payload, int)
    return expr.payload
