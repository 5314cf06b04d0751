"""What the API server answers to the eviction of a pod.

It reads a budget's *status*, which the disruption controller writes
(`model.controllers.budgetstatus`) and which may be behind the pods. The same text is read on
numbers and on expressions over the state.

Source: kubernetes v1.36.3 `pkg/registry/core/pod/storage/eviction.go` (Create, canIgnorePDB,
checkAndDecrement).

Omits: conflicts while the status is written, of which a few are retried; more than 2000 evictions
that the controller has not yet seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.ir.expr import Expr, Literalish, coerce, conj, constant, disj, ite
from model.ir.types import EnumType

#: Deleted; 429, as a budget has none to spare; 500, as several budgets select the pod.
ANSWER = EnumType("EvictionAnswer", ("Deleted", "TooManyRequests", "SeveralBudgets"))
DELETED, REFUSED, SEVERAL = (constant(ANSWER, name) for name in ANSWER.values)


@dataclass(frozen=True)
class Budget:
    """A PodDisruptionBudget that selects the pod."""

    #: Whether `status.disruptionsAllowed` is more than 0; `currentHealthy` and `desiredHealthy`.
    spare: Literalish
    healthy: Literalish
    desired: Literalish
    #: Whether the status is of an earlier generation of the spec.
    outdated: Literalish = False
    #: unhealthyPodEvictionPolicy AlwaysAllow.
    guards_ready_only: Literalish = False


@dataclass(frozen=True)
class Pod:
    ready: Literalish
    pending: Literalish = False
    #: Its phase is Succeeded or Failed.
    ended: Literalish = False
    deleting: Literalish = False


def unguarded(pod: Pod) -> Expr:
    """Whether no budget is asked about a pod."""
    return disj(pod.pending, pod.ended, pod.deleting)


def free(ready: Literalish, budget: Budget) -> Expr:
    """Whether a budget lets a pod go without counting it: one that is not ready, while enough
    others are."""
    enough = conj(coerce(budget.healthy) >= budget.desired, coerce(budget.desired) > 0)
    return conj(~coerce(ready), disj(budget.guards_ready_only, enough))


def grants(ready: Literalish, budget: Budget) -> Expr:
    """Whether a budget lets a pod go that it guards."""
    return conj(budget.spare, ~coerce(budget.outdated)) | free(ready, budget)


def answer(pod: Pod, budgets: Sequence[Budget]) -> Expr:
    """What becomes of an eviction."""
    if len(budgets) > 1:
        return ite(unguarded(pod), DELETED, SEVERAL)
    granted = conj(*(grants(pod.ready, each) for each in budgets))
    return ite(unguarded(pod) | granted, DELETED, REFUSED)


def counts(pod: Pod, budgets: Sequence[Budget]) -> Expr:
    """Whether an eviction takes one from `disruptionsAllowed` before the pod is deleted."""
    taken = [grants(pod.ready, each) & ~free(pod.ready, each) for each in budgets]
    return conj(~unguarded(pod), len(budgets) == 1, *taken)
