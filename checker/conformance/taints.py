"""Vectors of taints and tolerations, as they are written and as admission completes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.conformance.contract import Outcome, Vector, compared, unsupported
from model.api.node import Node, Taint
from model.api.pod import PodTemplate, Toleration
from model.controllers import tainteviction
from model.plugins import filters
from model.plugins.defaulttolerationseconds import admitted_tolerations

_NOT_READY = "node.kubernetes.io/not-ready"


def judge(vector: Vector) -> Mapping[str, Outcome]:
    given, real = vector.input, vector.output
    taints = tuple(Taint(t["key"], t.get("value", ""), t["effect"]) for t in given["taints"])
    tolerations = tuple(map(_toleration, given["tolerations"]))
    template = PodTemplate(tolerations=tolerations)
    hard = [taint for taint in taints if taint.effect != "PreferNoSchedule"]
    return {
        "taints tolerated": compared(
            real["noScheduleAndNoExecuteTolerated"],
            all(filters.tolerates(tolerations, taint) for taint in hard),
        ),
        "TaintToleration of admitted pods": compared(
            real["admittedPodIsScheduled"],
            filters.taint_toleration(template, Node("n", taints=taints)) is None,
        ),
        "tolerations by admission": compared(
            sorted(map(_as_tuple, map(_toleration, real["admittedTolerations"]))),
            sorted(map(_as_tuple, admitted_tolerations(template))),
        ),
        "eviction by taints": _eviction(template, hard, real["admittedSecondsUntilEvicted"]),
    }


def _toleration(given: Any) -> Toleration:
    return Toleration(
        given.get("key", ""),
        given.get("operator") or "Equal",
        given.get("value", ""),
        given.get("effect", ""),
        given.get("tolerationSeconds"),
    )


def _as_tuple(given: Toleration) -> tuple[str, str, str, str, int]:
    # -1 sorts among seconds, where None could not.
    seconds = -1 if given.seconds is None else given.seconds
    return given.key, given.operator, given.value, given.effect, seconds


def _eviction(template: PodTemplate, hard: list[Taint], seconds: int) -> Outcome:
    """Whether the pods are evicted at some time: how soon is not modelled."""
    execute = [taint for taint in hard if taint.effect == "NoExecute"]
    if len(execute) > 1:
        return unsupported("several NoExecute taints at once")
    stays = all(tainteviction.tolerates_for_ever(template, taint) for taint in execute)
    return compared(seconds < 0, stays)
