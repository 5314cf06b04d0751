"""The typed objects between loading and modelling: what a user's files mean.

`model/load` produces them, `model/cluster` turns each `Scenario` into transition systems.
Objects carry the place in the file of every field that a verdict may want to point at.

Field names and defaults follow k8s.io/api v0.36 (`apps/v1/types.go`, `core/v1/types.go`,
`policy/v1/types.go`) and kubernetes 1.36 (`pkg/apis/apps/v1/defaults.go`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from model.api.daemonset import DaemonSet
from model.api.statefulset import StatefulSet

if TYPE_CHECKING:
    from model.omission import Use
    from model.suppression import Suppression


@dataclass(frozen=True, order=True)
class Source:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int = 1


#: Field path inside an object, as a user would write it ("spec.strategy.type"), to its place.
Fields = Mapping[str, Source]


@dataclass(frozen=True)
class IntOrPercent:
    """`intstr.IntOrString` restricted to what a rollout accepts: a count or a percentage."""

    value: int
    percent: bool = False

    def scaled(self, total: int, *, round_up: bool) -> int:
        """The count that this is of `total`.

        Source: apimachinery v0.36 `pkg/util/intstr/intstr.go`, GetScaledValueFromIntOrPercent.
        """
        if not self.percent:
            return self.value
        return -(-self.value * total // 100) if round_up else self.value * total // 100

    def __str__(self) -> str:
        return f"{self.value}%" if self.percent else str(self.value)


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
class Taint:
    """What keeps pods off a node, but those that tolerate it."""

    key: str
    value: str
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]

    def __str__(self) -> str:
        """As kubectl has it: `dedicated=web:NoSchedule`."""
        value = f"={self.value}" if self.value else ""
        return f"{self.key}{value}:{self.effect}"


@dataclass(frozen=True)
class Requirement:
    """One match expression of a node or label selector.

    `field` is true for `matchFields` (only `metadata.name` exists upstream).
    """

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]
    values: tuple[str, ...] = ()
    field: bool = False

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it, as one of a label selector. Raises ValueError for an operator
        that only node selectors have."""
        held = labels.get(self.key)
        match self.operator:
            case "In":
                return held in self.values
            case "NotIn":
                return held not in self.values
            case "Exists":
                return held is not None
            case "DoesNotExist":
                return held is None
        raise ValueError(f"{self.operator} is no operator of a label selector")


@dataclass(frozen=True)
class LabelSelector:
    """What labels must satisfy: both parts."""

    match_labels: Mapping[str, str] = field(default_factory=dict)
    match_expressions: tuple[Requirement, ...] = ()

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether every part of it matches; an empty one matches everything."""
        alike = all(labels.get(key) == value for key, value in self.match_labels.items())
        return alike and all(each.holds(labels) for each in self.match_expressions)


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
    #: (hostIP, protocol, hostPort) of every host port.
    host_ports: tuple[tuple[str, str, int], ...] = ()
    anti_affinity: tuple[AntiAffinityTerm, ...] = ()
    has_readiness_probe: bool = False
    termination_grace_seconds: int = 30
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True)
class Workload:
    """A Deployment, a StatefulSet, a DaemonSet, or a ReplicaSet that no Deployment owns."""

    kind: Literal["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"]
    namespace: str
    name: str
    #: Of a DaemonSet the nodes that it wants a pod on, see `model.controllers.daemon_nodes`.
    replicas: int
    selector: LabelSelector
    template: PodTemplate
    strategy: Literal["RollingUpdate", "Recreate"] = "RollingUpdate"
    max_surge: IntOrPercent = IntOrPercent(25, percent=True)
    max_unavailable: IntOrPercent = IntOrPercent(25, percent=True)
    min_ready_seconds: int = 0
    #: What it says as a StatefulSet, if it is one.
    stateful: StatefulSet | None = None
    #: The same of a DaemonSet.
    daemon: DaemonSet | None = None
    source: Source = Source("-", 1)
    fields: Fields = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """How reports name it: `Deployment/default/web`."""
        return f"{self.kind}/{self.namespace}/{self.name}"

    @property
    def by_replicasets(self) -> bool:
        """Whether ReplicaSets make its pods."""
        return self.kind in ("Deployment", "ReplicaSet")

    @property
    def rounded(self) -> tuple[int, int]:
        """(maxSurge, maxUnavailable) as counts.

        Surge rounds up, unavailable rounds down, and when both come to 0 unavailable is 1.
        Source: kubernetes 1.36 `pkg/controller/deployment/util/deployment_util.go`,
        ResolveFenceposts and MaxUnavailable (never above replicas). Of a DaemonSet both round up:
        `pkg/controller/daemon/update.go` (updatedDesiredNodeCounts).
        """
        if self.daemon is not None:
            surge = self.max_surge.scaled(self.replicas, round_up=True)
            unavailable = self.max_unavailable.scaled(self.replicas, round_up=True)
            if self.daemon.on_delete:
                return 0, 0
            return surge, min(max(unavailable, int(surge == 0)), self.replicas)
        if self.strategy != "RollingUpdate" or self.kind != "Deployment":
            return 0, 0
        surge = self.max_surge.scaled(self.replicas, round_up=True)
        unavailable = self.max_unavailable.scaled(self.replicas, round_up=False)
        if surge == 0 and unavailable == 0:
            unavailable = 1
        return surge, min(unavailable, self.replicas)


@dataclass(frozen=True)
class Node:
    """A node of the cluster."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    unschedulable: bool = False
    #: Resource name to integer units as in `PodTemplate.requests`; "pods" is the pod limit.
    allocatable: Mapping[str, int] = field(default_factory=dict)
    source: Source | None = None
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True)
class PodDisruptionBudget:
    """Exactly one of `min_available` and `max_unavailable` is set."""

    namespace: str
    name: str
    selector: LabelSelector
    min_available: IntOrPercent | None = None
    max_unavailable: IntOrPercent | None = None
    #: unhealthyPodEvictionPolicy AlwaysAllow: pods that are not ready go whatever it wants.
    guards_ready_only: bool = False
    source: Source = Source("-", 1)
    fields: Fields = field(default_factory=dict)

    def guards(self, workload: Workload) -> bool:
        """Whether it counts the pods of a workload."""
        here = self.namespace == workload.namespace
        return here and self.selector.selects(workload.template.labels)


