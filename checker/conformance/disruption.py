"""Vectors of PodDisruptionBudgets: what they want, and which evictions they allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checker.conformance import world
from checker.conformance.contract import (
    Outcome,
    Unmodelled,
    Vector,
    compared,
    together,
    unsupported,
)
from model.controllers import disruption
from model.ir.expr import variable
from model.ir.interpret import evaluate

_SLOTS = 12
_DESIRED, _EVICTIONS = "desiredHealthy", "evictions"


def judge(vector: Vector) -> Mapping[str, Outcome]:
    given, real = vector.input, vector.output
    budget = world.budget_of(given.get("minAvailable"), given.get("maxUnavailable"))
    found = {}
    if given["pods"]:
        ours = disruption.healthy_needed(budget, given["replicas"])
        found[_DESIRED] = compared(real["status"]["desiredHealthy"], ours)
    else:
        found[_DESIRED] = unsupported("budgets before there is any pod")
    try:
        found[_EVICTIONS] = together(_evictions(vector))
    except Unmodelled as missing:
        found[_EVICTIONS] = unsupported(str(missing))
    return found


def _evictions(vector: Vector) -> Iterator[Outcome]:
    """What becomes of the eviction of a pod of each state."""
    given, pods = vector.input, vector.input["pods"]
    if max(len(pods), world.number(given["replicas"])) > _SLOTS:
        raise Unmodelled("more pods than there is room for")
    if "Failed" in pods:
        raise Unmodelled("failed pods")
    if not given["replicas"] and pods:
        raise Unmodelled("pods of a workload without replicas")
    ready_only = given.get("unhealthyPodEvictionPolicy") == "AlwaysAllow"
    limits = given.get("minAvailable"), given.get("maxUnavailable"), ready_only
    budgets = 1 + bool(given.get("secondBudget"))
    found = world.rolling(given["replicas"], slots=_SLOTS, budget=limits, budgets=budgets)
    cluster = found.cluster
    empty = [0] * (cluster.Pod.size - len(pods))
    state = found.state(
        {
            cluster.phase: [world.phase(word) for word in pods] + empty,
            cluster.node: [0 for _ in pods] + [-1 for _ in empty],
            cluster.owner: [0 for _ in pods] + empty,
        }
    )
    p = variable("pod", cluster.Pod)
    allowed = disruption.allowed(cluster, p)
    for word, answer in vector.output["evictionOfAPod"].items():
        if word == "Terminating":
            continue  # it is on its way: the model does not evict it again
        ours = evaluate(found.system, allowed, state, {"pod": pods.index(word)})
        yield compared({word: answer == "deleted"}, {word: bool(ours)})
