"""Selectors: which labels an object must have.

Source: apimachinery v0.36 `pkg/apis/meta/v1/types.go`, k8s.io/api v0.36 `core/v1/types.go`
(NodeSelectorRequirement).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Requirement:
    """One match expression of a node or label selector.

    `field` is true for `matchFields` (only `metadata.name` exists upstream).
    """

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]
    values: tuple[str, ...] = ()
    field: bool = False

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it, as one of a label selector. Raises ValueError for an operator
        that only node selectors have."""
        held = labels.get(self.key)
        match self.operator:
            case "In":
                return held in self.values
            case "NotIn":
                return held not in self.values
            case "Exists":
                return held is not None
            case "DoesNotExist":
                return held is None
        raise ValueError(f"{self.operator} is no operator of a label selector")


@dataclass(frozen=True)
class LabelSelector:
    """What labels must satisfy: both parts."""

    match_labels: Mapping[str, str] = field(default_factory=dict)
    match_expressions: tuple[Requirement, ...] = ()

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether every part of it matches; an empty one matches everything."""
        # Loops: a scheduler asks this thousands of times for one pod.
        for key, value in self.match_labels.items():
            if labels.get(key) != value:
                return False
        for each in self.match_expressions:  # noqa: SIM110
            if not each.holds(labels):
                return False
        return True
