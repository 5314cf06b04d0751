"""Vectors of the replicas of one ReplicaSet that are placed one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from checker.conformance.contract import AGREE, Outcome, Unmodelled, Vector, compared, unsupported
from checker.conformance.manifests import Refused, pod_of
from checker.conformance.scheduler import snapshot_of
from checker.conformance.tables import OTHERS, Case, refused_by
from model.plugins import filters, spreading
from model.plugins.placing import place

NAME = "feasible and best nodes, one replica after the other"
#: As transition systems decide it.
_TABLE = "feasible nodes, one replica after the other"


def judge(vector: Vector) -> Mapping[str, Outcome]:
    """Which nodes are feasible, and which of them best, at each step, with the earlier replicas
    where they really went."""
    try:
        snapshot, pod = snapshot_of(vector.input), pod_of(vector.input["pod"])
    except Refused as refused:
        return {NAME: Outcome("disagree", "", "accepted", str(refused))}
    found = AGREE
    for number, step in enumerate(vector.output):
        placing = place(snapshot, pod)
        feasible = sorted(info.name for info in placing.feasible)
        found = compared(
            {number: [sorted(step["feasible"]), sorted(step["best"])]},
            {number: [feasible, sorted(placing.best)]},
        )
        if found.verdict != "agree":
            break
        if step.get("on"):
            placed = replace(pod, name=f"{pod.name}-{number}", node=step["on"])
            snapshot.by_name[step["on"]].add(placed)
    return {NAME: found, **_by_tables(vector)}


def _by_tables(vector: Vector) -> Mapping[str, Outcome]:
    try:
        case = Case(vector.input)
    except Refused as refused:
        return {_TABLE: Outcome("disagree", "", "accepted", str(refused))}
    nodes, given = list(case.nodes.values()), case.template.spread
    if not all(each.selects_own for each in given):
        return {_TABLE: unsupported("topology spread by pods of others")}
    if given and case.others.total():
        return {_TABLE: unsupported(OTHERS)}
    rows, everywhere = spreading.domains(case.template, given, nodes), [True] * len(nodes)
    on: Counter[str] = Counter()
    for number, step in enumerate(vector.output):
        try:
            feasible = [
                name
                for index, (name, node) in enumerate(case.nodes.items())
                if not any(refused_by(case, row, node, on) for row in filters.FILTERS)
                and not any(
                    row.refusal(lambda at: on[nodes[at].name], index, everywhere) for row in rows
                )
            ]
        except Unmodelled as missing:
            return {_TABLE: unsupported(str(missing))}
        outcome = compared({number: sorted(step["feasible"])}, {number: sorted(feasible)})
        if outcome.verdict != "agree":
            return {_TABLE: outcome}
        if step.get("on"):
            on[step["on"]] += 1
    return {_TABLE: AGREE}
