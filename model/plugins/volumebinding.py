"""VolumeBinding: whether a node can reach the volumes that a pod's claims are bound to, and whether
those that wait for the pod can be bound, or made, for it there.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/volumebinding/`: `volume_binding.go`,
`binder.go`; component-helpers v0.36 `storage/volume/pv_helpers.go` (FindMatchingVolume),
`storage/ephemeral/ephemeral.go`.

Of volumes that fit a claim equally well upstream takes any; here it is the first.

Omits: volumes of kinds for which a CSI driver stands; scores by capacity, which are off by default.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from model.api.node import Node
from model.api.pod import Pod
from model.api.selector import Requirement
from model.api.storage import PersistentVolume, PersistentVolumeClaim, Storage
from model.plugins import filters
from model.plugins.contract import UNRESOLVABLE, Prepared, Stateless, Status
from model.plugins.snapshot import NodeInfo, Snapshot

_UNREACHABLE = "node(s) didn't match PersistentVolume's node affinity"
_NO_VOLUME = "node(s) didn't find available persistent volumes to bind"
_NO_SPACE = "node(s) did not have enough free storage"
_ABSENT = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
_UNBOUND = "pod has unbound immediate PersistentVolumeClaims"


def not_owner(pod: Pod, claim: PersistentVolumeClaim) -> str:
    """Why a claim is not the one that was made for a pod's ephemeral volume; "" if it is."""
    kind, name, uid = claim.controller or ("", "", "")
    if uid == pod.uid if pod.uid else (kind, name) == ("Pod", pod.name):
        return ""
    whose = f"{claim.namespace}/{claim.name} was not created for pod {pod.namespace}/{pod.name}"
    return f"PVC {whose} (pod is not owner)"


class VolumeBinding(Stateless):
    """The filter's view of a pod: its claims, bound and waiting."""

    def __init__(self, storage: Storage, claims: Iterable[PersistentVolumeClaim]) -> None:
        self._storage = storage
        self._bound = [claim for claim in claims if _is_bound(claim)]
        self._waiting = [claim for claim in claims if not _is_bound(claim)]

    def check(self, info: NodeInfo) -> Status | None:
        reasons = []
        unreachable, absent = self._check_bound(info.node)
        unbound, full = self._check_waiting(info.node)
        if unreachable:
            reasons.append(_UNREACHABLE)
        if unbound:
            reasons.append(_NO_VOLUME)
        if full:
            reasons.append(_NO_SPACE)
        if absent:
            reasons.append(_ABSENT)
        told = ", ".join(filter(None, (unreachable, unbound, full, absent)))
        return Status(UNRESOLVABLE, tuple(reasons), told) if reasons else None

    def _check_bound(self, node: Node) -> tuple[str, str]:
        """The first volume that the node does not reach, or that does not exist."""
        for claim in self._bound:
            volume = self._storage.volumes.get(claim.volume)
            if volume is None:
                return "", f"volume {claim.volume} of claim {claim.name} does not exist"
            if not reaches(volume, node):
                return f"volume {volume.name} of claim {claim.name}", ""
        return "", ""

    def _check_waiting(self, node: Node) -> tuple[str, str]:
        """The first claim for which there is no volume and none can be made, or not of its size."""
        selected = [claim for claim in self._waiting if claim.selected_node is not None]
        for claim in selected:
            if claim.selected_node != node.name:
                return f"claim {claim.name} is being provided on {claim.selected_node}", ""
        taken: set[str] = set()
        left: list[PersistentVolumeClaim] = []
        open_ = (claim for claim in self._waiting if claim.selected_node is None)
        for claim in sorted(open_, key=lambda each: each.size or 0):
            volume = self._matching(claim, node, taken)
            if volume is None:
                left.append(claim)
            else:
                taken.add(volume.name)
        for claim in (*selected, *left):
            made = self._storage.classes[claim.class_name]
            if not made.makes:
                return f"claim {claim.name}: class {made.name} makes none", ""
            if made.topologies and not _any_term(made.topologies, node):
                return f"claim {claim.name}: class {made.name} makes none there", ""
            if not self._has_room(claim, node):
                return "", f"claim {claim.name}"
        return "", ""

    def _matching(
        self, claim: PersistentVolumeClaim, node: Node, taken: set[str]
    ) -> PersistentVolume | None:
        """The volume that a claim gets on a node: its own, or the smallest that fits."""
        smallest: PersistentVolume | None = None
        for volume in self._storage.volumes.values():
            mine = volume.claim is not None and _is_for(volume.claim, claim)
            if (
                volume.class_name != claim.class_name
                or volume.name in taken
                or (volume.claim is not None and not mine)
                or volume.capacity < (claim.size or 0)
                or volume.volume_mode != claim.volume_mode
                or volume.attributes_class != claim.attributes_class
                or volume.deleting
            ):
                continue
            reached = reaches(volume, node)
            if mine:
                return volume if reached else None
            if (
                reached
                and volume.available
                and (claim.selector is None or claim.selector.selects(volume.labels))
                and set(claim.modes) <= set(volume.modes)
                and (smallest is None or volume.capacity < smallest.capacity)
            ):
                smallest = volume
        return smallest

    def _has_room(self, claim: PersistentVolumeClaim, node: Node) -> bool:
        made = self._storage.classes[claim.class_name]
        if claim.size is None or made.provisioner not in self._storage.tracked:
            return True
        return any(
            each.class_name == made.name
            and each.limit is not None
            and each.limit >= claim.size
            and each.topology is not None
            and each.topology.selects(node.labels)
            for each in self._storage.capacities
        )


