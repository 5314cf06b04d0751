"""PodDisruptionBudgets by their status, as the scheduler reads them.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go`
(filterPodsWithPDBViolation).
"""

from __future__ import annotations

from model.api.poddisruptionbudget import Disruptable
from model.load import labels
from model.load.diagnostics import Report
from model.load.objects import Object
from model.load.tree import Mapping, as_int, as_mapping


def read_disruptable(found: Object, report: Report) -> Disruptable:
    """A budget; one without a status lets nothing be disrupted."""
    selector = as_mapping(found.tree.at("spec", "selector"))
    disrupted = as_mapping(found.tree.at("status", "disruptedPods")) or Mapping(found.source)
    return Disruptable(
        found.namespace,
        None if selector is None else labels.read_selector(selector, "spec.selector", report),
        as_int(found.tree.at("status", "disruptionsAllowed")) or 0,
        frozenset(disrupted.entries),
    )
