"""Rules of the metadata of objects.

Source: apimachinery v0.36 `pkg/api/validation/objectmeta.go`, kubernetes 1.36
`pkg/apis/core/validation/validation.go` (ValidateObjectMeta, validateKubeFinalizerName), apiserver
v0.36 `pkg/registry/rest/create.go` (what holds for every kind).
"""

from __future__ import annotations

import re

from model.load import labels
from model.load.tree import as_mapping, texts_of
from model.load.validation.contract import At

#: Bytes of all annotations of an object together.
_MOST_ANNOTATIONS = 256 * 1024
#: Finalizers that need no domain.
FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")

#: How the objects of a kind may be called: as a subdomain, a label, or as a part of a path.
NAMES = {
    "CronJob": "subdomain",
    "DaemonSet": "subdomain",
    "Deployment": "subdomain",
    "Job": "subdomain",
    "Namespace": "label",
    "Node": "subdomain",
    "PodDisruptionBudget": "path",
    "Pod": "subdomain",
    "PodTemplate": "subdomain",
    "ReplicaSet": "subdomain",
    "ReplicationController": "subdomain",
    "Service": "label",
    "StatefulSet": "label",
}


def check(at: At, kind: str, *, namespaced: bool) -> None:
    """The metadata of an object of a kind; `at` is the metadata. That there is a name is checked
    by whoever knows where the metadata begins."""
    for field in ("name", "generateName"):
        if at.text(field):
            _name(at, field, NAMES[kind])
    if namespaced and at.text("namespace"):
        name = at.text("namespace")
        labels.check_dns_label(name, at.at("namespace"), at.place("namespace"), at.report)
    if kind in ("Namespace", "Node", "Service"):  # of the others it is set
        at.at_least(0, "generation")
    labels.read_labels(as_mapping(at.tree.at("labels")), at.at("labels"), at.report)
    check_annotations(at)
    _owners(at)
    _finalizers(at, kind)
    _managed(at)


def _name(at: At, field: str, form: str) -> None:
    name = at.text(field)
    if field == "generateName" and form != "path":
        # A hyphen before what is generated is fine.
        name = re.sub("(?<=.)-$", "a", name)
    if form == "path":
        dots = field == "name" and name in (".", "..")
        if dots or "/" in name or "%" in name:
            at.misnamed(field, "must not be `.` or `..`, and must not contain `/` or `%`")
    elif form == "label":
        labels.check_dns_label(name, at.at(field), at.place(field), at.report)
    else:
        labels.check_name(name, at.at(field), at.place(field), at.report)


def check_annotations(at: At) -> None:
    """Annotations under `annotations`: their keys, which may have capital letters anywhere, and
    their size."""
    found = as_mapping(at.tree.at("annotations"))
    texts = texts_of(found)
    for key in texts:
        if found is not None and not labels.is_qualified(key.lower()):
            message = f"`{at.at('annotations')}`: `{key}` is not a valid annotation key"
            at.report.error("P206", message, found.keys[key])
    size = sum(len(key.encode()) + len(value.encode()) for key, value in texts.items())
    if size > _MOST_ANNOTATIONS:
        at.invalid("annotations", f"has {size:,} bytes, more than {_MOST_ANNOTATIONS:,}")


def _owners(at: At) -> None:
    controller = ""
    for owner in at.children("ownerReferences"):
        owner.need("apiVersion", "kind", "name", "uid")
        version = owner.text("apiVersion")
        if version.endswith("/") or version.count("/") > 1:
            owner.invalid("apiVersion", "must be a group and a version")
        if version == "v1" and owner.text("kind") == "Event":
            owner.invalid("kind", "must not be Event")
        if owner.truth("controller"):
            if controller:
                owner.forbidden("controller", f"is true of `{controller}` already")
            controller = f"{owner.text('kind')}/{owner.text('name')}"


def _finalizers(at: At, kind: str) -> None:
    names = at.texts("finalizers")
    for index, name in enumerate(names):
        if not labels.is_qualified(name):
            at.wrong_item("P206", "finalizers", index, f"`{name}` is not a valid name")
        elif "/" not in name and name not in FINALIZERS and kind != "PodDisruptionBudget":
            hint = "qualify it with a domain: example.com/name"
            at.wrong_item("P206", "finalizers", index, f"`{name}` is no standard finalizer", hint)
    if {"orphan", "foregroundDeletion"} <= set(names):
        at.forbidden("finalizers", "must not have both orphan and foregroundDeletion")


def _managed(at: At) -> None:
    for entry in at.children("managedFields"):
        entry.one_of("operation", ("Apply", "Update"), needed=True)
        if entry.text("fieldsType") not in ("", "FieldsV1"):
            entry.invalid("fieldsType", "must be FieldsV1")
