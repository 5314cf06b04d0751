"""NodeAffinity: node selectors, required and preferred node affinity.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go`;
component-helpers v0.36 `scheduling/corev1/nodeaffinity/nodeaffinity.go`.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.api.affinity import PreferredNodes
from model.api.node import Node
from model.api.pod import Pod
from model.api.selector import Requirement
from model.plugins import filters
from model.plugins.contract import UNRESOLVABLE, Prepared, Stateless, Status, normalised
from model.plugins.snapshot import NodeInfo, Snapshot

_REFUSED = Status(UNRESOLVABLE, ("node(s) didn't match Pod's node affinity/selector",))
_ENFORCED = Status(UNRESOLVABLE, ("node(s) didn't match scheduler-enforced node affinity",))
_CONFLICT = Status(UNRESOLVABLE, ("pod affinity terms conflict",))


#: Any term, all requirements of it.
Terms = Sequence[Sequence[Requirement]]


class NodeAffinity(Stateless):
    """The filter's view of a pod."""

    def __init__(self, pod: Pod, added: Terms | None = None) -> None:
        self._template = pod.template
        self._added = added

    def check(self, info: NodeInfo) -> Status | None:
        if self._added is not None and not any(
            term and all(filters.matches(each, info.node) for each in term) for term in self._added
        ):
            return _ENFORCED
        reason = filters.node_affinity(self._template, info.node)
        return None if reason is None else _REFUSED._replace(detail=reason)


def selected(snapshot: Snapshot, pod: Pod) -> Prepared | None:
    terms, added = pod.affinity.required_nodes, snapshot.profile.added_nodes
    if terms is None and added is None and not pod.template.node_selector:
        return None
    only = _named(pod)
    return Prepared(NodeAffinity(pod, added), only, _CONFLICT if only == frozenset() else None)


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


def preferred(snapshot: Snapshot, pod: Pod, nodes: Sequence[NodeInfo]) -> list[int] | None:
    """The weights of the preferences that a node meets."""
    found = preferences(snapshot, pod)
    if found is None:
        return None
    return normalised([weight(found, info.node) for info in nodes])


def preferences(snapshot: Snapshot, pod: Pod) -> tuple[PreferredNodes, ...] | None:
    """A pod's own preferences, and those that its profile adds."""
    own, added = pod.affinity.preferred_nodes, snapshot.profile.added_preferences
    if own is None and added is None:
        return None
    return (*(added or ()), *(own or ()))


def weight(preferences: Sequence[PreferredNodes], node: Node) -> int:
    """What those together weigh that a node meets."""
    return sum(
        each.weight
        for each in preferences
        if each.requirements and all(filters.matches(r, node) for r in each.requirements)
    )
