"""How a Deployment replaces its pods: maxUnavailable, maxSurge, the strategy's type.

Source: kubernetes v1.36.2 `pkg/apis/apps/validation/validation.go`
(ValidateRollingUpdateDeployment: both may not be 0; ValidateDeploymentStrategy: Recreate excludes
rollingUpdate).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from model.edits.contract import Edit, Knob, nearest
from model.scenario import IntOrPercent, Scenario

_ROLLING = "spec.strategy.rollingUpdate"


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    workload = scenario.workload
    if workload.kind != "Deployment" or scenario.change.kind != "rollout":
        return
    if workload.strategy == "RollingUpdate":
        surge, unavailable = workload.rounded
        yield Knob(
            f"{_ROLLING}.maxUnavailable",
            "maxUnavailable",
            _now(workload.max_unavailable, workload.replicas, unavailable, "down"),
            tuple(
                Edit(f"set {_ROLLING}.maxUnavailable to {n}", partial(_unavailable, number=n))
                for n in nearest(unavailable, 0, workload.replicas)
                if n or surge
            ),
            promises=("rollout-keeps-available",),
        )
        yield Knob(
            f"{_ROLLING}.maxSurge",
            "maxSurge",
            _now(workload.max_surge, workload.replicas, surge, "up"),
            tuple(
                Edit(f"set {_ROLLING}.maxSurge to {n}", partial(_surge, number=n))
                for n in nearest(surge, 0, workload.replicas)
                if n or unavailable
            ),
            promises=("surge-bounded",),
        )
        edit = Edit("set spec.strategy.type to Recreate, without rollingUpdate", _recreate)
        yield Knob("spec.strategy.type", "the strategy", "RollingUpdate", (edit,))
    else:
        edit = Edit("set spec.strategy.type to RollingUpdate", _rolling)
        yield Knob("spec.strategy.type", "the strategy", "Recreate", (edit,))
    if workload.min_ready_seconds:
        wait = Edit("leave out spec.minReadySeconds", _at_once)
        now = str(workload.min_ready_seconds)
        yield Knob("spec.minReadySeconds", "minReadySeconds", now, (wait,), wait)


def _now(given: IntOrPercent, replicas: int, rounded: int, direction: str) -> str:
    if given.percent:
        return f"{given}, which of {replicas} rounds {direction} to {rounded}"
    return str(given) if given.value == rounded else f"{given}, which comes to {rounded}"


def _unavailable(scenario: Scenario, number: int) -> Scenario:
    workload = replace(scenario.workload, max_unavailable=IntOrPercent(number))
    return replace(scenario, workload=workload)


def _surge(scenario: Scenario, number: int) -> Scenario:
    return replace(scenario, workload=replace(scenario.workload, max_surge=IntOrPercent(number)))


def _recreate(scenario: Scenario) -> Scenario:
    return replace(scenario, workload=replace(scenario.workload, strategy="Recreate"))


def _rolling(scenario: Scenario) -> Scenario:
    return replace(scenario, workload=replace(scenario.workload, strategy="RollingUpdate"))


def _at_once(scenario: Scenario) -> Scenario:
    return replace(scenario, workload=replace(scenario.workload, min_ready_seconds=0))
