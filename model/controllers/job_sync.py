"""What syncs of the Job controller ask for about pods: how many are made, and which are deleted.

A sync that decides on several creations or deletions sends them all, whatever happens meanwhile;
with every interleaving told apart that is how it is here. Elsewhere what it might send later is
decided anew. No verdict depends on that: what others do between two requests of a sync (a pod ends
or is lost, the Job is suspended or resumed) they may as well do after the last, and what a sync
sends to a pod that has ended meanwhile changes nothing. tests/agreement/test_syncs.py holds both
forms against each other.

Omits: that a pod which a suspended Job gives up, and which ends before the request, loses its
finalizer with that and is never counted.

Source: kubernetes v1.36.3 `pkg/controller/job/job_controller.go` (manageJob, deleteJobPods,
deleteActivePods: creations come in batches of 1, 2, 4, …, deletions all at once).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from model.apiserver.jobs import Jobs
from model.apiserver.objects import Cluster, replicaset
from model.controllers.job_view import NAME
from model.controllers.sync import Kept, OfCell, Sync, told_apart
from model.ir.expr import TRUE, Expr, constant, greatest, ite
from model.ir.quantifier import exists
from model.ir.system import Update, assign
from model.ir.types import BOOL, EnumType, IntType

#: Why a pod is to be deleted: its Job is to end, or is suspended.
REMOVAL = EnumType("Removal", ("No", "Ends", "Suspended"))
STAYS, ENDS, SUSPENDED = (constant(REMOVAL, name) for name in REMOVAL.values)


class Requests:
    """The requests that are due: those that are left of the sync of a Job or, where none is under
    way, those of one that begins now.

    `made`: how many pods a sync makes that begins now. `makes`: for which indexes, of a Job that
    has them. `ends` and `stops`: whether it deletes a pod as its Job is to end, or is suspended.
    `noted`: what else is remembered of a reading."""

    def __init__(  # noqa: PLR0917
        self,
        cluster: Cluster,
        jobs: Jobs,
        made: OfCell,
        makes: OfCell | None,
        ends: OfCell,
        stops: OfCell,
        noted: Sequence[Update] = (),
    ) -> None:
        self.cluster, self.jobs = cluster, jobs
        #: Whether a pod is made for a Job at all.
        self.creates: OfCell = lambda r: made(r) > 0
        self.makes, self.ends, self.stops = makes, ends, stops
        #: Whether no sync of a Job is under way.
        self.idle: OfCell = lambda _: TRUE
        self._sync = Sync(cluster, NAME)
        self._making: Kept | None = None
        self._removal: Kept | None = None
        if told_apart(cluster):
            self._keep(made, noted)

    def _keep(self, made: OfCell, noted: Sequence[Update]) -> None:
        cluster, jobs, sync, r = self.cluster, self.jobs, self._sync, replicaset(self.cluster)
        builder, owner, ends, stops = cluster.builder, cluster.owner, self.ends, self.stops
        kind, one = IntType(0, cluster.Pod.size), (cluster.ReplicaSet,)
        if self.makes is None or jobs.Index is None:
            making = self._making = Kept(builder.function("podsToMake", one, kind, 0), made)
            self.creates = lambda r: sync.due(making, self.idle(r), r) > 0
        else:
            each = (*one, jobs.Index)
            making = self._making = Kept(builder.function("toMakeOf", each, BOOL, 0), self.makes)
            makes = self.makes = lambda r, i: sync.due(making, self.idle(r), r, i)
            self.creates = partial(self._some, makes)

        def removed(p: Expr) -> Expr:
            return ite(ends(p), ENDS, ite(stops(p), SUSPENDED, STAYS))

        function = jobs.removal = builder.function("removal", (cluster.Pod,), REMOVAL, 0)
        removal = self._removal = Kept(function, removed, of=lambda p: owner[p])
        sync.keep(making, removal)
        idle = builder.define("noSyncOfJob", (r,), sync.idle(r))
        self.idle = lambda r: idle[r]
        self.ends = partial(self._is_removed, ENDS)
        self.stops = partial(self._is_removed, SUSPENDED)
        asked = made(r) > 0
        goes = exists(cluster.Pod, lambda p: (owner[p] == r) & (removed(p) != STAYS))
        text = "read Job {replicaset} and its pods, and decide"
        sync.read((r,), idle[r] & (asked | goes), noted, text=text)
        sync.give_up((r,), text="give up the sync of Job {replicaset}")
        sync.forgotten()
        cluster.losses.append(lambda p, _: [assign(function[p], STAYS)])

    def _some(self, makes: OfCell, r: Expr) -> Expr:
        """Whether a pod of some index is made."""
        assert self.jobs.Index is not None
        return exists(self.jobs.Index, lambda i: makes(r, i))

    def _is_removed(self, why: Expr, p: Expr) -> Expr:
        assert self._removal is not None
        due = self._sync.due(self._removal, self.idle(self.cluster.owner[p]), p)
        return self.cluster.is_active(p) & (due == why)

    def created(self, r: Expr, i: Expr | None) -> list[Update]:
        """What is left once a pod is made for a Job, and an index."""
        making, idle = self._making, self.idle(r)
        if making is None:
            return []

        def less(*at: Expr) -> Expr:
            due = self._sync.due(making, idle, *at)
            return greatest(0, due - 1) if i is None else due & (at[1] != i)

        return self._sync.rest(idle, {making: less}, r)

    def deleted(self, p: Expr) -> list[Update]:
        """What is left once a pod is deleted."""
        removal = self._removal
        if removal is None:
            return []
        owner = self.cluster.owner[p]

        def others(q: Expr) -> Expr:
            return ite(q == p, STAYS, self._sync.due(removal, self.idle(owner), q))

        return self._sync.rest(self.idle(owner), {removal: others}, owner)
