"""Objects that are checked together, read: workloads, nodes, budgets and what else there is.

A unit has the objects of one Check, or of what no Check covers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from model.api.kinds import KINDS
from model.api.node import Node
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.service import Service
from model.api.workload import Workload
from model.load import cluster, services
from model.load.diagnostics import Report
from model.load.objects import Object, distinct, owned_by_deployment
from model.load.suppressions import annotated, report_stray
from model.load.tree import Mapping as Tree
from model.load.tree import as_bool, as_mapping, as_text, mappings_of
from model.load.workload import MAX_REPLICAS, read_workload

if TYPE_CHECKING:
    from model.load.check import Check
    from model.load.library import Lot
    from model.suppression import Suppression


@dataclass
class Unit:
    """Objects that belong together, and the Check that is about them, if any."""

    objects: list[Object]
    check: Check | None = None
    #: The kustomization or chart that the objects are from; empty for plain files.
    origin: str = ""
    workloads: list[Workload] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    budgets: list[PodDisruptionBudget] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    #: Objects of kinds of `model.api.kinds`, each with its namespace.
    others: list[tuple[str, object]] = field(default_factory=list)
    #: Subject of a workload to what its annotations suppress.
    suppressions: dict[str, list[Suppression]] = field(default_factory=dict)
    unchecked: list[str] = field(default_factory=list)
    #: The workloads that a step of the Check gives another version, as they are before, by their
    #: subjects; all else is as it is afterwards.
    before: Mapping[str, Workload] = field(default_factory=dict)
    #: Subjects of those of them whose template stays as it is.
    kept: frozenset[str] = frozenset()
    #: Of each subject whether steps after the first give it the version of before again.
    back: Mapping[str, tuple[bool, ...]] = field(default_factory=dict)


def read_unit(lot: Lot, property_names: Sequence[str], report: Report) -> Unit:
    """Read every object of a unit; mistakes go to `report`."""
    objects = distinct(lot.objects, report)
    kept = set(objects)
    for found in lot.objects:
        if found not in kept:
            # What a later one stands for has to be right all the same.
            _read(found, Unit([found]), property_names, report)
    unit = Unit(objects, lot.check, lot.origin)
    property_names = (*property_names, *(lot.check.claimed if lot.check is not None else ()))
    for found in objects:
        _read(found, unit, property_names, report)
        report_stray(found, report)
    guarded = {
        (budget.namespace, budget.name)
        for workload in unit.workloads
        for budget in cluster.selected(
            unit.budgets, workload.namespace, dict(workload.template.labels)
        )
    }
    for found in objects:
        if found.kind == "PodDisruptionBudget" and (found.namespace, found.name) not in guarded:
            unit.unchecked.append(found.label)
    return unit


def _read(found: Object, unit: Unit, property_names: Sequence[str], report: Report) -> None:
    if found.kind in ("Check", "Namespace") and found.read:
        return
    if found.read and found.kind in KINDS:
        unit.others.append((found.namespace, _typed(found, report)))
    elif not found.read or found.kind == "PodTemplate":
        unit.unchecked.append(found.label)
    elif found.kind == "Node":
        unit.nodes.append(cluster.read_node(found, report))
    elif found.kind == "PodDisruptionBudget":
        budget = cluster.read_budget(found, report)
        if budget is not None:
            unit.budgets.append(budget)
    elif found.kind == "Service":
        # A scenario that has a use for one takes it from there.
        unit.services += services.read_services(found, report)
        unit.unchecked.append(found.label)
    elif found.kind == "Pod" and not _stands_alone(found):
        unit.unchecked.append(found.label)
    elif found.kind == "ReplicaSet" and owned_by_deployment(found):
        deployments = {
            (item.namespace, item.name) for item in unit.objects if item.kind == "Deployment"
        }
        owners = mappings_of(found.tree.at("metadata", "ownerReferences"))
        names = [as_text(owner.at("name")) for _, owner in owners]
        if not any((found.namespace, name) in deployments for name in names):
            unit.unchecked.append(found.label)
    else:
        workload = read_workload(found, report)
        if workload.replicas > MAX_REPLICAS:
            place = workload.fields["spec.replicas"]
            message = f"more replicas than the {MAX_REPLICAS:,} pods of the largest cluster"
            report.warning("P302", f"{workload.subject} has {message}", place, "is it a slip?")
            unit.unchecked.append(found.label)
            return
        unit.workloads.append(workload)
        suppressions = annotated(found, workload.subject, property_names, report)
        unit.suppressions[workload.subject] = suppressions


def _typed(found: Object, report: Report) -> object:
    """An object of a kind of `model.api.kinds`."""
    # Few have one, and the reader of fields costs milliseconds to import.
    from model.load.reader import Reader

    kind = KINDS[found.kind]
    spec = as_mapping(found.tree.at("spec")) or Tree(found.source)
    values = Reader({}, report).object(spec, kind.spec, "spec")
    return kind.make(found.namespace, found.name, values, found.source)


def _stands_alone(found: Object) -> bool:
    """Whether a pod has no controller, is still to be run, and is no node's own."""
    owners = mappings_of(found.tree.at("metadata", "ownerReferences"))
    controlled = any(as_bool(owner.at("controller")) for _, owner in owners)
    mirrors = found.value('metadata.annotations["kubernetes.io/config.mirror"]')
    ended = found.value("status.phase") in ("Succeeded", "Failed")
    return not (controlled or mirrors or ended)
