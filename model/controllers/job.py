"""The Job controller: makes pods until enough of them have succeeded, or too many have failed.

What a sync decides is `model.controllers.completions` and `indexes`, from the numbers of pods; how
pods that end are counted is `model.controllers.job_counts`.

What a sync asks for about pods, and what of that is kept, is `model.controllers.job_sync`; what it
writes into the status it decides anew (tests/model/test_job_whole.py has the whole of it). Waiting
after a failure is no step: a pod may be created at any time.

Of parallelism and completions nothing changes during a run, so a sync deletes pods only where the
Job ends or is suspended, and then all of them: it need not rank them. Those of a suspended Job do
not count: their finalizers go before they are deleted.

Source: kubernetes v1.36.3 `pkg/controller/job/job_controller.go` (syncJob, manageJob,
trackJobStatusAndRemoveFinalizers, enactJobFinished).

Omits: requests that fail, groups of pods, `managedBy`, changes of a Job's spec but
for `suspend`. That a Job that is over is deleted some time later (ttlSecondsAfterFinished) changes
nothing here: it has no pods by then that are not over. What it is to others
`model.controllers.jobs_beside` has.
"""

from __future__ import annotations

from dataclasses import replace

from model.apiserver import requests
from model.apiserver.jobs import END, NOT_YET, Jobs, succeeds
from model.apiserver.objects import Cluster, pod, replicaset
from model.apiserver.views import Watches
from model.controllers import completions, indexes, jobs
from model.controllers.completions import Tally
from model.controllers.contract import Controller
from model.controllers.failures import FAIL_JOB
from model.controllers.job_ends import WORDS, reasons
from model.controllers.job_sync import Requests
from model.controllers.job_view import NAME, Cache
from model.controllers.jobs import UNSET
from model.ir.expr import (
    FALSE,
    Expr,
    constant,
    element,
    greatest,
    integer,
    ite,
    least,
    variable,
)
from model.ir.quantifier import count, exists
from model.ir.system import Bound, Definition, Update, assign
from model.ir.types import IntType, Sort
from model.mutation import Mutation

__all__ = ["CONTROLLER", "NAME", "OMISSIONS"]

PARALLELISM_IGNORED = Mutation(
    "job-parallelism-ignored",
    "the Job controller makes as many pods as are to succeed, at once",
)
GIVES_UP_EARLY = Mutation(
    "job-gives-up-early",
    "the Job controller allows one failure less than backoffLimit",
)
REPLACES_TERMINATING = Mutation(
    "job-replaces-terminating",
    "the Job controller replaces pods that are being deleted whatever podReplacementPolicy says",
)
FAILED_NOT_REPLACED = Mutation(
    "job-failed-not-replaced",
    "the Job controller makes no pod any more once one has failed",
)
COMPLETES_EARLY = Mutation(
    "job-completes-early",
    "the Job controller takes one more pod for succeeded than have",
)
LEAVES_PODS = Mutation(
    "job-leaves-pods",
    "the Job controller leaves the pods of a Job behind that has ended",
)
SUSPENDED_COUNT = Mutation(
    "job-suspended-count", "the Job controller counts pods that a suspended Job gives up as failed"
)
INDEX_ONCE = Mutation(
    "job-index-once",
    "the Job controller makes no second pod for an index that failed",
)

OMISSIONS = (
    "Jobs that are changed, but for being suspended and deleted",
    "the pause before a pod that failed is replaced has any length",
)


