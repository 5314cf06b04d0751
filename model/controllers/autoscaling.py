"""How many replicas the HorizontalPodAutoscaler's controller proposes by what is measured.

Upstream computes ratios in 64-bit floats, and so does this, operation by operation: a ratio that is
a hair above a whole number is another replica. Amounts are whole numbers, in milli-units.

Source: kubernetes v1.36.3 `pkg/controller/podautoscaler/replica_calculator.go`,
`metrics/utilization.go`, `horizontal.go` (computeReplicasForMetrics).

Omits: results beyond 32 bits; HPAScaleToZero, an alpha feature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from model.api.horizontalpodautoscaler import Tolerances

#: --horizontal-pod-autoscaler-cpu-initialization-period: in the seconds after its start the cpu
#: usage of a pod counts only if it is ready.
CPU_INITIALIZATION = 300
#: --horizontal-pod-autoscaler-initial-readiness-delay: a pod whose last change of readiness was
#: within so many seconds of its start has never been ready.
READINESS_DELAY = 30
#: Seconds over which the metrics server takes an average.
WINDOW = 60
MAX_REPLICAS = 2**31 - 1


class Unmeasured(ValueError):
    """Why there is no proposal: `reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


NO_METRICS = "no metrics were returned"
NO_PODS = "no pods are selected"
NONE_OF_PODS = "no metrics of pods that count"
NO_REQUEST = "a container does not request the resource"
ALL_REQUEST_NOTHING = "the pods request none of the resource"


@dataclass(frozen=True)
class Pod:
    """A selected pod. Times are seconds ago."""

    phase: Literal["Pending", "Running", "Succeeded", "Failed", "Unknown"] = "Running"
    deleting: bool = False
    #: The status of the condition Ready, None where there is none, and when that last changed.
    ready: Literal["True", "False", "Unknown"] | None = "True"
    changed: int = 0
    #: None for a pod that has not started.
    started: int | None = 0
    #: What it uses, None if that is not known, when it was measured, and over how many seconds.
    usage: int | None = None
    measured: int = 0
    window: int = WINDOW
    #: What its containers request, or as a whole; None if one of them does not.
    request: int | None = None


@dataclass(frozen=True)
class Proposal:
    """`usage` is what the status shows: percent of the request, or an average."""

    replicas: int
    usage: int


@dataclass(frozen=True)
class _Groups:
    """The pods that count now, those that are not ready, and those of which nothing is known.
    Others are ignored."""

    ready: list[Pod]
    unready: list[Pod]
    missing: list[Pod]


@dataclass(frozen=True)
class _Target:
    """`measure` gives the ratio of use to target, and what is shown of it; `full` is what a pod of
    which nothing is known counts for when replicas are to go."""

    measure: Callable[[Sequence[tuple[Pod, int]]], tuple[float, int]]
    full: Callable[[Pod], int]
    strays: int


def utilization(
    current: int,
    target: int,
    pods: Sequence[Pod],
    tolerances: Tolerances = Tolerances(),
    *,
    cpu: bool = True,
    strays: int = 0,
) -> Proposal:
    """By a target in percent of the request of a resource, which is cpu or another. `strays`: how
    many pods are measured that are not there. Raises Unmeasured."""

    def measure(usages: Sequence[tuple[Pod, int]]) -> tuple[float, int]:
        requested = sum(pod.request or 0 for pod, _ in usages)
        if requested == 0:
            raise Unmeasured(ALL_REQUEST_NOTHING)
        percent = sum(usage for _, usage in usages) * 100 // requested
        return float(percent) / float(target), percent

    def full(pod: Pod) -> int:
        return (pod.request or 0) * max(100, target) // 100

    groups = _grouped(pods, cpu=cpu, strays=strays)
    if any(pod.request is None for pod in pods):
        raise Unmeasured(NO_REQUEST)
    return _proposed(current, groups, tolerances, _Target(measure, full, strays))


def average(
    current: int,
    target: int,
    pods: Sequence[Pod],
    tolerances: Tolerances = Tolerances(),
    *,
    cpu: bool = False,
    strays: Sequence[int] = (),
) -> Proposal:
    """By a target for the average of all pods, of a resource or of a metric of pods. `strays`: what
    is measured of pods that are not there. Raises Unmeasured."""

    def measure(usages: Sequence[tuple[Pod, int]]) -> tuple[float, int]:
        amounts = [usage for _, usage in usages] + list(strays)
        usage = sum(amounts) // len(amounts)
        return float(usage) / float(target), usage

    groups = _grouped(pods, cpu=cpu, strays=len(strays))
    return _proposed(current, groups, tolerances, _Target(measure, lambda _: target, len(strays)))


def total(
    current: int,
    target: int,
    usage: int,
    pods: Sequence[Pod],
    tolerances: Tolerances = Tolerances(),
) -> Proposal:
    """By a target value of a metric that is not of pods: of an object, or external, of which all
    series are summed. Raises Unmeasured."""
    ratio = float(usage) / float(target)
    if current == 0:
        return Proposal(ceil(ratio), usage)
    if tolerances.within(ratio):
        return Proposal(current, usage)
    if not pods:
        raise Unmeasured(NO_PODS)
    ready = sum(pod.phase == "Running" and pod.ready == "True" for pod in pods)
    return Proposal(min(ceil(ratio * float(ready)), MAX_REPLICAS), usage)


def share(current: int, target: int, usage: int, tolerances: Tolerances = Tolerances()) -> Proposal:
    """By a target average value of a metric that is not of pods; `current` is the number of
    replicas that the target's *status* has."""
    if current and tolerances.within(float(usage) / (float(target) * float(current))):
        return Proposal(current, ceil(float(usage) / float(current)))
    replicas = min(ceil(float(usage) / float(target)), MAX_REPLICAS)
    return Proposal(replicas, ceil(float(usage) / float(current)) if current else usage)


def largest(current: int, proposals: Iterable[int | None]) -> int | None:
    """What several metrics come to, None for one that could not be measured: the largest, unless
    one that is missing might forbid to scale down. None if there is no proposal."""
    found = list(proposals)
    known = [each for each in found if each is not None]
    if not known or (len(known) < len(found) and max(known) < current):
        return None
    return max(known)


def _proposed(current: int, groups: _Groups, tolerances: Tolerances, target: _Target) -> Proposal:
    usages = [(pod, pod.usage or 0) for pod in groups.ready]
    ratio, shown = target.measure(usages)
    up_with_unready = bool(groups.unready) and ratio > 1.0
    if not up_with_unready and not groups.missing:
        if tolerances.within(ratio):
            return Proposal(current, shown)
        return Proposal(ceil(ratio * float(len(groups.ready))), shown)
    # Whatever is not known is supposed to speak against a change.
    if ratio < 1.0:
        usages += [(pod, target.full(pod)) for pod in groups.missing]
    elif ratio > 1.0:
        usages += [(pod, 0) for pod in groups.missing]
    if up_with_unready:
        usages += [(pod, 0) for pod in groups.unready]
    again, _ = target.measure(usages)
    turned = (ratio < 1.0 < again) or (ratio > 1.0 > again)
    replicas = ceil(again * float(len(usages) + target.strays))
    against = (again < 1.0 and replicas > current) or (again > 1.0 and replicas < current)
    if tolerances.within(again) or turned or against:
        return Proposal(current, shown)
    return Proposal(replicas, shown)


def _grouped(pods: Sequence[Pod], *, cpu: bool, strays: int) -> _Groups:
    groups = _Groups([], [], [])
    if not strays and all(pod.usage is None for pod in pods):
        raise Unmeasured(NO_METRICS)
    if not pods:
        raise Unmeasured(NO_PODS)
    for pod in pods:
        if pod.deleting or pod.phase == "Failed":
            continue
        if pod.phase == "Pending":
            groups.unready.append(pod)
        elif pod.usage is None:
            groups.missing.append(pod)
        elif cpu and _warming_up(pod):
            groups.unready.append(pod)
        else:
            groups.ready.append(pod)
    if not groups.ready and not strays:
        raise Unmeasured(NONE_OF_PODS)
    return groups


def _warming_up(pod: Pod) -> bool:
    """Whether the cpu usage of a pod is not yet what it will be."""
    if pod.ready is None or pod.started is None:
        return True
    if pod.started < CPU_INITIALIZATION:
        return pod.ready == "False" or pod.changed < pod.measured + pod.window
    return pod.ready == "False" and pod.changed > pod.started - READINESS_DELAY
