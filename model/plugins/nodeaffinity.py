"""NodeAffinity: node selectors, required and preferred node affinity.

Source: kubernetes v1.36.2 `pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go`;
component-helpers v0.36 `scheduling/corev1/nodeaffinity/nodeaffinity.go`.

Omits: addedAffinity of a profile.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.api.pod import Pod
from model.plugins import filters
from model.plugins.contract import UNRESOLVABLE, Prepared, Stateless, Status, normalised
from model.plugins.snapshot import NodeInfo, Snapshot

_REFUSED = Status(UNRESOLVABLE, ("node(s) didn't match Pod's node affinity/selector",))
_CONFLICT = Status(UNRESOLVABLE, ("pod affinity terms conflict",))


class NodeAffinity(Stateless):
    """The filter's view of a pod."""

    def __init__(self, pod: Pod) -> None:
        self._template = pod.template

    def check(self, info: NodeInfo) -> Status | None:
        reason = filters.node_affinity(self._template, info.node)
        return None if reason is None else _REFUSED._replace(detail=reason)


def selected(_: Snapshot, pod: Pod) -> Prepared | None:
    terms = pod.affinity.required_nodes
    if terms is None and not pod.template.node_selector:
        return None
    only = _named(pod)
    return Prepared(NodeAffinity(pod), only, _CONFLICT if only == frozenset() else None)


def _named(pod: Pod) -> frozenset[str] | None:
    """The names of nodes, if every term gives some; None otherwise. A term that gives several
    gives none."""
    found: frozenset[str] = frozenset()
    for term in pod.affinity.required_nodes or ():
        names = [frozenset(e.values) for e in term if e.field and e.operator == "In"]
        if not names:
            return None
        found |= names[0].intersection(*names[1:])
    return found if pod.affinity.required_nodes else None


def preferred(_: Snapshot, pod: Pod, nodes: Sequence[NodeInfo]) -> list[int] | None:
    """The weights of the preferences that a node meets."""
    preferences = pod.affinity.preferred_nodes
    if preferences is None:
        return None
    weights = [
        sum(
            each.weight
            for each in preferences
            if each.requirements and all(filters.matches(r, info.node) for r in each.requirements)
        )
        for info in nodes
    ]
    return normalised(weights)
