"""The Jobs that the API server stores, as state functions, and what their pods leave behind.

A pod that has ended takes no room any more, and all that a Job ever asks of it is how it ended. Its
finalizer keeps it until its Job has counted it, once; and a sync decides by those too that it has
yet to count. So pods are counted as they end, and their places are free.

An element of the sort ReplicaSet stands for a Job. Jobs beside the own workload are in
`model.controllers.jobs_beside`.

Source: kubernetes v1.36.3 `pkg/controller/job/job_controller.go` (getNewFinishedPods,
trackJobStatusAndRemoveFinalizers), k8s.io/api v0.36 `batch/v1/types.go` (JobStatus).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from model.api.job import Job
from model.api.steps import Suspend
from model.apiserver import requests
from model.ir.builder import Builder
from model.ir.expr import Expr, constant, literal, none, variable
from model.ir.system import StateFunction, Update, assign
from model.ir.types import BOOL, ElementType, EnumType, IntType, Sort

if TYPE_CHECKING:
    from model.apiserver.objects import Cluster
    from model.scenario import Scenario

#: Why a Job ends: the reason of its conditions. The first two after None are of success.
END = EnumType(
    "JobEnd",
    (
        "None",
        "SuccessPolicy",
        "CompletionsReached",
        "PodFailurePolicy",
        "BackoffLimitExceeded",
        "DeadlineExceeded",
        "MaxFailedIndexesExceeded",
        "FailedIndexes",
    ),
)
NOT_YET, BY_POLICY, REACHED, BY_POD, BACKOFF, DEADLINE, MANY_INDEXES, SOME_INDEXES = (
    constant(END, name) for name in END.values
)

#: A backoffLimit of so many failures is taken for none.
ENDLESS = 10_000


def succeeds(ending: Expr) -> Expr:
    """Whether an end is a success."""
    return ending.is_in("SuccessPolicy", "CompletionsReached")


def _uncounted(*_: object) -> NoReturn:
    raise AssertionError("there is no Job controller")


@dataclass
class Jobs:
    """The state of the Jobs of a scenario's workload; None what they do not have."""

    spec: Job
    #: The reason of the condition SuccessCriteriaMet or FailureTarget, and whether Complete or
    #: Failed has followed.
    ending: StateFunction
    over: StateFunction
    #: How many pods have succeeded, and failed, up to what makes a difference.
    succeeded: StateFunction | None = None
    failed: StateFunction | None = None
    #: Whether activeDeadlineSeconds are past, and whether a pod has failed in a way in which
    #: podFailurePolicy fails the Job.
    late: StateFunction | None = None
    refused: StateFunction | None = None
    #: The completion index of each pod; for each Job and index whether it is done, has failed for
    #: good, and how often it has failed.
    Index: Sort | None = None
    index: StateFunction | None = None
    done: StateFunction | None = None
    broken: StateFunction | None = None
    failures: StateFunction | None = None
    #: How often containers of each pod were started again.
    restarts: StateFunction | None = None
    #: For what a sync that has begun to delete the pods ends a Job; None where that lasts: restarts
    #: go with their pods, and a Job that is suspended meanwhile is not late.
    decided: StateFunction | None = None
    #: Whether each pod was deleted as its Job was suspended, so that it counts for nothing; None
    #: where it was counted already.
    released: StateFunction | None = None
    #: Whether the sync under way is to delete each pod; None where none is kept.
    removal: StateFunction | None = None
    #: How often pods may still fail by themselves; None where that has no limit, or none may.
    failures_left: Expr | None = None
    #: What the failure of a pod can count for, by podFailurePolicy: where it fails by itself, and
    #: where it was to be deleted.
    fails: Sequence[str] = ("None",)
    stops: Sequence[str] = ("None",)
    #: What becomes of the counts when a pod succeeds, when it fails, which counts for one of these,
    #: and when its containers are started again.
    count_success: Callable[..., list[Update]] = _uncounted
    count_failure: Callable[..., list[Update]] = _uncounted
    count_restart: Callable[..., Update] = _uncounted

    def forget(self, job: Expr) -> list[Update]:
        """The place of a Job becomes free, with the values that every free one has."""
        functions = (self.over, self.late, self.refused, self.succeeded, self.failed)
        found = [assign(self.ending[job], NOT_YET)]
        if self.decided is not None:
            found.append(assign(self.decided[job], NOT_YET))
        for each in functions:
            if each is not None:
                found.append(assign(each[job], literal(each.type, 0)))
        for each in (self.done, self.broken, self.failures):
            if each is not None and self.Index is not None:
                i = variable("forgotten", self.Index)
                found.append(assign(each[job, i], literal(each.type, 0), i))
        return found

    def vacated(self, pod: Expr) -> Iterator[Update]:
        """What becomes of the place of a pod that is gone."""
        if self.index is not None and self.Index is not None:
            yield assign(self.index[pod], none(self.Index))
        if self.restarts is not None:
            yield assign(self.restarts[pod], 0)
        if self.released is not None:
            yield assign(self.released[pod], False)
        if self.removal is not None:
            yield assign(self.removal[pod], literal(self.removal.type, 0))

    @property
    def most_failures(self) -> int:
        """How many failures make a difference."""
        return 0 if self.failed is None else self.failed.type.hi


