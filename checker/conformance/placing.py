"""Vectors of the replicas of one ReplicaSet that are placed one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from checker.conformance.contract import AGREE, Outcome, Unmodelled, Vector, compared, unsupported
from checker.conformance.manifests import Refused
from checker.conformance.tables import Case, refused_by
from model.plugins import filters

NAME = "feasible nodes, one replica after the other"


def judge(vector: Vector) -> Mapping[str, Outcome]:
    """Which nodes are feasible at each step, with the earlier replicas where they really went."""
    try:
        case = Case(vector.input)
    except Refused as refused:
        return {NAME: Outcome("disagree", "", "accepted", str(refused))}
    if case.pod["spec"].get("topologySpreadConstraints"):
        return {NAME: unsupported("topology spread constraints")}
    on: Counter[str] = Counter()
    for number, step in enumerate(vector.output):
        try:
            feasible = [
                name
                for name, node in case.nodes.items()
                if not any(refused_by(case, row, node, on) for row in filters.FILTERS)
            ]
        except Unmodelled as missing:
            return {NAME: unsupported(str(missing))}
        outcome = compared({number: sorted(step["feasible"])}, {number: sorted(feasible)})
        if outcome.verdict != "agree":
            return {NAME: outcome}
        if step.get("on"):
            on[step["on"]] += 1
    return {NAME: AGREE}
