"""NodeResourcesFit and NodeResourcesBalancedAllocation: whether a pod's requests fit what is left
of a node, and which nodes are preferred by how full they would be.

Source: kubernetes v1.36.2 `pkg/scheduler/framework/plugins/noderesources/`: `fit.go`,
`resource_allocation.go`, `least_allocated.go`, `most_allocated.go`,
`requested_to_capacity_ratio.go`, `balanced_allocation.go`. Fractions are computed in floating point
there, and so here.

Omits: resources of dynamic allocation that stand for extended ones.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from model.api import quantity
from model.api.pod import Pod
from model.api.resources import is_native
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
    """The filter's view of a pod."""

    def __init__(self, pod: Pod) -> None:
        asked = requested(pod.template.requests)
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


def fit(_: Snapshot, pod: Pod) -> Prepared:
    return Prepared(Fit(pod))


def least_allocated(asked: Sequence[int], capacities: Sequence[int]) -> int:
    """The mean over resources of the share that would stay free, each rounded down."""
    shares = [
        0 if request > capacity else (capacity - request) * HIGHEST // capacity
        for request, capacity in zip(asked, capacities, strict=True)
        if capacity
    ]
    return sum(shares) // len(shares) if shares else 0


def most_allocated(asked: Sequence[int], capacities: Sequence[int]) -> int:
    """The mean of the share that would be used."""
    shares = [
        min(request, capacity) * HIGHEST // capacity
        for request, capacity in zip(asked, capacities, strict=True)
        if capacity
    ]
    return sum(shares) // len(shares) if shares else 0


def requested_to_capacity_ratio(
    asked: Sequence[int], capacities: Sequence[int], shape: Sequence[tuple[int, int]]
) -> int:
    """The mean, rounded half up, of what a broken line says of the share that would be used;
    resources of which it says 0 do not count. `shape` has its points in order: utilisation in
    percent, and the score there, 0 to 10."""
    shares = [
        100 if request > capacity else request * 100 // capacity
        for request, capacity in zip(asked, capacities, strict=True)
        if capacity
    ]
    found = [score for score in (_along(shape, share) for share in shares) if score > 0]
    return (2 * sum(found) + len(found)) // (2 * len(found)) if found else 0


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


def allocated(_: Snapshot, pod: Pod, nodes: Sequence[NodeInfo]) -> list[int]:
    """The score of NodeResourcesFit with its default strategy, LeastAllocated."""
    template = pod.template
    there = template.requests if template.scored_requests is None else template.scored_requests
    arriving = there if template.arriving_requests is None else template.arriving_requests
    more = [arriving.get(name, 0) for name in SCORED]
    return [
        least_allocated(
            [info.scored[name] + own for name, own in zip(SCORED, more, strict=True)],
            [info.node.allocatable.get(name, 0) for name in SCORED],
        )
        for info in nodes
    ]


def balanced(_: Snapshot, pod: Pod, nodes: Sequence[NodeInfo]) -> list[int] | None:
    """By how much a pod brings the shares of cpu and memory that are requested closer together."""
    own = [pod.template.requests.get(name, 0) for name in SCORED]
    if not any(own):
        return None
    scores = []
    for info in nodes:
        capacities = [info.node.allocatable.get(name, 0) for name in SCORED]
        used = [info.requested.get(name, 0) for name in SCORED]
        asked = [one + other for one, other in zip(used, own, strict=True)]
        gain = HIGHEST // 2 + _balance(asked, capacities) - _balance(used, capacities)
        scores.append((HIGHEST + gain) // 2)
    return scores


def _balance(asked: Sequence[int], capacities: Sequence[int]) -> int:
    shares = [
        min(float(request) / float(capacity), 1.0)
        for request, capacity in zip(asked, capacities, strict=True)
        if capacity
    ]
    deviation = abs((shares[0] - shares[1]) / 2) if len(shares) == 2 else 0.0
    return int((1 - deviation) * float(HIGHEST))
