"""What one sync of the Deployment controller asks for, whatever the user did: a Deployment that is
scaled or paused has its ReplicaSets resized, in proportion if several have replicas; any other sync
is one of the rollout (`model.controllers.rollout`).

The same text is read in two ways: on numbers it is what the real code's answers are compared with,
on expressions over the state it is the model.

Source: kubernetes v1.36.3 `pkg/controller/deployment/deployment_controller.go` (syncDeployment),
`sync.go` (isScalingEvent, scale, scaleReplicaSet), `util/deployment_util.go` (FindActiveOrLatest,
IsSaturated, GetReplicaSetProportion, getReplicaSetFraction, ResolveFenceposts, MaxSurge,
MaxUnavailable), `pkg/controller/controller_utils.go` (ReplicaSetsBySizeNewer, -Older).

Omits: the annotation of rollbacks of extensions/v1beta1, products that overflow 32 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from model.api.intstr import IntOrPercent
from model.controllers import rollout
from model.ir.expr import (
    FALSE,
    Expr,
    Literalish,
    add,
    boolean,
    coerce,
    disj,
    greatest,
    integer,
    ite,
    least,
)
from model.ir.types import IntType

#: The value of an annotation that is missing or is no number.
ABSENT = -1


class Marked(NamedTuple):
    """A ReplicaSet as a sync reads it, with its annotations desired-replicas and max-replicas: what
    `replicas` of the Deployment was, and that with maxSurge, when it was last written. Every
    creation and every update of a ReplicaSet's replicas writes both (`stamp`)."""

    seen: rollout.Seen
    desired: Expr
    maximum: Expr


class Deployment(NamedTuple):
    """A Deployment as a sync reads it."""

    desired: Literalish
    #: maxSurge and maxUnavailable in pods, see `limits`.
    surge: Literalish
    unavailable: Literalish
    paused: Literalish = False
    #: Whether the strategy is Recreate, and if so whether an old ReplicaSet has pods left or says
    #: so in its status.
    recreate: Literalish = False
    populated: Literalish = False
    #: `status.replicas`: read for a ReplicaSet without annotations only.
    reported: Literalish = 0


class Resize(NamedTuple):
    """An update of a ReplicaSet: whether it is sent, the replicas it gives (they may be those that
    it has: the annotations are renewed then), how many others are sent before."""

    due: Expr
    replicas: Expr
    place: Expr


@dataclass(frozen=True)
class Sync:
    """The requests of a sync: those of `resizes`, for each ReplicaSet, or those of `rollout`; one
    of both is empty."""

    #: Whether it is one that scales: the rollout does not go on.
    scales: Expr
    resizes: tuple[Resize, ...]
    rollout: rollout.Decision


def sync(deployment: Deployment, sets: Sequence[Marked], *, waits: bool = True) -> Sync:
    """All that a sync sends about replicas; `sets` in the order of their creation. For `waits` see
    `rollout.rolling`."""
    scales = coerce(deployment.paused) | rescaled(deployment.desired, sets)
    resizes = tuple(
        Resize(scales & each.due, each.replicas, each.place) for each in scaled(deployment, sets)
    )
    seen = [each.seen for each in sets]
    desired, surge, unavailable = deployment[:3]
    decision = _either(
        coerce(deployment.recreate),
        rollout.recreate(desired, seen, deployment.populated),
        rollout.rolling(desired, surge, unavailable, seen, waits=waits),
    )
    zeros = tuple(integer(0) for _ in sets)
    nothing = rollout.Decision(FALSE, FALSE, decision.wanted, zeros, zeros)
    return Sync(scales, resizes, _either(scales, nothing, decision))


def rescaled(desired: Literalish, sets: Sequence[Marked]) -> Expr:
    """Whether the Deployment was scaled since: some ReplicaSet with replicas was last written for
    another number of them."""
    return disj(
        *(
            (each.seen.replicas > 0) & (each.desired != ABSENT) & (each.desired != desired)
            for each in sets
        )
    )


