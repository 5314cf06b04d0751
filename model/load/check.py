"""Reads a Check document by the table in `spec`."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence as Names
from dataclasses import dataclass, replace
from typing import Any, Literal

from model.api import quantity
from model.api.change import Change
from model.api.controlplane import ControlPlane
from model.api.source import Source
from model.faults import budgets
from model.invariant import Invariant
from model.load import shape
from model.load.applied import Applied, read_applied
from model.load.cluster import read_taints
from model.load.diagnostics import Report, suggest
from model.load.labels import check_text, place_of_value, read_labels
from model.load.members import read_changes, read_lease
from model.load.nodes import NodeGroup
from model.load.objects import Object
from model.load.ranges import read_open
from model.load.reader import Reader, Variant
from model.load.resources import read_amounts
from model.load.spec import SPEC
from model.load.steps import read_steps, read_taint
from model.load.suppressions import read_suppressions
from model.load.tree import (
    Mapping,
    Scalar,
    Sequence,
    Value,
    as_mapping,
    as_text,
)
from model.omissions import EVERYTHING, OMISSIONS
from model.scenario import Bounds, Faults, Range
from model.suppression import Suppression


@dataclass(frozen=True)
class Check:
    """A Check document. `places` has the source of each spec field that was written."""

    name: str
    manifests: tuple[tuple[str, Source], ...]
    control_plane: ControlPlane
    groups: tuple[NodeGroup, ...]
    proxy_lag: int
    change: Change | None
    faults: Faults
    bounds: Bounds
    depth: int | None
    properties: tuple[str, ...] | None
    invariants: tuple[Invariant, ...]
    #: The names of all that are written, those with mistakes among them.
    claimed: tuple[str, ...]
    mutations: frozenset[str]
    prompt: bool | None
    choice: Literal["feasible", "best"]
    open: Dictionary[str, Range]
    suppressions: tuple[Suppression, ...]
    accept: tuple[str, ...]
    #: What its steps apply, one after the other.
    applied: tuple[Applied, ...]
    source: Source
    places: Dictionary[str, Source]


def read_check(found: Object, property_names: Names[str], report: Report) -> Check:
    """The document with defaults filled in; mistakes go to `report`."""
    tree = found.tree
    known = {"apiVersion", "kind", "metadata", "spec"}
    for key in tree.keys:
        if key not in known:
            hint = suggest(key, known) or (f"`{key}` belongs in spec" if key in SPEC else "")
            report.error("P102", f"unknown field `{key}`", tree.keys[key], hint)
    metadata = tree.at("metadata")
    if metadata is not None:
        shape.check(metadata, "ObjectMeta", report)
        place = place_of_value(tree, "metadata", "name")
        check_text(found.name, "metadata.name", place, report, lines=False)
    claimed = names_of(tree.at("spec", "invariants"))
    tables: dict[str, Callable[[], Names[str]]] = {
        "property": lambda: (*property_names, *claimed),
        "mutation": _mutations,
        "omission": lambda: (EVERYTHING, *OMISSIONS),
    }
    reader = Reader(tables, report)
    spec = tree.at("spec")
    values = reader.object(spec or Mapping(tree.source), SPEC, "spec")
    return _check(found, values, as_mapping(spec) or Mapping(tree.source), property_names, reader)


def names_of(written: Value | None) -> tuple[str, ...]:
    """The names of the invariants of a Check, whatever else is wrong with them."""
    return tuple(
        as_text(each.at("name"))
        for each in (written.items if isinstance(written, Sequence) else [written])
        if isinstance(each, Mapping) and isinstance(each.at("name"), Scalar)
    )


def _mutations() -> tuple[str, ...]:
    # Few Checks ask for one, and the table imports every component there is.
    from model.mutations import MUTATIONS

    return tuple(MUTATIONS)


def _check(
    found: Object,
    values: dict[str, Any],
    tree: Mapping,
    property_names: Names[str],
    reader: Reader,
) -> Check:
    report = reader.report
    plane, faults, bounds = values["controlPlane"], values["faults"], values["bounds"]
    control_plane = ControlPlane(
        plane["members"], plane["quorum"], reads=plane["reads"], compaction=plane["compaction"]
    )
    lease = read_lease(plane["lease"], reader.places, report)
    control_plane = replace(control_plane, lease=lease)
    changes = read_changes(
        control_plane, plane["changes"], tree.at("controlPlane", "changes"), reader.places, report
    )
    control_plane = replace(control_plane, changes=changes, zones=plane["zones"])
    if plane["zones"] and sum(plane["zones"].values()) != control_plane.members:
        place = reader.places.get("spec.controlPlane.zones", found.source)
        told = f"the zones of `spec.controlPlane.zones` hold {sum(plane['zones'].values())} members"
        report.error("P200", f"{told}, not {control_plane.members}", place)
    if faults["zoneLosses"] and not plane["zones"]:
        place = reader.places.get("spec.faults.zoneLosses", found.source)
        hint = "say where the members are, such as `zones: {a: 2, b: 1}` in spec.controlPlane"
        report.error("P200", "`spec.faults.zoneLosses` needs zones", place, hint)
    if control_plane.votes > control_plane.members:
        place = reader.places.get("spec.controlPlane.quorum", found.source)
        report.error("P200", "`spec.controlPlane.quorum` is larger than members", place)
    written = tree.at("manifests")
    manifests = tuple(
        (item.value, item.source)
        for item in (written.items if isinstance(written, Sequence) else ())
        if isinstance(item, Scalar) and isinstance(item.value, str)
    )
    properties = tuple(values["properties"])
    invariants: tuple[Invariant, ...] = ()
    if values["invariants"]:
        from model.load.invariants import read_invariants

        invariants = read_invariants(
            tree.at("invariants"), values["invariants"], property_names, report
        )
    if properties:
        properties += tuple(each.name for each in invariants if each.name not in properties)
    return Check(
        name=found.name,
        manifests=manifests,
        control_plane=control_plane,
        groups=_groups(tree, values["cluster"]["nodes"], report),
        proxy_lag=values["cluster"]["proxyLagSeconds"] or 0,
        change=_change(values["scenario"], reader.places, report),
        faults=budgets(faults),
        bounds=Bounds(bounds["pods"], bounds["terms"], bounds["log"]),
        depth=bounds["depth"],
        properties=properties or None,
        invariants=invariants,
        claimed=names_of(tree.at("invariants")),
        mutations=frozenset(values["model"]["mutations"]),
        prompt=values["model"]["prompt"],
        choice=values["scheduler"]["choice"],
        open=read_open(as_mapping(tree.at("open")), values["open"], reader.places, report),
        suppressions=read_suppressions(
            tree.at("suppressions"), values["suppressions"], "spec", report
        ),
        accept=tuple(values["accept"]),
        applied=read_applied(_steps(values["scenario"]), reader.places),
        source=found.source,
        places=reader.places,
    )


def _change(variant: Variant | None, places: dict[str, Source], report: Report) -> Change | None:
    if variant is None:
        return None
    kind, values, aside = variant
    if kind == "steps":
        return read_steps(_steps(variant), places, report, any_order=aside["order"] == "any")
    if "spec.scenario.order" in places:
        place = places["spec.scenario.order"]
        report.error("P203", "`spec.scenario.order` is about `steps`", place, "leave it out")
    if kind == "rollout":
        image = values["image"] or ""
        return Change("rollout", image, values["becomesReady"], values["rollback"])
    if kind in ("drain", "taint"):
        names = tuple(values["node"])
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            path = f"spec.scenario.{kind}.node"
            report.error("P205", f"`{path}` names `{twice[0]}` twice", places[path])
        if kind == "drain":
            return Change("drain", nodes=names, uncordon=values["uncordon"])
        taint = read_taint(values, "spec.scenario.taint", places, report)
        return Change("taint", nodes=names, taint=taint)
    return Change("apply" if kind == "apply" else "steady", succeeds=values["succeeds"])


def _steps(variant: Variant | None) -> Names[tuple[str, Dictionary[str, Any]]]:
    """The user's steps by their names, if there are any."""
    steps = variant.value if variant is not None and variant.name == "steps" else ()
    return [(each.name, each.value) for each in steps]


def _groups(tree: Mapping, values: list[dict[str, Any]], report: Report) -> tuple[NodeGroup, ...]:
    nodes = tree.at("cluster", "nodes")
    written = nodes.items if isinstance(nodes, Sequence) else [nodes]
    groups = []
    for group, item in zip(values, (i for i in written if isinstance(i, Mapping)), strict=True):
        allocatable = {} if group["pods"] is None else {"pods": group["pods"]}
        for name in ("cpu", "memory"):
            if group[name] is not None:
                allocatable[name] = quantity.units(name, group[name])
        path = "spec.cluster.nodes"
        further = read_amounts(as_mapping(item.at("resources")), f"{path}.resources", report)
        for name, nanos in further.items():
            allocatable[name] = quantity.units(name, nanos)
        held = as_mapping(item.at("labels"))
        labels = read_labels(held, f"{path}.labels", report, answered=False)
        taints = read_taints(item, path, report)
        groups.append(NodeGroup(group["count"], allocatable, labels, taints))
    return tuple(groups)