class _Steps:
    """Its steps. What it decides of each Job is defined once."""

    def __init__(self, cluster: Cluster, state: Jobs, seen: Watches) -> None:
        self.cluster, self.jobs, self.r = cluster, state, replicaset(cluster)
        self.cache = Cache(cluster, state, seen)
        define, r = cluster.builder.define, self.r
        job, counts, done, broken = self._reading(r)
        ending = completions.ended(job, counts, self._failures(r), done, broken)
        self.begins = define("endsFor", (r,), ending)
        goes_on = self.begins[r] == NOT_YET
        #: Whether a sync deletes pods of a Job that goes on: all of them, if it is suspended.
        self.gives_up = define("givesUp", (r,), goes_on & (completions.excess(job, counts) > 0))
        lacking = completions.missing(job, counts)
        made, self.makes = lacking, None
        if state.Index is not None:
            needs = self._needs(job, state.Index)
            self.makes = self._makes(needs, lacking, state.Index)
            made = greatest(0, least(count(state.Index, lambda i: needs[r, i]), lacking))
        made = ite(goes_on, made, 0)
        creates = define("podsToCreate", (r,), made)
        left = ite(self.gives_up[r], 0, counts.active + made)
        succeeded = counts.succeeded
        if cluster.mutated(COMPLETES_EARLY):
            succeeded = succeeded + 1
        final = completions.concluded(job, self.begins[r], succeeded, left)
        self.final = define("isOver", (r,), final)
        self.due = self._due(creates)

    def _due(self, creates: Definition) -> Requests:
        """What it asks for about pods."""
        cluster, state, cache, makes = self.cluster, self.jobs, self.cache, self.makes

        def wanted(r: Expr) -> Expr:
            stops = cluster.mutated(FAILED_NOT_REPLACED) and state.failed is not None
            asked = cache.exists(r) & (creates[r] > 0)
            return asked & (state.failed[r] == 0) if stops and state.failed is not None else asked

        def ends(p: Expr) -> Expr:
            owner = cluster.owner[p]
            return cache.lists(p) & self.is_there(owner) & (self.begins[owner] != NOT_YET)

        def stops(p: Expr) -> Expr:
            owner = cluster.owner[p]
            goes_on = state.ending[owner] == NOT_YET
            return cache.lists(p) & cache.exists(owner) & goes_on & self.gives_up[owner]

        leaves = cluster.mutated(LEAVES_PODS)
        return Requests(
            cluster,
            state,
            lambda r: ite(wanted(r), creates[r], 0),
            None if makes is None else lambda r, i: wanted(r) & makes[r, i],
            (lambda _: FALSE) if leaves else ends,
            (lambda _: FALSE) if leaves or cache.suspended is FALSE else stops,
            self._decides(self.begins[self.r] != NOT_YET),
        )

    def _decides(self, where: Expr) -> list[Update]:
        """For what a sync ends a Job that begins to delete its pods."""
        decided, r = self.jobs.decided, self.r
        return [] if decided is None else [assign(decided[r], self.begins[r], where=where)]

    def is_there(self, r: Expr) -> Expr:
        """Whether it is a Job of the own workload, and there."""
        return self.cluster.exists[r] & self.cluster.owned(r)

    # -- what is read ---------------------------------------------------------------------------
    def _reading(self, r: Expr) -> tuple[jobs.Job, Tally, list[Expr], list[Expr]]:
        """A Job, the numbers of its pods, and its indexes that are done and that have failed."""
        state, cache, mutated = self.jobs, self.cache, self.cluster.mutated
        spec = state.spec
        keys = [] if state.Index is None else _elements(state.Index)
        done = tuple(cache.done(r, key) for key in keys if cache.done is not None)
        broken = tuple(cache.broken(r, key) for key in keys if cache.broken is not None)
        ending = state.ending[r]
        if state.decided is not None:
            ending = ite(ending == NOT_YET, state.decided[r], ending)
        parallelism, backoff = spec.parallelism, spec.backoff
        if mutated(PARALLELISM_IGNORED):
            parallelism = max(parallelism, spec.enough)
        if mutated(GIVES_UP_EARLY):
            backoff = max(0, backoff - 1)
        job = jobs.Job(
            parallelism,
            UNSET if spec.completions is None else spec.completions,
            spec.indexed,
            backoff,
            UNSET if spec.per_index is None else spec.per_index,
            UNSET if spec.max_failed is None else spec.max_failed,
            spec.replaces_failed and not mutated(REPLACES_TERMINATING),
            tuple(
                jobs.SuccessRule(
                    None if rule.indexes is None else frozenset(rule.indexes), rule.at_least
                )
                for rule in spec.success
            ),
            suspended=self.cache.suspended,
            restarts=spec.restarts,
            late=False if state.late is None else state.late[r],
            succeeding=ite(succeeds(ending), ending, NOT_YET),
            failing=ite(succeeds(ending), NOT_YET, ending),
            completed=done,
            broken=broken,
        )
        found, lost = indexes.completed(job, []), indexes.failed(job, [])
        active, leaving = cache.active(r), cache.terminating(r)
        succeeded = jobs.number(found) if cache.succeeded is None else cache.succeeded(r)
        failed = integer(0) if cache.failed is None else cache.failed(r)
        return job, Tally(active, active, leaving, succeeded, failed), found, lost

    def _failures(self, r: Expr) -> list[jobs.Pod]:
        """What a sync reads of single pods: whether one failed in a way in which the Job fails, and
        how often containers were started again. It only asks whether there is such a pod, and how
        many restarts there are, so one pod of each kind stands for all."""
        found, cache = [], self.cache
        if cache.refused is not None:
            refused = cache.refused(r)
            found.append(jobs.Pod(refused, ~refused, refused, action=FAIL_JOB))
        if cache.restarts is not None:
            found.append(jobs.Pod(tracked=False, restarts=cache.restarts(r)))
        return found

    def _needs(self, job: jobs.Job, Index: Sort) -> Definition:
        """Whether an index needs a pod. A sync only asks whether it is done, has failed, has an
        active pod, and one that is being deleted: so each index is one by itself, with one of each
        of these pods."""
        cache, r, i = self.cache, self.r, variable("index", Index)
        assert cache.done is not None
        active, leaving = cache.has_active(r, i), cache.has_terminating(r, i)
        pods = [
            jobs.Pod(active, ~active, index=0),
            jobs.Pod(leaving, ~leaving, deleting=leaving, index=0),
        ]
        broken = [] if cache.broken is None else [cache.broken(r, i)]
        (needed,) = indexes.pending(replace(job, completions=1), pods, [cache.done(r, i)], broken)
        if self.cluster.mutated(INDEX_ONCE) and cache.failures is not None:
            needed = needed & (cache.failures(r, i) == 0)
        return self.cluster.builder.define("needsPod", (r, i), needed)

    def _makes(self, needs: Definition, lacking: Expr, Index: Sort) -> Definition:
        """Whether a pod of an index is created: those that need one come in their order."""
        builder, r, i = self.cluster.builder, self.r, variable("index", Index)
        place = builder.table("place", (Index,), IntType(0, Index.size), range(Index.size))
        before = count(Index, lambda j: needs[r, j] & (place[j] < place[i]))
        return builder.define("createsIndex", (r, i), indexes.among(needs[r, i], before, lacking))

    # -- steps ----------------------------------------------------------------------------------
    def add(self) -> None:
        """Adds the steps."""
        self._create()
        self._end()
        self._delete()
        self._finish()
        self._deadline()

    def _create(self) -> None:
        cluster, state, p, r = self.cluster, self.jobs, pod(self.cluster), self.r
        updates = requests.create(cluster, p, r)
        parameters, what, guard, i = [p, r], "", self.due.creates(r), None
        if self.due.makes is not None and state.index is not None and state.Index is not None:
            i = variable("index", state.Index)
            parameters.append(i)
            guard, what = self.due.makes(r, i), " for index {index}"
            updates.append(assign(state.index[p], i))
        updates += [*self.cache.created(r, p, i), *self.due.created(r, i)]
        requests.send(
            cluster,
            "create pod",
            NAME,
            parameters,
            guard & cluster.is_vacant(p),
            updates,
            fairness="weak",
            fair_for=(r,),
            text=f"create {{pod}} of Job {{replicaset}}{what}",
            why="it has fewer pods than it may have at a time, and not enough have succeeded",
        )
        vacant = exists(cluster.Pod, cluster.is_vacant)
        short = exists(cluster.ReplicaSet, self.due.creates)
        text = f"at most {cluster.Pod.size} pods at once, terminating ones included"
        cluster.builder.bounds.append(Bound("pods", ~vacant & short, text))

    def _end(self) -> None:
        """That a Job is to end, and why: the condition SuccessCriteriaMet or FailureTarget. A sync
        that finds so deletes the active pods first; where it could not, it writes no condition."""
        cluster, r, ending = self.cluster, self.r, self.jobs.ending
        left = FALSE if cluster.mutated(LEAVES_PODS) else self.cache.leaves(r)
        taken = self.cache.current & ~left & self.due.idle(r)
        for reason in reasons(self.jobs.spec):
            said, why = WORDS[reason]
            value = constant(END, reason)
            requests.send(
                cluster,
                f"end for {reason}",
                NAME,
                (r,),
                self.is_there(r) & (ending[r] == NOT_YET) & (self.final[r] == value) & taken,
                [assign(ending[r], value)],
                fairness="weak",
                fair_for=(r,),
                text=f"write that Job {{replicaset}} {said}: {reason}",
                why=why,
            )

    def _delete(self) -> None:
        cluster, state, p = self.cluster, self.jobs, pod(self.cluster)
        if cluster.mutated(LEAVES_PODS):
            return
        owner = cluster.owner[p]
        sent = [*requests.deletion(cluster, p), *self.cache.deleted(p), *self.due.deleted(p)]
        updates = list(sent)
        if state.decided is not None:
            r = self.r
            mine = (owner == r) & self.due.idle(r)
            updates.append(assign(state.decided[r], self.begins[r], r, where=mine))
        requests.send(
            cluster,
            "delete pod",
            NAME,
            (p,),
            self.due.ends(p),
            updates,
            fairness="weak",
            fair_for=(p,),
            text="delete {pod}: its Job is to end",
            why="a Job that has failed, or has succeeded by its successPolicy, keeps no pods",
        )
        if self.cache.suspended is FALSE:
            return
        updates = sent
        if state.released is not None and not cluster.mutated(SUSPENDED_COUNT):
            updates.append(
                assign(state.released[p], True, where=~requests.goes_at_once(cluster, p))
            )
        requests.send(
            cluster,
            "delete pod of suspended job",
            NAME,
            (p,),
            self.due.stops(p),
            updates,
            fairness="weak",
            fair_for=(p,),
            text="delete {pod}: its Job is suspended",
            why="a suspended Job has no pods",
        )

    def _finish(self) -> None:
        """The condition Complete or Failed, which waits for the last pod."""
        cluster, state, r = self.cluster, self.jobs, self.r
        gone = (self.cache.terminating(r) == 0) & self.cache.current & self.due.idle(r)
        if not cluster.mutated(LEAVES_PODS):
            gone = (self.cache.active(r) == 0) & gone
        requests.send(
            cluster,
            "finish",
            NAME,
            (r,),
            self.is_there(r) & (state.ending[r] != NOT_YET) & ~state.over[r] & gone,
            [assign(state.over[r], True)],
            fairness="weak",
            fair_for=(r,),
            text="write that Job {replicaset} is over",
            why="it was to end, and none of its pods is left",
        )

    def _deadline(self) -> None:
        cluster, state, r = self.cluster, self.jobs, self.r
        if state.late is None:
            return
        suspended = cluster.in_stages(lambda stage: stage.paused)
        cluster.builder.action(
            "deadline",
            "clock",
            (r,),
            self.is_there(r) & ~state.late[r] & (state.ending[r] == NOT_YET) & ~suspended,
            [assign(state.late[r], True)],
            text="the activeDeadlineSeconds of Job {replicaset} are past",
            why="a Job may take any time",
        )
        if self.cache.suspended is FALSE:
            return
        requests.send(
            cluster,
            "forget start",
            NAME,
            (r,),
            self.is_there(r)
            & state.late[r]
            & (state.ending[r] == NOT_YET)
            & self.cache.suspended
            & self.cache.current
            & self.due.idle(r),
            [assign(state.late[r], False)],
            fairness="weak",
            fair_for=(r,),
            text="write that Job {replicaset} is suspended: it has no startTime",
            why="one that is resumed starts anew, and so does its deadline",
        )


def _add(cluster: Cluster, seen: Watches) -> None:
    assert cluster.jobs is not None
    _Steps(cluster, cluster.jobs, seen).add()


CONTROLLER = Controller(
    NAME,
    ("Job", "Pod"),
    "so many pods that succeed, so many at a time, and what is made of those that fail",
    "how many pods of a Job are active, being deleted, have succeeded and have failed",
    "how many more it may have at a time, or that it is to end, and why",
    "create pods or delete them, and write how the Job ended",
    _add,
    OMISSIONS,
)


def _elements(sort: Sort) -> list[Expr]:
    return [element(sort, name) for name in sort.elements]
