"""The cluster as the scheduler sees it in one cycle: nodes with the pods on them, and what is
counted of these beforehand.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/types.go` (NodeInfo),
`pkg/scheduler/backend/cache/cache.go` (images).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from model.api.node import Node
from model.api.pod import Owner, Pod
from model.api.schedulerprofile import SchedulerProfile
from model.api.selector import LabelSelector
from model.api.storage import Storage

#: hostIP, protocol and hostPort.
Port = tuple[str, str, int]


class NodeInfo:
    """A node and what is counted of its pods."""

    __slots__ = ("affine", "node", "pods", "ports", "repelling", "requested", "scored")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.pods: list[Pod] = []
        #: Those that say anything of other pods, and that must not be near some.
        self.affine: list[Pod] = []
        self.repelling: list[Pod] = []
        #: What they request together, by resource; and cpu and memory as scores count them.
        self.requested: dict[str, int] = {}
        self.scored: dict[str, int] = {"cpu": 0, "memory": 0}
        self.ports: set[Port] = set()

    @property
    def name(self) -> str:
        return self.node.name

    def add(self, pod: Pod) -> None:
        """Put a pod on the node."""
        self.pods.append(pod)
        if pod.affinity.to_pods:
            self.affine.append(pod)
        if pod.affinity.anti_required:
            self.repelling.append(pod)
        self.ports.update(ports_of(pod))
        self._count(pod, 1)

    def remove(self, pod: Pod) -> None:
        """Take a pod off the node. Raises ValueError if it is not there. As upstream,
        a port is free then even if another pod of the node has it too."""
        self.pods.remove(pod)
        if pod.affinity.to_pods:
            self.affine.remove(pod)
        if pod.affinity.anti_required:
            self.repelling.remove(pod)
        self.ports.difference_update(ports_of(pod))
        self._count(pod, -1)

    def copy(self) -> NodeInfo:
        """Another one, for trying what would be."""
        made = NodeInfo(self.node)
        for name in ("affine", "pods", "ports", "repelling", "requested", "scored"):
            setattr(made, name, getattr(self, name).copy())
        return made

    def _count(self, pod: Pod, by: int) -> None:
        template, requested = pod.template, self.requested
        for name, amount in template.requests.items():
            requested[name] = requested.get(name, 0) + by * amount
        scored = template.requests if template.scored_requests is None else template.scored_requests
        for name in self.scored:
            self.scored[name] += by * scored.get(name, 0)


def ports_of(pod: Pod) -> list[Port]:
    """The ports of its node that a pod takes; no address means all of them."""
    return [
        (address or "0.0.0.0", protocol or "TCP", port)
        for address, protocol, port in pod.template.host_ports
    ]


@dataclass(frozen=True)
class Selecting:
    """What selects pods without being one: the selector of a Service, or of a controller."""

    namespace: str
    name: str
    selector: LabelSelector
    kind: str = "Service"


@dataclass
class Snapshot:
    """All nodes; labels of those namespaces that are known; Services and controllers that select
    pods."""

    nodes: list[NodeInfo]
    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    services: tuple[Selecting, ...] = ()
    controllers: tuple[Selecting, ...] = ()
    storage: Storage = field(default_factory=Storage)
    #: How the scheduler is configured that looks at it.
    profile: SchedulerProfile = field(default_factory=SchedulerProfile)
    #: Pods that wait for a node that is being made free for them.
    nominated: Mapping[str, Sequence[Pod]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        nodes: Iterable[Node],
        pods: Iterable[Pod],
        *,
        namespaces: Mapping[str, Mapping[str, str]] = {},
        services: Iterable[Selecting] = (),
        controllers: Iterable[Selecting] = (),
        storage: Storage | None = None,
        profile: SchedulerProfile | None = None,
        nominated: Iterable[Pod] = (),
    ) -> Snapshot:
        """Nodes and pods, of which those on no node of these do not count."""
        found = cls([NodeInfo(node) for node in nodes], namespaces)
        found.services, found.controllers = tuple(services), tuple(controllers)
        found.storage = Storage() if storage is None else storage
        found.profile = SchedulerProfile() if profile is None else profile
        waiting: dict[str, list[Pod]] = {}
        for pod in nominated:
            waiting.setdefault(pod.nominated, []).append(pod)
        found.nominated = waiting
        for pod in pods:
            info = found.by_name.get(pod.node)
            if info is not None:
                info.add(pod)
        return found

    @cached_property
    def by_name(self) -> dict[str, NodeInfo]:
        return {info.name: info for info in self.nodes}

    @cached_property
    def images(self) -> dict[str, tuple[int, int]]:
        """Of each image the bytes that the first node with it says, and how many nodes have it."""
        found: dict[str, tuple[int, int]] = {}
        for info in self.nodes:
            for name, size in info.node.images.items():
                first, number = found.get(name, (size, 0))
                found[name] = first, number + 1
        return found

    @cached_property
    def used_claims(self) -> frozenset[tuple[str, str]]:
        """The claims that pods on nodes use, by namespace and name."""
        return frozenset(
            (pod.namespace, volume.claim)
            for info in self.nodes
            for pod in info.pods
            for volume in pod.volumes
            if volume.claim is not None and not volume.ephemeral
        )

    def controller(self, namespace: str, owner: Owner) -> Selecting | None:
        """The controller that a pod says is its, if it is known."""
        return next(
            (
                each
                for each in self.controllers
                if (each.namespace, each.kind, each.name) == (namespace, owner.kind, owner.name)
            ),
            None,
        )
