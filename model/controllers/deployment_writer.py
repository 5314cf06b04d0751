"""The requests of the Deployment controller's syncs, one at a time.

Reading and the first request are one step, but where the watch may stall between the two: then what
the next sync reads may have come after this reading, and before what this one writes. What else was
decided is part of the state until it is sent, or until the API server refuses a request, which ends
the sync.

Source: kubernetes v1.36.3 `pkg/controller/deployment/sync.go` (getNewReplicaSet, scale,
scaleReplicaSet).

Omits: that the watch stalls between a reading and a scaling down with strategy Recreate. What is
written then is all that the next syncs do not see: each of their updates of that ReplicaSet is
refused, and they do nothing else while it seems to have replicas and is old, as without the stall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from model.apiserver import requests
from model.apiserver.objects import Cluster, replicaset
from model.apiserver.symbols import Quick
from model.controllers import rollout, scaling
from model.controllers.deployment_view import NAME, View
from model.controllers.sync import Kept, OfCell, Sync
from model.ir.expr import (
    FALSE,
    TRUE,
    Expr,
    coerce,
    disj,
    greatest,
    integer,
    ite,
    least,
    variable,
)
from model.ir.quantifier import exists
from model.ir.system import Action, StateFunction, Update, assign
from model.ir.types import IntType, Type
from model.mutation import Mutation

CONFLICTS_IGNORED = Mutation(
    "conflicts-ignored", "the API server does not compare resourceVersions on updates"
)
ANNOTATIONS_KEPT = Mutation(
    "annotations-kept",
    "the Deployment controller does not note for how many replicas it sized a ReplicaSet",
)

#: The place of the requests that scale, beside cleaning up (0) and scaling down (1).
RESIZE = 2


class Writer:
    """Sends the requests of a sync, each guarded by the store and by optimistic concurrency."""

    def __init__(
        self,
        cluster: Cluster,
        view: View,
        decision: rollout.Decision,
        resizes: Sequence[scaling.Resize] = (),
    ) -> None:
        self.cluster, self.view, self.decision = cluster, view, decision
        self.sort = cluster.ReplicaSet
        self.s = variable("other", self.sort)
        self.sync = Sync(cluster, NAME)
        #: By how much the sync under way is still to clean up and to scale down each ReplicaSet;
        #: none where no sync has more than one request.
        self.left: tuple[Kept, ...] = ()
        rolling = cluster.scenario.workload.strategy == "RollingUpdate"
        if rolling and len(cluster.own) > 1:
            names = ("toCleanUp", "toScaleDown")
            amounts = self._accepted()
            self.left = tuple(map(self._kept, names, [partial(self._amount, a) for a in amounts]))
        #: The replicas that the new ReplicaSet is yet to be made with, or to grow to, and one more;
        #: None where that is done in the step that decides on it.
        self.growing: Kept | None = None
        scenario = cluster.scenario
        # A cache that may rest anywhere may as well show later what this reading saw.
        self.apart = scenario.faults.lags(NAME) and not scenario.prompt and not cluster.slides
        if self.apart:
            self.growing = self._kept("toGrow", lambda _: integer(0), self.sized)
        #: The replicas that each ReplicaSet is yet to be given, and one more; 0 if nothing is.
        self.resizing: Kept | None = None
        #: How many are given theirs before it; None where no more than one can be left.
        self.turn: Kept | None = None
        #: For how many replicas of the Deployment the sync under way decided.
        self.read: Kept | None = None
        self._resize(resizes)
        if self.kept:
            cluster.conflicts.append(self._refuse)
            self.sync.forgotten()
        self.idle = self.sync.idle()
        if self.read is not None:
            cluster.late_sync = ~self.idle & (self.read.function() != cluster.desired)

    def _kept(self, name: str, now: OfCell, type: Type | None = None) -> Kept:
        """An amount of each ReplicaSet that is more than 0 where a request about it is left."""
        counted = type or self.cluster.replicas.type
        part = Kept(self.cluster.builder.function(name, (self.sort,), counted, 0), now)
        self.sync.keep(part)
        return part

    def _resize(self, resizes: Sequence[scaling.Resize]) -> None:
        """What a sync decides that scales."""
        cluster, s = self.cluster, self.s
        if not resizes:
            return
        counted = cluster.replicas.type
        assert isinstance(counted, IntType)
        given = [ite(each.due, least(each.replicas, counted.hi) + 1, 0) for each in resizes]
        builder = cluster.builder
        self.resized = builder.define("resizesTo", (s,), self._amount(given, s))
        place = self.place = builder.define(
            "resizeTurn", (s,), self._amount([e.place for e in resizes], s)
        )
        if len(resizes) > 1 or self.apart:
            self.resizing = self._kept("toResize", self._sized, self.sized)
        if len(resizes) > (1 if self.apart else 2):
            turns = builder.function("resizeTurns", (self.sort,), IntType(0, len(resizes) - 1), 0)
            self.turn = Kept(turns, lambda x: place[x], holds=False)
            self.sync.keep(self.turn)
        if cluster.desired_replicas is not None and self.kept:
            sizes = cluster.desired_replicas.type
            read = builder.function("syncReplicas", (), sizes, 0)
            self.read = Kept(read, lambda: coerce(self.view.desired), holds=False)
            self.sync.keep(self.read)

    @property
    def sized(self) -> IntType:
        """A number of replicas and one more, or 0."""
        counted = self.cluster.replicas.type
        assert isinstance(counted, IntType)
        return IntType(0, counted.hi + 1)

    @property
    def kept(self) -> tuple[Kept, ...]:
        """What is left of a sync: of each ReplicaSet more than 0 where a request about it is."""
        return tuple(part for part in self.sync.kept if part.holds)

    def pending(self, r: Expr) -> Expr:
        return disj(*(part.function[r] > 0 for part in self.kept))

    def _refuse(self, r: Expr) -> list[Update]:
        """A ReplicaSet is written: the next request about it is refused, which ends the sync."""
        return self.sync.end(where=self.pending(r))

    def _amount(self, amounts: Sequence[Expr], r: Expr) -> Expr:
        """The amount of a ReplicaSet."""
        found = integer(0) if self.cluster.shared else amounts[-1]
        known = list(zip(self.cluster.own, amounts, strict=True))
        for own, amount in known if self.cluster.shared else known[:-1]:
            found = ite(r == own, amount, found)
        return found

    def due(self, part: Kept, x: Expr) -> Expr:
        return self.sync.due(part, self.idle, x)

    def _rest(self, done: int = -1, about: Expr | None = None) -> list[Update]:
        """What is left of a sync after a request: what the reading says, but for requests of
        earlier places and the one of place `done` about a ReplicaSet; of a sync that has begun
        before, what was left, without that one. Nothing is yet to grow then."""

        def but(part: Kept, x: Expr) -> Expr:
            return ite(x == about, 0, self.due(part, x))

        def after(part: Kept, x: Expr) -> Expr:
            return ite(self.idle, 0, part.function[x])

        sent: dict[Kept, OfCell] = {}
        for place, part in enumerate(self.left):
            if place <= done:
                sent[part] = partial(but if place == done else after, part)
        if self.growing is not None:
            sent[self.growing] = lambda _: integer(0)
        if self.resizing is not None and done == RESIZE:
            sent[self.resizing] = partial(but, self.resizing)
        return self.keep(sent)

    def keep(self, sent: Mapping[Kept, OfCell]) -> list[Update]:
        """What is left after a request, or a reading; `sent` is what that changes."""
        values = {part: sent.get(part) or partial(self.due, part) for part in self.kept}
        turn, resizing, read = self.turn, self.resizing, self.read
        found = dict(values)
        if turn is not None and resizing is not None:
            unsized = values[resizing]
            found[turn] = lambda x: ite(unsized(x) > 0, self.due(turn, x), 0)
        if read is not None:
            left = exists(self.sort, lambda x: disj(*(value(x) > 0 for value in values.values())))
            found[read] = lambda: ite(left, self._for, 0)
        return self.sync.rest(self.idle, found)

    def _accepted(self) -> tuple[list[Expr], ...]:
        """What a sync that begins now cleans up and scales down, as far as the API server does it:
        the first update of a ReplicaSet that the controller has not seen last is refused, and ends
        the sync."""
        found: tuple[list[Expr], ...] = ([], [])
        ended = FALSE
        decided = (self.decision.cleanups, self.decision.scale_downs)
        for amounts, kept in zip(decided, found, strict=True):
            for r, amount in zip(self.cluster.own, amounts, strict=True):
                ended = ended | ((amount > 0) & self.outdated(r))
                kept.append(ite(ended, 0, amount))
        return found

    def outdated(self, r: Expr) -> Expr:
        """Whether an update of a ReplicaSet would be refused."""
        return FALSE if self.cluster.mutated(CONFLICTS_IGNORED) else ~self.view.current(r)

    def _sized(self, x: Expr) -> Expr:
        """What a sync that begins now gives a ReplicaSet, as far as the API server does it."""
        due, place = self.resized, self.place
        ended = exists(
            self.sort,
            lambda s: (due[s] > 0) & (place[s] <= place[x]) & self.outdated(s),
        )
        return ite(ended, 0, due[x])

    @property
    def _for(self) -> Expr:
        """For how many replicas of the Deployment the sync decides, or has decided."""
        if self.read is None:
            return coerce(self.view.desired)
        return self.sync.due(self.read, self.idle)

    def _stamp(self, r: Expr) -> list[Update]:
        """The annotation that goes with every number of replicas."""
        stamped = self.cluster.desired_replicas
        if stamped is None or self.cluster.mutated(ANNOTATIONS_KEPT):
            return []
        return [assign(stamped[r], self._for)]

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
        same: bool = False,
    ) -> Action:
        """An update of a ReplicaSet's replicas: refused if its resourceVersion is not current.
        `later`: it is not the first request of its sync, which is then refused at once when the
        ReplicaSet is written. `same`: it may be about annotations alone."""
        cluster, r = self.cluster, replicaset(self.cluster)
        accepted = later | self.view.current(r)
        updates = [*requests.scale(cluster, r, replicas), *self._stamp(r), *more]
        if cluster.lost_update is not None:
            updates.append(assign(cluster.lost_update(), True, where=~accepted))
        if cluster.mutated(CONFLICTS_IGNORED):
            accepted = TRUE
        return requests.send(
            cluster,
            name,
            NAME,
            (r,),
            guard & accepted & (same | (replicas != self.view.replicas(r))),
            updates,
            fairness="weak",
            text=text,
            why=why,
        )

    def scale(self, text: str, why: str) -> None:
        """The new ReplicaSet grows."""
        cluster, r = self.cluster, replicaset(self.cluster)
        guard = self.view.is_new(r) & self.decision.scale & self.idle
        if self.growing is None:
            self.update("scale up", guard, self.decision.wanted, text=text, why=why)
            return
        later = (self.growing.function[r] > 0) & cluster.exists[r]
        self.update(
            "scale up",
            guard | later,
            self._grown(r),
            text=text,
            why=why,
            more=self._rest(),
            later=~self.idle,
        )

    def _grown(self, r: Expr) -> Expr:
        """The replicas that the new ReplicaSet is given."""
        if self.growing is None:
            return self.decision.wanted
        return ite(self.idle, self.decision.wanted, greatest(0, self.growing.function[r] - 1))

    def create(self) -> None:
        """Creation of the new ReplicaSet; refused if it is there already."""
        cluster, r = self.cluster, replicaset(self.cluster)
        history = cluster.history
        due = self.view.is_new(r) & self.decision.create & self.idle
        if self.growing is not None:
            due = due | (self.growing.function[r] > 0)
        requests.send(
            cluster,
            "create ReplicaSet",
            NAME,
            (r,),
            due & ~cluster.exists[r],
            [
                assign(cluster.exists[r], True),
                *requests.scale(cluster, r, self._grown(r)),
                *self._stamp(r),
                *self._rest(),
                *([] if history is None else [assign(history.forgotten[r], False)]),
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
        before, left = self._before(place), self.left[place].function
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

    def resize(self) -> None:
        """ReplicaSets are given what is theirs of a Deployment that was scaled, or is paused."""
        cluster, r = self.cluster, replicaset(self.cluster)
        due, place = self.resized, self.place
        earlier = exists(self.sort, lambda s: (due[s] > 0) & (place[s] < place[r]))
        grows = exists(self.sort, lambda s: disj(*(each[s] > 0 for each in self._before(0))))
        guard, replicas = self.idle & (due[r] > 0) & ~earlier, greatest(0, due[r] - 1)
        resizing = None if self.resizing is None else self.resizing.function
        if resizing is not None:
            later = ~self.idle & (resizing[r] > 0) & ~grows
            if self.turn is not None:
                turn = self.turn.function
                later = later & ~exists(
                    self.sort, lambda s: (resizing[s] > 0) & (turn[s] < turn[r])
                )
            guard = guard | later
            replicas = ite(self.idle, replicas, greatest(0, resizing[r] - 1))
        action = self.update(
            "resize",
            guard,
            replicas,
            text="scale {replicaset} to its share",
            why="the Deployment was scaled, or is paused: ReplicaSets are resized in proportion",
            more=self._rest(RESIZE, r),
            later=~self.idle,
            same=True,
        )
        if resizing is not None:
            due_now = exists(self.sort, lambda s: resizing[s] > 0) & cluster.serving
            cluster.quick.append(Quick(action, due_now, ~self.idle, last=True))

    def _before(self, place: int) -> tuple[StateFunction, ...]:
        """What is done before the requests of a place."""
        grows = () if self.growing is None else (self.growing,)
        return tuple(part.function for part in (*grows, *self.left[:place]))
