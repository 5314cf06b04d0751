"""VolumeZone: volumes that are labelled with a zone or region.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/volumezone/volume_zone.go`;
cloud-provider v0.36 `volume/helpers/zones.go` (LabelZonesToSet).
"""

from __future__ import annotations

from model.api.pod import Pod
from model.api.storage import PersistentVolume
from model.plugins.contract import UNRESOLVABLE, Prepared, Stateless, Status
from model.plugins.snapshot import NodeInfo, Snapshot

_CONFLICT = "node(s) had no available volume zone"
#: Labels, and what newer nodes have in their place.
LABELS = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region": "topology.kubernetes.io/region",
}
#: Label, its values, and the volume that has it.
_Topology = tuple[str, frozenset[str], str]


class VolumeZone(Stateless):
    """The filter's view of a pod: the labels of the volumes that its claims are bound to."""

    def __init__(self, topologies: list[_Topology]) -> None:
        self._topologies = topologies

    def check(self, info: NodeInfo) -> Status | None:
        labels = info.node.labels
        if not any(key in labels for key in LABELS):
            return None
        for key, values, volume in self._topologies:
            if labels.get(key, labels.get(LABELS[key])) not in values:
                detail = f"volume {volume} is in {key}={', '.join(sorted(values))}"
                return Status(UNRESOLVABLE, (_CONFLICT,), detail)
        return None


def _topologies(volume: PersistentVolume) -> list[_Topology]:
    found = []
    for key in LABELS:
        parts = [part.strip() for part in volume.labels.get(key, "").split("__")]
        if all(parts):
            found.append((key, frozenset(parts), volume.name))
    return found


def zoned(snapshot: Snapshot, pod: Pod) -> Prepared | None:
    storage, topologies = snapshot.storage, []
    for volume in pod.volumes:
        if volume.claim is None or volume.ephemeral:
            continue
        claim = storage.claims.get((pod.namespace, volume.claim))
        if claim is None:
            return _refused(f'persistentvolumeclaim "{volume.claim}" not found')
        if claim.volume:
            found = storage.volumes.get(claim.volume)
            if found is None:
                return _refused(f'persistentvolume "{claim.volume}" not found')
            topologies += _topologies(found)
            continue
        if not claim.class_name:
            return _refused("PersistentVolumeClaim had no pv name and storageClass name")
        made = storage.classes.get(claim.class_name)
        if made is None:
            return _refused(f'storageclass.storage.k8s.io "{claim.class_name}" not found')
        if not made.waits:
            return _refused("PersistentVolume had no name")
    return Prepared(VolumeZone(topologies)) if topologies else None


def _refused(reason: str) -> Prepared:
    return Prepared(VolumeZone([]), None, Status(UNRESOLVABLE, (reason,)))
