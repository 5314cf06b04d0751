"""A Job and its pods as a sync of the Job controller reads them.

Every field may be a number or an expression over the state. Source: kubernetes v1.36.3
`pkg/controller/job/job_controller.go` (isPodFailed), `pkg/controller/controller_utils.go`
(ActivePods, IsPodActive, IsPodTerminating).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from model.apiserver.jobs import NOT_YET
from model.controllers.failures import UNMATCHED
from model.controllers.victims import stage
from model.ir.expr import FALSE, Expr, Literalish, add, coerce, conj, constant, disj, ite
from model.ir.types import EnumType

#: The condition Suspended: not there, True, False, or with another reason than the controller's.
SUSPENSION = EnumType("Suspension", ("None", "JobSuspended", "JobResumed", "Other"))
UNTOLD, SUSPENDED, RESUMED, OTHERWISE = (constant(SUSPENSION, name) for name in SUSPENSION.values)
#: `status.startTime`: none, as it was, the time of the sync.
START = EnumType("StartTime", ("None", "Before", "Now"))
NEVER, BEFORE, NOW = (constant(START, name) for name in START.values)
#: In place of a number that is not given.
UNSET = -1


@dataclass(frozen=True)
class Pod:
    """A pod of the Job as a sync reads it. Fields that only rank pods may stay 0: any may go."""

    #: Whether it has the finalizer, and the controller did not ask to take it off yet.
    tracked: Literalish = True
    #: Its phase: Succeeded, Failed, Pending, else Running.
    succeeded: Literalish = False
    failed: Literalish = False
    pending: Literalish = False
    #: Whether it has a deletionTimestamp.
    deleting: Literalish = False
    ready: Literalish = False
    bound: Literalish = True
    index: Literalish = UNSET
    #: What podFailurePolicy says of it, see `failures.matched`.
    action: Expr = UNMATCHED
    #: Whether the status lists it as ended and not yet counted.
    noted_succeeded: Literalish = False
    noted_failed: Literalish = False
    #: Its annotations: failures of its index before it that count, and others; and whether the
    #: pause after its own is not over.
    failures: Literalish = 0
    ignored: Literalish = 0
    cooling: Literalish = False
    #: Restarts of its containers in all, and of the one with most.
    restarts: Literalish = 0
    most_restarts: Literalish = 0
    #: When it became ready, was created, finished.
    ready_at: Literalish = 0
    created: Literalish = 0
    finished: Literalish = 0

    @property
    def ended(self) -> Expr:
        return disj(self.succeeded, self.failed)

    @property
    def active(self) -> Expr:
        return ~self.ended & ~coerce(self.deleting)

    @property
    def terminating(self) -> Expr:
        return ~self.ended & self.deleting

    def lost(self, job: Job) -> Expr:
        """Whether it counts as failed: unless only failed ones are replaced, once it is being
        deleted."""
        gone = conj(self.deleting, ~coerce(self.succeeded), ~coerce(job.replaces_failed))
        return disj(self.failed, gone)

    def before(self, other: Pod) -> Expr:
        """Whether it goes rather than another, if one of both must: it has come less far, is ready
        since later, restarted more often, is younger."""
        keys = [
            (_far(other), _far(self)),
            (coerce(self.ready_at), coerce(other.ready_at)),
            (coerce(self.most_restarts), coerce(other.most_restarts)),
            (coerce(self.created), coerce(other.created)),
        ]
        found = FALSE
        for mine, its in reversed(keys):
            found = (mine > its) | ((mine == its) & found)
        return found


@dataclass(frozen=True)
class SuccessRule:
    """A rule of `successPolicy`: of these indexes, or of any, so many, or all."""

    indexes: frozenset[int] | None = None
    at_least: int | None = None


@dataclass(frozen=True)
class Job:
    """A Job as a sync reads it: spec, then status."""

    parallelism: Literalish
    #: UNSET for a Job that is over once a pod succeeds and the others have ended.
    completions: Literalish = UNSET
    indexed: bool = False
    backoff: Literalish = 6
    #: backoffLimitPerIndex and maxFailedIndexes.
    per_index: Literalish = UNSET
    max_failed: Literalish = UNSET
    #: podReplacementPolicy is Failed, which podFailurePolicy implies.
    replaces_failed: Literalish = False
    success: tuple[SuccessRule, ...] = ()
    suspended: Literalish = False
    #: restartPolicy is OnFailure.
    restarts: bool = False
    deleting: Literalish = False
    #: Whether it is active for longer than activeDeadlineSeconds (see `late`), and whether the
    #: pause after the last failure is not over (`failures.waits`).
    late: Literalish = False
    waits: Literalish = False
    #: Whether the controller has seen all that it created and deleted.
    settled: Literalish = True
    #: The status. UNSET where it has no number of ready or terminating ones.
    active: Literalish = 0
    ready: Literalish = UNSET
    terminating: Literalish = UNSET
    succeeded: Literalish = 0
    failed: Literalish = 0
    #: How many pods it lists as not yet counted that are not there any more.
    gone_succeeded: Literalish = 0
    gone_failed: Literalish = 0
    #: Reasons of the conditions SuccessCriteriaMet and FailureTarget.
    succeeding: Expr = NOT_YET
    failing: Expr = NOT_YET
    suspension: Expr = UNTOLD
    started: Literalish = True
    #: For each index whether it is among completedIndexes, and among failedIndexes, which is empty
    #: without backoffLimitPerIndex; `listed`: whether the status has failedIndexes at all.
    completed: tuple[Literalish, ...] = ()
    broken: tuple[Literalish, ...] = ()
    listed: Literalish = True


def number(those: Iterable[Expr]) -> Expr:
    """How many hold."""
    return add(0, *(ite(each, 1, 0) for each in those))


def _far(pod: Pod) -> Expr:
    return stage(~coerce(pod.bound), pod.pending, pod.ready)
