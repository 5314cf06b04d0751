"""What one sync of the Job controller does, from one reading of the Job and its pods.

A sync deletes or creates pods, never both; then it writes the status, releases pods that ended (it
takes the finalizer off that keeps them until they are counted), and writes the status once more if
that changed the counts or ended the Job. The same text is read in two ways: on numbers it is what
the real code's answers are compared with, on expressions over the state it is the model.

Source: kubernetes v1.36.3 `pkg/controller/job/job_controller.go` (syncJob, manageJob,
trackJobStatusAndRemoveFinalizers, enactJobFinished), with its feature gates as they are by default;
`pkg/controller/controller_utils.go` (ActivePods); `pkg/controller/ttlafterfinished`.

Omits: requests that fail, Jobs of 500 pods and more, `managedBy`, pods that are adopted, groups of
pods, messages of conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from model.apiserver.jobs import (
    BACKOFF,
    BY_POD,
    BY_POLICY,
    DEADLINE,
    MANY_INDEXES,
    NOT_YET,
    REACHED,
    SOME_INDEXES,
    succeeds,
)
from model.controllers import failures, indexes
from model.controllers.failures import FAIL_JOB, IGNORE
from model.controllers.indexes import Replaced
from model.controllers.jobs import BEFORE, NEVER, NOW, RESUMED, SUSPENDED, UNTOLD, Job, Pod, number
from model.controllers.tracking import Tracking
from model.controllers.victims import goes
from model.ir.expr import FALSE, Expr, Literalish, coerce, conj, disj, greatest, ite, least


class Tally(NamedTuple):
    """What a sync counts before it does anything."""

    active: Expr
    ready: Expr
    terminating: Expr
    succeeded: Expr
    failed: Expr


@dataclass(frozen=True)
class Sync:
    """What a sync does, in this order. Deleted and created pods are sent at once, in any order."""

    #: For each pod whether it is deleted; and whether its finalizer is taken off right before.
    deletes: tuple[Expr, ...]
    drops: tuple[Expr, ...]
    #: How many pods are created; for an Indexed Job of which indexes, and what they inherit.
    creates: Expr
    created: tuple[Expr, ...]
    inherits: tuple[Replaced, ...]
    #: Whether the status is written, which now lists the pods that are about to be released.
    first_write: Expr
    noted_succeeded: tuple[Expr, ...]
    noted_failed: tuple[Expr, ...]
    #: For each pod whether its finalizer is taken off.
    releases: tuple[Expr, ...]
    #: Whether the status is written again, with those pods counted.
    second_write: Expr
    #: The status in the end. Before the second write `succeeded` and `failed` lack those pods, but
    #: for an Indexed Job's `succeeded`, and conditions Complete and Failed.
    status: Status


class Status(NamedTuple):
    """The status that a sync comes to; it is written only if `first_write` or `second_write`."""

    active: Expr
    ready: Expr
    terminating: Expr
    succeeded: Expr
    failed: Expr
    completed: tuple[Expr, ...]
    broken: tuple[Expr, ...]
    #: Reasons of the conditions SuccessCriteriaMet and FailureTarget.
    succeeding: Expr
    failing: Expr
    #: Whether it is over: the condition Complete or Failed has the reason that it is `ending` by.
    over: Expr
    ending: Expr
    suspension: Expr
    started: Expr


def sync(job: Job, pods: Sequence[Pod]) -> Sync:
    """All that a sync does, for a Job that is not over and pods in a list; indexes are those of
    `job.completed`."""
    done = indexes.completed(job, pods)
    broken = indexes.failed(job, pods)
    has_per_index = coerce(job.per_index) >= 0
    delays = indexes.delayed(job, pods, done, broken) if job.broken else [FALSE for _ in pods]
    counts = tally(job, pods, done)
    ending = ended(job, counts, pods, done, broken)
    begins, called = ending != NOT_YET, conj(ending == NOT_YET, job.settled, ~coerce(job.deleting))

    surplus = excess(job, counts)
    removed = _removed(job, pods, surplus)
    lacking = ite(disj(*removed), 0, missing(job, counts))
    needed = indexes.pending(job, pods, done, broken) if job.indexed else []
    created = tuple(
        conj(called, each, ~(has_per_index & indexes.cooling(pods, delays, index)))
        for index, each in enumerate(indexes.first(needed, lacking))
    )
    creates = number(created) if job.indexed else ite(called, lacking, 0)
    drops = tuple(called & each for each in removed)
    deletes = tuple(ite(begins, each.active, drop) for each, drop in zip(pods, drops, strict=True))

    lost = number(deletes)
    active = counts.active - lost + creates
    ready = counts.ready - number([d & each.ready for d, each in zip(deletes, pods, strict=True)])
    terminating = counts.terminating + lost
    final = concluded(job, ending, counts.succeeded, active)
    suspension, started = suspended(job, called & (final != REACHED))
    tracks = Tracking(job, pods, final, delays)
    succeeding = ite(succeeds(final), final, job.succeeding)
    failing = ite((final != NOT_YET) & ~succeeds(final), final, job.failing)
    first_write = disj(
        suspension != job.suspension,
        active != job.active,
        ready != job.ready,
        terminating != job.terminating,
        succeeding != job.succeeding,
        failing != job.failing,
        *(now != before for now, before in zip(done, job.completed, strict=True)),
        *(now != before for now, before in zip(broken, job.broken, strict=True)),
        ~coerce(job.listed),
        tracks.cleans,
        tracks.notes,
    )
    over = conj(final != NOT_YET, ~tracks.remains, terminating == 0)
    status = Status(
        active,
        ready,
        terminating,
        tracks.succeeded(done),
        tracks.failed,
        tuple(done),
        tuple(broken),
        succeeding,
        failing,
        over,
        final,
        suspension,
        started,
    )
    return Sync(
        deletes,
        drops,
        creates,
        created,
        tuple(indexes.inherited(pods, delays, index) for index in range(len(created))),
        first_write,
        tuple(tracks.noted_succeeded),
        tuple(tracks.noted_failed),
        tuple(tracks.releases),
        tracks.counts | over,
        status,
    )


def tally(job: Job, pods: Sequence[Pod], done: Sequence[Expr] = ()) -> Tally:
    """The counts; `done` are the indexes that are completed, see `indexes.completed`."""
    succeeded = coerce(job.succeeded) + job.gone_succeeded
    failed = coerce(job.failed) + job.gone_failed
    for each in pods:
        new = conj(each.tracked, indexes.valid(job, each))
        counts = conj(new, each.lost(job), each.action != IGNORE)
        succeeded = succeeded + ite(disj(conj(new, each.succeeded), each.noted_succeeded), 1, 0)
        failed = failed + ite(disj(counts, each.noted_failed), 1, 0)
    return Tally(
        number([each.active for each in pods]),
        number([each.active & each.ready for each in pods]),
        number([each.terminating for each in pods]),
        number(done) if job.indexed else succeeded,
        failed,
    )


def recorded(job: Job, pods: Sequence[Pod], before: failures.Record) -> failures.Record:
    """What the controller remembers of failures once it has seen these pods."""
    valid = [conj(each.tracked, indexes.valid(job, each)) for each in pods]
    pairs = list(zip(valid, pods, strict=True))
    return failures.recorded(
        before,
        [
            failures.Ended(conj(is_, p.succeeded, ~coerce(p.noted_succeeded)), p.finished)
            for is_, p in pairs
        ],
        [
            failures.Ended(conj(is_, p.lost(job), ~coerce(p.noted_failed)), p.finished)
            for is_, p in pairs
        ],
    )


def ended(
    job: Job,
    counts: Tally,
    pods: Sequence[Pod],
    done: Sequence[Expr] = (),
    broken: Sequence[Expr] = (),
) -> Expr:
    """Why the Job ends, before pods are created or deleted: what was decided before, a failure, at
    last success by its policy."""
    fails = disj(*(each.lost(job) & (each.action == FAIL_JOB) for each in pods))
    many = counts.failed > job.backoff
    if job.restarts:
        many = many | restarted(job, pods)
    found = ite(many, BACKOFF, ite(overdue(job), DEADLINE, NOT_YET))
    found = ite(job.failing != NOT_YET, job.failing, ite(fails, BY_POD, found))
    found = ite(job.succeeding != NOT_YET, job.succeeding, found)
    if not job.indexed:
        return found
    ruined = number(broken)
    too_many = (coerce(job.max_failed) >= 0) & (ruined > job.max_failed)
    settled = (ruined > 0) & (ruined + number(done) >= job.completions)
    more = ite(indexes.satisfied(job, done), BY_POLICY, NOT_YET)
    if job.broken:
        more = ite(too_many, MANY_INDEXES, ite(settled, SOME_INDEXES, more))
    return ite(found == NOT_YET, more, found)


def concluded(job: Job, ending: Expr, succeeded: Expr, active: Expr) -> Expr:
    """Why the Job is to be over at the end of a sync: for what it ends (see `ended`), or because it
    has all of its completions and no active pod is left."""
    complete = satisfied(job, succeeded) & (active == 0)
    begins = ending != NOT_YET
    return ite(begins, ite(job.settled, ending, NOT_YET), ite(complete, REACHED, NOT_YET))


def restarted(job: Job, pods: Sequence[Pod]) -> Expr:
    """Whether containers restarted too often, where restartPolicy is OnFailure: from backoffLimit
    on, but never without any restart."""
    total = coerce(0)
    for each in pods:
        total = total + ite(each.ended, 0, each.restarts)
    return total >= greatest(1, job.backoff)


def overdue(job: Job) -> Expr:
    """A Job that is suspended, or that starts only now, is not late."""
    return conj(job.late, job.started, ~coerce(job.suspended))


def wanted(job: Job, counts: Tally) -> Expr:
    """How many active pods there should be."""
    any_success = ite(counts.succeeded > 0, counts.active, job.parallelism)
    left = coerce(job.completions) - counts.succeeded
    several = greatest(0, least(left, job.parallelism))
    return ite(coerce(job.completions) < 0, any_success, several)


def excess(job: Job, counts: Tally) -> Expr:
    """How many active pods are deleted at least; all of a suspended Job."""
    surplus = greatest(0, counts.active - wanted(job, counts))
    return ite(job.suspended, counts.active, surplus)


def missing(job: Job, counts: Tally) -> Expr:
    """How many pods are created, if none is deleted; of an Indexed Job at most. With
    podReplacementPolicy Failed those that are terminating count as there."""
    there = counts.active + ite(job.replaces_failed, counts.terminating, 0)
    waits = conj(job.waits, coerce(job.per_index) < 0)
    return ite(disj(job.suspended, waits), 0, greatest(0, wanted(job, counts) - there))


def satisfied(job: Job, succeeded: Expr) -> Expr:
    """Whether there are as many completions as the Job wants."""
    unset = coerce(job.completions) < 0
    return ite(unset, succeeded > 0, succeeded >= job.completions)


def suspended(job: Job, told: Expr) -> tuple[Expr, Expr]:
    """The condition Suspended and the start time after a sync that tells of them: a suspended Job
    has no start, one that was resumed starts anew."""
    started = ite(job.started, BEFORE, ite(job.suspended, NEVER, NOW))
    now = ite(job.suspended, SUSPENDED, ite(job.suspension == UNTOLD, UNTOLD, RESUMED))
    changed = told & (now != job.suspension)
    return (
        ite(changed, now, job.suspension),
        ite(changed, ite(job.suspended, NEVER, NOW), started),
    )


def late(limit: Literalish, elapsed: Literalish) -> Expr:
    """Whether activeDeadlineSeconds, or ttlSecondsAfterFinished of a Job that is over, are past;
    UNSET for none. The one fails the Job, the other deletes it in the foreground."""
    return (coerce(limit) >= 0) & (coerce(elapsed) >= limit)


def _removed(job: Job, pods: Sequence[Pod], at_least: Expr) -> list[Expr]:
    """Which active pods go if so many must: those of no index, all but the last of each index,
    then in order."""
    ranked = [[_precedes(pods, i, j) for j in range(len(pods))] for i in range(len(pods))]
    if job.indexed:
        surely = [
            conj(
                each.active,
                ~indexes.valid(job, each)
                | disj(
                    *(
                        conj(other.active, coerce(other.index) == each.index, ranked[i][j])
                        for j, other in enumerate(pods)
                        if j != i
                    )
                ),
            )
            for i, each in enumerate(pods)
        ]
    else:
        surely = [FALSE for _ in pods]
    left = [conj(each.active, ~gone) for each, gone in zip(pods, surely, strict=True)]
    more = greatest(0, at_least - number(surely))
    return [
        gone
        | (is_ & goes(number([left[j] & ranked[j][i] for j in range(len(pods)) if j != i]), more))
        for i, (gone, is_) in enumerate(zip(surely, left, strict=True))
    ]


def _precedes(pods: Sequence[Pod], i: int, j: int) -> Expr:
    """Whether one pod goes before another; equal ones by their places."""
    if i == j:
        return FALSE
    return pods[i].before(pods[j]) if i > j else ~pods[j].before(pods[i])
