"""What the spec says that the user does, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from model.api.change import Change, stepwise
from model.api.steps import Apply, SetImage, Step
from model.edits.contract import Edit, Knob
from model.scenario import Scenario
from model.stages import stages_for

_ROLLOUT = "spec.scenario.rollout"


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    change = scenario.change
    if change.kind == "steps":
        yield from _steps(scenario)
        return
    if change.kind == "taint":
        edit = Edit("drain the nodes instead of tainting them", _drained)
        yield Knob("spec.scenario.taint", "the taint", str(change.taint), (edit,))
    if not change.rolls:
        return
    if not change.becomes_ready:
        edit = Edit("see to it that pods of the new image become ready", _ready)
        yield Knob(f"{_ROLLOUT}.becomesReady", "that new pods never become ready", "false", (edit,))
    if change.rollback:
        edit = Edit("do not take the rollout back while it is under way", _forward)
        yield Knob(f"{_ROLLOUT}.rollback", "the rollback", "true", (edit,), edit)


def _steps(scenario: Scenario) -> Iterator[Knob]:
    """The scenario without each of its steps, if the others are steps without it."""
    change = scenario.change
    for number, step in enumerate(change.given):
        left = (*change.given[:number], *change.given[number + 1 :])
        without = _with(change, left)
        if not left or stages_for(without, scenario.versions[0]).refused:
            continue
        said = str(step)
        edit = Edit(f"leave out the step `{said}`", partial(_replaced, change=without))
        edits = tuple(_unpinned(change, number))
        yield Knob(f"spec.scenario.steps[{number}]", f"the step `{said}`", said, edits, edit)


def _unpinned(change: Change, number: int) -> Iterator[Edit]:
    """An apply of a manifest that leaves the replicas to the autoscaler."""
    step = change.given[number]
    if isinstance(step, Apply) and change.autoscalers and not step.whole:
        others = list(change.given)
        others[number] = SetImage(step.image, step.becomes_ready)
        text = "leave spec.replicas out of the manifest that is applied"
        yield Edit(text, partial(_replaced, change=_with(change, others)))


def _with(change: Change, given: Sequence[Step]) -> Change:
    """The change with other steps."""
    made = stepwise(tuple(given), any_order=change.any_order)
    return replace(made, autoscalers=change.autoscalers, rescales=change.rescales)


def _replaced(scenario: Scenario, change: Change) -> Scenario:
    """Nodes that would join stay away then."""
    absent = set(scenario.change.added) - set(change.added)
    nodes = tuple(node for node in scenario.nodes if node.name not in absent)
    return replace(scenario, change=change, nodes=nodes)


def _drained(scenario: Scenario) -> Scenario:
    change = replace(scenario.change, kind="drain", taint=None)
    return replace(scenario, change=change)


def _ready(scenario: Scenario) -> Scenario:
    return replace(scenario, change=replace(scenario.change, becomes_ready=True))


def _forward(scenario: Scenario) -> Scenario:
    return replace(scenario, change=replace(scenario.change, rollback=False))
