"""NodePorts: host ports that a pod of the node has already.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/nodeports/node_ports.go`; kube-scheduler
v0.36 `framework/types.go` (HostPortInfo).
"""

from __future__ import annotations

from collections.abc import Set

from model.api.pod import Pod
from model.plugins.contract import UNSCHEDULABLE, Prepared, Stateless, Status
from model.plugins.snapshot import NodeInfo, Port, Snapshot, ports_of

_ALL = "0.0.0.0"
_REFUSED = Status(UNSCHEDULABLE, ("node(s) didn't have free ports for the requested pod ports",))


def taken(port: Port, ports: Set[Port]) -> bool:
    """Whether one of some ports is the same: on the same address, or one of them on all."""
    address, protocol, number = port
    if address == _ALL:
        return any((protocol, number) == other[1:] for other in ports)
    return port in ports or (_ALL, protocol, number) in ports


class NodePorts(Stateless):
    """The filter's view of a pod."""

    def __init__(self, ports: list[Port]) -> None:
        self._ports = ports

    def check(self, info: NodeInfo) -> Status | None:
        if not info.ports:
            return None
        for port in self._ports:
            if taken(port, info.ports):
                return _REFUSED._replace(detail=f"port {port[2]}/{port[1]}")
        return None


def free(_: Snapshot, pod: Pod) -> Prepared | None:
    ports = ports_of(pod)
    return Prepared(NodePorts(ports)) if ports else None