def scaled(deployment: Deployment, sets: Sequence[Marked]) -> tuple[Resize, ...]:
    """What is asked of each ReplicaSet when the Deployment is scaled or paused.

    If at most one has replicas, it or the latest has them all; otherwise the old ones go once the
    new one is complete; before, the difference is shared out (strategy RollingUpdate only)."""
    desired = coerce(deployment.desired)
    active = [each.seen.replicas > 0 for each in sets]
    number = add(*(ite(each, 1, 0) for each in active))
    latest = _latest(sets)
    saturated = disj(
        *(
            each.seen.new
            & each.seen.exists
            & (each.seen.replicas == desired)
            & (each.desired == desired)
            & (each.seen.available == desired)
            for each in sets
        )
    )
    rows = zip(sets, active, latest, _shares(deployment, sets), strict=True)
    resizes = []
    for position, (each, has, last, share) in enumerate(rows):
        only = ite(number == 0, last, has) & (each.seen.replicas != desired)
        later = zip(active[position + 1 :], sets[position + 1 :], strict=True)
        newer = add(*(ite(other & ~it.seen.new, 1, 0) for other, it in later))
        alone = number <= 1
        resizes.append(
            Resize(
                ite(alone, only, ite(saturated, has & ~each.seen.new, share.due)),
                ite(alone, desired, ite(saturated, 0, share.replicas)),
                ite(alone, 0, ite(saturated, newer, share.place)),
            )
        )
    return tuple(resizes)


def limits(
    desired: Literalish,
    surge: IntOrPercent,
    unavailable: IntOrPercent,
    recreate: Literalish = False,
) -> tuple[Expr, Expr]:
    """(maxSurge, maxUnavailable) in pods, of any number of replicas."""
    more, fewer = fenceposts(desired, surge, unavailable)
    return ite(recreate, 0, more), ite(recreate, 0, least(fewer, desired))


def fenceposts(
    desired: Literalish, surge: IntOrPercent, unavailable: IntOrPercent
) -> tuple[Expr, Expr]:
    """maxSurge rounds up, maxUnavailable rounds down, and is 1 where both come to 0."""

    def rounded(amount: IntOrPercent, more: int) -> Expr:
        if not amount.percent:
            return integer(amount.value)
        return (coerce(desired) * amount.value + more) // 100

    more, fewer = rounded(surge, 99), rounded(unavailable, 0)
    return more, ite((more == 0) & (fewer == 0), 1, fewer)


def stamp(deployment: Deployment) -> tuple[Expr, Expr]:
    """The annotations desired-replicas and max-replicas that a write gives a ReplicaSet."""
    return coerce(deployment.desired), coerce(deployment.desired) + deployment.surge


def requests(decided: Sync, sets: Sequence[Marked]) -> Iterator[rollout.Request]:
    """What a decision on numbers sends, in order."""
    due = [(position, each) for position, each in enumerate(decided.resizes) if number(each.due)]
    for position, each in sorted(due, key=lambda one: number(one[1].place)):
        yield rollout.Request(position, number(each.replicas))
    yield from rollout.requests(decided.rollout, [each.seen for each in sets])


def marked(seen: rollout.Seen, desired: int | None = None, maximum: int | None = None) -> Marked:
    """A ReplicaSet in numbers; None for an annotation that it does not have."""
    of = (ABSENT if each is None else each for each in (desired, maximum))
    return Marked(seen, *map(integer, of))


def number(expr: Expr) -> int:
    """The value of an expression of constants."""
    assert expr.op == "const", f"{expr} is no number"
    assert isinstance(expr.payload, int)
    return expr.payload


