"""VolumeRestrictions: disks that pods of a node cannot share, and claims for one pod only.

Source: kubernetes v1.36.3
`pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go`.
"""

from __future__ import annotations

from model.api.pod import Pod
from model.api.storage import Disk
from model.plugins.contract import UNRESOLVABLE, UNSCHEDULABLE, Prepared, Status
from model.plugins.snapshot import NodeInfo, Snapshot

_DISK = "node(s) had no available disk"
_ONE_POD = (
    "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already "
    "in-use by another pod"
)


def _conflict(one: Disk, other: Disk) -> bool:
    if one.kind != other.kind or one.names.isdisjoint(other.names):
        return False
    return not (one.read_only and other.read_only)


class VolumeRestrictions:
    """The filter's view of a pod: its disks, and how often its claims for one pod are used."""

    def __init__(self, pod: Pod, claims: frozenset[str], used: int) -> None:
        self.disks = [volume.disk for volume in pod.volumes if volume.disk is not None]
        self.used = used
        self._claims = claims

    def check(self, info: NodeInfo) -> Status | None:
        for disk in self.disks:
            for pod in info.pods:
                for volume in pod.volumes:
                    if volume.disk is not None and _conflict(disk, volume.disk):
                        detail = f"{disk.kind} of {pod.namespace}/{pod.name}"
                        return Status(UNSCHEDULABLE, (_DISK,), detail)
        return Status(UNSCHEDULABLE, (_ONE_POD,)) if self.used > 0 else None

    def moved(self, pod: Pod, _info: NodeInfo, by: int) -> None:
        """As upstream, claims of the same name in another namespace count as well."""
        self.used += by * sum(volume.claim in self._claims for volume in pod.volumes)


def restricted(snapshot: Snapshot, pod: Pod) -> Prepared | None:
    exclusive = set()
    for volume in pod.volumes:
        if volume.claim is not None and not volume.ephemeral:
            claim = snapshot.storage.claims.get((pod.namespace, volume.claim))
            if claim is None:
                missing = f'persistentvolumeclaim "{volume.claim}" not found'
                refused = Status(UNRESOLVABLE, (missing,))
                return Prepared(VolumeRestrictions(pod, frozenset(), 0), None, refused)
            if "ReadWriteOncePod" in claim.modes:
                exclusive.add(volume.claim)
    used = sum((pod.namespace, name) in snapshot.used_claims for name in exclusive)
    found = VolumeRestrictions(pod, frozenset(exclusive), used)
    return Prepared(found) if found.disks or used else None
