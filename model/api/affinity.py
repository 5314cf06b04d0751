"""Affinity of pods to nodes and to one another, beyond what templates of workloads keep of it.

Source: k8s.io/api v0.36 `core/v1/types.go` (Affinity, PodAffinityTerm, PreferredSchedulingTerm).
"""

from __future__ import annotations

from dataclasses import dataclass

from model.api.selector import LabelSelector, Requirement


@dataclass(frozen=True)
class PodAffinityTerm:
    """Pods, and in which domains they are looked for.

    A selector that is None selects nothing. `namespaces` are as the scheduler fills them in: the
    pod's own where the term names none and has no selector of namespaces.
    """

    topology_key: str
    selector: LabelSelector | None
    namespaces: frozenset[str]
    namespace_selector: LabelSelector | None = None


@dataclass(frozen=True)
class WeightedPodAffinityTerm:
    """A preference for or against being near pods; `weight` is 1 to 100."""

    weight: int
    term: PodAffinityTerm


@dataclass(frozen=True)
class PreferredNodes:
    """A preference for nodes that meet all of some requirements; `weight` is 1 to 100."""

    weight: int
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True)
class Affinity:
    """What a pod says of nodes and pods."""

    #: Terms of required node affinity as they are given, those without requirements as well.
    required_nodes: tuple[tuple[Requirement, ...], ...] | None = None
    #: None where the pod has no such preferences at all.
    preferred_nodes: tuple[PreferredNodes, ...] | None = None
    required: tuple[PodAffinityTerm, ...] = ()
    preferred: tuple[WeightedPodAffinityTerm, ...] = ()
    anti_required: tuple[PodAffinityTerm, ...] = ()
    anti_preferred: tuple[WeightedPodAffinityTerm, ...] = ()

    @property
    def to_pods(self) -> bool:
        """Whether any term is about pods."""
        return bool(self.required or self.preferred or self.anti_required or self.anti_preferred)
