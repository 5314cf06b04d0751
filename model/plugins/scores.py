"""Scores: how much the scheduler likes a feasible node, in upstream's integer arithmetic.

A score says what it reads of a node, as filters do, and is computed from that, the template and
the number of the workload's pods on it; the weighted sum enters the system as a constant table. A
new score is two functions here and a row in `SCORES`.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/noderesources/least_allocated.go` and
`resource_allocation.go`, `pkg/scheduler/apis/config/v1/default_plugins.go` (weights).

Which node the scheduler takes does not follow from this score: BalancedAllocation,
TaintToleration, NodeAffinity, InterPodAffinity, PodTopologySpread and ImageLocality count as well.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from model.api.node import Node
from model.api.pod import PodTemplate
from model.plugins import noderesources
from model.plugins.contract import HIGHEST
from model.plugins.noderesources import SCORED

#: What is read of a node, as plain values.
Reads = Callable[[PodTemplate, Node], Hashable]
#: (template, what was read, pods of the workload on the node) to 0..100.
Scoring = Callable[[PodTemplate, Any, int], int]
#: What each score read of a node, in the order of `SCORES`.
Seen = tuple[Hashable, ...]


@dataclass(frozen=True)
class Score:
    """A plugin that prefers some of the feasible nodes."""

    name: str
    weight: int
    reads: Reads
    scoring: Scoring


def capacities(_template: PodTemplate, node: Node) -> tuple[int, ...]:
    """What a node can allocate of `SCORED`."""
    return tuple(node.allocatable.get(resource, 0) for resource in SCORED)


def least_allocated(template: PodTemplate, given: tuple[int, ...], pods: int) -> int:
    """The mean over cpu and memory of the share that would stay free, each rounded down."""
    there = template.requests if template.scored_requests is None else template.scored_requests
    arriving = there if template.arriving_requests is None else template.arriving_requests
    asked = (pods * there.get(name, 0) + arriving.get(name, 0) for name in SCORED)
    pairs = zip(asked, given, strict=True)
    uses = [(request, capacity, 1) for request, capacity in pairs if capacity]
    return noderesources.least_allocated(uses)


SCORES: tuple[Score, ...] = (
    Score("NodeResourcesFit/LeastAllocated", 1, capacities, least_allocated),
)


def seen(template: PodTemplate, node: Node) -> Seen:
    """What the scores read of a node."""
    return tuple(row.reads(template, node) for row in SCORES)


def total(template: PodTemplate, read: Seen, pods: int) -> int:
    """The weighted sum of all scores for a node of which they read this and that holds `pods`."""
    scored = zip(SCORES, read, strict=True)
    return sum(row.weight * row.scoring(template, facts, pods) for row, facts in scored)


def score(template: PodTemplate, node: Node, pods: int) -> int:
    """The same for a node."""
    return total(template, seen(template, node), pods)


def highest_score() -> int:
    """The most that `score` can be."""
    return sum(row.weight for row in SCORES) * HIGHEST
