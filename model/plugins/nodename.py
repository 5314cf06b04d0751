"""NodeName: a pod that names its node goes nowhere else.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/nodename/node_name.go`.
"""

from __future__ import annotations

from model.api.pod import Pod
from model.plugins.contract import UNRESOLVABLE, Prepared, Stateless, Status
from model.plugins.snapshot import NodeInfo, Snapshot

_REFUSED = Status(UNRESOLVABLE, ("node(s) didn't match the requested node name",))


class NodeName(Stateless):
    """The filter's view of a pod."""

    def __init__(self, pod: Pod) -> None:
        self._name = pod.node

    def check(self, info: NodeInfo) -> Status | None:
        return None if self._name in ("", info.name) else _REFUSED


def name(_: Snapshot, pod: Pod) -> Prepared:
    return Prepared(NodeName(pod))