@dataclass(frozen=True)
class Service:
    """A Service, for the pods that it selects."""

    namespace: str
    name: str
    selector: Mapping[str, str] = field(default_factory=dict)
    source: Source = Source("-", 1)
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True)
class MemberChange:
    """A change of etcd's members that an operator asks for, by the members' names."""

    #: "remove etcd-3".
    name: str
    adds: tuple[str, ...] = ()
    learners: tuple[str, ...] = ()
    #: Learners that become voters; another change makes learners of them.
    promotes: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    #: Whether it goes through a joint configuration.
    joint: bool = False


@dataclass(frozen=True)
class Lease:
    """How candidates for leadership wait, in seconds of their own clocks (client-go's names)."""

    duration: int = 15
    renew_deadline: int = 10
    retry_period: int = 2


@dataclass(frozen=True)
class ControlPlane:
    """The etcd members behind the API servers."""

    members: int = 3
    #: Votes needed to commit; None is a majority. Anything else is for experiments.
    quorum: int | None = None
    changes: tuple[MemberChange, ...] = ()
    #: How many members are in each zone; empty if nobody says.
    zones: Mapping[str, int] = field(default_factory=dict)
    #: How a leader makes sure that it still leads before it answers a linearizable read.
    reads: Literal["readIndex", "lease", "serializable"] = "readIndex"
    #: Whether members compact their logs, and leaders send snapshots of what they have compacted.
    compaction: bool = False
    #: Of the controllers' and the scheduler's leader election.
    lease: Lease = Lease()

    @property
    def votes(self) -> int:
        return self.members // 2 + 1 if self.quorum is None else self.quorum


