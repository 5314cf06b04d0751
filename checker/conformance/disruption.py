"""Vectors of PodDisruptionBudgets: what they want, and which evictions they allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checker.conformance import world
from checker.conformance.contract import (
    Outcome,
    Unmodelled,
    Vector,
    compared,
    together,
    unsupported,
)
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.apiserver import eviction
from model.controllers import budgetstatus, disruption
from model.ir.expr import variable
from model.ir.interpret import evaluate

_SLOTS = 12
_DESIRED, _STATUS = "desiredHealthy", "PodDisruptionBudget status"
_ANSWERS, _MODEL = "evictions", "evictions in a cluster"
#: What vectors write for each answer.
_CODES = {"Deleted": "deleted", "TooManyRequests": "429", "SeveralBudgets": "500"}


def judge(vector: Vector) -> Mapping[str, Outcome]:
    given, real = vector.input, vector.output
    budget = _budget(given)
    pods = [
        budgetstatus.Pod(word in ("Ready", "Terminating"), word == "Terminating")
        for word in given["pods"]
    ]
    status = budgetstatus.status(budget, pods, world.number(given["replicas"]))
    found = {
        _DESIRED: compared(real["status"]["desiredHealthy"], status.desired.payload),
        _STATUS: _status(real["status"], status),
        _ANSWERS: together(_answers(vector, status)),
    }
    try:
        found[_MODEL] = together(_evictions(vector))
    except Unmodelled as missing:
        found[_MODEL] = unsupported(str(missing))
    return found


def _budget(given: Any) -> PodDisruptionBudget:
    ready_only = given.get("unhealthyPodEvictionPolicy") == "AlwaysAllow"
    return world.budget_of(given.get("minAvailable"), given.get("maxUnavailable"), ready_only)


def _status(real: Any, status: budgetstatus.Status) -> Outcome:
    names = ("expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed")
    numbers = (status.expected, status.desired, status.healthy, status.allowed)
    ours = {name: each.payload for name, each in zip(names, numbers, strict=True)}
    (condition,) = real["conditions"]
    told = {name: real[name] for name in names} | {"condition": condition["status"]}
    return compared(told, ours | {"condition": str(ours["disruptionsAllowed"] > 0)})


def _answers(vector: Vector, status: budgetstatus.Status) -> Iterator[Outcome]:
    """What the API server says to the eviction of a pod of each state, by the status alone."""
    given = vector.input
    budget = eviction.Budget(
        status.allowed > 0,
        status.healthy,
        status.desired,
        guards_ready_only=_budget(given).guards_ready_only,
    )
    budgets = [budget] * (1 + bool(given.get("secondBudget")))
    for word, answer in vector.output["evictionOfAPod"].items():
        pod = eviction.Pod(
            word in ("Ready", "Terminating"),
            word == "Pending",
            word == "Failed",
            word == "Terminating",
        )
        ours = _CODES[eviction.ANSWER.values[eviction.answer(pod, budgets).payload]]
        yield compared({word: answer}, {word: ours})


def _evictions(vector: Vector) -> Iterator[Outcome]:
    """What becomes of the eviction of a pod of each state in the model of a whole cluster."""
    given, pods = vector.input, vector.input["pods"]
    if max(len(pods), world.number(given["replicas"])) > _SLOTS:
        raise Unmodelled("more pods than there is room for")
    if "Failed" in pods:
        raise Unmodelled("failed pods")
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
