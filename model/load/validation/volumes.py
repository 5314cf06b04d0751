"""Rules of the volumes of a pod.

What each source needs is a row of `NEEDED`; what else there is to it is a function of `SOURCES`.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (ValidateVolumes and what it
calls).

Omits: names of ClusterTrustBundles and signers, whose projections are dropped at the default
feature gates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from model.load import labels, quantities
from model.load.tree import Scalar, as_mapping, texts_of
from model.load.validation.containers import field_reference, is_plain, resource_reference
from model.load.validation.contract import At, Rule, path_problem
from model.load.validation.metadata import check_annotations

#: Source of a volume to the fields that must be filled.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "awsElasticBlockStore": ("volumeID",),
    "azureDisk": ("diskName", "diskURI"),
    "azureFile": ("secretName", "shareName"),
    "cephfs": ("monitors",),
    "cinder": ("volumeID",),
    "configMap": ("name",),
    "csi": ("driver",),
    "ephemeral": ("volumeClaimTemplate",),
    "flexVolume": ("driver",),
    "gcePersistentDisk": ("pdName",),
    "gitRepo": ("repository",),
    "glusterfs": ("endpoints", "path"),
    "hostPath": ("path",),
    "iscsi": ("targetPortal", "iqn"),
    "nfs": ("server", "path"),
    "persistentVolumeClaim": ("claimName",),
    "photonPersistentDisk": ("pdID",),
    "portworxVolume": ("volumeID",),
    "quobyte": ("registry", "volume"),
    "rbd": ("monitors", "image"),
    "scaleIO": ("gateway", "system", "volumeName"),
    "secret": ("secretName",),
    "storageos": ("volumeName",),
    "vsphereVolume": ("volumePath",),
}

_MODE = "must be from 0 to 0777, in octal"
_VOLUME_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.labels",
    "metadata.annotations",
    "metadata.uid",
)


def volumes(pod: At) -> dict[str, At]:
    """Check a pod's volumes; each by its name."""
    found: dict[str, At] = {}
    for volume in pod.children("volumes"):
        name = volume.text("name")
        if volume.need("name"):
            labels.check_dns_label(name, volume.at("name"), volume.place("name"), volume.report)
        if name in found:
            volume.twice("name", f"`{name}` is given twice", "volume names are unique in a pod")
        found.setdefault(name, volume)
        if not is_plain(volume):
            _source(volume)
    return found


def _source(volume: At) -> None:
    kinds = [field for field in volume.tree.keys if field != "name"]
    for kind in volume.only_one(kinds)[:1]:
        source = volume.child(kind)
        if source is None:
            continue
        source.need(*NEEDED.get(kind, ()))
        if kind in SOURCES:
            SOURCES[kind](source)


def _mode(at: At, field: str) -> None:
    if at.given(field) and not 0 <= at.number(field) <= 0o777:
        at.invalid(field, _MODE)


def _items(at: At) -> Iterator[str]:
    """Check the keys that are put at paths; yields the paths."""
    for item in at.children("items"):
        item.need("key")
        _path(item)
        _mode(item, "mode")
        yield item.text("path")


def _path(at: At, field: str = "path") -> None:
    if at.need(field):
        problem = path_problem(at.text(field))
        if problem:
            at.invalid(field, problem)


def _of_keys(at: At) -> None:
    _mode(at, "defaultMode")
    list(_items(at))


def _downward(at: At) -> None:
    _mode(at, "defaultMode")
    list(_files(at))


def _files(at: At) -> Iterator[str]:
    for item in at.children("items"):
        _path(item)
        _mode(item, "mode")
        found = item.only_one(("fieldRef", "resourceFieldRef"))
        if not found:
            message = f"`{item.path}` needs a fieldRef or a resourceFieldRef"
            item.report.error("P104", message, item.tree.source)
        field, resource = item.child("fieldRef"), item.child("resourceFieldRef")
        if field is not None:
            field_reference(field, _VOLUME_FIELDS)
        elif resource is not None:
            resource_reference(resource, in_volume=True)
        yield item.text("path")


