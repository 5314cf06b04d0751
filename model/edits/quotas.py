"""The ResourceQuotas that a workload's pods may use up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from model.edits.contract import Edit, Knob
from model.scenario import Scenario


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    for quota in scenario.quotas:
        label = f"ResourceQuota {quota.name}"
        path = f"spec.hard[{quota.resource}]"
        without = Edit(f"leave out {label}", partial(_without, name=quota.name))
        edits = []
        for most in range(quota.most + 1, quota.most + scenario.workload.replicas + 2):
            text = f"raise {path} of {label} to what {most} pods use"
            if quota.resource in ("pods", "count/pods"):
                text = f"set {path} of {label} to {most}"
            edits.append(Edit(text, partial(_raised, name=quota.name, most=most)))
        now = f"enough for {quota.most} pod{'' if quota.most == 1 else 's'}"
        if quota.unnamed:
            edits, now = [without], "no container may leave that out"
        yield Knob(f"ResourceQuota/{quota.name}.{path}", label, now, tuple(edits), without)


def _raised(scenario: Scenario, name: str, most: int) -> Scenario:
    quotas = (replace(q, most=most) if q.name == name else q for q in scenario.quotas)
    return replace(scenario, quotas=tuple(quotas))


def _without(scenario: Scenario, name: str) -> Scenario:
    return replace(scenario, quotas=tuple(q for q in scenario.quotas if q.name != name))
