"""The status that one sync of the disruption controller gives a PodDisruptionBudget.

The same text is read on numbers and on expressions over the state; percentages are of numbers that
are known.

Source: kubernetes v1.36.3 `pkg/controller/disruption/disruption.go` (trySync, getExpectedPodCount,
getExpectedScale, countHealthyPods, updatePdbStatus).

Omits: pods that no controller has, which count only where minAvailable is a number; controllers of
kinds without a scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.api.poddisruptionbudget import PodDisruptionBudget
from model.ir.expr import Expr, Literalish, add, coerce, conj, ite


@dataclass(frozen=True)
class Pod:
    """A pod that the budget selects."""

    ready: Literalish
    deleting: Literalish = False
    #: Whether its eviction was granted less than two minutes ago.
    disrupted: Literalish = False


@dataclass(frozen=True)
class Status:
    expected: Expr
    desired: Expr
    healthy: Expr
    allowed: Expr


def healthy_needed(budget: PodDisruptionBudget, expected: int) -> int:
    """How many healthy pods a budget wants of so many; percentages round up."""
    if budget.min_available is not None:
        return budget.min_available.scaled(expected, round_up=True)
    assert budget.max_unavailable is not None
    return max(0, expected - budget.max_unavailable.scaled(expected, round_up=True))


def counts_pods(budget: PodDisruptionBudget) -> bool:
    """Whether a budget expects as many pods as there are, of whatever state, not as many as those
    who control them want."""
    return budget.min_available is not None and not budget.min_available.percent


def spares(healthy: Literalish, desired: Literalish, expected: Literalish) -> Expr:
    """Whether any pod may go."""
    return conj(coerce(healthy) > desired, coerce(expected) > 0)


def allowed(healthy: Literalish, desired: Literalish, expected: Literalish) -> Expr:
    """How many pods may go."""
    return ite(spares(healthy, desired, expected), coerce(healthy) - desired, 0)


def status(budget: PodDisruptionBudget, pods: Sequence[Pod], scale: int) -> Status:
    """What a sync writes, where those who control some of the pods want so many in all."""
    expected = len(pods) if counts_pods(budget) else scale if pods else 0
    wanted = healthy_needed(budget, expected)
    healthy = add(
        0,
        *(
            ite(conj(each.ready, ~coerce(each.deleting), ~coerce(each.disrupted)), 1, 0)
            for each in pods
        ),
    )
    return Status(coerce(expected), coerce(wanted), healthy, allowed(healthy, wanted, expected))
