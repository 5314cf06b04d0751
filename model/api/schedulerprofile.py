"""How a scheduler is configured: a profile of KubeSchedulerConfiguration.

Source: kube-scheduler v0.36 `config/v1/types.go`, `config/v1/types_pluginargs.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from model.api.affinity import PreferredNodes
from model.api.selector import Requirement
from model.api.topologyspread import TopologySpreadConstraint

#: Resources that are scored, with their weights.
Resources = tuple[tuple[str, int], ...]
_COMPUTE: Resources = (("cpu", 1), ("memory", 1))


@dataclass(frozen=True)
class ScoringStrategy:
    """How NodeResourcesFit ranks nodes. `shape` is for RequestedToCapacityRatio: utilisation in
    percent, rising, and the score there, 0 to 10."""

    type: Literal["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"] = "LeastAllocated"
    resources: Resources = _COMPUTE
    shape: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class SchedulerProfile:
    """A profile; the default one, unless a field says otherwise."""

    name: str = "default-scheduler"
    scoring: ScoringStrategy = field(default_factory=ScoringStrategy)
    balanced: Resources = _COMPUTE
    #: Extended resources that the filter does not look at, and groups of these.
    ignored: frozenset[str] = frozenset()
    ignored_groups: frozenset[str] = frozenset()
    #: Node affinity that all pods have besides their own.
    added_nodes: tuple[tuple[Requirement, ...], ...] | None = None
    added_preferences: tuple[PreferredNodes, ...] | None = None
    #: What a required term of a pod that is there counts for in scores.
    hard_affinity_weight: int = 1
    ignores_existing_preferences: bool = False
    #: For pods that ask for no spread; None for the system's own.
    default_spread: tuple[TopologySpreadConstraint, ...] | None = None
    #: Weights of scores that differ from the default ones, by plugin.
    weights: Mapping[str, int] = field(default_factory=dict)
    #: Plugins that are off, altogether or as filters or scores.
    disabled_filters: frozenset[str] = frozenset()
    disabled_scores: frozenset[str] = frozenset()
