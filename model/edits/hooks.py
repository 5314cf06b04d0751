"""How long pods that are deleted take requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from model.apiserver.routing import routed
from model.edits.contract import Edit, Knob
from model.scenario import Scenario

_HOOK = "spec.template.spec.containers[*].lifecycle"
#: Seconds of a hook where nobody says how long rules take.
_SOME = 5
#: Seconds that the grace period is to leave after the hook.
_SPARE = 30


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    template, lag = scenario.workload.template, scenario.proxy_lag
    if not routed(scenario):
        return
    without = Edit("leave out the preStop hooks", partial(_hook, seconds=0, grace=30))
    slept = template.pre_stop_seconds
    now = "absent" if slept == 0 else "of unknown length" if slept is None else f"{slept} s"
    if template.outlasts(lag):
        yield Knob(_HOOK, "the preStop hook", now, without=without)
        return
    seconds = lag or _SOME
    text = f"give the containers a preStop hook that sleeps for {seconds} s"
    grace = template.termination_grace_seconds
    if grace < seconds:
        grace = seconds + _SPARE
        text += f", and the pod a terminationGracePeriodSeconds of {grace}"
    edit = Edit(text, partial(_hook, seconds=seconds, grace=grace))
    yield Knob(_HOOK, "the preStop hook", now, (edit,), without if slept else None)


def _hook(scenario: Scenario, seconds: int, grace: int) -> Scenario:
    workload = scenario.workload
    template = replace(workload.template, pre_stop_seconds=seconds, termination_grace_seconds=grace)
    return replace(scenario, workload=replace(workload, template=template))
