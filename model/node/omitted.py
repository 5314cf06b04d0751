"""What nodes act on and the model does not, where manifests ask for it.

Source: kubernetes v1.36.3 `pkg/kubelet/status/generate.go` (GeneratePodReadyCondition),
`pkg/kubelet/lifecycle/predicate.go` (the operating system of a pod; generalFilter),
`pkg/kubelet/kubelet.go` (HandlePodAdditions: all pods are new to a kubelet that starts),
`pkg/kubelet/active_deadline.go` (counted from when the kubelet takes the pod up),
`pkg/controller/nodelifecycle/node_lifecycle_controller.go` (conditions become taints),
`pkg/controller/volume/attachdetach/reconciler/reconciler.go` (a volume that is attached to another
node), `pkg/scheduler/framework/plugins/volumerestrictions`, `volumebinding`, `volumezone` and
`nodevolumelimits/csi.go`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model.api.node import ZONE
from model.labellings import labellings
from model.omission import (
    NEVER_BOUND,
    NEVER_READY,
    TOGETHER,
    Condition,
    Doubts,
    Field,
    Found,
    Omission,
    anywhere,
    guarded,
    several,
)
from model.plugins import storageclasses, volumezone
from model.plugins.filters import node_affinity
from model.scenario import Scenario
from model.setting import Manifest, Setting, Written, mapping, texts

_POD = "spec.template.spec"
_CLAIMS = "spec.volumeClaimTemplates[*]"
#: Where pods ask for volumes by claims.
_CLAIMING = (_CLAIMS, f"{_POD}.volumes[*].persistentVolumeClaim", f"{_POD}.volumes[*].ephemeral")
#: Conditions of a node that become taints.
_UNWELL = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")
#: Volumes that several pods can write to on several nodes.
_SHARED = {"ReadWriteMany", "ReadOnlyMany"}
#: In-tree volumes of which upstream lets one pod at a time have a disk, or one node.
_DISKS = ("gcePersistentDisk", "awsElasticBlockStore", "azureDisk", "cinder", "iscsi", "rbd", "fc")


def _several_drained(scenario: Scenario) -> bool:
    """where more than one pod may exist at a time and a PodDisruptionBudget guards them"""
    return several(scenario) and guarded(scenario)


def _of_several(found: Doubts) -> Doubts:
    """The same, but only where more than one pod may exist at a time."""

    def narrowed(condition: Condition) -> Condition:
        return _several_drained if condition is guarded else several

    return {name: narrowed(condition) for name, condition in found.items()}


def _claims(setting: Setting) -> Iterator[tuple[Written, Manifest]]:
    """The template's claims that are among the objects."""
    known = {each.name: each for each in setting.beside("PersistentVolumeClaim")}
    path = f"{_POD}.volumes[*].persistentVolumeClaim.claimName"
    for written in setting.own.manifest.written(path):
        if isinstance(written.value, str) and written.value in known:
            yield written, known[written.value]


def _exclusive(setting: Setting) -> Iterator[Found]:
    for written, claim in _claims(setting):
        modes = set(texts(claim.value("spec.accessModes")))
        if modes and not modes & _SHARED and "ReadWriteOncePod" not in modes:
            yield Found(f"accessModes of {claim.label}", written.source)
    for kind in _DISKS:
        for written in setting.own.manifest.written(f"{_POD}.volumes[*].{kind}"):
            if not mapping(written.value).get("readOnly"):
                yield Found(written.path, written.source)


def _one_pod(setting: Setting) -> Iterator[Found]:
    for written, claim in _claims(setting):
        if "ReadWriteOncePod" in texts(claim.value("spec.accessModes")):
            yield Found(f"accessModes of {claim.label}", written.source)


def _bound(volume: Manifest, claim: Manifest) -> bool:
    """Whether a volume is the claim's, or may become it."""
    reference = mapping(volume.value("spec.claimRef"))
    if reference:
        return (reference.get("namespace"), reference.get("name")) == (claim.namespace, claim.name)
    if claim.value("spec.volumeName"):
        return bool(claim.value("spec.volumeName") == volume.name)
    same = "spec.storageClassName"
    return bool((volume.value(same) or "") == (claim.value(same) or ""))


def _provided(setting: Setting) -> Iterator[tuple[Written, Manifest]]:
    """The claims among the objects that pods of a StatefulSet have each for itself."""
    for written in setting.own.manifest.written(f"{_CLAIMS}.metadata.name"):
        for claim in setting.beside("PersistentVolumeClaim"):
            if claim.name.startswith(f"{written.value}-{setting.own.manifest.name}-"):
                yield written, claim


def _asked(setting: Setting, usual: str) -> Iterator[tuple[Written, str]]:
    """The classes of the claims that a StatefulSet makes, each with the place that says so."""
    own = setting.own.manifest
    for claim in own.written(_CLAIMS):
        named = list(own.written(f"{claim.path}.spec.storageClassName"))
        yield (named or [claim])[0], storageclasses.class_of(claim.value, usual)


