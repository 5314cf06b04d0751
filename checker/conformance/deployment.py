"""Vectors of Deployments: how limits are rounded, and the requests of one sync."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checker.conformance import world
from checker.conformance.contract import Outcome, Unmodelled, Vector, compared, unsupported
from checker.conformance.world import World
from model.controllers import deployment
from model.ir.system import State

#: ReplicaSet and the replicas that it is given, in the order of the requests.
Requests = tuple[tuple[str, int], ...]

_RUNNING = world.phase("NotReady")


def judge(vector: Vector) -> Mapping[str, Outcome]:
    found = {"maxSurge and maxUnavailable": _rounding(vector)}
    if vector.family != "arithmetic":
        try:
            found["Deployment sync"] = _sync(vector)
        except Unmodelled as missing:
            found["Deployment sync"] = unsupported(str(missing))
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
    sets = given["replicaSets"] or []
    if vector.family == "scale" or given.get("paused"):
        raise Unmodelled("scaling and pausing")
    if sum(not each["new"] for each in sets) != 1:
        raise Unmodelled("not exactly one old ReplicaSet")
    counts = [each["replicas"] for each in sets]
    desired = given["replicas"]
    if max(counts) > desired or sum(counts) > desired + real["maxSurge"]:
        raise Unmodelled("more replicas than a Deployment of constant size ever has")
    surge, unavailable = _limits(given)
    sync = _Sync(world.rolling(desired, surge, unavailable, given["strategy"]), given)
    wanted: Requests = tuple(
        ("new" if each["replicaSet"] == "web-new" else "old", each["replicas"])
        for each in real["requests"]
        if each["verb"] != "delete"
    )
    return compared([wanted], sorted(sync.possible(wanted)))


class _Sync:
    def __init__(self, found: World, given: Any) -> None:
        self.world = found
        cluster = found.cluster
        old = next(each for each in given["replicaSets"] if not each["new"])
        new = next((each for each in given["replicaSets"] if each["new"]), None)
        pods, slots = given.get("oldPods", 0), cluster.Pod.size
        if pods > slots:
            raise Unmodelled("more pods than a Deployment of constant size ever has")
        assert cluster.change is not None
        self.start = found.state(
            {
                cluster.exists: (1, new is not None),
                cluster.replicas: (old["replicas"], new["replicas"] if new else 0),
                cluster.status_available: (
                    old["availableReplicas"],
                    new["availableReplicas"] if new else 0,
                ),
                cluster.change: (1,),
                cluster.phase: [_RUNNING] * pods + [0] * (slots - pods),
                cluster.node: [0] * pods + [-1] * (slots - pods),
                cluster.owner: [0] * slots,
            }
        )

    def possible(self, wanted: Requests) -> set[Requests]:
        """The requests that the controller may send one after the other, as many as `wanted`
        has, or one where that has none."""
        found: set[Requests] = set()
        todo: list[tuple[State, Requests]] = [(self.start, ())]
        for state, sent in todo:
            if len(sent) == max(1, len(wanted)):
                found.add(sent)
                continue
            after = list(self.world.steps(deployment.NAME, state))
            if not after:
                found.add(sent)
            for step, then in after:
                (r,) = step.arguments
                cell = self.world.system.cell(self.world.cluster.replicas, (r,))
                todo.append((then, (*sent, (("old", "new")[r], then[cell]))))
        return found
