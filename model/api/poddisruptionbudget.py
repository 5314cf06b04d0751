"""Budgets for evictions.

Source: k8s.io/api v0.36 `policy/v1/types.go` (PodDisruptionBudgetSpec).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from model.api.intstr import IntOrPercent
from model.api.selector import LabelSelector
from model.api.source import Fields, Source
from model.api.workload import Workload


@dataclass(frozen=True)
class PodDisruptionBudget:
    """Exactly one of `min_available` and `max_unavailable` is set."""

    namespace: str
    name: str
    selector: LabelSelector
    min_available: IntOrPercent | None = None
    max_unavailable: IntOrPercent | None = None
    #: unhealthyPodEvictionPolicy AlwaysAllow: pods that are not ready go whatever it wants.
    guards_ready_only: bool = False
    source: Source = Source("-", 1)
    fields: Fields = field(default_factory=dict)

    def guards(self, workload: Workload) -> bool:
        """Whether it counts the pods of a workload."""
        here = self.namespace == workload.namespace
        return here and self.selector.selects(workload.template.labels)
