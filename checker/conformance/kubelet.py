"""Vectors of pods that name their node: whether its kubelet admits them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from checker.conformance.contract import Outcome, Vector, compared, together, unsupported
from checker.conformance.manifests import Refused, pod_of
from checker.conformance.scheduler import snapshot_of
from checker.conformance.tables import Case, before_admission
from model.plugins import filters
from model.plugins.kubeletadmission import rejection
from model.plugins.snapshot import NodeInfo

NAME = "kubelet admission"
#: As transition systems decide it.
_TABLE = "kubelet admission by numbers of own pods"


def judge(vector: Vector) -> Mapping[str, Outcome]:
    """Each node is asked for a pod that names it."""
    try:
        case = Case(vector.input)
        snapshot, pod = snapshot_of(vector.input), pod_of(vector.input["pod"])
    except Refused as refused:
        return {NAME: Outcome("disagree", "", "accepted", str(refused))}

    def whole(info: NodeInfo) -> Outcome:
        found = rejection(replace(pod, node=info.name), info)
        real = vector.output[info.name]
        theirs = None if real["admit"] else [real.get("reason"), real.get("message")]
        return compared({info.name: theirs}, {info.name: None if found is None else list(found)})

    def one(name: str) -> Outcome:
        if case.others[name]:
            return unsupported("pods of other workloads")
        if before_admission(case.template, case.nodes[name]):
            return unsupported("pods that admission has not seen")
        template = replace(case.template, node_name=name)
        refused = filters.refusals(template, case.nodes[name], case.own[name])
        real = vector.output[name]
        ours = f"{name}: {refused[0][1] if refused else 'admitted'}"
        theirs = f"{name}: {real.get('reason') or 'admitted'}"
        return compared(theirs, theirs if (not refused) == real["admit"] else ours)

    return {
        NAME: together(map(whole, snapshot.nodes)),
        _TABLE: together(map(one, case.nodes)),
    }
