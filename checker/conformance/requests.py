"""Vectors of what a pod counts for in the scheduler: in the filter, and in the scores of others
once it is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.conformance.contract import Outcome, Vector, compared
from checker.conformance.manifests import Refused, template_of

NAMES = ("requests of a pod", "requests of a pod in scores")


def judge(vector: Vector) -> Mapping[str, Outcome]:
    try:
        template = template_of(vector.input)
    except Refused as refused:
        return dict.fromkeys(NAMES, Outcome("disagree", "", "accepted", str(refused)))
    requested, scored = vector.output["requested"], vector.output["nonZeroRequested"]
    ours = template.requests if template.scored_requests is None else template.scored_requests
    return {
        NAMES[0]: compared(_asked(requested), _asked(template.requests)),
        # Only cpu and memory are scored.
        NAMES[1]: compared(_compute(scored), _compute(ours)),
    }


def _asked(amounts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: amount for name, amount in sorted(amounts.items()) if amount}


def _compute(amounts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: amounts.get(name, 0) for name in ("cpu", "memory")}
