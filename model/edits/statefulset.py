"""The policy of a StatefulSet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model.edits.contract import Edit, Knob
from model.scenario import Scenario


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    stateful = scenario.workload.stateful
    if stateful is None or stateful.parallel:
        return
    edit = Edit("set spec.podManagementPolicy to Parallel", _parallel)
    what = "the order in which pods are made"
    yield Knob("spec.podManagementPolicy", what, "OrderedReady", (edit,))


def _parallel(scenario: Scenario) -> Scenario:
    workload = scenario.workload
    assert workload.stateful is not None
    stateful = replace(workload.stateful, parallel=True)
    return replace(scenario, workload=replace(workload, stateful=stateful))
