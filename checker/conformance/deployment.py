"""Vectors of Deployments: how limits are rounded, and the requests of one sync."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checker.conformance import world
from checker.conformance.contract import Outcome, Vector, compared, unsupported
from model.controllers import deployment, rollout


def judge(vector: Vector) -> Mapping[str, Outcome]:
    found = {"maxSurge and maxUnavailable": _rounding(vector)}
    if vector.family != "arithmetic":
        found["Deployment sync"] = _sync(vector)
    return found


def _limits(given: Any) -> tuple[int | str, int | str]:
    return given.get("maxSurge", "25%"), given.get("maxUnavailable", "25%")


def _rounding(vector: Vector) -> Outcome:
    """As the user is told, and as the controller computes with."""
    given, real = vector.input, vector.output
    if given["strategy"] != "RollingUpdate":
        return unsupported("strategies without these limits")
    surge, unavailable = _limits(given)
    scenario = world.rolling(1).cluster.scenario
    workload = world.workload(given["replicas"], surge, unavailable)
    theirs = (real["maxSurge"], real["maxUnavailable"])
    told = compared(theirs, workload.rounded)
    if told.verdict != "agree":
        return told
    return compared(theirs, deployment.limits(replace(scenario, workload=workload)))


def _sync(vector: Vector) -> Outcome:
    given, real = vector.input, vector.output
    if vector.family == "scale" or given.get("paused"):
        return unsupported("scaling and pausing")
    found = given["replicaSets"] or []
    sets = [
        rollout.seen(each["new"], True, each["replicas"], each["availableReplicas"])
        for each in found
    ]
    names = [each["name"] for each in found]
    if not any(each["new"] for each in found):
        sets.append(rollout.seen(True, False, 0, 0))
        names.append("web-new")
    desired = given["replicas"]
    if given["strategy"] == "Recreate":
        left = any(each["statusReplicas"] for each in found if not each["new"])
        decision = rollout.recreate(desired, sets, left or bool(given.get("oldPods")))
    else:
        of = world.workload(desired, *_limits(given))
        surge, unavailable = of.rounded
        decision = rollout.rolling(desired, surge, unavailable, sets)
    wanted = [
        (each["replicaSet"], each["replicas"])
        for each in real["requests"]
        if each["verb"] != "delete"
    ]
    sent = [(names[each.position], each.replicas) for each in rollout.requests(decision, sets)]
    return compared(wanted, sent)
