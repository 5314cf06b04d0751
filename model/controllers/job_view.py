"""What the Job controller sees: Jobs, and the pods of each, in caches that may lag.

A sync begins once the caches show what the controller itself wrote of a Job and of its pods. So a
sync acts once on what a cache shows that rests: here the pods that it has created then count as
there, and those that it has deleted are not deleted again, whatever the cache shows. A pod that has
ended stays in the store until the controller has seen and counted it, so what it counts it counts
once, however late.

That a Job is to end, and that it is over, only the controller itself writes, so it knows. What
others write is whether it is suspended, and that it is gone; a status that it writes with an older
version of the Job is refused.

Where Jobs lag and pods do not, a sync may follow here on one that has written a status, which the
cache does not show: that admits more than there is, pods for a Job that is suspended or gone.

Source: kubernetes v1.36.3 `pkg/controller/job/job_controller.go` (syncJob, updateJobStatus,
getNewFinishedPods, canRemoveFinalizer), `pkg/controller/util/consistency/consistency.go`
(EnsureReady), `pkg/features/kube_features.go` (StaleControllerConsistencyJob, on by default).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from model.apiserver.jobs import Jobs
from model.apiserver.objects import TERMINATING, Cluster, replicaset
from model.apiserver.views import Labelled, Watches, always
from model.ir.expr import FALSE, TRUE, Expr, integer, ite, least
from model.ir.quantifier import count, exists, total
from model.ir.system import StateFunction, Update
from model.ir.types import Sort
from model.mutation import Mutation

NAME = "job-controller"

EXPECTATIONS_FORGOTTEN = Mutation(
    "job-expectations-forgotten",
    "the Job controller does not wait to see the pods that it has created",
)

#: Something of a Job, or of a Job and an index.
Of = Callable[..., Expr]


def _no_index(*_: Expr) -> NoReturn:
    raise AssertionError("the Job has no indexes")


class Cache:
    """What the controller believes of each Job and its pods."""

    def __init__(self, cluster: Cluster, jobs: Jobs, watches: Watches) -> None:
        self.cluster, self.jobs = cluster, jobs
        self._pods, self._jobs = watches.of("pods"), watches.of("jobs")
        self._kept: dict[str, StateFunction] = {}
        define, r, one = cluster.builder.define, replicaset(cluster), (cluster.ReplicaSet,)
        active = define("activePodsOfJob", (r,), cluster.active(r))
        leaving = define("terminatingPods", (r,), self._number(r, self._is_leaving))
        #: How many pods of a Job are active, and how many are being deleted.
        self.active = self._see("active", one, lambda j: active[j], "active pods of Job/{0}")
        self.terminating = self._see("terminating", one, lambda j: leaving[j])
        #: As the functions of `Jobs`: None where these are.
        self.succeeded = self._counted("succeeded", jobs.succeeded)
        self.failed = self._counted("failed", jobs.failed)
        self.refused = self._counted("refused", jobs.refused)
        self.done = self._counted("done", jobs.done)
        self.broken = self._counted("broken", jobs.broken)
        self.failures = self._counted("index failures", jobs.failures)
        #: How often containers of the pods of a Job were started again.
        self.restarts: Of | None = None
        if jobs.restarts is not None:
            self.restarts = self._see("restarts", one, self._restarts)
        #: Whether a Job has a pod of an index that is active, or that is being deleted.
        self.has_active: Of = _no_index
        self.has_terminating: Of = _no_index
        if jobs.Index is not None:
            each = (cluster.ReplicaSet, jobs.Index)
            self.has_active = self._see("active of", each, self._some(cluster.is_active))
            self.has_terminating = self._see("terminating of", each, self._some(self._is_leaving))
        self._listed: StateFunction | None = None
        #: Whether it does not see a pod that it has created.
        self._awaits: StateFunction | None = None
        if self._pods.stalled is not None:
            label = "Pod/{0} is active"
            self._listed = self._pods.keep("lists", (cluster.Pod,), cluster.is_active, label)
            self._awaits = self._pods.remember("awaits", one)
        #: Whether a Job is there, and not being deleted: one that others may delete.
        deleted = cluster.deleted
        self.exists: Of = lambda j: cluster.exists[j] & cluster.owned(j)
        if deleted is not None:
            self.exists = lambda j: cluster.exists[j] & cluster.owned(j) & ~deleted.waiting(j)
        if cluster.scenario.workload.cron is not None or deleted is not None:
            label = "Job/{0} exists"
            self.exists = self._jobs.see("sees exists", cluster.ReplicaSet, self.exists, label)
        self._stage: Expr | None = None
        if cluster.change is not None and self._jobs.stalled is not None:
            change = cluster.change
            self._stage = self._jobs.see_value("sees change", change(), change.label)

    # -- what it sees ---------------------------------------------------------------------------
    @property
    def suspended(self) -> Expr:
        """Whether the Job is suspended."""
        if self._stage is None:
            return self.cluster.in_stages(lambda stage: stage.paused)
        return self.cluster.by_stage(
            self._stage, lambda stage: stage.paused, lambda held: TRUE if held else FALSE
        )

    @property
    def current(self) -> Expr:
        """Whether the API server takes a status of the Job."""
        change = self.cluster.change
        return TRUE if self._stage is None or change is None else self._stage == change()

    def lists(self, p: Expr) -> Expr:
        """Whether it sees a pod as active that is so still."""
        there = self.cluster.is_active(p)
        if self._listed is None or self._pods.stalled is None:
            return there
        return there & (~self._pods.stalled() | self._listed[p])

    def leaves(self, r: Expr) -> Expr:
        """Whether a Job is left with pods that it has not deleted, or does not see."""
        if self._awaits is None:
            return self.active(r) > 0
        return self._awaits[r] | (self._number(r, self.lists) > 0)

    # -- what it did ----------------------------------------------------------------------------
    def created(self, r: Expr, p: Expr, index: Expr | None) -> list[Update]:
        """What it knows of a pod that it creates."""
        # What is in the slot now is not the pod that it lists.
        updates = self.deleted(p)
        if self._awaits is None or self.cluster.mutated(EXPECTATIONS_FORGOTTEN):
            return updates
        updates += self._pods.note(self._awaits, (r,), always(TRUE))
        active = self._kept["active"]
        most = active.type.hi
        updates += self._pods.note(active, (r,), lambda at: least(at(active)[r] + 1, most))
        if index is not None:
            updates += self._pods.note(self._kept["active of"], (r, index), always(TRUE))
        return updates

    def deleted(self, p: Expr) -> list[Update]:
        """What it knows of a pod that it deletes."""
        if self._listed is None:
            return []
        return self._pods.note(self._listed, (p,), always(FALSE))

    # -- reading --------------------------------------------------------------------------------
    def _see(self, name: str, domain: tuple[Sort, ...], live: Of, label: Labelled = "") -> Of:
        stalled = self._pods.stalled
        if stalled is None:
            return live
        kept = self._kept[name] = self._pods.keep(f"sees {name}", domain, live, label)
        return lambda *at: ite(stalled(), kept[at], live(*at))

    def _counted(self, name: str, live: StateFunction | None) -> Of | None:
        if live is None:
            return None
        return self._see(name, live.domain, lambda *at: live[at], live.label)

    def _is_leaving(self, p: Expr) -> Expr:
        return self.cluster.phase[p] == TERMINATING

    def _number(self, r: Expr, test: Callable[[Expr], Expr]) -> Expr:
        cluster = self.cluster
        return count(cluster.Pod, lambda p: test(p) & (cluster.owner[p] == r))

    def _restarts(self, r: Expr) -> Expr:
        owner, restarts = self.cluster.owner, self.jobs.restarts
        assert restarts is not None
        return total(self.cluster.Pod, lambda p: ite(owner[p] == r, restarts[p], integer(0)))

    def _some(self, test: Callable[[Expr], Expr]) -> Of:
        cluster, of = self.cluster, self.jobs.index
        assert of is not None
        return lambda r, i: exists(
            cluster.Pod, lambda p: test(p) & (cluster.owner[p] == r) & (of[p] == i)
        )
