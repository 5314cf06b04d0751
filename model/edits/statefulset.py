"""The policy of a StatefulSet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model.edits.contract import Edit, Knob
from model.scenario import Scenario

_GRACE = "spec.template.spec.terminationGracePeriodSeconds"


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    stateful = scenario.workload.stateful
    if stateful is None:
        return
    if scenario.workload.template.termination_grace_seconds == 0:
        edit = Edit(f"set {_GRACE} to 30", _graceful)
        yield Knob(_GRACE, "the grace period", "0", (edit,))
    if stateful.on_delete and scenario.change.rolls:
        rolling = Edit("set spec.updateStrategy.type to RollingUpdate", _rolling)
        yield Knob("spec.updateStrategy.type", "the update strategy", "OnDelete", (rolling,))
    if stateful.parallel:
        return
    edit = Edit("set spec.podManagementPolicy to Parallel", _parallel)
    what = "the order in which pods are made"
    yield Knob("spec.podManagementPolicy", what, "OrderedReady", (edit,))


def _graceful(scenario: Scenario) -> Scenario:
    workload = scenario.workload
    template = replace(workload.template, termination_grace_seconds=30)
    before = scenario.before
    if before is not None:
        before = replace(before, template=replace(before.template, termination_grace_seconds=30))
    return replace(scenario, workload=replace(workload, template=template), before=before)


def _rolling(scenario: Scenario) -> Scenario:
    workload = scenario.workload
    assert workload.stateful is not None
    stateful = replace(workload.stateful, on_delete=False, partition=0)
    return replace(scenario, workload=replace(workload, stateful=stateful))


def _parallel(scenario: Scenario) -> Scenario:
    workload = scenario.workload
    assert workload.stateful is not None
    stateful = replace(workload.stateful, parallel=True)
    return replace(scenario, workload=replace(workload, stateful=stateful))
