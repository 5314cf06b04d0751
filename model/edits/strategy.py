"""How a Deployment replaces its pods: maxUnavailable, maxSurge, the strategy's type.

Source: kubernetes v1.36.3 `pkg/apis/apps/validation/validation.go`
(ValidateRollingUpdateDeployment: both may not be 0; ValidateDeploymentStrategy: Recreate excludes
rollingUpdate).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from model.api.intstr import IntOrPercent
from model.apiserver.history import reaches_back
from model.configurations import STANDS_FOR, closed, narrowed
from model.edits.contract import Edit, Knob, Shift, nearest
from model.scenario import Range, Scenario

_ROLLING = "spec.strategy.rollingUpdate"


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    workload = scenario.workload
    if workload.kind != "Deployment" or not scenario.change.rolls:
        return
    if workload.strategy == "RollingUpdate":
        surge, unavailable = workload.rounded
        yield Knob(
            f"{_ROLLING}.maxUnavailable",
            "maxUnavailable",
            _now(workload.max_unavailable, workload.replicas, unavailable, "down"),
            tuple(_counts(scenario, "maxUnavailable", unavailable, surge)),
        )
        yield Knob(
            f"{_ROLLING}.maxSurge",
            "maxSurge",
            _now(workload.max_surge, workload.replicas, surge, "up"),
            tuple(_counts(scenario, "maxSurge", surge, unavailable)),
        )
        edit = Edit("set spec.strategy.type to Recreate, without rollingUpdate", _recreate)
        yield Knob("spec.strategy.type", "the strategy", "RollingUpdate", (edit,))
    else:
        edit = Edit("set spec.strategy.type to RollingUpdate", _rolling)
        yield Knob("spec.strategy.type", "the strategy", "Recreate", (edit,))
    if reaches_back(scenario):
        more = Edit("leave out spec.revisionHistoryLimit: 10 are kept", _kept)
        now = str(workload.history_limit)
        yield Knob("spec.revisionHistoryLimit", "revisionHistoryLimit", now, (more,), more)
    if workload.min_ready_seconds:
        wait = Edit("leave out spec.minReadySeconds", _at_once)
        now = str(workload.min_ready_seconds)
        yield Knob("spec.minReadySeconds", "minReadySeconds", now, (wait,), wait)


def _kept(scenario: Scenario) -> Scenario:
    return replace(scenario, workload=replace(scenario.workload, history_limit=10))


def _now(given: IntOrPercent, replicas: int, rounded: int, direction: str) -> str:
    if given.percent:
        return f"{given}, which of {replicas} rounds {direction} to {rounded}"
    return str(given) if given.value == rounded else f"{given}, which comes to {rounded}"


def _counts(scenario: Scenario, name: str, now: int, other: int) -> Iterator[Edit]:
    """Other values of one limit, beside the other one as it is; none where they depend on what the
    scenario leaves open."""
    if scenario.open.keys() & set(STANDS_FOR):
        return
    replicas = scenario.workload.replicas
    for number in nearest(now, 0, replicas):
        if not number and not other:
            continue
        text = f"set {_ROLLING}.{name} to {number}"
        shift: Shift = 1 if number > now else -1
        wider = None
        if now < number < replicas:
            values = tuple(range(number, replicas + 1))
            change = partial(_opened, name=name, values=values)
            wider = Edit(f"{text} or more (up to {replicas})", change, shift)
        yield Edit(text, partial(closed, choice={name: number}), shift, wider)


def _opened(scenario: Scenario, name: str, values: tuple[int, ...]) -> Scenario:
    return narrowed(scenario, {**scenario.open, name: Range(values)})


def _recreate(scenario: Scenario) -> Scenario:
    return replace(scenario, workload=replace(scenario.workload, strategy="Recreate"))


def _rolling(scenario: Scenario) -> Scenario:
    return replace(scenario, workload=replace(scenario.workload, strategy="RollingUpdate"))


def _at_once(scenario: Scenario) -> Scenario:
    return replace(scenario, workload=replace(scenario.workload, min_ready_seconds=0))
