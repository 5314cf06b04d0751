"""The CronJob controller: makes a Job for each run of its schedule, as concurrencyPolicy allows.

What a sync decides is `model.controllers.schedule`, from one reading of the CronJob and its Jobs.
Time is events: the schedule comes due so many times, in whatever distance, and the run of the last
time may get too late to start, if startingDeadlineSeconds say so. A run that a sync finds missed is
made then, and only the last one.

A sync deletes Jobs that it replaces before it makes the next one. It reads and sends one request in
one step, and what else it might send it decides anew: only time passes meanwhile, and Jobs end,
which might as well come after the last request. Where every interleaving is asked for, what is
decided is kept until it is sent; tests/agreement/test_syncs.py holds both forms against each other.
The status lists the Jobs that were made and that are neither over nor gone: what it says is no
state of its own, unless the controller may lag or start anew (`model.controllers.cronjob_view`).
Pods of a Job that is gone are deleted by the garbage collector, some time later.

Source: kubernetes v1.36.3 `pkg/controller/cronjob/cronjob_controllerv2.go` (syncCronJob),
`injection.go` (DeleteJob: background propagation), `pkg/controller/garbagecollector`.

That Jobs are deleted which are over (history limits, ttlSecondsAfterFinished) changes nothing here:
they count for no concurrencyPolicy, and their pods are over.

Omits: requests that fail, changes of the CronJob, Jobs that others make under its name.
"""

from __future__ import annotations

from model.apiserver import requests
from model.apiserver.jobs import Jobs, succeeds
from model.apiserver.objects import Cluster, replicaset
from model.apiserver.views import Watches
from model.controllers import schedule
from model.controllers.contract import Controller
from model.controllers.cronjob_view import NAME, Cache
from model.controllers.jobs import UNSET
from model.controllers.sync import Kept, OfCell, told_apart
from model.ir.expr import FALSE, Expr, conj, disj, element, integer, ite
from model.ir.quantifier import exists
from model.ir.system import Bound, Definition, StateFunction, Update, assign
from model.ir.types import BOOL, IntType
from model.mutation import Mutation

__all__ = ["CONTROLLER", "NAME", "OMISSIONS"]

FORBID_IGNORED = Mutation(
    "cron-forbid-ignored", "the CronJob controller makes a Job while another one runs, with Forbid"
)
REPLACE_KEEPS = Mutation(
    "cron-replace-keeps",
    "the CronJob controller makes the next Job without deleting the one before",
)
OVER_TOO_EARLY = Mutation(
    "cron-failing-job-over",
    "the CronJob controller takes a Job for over that is yet to end: by SuccessCriteriaMet or "
    "FailureTarget, not by Complete or Failed",
)
OMISSIONS = (
    "CronJobs that are changed, suspended or resumed",
    "how long it is from one run of a schedule to the next: Jobs may take longer or not",
    "Jobs that others make under a CronJob's name",
)