def _placed(setting: Setting) -> Iterator[Found]:
    """Claims whose volumes can be used, or are made, on some nodes only."""
    classes = {each.name: each for each in setting.around.of_kind("StorageClass")}
    wanted = list(_asked(setting, storageclasses.usual(classes.values())))
    for written, claim in (*_claims(setting), *_provided(setting)):
        claimed = {part: claim.value(part) for part in ("metadata", "spec")}
        wanted.append((written, storageclasses.class_of(claimed, "")))
        for volume in setting.around.of_kind("PersistentVolume"):
            if not _bound(volume, claim):
                continue
            if volume.value("spec.nodeAffinity"):
                yield Found(f"nodeAffinity of {volume.label}", written.source)
            elif mapping(volume.value("metadata.labels")).keys() & volumezone.LABELS.keys():
                yield Found(f"zone of {volume.label}", written.source)
    for written, name in wanted:
        made = classes.get(name)
        if made is not None and made.value("allowedTopologies"):
            yield Found(f"allowedTopologies of {made.label}", written.source)
        if made is not None and _elsewhere(setting, made, written):
            yield Found(f"zones of {made.label}", written.source)


def _elsewhere(setting: Setting, made: Manifest, written: Written) -> bool:
    """Whether volumes of a class are disks in zones that are not followed: those that are made
    before their pod is bound, and where some node does not say in which zone it is, or another one
    during the run."""
    zones = {node.labels.get(ZONE) for node in setting.scenario.nodes}
    followed = written.path.startswith("spec.volumeClaimTemplates") and storageclasses.pins(made)
    moves = ZONE in setting.scenario.change.relabels
    unclear = None in zones or not followed or moves
    return storageclasses.is_zonal(made) and (len(zones) > 1 or moves) and unclear


def _limited(setting: Setting) -> Iterator[Found]:
    """Nodes that take so many volumes of a driver, where pods have any claims."""
    own = setting.own.manifest
    if not any(True for path in _CLAIMING for _ in own.written(path)):
        return
    for each in setting.around.of_kind("CSINode"):
        for written in each.written("spec.drivers[*].allocatable.count"):
            yield Found(f"{written.path} of {each.label}", written.source)


def _unwell(condition: Any) -> bool:
    """Whether a node's condition keeps pods away, or drives them out."""
    kind, status = mapping(condition).get("type"), mapping(condition).get("status")
    if kind == "Ready":
        return bool(status != "True")
    return bool(status == "True" and kind in _UNWELL)


def _conditions(setting: Setting) -> Iterator[Found]:
    for manifest in setting.nodes:
        for written in manifest.written("status.conditions[*]"):
            if _unwell(written.value):
                kind = mapping(written.value).get("type")
                yield Found(f"condition {kind} of {manifest.label}", written.source)


def _anew(scenario: Scenario) -> bool:
    """where kubelets or nodes start anew"""
    return bool(scenario.faults.kubelet_restarts or scenario.faults.crashes)


def _relabelled(setting: Setting) -> Iterator[Found]:
    """Nodes that the user labels so that pods may, or may not, be there: where it matters that one
    is rejected, of which another comes in most cases."""
    scenario = setting.scenario
    if not (_anew(scenario) or scenario.workload.job):
        return
    templates = [each.template for each in scenario.versions]
    for nodes in zip(*(each.nodes for each in labellings(scenario)), strict=True):
        if any(len({node_affinity(one, n) is None for n in nodes}) > 1 for one in templates):
            place = scenario.fields.get("spec.scenario.steps", scenario.source)
            yield Found(f"another label of {nodes[0].name}", place)


def _windows(os: Any) -> bool:
    return bool(os != "linux")


OMITTED = (
    Omission(
        "pod-deadline",
        "a pod that runs for longer than its own activeDeadlineSeconds fails",
        NEVER_READY,
        fields=(Field(f"{_POD}.activeDeadlineSeconds"),),
    ),
    Omission(
        "readiness-gates",
        "a pod is not ready until others say so of each of its readiness gates",
        NEVER_READY,
        fields=(Field(f"{_POD}.readinessGates"),),
    ),
    Omission(
        "pod-os",
        "a kubelet of another operating system rejects the pod",
        NEVER_READY,
        fields=(Field(f"{_POD}.os.name", _windows),),
    ),
    Omission(
        "volume-access-modes",
        "a volume that only one node may use keeps pods on other nodes from starting",
        _of_several(NEVER_READY),
        elsewhere=_exclusive,
    ),
    Omission(
        "volume-single-pod",
        "no other pod is scheduled while a pod has a claim of access mode ReadWriteOncePod",
        _of_several(NEVER_BOUND),
        elsewhere=_one_pod,
    ),
    Omission(
        "volume-node-affinity",
        "a pod waits for a node from where its volumes can be used",
        NEVER_BOUND,
        TOGETHER,
        elsewhere=_placed,
    ),
    Omission(
        "volume-limits",
        "a node takes no more volumes of a driver than its CSINode says",
        NEVER_BOUND,
        TOGETHER,
        elsewhere=_limited,
    ),
    Omission(
        "label-admission",
        "a kubelet that starts anew, or finds a pod late, rejects it where its node's labels do "
        "not match node selector or affinity any more",
        {**dict.fromkeys((*NEVER_READY, "orphans-stay"), _anew), "job-completes": anywhere},
        elsewhere=_relabelled,
    ),
    Omission(
        "node-conditions",
        "a node that is not ready, or under pressure, takes no pods",
        NEVER_BOUND,
        elsewhere=_conditions,
    ),
)
