"""The disruption controller: what the status of a PodDisruptionBudget says.

Source: kubernetes v1.36.3 `pkg/controller/disruption/disruption.go` (trySync, getExpectedPodCount,
countHealthyPods, buildDisruptedPodMap, updatePdbStatus).

Omits: pods without a controller, evictions that were granted and never carried out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.simulator.objects import Budget, Pod
from tests.simulator.quantities import scaled


def desired(budget: Budget, scale: int, pods: int) -> tuple[int, int]:
    """(pods expected, healthy pods wanted). `scale` is what the pods' controller asks for."""
    if budget.max_unavailable is not None:
        return scale, max(0, scale - scaled(budget.max_unavailable, scale, up=True))
    if isinstance(budget.min_available, str):
        return scale, scaled(budget.min_available, scale, up=True)
    return pods, budget.min_available or 0


def computed(budget: Budget, pods: Sequence[Pod], scale: int) -> Budget:
    """The budget with the status that the controller gives it, `pods` being those it selects."""
    expected, wanted = desired(budget, scale if pods else 0, len(pods))
    disrupted = {p.name for p in pods if p.name in budget.disrupted and not p.terminating}
    healthy = sum(p.ready and not p.terminating and p.name not in disrupted for p in pods)
    return replace(
        budget,
        observed=True,
        healthy=healthy,
        desired=wanted,
        expected=expected,
        allowed=max(0, healthy - wanted) if expected > 0 else 0,
        disrupted=frozenset(disrupted),
    )