def reaches(volume: PersistentVolume, node: Node) -> bool:
    """Whether a node meets a volume's affinity, in which only labels count."""
    return volume.affinity is None or _any_term(volume.affinity, node)


def _any_term(terms: Sequence[Sequence[Requirement]], node: Node) -> bool:
    return any(
        term and all(each.field or filters.matches(each, node) for each in term) for term in terms
    )


def _is_bound(claim: PersistentVolumeClaim) -> bool:
    return bool(claim.volume) and claim.bound


def _is_for(named: tuple[str, str, str], claim: PersistentVolumeClaim) -> bool:
    namespace, name, uid = named
    return (namespace, name) == (claim.namespace, claim.name) and uid in ("", claim.uid)


def bindable(snapshot: Snapshot, pod: Pod) -> Prepared | None:
    storage, found = snapshot.storage, []
    for volume in pod.volumes:
        if volume.claim is None:
            continue
        claim = storage.claims.get((pod.namespace, volume.claim))
        wrong = _wrong(pod, volume.claim, claim, ephemeral=volume.ephemeral)
        if claim is None or wrong:
            refused = Status(UNRESOLVABLE, (wrong,))
            return Prepared(VolumeBinding(storage, []), None, refused)
        found.append(claim)
    if not found:
        return None
    refused_ = None
    if any(not _is_bound(claim) and not _waits(claim, storage) for claim in found):
        refused_ = Status(UNRESOLVABLE, (_UNBOUND,))
    return Prepared(VolumeBinding(storage, found), None, refused_)


def _wrong(pod: Pod, name: str, claim: PersistentVolumeClaim | None, *, ephemeral: bool) -> str:
    """Why a claim cannot be used, wherever the pod goes."""
    if claim is None and ephemeral:
        waiting = "waiting for ephemeral volume controller to create the persistentvolumeclaim"
        return f'{waiting} "{name}"'
    if claim is None:
        return f'persistentvolumeclaim "{name}" not found'
    if claim.lost:
        absent = f'bound to non-existent persistentvolume "{claim.volume}"'
        return f'persistentvolumeclaim "{name}" {absent}'
    if claim.deleting:
        return f'persistentvolumeclaim "{name}" is being deleted'
    return not_owner(pod, claim) if ephemeral else ""


def _waits(claim: PersistentVolumeClaim, storage: Storage) -> bool:
    """Whether it is for the scheduler to have a claim bound."""
    made = storage.classes.get(claim.class_name)
    return made is not None and made.waits and not claim.volume
