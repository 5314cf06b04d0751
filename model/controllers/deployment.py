"""The Deployment controller: moves replicas from the old ReplicaSet to the new one.

A sync reads once and decides on all of its requests (`model.controllers.rollout`): it creates or
scales the new ReplicaSet; unless it scaled, it cleans up unhealthy old replicas and then scales old
ReplicaSets down. Reading and the first request are one step. The others follow one by one while the
world moves, with the amounts that were decided on, until one is refused: an update is, if its
ReplicaSet was written since. Up and down never share a sync, but for the creation of the new one.

Source: kubernetes v1.36.3 `pkg/controller/deployment/deployment_controller.go` (syncDeployment),
`rolling.go` (rolloutRolling, reconcileOldReplicaSets), `recreate.go` (rolloutRecreate,
oldPodsRunning), `sync.go` (getNewReplicaSet, scaleReplicaSet), `util/deployment_util.go`
(ResolveFenceposts).

Omits: scaling the Deployment (replicas is constant, so there is no proportional scaling), pause,
the progress deadline, cleaning up old revisions, its own status, hash collisions, annotations. What
happens between the reading and the first request has the same effect before or after both, but for
statuses of the other ReplicaSet, which may as well be written later.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.apiserver.objects import ABSENT, ROUNDED, Cluster, Count, Quick, replicaset
from model.apiserver.room import rejects
from model.apiserver.views import Watch, watch
from model.controllers import rollout
from model.controllers.podgc import orphans
from model.controllers.tainteviction import drives_out
from model.ir.expr import (
    FALSE,
    TRUE,
    Expr,
    coerce,
    conj,
    disj,
    greatest,
    integer,
    ite,
    least,
    variable,
)
from model.ir.quantifier import count, exists
from model.ir.system import Action, StateFunction, Update, assign
from model.mutation import Mutation
from model.scenario import Scenario

SURGE_ROUNDS_DOWN = Mutation(
    "surge-rounds-down", "the Deployment controller rounds a maxSurge percentage down"
)
SURGE_ONE_TOO_MANY = Mutation(
    "surge-one-too-many", "the Deployment controller allows one replica more than maxSurge"
)
UNAVAILABLE_ROUNDS_UP = Mutation(
    "unavailable-rounds-up", "the Deployment controller rounds a maxUnavailable percentage up"
)
UNAVAILABLE_ONE_TOO_MANY = Mutation(
    "unavailable-one-too-many", "the Deployment controller lets one replica more be unavailable"
)
BOTH_ZERO_STAYS = Mutation(
    "both-zero-stays", "maxSurge and maxUnavailable that both round to 0 are left at 0"
)
#: Those in the rounding of percentages.
ROUNDING = frozenset({SURGE_ROUNDS_DOWN, UNAVAILABLE_ROUNDS_UP, BOTH_ZERO_STAYS})
PENDING_SCALE_DOWN_IGNORED = Mutation(
    "pending-scale-down-ignored", "a scale-down that is under way is not waited for"
)
RECREATE_DOES_NOT_WAIT = Mutation(
    "recreate-does-not-wait", "strategy Recreate does not wait for old pods to be gone"
)
CONFLICTS_IGNORED = Mutation(
    "conflicts-ignored", "the API server does not compare resourceVersions on updates"
)


NAME = "deployment-controller"

OMISSIONS = (
    "scaling, pausing, progress deadlines and revision history of Deployments",
    "the Deployment's own status: completion is judged by its pods",
)


def limits(scenario: Scenario) -> tuple[int, int]:
    """(maxSurge, maxUnavailable) as this controller rounds them; equal to what the user asked
    for unless a seeded fault is on."""
    workload, mutations = scenario.workload, scenario.mutations
    up = SURGE_ROUNDS_DOWN not in mutations
    surge = workload.max_surge.scaled(workload.replicas, round_up=up)
    up = UNAVAILABLE_ROUNDS_UP in mutations
    unavailable = workload.max_unavailable.scaled(workload.replicas, round_up=up)
    if surge == 0 and unavailable == 0 and BOTH_ZERO_STAYS not in mutations:
        unavailable = 1
    surge += SURGE_ONE_TOO_MANY in mutations
    unavailable += UNAVAILABLE_ONE_TOO_MANY in mutations
    return surge, min(unavailable, workload.replicas)


def open_limits(cluster: Cluster) -> tuple[Expr, Expr]:
    """As `limits`, in a text for every size: any counts that percentages may round to."""
    surge = cluster.surge + int(cluster.mutated(SURGE_ONE_TOO_MANY))
    unavailable = cluster.unavailable + int(cluster.mutated(UNAVAILABLE_ONE_TOO_MANY))
    return coerce(surge), least(unavailable, cluster.desired)


class View:
    """What the controller sees."""

    def __init__(self, cluster: Cluster, seen: Watch) -> None:
        sort = cluster.ReplicaSet
        replicas, available = cluster.replicas, cluster.status_available
        there = "ReplicaSet/{0} exists"
        self.exists = seen.see("sees exists", sort, lambda r: cluster.exists[r], there)
        self.replicas = seen.see("sees replicas", sort, lambda r: replicas[r], replicas.label)
        self.available = seen.see("sees available", sort, lambda r: available[r], available.label)
        if cluster.change is None:
            self.wanted = cluster.wanted
        else:
            stage = seen.see_value("sees change", cluster.change(), cluster.change.label)
            self.wanted = cluster.template_of(stage)
        self.current = seen.current()
        #: Its ReplicaSets, in the order of their creation.
        self.sets = [
            rollout.Seen(r == self.wanted, self.exists(r), self.replicas(r), self.available(r))
            for r in cluster.own
        ]

    def is_new(self, r: Expr) -> Expr:
        return r == self.wanted


def add(cluster: Cluster) -> None:
    """Adds the controller to a system whose workload is a Deployment."""
    if cluster.scenario.workload.kind != "Deployment":
        return
    seen = watch(cluster, NAME)
    view = View(cluster, seen)
    cluster.builder.omit(*OMISSIONS)
    if cluster.scenario.workload.strategy == "Recreate":
        _recreate(cluster, view, seen)
    else:
        _rolling_update(cluster, view)
    seen.finish()


class Writer:
    """Sends the requests of a sync, each guarded by the store and by optimistic concurrency."""

    def __init__(self, cluster: Cluster, view: View, decision: rollout.Decision) -> None:
        self.cluster, self.view, self.decision = cluster, view, decision
        self.sort = cluster.ReplicaSet
        self.s = variable("other", self.sort)
        #: By how much the sync under way is still to clean up and to scale down each ReplicaSet;
        #: none where no sync has more than one request.
        self.left: tuple[StateFunction, ...] = ()
        rolling = cluster.scenario.workload.strategy == "RollingUpdate"
        if rolling and len(cluster.own) > 1:
            counted = cluster.replicas.type
            self.left = tuple(
                cluster.builder.function(name, (self.sort,), counted, 0)
                for name in ("toCleanUp", "toScaleDown")
            )
            cluster.conflicts.append(self._refuse)
            cluster.forgotten[NAME] = [assign(amount[self.s], 0, self.s) for amount in self.left]
        self.idle = ~exists(self.sort, self._pending)

    def _pending(self, r: Expr) -> Expr:
        return disj(*(amount[r] > 0 for amount in self.left))

    def _refuse(self, r: Expr) -> list[Update]:
        """A ReplicaSet is written: the next request about it is refused, which ends the sync."""
        s = self.s
        return [assign(amount[s], 0, s, where=self._pending(r)) for amount in self.left]

    def _amount(self, amounts: Sequence[Expr], r: Expr) -> Expr:
        """The amount of a ReplicaSet."""
        found = integer(0) if self.cluster.shared else amounts[-1]
        known = list(zip(self.cluster.own, amounts, strict=True))
        for own, amount in known if self.cluster.shared else known[:-1]:
            found = ite(r == own, amount, found)
        return found

    def _rest(self, done: int = -1, about: Expr | None = None) -> list[Update]:
        """What is left of a sync after a request: what the reading says, but for requests of
        earlier places and the one of place `done` about a ReplicaSet; of a sync that has begun
        before, what was left, without that one."""
        updates = []
        decided = (self.decision.cleanups, self.decision.scale_downs)
        for place, (amount, amounts) in enumerate(zip(self.left, decided, strict=False)):
            here = integer(0) if place < done else self._amount(amounts, self.s)
            here = ite(self.idle, here, amount[self.s])
            if place == done and about is not None:
                here = ite(self.s == about, 0, here)
            updates.append(assign(amount[self.s], here, self.s))
        return updates

    def update(
        self,
        name: str,
        guard: Expr,
        replicas: Expr,
        *,
        text: str,
        why: str,
        more: Sequence[Update] = (),
        later: Expr = FALSE,
    ) -> Action:
        """An update of a ReplicaSet's replicas: refused if its resourceVersion is not current.
        `later`: it is not the first request of its sync, which is then refused at once when the
        ReplicaSet is written."""
        cluster, r = self.cluster, replicaset(self.cluster)
        accepted = later | self.view.current(r)
        updates = [assign(cluster.replicas[r], replicas), *cluster.wrote(r), *more]
        if cluster.lost_update is not None:
            updates.append(assign(cluster.lost_update(), True, where=~accepted))
        if cluster.mutated(CONFLICTS_IGNORED):
            accepted = TRUE
        return cluster.builder.action(
            name,
            NAME,
            (r,),
            guard & accepted & cluster.serving & (replicas != self.view.replicas(r)),
            updates,
            fairness="weak",
            text=text,
            why=why,
        )

    def scale(self, text: str, why: str) -> None:
        """The new ReplicaSet grows."""
        r = replicaset(self.cluster)
        guard = self.view.is_new(r) & self.decision.scale & self.idle
        self.update("scale up", guard, self.decision.wanted, text=text, why=why)

    def create(self) -> None:
        """Creation of the new ReplicaSet; refused if it is there already."""
        cluster, r = self.cluster, replicaset(self.cluster)
        cluster.builder.action(
            "create ReplicaSet",
            NAME,
            (r,),
            self.view.is_new(r)
            & self.decision.create
            & ~cluster.exists[r]
            & self.idle
            & cluster.serving,
            [
                assign(cluster.exists[r], True),
                assign(cluster.replicas[r], self.decision.wanted),
                *cluster.wrote(r),
                *self._rest(),
            ],
            fairness="weak",
            text="create {replicaset} for the new template",
            why="no ReplicaSet has the template that the Deployment wants",
        )

    def reduce(self, name: str, place: int, first: Expr, *, text: str, why: str) -> None:
        """An old ReplicaSet loses replicas, by the amounts of that place (0: it is cleaned up, 1:
        it is scaled down): `first` as the first request of a sync, or later."""
        amounts = (self.decision.cleanups, self.decision.scale_downs)[place]
        cluster, r = self.cluster, replicaset(self.cluster)
        before, left = self.left[:place], self.left[place]
        earlier = exists(self.sort, lambda s: disj(*(amount[s] > 0 for amount in before)))
        later = ~self.idle & (left[r] > 0) & ~earlier
        now = self._amount(amounts, r)
        replicas = ite(self.idle, self.view.replicas(r) - now, cluster.replicas[r] - left[r])
        guard = ite(self.idle, first & (now > 0), later)
        action = self.update(
            name,
            guard,
            greatest(0, replicas),
            text=text,
            why=why,
            more=self._rest(place, r),
            later=~self.idle,
        )
        due = exists(self.sort, lambda s: left[s] > 0) & ~earlier & cluster.serving
        cluster.quick.append(Quick(action, due, ~self.idle, last=True))

    def _untouched(self, r: Expr) -> Expr:
        """Whether nothing has happened to a ReplicaSet and its pods since the start, for sure: then
        its status is as it was, in every field. What faults, or nodes that their pods may not stay
        on, have done to the pods may be over without a trace, so then nothing is sure."""
        cluster, scenario = self.cluster, self.cluster.scenario
        if scenario.faults.upsetting:
            return FALSE
        if rejects(scenario) or drives_out(scenario) or orphans(scenario):
            return FALSE
        there = count(cluster.Pod, lambda p: (cluster.phase[p] != ABSENT) & (cluster.owner[p] == r))
        counts = (
            *(cluster.replicas[r], there, cluster.available(r)),
            *(each[r] for status in cluster.syncs.statuses for each in status),
        )
        return conj(*(each == cluster.desired for each in counts))

    def conflict(self) -> None:
        """The next request is refused, for what the model does not tell."""
        if not self.left or self.cluster.scenario.prompt:
            return
        self.cluster.builder.action(
            "conflict",
            NAME,
            (),
            exists(self.sort, lambda r: self._pending(r) & ~self._untouched(r)),
            [assign(amount[self.s], 0, self.s) for amount in self.left],
            text="its next update is refused, which ends the sync",
            why="the status of the ReplicaSet was written in a field that the model leaves out",
        )


def _rolling_update(cluster: Cluster, view: View) -> None:
    surge: Count
    unavailable: Count
    if cluster.general:
        surge, unavailable = open_limits(cluster)
    else:
        surge = cluster.given("surge limit", lambda s: limits(s)[0], *ROUNDED)
        unavailable = cluster.given("unavailable limit", lambda s: limits(s)[1], *ROUNDED)
    desired = cluster.desired
    waits = not cluster.mutated(PENDING_SCALE_DOWN_IGNORED)
    decision = rollout.rolling(desired, surge, unavailable, view.sets, waits=waits)
    writer = Writer(cluster, view, decision)
    writer.create()
    writer.scale(
        "scale {replicaset} up",
        f"at most {_said(desired + surge, ' replicas in all', 'replicas + maxSurge')} leave room",
    )
    if len(cluster.own) == 1:
        return
    first = ~decision.create & ~decision.scale
    writer.reduce(
        "clean up unhealthy",
        0,
        first,
        text="scale {replicaset} down: unavailable replicas go",
        why="unavailable old replicas serve nobody and make room",
    )
    clean = conj(*(amount == 0 for amount in decision.cleanups))
    least_ = _said(desired - unavailable, " replicas available", "replicas - maxUnavailable")
    writer.reduce(
        "scale down",
        1,
        first & clean,
        text="scale {replicaset} down",
        why=f"it saw more than {least_}",
    )
    writer.conflict()


def _said(number: Count, what: str, formula: str) -> str:
    """A number of something and where it comes from; the formula in its place where configurations
    differ in it."""
    return f"{number}{what} ({formula})" if isinstance(number, int) else f"{formula}{what}"


def _recreate(cluster: Cluster, view: View, seen: Watch) -> None:
    sort, written = cluster.ReplicaSet, cluster.status_replicas
    assert written is not None

    def populated(s: Expr) -> Expr:
        return exists(
            cluster.Pod, lambda p: (cluster.owner[p] == s) & ~(cluster.phase[p] == ABSENT)
        )

    peopled = seen.see("sees pods", sort, populated, "{0} has pods")
    status = seen.see("sees status", sort, lambda s: written[s], written.label)
    old = exists(
        sort, lambda s: cluster.owned(s) & ~view.is_new(s) & (peopled(s) | (status(s) > 0))
    )
    waits = not cluster.mutated(RECREATE_DOES_NOT_WAIT)
    decision = rollout.recreate(cluster.desired, view.sets, old if waits else FALSE)
    writer = Writer(cluster, view, decision)
    writer.create()
    writer.scale("scale {replicaset} up", "strategy Recreate: every old pod is gone")
    if len(cluster.own) > 1:
        r = replicaset(cluster)
        writer.update(
            "scale down",
            cluster.owned(r) & ~view.is_new(r) & (view.replicas(r) > 0),
            integer(0),
            text="scale {replicaset} down to 0",
            why="strategy Recreate: old pods stop before new ones start",
        )
