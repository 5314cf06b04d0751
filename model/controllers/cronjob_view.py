"""What the CronJob controller sees: its CronJob, and the Jobs, in caches that may lag.

Of the Jobs that it has made it knows what the status of the CronJob lists as active, less those
that are over in its cache of Jobs, and less those that are neither there nor in the store, which it
asks for each of them. So where only its cache of Jobs lags it takes a Job for active for too long.
Where its cache of Jobs has one that runs and that the status does not list, it reads the CronJob
from the store, and goes on with that if the Job is listed there; but the status that it writes in
the end is of the version in its cache, and refused. So where only its cache of CronJobs lags it
knows better as long as the Job is listed. Where both lag it may make a Job for the next run while
that of the last one runs.

It makes the Job of a run first, and then writes the status. If nothing comes of that, as it starts
anew in between or has an old version of the CronJob, that Job is never listed: for the same run
creation is refused, and the sync ends in an error, as upstream looks for what is there already in
no namespace; for a later one it makes another.

Where none of this can happen, creation and status are one step, and the status lists what there is
and is not over.

Source: kubernetes v1.36.3 `pkg/controller/cronjob/cronjob_controllerv2.go` (sync, syncCronJob).
"""

from __future__ import annotations

from collections.abc import Mapping

from model.apiserver.jobs import Jobs
from model.apiserver.objects import Cluster
from model.apiserver.views import Watches, always
from model.controllers.sync import Kept, OfCell, Sync
from model.ir.expr import FALSE, TRUE, Expr, boolean, disj, element, ite
from model.ir.system import StateFunction, Update, assign
from model.ir.types import BOOL
from model.mutation import Mutation

NAME = "cronjob-controller"

CACHE_TRUSTED = Mutation(
    "cron-cache-trusted",
    "the CronJob controller takes for active only what its cache of Jobs has, not what the status "
    "lists",
)


