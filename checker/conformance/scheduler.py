"""Vectors of one pod before the scheduler: what each filter says of each node, and the scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from checker.conformance import tables
from checker.conformance.contract import Outcome, Vector, compared, together
from checker.conformance.manifests import Refused, node_of, pod_of, profile_of, selector_of
from model.api.selector import LabelSelector
from model.plugins.contract import Status
from model.plugins.placing import Placing, place
from model.plugins.profile import DEFAULT
from model.plugins.snapshot import NodeInfo, Selecting, Snapshot

#: The namespaces of the cluster in which the real scheduler was asked.
_NAMESPACES = {"default": {"team": "a"}, "other": {"team": "b"}}
_REFUSALS = "first refusal and its reasons"
_BEST = "best nodes"


def judge(vector: Vector) -> Mapping[str, Outcome]:
    """An outcome for each filter asked by itself, for all of them together, for each score, and for
    the nodes of the highest; and those of `tables`."""
    try:
        snapshot = snapshot_of(vector.input)
        configured = vector.input.get("profile")
        if configured is not None:
            snapshot.profile = profile_of(configured)
        pod = pod_of(vector.input["pod"])
    except Refused as refused:
        return {_REFUSALS: Outcome("disagree", "", "accepted", str(refused))}
    placing = place(snapshot, pod)
    found = dict(filters(placing, vector.output["nodes"]))
    found[_REFUSALS] = refusals(placing, vector.output["nodes"])
    found.update(_scores(placing, vector.output.get("scores") or {}))
    found[_BEST] = compared(sorted(vector.output["best"]), sorted(placing.best))
    return found if configured is not None else {**found, **tables.judge(vector)}


def snapshot_of(given: Any, pods: Any = None) -> Snapshot:
    """The cluster of a vector; `pods` in place of its own, if given."""
    nodes = (replace(node_of(each), labels=_labels(each)) for each in given["nodes"])
    there = map(pod_of, given.get("pods") or ()) if pods is None else pods
    services = (
        Selecting(
            each["metadata"]["namespace"],
            each["metadata"]["name"],
            LabelSelector(each["spec"]["selector"]),
        )
        for each in given.get("services") or ()
    )
    controllers = (
        Selecting(
            each["metadata"]["namespace"],
            each["metadata"]["name"],
            selector_of(each["spec"]["selector"]),
            "ReplicaSet",
        )
        for each in given.get("replicaSets") or ()
    )
    return Snapshot.of(
        nodes, there, namespaces=_NAMESPACES, services=services, controllers=controllers
    )


def _labels(node: Any) -> dict[str, str]:
    return dict(node["metadata"].get("labels") or {})


def filters(placing: Placing, real: Any) -> Iterator[tuple[str, Outcome]]:
    """What each filter says of each node, asked by itself."""
    named = {plugin.name for plugin in DEFAULT if plugin.filter is not None}
    named.update(name for each in real.values() for name in each["byPlugin"])

    def ours(node: str, name: str) -> str:
        found = status_of(placing, placing.snapshot.by_name[node], name)
        return "passes" if found is None else found[0]

    for name in sorted(named):
        outcomes = (
            compared({node: each["byPlugin"].get(name, "passes")}, {node: ours(node, name)})
            for node, each in real.items()
        )
        yield name, together(outcomes)


def status_of(placing: Placing, info: NodeInfo, name: str) -> tuple[str, Status] | None:
    """What a filter says of a node, asked by itself, and how vectors call it; None if it passes."""
    status = placing.by_plugin(info).get(name)
    if status is None:
        return None
    prepared = placing.filters[name]
    if prepared.refused is not None:
        return f"PreFilter {status.code}", status
    if prepared.only is not None and info.name not in prepared.only:
        return "PreFilter excluded", status
    return status.code, status


def refusals(placing: Placing, real: Any) -> Outcome:
    """What keeps the pod off each node in the profile as a whole."""

    def ours(node: str) -> object:
        if node not in placing.refusals:
            return "Success"
        plugin, status = placing.refusals[node]
        # What stands for nodes that a plugin does not name has reasons in events only.
        reasons = [] if plugin == "PreFilterResult" else list(status.reasons)
        return [plugin, status.code, reasons]

    def theirs(each: Any) -> object:
        if each["code"] == "Success":
            return "Success"
        return [each.get("plugin", ""), each["code"], list(each.get("reasons") or ())]

    return together(
        compared({node: theirs(each)}, {node: ours(node)}) for node, each in real.items()
    )


def _scores(placing: Placing, real: Any) -> Iterator[tuple[str, Outcome]]:
    """The weighted scores of each plugin."""
    ours = {node: score.by_plugin for node, score in placing.scores.items()}
    theirs = {
        node: {name: points for name, points in each.items() if name != "total"}
        for node, each in real.items()
    }
    names = {name for each in (*ours.values(), *theirs.values()) for name in each}
    for name in sorted(names):
        yield f"score {name}", compared(_column(theirs, name), _column(ours, name))


def _column(scores: Mapping[str, Mapping[str, int]], name: str) -> dict[str, int | None]:
    return {node: points.get(name) for node, points in sorted(scores.items())}
