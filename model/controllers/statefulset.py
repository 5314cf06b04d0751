"""The StatefulSet controller: one pod for each ordinal, in order where that is asked for.

What a sync asks for is decided by `model.controllers.ordinals`. A pod's slot is that of its ordinal
(`model.apiserver.identities`): the API server keeps no two objects of a name, so a pod that is
being deleted has to be gone before its ordinal gets another one. The ReplicaSets of the own
workload are the revisions here.

Where pods may be evicted under a budget, what a sync has decided is kept until it is sent: a pod
that is yet to be deleted is healthy until then, so another one may be evicted that could not be
afterwards. Then both are gone, also where one pod at a time is updated or scaled away
(specs/broken/statefulset-drain-rollout.yaml, specs/broken/statefulset-drain-scale.yaml). A deletion
of a pod that is gone is refused, which ends the sync.

Elsewhere a sync reads and sends one request in one step, and what else it might send it decides
anew: what others do between a reading and its request (a node fails, a pod gets ready, the template
is taken back) might as well come after the request. tests/agreement/test_syncs.py holds both forms
against each other (docs/adr/0020-syncs-keep-what-they-decide.md).

The status matters where `updateStrategy.rollingUpdate` is empty: then the ordinals below
currentReplicas get the current revision; it is written by the sync that deletes a pod for its
revision, before the next sync, and some time after what else it counts. Of a partition it matters
what `model.apiserver.partition` says.

Source: kubernetes v1.36.3 `pkg/controller/statefulset/stateful_set.go` (sync),
`stateful_set_control.go` (performUpdate, updateStatefulSet, completeRollingUpdate),
`stateful_set_utils.go` (newVersionedStatefulSetPod).

Omits: requests that fail, claims and their volumes but for the zones of these, deletion, adoption,
the order in which a batch of a Parallel set is sent, as far as that is no matter of other batches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from model.api.steps import Drain
from model.apiserver import partition as partitions
from model.apiserver import requests
from model.apiserver.objects import ABSENT, PENDING, TERMINATING, Cluster, pod, replicaset
from model.apiserver.pods import Pods
from model.apiserver.views import Watches
from model.controllers.contract import Controller
from model.controllers.ordinals import Decision, Pod, Request, Spec, decide
from model.controllers.sync import Kept, OfCell, Sync, told_apart
from model.ir.expr import FALSE, TRUE, Expr, disj, ite, none
from model.ir.quantifier import count
from model.ir.system import Definition, StateFunction, Update, assign
from model.ir.types import BOOL, ElementType, Type
from model.mutation import Mutation

NAMES_REUSED = Mutation(
    "names-reused",
    "the StatefulSet controller replaces a pod that is being deleted before it is gone",
)
PARTITION_IGNORED = Mutation(
    "partition-ignored", "the StatefulSet controller ignores the partition"
)
CURRENT_TOO_EARLY = Mutation(
    "current-too-early",
    "the StatefulSet controller calls a revision current once all pods are ready, updated or not",
)

ON_DELETE_KEEPS = Mutation(
    "on-delete-keeps",
    "the StatefulSet controller makes pods of the current revision where they are updated OnDelete",
)

NAME = "statefulset-controller"

#: What a trace says when `at-most-one-per-identity` is broken.
TWICE = "a pod is made while another one of its name exists"

OMISSIONS = ("claims of a StatefulSet's pods, but for the zones of their volumes",)


#: By the reason of a deletion: its action, what that says, and why.
_DELETIONS = {
    "old": (
        "delete pod",
        "delete {pod}: its revision is old",
        "it is the highest ordinal of an old revision, and all above it are available",
    ),
    "surplus": (
        "delete surplus pod",
        "delete {pod}: the StatefulSet is to have fewer",
        "its ordinal is the highest that is not wanted, and no pod holds it up",
    ),
}


#: A request of a sync: its verb, its ordinal, and why.
Key = tuple[str, int, str]


def _key(request: Request) -> Key:
    return request.verb, request.ordinal, request.reason


def _same(value: Expr, *_: Expr) -> Expr:
    return value


def evictable(cluster: Cluster) -> bool:
    """Whether its pods may be evicted under a budget: what a sync has yet to delete is healthy
    until then, so others may be evicted that could not be afterwards."""
    return bool(cluster.scenario.guards) and cluster.scenario.change.has(Drain)


class _Steps:
    """Its steps. What is asked for each ordinal is defined once."""

    def __init__(self, cluster: Cluster, seen: Watches) -> None:
        self.cluster, self.p = cluster, pod(cluster)
        self.cache = Pods(cluster, seen.of("pods"), seen.of("statefulsets"))
        assert cluster.identities is not None
        self.identities = cluster.identities
        #: The status: the current revision, and how many pods have it; None where nobody asks.
        self.revision: StateFunction | None = None
        self.current: StateFunction | None = None
        named, counted = partitions.followed(cluster)
        if counted:
            self._remember()
        elif named and cluster.settled is None:
            cluster.settled = self._named()
        self.decision = self._decide()
        self.sync = Sync(cluster, NAME)
        #: Whether a sync reads at one time and sends at another.
        self.apart = told_apart(cluster) or evictable(cluster)
        #: By ordinal, of which revision a pod is made, if one is.
        self.made: dict[int, Expr] = {}
        #: What is kept of each request; nothing where a sync sends as it reads.
        self.kept: dict[Key, Kept] = {}
        self.idle = TRUE

    @property
    def _status(self) -> str:
        return f"StatefulSet/{self.cluster.scenario.workload.name}.status."

    def _named(self) -> StateFunction:
        """The current revision, as the status has it."""
        revisions = ElementType(self.cluster.ReplicaSet)
        label = f"{self._status}currentRevision"
        return self.cluster.builder.function("currentRevision", (), revisions, 0, label)

    def _remember(self) -> None:
        cluster = self.cluster
        self.revision = self._named()
        replicas = cluster.replicas.type
        self.current = cluster.builder.function(
            "currentReplicas",
            (),
            replicas,
            cluster.scenario.workload.replicas,
            f"{self._status}currentReplicas",
        )

    def _decide(self) -> Decision:
        cluster, stateful = self.cluster, self.cluster.scenario.workload.stateful
        assert stateful is not None
        given = partitions.partition(cluster, self.cache.stage)
        ignored = cluster.mutated(PARTITION_IGNORED)
        spec = Spec(
            replicas=self.cache.desired,
            parallel=stateful.parallel,
            on_delete=stateful.on_delete,
            partition=0 if ignored else given.kept,
            unset=FALSE if ignored else given.unset,
            current_replicas=0 if self.current is None else self.current(),
            updating=self.cache.wanted != self._current_revision,
        )
        return decide(spec, [self._read(i) for i in range(self.identities.number)])

    @property
    def _current_revision(self) -> Expr:
        if self.revision is not None:
            return self.revision()
        settled = self.cluster.settled
        return self.cluster.old if settled is None else settled()

    def _read(self, ordinal: int) -> Pod:
        cache = self.cache

        def some(test: Callable[[Expr], Expr]) -> Expr:
            return self.identities.some(ordinal, test)

        exists = some(lambda p: cache.phase(p) != ABSENT)
        terminating = some(lambda p: cache.phase(p) == TERMINATING)
        if self.cluster.mutated(NAMES_REUSED):
            exists, terminating = exists & ~terminating, FALSE
        return Pod(
            exists=exists,
            pending=some(lambda p: cache.phase(p) == PENDING),
            ready=some(cache.is_ready),
            available=some(cache.is_available),
            terminating=terminating,
            updated=some(lambda p: cache.owner(p) == cache.wanted),
            current=some(lambda p: cache.owner(p) == self._current_revision),
        )

    def add(self) -> None:
        """Adds the steps."""
        asked = [r for r in self.decision.requests if r.verb in ("create", "delete")]
        assert len(asked) == len(self.decision.requests), "claims are left out"
        asked = [self._asks(number, request) for number, request in enumerate(asked)]
        if self.apart:
            asked = self._keep(asked)
        asked = self._first(asked)
        self._create(asked)
        self._delete(asked, "old")
        self._delete(asked, "surplus")
        if self.revision is not None and self.current is not None:
            self._report(self.revision, self.current)
        elif self.cluster.settled is not None:
            self._settle(self.cluster.settled)

    def _asks(self, number: int, request: Request) -> Request:
        """A request that a sync asks for that begins now, and of which revision a pod is made; none
        for a StatefulSet that is gone, or being deleted."""
        current = TRUE if self.cluster.mutated(ON_DELETE_KEEPS) else request.current
        if request.verb == "create":
            self.made[request.ordinal] = ite(current, self._current_revision, self.cache.wanted)
        name = f"asks {request.verb} {request.ordinal} {number}"
        when = request.when & self.cache.lives
        return request._replace(when=self.cluster.builder.define(name, (), when)())

    def _keep(self, asked: Sequence[Request]) -> list[Request]:
        """The requests that are due, where what is left of a sync is kept."""
        cluster, sync, none_ = self.cluster, self.sync, none(self.cluster.ReplicaSet)
        for request in asked:
            name = f"to {request.verb} {request.ordinal} {request.reason}".rstrip()
            type: Type = BOOL
            now = request.when
            if request.verb == "create":
                type = ElementType(cluster.ReplicaSet, optional=True)
                now = ite(now, self.made[request.ordinal], none_)
            function = cluster.builder.function(name, (), type, type.lo)
            part = self.kept[_key(request)] = Kept(function, partial(_same, now))
            sync.keep(part)
        idle = self.idle = cluster.builder.define("noSync", (), sync.idle())()
        sync.read((), idle & disj(*(r.when for r in asked)), text="read the pods, and decide")
        sync.give_up((), text="give up the sync")
        sync.forgotten()
        found = []
        for request in asked:
            part = self.kept[_key(request)]
            if request.verb == "create":
                self.made[request.ordinal] = sync.due(part, idle)
            found.append(request._replace(when=ite(idle, request.when, part.left())))
        return found

    def _rest(self, reason: str) -> list[Update]:
        """What is left of a sync after a request about the pod."""
        sent: dict[Kept, OfCell] = {}
        for (_, ordinal, why), part in self.kept.items():
            if why == reason:
                mine, due = self.identities.has(self.p, ordinal), self.sync.due(part, self.idle)
                sent[part] = partial(_same, ite(mine, part.nothing(), due))
        return self.sync.rest(self.idle, sent)

    def _first(self, asked: Sequence[Request]) -> list[Request]:
        """Each request of a turn as long as no earlier turn has any."""
        found, earlier, turn, here = [], FALSE, 0, FALSE
        for request in asked:
            if request.turn != turn:
                earlier, turn, here = earlier | here, request.turn, FALSE
            found.append(request._replace(when=request.when & ~earlier))
            here = here | request.when
        return found

    def _due(self, name: str, asked: Sequence[Request]) -> Definition:
        """Whether each pod is asked for."""
        p = self.p
        due = (r.when & self.identities.has(p, r.ordinal) for r in asked)
        return self.cluster.builder.define(name, (p,), disj(*due))

    def _create(self, asked: Sequence[Request]) -> None:
        cluster, p, revision = self.cluster, self.p, replicaset(self.cluster)
        asked = [each for each in asked if each.verb == "create"]
        due = self._due("createsPod", asked)
        made = disj(
            *(self.identities.has(p, r.ordinal) & (self.made[r.ordinal] == revision) for r in asked)
        )
        twice = cluster.builder.function("identityTwice", (), BOOL, 0, TWICE)
        updates = [
            assign(twice(), True, where=cluster.phase[p] != ABSENT),
            *requests.create(cluster, p, revision),
            *self.cache.created(p, revision),
            *self._rest(""),
        ]
        requests.send(
            cluster,
            "create pod",
            NAME,
            (p, revision),
            due[p] & made,
            updates,
            fairness="weak",
            fair_for=(p,),
            text="create {pod} of {replicaset}",
            why="there is no pod of that name, and it is the turn of its ordinal",
        )

    def _delete(self, asked: Sequence[Request], reason: Literal["old", "surplus"]) -> None:
        cluster, p = self.cluster, self.p
        asked = [each for each in asked if each.reason == reason]
        if not asked:
            return
        name, text, why = _DELETIONS[reason]
        due = self._due(f"{name}s".replace(" ", ""), asked)
        status = self._less(p) if reason == "old" else []
        stateful = cluster.scenario.workload.stateful
        if cluster.pins is not None and stateful and stateful.drops_claims and reason == "surplus":
            status = cluster.pins.dropped(p)
        requests.send(
            cluster,
            name,
            NAME,
            (p,),
            due[p] & (cluster.is_active(p) if self.apart else self.cache.is_there(p)),
            [
                *requests.deletion(cluster, p),
                *self.cache.deleted(p),
                *status,
                *self._rest(reason),
            ],
            fairness="weak",
            fair_for=(p,),
            text=text,
            why=why,
        )
        if self.apart:
            self._too_late(name, due[p] & ~self.idle & ~cluster.is_active(p), reason)

    def _too_late(self, name: str, due: Expr, reason: str) -> None:
        """A pod that is to be deleted is on its way out already, or gone: then the request is
        refused, which ends the sync."""
        cluster, p = self.cluster, self.p
        gone = cluster.phase[p] == ABSENT
        left = [replace(u, where=u.where & ~gone) for u in self._rest(reason)]
        requests.send(
            cluster,
            f"{name} too late",
            NAME,
            (p,),
            due,
            [*left, *self.sync.end(where=gone)],
            fairness="weak",
            fair_for=(p,),
            text="nothing is left to delete of {pod}",
            why="somebody else has deleted it since this sync read it",
        )

    def _less(self, p: Expr) -> list[Update]:
        """The status that the same sync writes: one pod less of the current revision."""
        if self.revision is None or self.current is None:
            return []
        return [assign(self.current(), self._counted(self.revision(), p))]

    def _counted(self, revision: Expr, but: Expr | None = None) -> Expr:
        """The pods of a revision that are not on their way out, but for one."""
        cluster, cache = self.cluster, self.cache

        def counts(q: Expr) -> Expr:
            here = cache.is_active(q) & (cache.owner(q) == revision)
            return here if but is None else here & (q != but)

        return count(cluster.Pod, counts)

    def _settle(self, settled: StateFunction) -> None:
        """The status calls the update revision current once all pods have it."""
        cluster, status = self.cluster, self.decision.status
        complete = status.complete
        if cluster.mutated(CURRENT_TOO_EARLY):
            complete = status.ready == self.cache.desired
        requests.send(
            cluster,
            "report status",
            NAME,
            (),
            (settled() != self.cache.wanted) & complete & self.idle,
            [assign(settled(), self.cache.wanted)],
            fairness="weak",
            text="write the status: the update revision is current",
            why="all pods are updated and ready",
        )

    def _report(self, revision: StateFunction, current: StateFunction) -> None:
        """The status, written when it says something else than a sync would write now."""
        cluster, status = self.cluster, self.decision.status
        named = ite(status.complete, self.cache.wanted, revision())
        # What is to be deleted for its revision does not count, which is so once it is deleted.
        number = ite(status.complete, status.updated, self._counted(revision()))
        updates: list[Update] = [assign(revision(), named), assign(current(), number)]
        requests.send(
            cluster,
            "report status",
            NAME,
            (),
            ((revision() != named) | (current() != number)) & self.cache.current & self.idle,
            updates,
            fairness="weak",
            text="write the status: which revision is current, and how many pods have it",
            why="the pods are others than the status says",
        )


CONTROLLER = Controller(
    NAME,
    ("StatefulSet", "Pod"),
    "a pod for each ordinal below the replicas, of the revision that partition gives it",
    "the pod of each ordinal: whether it is there, ready, being deleted, and its revision",
    "what the next ordinal in order lacks, or all of them with Parallel",
    "create or delete a pod, then write the status",
    lambda cluster, seen: _Steps(cluster, seen).add(),
    OMISSIONS,
)