def jobs(builder: Builder, scenario: Scenario, Pod: Sort, Job_: Sort) -> Jobs | None:
    """The Jobs of a scenario's workload, if it has any."""
    spec = scenario.workload.job
    if spec is None:
        return None
    each, status = (Job_,), "Job/{0}.status."
    may_fail = bool(scenario.faults.pod_failures) or not scenario.change.succeeds
    found = Jobs(
        spec,
        builder.function("ending", each, END, NOT_YET.payload, f"{status}conditions"),
        builder.function("over", each, BOOL, 0, "Job/{0} is over"),
    )
    if spec.indexed:
        found.Index = Sort("Index", tuple(map(str, range(spec.enough))))
    if spec.backoff < ENDLESS:
        counted = IntType(0, spec.backoff + 1)
        found.failed = builder.function("failed", each, counted, 0, f"{status}failed")
    if spec.deadline is not None:
        text = "activeDeadlineSeconds of Job/{0} are past"
        found.late = builder.function("late", each, BOOL, 0, text)
    if any(rule.action == "FailJob" for rule in spec.failure):
        found.refused = builder.function("refused", each, BOOL, 0)
    if found.Index is None:
        counted = IntType(0, spec.enough)
        found.succeeded = builder.function("succeeded", each, counted, 0, f"{status}succeeded")
    else:
        _indexes(builder, found, Pod, Job_, found.Index)
    if spec.restarts and (may_fail or scenario.faults.losses):
        most = max(1, min(spec.backoff, ENDLESS))
        if scenario.change.succeeds:
            most = min(most, scenario.faults.pod_failures + scenario.faults.losses)
        text = "Pod/{0}.status.containerStatuses.restartCount"
        found.restarts = builder.function("restarts", (Pod,), IntType(0, most), 0, text)
    suspends = scenario.change.has(Suspend)
    if found.restarts is not None or (found.late is not None and suspends):
        found.decided = builder.function("decidedEnd", each, END, NOT_YET.payload)
    if spec.replaces_failed and suspends:
        found.released = builder.function("released", (Pod,), BOOL, 0)
    return found


def _indexes(builder: Builder, found: Jobs, Pod: Sort, Job_: Sort, Index: Sort) -> None:
    kind, status = ElementType(Index, optional=True), "Job/{0}.status."
    text = "Pod/{0}.metadata.annotations.job-completion-index"
    found.index = builder.function("index", (Pod,), kind, -1, text)
    done = f"{status}completedIndexes has {{1}}"
    found.done = builder.function("done", (Job_, Index), BOOL, 0, done)
    limit = found.spec.per_index
    if limit is None:
        return
    broken = f"{status}failedIndexes has {{1}}"
    found.broken = builder.function("broken", (Job_, Index), BOOL, 0, broken)
    counted = IntType(0, min(limit, ENDLESS))
    found.failures = builder.function("indexFailures", (Job_, Index), counted, 0)


# -- how pods fail ---------------------------------------------------------------------------------
#: What the failure of a pod counts for to what a trace adds.
COUNTED = {
    "None": "",
    "Count": "",
    "Ignore": ", which is ignored",
    "FailIndex": ", which fails its index",
    "FailJob": ", which fails the Job",
}


class Failure(NamedTuple):
    """A way in which a container of a running pod may fail."""

    name: str
    when: Expr
    updates: list[Update]
    text: str


def runs(cluster: Cluster, p: Expr) -> Expr:
    """Whether the containers of a pod of the own workload run, and their kubelet can report."""
    running = cluster.phase[p].is_in("Running", "Ready") & cluster.is_own(p)
    return running & requests.looked_after(cluster, p)


def failures(cluster: Cluster, jobs: Jobs, p: Expr) -> Iterator[Failure]:
    """What may become of a running pod of which a container fails: that is started again, or the
    pod has failed, which counts for what podFailurePolicy says."""
    when = runs(cluster, p)
    if jobs.spec.restarts:
        text = "a container of {pod} fails, and is started again"
        yield Failure("container fails", when, [jobs.count_restart(p)], text)
        return
    for outcome in jobs.fails:
        updates = [*requests.remove(cluster, p), *jobs.count_failure(p, outcome)]
        text = f"{{pod}} fails{COUNTED[outcome]}"
        yield Failure(f"pod fails{suffix(outcome)}", when, updates, text)


def suffix(outcome: str) -> str:
    """What tells steps apart that differ in what a failure counts for."""
    return "" if outcome in ("None", "Count") else f": {outcome}"
