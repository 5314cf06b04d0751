"""Jobs beside the workload that a scenario is about: pods that come, end, and go.

To everybody else a Job is room that is taken for a while. It has so many pods at a time, each of
which ends; where one is lost, another is made, until more have been lost than backoffLimit says, or
its activeDeadlineSeconds are past: then it has failed, and its pods are deleted. It is over once
enough have succeeded, and takes no room any more. How many are yet to succeed is counted exactly
only at the end: before that, one that succeeds is followed by another as often as may be, until the
last ones come. So a Job may take longer than it does, but not for ever.

A pod that fails by itself is followed by another, as one that succeeds is; that a Job fails for
that, and so is over before as many have run as may run at a time, is left out.

Source: kubernetes v1.36.3 `pkg/controller/job/job_controller.go` (manageJob, getNewFinishedPods,
exceedsBackoffLimit, syncJob), `pkg/controller/ttlafterfinished/ttlafterfinished_controller.go`
(processJob: foreground propagation, so that its pods are gone first).

Omits: Jobs with a podFailurePolicy, a successPolicy or a backoffLimitPerIndex, and those whose
containers are started again where nodes crash: they are no neighbours (`model.scope`).
"""

from __future__ import annotations

from model.api.job import Job
from model.api.workload import Workload
from model.apiserver import requests
from model.apiserver.objects import ABSENT, TERMINATING, UP, Cluster, pod, replicaset
from model.apiserver.objects import CRASHED as DOWN
from model.ir.expr import TRUE, Expr, conj, greatest, ite, least, variable
from model.ir.quantifier import count, exists
from model.ir.system import StateFunction, Update, assign
from model.ir.types import BOOL, IntType
from model.mutation import Mutation
from model.scenario import Scenario

NAME, TTL = "job-controller", "ttl-after-finished-controller"

ENDLESS_BESIDE = Mutation("job-endless-beside", "a Job beside the workload is never over")

#: What is assumed of them.
ENDS = "pods of Jobs beside the workload end by themselves, each at some time"

#: A backoffLimit beyond this is taken for none, which is said.
_MANY = 10
PATIENT = f"Jobs beside the workload whose backoffLimit is more than {_MANY} never fail for it"


def followed(job: Job, scenario: Scenario) -> bool:
    """Whether all that a Job is to others in a scenario is here."""
    rules = job.failure or job.success or job.per_index is not None or job.max_failed is not None
    counts = job.restarts and scenario.faults.crashes
    return not (rules or counts or job.suspended)


def _to_come(job: Job) -> int:
    """How many pods are to succeed: exactly, or one more than there may be at a time."""
    return job.at_once if job.completions is None else min(job.enough, job.at_once + 1)


def add(cluster: Cluster) -> None:
    """Adds what becomes of them."""
    if any(each.job is not None for each in cluster.scenario.neighbours):
        cluster.builder.assumptions.append(ENDS)
        jobs = [each.job for each in cluster.scenario.neighbours if each.job is not None]
        if any(each.backoff > _MANY for each in jobs):
            cluster.builder.assumptions.append(PATIENT)
        _Beside(cluster).add()


