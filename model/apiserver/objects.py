"""The objects that the API server stores, as state functions; `model.apiserver.store` makes them.

A pod's lifecycle is one enum, because the components only ever ask which stage it is in:

    Absent       the slot is free
    Pending      created; bound once `node` is set
    Running      its containers run, it is not ready
    Ready        its readiness condition is true
    Available    ready for minReadySeconds (only modelled when that is not 0)
    Terminating  deletionTimestamp is set, its node has not confirmed the end

Source: kubernetes v1.36.3 `pkg/apis/core/types.go` (PodPhase, PodCondition),
`pkg/registry/core/pod/strategy.go` (CheckGracefulDelete: a pod without node or grace period goes
at once), `pkg/controller/controller_utils.go` (IsPodActive).

A pod that has ended is gone: of a Job what it counts for is in `model.apiserver.jobs`.

Omits: pods that end (Succeeded, Failed) but for those of Jobs, finalizers, object metadata.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from model.api.steps import LABELS
from model.api.workload import Workload
from model.apiserver.adoptions import adopters
from model.apiserver.symbols import Count, Symbols
from model.configurations import closed
from model.ir.expr import (
    FALSE,
    TRUE,
    Expr,
    boolean,
    constant,
    element,
    integer,
    ite,
    literal,
    variable,
)
from model.ir.expr import add as plus
from model.ir.quantifier import count, exists, total
from model.ir.system import State, Table
from model.ir.types import BOOL, EnumType, IntType, Type
from model.labellings import labellings, places
from model.mutation import Mutation
from model.plugins import daemon_nodes
from model.position import Position, Stage
from model.scenario import Scenario
from model.stages import stages

T = TypeVar("T")

PHASE = EnumType("PodPhase", ("Absent", "Pending", "Running", "Ready", "Available", "Terminating"))
ABSENT, PENDING, RUNNING, READY, AVAILABLE, TERMINATING = (
    constant(PHASE, name) for name in PHASE.values
)

HEALTH = EnumType("NodeHealth", ("Up", "Crashed", "Unreachable"))
UP, CRASHED, UNREACHABLE = (constant(HEALTH, name) for name in HEALTH.values)

#: What the counts depend on that maxSurge and maxUnavailable come to.
ROUNDED = ("replicas", "maxSurge", "maxUnavailable")

#: The type of counts in a text for every size: so wide that no comparison is decided by it.
UNBOUNDED = IntType(0, 1 << 40)

#: What a trace says when a property's flag goes up.
LOST = "a version that the writer had not seen is overwritten"
WASTED = "a ready pod is deleted before one that is not ready"

#: Where a pod says which node it is made for.
TARGET = "Pod/{0}.spec.affinity.nodeAffinity"

OMISSIONS = (
    "requests that fail although the store takes writes, but for updates of old versions",
    "pods that finish (Succeeded, Failed) but for those of Jobs, finalizers",
    "init containers, sidecars and hooks as steps of their own: a pod starts in one step",
)


@dataclass
class Cluster(Symbols):
    """What can be said of the objects of the system under construction.

    `desired`, `surge` and `unavailable` are the counts that the *user* asked for; a controller
    with a seeded fault may compute others.
    """

    @property
    def desired(self) -> Count:
        return self.desired_at(None)

    def desired_at(self, change: Expr | None) -> Count:
        """The replicas that the user asks for, now or at a value of `change`."""
        return self.given("desired", lambda s: s.workload.replicas, "replicas", change=change)

    @property
    def surge(self) -> Count:
        return self.given("maxSurge", lambda s: s.workload.rounded[0], *ROUNDED)

    @property
    def unavailable(self) -> Count:
        return self.given("maxUnavailable", lambda s: s.workload.rounded[1], *ROUNDED)

    @property
    def slots(self) -> Count:
        """How many pods can exist at once."""
        return self.given("podSlots", self.Pod.size)

    def given(
        self,
        name: str,
        value: int | Callable[[Scenario], int],
        *over: str,
        change: Expr | None = None,
    ) -> Count:
        """A count that the scenario fixes, or each closed one; in a text for every size, a table
        without arguments. `over` names what it depends on of all that may be open. Where the user
        scales, what depends on the replicas is that of now, or at a value of `change`."""
        if self.scales and "replicas" in over and not isinstance(value, int):
            at = change if change is not None or self.change is None else self.change()
            return self.by_stage(at, lambda s: value(self.resized(s.replicas)), integer)
        if self.general:
            if name not in self._counts:
                number = value if isinstance(value, int) else value(self.scenario)
                self._counts[name] = self.builder.table(name, (), UNBOUNDED, [number])
            return self._counts[name][()]
        if isinstance(value, int):
            return value
        if name not in self._numbers:
            self._numbers[name] = self.configuration.number(name, value, over)
        return self._numbers[name]

    @property
    def scales(self) -> bool:
        """Whether the user changes the number of replicas."""
        return len(self.stages.sizes) > 1

    def resized(self, replicas: int) -> Scenario:
        """The scenario with another number of replicas from the start."""
        workload = replace(self.scenario.workload, replicas=replicas)
        return replace(self.scenario, workload=workload)

    def by_replicas(self, replicas: Expr, of: Callable[[Scenario], int]) -> Expr:
        """Something that depends on the number of replicas, of one of those that there ever are."""
        first, *others = self.stages.sizes
        found: Expr = integer(of(self.resized(first)))
        for size in others:
            found = ite(replicas == size, of(self.resized(size)), found)
        return found

    def closed(self, state: State) -> Cluster:
        """The cluster as the configuration of a state has it."""
        choice, change = self.configuration.choice(state), self.scenario.change
        if not choice and not change.has(*LABELS):
            return self
        scenario = closed(self.scenario, choice)
        if change.has(*LABELS):
            scenario = daemon_nodes.counted(labellings(scenario)[self.labels(state)])
        return replace(self, scenario=scenario, workloads=owners(scenario))

    def labels(self, state: State) -> int:
        """Which of the labels that nodes come to have they have in a state."""
        if self.position is None or not self.scenario.change.has(*LABELS):
            return 0
        start = 0
        for each in self.builder.functions:
            if each is self.position:
                break
            start += each.size
        return places(self.scenario)[state[start]]

    def is_registered(self, node: Expr) -> Expr:
        """Whether a node exists in the configuration."""
        return TRUE if self.registered is None else self.registered[node]

    @property
    def parameters(self) -> tuple[Table, ...]:
        """The counts of a text for every size."""
        return tuple(self._counts.values())

    def mutated(self, fault: Mutation) -> bool:
        """Whether a seeded fault is switched on."""
        return fault in self.scenario.mutations

    # -- whose a pod is -------------------------------------------------------------------------
    @property
    def shared(self) -> bool:
        """Whether other workloads take part."""
        return bool(self.scenario.neighbours)

    def is_mine(self, workload: Workload) -> bool:
        """Whether it is the scenario's own workload."""
        return workload.subject == self.scenario.workload.subject

    @property
    def own(self) -> tuple[Expr, ...]:
        """The ReplicaSets of the scenario's own workload, oldest first."""
        names = zip(self.ReplicaSet.elements, self.workloads, strict=True)
        mine = [name for name, workload in names if self.is_mine(workload)]
        return tuple(element(self.ReplicaSet, name) for name in mine)

    @property
    def old(self) -> Expr:
        """The ReplicaSet of the template that the own workload has at the start."""
        return self.own[0]

    @property
    def new(self) -> Expr:
        """The ReplicaSet of the template that it is changed to, if it is."""
        return self.own[-1]

    def each(self, name: str, type: Type, of: Callable[[Workload], int]) -> Callable[[Expr], Expr]:
        """Something of each ReplicaSet's workload: a table, or a constant where all have the
        same."""
        values = [of(workload) for workload in self.workloads]
        if len(set(values)) == 1:
            return lambda _: literal(type, values[0])
        known = next((t for t in self.builder.tables if t.name == name), None)
        table = known or self.builder.table(name, (self.ReplicaSet,), type, values)
        return lambda replicaset: table[replicaset]

    def is_own(self, pod: Expr) -> Expr:
        """Whether a pod is of the scenario's own workload."""
        return self.owned(self.owner[pod])

    def is_watched(self, pod: Expr) -> Expr:
        """Whether anybody minds that a pod is ready: it is of the own workload, or a budget counts
        it. Others are ready as soon as they run, and so are those of Jobs."""
        return self.each("watched", BOOL, lambda each: int(self.minds(each)))(self.owner[pod])

    def minds(self, workload: Workload) -> bool:
        """The same of all pods of a workload."""
        guards = self.scenario.budgets
        minded = self.is_followed(workload) or any(each.guards(workload) for each in guards)
        return minded and workload.job is None

    def is_followed(self, workload: Workload) -> bool:
        """Whether anybody reads how many of a workload's pods are available: it is the scenario's
        own, or a Deployment that takes over what that leaves."""
        return self.is_mine(workload) or workload in adopters(self.scenario)

    def is_reported(self, replicaset: Expr) -> Expr:
        """Whether the status of a ReplicaSet matters to anybody."""
        return self.each("reported", BOOL, lambda w: int(self.is_followed(w)))(replicaset)

    def owned(self, replicaset: Expr) -> Expr:
        """Whether a ReplicaSet is of the scenario's own workload."""
        return self.each("own", BOOL, lambda workload: int(self.is_mine(workload)))(replicaset)

    # -- what one pod is ------------------------------------------------------------------------
    def is_active(self, pod: Expr) -> Expr:
        """Counted by its controller: there, and not on its way out."""
        return self.phase[pod].is_in("Pending", "Running", "Ready", "Available")

    def is_ready(self, pod: Expr) -> Expr:
        return self.phase[pod].is_in("Ready", "Available")

    def waits(self, replicaset: Expr) -> Expr:
        """Whether the pods of a ReplicaSet have to be ready for some time to be available."""
        return self.each("waits", BOOL, lambda each: int(each.min_ready_seconds > 0))(replicaset)

    def is_available(self, pod: Expr) -> Expr:
        return ite(self.waits(self.owner[pod]), self.phase[pod] == AVAILABLE, self.is_ready(pod))

    def is_vacant(self, pod: Expr) -> Expr:
        """Whether a place is free for any pod."""
        free = self.phase[pod] == ABSENT
        return free if self.identities is None else free & ~self.identities.keeps(pod)

    def is_unscheduled(self, pod: Expr) -> Expr:
        return (self.phase[pod] == PENDING) & self.node[pod].is_none()

    def cordoned(self, node: Expr) -> Expr:
        """Cordoned for a drain of the scenario, which has begun."""
        if self.unschedulable is None or not self.scenario.change.drains:
            return FALSE
        drained = next(t for t in self.builder.tables if t.name == "drained")
        return self.unschedulable[node] & drained[node] & self.drain_begun(node)

    def is_tainted(self, node: Expr) -> Expr:
        """Tainted by the scenario."""
        if self.tainted is None:
            return FALSE
        return self.tainted[node].is_in(str(self.scenario.change.taint))

    # -- counts ---------------------------------------------------------------------------------
    def active(self, replicaset: Expr) -> Expr:
        return count(self.Pod, lambda p: self.is_active(p) & (self.owner[p] == replicaset))

    def available(self, replicaset: Expr) -> Expr:
        return count(self.Pod, lambda p: self.is_available(p) & (self.owner[p] == replicaset))

    def count_own(self, test: Callable[[Expr], Expr]) -> Expr:
        """How many pods of the scenario's own workload pass a test."""
        return count(self.Pod, lambda p: test(p) & self.is_own(p))

    def some_own(self, test: Callable[[Expr], Expr]) -> Expr:
        """Whether a pod of the scenario's own workload passes a test."""
        return exists(self.Pod, lambda p: test(p) & self.is_own(p))

    def asked(self) -> Expr:
        """The replicas that all ReplicaSets of the scenario's own workload ask for together."""
        if self.shared:
            return plus(*(self.replicas[r] for r in self.own))
        return total(self.ReplicaSet, lambda r: self.replicas[r])

    # -- what the user asks for -----------------------------------------------------------------
    def by_stage(
        self, change: Expr | None, of: Callable[[Stage], T], shown: Callable[[T], Expr]
    ) -> Expr:
        """Something that the workload's object says, at a value of `change`."""
        first, *others = self.stages.stages
        found, values = shown(of(first)), dict.fromkeys(map(of, others))
        names = dict(zip(self.stages.stages, self.stages.names, strict=True))
        for value in values if change is not None else ():
            if value != of(first):
                assert change is not None
                says = change.is_in(*(names[stage] for stage in names if of(stage) == value))
                found = ite(says, shown(value), found)
        return found

    def by_position(self, of: Callable[[Position], int]) -> Expr:
        """A count that depends on which steps the user has taken."""
        found: Expr = integer(of(self.stages.positions[0]))
        for place, position in enumerate(self.stages.positions):
            if self.position is not None:
                found = ite(self.position() == place, of(position), found)
            elif self.change is not None:
                name = self.stages.names[self.stages.place(place)]
                found = ite(self.change().is_in(name), of(position), found)
        return found

    def in_stages(self, test: Callable[[Stage], bool]) -> Expr:
        """Whether the object says something now."""
        names = zip(self.stages.stages, self.stages.names, strict=True)
        found = [name for stage, name in names if test(stage)]
        if self.change is None or len(found) == len(self.stages.stages):
            return boolean(bool(found))
        return self.change().is_in(*found)

    def is_deleted(self, *propagations: str) -> Expr:
        """Whether the user has deleted the workload's object, in one of these ways, or in any."""
        return self.in_stages(
            lambda stage: stage.deletion in propagations if propagations else bool(stage.deletion)
        )

    def template_of(self, change: Expr | None) -> Expr:
        """The ReplicaSet whose template the Deployment has, at a stage of the user's change."""
        return self.by_stage(change, lambda stage: stage.revision, lambda i: self.own[i])

    @property
    def wanted(self) -> Expr:
        """The ReplicaSet of the template that the user wants now."""
        return self.template_of(None if self.change is None else self.change())


