"""Claims of storage, volumes, classes, and what nodes and drivers offer.

Source: kubernetes 1.36 `pkg/apis/core/v1/defaults.go`, `pkg/apis/storage/v1/defaults.go`;
component-helpers v0.36 `storage/volume/helpers.go` (GetPersistentVolumeClaimClass).

These kinds are read, not validated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from model.api.selector import LabelSelector, Requirement
from model.api.storage import (
    CSIStorageCapacity,
    Disk,
    PersistentVolume,
    PersistentVolumeClaim,
    Storage,
    StorageClass,
    Volume,
)
from model.load import labels, quantities
from model.load.diagnostics import Report
from model.load.objects import Object
from model.load.tree import (
    Mapping,
    as_bool,
    as_int,
    as_mapping,
    as_text,
    items_of,
    mappings_of,
    texts_of,
)
from model.plugins.storageclasses import DEFAULT, NAMED

_SELECTED = "volume.kubernetes.io/selected-node"
_BOUND = "pv.kubernetes.io/bind-completed"
#: Kinds of volumes for which a CSI driver stands.
_MIGRATABLE = (
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cinder",
    "gcePersistentDisk",
    "portworxVolume",
    "vsphereVolume",
)


def read_volume(tree: Mapping, pod: str) -> Volume:
    """A volume of the pod that is called so."""
    name = as_text(tree.at("name"))
    claim = tree.at("persistentVolumeClaim", "claimName")
    ephemeral = tree.at("ephemeral") is not None
    named = f"{pod}-{name}" if ephemeral else as_text(claim) if claim is not None else None
    migratable = any(tree.at(kind) is not None for kind in _MIGRATABLE)
    return Volume(name, named, ephemeral, _disk(tree), migratable)


def _disk(tree: Mapping) -> Disk | None:
    for kind, key, heeds in (
        ("gcePersistentDisk", "pdName", True),
        ("awsElasticBlockStore", "volumeID", False),
        ("iscsi", "iqn", True),
    ):
        found = as_mapping(tree.at(kind))
        if found is not None:
            read_only = heeds and as_bool(found.at("readOnly"))
            return Disk(kind, frozenset({as_text(found.at(key))}), read_only)
    found = as_mapping(tree.at("rbd"))
    if found is None:
        return None
    image = f"{as_text(found.at('pool')) or 'rbd'}/{as_text(found.at('image'))}"
    names = frozenset(f"{as_text(each)}/{image}" for each in items_of(found.at("monitors")))
    return Disk("rbd", names, as_bool(found.at("readOnly")))


def read_storage(objects: Iterable[Object], report: Report) -> Storage:
    """Everything about storage among some objects."""
    everything = list(objects)

    def of(kind: str) -> Iterator[Object]:
        return (found for found in everything if found.kind == kind)

    drivers = (
        found for found in of("CSIDriver") if as_bool(found.tree.at("spec", "storageCapacity"))
    )
    return Storage(
        {
            (c.namespace, c.name): c
            for c in (_claim(o, report) for o in of("PersistentVolumeClaim"))
        },
        {v.name: v for v in (_volume(o, report) for o in of("PersistentVolume"))},
        {c.name: c for c in map(_class, of("StorageClass"))},
        {found.name: _limits(found) for found in of("CSINode")},
        frozenset(found.name for found in drivers),
        tuple(_capacity(found, report) for found in of("CSIStorageCapacity")),
        _attachments(of("VolumeAttachment")),
    )


def template_claim(
    template: Mapping, namespace: str, name: str, uid: str, report: Report
) -> PersistentVolumeClaim:
    """The claim that is made from a template for the pod with this uid."""
    whole = Object("v1", "PersistentVolumeClaim", namespace, name, template, True)
    return replace(_claim(whole, report), controller=("Pod", "", uid))


def provided(
    claim: PersistentVolumeClaim, held: Storage
) -> tuple[PersistentVolumeClaim, PersistentVolume | None]:
    """A claim that has just been made, once those have seen it who do not wait for its pod: with
    the default class if it names none, and bound to a volume that every node reaches, unless its
    class waits or nobody makes volumes of it."""
    defaults = sorted(each.name for each in held.classes.values() if each.default)
    if not claim.class_name and defaults:
        claim = replace(claim, class_name=defaults[0])
    made = held.classes.get(claim.class_name)
    if claim.volume or (made is not None and (made.waits or not made.makes)):
        return claim, None
    name = f"pvc-{claim.namespace}-{claim.name}"
    return replace(claim, volume=name, bound=True), PersistentVolume(name)


def _claim(found: Object, report: Report) -> PersistentVolumeClaim:
    tree, spec = found.tree, as_mapping(found.tree.at("spec")) or Mapping(found.source)
    annotations = texts_of(tree.at("metadata", "annotations"))
    selector = as_mapping(spec.at("selector"))
    return PersistentVolumeClaim(
        found.namespace,
        found.name,
        annotations.get(NAMED) or as_text(spec.at("storageClassName")),
        as_text(spec.at("volumeName")),
        _BOUND in annotations,
        tuple(as_text(item) for item in items_of(spec.at("accessModes"))),
        _amount(spec, report, "resources", "requests", "storage"),
        as_text(spec.at("volumeMode")) or "Filesystem",
        as_text(spec.at("volumeAttributesClassName")),
        None if selector is None else labels.read_selector(selector, "spec.selector", report),
        annotations.get(_SELECTED),
        as_text(tree.at("status", "phase")) == "Lost",
        tree.at("metadata", "deletionTimestamp") is not None,
        as_text(tree.at("metadata", "uid")),
        _controller(tree),
    )


def _controller(tree: Mapping) -> tuple[str, str, str] | None:
    for _, each in mappings_of(tree.at("metadata", "ownerReferences")):
        if as_bool(each.at("controller")):
            held = texts_of(each)
            return held.get("kind", ""), held.get("name", ""), held.get("uid", "")
    return None


def _volume(found: Object, report: Report) -> PersistentVolume:
    tree, spec = found.tree, as_mapping(found.tree.at("spec")) or Mapping(found.source)
    annotations = texts_of(tree.at("metadata", "annotations"))
    claim, csi = texts_of(spec.at("claimRef")), texts_of(spec.at("csi"))
    named = claim.get("namespace", ""), claim.get("name", ""), claim.get("uid", "")
    required = as_mapping(spec.at("nodeAffinity", "required"))
    path = "spec.nodeAffinity.required.nodeSelectorTerms"
    return PersistentVolume(
        found.name,
        texts_of(tree.at("metadata", "labels")),
        annotations.get(NAMED) or as_text(spec.at("storageClassName")),
        _amount(spec, report, "capacity", "storage") or 0,
        tuple(as_text(item) for item in items_of(spec.at("accessModes"))),
        as_text(spec.at("volumeMode")) or "Filesystem",
        as_text(spec.at("volumeAttributesClassName")),
        named if claim else None,
        (as_text(tree.at("status", "phase")) or "Available") == "Available",
        None if required is None else _terms(required, path, report),
        (csi.get("driver", ""), csi.get("volumeHandle", "")) if csi else None,
        any(spec.at(kind) is not None for kind in _MIGRATABLE),
        tree.at("metadata", "deletionTimestamp") is not None,
    )


def _terms(required: Mapping, path: str, report: Report) -> tuple[tuple[Requirement, ...], ...]:
    return tuple(
        labels.read_requirements(
            term, "matchExpressions", f"{path}[{index}]", labels.NODE_OPERATORS, report
        )
        + labels.read_requirements(term, "matchFields", f"{path}[{index}]", ("In", "NotIn"), report)
        for index, term in mappings_of(required.at("nodeSelectorTerms"))
    )


def _class(found: Object) -> StorageClass:
    terms = tuple(
        tuple(
            Requirement(as_text(e.at("key")), "In", tuple(map(as_text, items_of(e.at("values")))))
            for _, e in mappings_of(term.at("matchLabelExpressions"))
        )
        for _, term in mappings_of(found.tree.at("allowedTopologies"))
    )
    waits = as_text(found.tree.at("volumeBindingMode")) == "WaitForFirstConsumer"
    said = texts_of(found.tree.at("metadata", "annotations")).get(DEFAULT, "")
    provisioner = as_text(found.tree.at("provisioner"))
    return StorageClass(found.name, provisioner, waits, terms, said == "true")


def _limits(found: Object) -> dict[str, int]:
    counts = {
        as_text(driver.at("name")): as_int(driver.at("allocatable", "count"))
        for _, driver in mappings_of(found.tree.at("spec", "drivers"))
    }
    return {name: count for name, count in counts.items() if count is not None}


def _capacity(found: Object, report: Report) -> CSIStorageCapacity:
    tree = as_mapping(found.tree.at("nodeTopology"))
    topology: LabelSelector | None = None
    if tree is not None:
        topology = labels.read_selector(tree, "nodeTopology", report)
    whole = _amount(found.tree, report, "capacity")
    largest = _amount(found.tree, report, "maximumVolumeSize")
    limit = whole if largest is None else largest
    return CSIStorageCapacity(as_text(found.tree.at("storageClassName")), topology, limit)


def _attachments(objects: Iterable[Object]) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for each in objects:
        spec = as_mapping(each.tree.at("spec")) or Mapping(each.source)
        attacher, node = as_text(spec.at("attacher")), as_text(spec.at("nodeName"))
        volume = as_text(spec.at("source", "persistentVolumeName"))
        if attacher and volume:
            found[node] = (*found.get(node, ()), (attacher, volume))
    return found


def _amount(tree: Mapping, report: Report, *path: str) -> int | None:
    """Nanos of bytes; what is no quantity is reported."""
    value = tree.at(*path)
    nanos = quantities.of_value(value)
    if value is not None and nanos is None:
        message = f"`{'.'.join(path)}` is not a quantity"
        report.error("P204", message, value.source, "write a quantity such as 10Gi")
    return nanos
