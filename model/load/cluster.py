"""Nodes and PodDisruptionBudgets.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (ValidateNode, validateNodeTaints),
`pkg/apis/core/v1/defaults.go` (SetDefaults_NodeStatus), `pkg/apis/policy/validation/validation.go`,
`pkg/controller/disruption/disruption.go`.

Omits: node conditions, addresses and volumes.
"""

from __future__ import annotations

from model.api import quantity
from model.api.intstr import IntOrPercent
from model.api.node import Node, Taint
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.source import Source
from model.load import labels, quantities
from model.load.diagnostics import Report, suggest
from model.load.objects import Object
from model.load.tree import (
    Mapping,
    as_bool,
    as_int,
    as_mapping,
    as_text,
    items_of,
    mappings_of,
)
from model.load.workload import check_at_most_whole, read_int_or_percent

HOSTNAME = "kubernetes.io/hostname"
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def read_node(found: Object, report: Report) -> Node:
    """A node; `allocatable` is empty when the object has no status to take it from."""
    tree = found.tree
    own = labels.read_labels(as_mapping(tree.at("metadata", "labels")), "metadata.labels", report)
    own.setdefault(HOSTNAME, found.name)
    amounts = {
        name: _amounts(as_mapping(tree.at("status", name)), f"status.{name}", report)
        for name in ("capacity", "allocatable")
    }
    fields = {
        ".".join(path): tree.place(*path)
        for path in (("spec", "taints"), ("spec", "unschedulable"), ("status", "allocatable"))
        if tree.at(*path) is not None
    }
    return Node(
        name=found.name,
        labels=own,
        taints=read_taints(as_mapping(tree.at("spec")), "spec", report),
        unschedulable=as_bool(tree.at("spec", "unschedulable")),
        # By default all of its capacity; a resource that is only missing there is not allocatable.
        allocatable=amounts["allocatable"] or amounts["capacity"],
        images=_images(tree),
        source=found.source,
        fields=fields,
    )


def _images(tree: Mapping) -> dict[str, int]:
    """The bytes of each image that a node says it has, by each of its names."""
    found: dict[str, int] = {}
    for _, image in mappings_of(tree.at("status", "images")):
        for name in items_of(image.at("names")):
            found.setdefault(as_text(name), as_int(image.at("sizeBytes")) or 0)
    return found


def _amounts(tree: Mapping | None, path: str, report: Report) -> dict[str, int]:
    found = {}
    for name, value in tree.entries.items() if tree is not None else ():
        nanos = quantities.in_map(value)
        if nanos is not None and nanos < 0:
            report.error("P200", f"`{path}.{name}` must not be negative", value.source)
        elif nanos is not None:
            found[name] = quantity.units(name, nanos)
    return found


def read_taints(tree: Mapping | None, path: str, report: Report) -> tuple[Taint, ...]:
    """The taints under `taints`; a pair of key and effect may occur once."""
    found: list[Taint] = []
    for index, taint in mappings_of(tree.at("taints") if tree is not None else None):
        where = f"{path}.taints[{index}]"
        key, effect = as_text(taint.at("key")), as_text(taint.at("effect"))
        if not labels.is_qualified(key):
            message = f"`{where}.key`: `{key}` is not a valid taint key"
            report.error("P206", message, labels.place_of_value(taint, "key"))
        if not labels.is_label_value(as_text(taint.at("value"))):
            message = f"`{where}.value` is not a valid label value"
            report.error("P206", message, labels.place_of_value(taint, "value"))
        if effect not in EFFECTS:
            message = f"`{where}.effect` must be one of {', '.join(EFFECTS)}"
            place = labels.place_of_value(taint, "effect")
            report.error("P201", message, place, suggest(effect, EFFECTS))
            continue
        if any((key, effect) == (other.key, other.effect) for other in found):
            message = f"`{where}`: taint {key}:{effect} is given twice"
            report.error("P205", message, taint.source)
        found.append(Taint(key, as_text(taint.at("value")), effect))  # type: ignore[arg-type]
    return tuple(found)


def read_budget(found: Object, report: Report) -> PodDisruptionBudget | None:
    """A budget; None when it selects no pod (a null selector) or is wrong.

    A budget with neither limit is legal upstream and lets nothing be evicted, because the
    controller then expects no pods: it is read as `maxUnavailable: 0`.
    """
    spec = as_mapping(found.tree.at("spec")) or Mapping(found.tree.place("spec"))
    limits = {}
    for field in ("minAvailable", "maxUnavailable"):
        limits[field] = read_int_or_percent(spec, field, "spec", report)
        check_at_most_whole(limits[field], spec, field, "spec", report)
    if spec.at("minAvailable") is not None and spec.at("maxUnavailable") is not None:
        message = "`spec.minAvailable` and `spec.maxUnavailable` exclude each other"
        report.error("P203", message, spec.place("maxUnavailable"), "keep one of them")
        return None
    if spec.at("minAvailable") is None and spec.at("maxUnavailable") is None:
        message = "neither minAvailable nor maxUnavailable: no pod may ever be evicted"
        report.warning("P104", message, found.source, "say how many, e.g. `maxUnavailable: 1`")
        limits["maxUnavailable"] = IntOrPercent(0)
    elif limits["minAvailable"] is None and limits["maxUnavailable"] is None:
        return None
    tree = as_mapping(spec.at("selector"))
    if tree is None:
        report.warning(
            "P202", "without a selector the budget protects no pod", spec.place("selector")
        )
        return None
    return PodDisruptionBudget(
        namespace=found.namespace,
        name=found.name,
        selector=labels.read_selector(tree, "spec.selector", report),
        min_available=limits["minAvailable"],
        max_unavailable=limits["maxUnavailable"],
        guards_ready_only=as_text(spec.at("unhealthyPodEvictionPolicy")) == "AlwaysAllow",
        source=found.source,
        fields=_places(spec),
    )


def _places(spec: Mapping) -> dict[str, Source]:
    fields = ("minAvailable", "maxUnavailable", "selector", "unhealthyPodEvictionPolicy")
    return {f"spec.{field}": spec.place(field) for field in fields if field in spec.keys}


def selected(
    budgets: list[PodDisruptionBudget], namespace: str, pod_labels: dict[str, str]
) -> tuple[PodDisruptionBudget, ...]:
    """The budgets that guard pods of these labels."""
    return tuple(
        budget
        for budget in budgets
        if budget.namespace == namespace and budget.selector.selects(pod_labels)
    )
