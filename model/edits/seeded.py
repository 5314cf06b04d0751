"""Seeded faults of the model: without them it does what upstream does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from model.edits.contract import Edit, Knob
from model.scenario import Scenario


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    for name in sorted(scenario.mutations):
        edit = Edit(f"leave out the seeded fault {name}", partial(_without, name=name))
        what = f"the seeded fault {name}"
        yield Knob("spec.model.mutations", what, name, (edit,), edit, decisive=True)


def _without(scenario: Scenario, name: str) -> Scenario:
    return replace(scenario, mutations=scenario.mutations - {name})
