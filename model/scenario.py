"""What a user's files mean: objects of `model/api` in a cluster, what is done to them and what may
go wrong.

`model/load` produces it, `model/cluster` turns each `Scenario` into transition systems.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from model.api.change import Change
from model.api.controlplane import ControlPlane
from model.api.node import ZONE, Node
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.resourcequota import PodQuota
from model.api.schedulerprofile import SchedulerProfile
from model.api.service import Service
from model.api.source import Fields, Source
from model.api.workload import Workload
from model.invariant import Invariant
from model.suppression import Suppression
from model.use import Use

T = TypeVar("T")


@dataclass(frozen=True)
class Overloads:
    """How often pods of the workload take their node down, and how many of them it takes."""

    times: int = 0
    pods: int = 1


@dataclass(frozen=True)
class Faults:
    """How often each fault may happen in one run. 0 switches a fault off."""

    node_crashes: int = 0
    #: Nodes that the control plane does not see any more while their pods run on.
    node_partitions: int = 0
    #: Zones of nodes that crash, all nodes of one at once.
    zone_crashes: int = 0
    #: The same for zones that are cut off.
    zone_partitions: int = 0
    #: Nodes that crash because of the workload's pods.
    overloads: Overloads = Overloads()
    #: Nodes that are removed from the cluster, with all that runs on them.
    node_removals: int = 0
    #: Whether a node that crashed or was cut off is sure to come back, and one that was removed to
    #: be replaced (it may at any time in either case).
    nodes_return: bool = True
    #: A running container that fails its readiness probe or exits once, and recovers.
    pod_failures: int = 0
    #: The same, but it never recovers.
    pods_fail_for_good: int = 0
    #: Restarts of kubelets, which end no container.
    kubelet_restarts: int = 0
    #: Deletions by force, which wait for no kubelet.
    forced_deletions: int = 0
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
    #: By a controller, or one and a kind that it watches ("replicaset-controller.pods"): at
    #: how many past moments its cache may rest while the world goes on.
    slow_watches: Mapping[str, int] = field(default_factory=dict)
    #: Controller name to how often it may start anew.
    controller_restarts: Mapping[str, int] = field(default_factory=dict)
    #: Of faults that only their own file in `model/faults` reads: field of the spec to its value,
    #: where that is not 0.
    more: Mapping[str, int] = field(default_factory=dict)

    def lags(self, watcher: str) -> bool:
        """Whether any watch of a controller may stall."""
        names = (name for name, often in self.slow_watches.items() if often)
        return any(name.partition(".")[0] == watcher for name in names)

    @property
    def pods_seen_late(self) -> bool:
        """Whether who makes the pods of ReplicaSets, or of ReplicationControllers, may lag."""
        return self.lags("replicaset-controller") or self.lags("replication-controller")

    @property
    def losses(self) -> int:
        """How often nodes may stop answering, one or a zone of them at a time."""
        return self.crashes + self.partitions

    @property
    def crashes(self) -> int:
        """How often they may crash."""
        return self.node_crashes + self.zone_crashes + self.overloads.times

    @property
    def partitions(self) -> int:
        """How often they may be cut off."""
        return self.node_partitions + self.zone_partitions

    @property
    def zones(self) -> int:
        """How often all nodes of a zone may stop answering at once."""
        return self.zone_crashes + self.zone_partitions

    @property
    def befalls_nodes(self) -> bool:
        """Whether anything may happen to nodes."""
        return bool(self.losses or self.node_removals)

    @property
    def unready(self) -> bool:
        """Whether pods may become not ready on nodes that are up."""
        return bool(self.pod_failures or self.pods_fail_for_good)

    @property
    def upsetting(self) -> bool:
        """Whether faults may happen to pods and nodes, or to what controllers see of them."""
        late = any((*self.slow_watches.values(), *self.controller_restarts.values()))
        pods = self.unready or self.forced_deletions
        return bool(self.befalls_nodes or pods or late or any(self.more.values()))


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
    #: Those of the workload's namespace.
    services: tuple[Service, ...] = ()
    #: How many seconds it may take until no request goes to a pod that is being deleted, as far as
    #: preStop hooks have to sleep for longer; 0 where nobody says, and any sleep does.
    proxy_lag: int = 0
    #: The ResourceQuotas that its pods may run out of.
    quotas: tuple[PodQuota, ...] = ()
    control_plane: ControlPlane = field(default_factory=ControlPlane)
    faults: Faults = field(default_factory=Faults)
    bounds: Bounds = Bounds()
    #: The workload as it is before a rollout; None if only its image changes.
    before: Workload | None = None
    #: Those that meet it, see `model.scope`: they are deployed and stay as they are.
    neighbours: tuple[Workload, ...] = ()
    #: Subjects of those that meet it too, but stay where they are: see `model.sizes.background`.
    background: tuple[str, ...] = ()
    #: Which of all these keep apart from one another.
    apart: tuple[Apart, ...] = ()
    #: How the neighbours meet the workload, in words.
    meetings: tuple[str, ...] = ()
    #: Property names to check; None is every one that concerns the scenario.
    properties: tuple[str, ...] | None = None
    #: Names of those among them that are not checked.
    skipped: tuple[str, ...] = ()
    #: What the user claims beyond those.
    invariants: tuple[Invariant, ...] = ()
    #: Seeded faults of the model to switch on, by their names in `model/mutations`.
    mutations: frozenset[str] = frozenset()
    #: Whether the quick steps (binding a pod, starting its containers, the further requests of a
    #: sync) happen before anything else, or only at some time. None where nobody says: the latter,
    #: unless those are too many runs to explore.
    prompt: bool | None = None
    #: Whether a pod goes to any feasible node, or to one of those that score best, by the profile
    #: of its scheduler.
    choice: Literal["feasible", "best"] = "feasible"
    profile: SchedulerProfile = field(default_factory=SchedulerProfile)
    #: What is left open, by its name in `spec.open`; see `model.configurations`. The other fields
    #: then have the largest values.
    open: Mapping[str, Range] = field(default_factory=dict)
    #: What the user accepts of it, in its Check and in annotations of its workload.
    suppressions: tuple[Suppression, ...] = ()
    #: The objects of kinds of `model.api.kinds` in the namespace of its workload.
    objects: tuple[object, ...] = ()
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
    def runs(self) -> int:
        """How many runs of a CronJob's schedule are looked at: fewer where its Jobs have several
        pods at a time; 1 for a Job."""
        if self.workload.cron is None:
            return 1
        return 2 if self.workload.replicas > 1 else 3

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """All that take part."""
        return (self.workload, *self.neighbours)

    @property
    def versions(self) -> tuple[Workload, ...]:
        """The own workload with the template that it has before a rollout, and with the one that it
        is to have; once where the model reads the same of both. A ReplicaSet keeps the
        minReadySeconds that it was made with, unless its template comes back."""
        if self.before is None:
            return (self.workload,)
        old = replace(self.workload, template=self.before.template)
        if old.kind == "Deployment":
            old = replace(old, min_ready_seconds=self.before.min_ready_seconds)
        return old, self.workload

    @property
    def deployed(self) -> tuple[Workload, ...]:
        """All that take part, as they are at the start."""
        return (self.versions[0], *self.neighbours)

    @property
    def mixed(self) -> bool:
        """Whether which nodes take a pod is not decided by how many of its kind each has: there are
        pods of several templates, or such as are to be near others."""
        return len(self.templates) > 1 or any(w.template.near for w in self.workloads)

    @property
    def templates(self) -> tuple[Workload, ...]:
        """A workload for each template that pods are made from."""
        return (*self.versions, *self.neighbours)

    @property
    def preempting(self) -> bool:
        """Whether pods of some template may have those of another go."""
        templates = [each.template for each in self.templates]
        highest = max((each.priority for each in templates if each.preempts), default=0)
        return any(each.priority < highest for each in templates)

    @property
    def losable(self) -> int:
        """How many nodes faults may take away at the same time."""
        zones = Counter(zone for node in self.nodes if (zone := node.labels.get(ZONE)) is not None)
        largest = sorted(zones.values(), reverse=True)[: self.faults.zones]
        faults = self.faults
        single = faults.losses - faults.zones + faults.node_removals
        return single + sum(largest)

    @property
    def changes_nodes(self) -> bool:
        """Whether which nodes there are may change during a run."""
        return self.removes_nodes or bool(self.change.added)

    @property
    def removes_nodes(self) -> bool:
        """Whether Node objects may be deleted during a run."""
        return bool(self.faults.node_removals or self.change.removed)

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """Its objects of a kind of `model.api.kinds`."""
        return tuple(each for each in self.objects if isinstance(each, kind))

    @property
    def guards(self) -> tuple[PodDisruptionBudget, ...]:
        """The budgets that count the pods of the own workload."""
        return tuple(each for each in self.budgets if each.guards(self.workload))
