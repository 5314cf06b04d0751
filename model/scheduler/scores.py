"""Scores: how much the scheduler likes a feasible node, in upstream's integer arithmetic.

A score is a plain function of the template, the node and the number of the workload's pods on it;
the weighted sum enters the system as a constant table. A new score is a function here and a row in
`SCORES`.

Source: kubernetes v1.36.2 `pkg/scheduler/framework/plugins/noderesources/least_allocated.go` and
`resource_allocation.go`, `pkg/scheduler/apis/config/v1/default_plugins.go` (weights).

Omits: BalancedAllocation, TaintToleration, NodeAffinity, InterPodAffinity, PodTopologySpread and
ImageLocality scores. With them another node can win than in the model: where nodes differ, and in
a rollout also where they are alike, since the default spreading constraints count only the pods of
the same ReplicaSet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from model.scenario import Node, PodTemplate

OMISSIONS = ("scheduler scores other than LeastAllocated",)

#: (template, node, pods of the workload on the node) to 0..100.
Scoring = Callable[[PodTemplate, Node, int], int]

HIGHEST = 100


@dataclass(frozen=True)
class Score:
    name: str
    weight: int
    scoring: Scoring


def least_allocated(template: PodTemplate, node: Node, pods: int) -> int:
    """The mean over cpu and memory of the share that would stay free, each rounded down."""
    asked = template.requests if template.scored_requests is None else template.scored_requests
    shares = []
    for resource in ("cpu", "memory"):
        capacity = node.allocatable.get(resource, 0)
        if not capacity:
            continue
        requested = (pods + 1) * asked.get(resource, 0)
        shares.append(0 if requested > capacity else (capacity - requested) * HIGHEST // capacity)
    return sum(shares) // len(shares) if shares else 0


SCORES: tuple[Score, ...] = (Score("NodeResourcesFit/LeastAllocated", 1, least_allocated),)


def score(template: PodTemplate, node: Node, pods: int) -> int:
    """The weighted sum of all scores."""
    return sum(row.weight * row.scoring(template, node, pods) for row in SCORES)


def highest_score() -> int:
    """The most that `score` can be."""
    return sum(row.weight for row in SCORES) * HIGHEST
