"""Which pods a ReplicaSet gives up: they are ranked once for all that a sync deletes.

The same text is read in two ways: on numbers it is what the real code's answers are compared with,
on expressions over the state it is the model.

Source: kubernetes v1.36.3 `pkg/controller/replicaset/replica_set.go` (getPodsToDelete,
getPodsRankedByRelatedPodsOnSameNode), `pkg/controller/controller_utils.go` (ActivePodsWithRanks).

Omits: pod-deletion-cost, restart counts, readiness and creation times: among pods that are equal
but for those, any may go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from model.ir.expr import Expr, Literalish, coerce, ite


class Pod(NamedTuple):
    """An active pod in numbers; `node` is empty for one that is not bound. The pods of the same
    Deployment that another ReplicaSet owns are not `own`, and count where pods share a node."""

    node: str
    pending: bool
    ready: bool
    own: bool = True


def stage(unscheduled: Literalish, pending: Literalish, ready: Literalish) -> Expr:
    """How far a pod has come, from 0 to 3: those that have come least far go first."""
    return ite(unscheduled, 0, ite(pending, 1, ite(ready, 3, 2)))


def rank(stage: Expr, together: Literalish, most: Literalish) -> Expr:
    """Where a pod stands among those to delete: the lower, the earlier. `together`: how many active
    pods of the Deployment are on its node, of which there are at most `most`."""
    return stage * (coerce(most) + 1) + (coerce(most) - together)


def goes(before: Literalish, deleted: Literalish) -> Expr:
    """Whether a pod may go before which so many others rank."""
    return coerce(before) < deleted


def tied(rank: Literalish, last: Literalish, may_go: Literalish, deleted: Literalish) -> Expr:
    """Whether a pod that may go is one of several equal ones of which some stay: it ranks with the
    last of those that may go, which are more than are deleted. The others are sure to go."""
    return (coerce(rank) == last) & (coerce(deleted) < may_go)


def victims(pods: Sequence[Pod], deleted: int) -> tuple[frozenset[int], frozenset[int]]:
    """The positions of the pods that are sure to go, and of those some of which go besides, where a
    ReplicaSet deletes so many of its own."""
    most = len(pods)
    ranks = {}
    for position, pod in enumerate(pods):
        together = sum(other.node == pod.node for other in pods) if pod.node else 0
        if pod.own:
            far = stage(not pod.node, pod.pending, pod.ready)
            ranks[position] = _number(rank(far, together, most))
    candidates = [
        position
        for position, own in ranks.items()
        if _number(goes(sum(other < own for other in ranks.values()), deleted))
    ]
    last = max((ranks[position] for position in candidates), default=0)
    some = frozenset(
        position
        for position in candidates
        if _number(tied(ranks[position], last, len(candidates), deleted))
    )
    return frozenset(candidates) - some, some


def _number(expr: Expr) -> int:
    assert isinstance(expr.payload, int)
    return expr.payload