def _projected(at: At) -> None:
    _mode(at, "defaultMode")
    taken: set[str] = set()
    for source in at.children("sources"):
        kinds = ("secret", "configMap", "downwardAPI", "serviceAccountToken")
        source.only_one(kinds)
        for kind in kinds:
            part = source.child(kind)
            for path in _projection(part, kind) if part is not None else ():
                if path and path in taken:
                    message = f"`{source.path}`: path `{path}` is given twice"
                    source.report.error("P205", message, source.tree.source)
                taken.add(path)


def _projection(part: At, kind: str) -> Iterator[str]:
    """Check one projection; yields the paths that it fills and that others must not."""
    if kind in ("secret", "configMap"):
        part.need("name")
        yield from _items(part)
    elif kind == "downwardAPI":
        yield from _files(part)
    else:
        part.within("expirationSeconds", 600, 1 << 32)
        _path(part)


def _host_path(at: At) -> None:
    problem = path_problem(at.text("path"), inside=False)
    if problem:
        at.invalid("path", problem)
    kinds = ("DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice")
    at.one_of("type", (*kinds, "BlockDevice"))


def _empty_dir(at: At) -> None:
    nanos = quantities.of_value(at.tree.at("sizeLimit"))
    if nanos is not None and nanos < 0:
        at.invalid("sizeLimit", "must not be negative")


def _nfs(at: At) -> None:
    if at.text("path") and not at.text("path").startswith("/"):
        at.invalid("path", "must be an absolute path")


def _git(at: At) -> None:
    problem = path_problem(at.text("directory"), inside=False)
    if problem or at.text("directory").startswith("/"):
        at.invalid("directory", problem or "must be a relative path")


def _partition(at: At) -> None:
    at.within("partition", 0, 255)


def _image(at: At) -> None:
    at.one_of("pullPolicy", ("Always", "IfNotPresent", "Never"))


def _csi(at: At) -> None:
    driver = at.text("driver")
    if driver and (len(driver) > 63 or not labels.is_name(driver.lower())):
        at.misnamed("driver", "must be a domain of at most 63 characters")
    _secret_name(at, "nodePublishSecretRef", strict=True)


def _secret_name(at: At, field: str, *, strict: bool = False) -> None:
    secret = at.child(field)
    if secret is not None and secret.need("name") and strict:
        labels.check_name(secret.text("name"), secret.at("name"), secret.place("name"), at.report)


_INITIATORS = {
    "iqn": r"iqn\.\d{4}-\d{2}\.([0-9A-Za-z.-]+)(:[^,;*&$|\s]+)",
    "eui": r"eui.[0-9A-Za-z]{16}",
    "naa": r"naa.[0-9A-Za-z]{32}",
}


def _iscsi(at: At) -> None:
    for field in ("iqn", "initiatorName"):
        held = at.text(field)
        if at.given(field) and (held or field == "initiatorName"):
            pattern = _INITIATORS.get(held[:3])
            if pattern is None or not re.fullmatch(pattern, held):
                at.misnamed(field, "must be an iqn, eui or naa name")
    at.within("lun", 0, 255)
    chap = at.truth("chapAuthDiscovery") or at.truth("chapAuthSession")
    if chap and not at.given("secretRef"):
        at.required("secretRef")


def _fc(at: At) -> None:
    names, wide = at.texts("targetWWNs"), at.texts("wwids")
    if not names and not wide:
        at.required("targetWWNs", hint="or wwids")
    if names and wide:
        at.forbidden("wwids", "excludes `targetWWNs`")
    if names:
        if not at.given("lun"):
            at.required("lun")
        at.within("lun", 0, 255)


def _flocker(at: At) -> None:
    if not at.text("datasetName") and not at.text("datasetUUID"):
        at.required("datasetName", hint="or datasetUUID")
    if at.text("datasetName") and at.text("datasetUUID"):
        at.forbidden("datasetUUID", "excludes `datasetName`")
    if "/" in at.text("datasetName"):
        at.misnamed("datasetName", "must not contain `/`")


def _flex(at: At) -> None:
    for key in texts_of(at.tree.at("options")):
        owner = "." + key.partition("/")[0].lower()
        if owner.endswith((".kubernetes.io", ".k8s.io")):
            at.misnamed("options", f"has the key `{key}`, which is reserved")


