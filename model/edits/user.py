"""What the spec says that the user does, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model.edits.contract import Edit, Knob
from model.scenario import Scenario

_ROLLOUT = "spec.scenario.rollout"


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    change = scenario.change
    if change.kind == "taint":
        edit = Edit("drain the nodes instead of tainting them", _drained)
        yield Knob("spec.scenario.taint", "the taint", str(change.taint), (edit,))
    if change.kind != "rollout":
        return
    if not change.becomes_ready:
        edit = Edit("see to it that pods of the new image become ready", _ready)
        yield Knob(f"{_ROLLOUT}.becomesReady", "that new pods never become ready", "false", (edit,))
    if change.rollback:
        edit = Edit("do not take the rollout back while it is under way", _forward)
        yield Knob(f"{_ROLLOUT}.rollback", "the rollback", "true", (edit,), edit)


def _drained(scenario: Scenario) -> Scenario:
    change = replace(scenario.change, kind="drain", taint=None)
    return replace(scenario, change=change)


def _ready(scenario: Scenario) -> Scenario:
    return replace(scenario, change=replace(scenario.change, becomes_ready=True))


def _forward(scenario: Scenario) -> Scenario:
    return replace(scenario, change=replace(scenario.change, rollback=False))
