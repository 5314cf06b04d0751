"""Objects in vectors, read as the loader reads those of users."""

from __future__ import annotations

from typing import Any, TypeVar

from model.api.node import Node
from model.api.pod import Pod, PodTemplate
from model.api.schedulerprofile import SchedulerProfile
from model.api.selector import LabelSelector
from model.api.source import Source
from model.load import cluster, labels
from model.load.diagnostics import Report
from model.load.objects import Object, objects_of
from model.load.pods import read_pod
from model.load.schedulerconfig import read_profile
from model.load.tree import Mapping, Scalar, Sequence, Value
from model.load.workload import read_workload

_PLACE = Source("<vector>", 1)

T = TypeVar("T")


class Refused(Exception):
    """The loader refuses an object that the real code took; the message is its first finding."""


def tree(value: Any) -> Value:
    """JSON as the tree that the loader would make of it."""
    if isinstance(value, dict):
        mapping = Mapping(_PLACE)
        for key, item in value.items():
            mapping.entries[key] = tree(item)
            mapping.keys[key] = _PLACE
        return mapping
    if isinstance(value, list):
        sequence = Sequence(_PLACE)
        sequence.items = [tree(item) for item in value]
        return sequence
    return Scalar(_PLACE, "" if value is None else str(value), value)


def node_of(given: Any) -> Node:
    """A Node of a vector; as users' nodes it gets a hostname label if it has none."""
    metadata = given["metadata"]
    labels = metadata.get("labels") or {}
    wanted = ("allocatable", "capacity", "images")
    status = {key: given["status"][key] for key in wanted if key in given["status"]}
    report = Report()
    whole = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": metadata["name"], "labels": labels},
        "spec": given.get("spec") or {},
        "status": status,
    }
    node = cluster.read_node(_object(whole, report), report)
    return _taken(node, report)


def object_of(kind: str, given: Any) -> Object:
    """An object of a vector as the loader would have it, not validated."""
    metadata = given["metadata"]
    namespace, name = metadata.get("namespace", ""), metadata["name"]
    return Object("v1", kind, namespace, name, _mapping(given), True)


def pod_of(given: Any) -> Pod:
    """A Pod of a vector, as it is stored."""
    report = Report()
    return _taken(read_pod(object_of("Pod", given), report), report)


def profile_of(given: Any) -> SchedulerProfile:
    """A scheduler's profile of a vector."""
    report = Report()
    return _taken(read_profile(_mapping(given), "profile", report), report)


def selector_of(given: Any) -> LabelSelector:
    """A label selector of a vector."""
    report = Report()
    return _taken(labels.read_selector(_mapping(given or {}), "selector", report), report)


def _mapping(given: Any) -> Mapping:
    found = tree(given)
    assert isinstance(found, Mapping)
    return found


def template_of(pod: Any) -> PodTemplate:
    """A Pod of a vector as the template of a workload that makes such pods."""
    labels = pod["metadata"].get("labels") or {"app": "web"}
    report = Report()
    whole = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": pod["metadata"].get("namespace", "default")},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod["spec"]},
        },
    }
    workload = read_workload(_object(whole, report), report)
    return _taken(workload, report).template


def _object(whole: dict[str, Any], report: Report) -> Object:
    found = list(objects_of([tree(whole)], report))
    _taken(None, report)
    return found[0]


def _taken(value: T, report: Report) -> T:
    if report.failed:
        first = next(found for found in report.sorted() if found.severity == "error")
        raise Refused(f"refused: {first.message}")
    return value
