"""Single fields of a scenario with other values: what a counterexample may be to blame on.

The edits are tried one at a time by whoever explains a violation (`counterexamples.diagnosis`),
so nothing here knows whether an edit helps. A new field is a function in one of these files, or a
file with a row in a table; rows that come first are suggested first.

Omits: edits of two fields at once; fields that a scenario does not have (what the loader leaves
out with an assumption), and values that are not next to those given (see each file).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model.edits import (
    budgets,
    cluster,
    control_plane,
    hooks,
    job,
    placement,
    quotas,
    seeded,
    sizes,
    statefulset,
    strategy,
    user,
)
from model.edits.contract import Edit, Knob, Knobs
from model.faults import FAULTS
from model.faults.contract import Fault
from model.scenario import Scenario

__all__ = ["CONTROL_PLANE", "FAULTS", "WORKLOAD", "Edit", "Fault", "Knob", "knobs"]

#: What properties of the workload may depend on.
WORKLOAD: tuple[Knobs, ...] = (
    seeded.knobs,
    strategy.knobs,
    statefulset.knobs,
    job.knobs,
    hooks.knobs,
    placement.knobs,
    budgets.knobs,
    quotas.knobs,
    cluster.knobs,
    sizes.knobs,
    user.knobs,
)

#: What properties of the control plane may depend on.
CONTROL_PLANE: tuple[Knobs, ...] = (seeded.knobs, control_plane.knobs)


def knobs(scenario: Scenario, subject: str) -> Iterator[Knob]:
    """Every field to try for a property of a subject, those first that a user would rather
    change."""
    for row in WORKLOAD if subject == scenario.workload.subject else CONTROL_PLANE:
        for knob in row(scenario):
            if knob.edits or knob.without:
                yield replace(knob, field=scenario.workload.path(knob.field))
