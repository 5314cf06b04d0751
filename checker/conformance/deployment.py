"""Vectors of Deployments: how limits are rounded, and the requests of one sync."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checker.conformance import world
from checker.conformance.contract import Outcome, Vector, compared, together
from model.controllers import rollout, scaling
from model.controllers.deployment_view import limits


def judge(vector: Vector) -> Mapping[str, Outcome]:
    found = {"maxSurge and maxUnavailable": together(_rounding(vector))}
    if vector.family != "arithmetic":
        found["Deployment sync"] = _sync(vector)
    elif vector.output.get("newRSNewReplicas") is not None:
        found["size of the new ReplicaSet"] = _new(vector)
    return found


def _limits(given: Any) -> tuple[int | str, int | str]:
    return given.get("maxSurge", "25%"), given.get("maxUnavailable", "25%")


def _rounding(vector: Vector) -> list[Outcome]:
    """As the user is told, and as the controller computes with."""
    given, real = vector.input, vector.output
    surge, unavailable = _limits(given)
    recreate = given["strategy"] == "Recreate"
    workload = world.workload(given["replicas"], surge, unavailable, given["strategy"])
    theirs = (real["maxSurge"], real["maxUnavailable"])
    amounts = world.amount(surge), world.amount(unavailable)
    ours = _numbers(*scaling.limits(given["replicas"], *amounts, recreate))
    parts = [compared(theirs, workload.rounded), compared(theirs, ours)]
    if not recreate:
        scenario = replace(world.rolling(1).cluster.scenario, workload=workload)
        parts.append(compared(theirs, limits(scenario)))
        resolved = (real["resolveFencepostsSurge"], real["resolveFencepostsUnavailable"])
        fences = _numbers(*scaling.fenceposts(given["replicas"], *amounts))
        parts.append(compared(resolved, fences))
    return parts


def _sync(vector: Vector) -> Outcome:
    names, sets, of = _reading(vector.input)
    wanted = [(each["replicaSet"], each["replicas"]) for each in vector.output["requests"]]
    before = [scaling.number(each.seen.replicas) for each in sets]
    sent = [
        (names[each.position], each.replicas)
        for each in scaling.requests(scaling.sync(of, sets), sets)
        # The real one renews annotations too, which the answers leave out.
        if each.creates or each.replicas != before[each.position]
    ]
    return compared(wanted, sent)


def _new(vector: Vector) -> Outcome:
    """A sync scales one that is too large down before it asks how much one may grow."""
    _, sets, of = _reading(vector.input)
    size = next(
        scaling.number(each.seen.replicas) for each in sets if scaling.number(each.seen.new)
    )
    real = vector.output["newRSNewReplicas"]
    decided = rollout.rolling(of.desired, of.surge, of.unavailable, [each.seen for each in sets])
    expected = real if size <= vector.input["replicas"] else vector.input["replicas"]
    return compared(expected, scaling.number(decided.wanted))


def _reading(given: Any) -> tuple[list[str], list[scaling.Marked], scaling.Deployment]:
    """The names of the ReplicaSets, and what the sync reads."""
    found = given["replicaSets"] or []
    sets = [
        scaling.marked(
            rollout.seen(each["new"], True, each["replicas"], each["availableReplicas"]),
            *(int(each[key]) if key in each else None for key in _ANNOTATIONS),
        )
        for each in found
    ]
    names = [each["name"] for each in found]
    if not any(each["new"] for each in found):
        sets.append(scaling.marked(rollout.seen(True, False, 0, 0)))
        names.append("web-new")
    recreate = given["strategy"] == "Recreate"
    amounts = [world.amount(each) for each in _limits(given)]
    left = any(each["statusReplicas"] for each in found if not each["new"])
    return (
        names,
        sets,
        scaling.Deployment(
            given["replicas"],
            *scaling.limits(given["replicas"], amounts[0], amounts[1], recreate),
            paused=given.get("paused", False),
            recreate=recreate,
            populated=left or bool(given.get("oldPods")),
        ),
    )


_ANNOTATIONS = ("desiredAnnotation", "maxAnnotation")


def _numbers(surge: Any, unavailable: Any) -> tuple[int, int]:
    return scaling.number(surge), scaling.number(unavailable)