def _shares(deployment: Deployment, sets: Sequence[Marked]) -> list[Resize]:
    """In proportion to its size each ReplicaSet that has replicas gains or loses, the largest
    first; what rounding leaves is the largest one's. Of equal ones the newest gains first, the
    oldest loses first."""
    desired, most = stamp(deployment)
    sizes = [each.seen.replicas for each in sets]
    spare = ite(desired > 0, most, 0) - add(*sizes)

    def first(i: int, j: int) -> Expr:
        """Whether i comes before j. Where nothing is shared out, old ones come from the newest to
        the oldest and the new one last."""
        newer = boolean(i > j)
        tied = (sizes[i] == sizes[j]) & ite(spare > 0, newer, boolean(i < j))
        untouched = ite(sets[j].seen.new, True, ~sets[i].seen.new & newer)
        return ite(spare == 0, untouched, (sizes[i] > sizes[j]) | tied)

    places = _places([size > 0 for size in sizes], first)
    fractions = [_fraction(deployment, each) for each in sets]
    here = [
        [(size > 0) & (at == place) for at, size in zip(places, sizes, strict=True)]
        for place in range(len(sets))
    ]
    shares: list[Expr] = []
    for who in here:
        left = spare - add(*shares)
        fraction = add(*(ite(is_, f, 0) for is_, f in zip(who, fractions, strict=True)))
        share = ite(spare > 0, least(fraction, left), greatest(fraction, left))
        shares.append(ite(left == 0, 0, share))
    leftover = spare - add(*shares)
    resizes = []
    for position, (each, size) in enumerate(zip(sets, sizes, strict=True)):
        mine = (ite(who[position], share, 0) for who, share in zip(here, shares, strict=True))
        given = greatest(0, size + add(*mine, ite(here[0][position], leftover, 0)))
        stale = (each.desired != desired) | (each.maximum != most)
        due = ~coerce(deployment.recreate) & (size > 0) & ((given != size) | stale)
        resizes.append(Resize(due, given, places[position]))
    return resizes


def _fraction(deployment: Deployment, each: Marked) -> Expr:
    """By how much a ReplicaSet would grow if all grew alike: by what `replicas` and maxSurge are
    now to what they were when it was last written."""
    size = each.seen.replicas
    was = ite(each.maximum <= 0, deployment.reported, each.maximum)
    desired, most = stamp(deployment)
    grown = _ratio(size * most, was, otherwise=size) - size
    return ite(desired == 0, -size, grown)


def _ratio(amount: Expr, by: Expr, *, otherwise: Expr) -> Expr:
    """The quotient of two that are not negative, to the nearest, halves up."""
    assert isinstance(by.type, IntType)
    quotient = otherwise
    for value in range(max(1, by.type.lo), by.type.hi + 1):
        quotient = ite(by == value, (amount * 2 + value) // (2 * value), quotient)
    return quotient


def _latest(sets: Sequence[Marked]) -> list[Expr]:
    """Which ReplicaSet has the template that the Deployment wants, or is the newest."""
    there = [each.seen.exists for each in sets]
    known = disj(*(each.seen.new & each.seen.exists for each in sets))
    return [
        each.seen.exists & ite(known, each.seen.new, ~disj(*there[position + 1 :]))
        for position, each in enumerate(sets)
    ]


def _places(taking_part: Sequence[Expr], first: Callable[[int, int], Expr]) -> list[Expr]:
    """How many of those that take part come before each."""
    return [
        add(*(ite(has & first(i, j), 1, 0) for i, has in enumerate(taking_part) if i != j))
        for j in range(len(taking_part))
    ]


def _either(test: Expr, then: rollout.Decision, otherwise: rollout.Decision) -> rollout.Decision:
    """One decision or the other."""

    def each(name: str) -> tuple[Expr, ...]:
        pairs = zip(getattr(then, name), getattr(otherwise, name), strict=True)
        return tuple(ite(test, one, other) for one, other in pairs)

    return rollout.Decision(
        ite(test, then.create, otherwise.create),
        ite(test, then.scale, otherwise.scale),
        ite(test, then.wanted, otherwise.wanted),
        each("cleanups"),
        each("scale_downs"),
    )
