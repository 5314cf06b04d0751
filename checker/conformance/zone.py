"""Vectors of zones: what the node lifecycle controller makes of one by its nodes."""

from __future__ import annotations

from collections.abc import Mapping

from checker.conformance.contract import Outcome, Vector, compared
from checker.conformance.world import number
from model.controllers import zones


def judge(vector: Vector) -> Mapping[str, Outcome]:
    given, real = vector.input, vector.output
    unready = sum(number(given[name]) for name in ("notReady", "unknown", "conditionMissing"))
    found = zones.state(number(given["ready"]), unready)
    ours = {"state": zones.STATE.values[found.payload], "unhealthy": unready}
    return {"zones": compared(real, ours)}
