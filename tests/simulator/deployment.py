"""The Deployment controller's sync: one reading, one decision, requests one after the other.

Source: kubernetes v1.36.3 `pkg/controller/deployment/`: deployment_controller.go (syncDeployment),
rolling.go, recreate.go, sync.go (getNewReplicaSet, scaleReplicaSet, scale for paused ones),
util/deployment_util.go (NewRSNewReplicas, ResolveFenceposts, MaxUnavailable, IsSaturated,
GetReplicaSetProportion).

Omits: the Deployment's own status, cleaning up old ReplicaSets, collisions of hashes, ReplicaSets
without annotations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from model.api import steps
from model.api.change import Change
from tests.simulator.objects import Deployment, ReplicaSet
from tests.simulator.quantities import scaled


@dataclass(frozen=True)
class Scale:
    """An update of a ReplicaSet as it was read, or as this sync's last write has left it."""

    replicaset: ReplicaSet
    replicas: int
    #: What the annotations are to say of the Deployment that the sync has read.
    desired: int = 0
    maximum: int = 0


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
    desired: int = 0
    maximum: int = 0


Request = Scale | Annotate | Create


def surge(deployment: Deployment) -> int:
    return scaled(deployment.max_surge, deployment.replicas, up=True)


def most_of_one(deployment: Deployment, change: Change) -> int:
    """How many pods a ReplicaSet may come to have: what is left of sharing a rollout out goes to
    the largest, beyond the Deployment's own size."""
    shared = change.has(steps.Scale, steps.Apply, steps.Pause) and change.rolls
    rolling = deployment.strategy == "RollingUpdate"
    return deployment.replicas + (surge(deployment) if shared and rolling else 0)


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
    most = deployment.replicas
    if deployment.strategy == "RollingUpdate":
        most += surge(deployment)
    sent = _decide(deployment, replicasets, old_pods)
    noted = {"desired": deployment.replicas, "maximum": most}
    return [each if isinstance(each, Annotate) else replace(each, **noted) for each in sent]


def _decide(
    deployment: Deployment, replicasets: Sequence[ReplicaSet], old_pods: int
) -> list[Request]:
    by_age = sorted(replicasets, key=lambda r: (r.created, r.name))
    new = next((r for r in by_age if r.template == deployment.template), None)
    old = [r for r in by_age if r is not new]
    newest = max((r.revision for r in old), default=0) + 1
    if new is not None and new.revision < newest:
        # The rest of this sync is sent with a version that this write has made outdated.
        return [Annotate(new, newest)]
    everyone = [*old, *([new] if new else [])]
    noted = {r.desired for r in everyone if r.replicas > 0} - {None}
    was_scaled = bool(noted - {deployment.replicas})
    if deployment.paused or was_scaled:
        return scale(deployment, new, old)
    if deployment.strategy == "Recreate":
        return recreate(deployment, new, old, newest, old_pods)
    return rolling_update(deployment, new, old, newest)


def scale(
    deployment: Deployment, new: ReplicaSet | None, old: Sequence[ReplicaSet]
) -> list[Request]:
    """A Deployment that was scaled, or is paused, rolls nothing out: its ReplicaSets are sized."""
    desired = deployment.replicas
    active = [r for r in [*old, *([new] if new else [])] if r.replicas > 0]
    latest = active or ([new] if new else list(old[-1:]))
    if len(latest) == 1:
        one = latest[0]
        return [Scale(one, desired)] if one.replicas != desired else []
    if not latest:
        return []
    if new and (new.replicas, new.desired, new.status_available) == (desired,) * 3:
        return [Scale(r, 0) for r in reversed(old) if r.replicas > 0]
    if deployment.strategy == "Recreate":
        return []
    most = desired + surge(deployment)
    spare = (most if desired > 0 else 0) - sum(r.replicas for r in active)
    # The largest first; of equal ones the newest when there is something to add, else the oldest.
    order = [r for r in [*reversed(old), *([new] if new else [])] if r.replicas > 0]
    if spare:
        newer = -1 if spare > 0 else 1
        order.sort(key=lambda r: (-r.replicas, newer * r.created, r.name))
    sizes, added = [], 0
    for each in order:
        share = 0
        if spare:
            share = _fraction(deployment, each, most)
            left = spare - added
            share = min(share, left) if spare > 0 else max(share, left)
            share = 0 if left == 0 else share
        added += share
        sizes.append(each.replicas + share)
    if spare:
        sizes[0] = max(0, sizes[0] + spare - added)
    return [
        Scale(each, size)
        for each, size in zip(order, sizes, strict=True)
        if size != each.replicas or (each.desired, each.maximum) != (desired, most)
    ]


def _fraction(deployment: Deployment, each: ReplicaSet, most: int) -> int:
    """By how much one ReplicaSet would grow if all grew alike, rounded to the nearest."""
    if deployment.replicas == 0:
        return -each.replicas
    size = each.replicas * most / (each.maximum or 1)
    return int(size + 0.5) - each.replicas


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
