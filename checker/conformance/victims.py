"""Vectors of which pods a ReplicaSet deletes, for every number of them.

Where upstream decides by ages, restarts or readiness times the model leaves the choice open: the
real one must then be one of the model's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.conformance.contract import Outcome, Vector, compared, unsupported
from model.controllers.victims import Pod, victims

NAME = "victims of a ReplicaSet"


def judge(vector: Vector) -> Mapping[str, Outcome]:
    pods = vector.input["pods"] or []
    if any(pod["phase"] == "Unknown" for pod in pods):
        return {NAME: unsupported("pods of phase Unknown")}
    if any(pod.get("deletionCost") for pod in pods):
        return {NAME: unsupported("pod-deletion-cost")}
    order = vector.output["order"]
    real = [sorted(order[:deleted]) for deleted in range(1, len(order) + 1)]
    return {NAME: compared(real, [_ours(pods, order, deleted + 1) for deleted in range(len(real))])}


def _ours(pods: list[Any], order: list[str], deleted: int) -> list[str]:
    """Who goes where so many do: as in the real order, if the model admits that."""
    sure, tied = victims([_pod(pod) for pod in pods], deleted)
    real = set(order[:deleted])
    surely = {pods[i]["name"] for i in sure}
    maybe = {pods[i]["name"] for i in tied}
    return sorted(real if surely <= real <= surely | maybe else surely | maybe)


def _pod(pod: Any) -> Pod:
    own = not pod.get("ofAnotherReplicaSet")
    return Pod(pod["nodeName"], pod["phase"] == "Pending", bool(pod["ready"]), own)
