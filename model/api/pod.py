"""Pods, and what they are made from.

Source: k8s.io/api v0.36 `core/v1/types.go` (PodTemplateSpec, Toleration, PodAntiAffinity, PodSpec).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from model.api.affinity import Affinity, PodAffinityTerm
from model.api.selector import Requirement
from model.api.source import Fields, Source
from model.api.storage import Volume
from model.api.topologyspread import HardSpread, TopologySpreadConstraint
from model.api.wishes import Wishes


@dataclass(frozen=True)
class Toleration:
    """`core/v1 Toleration`. An empty `key` with operator Exists tolerates every taint."""

    key: str = ""
    operator: Literal["Equal", "Exists", "Lt", "Gt"] = "Equal"
    value: str = ""
    effect: str = ""
    #: Seconds a NoExecute taint is borne; None is for ever.
    seconds: int | None = None


@dataclass(frozen=True)
class AntiAffinityTerm:
    """A required pod anti-affinity term that selects the template's own labels.

    Terms that select other pods only are dropped by the loader with an assumption.
    """

    topology_key: str


@dataclass(frozen=True)
class PodTemplate:
    """The part of a pod template that the model reads."""

    labels: Mapping[str, str] = field(default_factory=dict)
    #: Images of the containers, in order.
    images: tuple[str, ...] = ()
    #: What one pod asks of a node: resource name to integer units (cpu in millicores, memory
    #: and ephemeral-storage in bytes, anything else in its own unit), init containers, sidecars
    #: and overhead included as upstream's PodRequests does.
    requests: Mapping[str, int] = field(default_factory=dict)
    #: The same as the scheduler's scores see it: containers that do not say what cpu or memory
    #: they want count with a default. None where that makes no difference.
    scored_requests: Mapping[str, int] | None = None
    #: The same of the pod that is being placed, without the amounts of the pod as a whole. None
    #: where that makes no difference.
    arriving_requests: Mapping[str, int] | None = None
    node_selector: Mapping[str, str] = field(default_factory=dict)
    #: Terms of requiredDuringSchedulingIgnoredDuringExecution: any term, all requirements of it.
    node_affinity: tuple[tuple[Requirement, ...], ...] | None = None
    tolerations: tuple[Toleration, ...] = ()
    node_name: str = ""
    #: Names of the scheduling gates that nobody takes away.
    gates: tuple[str, ...] = ()
    #: (hostIP, protocol, hostPort) of every host port.
    host_ports: tuple[tuple[str, str, int], ...] = ()
    anti_affinity: tuple[AntiAffinityTerm, ...] = ()
    #: Required terms of affinity to pods: each is to be met, with a pod that all of them select.
    near: tuple[PodAffinityTerm, ...] = ()
    spread: tuple[HardSpread, ...] = ()
    has_readiness_probe: bool = False
    termination_grace_seconds: int = 30
    #: For how long preStop hooks of the containers with ports sleep at least, or of all if none
    #: names one; None where a hook does something else.
    pre_stop_seconds: int | None = 0
    #: (name, protocol) of the ports that its containers and sidecars name.
    port_names: tuple[tuple[str, str], ...] = ()
    #: Whether its containers may end for good: restartPolicy is not Always.
    ends: bool = False
    #: What admission makes of its PriorityClass, and whether others may have to go for its pods.
    #: Only where pods of several priorities are checked together.
    priority: int = 0
    preempts: bool = True
    #: What its pods prefer. Templates that differ in nothing else are alike.
    wishes: Wishes = field(default_factory=Wishes, compare=False, repr=False)
    fields: Fields = field(default_factory=dict)

    def outlasts(self, seconds: int) -> bool:
        """Whether its containers run on for so many seconds, and for some time at least, after
        their pod is deleted. The kubelet waits for no hook beyond the grace period."""
        slept = min(self.pre_stop_seconds or 0, self.termination_grace_seconds)
        return slept > 0 and slept >= seconds


@dataclass(frozen=True)
class Owner:
    """The controller that a pod says is its."""

    api_version: str
    kind: str
    name: str


@dataclass(frozen=True, eq=False)
class Pod:
    """A pod as the scheduler sees it."""

    namespace: str
    name: str
    #: Labels, requests, tolerations and the like.
    template: PodTemplate
    #: Where it is bound; empty while it is pending.
    node: str = ""
    affinity: Affinity = field(default_factory=Affinity)
    spread: tuple[TopologySpreadConstraint, ...] = ()
    #: Images of all containers and of volumes, once for each; how many containers there are.
    images: tuple[str, ...] = ()
    containers: int = 1
    volumes: tuple[Volume, ...] = ()
    owner: Owner | None = None
    #: Empty where nobody says.
    uid: str = ""
    #: Whether its deletion has begun, and whether that is because another was to have its place.
    terminating: bool = False
    preempted: bool = False
    priority: int = 0
    #: Whether others may have to go for it.
    preempts: bool = True
    #: The node that is being made free for it, if any.
    nominated: str = ""
    #: When it began to run, in seconds; None if it has not.
    started: float | None = None
    source: Source = Source("-", 1)

    @property
    def labels(self) -> Mapping[str, str]:
        return self.template.labels
