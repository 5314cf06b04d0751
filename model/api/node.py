"""Nodes and their taints.

Source: k8s.io/api v0.36 `core/v1/types.go` (Node, Taint).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from model.api.source import Fields, Source

#: The label that says in which zone a node is.
ZONE = "topology.kubernetes.io/zone"


@dataclass(frozen=True)
class Taint:
    """What keeps pods off a node, but those that tolerate it."""

    key: str
    value: str
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]

    def __str__(self) -> str:
        """As kubectl has it: `dedicated=web:NoSchedule`."""
        value = f"={self.value}" if self.value else ""
        return f"{self.key}{value}:{self.effect}"


@dataclass(frozen=True)
class Node:
    """A node of the cluster."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    unschedulable: bool = False
    #: Resource name to integer units as in `PodTemplate.requests`; "pods" is the pod limit.
    allocatable: Mapping[str, int] = field(default_factory=dict)
    #: Names of images that are there, and their bytes. Preferences only: nodes that differ in
    #: nothing else are alike.
    images: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    #: What pods that stay there request, which `allocatable` is without: as the filters count it,
    #: and as scores do.
    held: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    scored: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    source: Source | None = None
    fields: Fields = field(default_factory=dict)
