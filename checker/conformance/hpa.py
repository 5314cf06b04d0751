"""Vectors of HorizontalPodAutoscalers: what is proposed by metrics, and what becomes of a
proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checker.conformance.contract import Outcome, Vector, compared
from model.api.horizontalpodautoscaler import (
    SCALE_DOWN,
    SCALE_UP,
    Behavior,
    Bounds,
    Policy,
    Rules,
)
from model.controllers import autoscaling, scalinglimits
from model.controllers.autoscaling import NO_METRICS, NONE_OF_PODS, Pod, Unmeasured
from model.controllers.scalinglimits import Memory, Past

#: What upstream says where there is no proposal.
_TOLD = {
    "no metrics returned from": NO_METRICS,
    "did not receive metrics for targeted pods": NONE_OF_PODS,
}


def judge(vector: Vector) -> Mapping[str, Outcome]:
    if vector.family in ("cpu", "pods-metric"):
        return {f"replicas by {vector.family}": _proposed(vector)}
    if vector.family in ("behavior", "plain"):
        return {f"limits of scaling, {vector.family}": _limited(vector)}
    raise ValueError(f"no family {vector.family}")


def _proposed(vector: Vector) -> Outcome:
    given, real = vector.input, vector.output
    pods = [_pod(each) for each in given["pods"]]
    current, target = given["currentReplicas"], given["target"]
    cpu = vector.family == "cpu"
    told = next((why for text, why in _TOLD.items() if text in real.get("error", "")), None)
    expected = {"replicas": real["replicas"], "error": told or real.get("error")}
    if cpu:
        expected["utilization"] = real.get("utilization", 0)
    try:
        found = (autoscaling.utilization if cpu else autoscaling.average)(current, target, pods)
        ours: dict[str, object] = {"replicas": found.replicas, "error": None}
        shown = found.usage
    except Unmeasured as problem:
        ours, shown = {"replicas": 0, "error": problem.reason}, 0
    return compared(expected, ours | ({"utilization": shown} if cpu else {}))


def _pod(given: Any) -> Pod:
    return Pod(
        given["phase"],
        given.get("terminating", False),
        "True" if given["ready"] else "False",
        given["readinessChangedSecondsAgo"],
        given["startedSecondsAgo"],
        given.get("usageMilli"),
        request=given["requestMilli"],
    )


def _limited(vector: Vector) -> Outcome:
    given, real = vector.input, vector.output
    behavior = None
    if vector.family == "behavior":
        said = given["behavior"]
        behavior = Behavior(
            _rules(said.get("scaleUp"), SCALE_UP),
            _rules(said.get("scaleDown"), SCALE_DOWN),
        )
    memory = Memory(
        *(
            _past(given.get(name))
            for name in ("recommendations", "scaleUpEvents", "scaleDownEvents")
        )
    )
    bounds = Bounds(given.get("minReplicas", 1), given["maxReplicas"])
    ours = scalinglimits.limited(
        given["currentReplicas"], given.get("proposal", 0), bounds, memory, behavior
    )
    return compared(real["replicas"], ours)


def _past(given: Any) -> tuple[Past, ...]:
    return tuple(Past(each["change"], each["secondsAgo"]) for each in given or ())


def _rules(given: Any, default: Rules) -> Rules:
    said = given or {}
    found = replace(
        default,
        select=said.get("selectPolicy", default.select),
        window=said.get("stabilizationWindowSeconds", default.window),
    )
    if "policies" not in said:
        return found
    policies = (
        Policy(each["type"], each["value"], each["periodSeconds"]) for each in said["policies"]
    )
    return replace(found, policies=tuple(policies))