def _azure_disk(at: At) -> None:
    at.one_of("cachingMode", ("None", "ReadOnly", "ReadWrite"), needed=at.given("cachingMode"))
    at.one_of("kind", ("Dedicated", "Managed", "Shared"), needed=at.given("kind"))
    start = "/subscriptions/" if at.text("kind", default="Shared") == "Managed" else "https://"
    if at.given("kind") and not at.text("diskURI").startswith(start):
        at.invalid("diskURI", f"must begin with {start} here")


def _quobyte(at: At) -> None:
    if len(at.text("tenant")) >= 65:
        at.invalid("tenant", "must have at most 64 characters")
    pairs = at.text("registry").split(",") if at.text("registry") else []
    if not all(re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*):[^:]*", pair) for pair in pairs):
        at.invalid("registry", "must be pairs of host:port, separated by commas")


def _storage_os(at: At) -> None:
    for field in ("volumeName", "volumeNamespace"):
        if at.text(field):
            labels.check_dns_label(at.text(field), at.at(field), at.place(field), at.report)
    _secret_name(at, "secretRef")


def _cinder(at: At) -> None:
    _secret_name(at, "secretRef")


_ACCESS = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")


def _ephemeral(at: At) -> None:
    template = at.child("volumeClaimTemplate")
    if template is None:
        return
    metadata, spec = template.child("metadata"), template.child("spec")
    if metadata is not None:
        for field in metadata.tree.keys:
            if field not in ("annotations", "labels") and metadata.filled(metadata.tree.at(field)):
                metadata.forbidden(field, "is not allowed in a template of claims")
        check_annotations(metadata)
        labels.read_labels(as_mapping(metadata.tree.at("labels")), metadata.at("labels"), at.report)
    if spec is None:
        template.required("spec")
        return
    _claim(spec)


def _claim(at: At) -> None:
    modes = at.texts("accessModes")
    if not modes:
        at.required("accessModes", hint=f"at least one of {', '.join(_ACCESS)}")
    for index, mode in enumerate(modes):
        if mode not in _ACCESS:
            why = f"must be one of {', '.join(_ACCESS)}, not `{mode}`"
            at.wrong_item("P201", "accessModes", index, why)
    if "ReadWriteOncePod" in modes and len(set(modes) & set(_ACCESS)) > 1:
        at.forbidden("accessModes", "must not have ReadWriteOncePod beside others")
    selector = as_mapping(at.tree.at("selector"))
    if selector is not None:
        labels.read_selector(selector, at.at("selector"), at.report)
    size = at.tree.at("resources", "requests", "storage")
    nanos = quantities.of_value(size)
    if not isinstance(size, Scalar):
        at.required("resources", "requests", "storage")
    elif nanos is not None and nanos <= 0:
        at.invalid("resources.requests.storage", "must be greater than 0")
    for field in ("storageClassName", "volumeAttributesClassName"):
        if at.text(field):
            labels.check_name(at.text(field), at.at(field), at.place(field), at.report)
    at.one_of("volumeMode", ("Block", "Filesystem"), needed=at.given("volumeMode"))
    for field in ("dataSource", "dataSourceRef"):
        source = at.child(field)
        if source is not None:
            source.need("name", "kind")
            group, kind = source.text("apiGroup"), source.text("kind")
            if kind and not group and kind != "PersistentVolumeClaim":
                source.invalid("kind", "must be PersistentVolumeClaim without an apiGroup")
            if group and not labels.is_name(group):
                source.misnamed("apiGroup", "is not a valid name")


#: Source of a volume to what else is checked of it.
SOURCES: Mapping[str, Rule] = {
    "awsElasticBlockStore": _partition,
    "azureDisk": _azure_disk,
    "cinder": _cinder,
    "configMap": _of_keys,
    "csi": _csi,
    "downwardAPI": _downward,
    "emptyDir": _empty_dir,
    "ephemeral": _ephemeral,
    "fc": _fc,
    "flexVolume": _flex,
    "flocker": _flocker,
    "gcePersistentDisk": _partition,
    "gitRepo": _git,
    "hostPath": _host_path,
    "image": _image,
    "iscsi": _iscsi,
    "nfs": _nfs,
    "projected": _projected,
    "quobyte": _quobyte,
    "secret": _of_keys,
    "storageos": _storage_os,
}
