"""NodeResourcesFit and NodeResourcesBalancedAllocation: whether a pod's requests fit what is left
of a node, and which nodes are preferred by how full they would be.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/noderesources/`: `fit.go`,
`resource_allocation.go`, `least_allocated.go`, `most_allocated.go`,
`requested_to_capacity_ratio.go`, `balanced_allocation.go`. Fractions are computed in floating point
there, and so here.

Omits: resources of dynamic allocation that stand for extended ones.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import sqrt
from typing import NamedTuple

from model.api import quantity
from model.api.node import Node
from model.api.pod import Pod, PodTemplate
from model.api.resources import is_native
from model.api.schedulerprofile import Resources, SchedulerProfile
from model.plugins.contract import HIGHEST, UNRESOLVABLE, UNSCHEDULABLE, Prepared, Stateless, Status
from model.plugins.snapshot import NodeInfo, Snapshot

#: The resources whose use is scored.
SCORED = ("cpu", "memory")
PODS = "pods"
#: The order in which reasons are given; other resources follow.
_ORDER = {"cpu": 0, "memory": 1, "ephemeral-storage": 2}


def lacking(request: int, amount: int, used: int) -> bool:
    """Whether what is left of an amount is less than a request."""
    return request > amount - used


def requested(requests: Mapping[str, int]) -> list[tuple[str, int]]:
    """The resources that a pod requests, sorted, and how much of each."""
    return sorted((name, amount) for name, amount in requests.items() if amount > 0)


def unknown(resource: str, allocatable: Mapping[str, int]) -> bool:
    """Whether a resource is somebody else's and a node does not know it."""
    return not is_native(resource) and resource not in allocatable


def scored(template: PodTemplate) -> Mapping[str, int]:
    """What a pod on a node requests, as scores count it."""
    return template.requests if template.scored_requests is None else template.scored_requests


def held(node: Node, template: PodTemplate, pods: int) -> Node:
    """A node without what some pods that stay there request."""
    left, asked, counted = dict(node.allocatable), dict(node.held), dict(node.scored)
    for name, amount in (*template.requests.items(), (PODS, 1)):
        if name in left:
            left[name] -= amount * pods
            asked[name] = asked.get(name, 0) + amount * pods
    for name in SCORED:
        counted[name] = counted.get(name, 0) + scored(template).get(name, 0) * pods
    return replace(node, allocatable=left, held=asked, scored=counted)


class Shortage(NamedTuple):
    """A resource of which a node has too little left."""

    resource: str
    request: int
    used: int
    capacity: int

    @property
    def reason(self) -> str:
        return "Too many pods" if self.resource == PODS else f"Insufficient {self.resource}"

    @property
    def detail(self) -> str:
        asked = quantity.show(self.resource, self.request)
        left = quantity.show(self.resource, max(0, self.capacity - self.used))
        whole = quantity.show(self.resource, self.capacity)
        return f"{self.resource} {asked}, {left} of {whole} left"

    @property
    def unresolvable(self) -> bool:
        """Whether the node is too small even when it is empty; of numbers of pods upstream does not
        say so."""
        return self.resource != PODS and lacking(self.request, self.capacity, 0)


class Fit(Stateless):
    """The filter's view of a pod; a profile may say what it does not look at."""

    def __init__(self, pod: Pod, profile: SchedulerProfile | None = None) -> None:
        asked = requested(pod.template.requests)
        if profile is not None and (profile.ignored or profile.ignored_groups):
            asked = [each for each in asked if not _ignored(each[0], profile)]
        self._asked = sorted(asked, key=lambda each: _ORDER.get(each[0], 3))

    def shortages(self, info: NodeInfo) -> list[Shortage]:
        """Everything that is short, in upstream's order; further resources by name."""
        allocatable, used = info.node.allocatable, info.requested
        wanted = [(PODS, 1, len(info.pods))]
        wanted += [(name, request, used.get(name, 0)) for name, request in self._asked]
        return [
            Shortage(name, request, taken, allocatable.get(name, 0))
            for name, request, taken in wanted
            if lacking(request, allocatable.get(name, 0), taken)
        ]

    def check(self, info: NodeInfo) -> Status | None:
        found = self.shortages(info)
        if not found:
            return None
        code = UNRESOLVABLE if any(each.unresolvable for each in found) else UNSCHEDULABLE
        detail = ", ".join(each.detail for each in found)
        return Status(code, tuple(each.reason for each in found), detail)


def _ignored(resource: str, profile: SchedulerProfile) -> bool:
    group = resource.partition("/")[0]
    known = resource in profile.ignored or group in profile.ignored_groups
    return known and not is_native(resource)


def fit(snapshot: Snapshot, pod: Pod) -> Prepared:
    return Prepared(Fit(pod, snapshot.profile))


