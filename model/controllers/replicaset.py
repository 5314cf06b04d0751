"""The ReplicaSet controller: keeps the number of pods at what a ReplicaSet asks for.

A sync reads the ReplicaSet and its pods once. It decides how many pods to create or which to
delete, ranked once for all of them, and what the status is to say; then it sends the requests one
by one, whatever happens meanwhile, and in the end the status: what it was before it created and
deleted. So a status is behind for sure after a deletion, until another sync. A sync whose requests
the API server can't take may give up.

Where quick steps are prompt and the strategy is RollingUpdate, less is told apart: reading and the
first request are one step, a sync's further requests follow at once, and what a sync that deletes
nothing reports it reads anew for that. Nobody but the Deployment controller reads a status, and
with that strategy it reads no pods: so a request may as well come right after the reading, unless a
pod that it is about, or a node, is another one in between. tests/agreement/test_prompt.py holds
both forms against each other.

What a neighbour's sync creates is decided anew for each pod: nobody but its controller makes pods
of it or takes them for too many, so one is created as soon after another is lost, and in the same
orders, as where a sync remembers how many.

Which pods go first follows upstream's ranking as far as it does not depend on time; among pods that
rank equal, any may go (`model.controllers.victims`). Expectations are modelled as what they
achieve: while its watch is stalled the controller creates and deletes once, then it waits until it
sees that. It chooses among the pods that it last saw, as it saw them; what it sends for one that is
gone meanwhile changes nothing.

For ReplicationControllers upstream runs the same code behind an adapter, as a controller of its
own; as a neighbour in somebody else's system one is a ReplicaSet.

Source: kubernetes v1.36.3 `pkg/controller/replicaset/replica_set.go` (syncReplicaSet,
manageReplicas, getPodsToDelete), `replica_set_utils.go` (calculateStatus,
updateReplicaSetStatus), `pkg/controller/controller_utils.go` (FilterActivePods),
`pkg/controller/replication/conversion.go`.

Omits: pod-deletion-cost, restart counts, readiness and creation times in the ranking (any order
among those is explored), slow-start batches (what a sync creates comes one by one in any case) and
bursts of more than 500, expectations that time out, adoption but of single pods
(`model.controllers.neighbours`), statuses that change in nothing that the model reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from model.api.workload import Workload
from model.apiserver import requests
from model.apiserver.charges import admits, charge
from model.apiserver.objects import Cluster, pod, replicaset
from model.apiserver.symbols import Quick
from model.apiserver.syncs import SPARED, SURE, TIED, Status
from model.apiserver.views import PerObject, Watches
from model.controllers.contract import Controller
from model.controllers.replicaset_view import FOR_CONTROLLERS, NAME, Cache, Decision, named
from model.controllers.sync import Kept, Sync
from model.ir.expr import FALSE, Expr, greatest, integer, ite, variable
from model.ir.quantifier import count, exists
from model.ir.system import Bound, Update, assign
from model.ir.types import BOOL
from model.mutation import Mutation
from model.scenario import Scenario

__all__ = [
    "ADAPTER",
    "CONTROLLER",
    "FOR_CONTROLLERS",
    "NAME",
    "acts",
    "by_ones",
    "named",
    "sees_all",
]

REFUSED_GOES_ON = Mutation(
    "refused-goes-on",
    "a request that a ResourceQuota refuses does not end the sync of a ReplicaSet",
)

OMISSIONS = (
    "pod-deletion-cost annotations and time-based tie breaks when a ReplicaSet scales down "
    "(every order is explored)",
)


def by_ones(cluster: Cluster) -> Callable[[Expr], Expr]:
    """Whether each pod of a ReplicaSet is created by a sync of its own."""
    if not sees_all(cluster.scenario):
        return lambda _: FALSE
    workloads = cluster.workloads

    def of(workload: Workload) -> int:
        # What it takes over may be one too many.
        takes_over = any(workload.adopts(each) for each in workloads)
        return int(not cluster.is_followed(workload) and not takes_over)

    return cluster.each("byOnes", BOOL, of)


def sees_all(scenario: Scenario) -> bool:
    """Whether the controller always decides by what is there, and forgets nothing."""
    faults = scenario.faults
    restarts = (faults.controller_restarts.get(name) for name in (NAME, FOR_CONTROLLERS))
    return not (faults.pods_seen_late or any(restarts) or scenario.mutations)


def acts(cluster: Cluster) -> str | None:
    """The name of the controller that makes pods, if ReplicaSets make any."""
    return named(cluster) if any(each.by_replicasets for each in cluster.workloads) else None


def _add(cluster: Cluster, seen: Watches) -> None:
    cache = Cache(cluster, seen)
    _Requests(cluster, cache, Decision(cluster, cache)).add()
    cluster.forgotten[named(cluster)].extend(cache.forget())


CONTROLLER = Controller(
    NAME,
    ("ReplicaSet", "Pod"),
    "the replicas of a ReplicaSet",
    "its active pods, with what they are in: pending, running, ready",
    "how many are missing, or which are too many, ranked once for all of them",
    "create pods or delete them, then write the status as it was before",
    _add,
    OMISSIONS,
)

#: The same code behind an adapter.
ADAPTER = replace(
    CONTROLLER,
    name=FOR_CONTROLLERS,
    watches=("ReplicationController", "Pod"),
    desired="the replicas of a ReplicationController",
)


class _Requests:
    """The steps of syncs: what is left of one that is under way, or what one decides that begins
    with the request."""

    def __init__(self, cluster: Cluster, cache: Cache, now: Decision) -> None:
        builder, syncs = cluster.builder, cluster.syncs
        self.cluster, self.cache, self.now = cluster, cache, now
        self.r, self.p = replicaset(cluster), pod(cluster)
        s, q = variable("replicaset", cluster.ReplicaSet), variable("of", cluster.Pod)
        self.q, owner = q, cluster.owner
        creates = Kept(syncs.to_create, lambda r: now.missing[r])
        deletes = Kept(syncs.to_delete, lambda r: now.excess[r])
        victims = Kept(syncs.victim, lambda p: now.mark[p], of=lambda p: owner[p], holds=False)
        self.sync = Sync(cluster, named(cluster))
        self.sync.keep(creates, deletes, victims, *map(self._status, syncs.statuses, cache.counts))
        self.idle = builder.define("idle", (s,), self.sync.idle(s))
        due, idle = self.sync.due, self.idle
        self.creating = builder.define("creating", (s,), due(creates, idle[s], s))
        self.deleting = builder.define("deleting", (s,), due(deletes, idle[s], s))
        self.victim = builder.define("chosen", (q,), due(victims, idle[owner[q]], q))
        #: Whether every step is told apart: a sync reads at one time and sends at another.
        recreates = cluster.scenario.workload.strategy == "Recreate"
        self.apart = not cluster.scenario.prompt or recreates
        #: Whether each pod of a ReplicaSet is created by a sync of its own.
        self.by_ones = by_ones(cluster)

    def _status(self, status: Status, see: PerObject) -> Kept:
        """A count of the status that a sync is to write: none of a neighbour's, which nobody reads,
        and what is written where none is under way."""
        written, owned = status.written, self.cluster.owned
        return Kept(
            status.decided, lambda r: ite(owned(r), see(r), written[r]), lambda r: written[r]
        )

    def add(self) -> None:
        """Adds the steps."""
        self._create()
        self._delete()
        self._report()
        if self.cluster.charges:
            self._refused()
        self.sync.forgotten()
        if self.apart:
            self._read()
            self.sync.give_up((self.r,), text="give up the sync of {replicaset}")

    def _decided(self) -> list[Update]:
        """The statuses as a sync that begins now is to write them."""
        pairs = zip(self.cluster.syncs.statuses, self.cache.counts, strict=True)
        r = self.r
        begins = self.idle[r] & self.cluster.is_reported(r)
        return [assign(status.decided[r], see(r), where=begins) for status, see in pairs]

    def _create(self) -> None:
        cluster, r, p, creating = self.cluster, self.r, self.p, self.creating
        to_create = cluster.syncs.to_create
        updates = [
            *requests.create(cluster, p, r),
            *self.cache.created(r, p),
            assign(to_create[r], ite(self.by_ones(r), 0, greatest(0, creating[r] - 1))),
            *charge(cluster, r),
        ]
        if self.apart:
            updates += self._decided()
        action = requests.send(
            cluster,
            "create pod",
            named(cluster),
            (r, p),
            (creating[r] > 0) & cluster.is_vacant(p) & admits(cluster, r),
            updates,
            fairness="weak",
            fair_for=(r,),
            text="create {pod} for {replicaset}",
            why="it saw fewer active pods of {replicaset} than that asks for",
        )
        vacant = exists(cluster.Pod, cluster.is_vacant)
        short = exists(cluster.ReplicaSet, lambda x: creating[x] > 0)
        text = f"at most {cluster.Pod.size} pods at once, terminating ones included"
        cluster.builder.bounds.append(Bound("pods", ~vacant & short, text))
        some = exists(cluster.ReplicaSet, lambda x: (to_create[x] > 0) & admits(cluster, x))
        due = some & vacant & cluster.serving
        if not self.apart:
            cluster.quick.append(Quick(action, due, to_create[r] > 0, last=True))

    def _delete(self) -> None:
        cluster, r, p, q, victim = self.cluster, self.r, self.p, self.q, self.victim
        owner, syncs = cluster.owner, cluster.syncs
        # How many of several equal pods are still to go, once this one is gone.
        sure = count(cluster.Pod, lambda x: (owner[x] == r) & (victim[x] == SURE))
        open_ = self.deleting[r] - sure - ite(victim[p] == TIED, 1, 0)
        settled = (q == p) | ((victim[q] == TIED) & (open_ <= 0))
        updates = [
            *requests.deletion(cluster, p),
            *self.cache.deleted(r),
            *self._decided(),
            assign(syncs.to_delete[r], greatest(0, self.deleting[r] - 1)),
            assign(syncs.victim[q], ite(settled, SPARED, victim[q]), q, where=owner[q] == r),
        ]
        if cluster.ready_wasted is not None:
            wasteful = self.idle[r] & cluster.is_ready(p) & self.now.spares_unready(r)
            updates.append(assign(cluster.ready_wasted(), True, where=wasteful))
        action = requests.send(
            cluster,
            "delete pod",
            named(cluster),
            (r, p),
            (self.deleting[r] > 0) & (owner[p] == r) & victim[p].is_in("Tied", "Sure"),
            updates,
            fairness="weak",
            fair_for=(r,),
            text="delete {pod} of {replicaset}",
            why="it saw more active pods of {replicaset} than that asks for; "
            "{pod} ranked first to go",
        )
        due = exists(cluster.ReplicaSet, lambda x: syncs.to_delete[x] > 0) & cluster.serving
        if not self.apart:
            cluster.quick.append(Quick(action, due, syncs.to_delete[r] > 0, last=True))

    def _refused(self) -> None:
        """A pod that a quota refuses ends the sync, but for the status. It is tried again."""
        cluster, r, creating = self.cluster, self.r, self.creating
        told = ~self.idle[r] | self.now.behind(r)
        kept = creating[r] if cluster.mutated(REFUSED_GOES_ON) else integer(0)
        updates = [*self._decided(), assign(cluster.syncs.to_create[r], kept)]
        action = requests.send(
            cluster,
            "pod refused",
            named(cluster),
            (r,),
            (creating[r] > 0) & ~admits(cluster, r) & told,
            updates,
            fairness="weak",
            fair_for=(r,),
            text="a pod of {replicaset} is refused",
            why="a ResourceQuota is used up",
        )
        left = cluster.syncs.to_create
        due = exists(cluster.ReplicaSet, lambda x: (left[x] > 0) & ~admits(cluster, x))
        due = due & cluster.serving
        if not self.apart:
            cluster.quick.append(Quick(action, due, left[r] > 0, last=True))

    def _report(self) -> None:
        cluster, r = self.cluster, self.r
        updates = [*requests.wrote(cluster, r), *self.cache.told(r)]
        for status, see in zip(cluster.syncs.statuses, self.cache.counts, strict=True):
            value = ite(self.idle[r], see(r), status.decided[r])
            updates += [assign(status.written[r], value), assign(status.decided[r], value)]
        for refuse in cluster.conflicts:
            updates += refuse(r)
        sent = (self.creating[r] == 0) & (self.deleting[r] == 0)
        requests.send(
            cluster,
            "update status",
            named(cluster),
            (r,),
            cluster.exists[r] & sent & (~self.idle[r] | self.now.behind(r)),
            updates,
            fairness="weak",
            fair_for=(r,),
            text="report on {replicaset}",
            why="it saw another number of them than the status of {replicaset} gives",
        )

    def _read(self) -> None:
        cluster, r, now = self.cluster, self.r, self.now
        updates = []
        if cluster.ready_wasted is not None:
            sure = exists(
                cluster.Pod,
                lambda x: (cluster.owner[x] == r) & cluster.is_ready(x) & (now.mark[x] == SURE),
            )
            wasteful = sure & now.spares_unready(r)
            updates.append(assign(cluster.ready_wasted(), True, where=wasteful))
        self.sync.read(
            (r,),
            self.idle[r]
            & ~self.by_ones(r)
            & ((now.missing[r] > 0) | (now.excess[r] > 0) | now.behind(r)),
            updates,
            text="read {replicaset} and its pods, and decide",
        )