class Cache:
    """What the controller believes of the Jobs of its runs. `last` is for which time of the
    schedule a Job was made last, as the status in the store says."""

    def __init__(self, cluster: Cluster, jobs: Jobs, last: StateFunction, watches: Watches) -> None:
        self.cluster, self._jobs = cluster, jobs
        faults, Run, builder = cluster.scenario.faults, cluster.ReplicaSet, cluster.builder
        self._runs = [element(Run, name) for name in Run.elements]
        #: [run]: whether the status does not list a Job that was made for it; whether a sync has
        #: made it and is to write that. None where creation and status are one step.
        self.unlisted: StateFunction | None = None
        self.recording: Kept | None = None
        #: Whether the sync that deletes Jobs to replace them has yet to end.
        self.replacing: Kept | None = None
        self.sync = Sync(cluster, NAME)
        if faults.lags(NAME) or faults.controller_restarts.get(NAME):
            name = cluster.scenario.workload.name
            text = f"CronJob/{name}.status leaves out Job {{0}}"
            self.unlisted = builder.function("unlisted", (Run,), BOOL, 0, text)
            self.recording = Kept(builder.function("recording", (Run,), BOOL, 0), lambda _: FALSE)
            self.sync.keep(self.recording)
            spec = cluster.scenario.workload.cron
            if spec is not None and spec.policy == "Replace":
                begun = builder.function("replacing", (), BOOL, 0)
                self.replacing = Kept(begun, begun, holds=False)
                self.sync.keep(self.replacing)
        self._crons, self._watch = watches.of("cronjobs"), watches.of("jobs")
        exists, over = cluster.exists, jobs.over
        there = "Job/{0} exists"
        self._has = self._watch.see("sees exists", Run, lambda r: exists[r], there)
        self._over = self._watch.see("sees over", Run, lambda r: over[r], over.label)
        listed = "the status lists Job {0}"
        self._listed = self._crons.see("sees active", Run, self._in_store, listed)
        self._last = self._crons.see_value("sees last", last(), last.label)
        #: Whether the CronJob is there and not being deleted, as it sees it: else it is let be.
        self.lives: Expr = ~cluster.is_deleted()
        if cluster.change is not None and cluster.deleted is not None:
            change = cluster.change
            stage = self._crons.see_value("sees change", change(), change.label)
            self.lives = cluster.by_stage(stage, lambda each: not each.deletion, boolean)
        self._missed: StateFunction | None = None
        if self._crons.stalled is not None:
            self._missed = self._crons.remember("missed")
        self._fresh = self._reads_anew()
        #: For which time a Job was made last, as a sync reads it.
        self.last = ite(self._fresh, last(), self._last) if self._missed is not None else last()

    # -- what a sync reads ----------------------------------------------------------------------
    def has(self, run: Expr) -> Expr:
        """Whether its cache has the Job of a run."""
        return self._has(run)

    def is_over(self, run: Expr) -> Expr:
        """Whether that is over, as its cache has it."""
        return self._over(run)

    def lists(self, run: Expr) -> Expr:
        """Whether `status.active` lists a Job as a sync reads it."""
        if self.cluster.mutated(CACHE_TRUSTED):
            return self._has(run)
        if self.unlisted is None:
            return self.cluster.exists[run]
        listed = self._in_store(run)
        if self._missed is not None:
            listed = ite(self._fresh, listed, self._listed(run))
        if self.replacing is None:
            return listed
        # What this sync has deleted it has taken off the list.
        return listed & ~(self.replacing.left() & ~self.cluster.exists[run])

    def _in_store(self, run: Expr) -> Expr:
        there = self.cluster.exists[run]
        return there if self.unlisted is None else there & ~self.unlisted[run]

    def _reads_anew(self) -> Expr:
        """Whether its cache of Jobs is ahead of that of CronJobs, and it goes on with the CronJob
        that the store has."""
        if self._missed is None:
            return FALSE
        return disj(
            *(
                self._has(r) & ~self._over(r) & ~self._listed(r) & self._in_store(r)
                for r in self._runs
            )
        )

    # -- what it does ---------------------------------------------------------------------------
    @property
    def idle(self) -> Expr:
        """Whether no sync has anything left to send."""
        return self.sync.idle()

    def replaces(self, sent: Mapping[Kept, OfCell]) -> list[Update]:
        """A sync deletes a Job to replace it; `sent` is what else it has left then."""
        if self.replacing is None:
            return self.sync.rest(self.idle, sent)
        return self.sync.rest(self.idle, {**sent, self.replacing: lambda: TRUE})

    def made(self, run: Expr, sent: Mapping[Kept, OfCell]) -> list[Update]:
        """A sync makes the Job of a run, and is to write that."""
        if self.unlisted is None or self.recording is None:
            return self.sync.rest(self.idle, sent)
        left = self.sync.rest(self.idle, {**sent, self.recording: lambda x: x == run})
        return [assign(self.unlisted[run], True), *left]

    @property
    def current(self) -> Expr:
        """Whether the API server takes its status: nothing was written since what it sees."""
        return TRUE if self._missed is None else ~self._missed()

    @property
    def may_conflict(self) -> Expr:
        """Whether the API server may refuse its status: it has written one that it does not see,
        for the Job of another run, or to take off the list one that it has seen to be over."""
        if self._missed is None or self._crons.stalled is None:
            return FALSE
        over = (self._listed(r) & self._has(r) & self._over(r) for r in self._runs)
        return self._missed() | (self._crons.stalled() & disj(*over))

    def recorded(self, run: Expr) -> list[Update]:
        """The status lists the Job of a run, which ends the sync."""
        assert self.unlisted is not None
        updates = [assign(self.unlisted[run], False), *self.sync.end()]
        if self._missed is not None:
            updates += self._crons.note(self._missed, (), always(TRUE))
        return updates

    def gone(self, run: Expr) -> list[Update]:
        """The Job of a run is deleted."""
        return [] if self.unlisted is None else [assign(self.unlisted[run], False)]