class _Beside:
    """Their steps."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.p, self.r = cluster, pod(cluster), replicaset(cluster)
        specs = self.specs = [self._spec(each) for each in cluster.workloads]
        first = [0 if spec is None else _to_come(spec) for spec in specs]
        self.left: StateFunction = cluster.builder.function(
            "toSucceed",
            (cluster.ReplicaSet,),
            IntType(0, max(first)),
            first,
            "pods that are yet to succeed of Job/{0}",
        )
        #: How many pods are lost, up to what makes a difference; None where none can be.
        self.lost: StateFunction | None = None
        scenario = cluster.scenario
        tainted = any(node.taints for node in scenario.nodes)
        ends = any(spec is not None and spec.deadline is not None for spec in specs)
        if scenario.faults.upsetting or scenario.change.nodes or tainted or ends:
            most = IntType(0, max(map(self._limit, specs)) + 1)
            label = "lost pods of Job/{0}"
            self.lost = cluster.builder.function("lostPods", (cluster.ReplicaSet,), most, 0, label)

    def _spec(self, workload: Workload) -> Job | None:
        return None if self.cluster.is_mine(workload) else workload.job

    def _limit(self, spec: Job | None) -> int:
        return 0 if spec is None else min(spec.backoff, _MANY)

    def _table(self, name: str, most: int, values: list[int]) -> Expr:
        domain = (self.cluster.ReplicaSet,)
        return self.cluster.builder.table(name, domain, IntType(0, most), values)[self.r]

    # -- what is read ---------------------------------------------------------------------------
    def _of(self, p: Expr) -> Expr:
        """Whether a pod is of one of these Jobs."""
        return self._is_job(self.cluster.owner[p])

    def _is_job(self, r: Expr) -> Expr:
        return self.cluster.each(
            "isJobBeside", BOOL, lambda each: int(self._spec(each) is not None)
        )(r)

    def _failed(self, r: Expr) -> Expr:
        """Whether a Job has lost more pods than it may, or is past its deadline."""
        if self.lost is None:
            return ~TRUE
        limits = self.cluster.each(
            "backoffBeside",
            self.lost.type,
            lambda each: self._limit(self._spec(each)),
        )
        return self.lost[r] > limits(r)

    def _there(self, r: Expr) -> Expr:
        """How many pods a Job has that count: with podReplacementPolicy Failed those that are being
        deleted as well."""
        cluster = self.cluster
        waits = cluster.each("waitsForEnd", BOOL, self._waits)(r)

        def counts(q: Expr) -> Expr:
            leaving = waits & (cluster.phase[q] == TERMINATING)
            return (cluster.is_active(q) | leaving) & (cluster.owner[q] == r)

        return count(cluster.Pod, counts)

    def _waits(self, workload: Workload) -> int:
        spec = self._spec(workload)
        return int(spec is not None and spec.replaces_failed)

    # -- steps ----------------------------------------------------------------------------------
    def add(self) -> None:
        """Adds the steps."""
        self._create()
        self._succeed()
        if self.cluster.expired is not None:
            self._expire(self.cluster.expired)
        if self.lost is not None:
            self._lose(self.lost)
            self._give_up()
            self._deadline(self.lost)

    def _create(self) -> None:
        cluster, p, r = self.cluster, self.p, self.r
        wanted = least(self._at_once(r), self.left[r])
        requests.send(
            cluster,
            "create pod of job beside",
            NAME,
            (r, p),
            self._is_job(r) & (self._there(r) < wanted) & ~self._failed(r) & cluster.is_vacant(p),
            requests.create(cluster, p, r),
            fairness="weak",
            fair_for=(r,),
            text="create {pod} of Job {replicaset}",
            why="it has fewer pods than it may have at a time, and not enough have succeeded",
        )

    def _succeed(self) -> None:
        """A pod ends. Where more are to succeed than there may be at a time, that many still are;
        which ends at some time."""
        cluster, p, r, left = self.cluster, self.p, self.r, self.left
        owner = variable("counting", cluster.ReplicaSet)
        more = cluster.each("manyToCome", BOOL, lambda each: int(self._many(each)))
        queue = cluster.each("endsWithOne", BOOL, lambda each: int(self._queue(each)))
        most = left[owner] > self._at_once(owner)
        fewer = ite(queue(owner), 0, greatest(0, left[owner] - 1))
        if cluster.mutated(ENDLESS_BESIDE):
            fewer = left[owner]
        mine = cluster.owner[p] == owner
        looked_after = cluster.health.get(cluster.node[p], DOWN) == UP
        requests.send(
            cluster,
            "pod beside succeeds",
            "kubelet",
            (p,),
            self._of(p) & cluster.phase[p].is_in("Running", "Ready") & looked_after,
            [
                *requests.remove(cluster, p),
                assign(left[owner], ite(most, left[owner], fewer), owner, where=mine),
            ],
            fairness="weak",
            fair_for=(p,),
            text="{pod} has succeeded, and takes no room any more",
            why="its containers have ended with exit code 0",
        )
        if not any(map(self._many, cluster.workloads)) or cluster.mutated(ENDLESS_BESIDE):
            return
        cluster.builder.action(
            "last pods to come",
            "clock",
            (r,),
            more(r) & (left[r] > self._at_once(r)),
            [assign(left[r], self._at_once(r))],
            fairness="weak",
            fair_for=(r,),
            text="Job {replicaset} has as many pods as are yet to succeed",
            why="its pods succeed one after the other",
        )

    def _expire(self, expired: StateFunction) -> None:
        """A Job that is over is deleted after its pods, some time later, if it says so."""
        cluster, r = self.cluster, self.r
        passes = cluster.each("passes", BOOL, lambda each: int(self._passes(each)))
        left = exists(cluster.Pod, lambda q: (cluster.phase[q] != ABSENT) & (cluster.owner[q] == r))
        requests.send(
            cluster,
            "delete job beside",
            TTL,
            (r,),
            passes(r) & ((self.left[r] == 0) | self._failed(r)) & ~left & ~expired[r],
            [assign(expired[r], True)],
            fairness="weak",
            fair_for=(r,),
            text="delete Job {replicaset}, and its pods",
            why="it is over, and its ttlSecondsAfterFinished are past",
        )

    def _passes(self, workload: Workload) -> bool:
        spec = self._spec(workload)
        return spec is not None and spec.ttl is not None

    def _many(self, workload: Workload) -> bool:
        spec = self._spec(workload)
        return spec is not None and _to_come(spec) > spec.at_once

    def _queue(self, workload: Workload) -> bool:
        spec = self._spec(workload)
        return spec is not None and spec.completions is None

    def _at_once(self, r: Expr) -> Expr:
        """How many pods a Job may have at a time."""

        def most(workload: Workload) -> int:
            spec = self._spec(workload)
            return 0 if spec is None else spec.at_once

        return self.cluster.each("atOnceBeside", self.left.type, most)(r)

    def _lose(self, lost: StateFunction) -> None:
        """Pods that are deleted, or whose node has started anew."""
        cluster, r = self.cluster, variable("losing", self.cluster.ReplicaSet)
        ceiling = cluster.each("mostLost", lost.type, self._ceiling)

        def more(number: Expr | int) -> Expr:
            # Past a deadline it stays so.
            return greatest(lost[r], least(lost[r] + number, ceiling(r)))

        def deleted(p: Expr, _: Expr) -> list[Update]:
            where = self._of(p) & (cluster.owner[p] == r) & cluster.is_active(p)
            return [assign(lost[r], more(1), r, where=where)]

        cluster.losses.append(deleted)
        if not cluster.scenario.faults.crashes:
            return
        q = variable("other", cluster.Pod)

        def rebooted(n: Expr) -> list[Update]:
            def ran(p: Expr) -> Expr:
                started = cluster.phase[p].is_in("Running", "Ready")
                return (cluster.node[p] == n) & started & self._of(p)

            gone = [
                Update(u.function, (q,), u.value, (q,), ran(q)) for u in requests.remove(cluster, q)
            ]
            number = count(cluster.Pod, lambda p: ran(p) & (cluster.owner[p] == r))
            return [*gone, assign(lost[r], more(number), r, where=number > 0)]

        cluster.reboots.append(rebooted)

    def _ceiling(self, workload: Workload) -> int:
        """How many losses make a difference."""
        spec = self._spec(workload)
        if spec is None:
            return 0
        return self._limit(spec) + int(spec.backoff <= _MANY)

    def _give_up(self) -> None:
        cluster, p = self.cluster, self.p
        requests.send(
            cluster,
            "delete pod beside",
            NAME,
            (p,),
            conj(self._of(p), cluster.is_active(p), self._failed(cluster.owner[p])),
            requests.deletion(cluster, p),
            fairness="weak",
            fair_for=(p,),
            text="delete {pod}: its Job has failed",
            why="a Job that has failed keeps no pods",
        )

    def _deadline(self, lost: StateFunction) -> None:
        cluster, r = self.cluster, self.r
        late = [int(spec is not None and spec.deadline is not None) for spec in self.specs]
        if not any(late):
            return
        may = self._table("hasDeadlineBeside", 1, late)
        cluster.builder.action(
            "deadline beside",
            "clock",
            (r,),
            (may > 0) & ~self._failed(r) & (self.left[r] > 0),
            [assign(lost[r], lost.type.hi)],
            text="the activeDeadlineSeconds of Job {replicaset} are past",
            why="a Job may take any time",
        )
