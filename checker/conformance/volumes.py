"""Vectors of a pod with claims: what the plugins for volumes say of each node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.conformance.contract import Outcome, Vector, compared, together
from checker.conformance.manifests import Refused, object_of, pod_of
from checker.conformance.scheduler import refusals, snapshot_of, status_of
from model.load.diagnostics import Report
from model.load.storage import read_storage
from model.plugins.placing import place

_PLUGINS = ("VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone")
_WHOLE = "first refusal and its reasons, with volumes"
_KINDS = {
    "csiNodes": "CSINode",
    "storageClasses": "StorageClass",
    "persistentVolumes": "PersistentVolume",
    "claims": "PersistentVolumeClaim",
}


def judge(vector: Vector) -> Mapping[str, Outcome]:
    """Each plugin asked by itself, with its reasons, and the profile as a whole."""
    given, report = vector.input, Report()
    try:
        snapshot, pod = snapshot_of(given), pod_of(given["pod"])
    except Refused as refused:
        return dict.fromkeys(_PLUGINS, Outcome("disagree", "", "accepted", str(refused)))
    objects = (
        object_of(kind, each) for field, kind in _KINDS.items() for each in given.get(field) or ()
    )
    snapshot.storage = read_storage(objects, report)
    placing = place(snapshot, pod)

    def ours(node: str, name: str) -> list[Any]:
        found = status_of(placing, snapshot.by_name[node], name)
        return ["passes"] if found is None else [found[0], list(found[1].reasons)]

    def theirs(node: str, name: str) -> list[Any]:
        found = vector.output["byPlugin"][node].get(name)
        return ["passes"] if found is None else [found["code"], list(found.get("reasons") or ())]

    outcomes = {
        name: together(
            compared({node: theirs(node, name)}, {node: ours(node, name)})
            for node in vector.output["nodes"]
        )
        for name in _PLUGINS
    }
    return {**outcomes, _WHOLE: refusals(placing, vector.output["nodes"])}