def owners(scenario: Scenario) -> tuple[Workload, ...]:
    """The workload of each ReplicaSet that there may be, or of each Job of a CronJob."""
    if scenario.workload.cron is not None:
        return (scenario.workload,) * scenario.runs
    old, new = scenario.versions[0], scenario.versions[-1]
    others = stages(scenario).revisions[1:]
    rolls = scenario.change.kind == "rollout"
    own = (new if revision.later or rolls else old for revision in others)
    return (old, *own, *scenario.neighbours)


def spares_ready(scenario: Scenario) -> bool:
    """Whether a ReplicaSet may have to choose between ready pods and others when it scales down,
    and its controller sees which are which."""
    change, unready = scenario.change, scenario.change.reverts or scenario.faults.unready
    slow = scenario.faults.pods_seen_late
    ranks = scenario.workload.by_replicasets and not slow
    return bool(((change.rolls and unready) or stages(scenario).shrinks) and ranks)


def pod(cluster: Cluster) -> Expr:
    """The action parameter that ranges over pods."""
    return variable("pod", cluster.Pod)


def node(cluster: Cluster) -> Expr:
    """The action parameter that ranges over nodes."""
    return variable("node", cluster.Node)


def replicaset(cluster: Cluster) -> Expr:
    """The action parameter that ranges over ReplicaSets."""
    return variable("replicaset", cluster.ReplicaSet)