@dataclass(frozen=True)
class Faults:
    """How often each fault may happen in one run. 0 switches a fault off."""

    node_crashes: int = 0
    #: Whether a crashed node is sure to come back (it may at any time in either case).
    nodes_return: bool = True
    #: A running container that fails its readiness probe or exits once, and recovers.
    pod_failures: int = 0
    #: Crashes of etcd members and partitions between them, of which each may leave the workload
    #: without a store for a while; what etcd itself promises is checked for any number of them.
    member_crashes: int = 0
    #: Whether a crashed member is sure to come back (it may at any time in either case).
    members_return: bool = False
    member_partitions: int = 0
    #: Crashes of an etcd member that lose what it has not synced, and lost disks of members.
    lost_writes: int = 0
    lost_disks: int = 0
    #: Zones of etcd members that are lost for good.
    zone_losses: int = 0
    #: By how much one candidate's clock runs faster than the other's, in percent; how often a
    #: leader may be paused; how many seconds the answer to a renewal may take.
    clock_skew: int = 0
    leader_pauses: int = 0
    response_delay: int = 0
    #: Controller name to how often its watch may stall while the world goes on.
    slow_watches: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What the user does during the run.

    apply     the workload is created in an empty cluster
    rollout   it is deployed; then its template changes to `image`
    drain     it is deployed; then `nodes` are cordoned and their pods evicted, one node after
              the other
    taint     it is deployed; then `nodes` are given a taint, one after the other
    steady    it is deployed and nobody touches it
    """

    kind: Literal["apply", "rollout", "drain", "taint", "steady"]
    image: str = ""
    #: Whether pods of the new template ever pass their readiness probe.
    becomes_ready: bool = True
    #: Whether the user may revert the template, at any moment after the rollout began.
    rollback: bool = False
    #: Names of the nodes that are drained or tainted, in this order.
    nodes: tuple[str, ...] = ()
    #: Whether a drained node takes pods again once it is empty, before the next one is drained.
    uncordon: bool = False
    taint: Taint | None = None


@dataclass(frozen=True)
class Bounds:
    """Limits of the finite instance; None lets the model choose.

    A bound that a run can reach turns `proved` into `holds` up to that bound.
    """

    #: Pod slots that exist at once, terminating pods included.
    pods: int | None = None
    #: Raft terms and entries of the etcd log.
    terms: int = 2
    log: int = 1


@dataclass(frozen=True)
class Range:
    """The values of a count or an amount that a spec leaves open, ascending."""

    values: tuple[int, ...]
    #: Each value as a user writes it; empty where that is the number.
    names: tuple[str, ...] = ()
    #: Whether the user set no upper limit, so that larger values are left out.
    endless: bool = False


@dataclass(frozen=True)
class Apart:
    """Two workloads whose pods may not be on nodes with the same value of a label, or on the same
    node."""

    one: str
    other: str
    #: Empty for the node itself: that is what host ports ask for.
    topology_key: str


@dataclass(frozen=True)
class Scenario:
    """A workload in a cluster under one change, and the workloads that it meets there: what is
    checked at a time."""

    name: str
    #: The workload that the properties are about.
    workload: Workload
    nodes: tuple[Node, ...]
    change: Change
    budgets: tuple[PodDisruptionBudget, ...] = ()
    control_plane: ControlPlane = ControlPlane()
    faults: Faults = field(default_factory=Faults)
    bounds: Bounds = Bounds()
    #: The workload as it is before a rollout; None if only its image changes.
    before: Workload | None = None
    #: Those that meet it, see `model.scope`: they are deployed and stay as they are.
    neighbours: tuple[Workload, ...] = ()
    #: Which of all these keep apart from one another.
    apart: tuple[Apart, ...] = ()
    #: How the neighbours meet the workload, in words.
    meetings: tuple[str, ...] = ()
    #: Property names to check; None is every one that concerns the scenario.
    properties: tuple[str, ...] | None = None
    #: Names of those among them that are not checked.
    skipped: tuple[str, ...] = ()
    #: Seeded faults of the model to switch on, by their names in `model/mutations`.
    mutations: frozenset[str] = frozenset()
    #: Whether the quick steps (binding a pod, starting its containers, the further requests of a
    #: sync) happen before anything else, or only at some time. None where nobody says: the latter,
    #: unless those are too many runs to explore.
    prompt: bool | None = None
    #: What is left open, by its name in `spec.open`; see `model.configurations`. The other fields
    #: then have the largest values.
    open: Mapping[str, Range] = field(default_factory=dict)
    #: What the user accepts of it, in its Check and in annotations of its workload.
    suppressions: tuple[Suppression, ...] = ()
    #: What its manifests ask for and the model leaves out, and which omissions the user accepts.
    omitted: tuple[Use, ...] = ()
    accepted: frozenset[str] = frozenset()
    #: Whether the number of nodes was assumed.
    counted: bool = False
    #: What was assumed where the user said nothing, a sentence each.
    assumptions: tuple[str, ...] = ()
    source: Source = Source("-", 1)
    #: Places of the fields of the Check document.
    fields: Fields = field(default_factory=dict)

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """All that take part."""
        return (self.workload, *self.neighbours)

    @property
    def versions(self) -> tuple[Workload, ...]:
        """The own workload with the template that it has before a rollout, and with the one that it
        is to have; once where the model reads the same of both."""
        if self.before is None:
            return (self.workload,)
        return replace(self.workload, template=self.before.template), self.workload

    @property
    def deployed(self) -> tuple[Workload, ...]:
        """All that take part, as they are at the start."""
        return (self.versions[0], *self.neighbours)

    @property
    def mixed(self) -> bool:
        """Whether there are pods of several templates."""
        return len(self.templates) > 1

    @property
    def templates(self) -> tuple[Workload, ...]:
        """A workload for each template that pods are made from."""
        return (*self.versions, *self.neighbours)

    @property
    def guards(self) -> tuple[PodDisruptionBudget, ...]:
        """The budgets that count the pods of the own workload."""
        return tuple(each for each in self.budgets if each.guards(self.workload))


@dataclass(frozen=True)
class Skipped:
    """A file or folder that is not checked, and what it is: "a docker-compose file"."""

    path: str
    what: str
    #: Whether it should have been checked, and could not be.
    missed: bool = False


@dataclass(frozen=True)
class Plan:
    """Everything that one run of the command line will check."""

    scenarios: tuple[Scenario, ...]
    #: Objects that were read but are not checked yet, "Kind/namespace/name".
    unchecked: tuple[str, ...] = ()
    #: Files and folders that were left out.
    skipped: tuple[Skipped, ...] = ()
    #: Depth bound for bounded engines that the spec asks for.
    depth: int | None = None
