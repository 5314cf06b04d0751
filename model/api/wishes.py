"""What pods like and do not need: what the scheduler's scores read of a template, and its filters
do not.

Source: k8s.io/api v0.36.3 `core/v1/types.go` (Affinity, TopologySpreadConstraint, Container).
"""

from __future__ import annotations

from dataclasses import dataclass

from model.api.affinity import PreferredNodes, WeightedPodAffinityTerm
from model.api.topologyspread import TopologySpreadConstraint


@dataclass(frozen=True)
class Wishes:
    """The preferences of one template."""

    #: None where there are no such preferences at all.
    nodes: tuple[PreferredNodes, ...] | None = None
    #: To be near pods, and away from pods.
    near: tuple[WeightedPodAffinityTerm, ...] = ()
    away: tuple[WeightedPodAffinityTerm, ...] = ()
    #: Constraints with ScheduleAnyway.
    spread: tuple[TopologySpreadConstraint, ...] = ()
    #: Images of all containers and of volumes; how many containers there are.
    images: tuple[str, ...] = ()
    containers: int = 1
    #: What of this depends on more than templates say, in the words of who wrote it.
    unread: tuple[str, ...] = ()
