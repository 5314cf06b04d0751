"""NodeUnschedulable: cordons.

Source: kubernetes v1.36.3
`pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go`.
"""

from __future__ import annotations

from model.api.pod import Pod
from model.plugins import filters
from model.plugins.contract import UNRESOLVABLE, Prepared, Stateless, Status
from model.plugins.snapshot import NodeInfo, Snapshot

_REFUSED = Status(UNRESOLVABLE, ("node(s) were unschedulable",))


class NodeUnschedulable(Stateless):
    """The filter's view of a pod."""

    def __init__(self, pod: Pod) -> None:
        self._template = pod.template

    def check(self, info: NodeInfo) -> Status | None:
        return _REFUSED if filters.node_unschedulable(self._template, info.node) else None


def unschedulable(_: Snapshot, pod: Pod) -> Prepared:
    return Prepared(NodeUnschedulable(pod))
