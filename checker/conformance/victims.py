"""Vectors of which pods a ReplicaSet deletes first.

Where upstream decides by ages, restarts or readiness times the model leaves the order open: the
real order must then be one of the model's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from checker.conformance import world
from checker.conformance.contract import Outcome, Unmodelled, Vector, compared, unsupported
from model.ir.interpret import memoised

NAME = "first victim of a ReplicaSet"
_SLOTS = 12
_NODES = {"": -1, "n1": 0, "n2": 1, "n3": 2}


def judge(vector: Vector) -> Mapping[str, Outcome]:
    try:
        groups = _ranked(vector.input["pods"] or [])
    except Unmodelled as missing:
        return {NAME: unsupported(str(missing))}
    order, first = vector.output["order"], groups[0] if groups else []
    return {NAME: compared(order[:1], order[:1] if set(order[:1]) <= set(first) else first)}


def _ranked(pods: list[Any]) -> list[list[str]]:
    """The names of the ReplicaSet's own pods in the order in which the model deletes them; those
    that it deletes in any order are together."""
    if len(pods) > _SLOTS:
        raise Unmodelled("more pods than there is room for")
    if any(pod["phase"] == "Unknown" for pod in pods):
        raise Unmodelled("pods of phase Unknown")
    if any(pod.get("deletionCost") for pod in pods):
        raise Unmodelled("pod-deletion-cost")
    found = world.rolling(3, 1, 0, slots=_SLOTS)
    cluster = found.cluster
    empty = [0] * (cluster.Pod.size - len(pods))
    words = ["Ready" if pod["ready"] else _WORDS[pod["phase"]] for pod in pods]
    state = found.state(
        {
            cluster.phase: [world.phase(word) for word in words] + empty,
            cluster.node: [_NODES[pod["nodeName"]] for pod in pods] + [-1 for _ in empty],
            cluster.owner: [not pod.get("ofAnotherReplicaSet") for pod in pods] + empty,
        }
    )
    rank = next(d for d in found.system.definitions if d.name == "deletionRank")
    (parameter,) = rank.parameters
    value = memoised(found.system, state)
    groups: dict[int, list[str]] = defaultdict(list)
    for index, pod in enumerate(pods):
        if not pod.get("ofAnotherReplicaSet"):
            groups[value(rank.body, {str(parameter.payload): index})].append(pod["name"])
    return [sorted(groups[each]) for each in sorted(groups)]


_WORDS = {"Pending": "Pending", "Running": "NotReady"}