#: Of each resource that counts: what would be requested, what there is, and its weight.
Uses = Sequence[tuple[int, int, int]]


def least_allocated(uses: Uses) -> int:
    """The mean over resources of the share that would stay free, each rounded down."""
    return _mean(
        (0 if request > capacity else (capacity - request) * HIGHEST // capacity, weight)
        for request, capacity, weight in uses
    )


def most_allocated(uses: Uses) -> int:
    """The mean of the share that would be used."""
    return _mean(
        (min(request, capacity) * HIGHEST // capacity, weight) for request, capacity, weight in uses
    )


def _mean(shares: Iterable[tuple[int, int]]) -> int:
    total = weights = 0
    for share, weight in shares:
        total += share * weight
        weights += weight
    return total // weights if weights else 0


def requested_to_capacity_ratio(uses: Uses, shape: Sequence[tuple[int, int]]) -> int:
    """The mean, rounded half up, of what a broken line says of the share that would be used;
    resources of which it says 0 do not count. `shape` has its points in order: utilisation in
    percent, and the score there, 0 to 10."""
    total = weights = 0
    for request, capacity, weight in uses:
        share = 100 if request > capacity else request * 100 // capacity
        score = _along(shape, share)
        if score > 0:
            total += score * weight
            weights += weight
    return (2 * total + weights) // (2 * weights) if weights else 0


def _along(shape: Sequence[tuple[int, int]], share: int) -> int:
    """The broken line at a share; it goes on level at both ends. Divisions round towards zero."""
    points = [(use, score * 10) for use, score in shape]
    after = bisect_left([use for use, _ in points], share)
    if after == 0:
        return points[0][1]
    if after == len(points):
        return points[-1][1]
    (left, low), (right, high) = points[after - 1], points[after]
    rise = (high - low) * (share - left)
    return low + (abs(rise) // (right - left)) * (1 if rise >= 0 else -1)


def allocated(snapshot: Snapshot, pod: Pod, nodes: Sequence[NodeInfo]) -> list[int]:
    """The score of NodeResourcesFit with the strategy of the profile."""
    template, strategy = pod.template, snapshot.profile.scoring
    there = scored(template)
    arriving = there if template.arriving_requests is None else template.arriving_requests
    own = {**template.requests, **{name: arriving.get(name, 0) for name in SCORED}}
    scorer: Callable[[Uses], int] = least_allocated
    if strategy.type == "MostAllocated":
        scorer = most_allocated
    elif strategy.type == "RequestedToCapacityRatio":
        scorer = partial(requested_to_capacity_ratio, shape=strategy.shape)
    wanted = _scored(strategy.resources, own)
    return [
        scorer(
            [
                (info.scored.get(name, info.requested.get(name, 0)) + more, capacity, weight)
                for name, more, weight in wanted
                if (capacity := info.node.allocatable.get(name, 0))
            ]
        )
        for info in nodes
    ]


def _scored(resources: Resources, own: Mapping[str, int]) -> list[tuple[str, int, int]]:
    """What a pod asks of each resource that is scored, and its weight. Others than cpu, memory and
    ephemeral storage count only if it asks for them."""
    return [
        (name, own.get(name, 0), weight)
        for name, weight in resources
        if own.get(name, 0) or name in _ORDER
    ]


def balanced(snapshot: Snapshot, pod: Pod, nodes: Sequence[NodeInfo]) -> list[int] | None:
    """By how much a pod brings the shares of resources that are requested closer together."""
    resources = snapshot.profile.balanced
    if not any(pod.template.requests.get(name, 0) for name, _ in resources):
        return None
    wanted = _scored(resources, pod.template.requests)
    scores = []
    for info in nodes:
        uses = [
            (info.requested.get(name, 0), more, capacity)
            for name, more, _ in wanted
            if (capacity := info.node.allocatable.get(name, 0))
        ]
        after = _balance([(used + more, capacity) for used, more, capacity in uses])
        before = _balance([(used, capacity) for used, _, capacity in uses])
        scores.append((HIGHEST + HIGHEST // 2 + after - before) // 2)
    return scores


def _balance(uses: Sequence[tuple[int, int]]) -> int:
    shares = [min(float(request) / float(capacity), 1.0) for request, capacity in uses]
    deviation = 0.0
    if len(shares) == 2:
        deviation = abs((shares[0] - shares[1]) / 2)
    elif len(shares) > 2:
        total = squares = 0.0
        for share in shares:
            total += share
        mean = total / len(shares)
        for share in shares:
            squares += (share - mean) * (share - mean)
        deviation = sqrt(squares / len(shares))
    return int((1 - deviation) * float(HIGHEST))
