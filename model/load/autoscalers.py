"""HorizontalPodAutoscalers, where steps of a Check say what load they measure.

Source: k8s.io/api v0.36 `autoscaling/v2/types.go`; kubernetes v1.36.3
`pkg/apis/autoscaling/v2/defaults.go` (minReplicas is 1; what `behavior` does not say of policies,
GenerateHPAScaleUpRules and GenerateHPAScaleDownRules fill in),
`pkg/apis/autoscaling/validation/validation.go` (validateHorizontalPodAutoscalerSpec).

Omits: which metrics there are; `model.controllers.horizontalpodautoscaler` says what stands for
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model.api.horizontalpodautoscaler import (
    SCALE_DOWN,
    SCALE_UP,
    Behavior,
    Bounds,
    HorizontalPodAutoscaler,
    Policy,
    Rules,
    Tolerances,
)
from model.api.quantity import NANOS, parse
from model.api.workload import Workload
from model.load.diagnostics import Report
from model.load.objects import Object
from model.setting import bounds_of, mapping, mappings, scales

KIND = "HorizontalPodAutoscaler"


def autoscalers(
    workload: Workload, objects: Sequence[Object], report: Report
) -> list[HorizontalPodAutoscaler]:
    """Those of a workload; what is wrong with them goes to `report`."""
    found = (each for each in objects if each.kind == KIND and scales(each, workload))
    return [_autoscaler(each, report) for each in found]


def _autoscaler(found: Object, report: Report) -> HorizontalPodAutoscaler:
    bounds = bounds_of(found)
    if bounds is None:
        least, most = found.value("spec.minReplicas"), found.value("spec.maxReplicas")
        message = f"{found.label} scales from {1 if least is None else least} to {most} replicas"
        hint = "give spec.maxReplicas, and spec.minReplicas from 1 up to that"
        report.error("P203", message, found.source, hint)
        bounds = Bounds(1, 1)
    behavior = found.value("spec.behavior")
    if behavior is None:
        return HorizontalPodAutoscaler(found.label, bounds)
    up, down = (mapping(mapping(behavior).get(name)) for name in ("scaleUp", "scaleDown"))
    return HorizontalPodAutoscaler(
        found.label,
        bounds,
        Behavior(_rules(up, SCALE_UP), _rules(down, SCALE_DOWN)),
        Tolerances(_tolerance(down), _tolerance(up)),
    )


def _rules(given: dict[str, Any], default: Rules) -> Rules:
    policies = tuple(
        Policy(each["type"], each["value"], each.get("periodSeconds", 1))
        for each in mappings(given.get("policies"))
        if each.get("type") in ("Pods", "Percent") and type(each.get("value")) is int
    )
    select = given.get("selectPolicy")
    return Rules(
        policies or default.policies,
        select if select in ("Max", "Min", "Disabled") else default.select,
    )


def _tolerance(given: dict[str, Any]) -> float:
    written = given.get("tolerance")
    nanos = None if written is None else parse(str(written))
    return Tolerances().up if nanos is None else nanos / NANOS
