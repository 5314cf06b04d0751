"""Budgets for evictions.

Source: k8s.io/api v0.36 `policy/v1/types.go` (PodDisruptionBudgetSpec).
"""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True)
class Disruptable:
    """A budget by its status: how many more of its pods may be disrupted, and which are already.
    A selector that is None selects nothing."""

    namespace: str
    selector: LabelSelector | None
    allowed: int = 0
    disrupted: frozenset[str] = frozenset()

    def guards(self, namespace: str, name: str, labels: Mapping[str, str]) -> bool:
        """Whether the scheduler counts a pod against it. An empty selector guards nothing there,
        and so no pod without labels is guarded."""
        selector = self.selector
        if selector is None or not (selector.match_labels or selector.match_expressions):
            return False
        selects = bool(labels) and namespace == self.namespace and selector.selects(labels)
        return selects and name not in self.disrupted
