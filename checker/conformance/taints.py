"""Vectors of taints and tolerations, as they are written and as admission completes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.conformance.contract import Outcome, Vector, compared, together
from model.api.node import Node, Taint
from model.api.pod import PodTemplate, Toleration
from model.controllers import tainteviction
from model.plugins import filters
from model.plugins.defaulttolerationseconds import admitted_tolerations


def judge(vector: Vector) -> Mapping[str, Outcome]:
    given, real = vector.input, vector.output
    taints = tuple(map(_taint, given["taints"]))
    tolerations = tuple(map(_toleration, given["tolerations"]))
    template = PodTemplate(tolerations=tolerations)
    hard = [taint for taint in taints if taint.effect != "PreferNoSchedule"]
    first = real.get("firstUntolerated")
    return {
        "taints tolerated": together(
            [
                compared(
                    real["noScheduleAndNoExecuteTolerated"],
                    all(filters.tolerates(tolerations, taint) for taint in hard),
                ),
                compared(
                    first and _taint(first),
                    next(
                        (each for each in taints if not filters.tolerates(tolerations, each)), None
                    ),
                ),
            ]
        ),
        "TaintToleration of admitted pods": compared(
            real["admittedPodIsScheduled"],
            filters.taint_toleration(template, Node("n", taints=taints)) is None,
        ),
        "tolerations by admission": compared(
            sorted(map(_as_tuple, map(_toleration, real["admittedTolerations"]))),
            sorted(map(_as_tuple, admitted_tolerations(template))),
        ),
        "eviction by taints": _eviction(template, taints, real),
    }


def _taint(given: Any) -> Taint:
    return Taint(given["key"], given.get("value", ""), given["effect"])


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


def _eviction(template: PodTemplate, taints: tuple[Taint, ...], real: Any) -> Outcome:
    """How long a pod with its tolerations stays, and one that admission has seen."""
    execute = [taint for taint in taints if taint.effect == "NoExecute"]
    used = tainteviction.borne(template.tolerations, execute)
    own, admitted = (
        tainteviction.seconds(each, execute)
        for each in (template.tolerations, admitted_tolerations(template))
    )
    return together(
        [
            compared(real["allNoExecuteTolerated"], used is not None),
            compared(list(map(_toleration, real["tolerationsUsedForNoExecute"])), used or []),
            # -1 is for ever.
            compared(real["secondsUntilEvicted"], -1 if own is None else own),
            compared(real["admittedSecondsUntilEvicted"], -1 if admitted is None else admitted),
        ]
    )