class _Steps:
    """Its steps. Runs are numbered from 1; the Job of each has a place of its own."""

    def __init__(self, cluster: Cluster, jobs: Jobs, seen: Watches) -> None:
        self.cluster, self.jobs, self.r = cluster, jobs, replicaset(cluster)
        spec = cluster.scenario.workload.cron
        assert spec is not None
        self.spec = spec
        builder, Run = cluster.builder, cluster.ReplicaSet
        self.runs = [element(Run, name) for name in Run.elements]
        of, numbers = f"CronJob/{cluster.scenario.workload.name}", IntType(0, Run.size)
        #: How often the schedule has come due, and for which of these times a Job was made last.
        self.due = builder.function("runsDue", (), numbers, 0, f"runs of {of} that were due")
        self.last = builder.function("lastRun", (), numbers, 0, f"{of}.status.lastScheduleTime")
        self.late: StateFunction | None = None
        if spec.deadline is not None:
            text = f"startingDeadlineSeconds of the last run of {of} are past"
            self.late = builder.function("runLate", (), BOOL, 0, text)
        self.number = builder.table("runNumber", (Run,), numbers, range(1, Run.size + 1))
        self.cache = Cache(cluster, jobs, self.last, seen)
        self.decision = self._decide()
        #: Whether a Job is deleted, and for which run one is made; 0 for none.
        self.replaced: OfCell = lambda _: FALSE
        if spec.policy == "Replace":
            replaced = self._any("isReplaced", self.decision.replaces)
            goes_on = self.cache.idle & self.cache.lives
            self.replaced = lambda run: replaced[run] & goes_on
        self.starting: Kept | None = None
        self.replacing: Kept | None = None
        if told_apart(cluster):
            self.start = self._keep()
        else:
            starts = conj(self.decision.starts, *(~each for each in self.decision.replaces))
            self.start = ite(starts & self.cache.idle & self.cache.lives, self.due(), 0)

    def _keep(self) -> Expr:
        """Keeps what is decided until it is sent. For which run a Job is to be made then."""
        cluster, sync, Run = self.cluster, self.cache.sync, self.cluster.ReplicaSet
        builder, replaced = cluster.builder, self.replaced
        taken = exists(Run, lambda run: (self.number[run] == self.due()) & cluster.exists[run])
        starts = ite(self.decision.starts & ~taken & self.cache.lives, self.due(), 0)
        starting = self.starting = Kept(
            builder.function("toStart", (), self.due.type, 0), lambda: starts
        )
        replacing = self.replacing = Kept(builder.function("toReplace", (Run,), BOOL, 0), replaced)
        sync.keep(starting, replacing)
        idle = builder.define("noSync", (), sync.idle())()
        due = (starts > 0) | exists(Run, replaced)
        sync.read((), idle & due, text="read the CronJob and its Jobs, and decide")
        sync.give_up((), text="give up the sync")
        goes = self.replaced = lambda run: sync.due(replacing, idle, run)
        return ite(exists(Run, goes), 0, sync.due(starting, idle))

    def _sent(self, part: Kept | None, r: Expr) -> dict[Kept, OfCell]:
        """That the request about a run is sent."""
        if part is None:
            return {}
        if part is self.starting:
            return {part: lambda: integer(0)}
        replaced = self.replaced
        return {part: lambda run: replaced(run) & (run != r)}

    def _decide(self) -> schedule.Sync:
        cluster, spec = self.cluster, self.spec
        read = schedule.CronJob(
            due=self.due() > self.cache.last,
            late=FALSE if self.late is None else self.late(),
            forbids=spec.policy == "Forbid" and not cluster.mutated(FORBID_IGNORED),
            replaces=spec.policy == "Replace" and not cluster.mutated(REPLACE_KEEPS),
            keeps_succeeded=UNSET,
            keeps_failed=UNSET,
        )
        return schedule.sync(read, [self._child(run) for run in self.runs])

    def _child(self, run: Expr) -> schedule.Child:
        jobs, has = self.jobs, self.cache.has(run)
        over = self.cache.is_over(run)
        if self.cluster.mutated(OVER_TOO_EARLY):
            over = ~jobs.ending[run].is_in("None")
        return schedule.Child(
            owned=has,
            exists=self.cluster.exists[run],
            listed=self.cache.lists(run) & ~(has & over),
            finished=has & over,
            succeeded=has & over & succeeds(jobs.ending[run]),
            due=self.number[run] == self.due(),
            started=self.number[run],
        )

    def add(self) -> None:
        """Adds the steps."""
        self._time()
        self._replace()
        self._create()
        self._record()
        self.cache.sync.forgotten()

    def _time(self) -> None:
        cluster, most = self.cluster, self.cluster.ReplicaSet.size
        passes = [assign(self.due(), self.due() + 1)]
        if self.late is not None:
            passes.append(assign(self.late(), False))
        cluster.builder.action(
            "run is due",
            "clock",
            (),
            self.due() < most,
            passes,
            text="the next run of the schedule is due",
            why="a time of the schedule has come",
        )
        text = f"at most {most} runs of the schedule"
        cluster.builder.bounds.append(Bound("runs", self.due() == most, text))
        if self.late is None:
            return
        cluster.builder.action(
            "run gets late",
            "clock",
            (),
            (self.due() > self.last()) & ~self.late(),
            [assign(self.late(), True)],
            text="the run that is due has got too late to start",
            why="its startingDeadlineSeconds are past",
        )

    def _any(self, name: str, flags: tuple[Expr, ...]) -> Definition:
        """Which runs have a flag."""
        r = self.r
        chosen = (flag & (r == run) for flag, run in zip(flags, self.runs, strict=True))
        return self.cluster.builder.define(name, (r,), disj(*chosen))

    def _replace(self) -> None:
        cluster, r = self.cluster, self.r
        if self.spec.policy != "Replace":
            return
        requests.send(
            cluster,
            "delete job",
            NAME,
            (r,),
            self.replaced(r) & cluster.exists[r],
            [
                assign(cluster.exists[r], False),
                *self.jobs.forget(r),
                *self.cache.gone(r),
                *self.cache.replaces(self._sent(self.replacing, r)),
            ],
            fairness="weak",
            fair_for=(r,),
            text="delete Job {replicaset}: the next run replaces it",
            why="concurrencyPolicy is Replace, and it is not over",
        )
        if self.replacing is not None:
            requests.send(
                cluster,
                "delete job too late",
                NAME,
                (r,),
                self.replaced(r) & ~cluster.exists[r],
                self.cache.sync.end(),
                fairness="weak",
                fair_for=(r,),
                text="nothing is left to delete of Job {replicaset}, which ends the sync",
                why="somebody else has deleted it since this sync read it",
            )

    def _create(self) -> None:
        cluster, r = self.cluster, self.r
        left = self._sent(self.starting, r)
        made = [assign(cluster.exists[r], True), *self.cache.made(r, left)]
        if self.cache.recording is None:
            made += self._listed(r)
        requests.send(
            cluster,
            "create job",
            NAME,
            (r,),
            (self.number[r] == self.start) & ~cluster.exists[r],
            made,
            fairness="weak",
            fair_for=(r,),
            text="create Job {replicaset} for the run that is due",
            why="no Job was made for the last time of the schedule yet",
        )

    def _listed(self, r: Expr) -> list[Update]:
        """What else the status says that lists a Job."""
        number = self.number[r]
        written = [assign(self.last(), number)]
        if self.late is not None:
            written.append(assign(self.late(), False, where=number == self.due()))
        return written

    def _record(self) -> None:
        """The status, where that is a step of its own."""
        cluster, r, recording = self.cluster, self.r, self.cache.recording
        if recording is None:
            return
        requests.send(
            cluster,
            "write status",
            NAME,
            (r,),
            recording.left(r) & self.cache.current,
            [*self.cache.recorded(r), *self._listed(r)],
            fairness="weak",
            fair_for=(r,),
            text="write in the status that {replicaset} is active",
            why="it has made that Job",
        )
        if self.cache.may_conflict is FALSE:
            return
        requests.send(
            cluster,
            "status refused",
            NAME,
            (r,),
            recording.left(r) & self.cache.may_conflict,
            self.cache.sync.end(),
            fairness="weak",
            fair_for=(r,),
            text="fail to write in the status that {replicaset} is active",
            why="the update carries an old resourceVersion",
        )


def _add(cluster: Cluster, seen: Watches) -> None:
    assert cluster.jobs is not None
    _Steps(cluster, cluster.jobs, seen).add()


CONTROLLER = Controller(
    NAME,
    ("CronJob", "Job"),
    "a Job for each time of a CronJob's schedule, as its concurrencyPolicy allows",
    "for which time a Job was made last, and which of its Jobs are not over",
    "whether a time has come for which there is no Job, and whether one runs",
    "delete Jobs that are replaced, create the next one, and write that into the status",
    _add,
    OMISSIONS,
)
