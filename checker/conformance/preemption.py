"""Vectors of a pod that fits nowhere: on which nodes preemption helps, who has to go, which node is
chosen, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.conformance.contract import Outcome, Vector, compared
from checker.conformance.manifests import Refused, object_of, pod_of
from checker.conformance.scheduler import refusals, snapshot_of
from model.api.poddisruptionbudget import Disruptable
from model.load.budgets import read_disruptable
from model.load.diagnostics import Report
from model.plugins.defaultpreemption import Preemption, deletions, denominated, preempt
from model.plugins.placing import Placing, place

_FILTERS = "first refusal, with nominated pods"
_CANDIDATES = "candidates and victims of preemption"
_CHOICE = "choice of preemption"


def judge(vector: Vector) -> Mapping[str, Outcome]:
    """The filters before it, every candidate with its victims, and the choice."""
    given, real = vector.input, vector.output
    try:
        snapshot, pod = snapshot_of(given), pod_of(given["pod"])
        for each in map(pod_of, given.get("nominatedPods") or ()):
            snapshot.nominated = {
                **snapshot.nominated,
                each.nominated: [*snapshot.nominated.get(each.nominated, ()), each],
            }
    except Refused as refused:
        return {_CANDIDATES: Outcome("disagree", "", "accepted", str(refused))}
    placing = place(snapshot, pod)
    found = preempt(placing, _budgets(given))
    return {
        _FILTERS: refusals(placing, real["filters"]),
        _CANDIDATES: compared(
            {"candidates": real["candidates"], "notHelped": real.get("notHelped") or {}},
            {
                "candidates": [
                    {
                        "node": each.node,
                        "victims": [victim.name for victim in each.victims],
                        "pdbViolations": each.violations,
                    }
                    for each in sorted(found.candidates, key=lambda each: each.node)
                ],
                "notHelped": {
                    node: _said(each.status.code, each.plugin, each.status.reasons)
                    for node, each in found.not_helped.items()
                },
            },
        ),
        _CHOICE: compared(_theirs(real), _ours(placing, found)),
    }


def _budgets(given: Any) -> list[Disruptable]:
    report = Report()
    return [
        read_disruptable(object_of("PodDisruptionBudget", each), report)
        for each in given.get("budgets") or ()
    ]


def _said(code: str, plugin: str, reasons: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"code": code, "reasons": list(reasons)}
    return {**said, "plugin": plugin} if plugin else said


def _theirs(real: Any) -> dict[str, Any]:
    fields = ("chosen", "message", "nominatedNodeName", "deleted", "nominationsCleared")
    return {field: real[field] for field in fields if real.get(field)}


def _ours(placing: Placing, found: Preemption) -> dict[str, Any]:
    said: dict[str, Any] = {"chosen": sorted(each.node for each in found.chosen)}
    said["message"] = f"preemption: {found.message}" if found.message else ""
    nomination = "chosen" if found.chosen else "cleared"
    said["nominatedNodeName"] = nomination if found.eligible else "kept"
    if len(found.chosen) == 1:
        chosen = found.chosen[0]
        said["deleted"] = sorted(pod.name for pod in deletions(chosen))
        lost = denominated(placing, chosen.node)
        said["nominationsCleared"] = sorted(pod.name for pod in lost)
    return {field: value for field, value in said.items() if value}
