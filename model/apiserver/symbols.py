"""The system under construction and the symbols that components share: what the API server stores,
and what components tell each other of it. What can be said of them is `model.apiserver.objects`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from model.api.workload import Workload
from model.apiserver.configuration import Configuration
from model.apiserver.harm import Harm
from model.apiserver.room import Room
from model.apiserver.syncs import Syncs
from model.ir.builder import Builder
from model.ir.expr import FALSE, TRUE, Expr
from model.ir.system import Action, StateFunction, Table, Update
from model.ir.types import Sort
from model.scenario import Scenario
from model.stages import Stages

if TYPE_CHECKING:
    from model.apiserver.adoptions import Adoptions
    from model.apiserver.charges import Charge
    from model.apiserver.deletion import Deletion
    from model.apiserver.history import History
    from model.apiserver.identities import Identities
    from model.apiserver.jobs import Jobs
    from model.apiserver.nominations import Nominations
    from model.apiserver.pins import Pins
    from model.apiserver.routing import Routing
    from model.apiserver.views import Watch

#: A count that the scenario fixes: a number, or an expression where it is left open and in a text
#: for every size.
Count = int | Expr


class Quick(NamedTuple):
    """A quick step: its action, the condition that one is due, and which choices of the action's
    parameters are quick. The `last` ones wait for the others."""

    action: Action
    due: Expr
    where: Expr = TRUE
    last: bool = False


@dataclass
class Symbols:
    """The symbols of one system."""

    scenario: Scenario
    builder: Builder
    #: Whether a text for every size is under construction (see `model.sizes.family`).
    general: bool
    #: What the scenario leaves open.
    configuration: Configuration
    #: Whether nobody ever waits for a deleted pod to be gone.
    roomy: Expr
    Pod: Sort
    Node: Sort
    #: Those of the scenario's own workload first, oldest first; then one for each neighbour.
    ReplicaSet: Sort
    #: The workload of each ReplicaSet, in their order.
    workloads: tuple[Workload, ...]
    phase: StateFunction
    node: StateFunction
    owner: StateFunction
    health: StateFunction
    unschedulable: StateFunction | None
    #: The node that each pod of a DaemonSet is made for; None where all pods are for any node.
    target: StateFunction | None
    #: The places of the pods of the own workload, where that is a StatefulSet.
    identities: Identities | None
    #: The pods that the drain under way waits for, where others may come after them; else None.
    listed: StateFunction | None
    #: What faults have done to nodes and pods behind the API server's back.
    harm: Harm
    #: The nodes that there are; None where all are in every configuration.
    registered: StateFunction | None
    exists: StateFunction
    replicas: StateFunction
    status_available: StateFunction
    #: For how many replicas of the Deployment a ReplicaSet was last written, as an annotation of it
    #: says; None where the user does not scale one.
    desired_replicas: StateFunction | None
    #: The pods that a ReplicaSet's status counts; None where nobody asks for them.
    status_replicas: StateFunction | None
    syncs: Syncs
    #: The Jobs, where the workload is one.
    jobs: Jobs | None
    #: Requests to Services, where these are modelled.
    routing: Routing | None
    #: What is left of the workload's object once it is deleted; None where nobody deletes it.
    deleted: Deletion | None
    #: Who takes over what it leaves; None where nobody does.
    adopted: Adoptions | None
    #: What is left of its history; None where nobody needs what may be gone.
    history: History | None
    #: How many pods a rollout has to keep available (`model.apiserver.floor`); None where that is
    #: what the replicas are at the time.
    owed: StateFunction | None
    #: True while the etcd quorum takes writes: every API request that writes needs it.
    serving: Expr
    #: How far the user may come, what the workload's object says by now, and how far that is if it
    #: does not tell; None where it never changes.
    stages: Stages
    change: StateFunction | None
    position: StateFunction | None
    #: True once an involuntary fault has struck; `model.faults` adds to it.
    disturbed: Expr = FALSE
    #: Whether caches rest at any moments of the past, however many.
    slides: bool = False
    #: Becomes true when a write replaces a version that its writer had not seen; None where no
    #: writer can be behind.
    lost_update: StateFunction | None = None
    #: Whether each node has the administrator's taint; None where the scenario has none.
    tainted: StateFunction | None = None
    #: Whether the drain of a node has begun, where a cordon alone does not tell: where drains take
    #: turns, and nodes may be cordoned from the start.
    drain_begun: Callable[[Expr], Expr] = lambda _: TRUE
    #: Whether a sync of the Deployment controller is under way that read another number of replicas
    #: than the user asks for now.
    late_sync: Expr = FALSE
    #: Whether the user waits for no drain.
    no_drain: Expr = TRUE
    #: By a PodDisruptionBudget's name, what its status says since the disruption controller's watch
    #: stalled: how many pods are healthy, and how many evictions were taken from what it allows.
    evicted: dict[str, tuple[StateFunction, StateFunction]] = field(default_factory=dict)
    #: Whether each Job beside the workload was deleted after its end; None where that is no matter.
    expired: StateFunction | None = None
    #: Becomes true when an eviction goes below a PodDisruptionBudget; None without one.
    budget_breached: StateFunction | None = None
    #: Becomes true when a ReplicaSet deletes a ready pod before one that is not ready; None where
    #: that choice does not arise.
    ready_wasted: StateFunction | None = None
    #: The revision that a StatefulSet's status calls current, where that is followed although it
    #: is the one of the start for as long as it decides anything; else None.
    settled: StateFunction | None = None
    #: The zones of its pods' volumes, where they keep pods from nodes.
    pins: Pins | None = None
    #: What is made free for whom; None where no pod may have others go.
    nominations: Nominations | None = None
    #: The ResourceQuotas that the workload's pods are charged to, if they can run out.
    charges: tuple[Charge, ...] = ()
    #: What can run out on the nodes that several workloads share.
    rooms: list[Room] = field(default_factory=list)
    #: Conditions under which some pod is to be evicted, or rejected by its kubelet.
    evicting: list[Expr] = field(default_factory=list)
    quick: list[Quick] = field(default_factory=list)
    #: Called with a ReplicaSet that is written: what watchers remember of it.
    watchers: list[Callable[[Expr], Sequence[Update]]] = field(default_factory=list)
    #: Called with a ReplicaSet whose status is written: what becomes of requests about it that are
    #: on their way.
    conflicts: list[Callable[[Expr], Sequence[Update]]] = field(default_factory=list)
    #: By the name of a controller, what becomes of what it has decided and remembers when it starts
    #: anew.
    forgotten: dict[str, list[Update]] = field(default_factory=dict)
    #: Called with a pod that somebody else than its controller deletes, or that is rejected, and
    #: with whether it is gone at once.
    losses: list[Callable[[Expr, Expr], Sequence[Update]]] = field(default_factory=list)
    #: Called with a node that is back after a crash.
    reboots: list[Callable[[Expr], Sequence[Update]]] = field(default_factory=list)
    #: The watches that can stall.
    watches: list[Watch] = field(default_factory=list)
    #: The counts that were asked for, by name.
    _counts: dict[str, Table] = field(default_factory=dict)
    #: Those that configurations differ in, likewise.
    _numbers: dict[str, Count] = field(default_factory=dict)
