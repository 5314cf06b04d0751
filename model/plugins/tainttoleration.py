"""TaintToleration: taints that keep pods off, and those that only discourage.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go`.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.api.node import Node
from model.api.pod import Pod
from model.plugins import filters
from model.plugins.contract import UNRESOLVABLE, Prepared, Stateless, Status, normalised
from model.plugins.snapshot import NodeInfo, Snapshot

_REFUSED = Status(UNRESOLVABLE, ("node(s) had untolerated taint(s)",))


class TaintToleration(Stateless):
    """The filter's view of a pod: its tolerations as they are stored."""

    def __init__(self, pod: Pod) -> None:
        self._tolerations = pod.template.tolerations

    def check(self, info: NodeInfo) -> Status | None:
        taint = filters.untolerated(self._tolerations, info.node)
        return None if taint is None else _REFUSED._replace(detail=str(taint))


def taints(_: Snapshot, pod: Pod) -> Prepared:
    return Prepared(TaintToleration(pod))


def discouraging(_: Snapshot, pod: Pod, nodes: Sequence[NodeInfo]) -> list[int]:
    """The fewer taints of effect PreferNoSchedule that the pod does not bear, the better."""
    return normalised([number(pod, info.node) for info in nodes], reverse=True)


def number(pod: Pod, node: Node) -> int:
    """How many such taints a node has."""
    tolerations = tuple(t for t in pod.template.tolerations if t.effect in ("", "PreferNoSchedule"))
    return sum(
        taint.effect == "PreferNoSchedule" and not filters.tolerates(tolerations, taint)
        for taint in node.taints
    )
