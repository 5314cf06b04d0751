"""The ReplicaSet controller's sync: how many pods to create, which to delete, what to report.

The pods are listed once. Creations go out in batches of 1, 2, 4, …, deletions all at once, each in
any order; then comes the status, computed from the pods that were listed before all that.

Source: kubernetes v1.36.3 `pkg/controller/replicaset/replica_set.go` (syncReplicaSet,
manageReplicas, slowStartBatch, getPodsToDelete), `replica_set_utils.go` (calculateStatus,
updateReplicaSetStatus), `pkg/controller/controller_utils.go` (ActivePodsWithRanks).

Omits: what only time decides in the ranking (any order among those ties), pod-deletion-cost (all
pods of a ReplicaSet have their template's), adoption, expectations that time out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from tests.simulator.objects import Pod, ReplicaSet

#: Most choices among equals that are looked at one by one.
MOST = 24


@dataclass(frozen=True)
class Status:
    replicas: int
    ready: int
    available: int
    observed: int


@dataclass(frozen=True)
class Decision:
    status: Status
    #: How many pods to create, and which to delete.
    create: int = 0
    delete: tuple[str, ...] = ()


def available(pod: Pod, min_ready_seconds: int) -> bool:
    return pod.active and pod.ready and (pod.settled or not min_ready_seconds)


def status(replicaset: ReplicaSet, pods: Sequence[Pod]) -> Status:
    """What a status says of the active pods of a ReplicaSet, `pods`."""
    return Status(
        len(pods),
        sum(p.ready for p in pods),
        sum(available(p, replicaset.min_ready_seconds) for p in pods),
        replicaset.generation,
    )


def reported(replicaset: ReplicaSet) -> Status:
    return Status(
        replicaset.status_replicas,
        replicaset.status_ready,
        replicaset.status_available,
        replicaset.observed,
    )


def urgency(pod: Pod, related: Counter[str]) -> tuple[bool, bool, bool, int]:
    """The lower, the earlier a pod goes; `related` counts the active pods of the Deployment (or
    of the ReplicaSet) by node."""
    return (bool(pod.node), pod.phase == "Running", pod.ready, -related[pod.node])


def victims(pods: Sequence[Pod], related: Sequence[Pod], number: int) -> Iterator[tuple[Pod, ...]]:
    """Each set of pods that may be chosen: ranked once, for all of them."""
    if number >= len(pods):
        yield tuple(pods)
        return
    together = Counter(p.node for p in related if p.active)
    ranked = sorted(pods, key=lambda p: urgency(p, together))
    last = urgency(ranked[number - 1], together)
    sure = [p for p in ranked if urgency(p, together) < last]
    tied = [p for p in ranked if urgency(p, together) == last]
    for count, chosen in enumerate(combinations(tied, number - len(sure))):
        if count == MOST:
            return
        yield (*sure, *chosen)


def decide(
    replicaset: ReplicaSet, pods: Sequence[Pod], related: Sequence[Pod], *, manage: bool
) -> Iterator[Decision]:
    """What a sync may do, one decision for each choice among equals. `pods` are those that it
    lists as its own; without `manage` it still waits for its own requests to show."""
    active = [p for p in pods if p.active]
    report = status(replicaset, active)
    difference = len(active) - replicaset.replicas
    if not manage or difference == 0:
        yield Decision(report)
    elif difference < 0:
        yield Decision(report, create=-difference)
    else:
        for chosen in victims(active, related, difference):
            yield Decision(report, delete=tuple(p.name for p in chosen))


def batches(number: int) -> list[int]:
    """Sizes of the batches in which so many pods are created."""
    found: list[int] = []
    while number > 0:
        size = min(number, 2 * found[-1] if found else 1)
        found.append(size)
        number -= size
    return found
