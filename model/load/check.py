"""Reads a Check document by the table in `spec`."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence as Names
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from model.api import quantity
from model.api.change import Change
from model.api.controlplane import ControlPlane
from model.api.source import Source
from model.faults import budgets
from model.field import Field
from model.load import quantities, shape
from model.load.applied import Applied, read_applied
from model.load.cluster import read_taints
from model.load.diagnostics import Report, suggest
from model.load.labels import check_text, place_of_value, read_labels
from model.load.members import read_changes, read_lease
from model.load.nodes import NodeGroup
from model.load.objects import Object
from model.load.ranges import read_open
from model.load.resources import read_amounts
from model.load.spec import SPEC
from model.load.steps import read_steps, read_taint
from model.load.suppressions import read_suppressions
from model.load.tree import (
    Mapping,
    Scalar,
    Sequence,
    Value,
    as_int,
    as_mapping,
    as_text,
    describe,
    is_null,
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
    mutations: frozenset[str]
    prompt: bool | None
    open: Dictionary[str, Range]
    suppressions: tuple[Suppression, ...]
    accept: tuple[str, ...]
    #: What one of its steps applies.
    applied: Applied | None
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
    tables: dict[str, Callable[[], Names[str]]] = {
        "property": lambda: tuple(property_names),
        "mutation": _mutations,
        "omission": lambda: (EVERYTHING, *OMISSIONS),
    }
    reader = Reader(tables, report)
    spec = tree.at("spec")
    values = reader.object(spec or Mapping(tree.source), SPEC, "spec")
    return _check(found, values, as_mapping(spec) or Mapping(tree.source), reader)


def _mutations() -> tuple[str, ...]:
    # Few Checks ask for one, and the table imports every component there is.
    from model.mutations import MUTATIONS

    return tuple(MUTATIONS)


def _check(found: Object, values: dict[str, Any], tree: Mapping, reader: Reader) -> Check:
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
        mutations=frozenset(values["model"]["mutations"]),
        prompt=values["model"]["prompt"],
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
        labels = read_labels(as_mapping(item.at("labels")), f"{path}.labels", report)
        taints = read_taints(item, path, report)
        groups.append(NodeGroup(group["count"], allocatable, labels, taints))
    return tuple(groups)


class Variant(NamedTuple):
    """One of several fields, its value, and those of the fields beside it."""

    name: str
    value: Any
    aside: dict[str, Any]


class Reader:
    """Values of fields with their defaults; a wrong value is reported and read as the default."""

    def __init__(self, tables: Dictionary[str, Callable[[], Names[str]]], report: Report) -> None:
        self.tables = tables
        self.report = report
        self.places: dict[str, Source] = {}

    def object(
        self,
        value: Value,
        fields: Dictionary[str, Field],
        path: str,
        only: Names[str] | None = None,
    ) -> dict[str, Any]:
        """The values of all fields, or of `only` some of them."""
        found: dict[str, Any] = {}
        if not isinstance(value, Mapping):
            if not is_null(value):
                self._wrong(value, path, "a mapping")
            value = Mapping(value.source)
        for key, place in value.keys.items():
            if key not in fields and not key.startswith("\0"):
                message = f"unknown field `{key}` in `{path}`"
                self.report.error("P102", message, place, self._hint(key, fields))
        for key, field in fields.items():
            if only is not None and key not in only:
                continue
            where = f"{path}.{key}"
            item = value.at(key)
            if key in value.keys:
                self.places[where] = value.keys[key]
            if field.required and item is None:
                self.report.error("P104", f"`{where}` is required", value.source)
            found[key] = self.value(item, field, where, value.keys.get(key))
        return found

    def _hint(self, key: str, fields: Dictionary[str, Field]) -> str:
        home = next((name for name, field in SPEC.items() if key in field.fields), "")
        near = suggest(key, fields)
        known = ", ".join(fields)
        return near or (f"`{key}` belongs in spec.{home}" if home else f"known here: {known}")

    def value(self, value: Value | None, field: Field, path: str, place: Source | None) -> Any:
        if field.short and value is not None and not is_null(value) | isinstance(value, Mapping):
            short, value = value, Mapping(value.source)
            value.entries[field.short], value.keys[field.short] = short, short.source
        if field.type == "object":
            return self.object(value or Scalar(Source("", 0), "", None), field.fields, path)
        if field.type == "tree":
            if value is not None and not isinstance(value, Mapping):
                self._wrong(value, path, "a mapping")
            return as_mapping(value)
        if field.type == "variant":
            return self._variant(value, field, path, place)
        if field.type == "variants":
            return self._variants(value, field, path)
        if field.type == "objects":
            items = value.items if isinstance(value, Sequence) else [value] if value else []
            return [
                self.object(item, field.fields, f"{path}[{index}]")
                for index, item in enumerate(items)
                if isinstance(item, Mapping) or self._wrong(item, path, "a mapping")
            ]
        if field.type == "words" and isinstance(value, Scalar) and not is_null(value):
            one, value = value, Sequence(value.source)
            value.items.append(one)
        if field.type in ("strings", "words"):
            return self._strings(value, field, path)
        if field.type in ("labels", "counts"):
            return self._mapping(value, field, path)
        return field.default if value is None else self._scalar(value, field, path)

    def _scalar(self, value: Value, field: Field, path: str) -> Any:
        if field.type == "integer":
            number = as_int(value)
            if number is None:
                self._wrong(value, path, "an integer")
                return field.default
            low, high = field.minimum or 0, field.maximum
            if number < low or (high is not None and number > high):
                message = f"`{path}` must be from {low} to {high}"
                self.report.error("P200", message, value.source)
                return field.default
            return number
        if field.type == "quantity":
            nanos = quantities.of_value(value)
            if nanos is None or nanos < 0:
                message = f"`{path}`: {describe(value)} is not an amount"
                hint = 'write a quantity such as 500m, 4 or "16Gi"'
                self.report.error("P204", message, value.source, hint)
                return field.default
            return nanos
        if field.type == "text" and isinstance(value, Scalar) and not is_null(value):
            return value.text
        wanted, expected = (bool, "true or false") if field.type == "boolean" else (str, "a string")
        if not isinstance(value, Scalar) or not isinstance(value.value, wanted):
            self._wrong(value, path, expected)
            return field.default
        self._check_name(as_text(value), field, path, value.source)
        check_text(as_text(value), path, value.source, self.report)
        return value.value

    def _strings(self, value: Value | None, field: Field, path: str) -> list[str]:
        if value is not None and not isinstance(value, Sequence):
            self._wrong(value, path, "a list")
        found = []
        for index, item in enumerate(value.items if isinstance(value, Sequence) else ()):
            if isinstance(item, Scalar) and isinstance(item.value, str):
                self._check_name(item.value, field, path, item.source)
                check_text(item.value, f"{path}[{index}]", item.source, self.report)
                self.places[f"{path}[{index}]"] = item.source
                found.append(item.value)
            else:
                self._wrong(item, f"{path}[{index}]", "a string")
        return found

    def _mapping(self, value: Value | None, field: Field, path: str) -> dict[str, Any]:
        if value is not None and not isinstance(value, Mapping):
            self._wrong(value, path, "a mapping")
        found: dict[str, Any] = {}
        for key, item in value.entries.items() if isinstance(value, Mapping) else ():
            assert isinstance(value, Mapping)
            self.places[f"{path}.{key}"] = value.keys[key]
            parts = field.parts(key)
            if parts and isinstance(item, Mapping):
                part = Field(field.type, "", names=parts)
                inner = self._mapping(item, part, f"{path}.{key}")
                found.update({f"{key}.{name}": number for name, number in inner.items()})
                continue
            self._check_name(key, field, path, value.keys[key])
            check_text(key, path, value.keys[key], self.report)
            kind = "integer" if field.type == "counts" else "string"
            if path.endswith(".resources"):
                kind = "quantity"
            entry = Field(kind, "", 0 if kind == "integer" else "", 0, 1000)
            found[key] = self._scalar(item, entry, f"{path}.{key}")
        return found

    def _variant(
        self, value: Value | None, field: Field, path: str, place: Source | None
    ) -> Variant | None:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            hint = ""
            if isinstance(value, Scalar) and value.text in field.fields:
                hint = f"write `{value.text}: {{}}`"
                hint += " below it" if field.type == "variant" else ""
            self._wrong(value, path, "a mapping", hint)
            return None
        names = [name for name, each in field.fields.items() if not each.aside]
        known = [key for key in value.entries if key in names]
        aside = [name for name in field.fields if name not in names]
        everything = self.object(value, field.fields, path, [*known, *aside])
        if len(known) != 1:
            message = f"`{path}` must hold exactly one of {', '.join(names)}"
            if known or set(value.keys) <= set(aside):
                self.report.error("P203", message, place or value.source)
            return None
        return Variant(known[0], everything[known[0]], {name: everything[name] for name in aside})

    def _variants(self, value: Value | None, field: Field, path: str) -> list[Variant]:
        if value is not None and not isinstance(value, Sequence):
            self._wrong(value, path, "a list")
        found = []
        for index, item in enumerate(value.items if isinstance(value, Sequence) else ()):
            where = f"{path}[{index}]"
            self.places[where] = item.source
            one = self._variant(item, field, where, item.source)
            if one is not None:
                found.append(one)
            elif is_null(item):
                self._wrong(item, where, "a mapping")
        return found

    def _check_name(self, name: str, field: Field, path: str, source: Source) -> None:
        names = self.tables[field.names]() if isinstance(field.names, str) else field.whole
        if (isinstance(field.names, str) or names) and name not in names:
            what = field.names if isinstance(field.names, str) else "value"
            code = "P301" if isinstance(field.names, str) else "P201"
            hint = suggest(name, names) or f"known: {', '.join(names) or 'none'}"
            self.report.error(code, f"`{path}`: unknown {what} `{name}`", source, hint)

    def _wrong(self, value: Value, path: str, expected: str, hint: str = "") -> bool:
        message = f"`{path}` must be {expected}, not {describe(value)}"
        self.report.error("P103", message, value.source, hint)
        return False
