"""NodeVolumeLimits: how many volumes of a driver a node takes.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/nodevolumelimits/csi.go`.

Omits: volumes of kinds for which a CSI driver stands.
"""

from __future__ import annotations

from collections import Counter

from model.api.pod import Pod
from model.api.storage import PersistentVolumeClaim, Storage
from model.plugins.contract import ERROR, UNRESOLVABLE, UNSCHEDULABLE, Prepared, Stateless, Status
from model.plugins.snapshot import NodeInfo, Snapshot
from model.plugins.volumebinding import not_owner

_TOO_MANY = "node(s) exceed max volume count"
#: Driver and handle.
_Attached = tuple[str, str]


class NodeVolumeLimits(Stateless):
    """The filter's view of a pod: the volumes that it would attach."""

    def __init__(self, storage: Storage, pod: Pod) -> None:
        self._storage = storage
        self._volumes: set[_Attached] = set()
        self._refused = self._attach(pod, self._volumes, new=True)

    def check(self, info: NodeInfo) -> Status | None:
        if self._refused is not None:
            return self._refused
        limits = self._storage.limits.get(info.name)
        if not self._volumes or not limits:
            return None
        there: set[_Attached] = set()
        for pod in info.pods:
            refused = self._attach(pod, there, new=False)
            if refused is not None:
                return refused
        attached = self._attachments(info.name)
        new = Counter(driver for driver, _ in self._volumes - there)
        held = Counter(driver for driver, _ in there | attached)
        for driver, number in new.items():
            if driver in limits and held[driver] + number > limits[driver]:
                detail = f"{driver}: {held[driver]} of {limits[driver]} attached"
                return Status(UNSCHEDULABLE, (_TOO_MANY,), detail)
        return None

    def _attachments(self, node: str) -> set[_Attached]:
        found = set()
        for attacher, name in self._storage.attachments.get(node, ()):
            volume = self._storage.volumes.get(name)
            if volume is not None and volume.csi is not None:
                found.add((attacher, volume.csi[1]))
        return found

    def _attach(self, pod: Pod, into: set[_Attached], *, new: bool) -> Status | None:
        """Add the volumes of a pod; why that is not possible."""
        for volume in pod.volumes:
            if volume.claim is None:
                continue
            claim = self._storage.claims.get((pod.namespace, volume.claim))
            if claim is None:
                if not new:
                    continue
                missing = f'persistentvolumeclaim "{volume.claim}" not found'
                told = f"looking up PVC {pod.namespace}/{volume.claim}: {missing}"
                return Status(UNRESOLVABLE, (told,))
            wrong = not_owner(pod, claim) if volume.ephemeral else ""
            if wrong:
                return Status(ERROR, (wrong,))
            found = self._driver(claim)
            if found is not None and all(found):
                into.add(found)
        return None

    def _driver(self, claim: PersistentVolumeClaim) -> _Attached | None:
        """The driver and handle of a claim's volume; what stands for one that is to be made."""
        volume = self._storage.volumes.get(claim.volume)
        if volume is not None:
            return volume.csi
        made = self._storage.classes.get(claim.class_name)
        if not claim.class_name or made is None:
            return None
        return made.provisioner, f"-{claim.namespace}/{claim.name}"


def limited(snapshot: Snapshot, pod: Pod) -> Prepared | None:
    if not any(volume.claim is not None or volume.migratable for volume in pod.volumes):
        return None
    return Prepared(NodeVolumeLimits(snapshot.storage, pod))
