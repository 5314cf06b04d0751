"""The Deployment controller's sync: one reading, one decision, requests one after the other.

Source: kubernetes v1.36.3 `pkg/controller/deployment/`: deployment_controller.go (syncDeployment),
rolling.go, recreate.go, sync.go (getNewReplicaSet, scaleReplicaSet, scale for paused ones),
util/deployment_util.go (NewRSNewReplicas, ResolveFenceposts, MaxUnavailable).

Omits: the Deployment's own status, cleaning up old ReplicaSets, scaling in mid-rollout (nobody
changes spec.replicas here), collisions of hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.simulator.objects import Deployment, ReplicaSet
from tests.simulator.quantities import scaled


@dataclass(frozen=True)
class Scale:
    """An update of a ReplicaSet as it was read, or as this sync's last write has left it."""

    replicaset: ReplicaSet
    replicas: int


@dataclass(frozen=True)
class Annotate:
    """A ReplicaSet that becomes the newest again gets the next revision number."""

    replicaset: ReplicaSet
    revision: int


@dataclass(frozen=True)
class Create:
    template: str
    replicas: int
    revision: int


Request = Scale | Annotate | Create


def surge(deployment: Deployment) -> int:
    return scaled(deployment.max_surge, deployment.replicas, up=True)


def unavailable(deployment: Deployment) -> int:
    """How many replicas may be missing: never none where there may be no surge either."""
    if deployment.strategy != "RollingUpdate" or deployment.replicas == 0:
        return 0
    found = scaled(deployment.max_unavailable, deployment.replicas, up=False)
    if surge(deployment) == 0 and found == 0:
        found = 1
    return min(found, deployment.replicas)


def decide(
    deployment: Deployment, replicasets: Sequence[ReplicaSet], old_pods: int
) -> list[Request]:
    """What one sync sends. `old_pods` counts the pods of old ReplicaSets that have not ended."""
    by_age = sorted(replicasets, key=lambda r: (r.created, r.name))
    new = next((r for r in by_age if r.template == deployment.template), None)
    old = [r for r in by_age if r is not new]
    newest = max((r.revision for r in old), default=0) + 1
    if new is not None and new.revision < newest:
        # The rest of this sync is sent with a version that this write has made outdated.
        return [Annotate(new, newest)]
    if deployment.paused:
        return paused(deployment, new, old)
    if deployment.strategy == "Recreate":
        return recreate(deployment, new, old, newest, old_pods)
    return rolling_update(deployment, new, old, newest)


def paused(
    deployment: Deployment, new: ReplicaSet | None, old: Sequence[ReplicaSet]
) -> list[Request]:
    """A paused Deployment rolls nothing out; its only active ReplicaSet is kept at its size."""
    active = [r for r in [*old, *([new] if new else [])] if r.replicas > 0]
    latest = active or ([new] if new else list(old[-1:]))
    if len(latest) == 1 and latest[0].replicas != deployment.replicas:
        return [Scale(latest[0], deployment.replicas)]
    return []


def rolling_update(
    deployment: Deployment, new: ReplicaSet | None, old: Sequence[ReplicaSet], revision: int
) -> list[Request]:
    desired = deployment.replicas
    everything = sum(r.replicas for r in old) + (new.replicas if new else 0)
    room = max(0, desired + surge(deployment) - everything)
    found: list[Request] = []
    size, available = (new.replicas, new.status_available) if new else (min(room, desired), 0)
    if new is None:
        # The sync goes on with what it has created: nothing is left to scale up.
        found.append(Create(deployment.template, size, revision))
        everything += size
    elif size > desired:
        return [Scale(new, desired)]
    elif min(size + room, desired) != size:
        return [Scale(new, min(size + room, desired))]

    old = [r for r in old if r.replicas > 0]
    least = desired - unavailable(deployment)
    most = everything - least - (size - available)
    if not old or most <= 0:
        return found
    left = {r.name: r.replicas for r in old}
    cleaned = 0
    for each in old:
        if cleaned >= most or left[each.name] == each.status_available:
            continue
        down = min(most - cleaned, left[each.name] - each.status_available)
        if down < 0:
            return found  # more are available than asked for: an error, which ends it here
        cleaned += down
        left[each.name] -= down
        found.append(Scale(each, left[each.name]))
    spare = available + sum(r.status_available for r in old) - least
    for each in old:
        down = min(left[each.name], spare)
        if down <= 0:
            continue
        spare -= down
        left[each.name] -= down
        found.append(Scale(each, left[each.name]))
    return found


def recreate(
    deployment: Deployment,
    new: ReplicaSet | None,
    old: Sequence[ReplicaSet],
    revision: int,
    old_pods: int,
) -> list[Request]:
    down: list[Request] = [Scale(r, 0) for r in old if r.replicas > 0]
    if down:
        return down
    if old_pods or any(r.status_replicas > 0 for r in old):
        return []
    if new is None:
        return [Create(deployment.template, deployment.replicas, revision)]
    if new.replicas != deployment.replicas:
        return [Scale(new, deployment.replicas)]
    return []
