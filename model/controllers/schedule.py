"""What one sync of the CronJob controller does, and which run of a schedule is due.

`sync` is read in two ways: on numbers it is what the real code's answers are compared with, on
expressions over the state it is the model, where runs become due as events. Times of schedules are
numbers only: seconds since 1970.

Source: kubernetes v1.36.3 `pkg/controller/cronjob/cronjob_controllerv2.go` (sync, syncCronJob,
cleanupFinishedJobs), `utils.go` (mostRecentScheduleTime, nextScheduleTimeDuration, byJobStartTime).

Omits: requests that fail, but for the creation of a Job that is there already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from model.api.cron import Schedule
from model.controllers.jobs import UNSET, number
from model.ir.expr import Expr, Literalish, coerce, conj, disj, greatest, ite

#: From so many missed runs on a warning is given; only the last of them is started in any case.
MANY = 100
#: Seconds that a CronJob is synced after a run is due.
DELAY = 0.1


@dataclass(frozen=True)
class Child:
    """A Job as a sync reads it."""

    #: Whether the CronJob is its controller, and the cache has it; whether the API server does.
    owned: Literalish = True
    exists: Literalish = True
    #: Whether `status.active` lists it.
    listed: Literalish = True
    #: Whether it is over, and whether that was a success.
    finished: Literalish = False
    succeeded: Literalish = False
    #: Whether its name is that of the run that is due.
    due: Literalish = False
    #: When it started, if it has; UNSET sorts it last. Of equal ones the first in the list has the
    #: lesser name.
    started: Literalish = 0
    completed: Literalish = 0


@dataclass(frozen=True)
class CronJob:
    """A CronJob as a sync reads it."""

    #: Whether some run is due: a time of the schedule has come since the last one that was started
    #: (or since it was created, or within startingDeadlineSeconds if that is later).
    due: Literalish
    #: Whether that run is the last one that was started, and whether startingDeadlineSeconds have
    #: passed since it was due.
    processed: Literalish = False
    late: Literalish = False
    #: concurrencyPolicy; Allow if neither.
    forbids: Literalish = False
    replaces: Literalish = False
    suspended: Literalish = False
    deleting: Literalish = False
    #: successfulJobsHistoryLimit and failedJobsHistoryLimit, UNSET for none.
    keeps_succeeded: Literalish = 3
    keeps_failed: Literalish = 1
    #: `status.lastSuccessfulTime`, UNSET for none.
    last_success: Literalish = UNSET


@dataclass(frozen=True)
class Sync:
    """What a sync does, in this order."""

    #: For each Job whether it is deleted as one of too many that are over.
    cleans: tuple[Expr, ...]
    #: For each Job whether it is deleted as it still runs while the next one starts.
    replaces: tuple[Expr, ...]
    #: Whether the creation of a Job is sent, for the run that is due, and whether it is taken. It
    #: is not if one of that name is there: the sync ends in an error, even if that Job is its own,
    #: as upstream looks for it in the namespace "".
    creates: Expr
    starts: Expr
    #: Whether the status is written; for each Job whether it is listed in it. If one was created it
    #: is listed too, and lastScheduleTime is when it was due.
    writes: Expr
    listed: tuple[Expr, ...]
    last_success: Expr


def sync(of: CronJob, jobs: Sequence[Child]) -> Sync:
    """All that a sync does. A Job that `status.active` lists and that is nowhere is one of `jobs`
    that does not exist."""
    cleans = _cleaned(of, jobs)
    kept, changed, success = [], [], coerce(of.last_success)
    for each, gone in zip(jobs, cleans, strict=True):
        here = conj(each.listed, ~gone)
        over = conj(each.owned, each.finished) | conj(~coerce(each.owned), ~coerce(each.exists))
        kept.append(here & ~over)
        changed.append(gone | (here & over))
        success = greatest(success, ite(conj(each.owned, each.succeeded), each.completed, UNSET))
    active = number(kept)
    seen = disj(of.processed, *(each & child.due for each, child in zip(kept, jobs, strict=True)))
    forbidden = conj(of.forbids, active > 0)
    goes = conj(
        of.due, ~coerce(of.deleting), ~coerce(of.suspended), ~coerce(of.late), ~seen, ~forbidden
    )
    replaced = [conj(goes, of.replaces, each) for each in kept]
    refused = disj(
        *(conj(each.exists, each.due, ~gone) for each, gone in zip(jobs, cleans, strict=True))
    )
    starts = goes & ~refused
    listed = tuple(is_ & ~gone for is_, gone in zip(kept, replaced, strict=True))
    return Sync(
        tuple(cleans),
        tuple(replaced),
        goes,
        starts,
        disj(starts, success != of.last_success, *changed, *replaced),
        listed,
        success,
    )


def _cleaned(of: CronJob, jobs: Sequence[Child]) -> list[Expr]:
    """Which Jobs that are over go: of each kind those that started first, beyond the limit."""
    good = [conj(each.owned, each.finished, each.succeeded) for each in jobs]
    bad = [conj(each.owned, each.finished, ~coerce(each.succeeded)) for each in jobs]
    found = []
    for those, limit in ((good, of.keeps_succeeded), (bad, of.keeps_failed)):
        later = [
            number([is_ & _first(jobs, one, other) for other, is_ in enumerate(those)])
            for one in range(len(jobs))
        ]
        found.append(
            [
                conj(is_, coerce(limit) >= 0, after >= limit)
                for is_, after in zip(those, later, strict=True)
            ]
        )
    return [a | b for a, b in zip(*found, strict=True)]


def _first(jobs: Sequence[Child], one: int, other: int) -> Expr:
    """Whether one Job started before another."""
    mine, its = coerce(jobs[one].started), coerce(jobs[other].started)
    never = its == UNSET
    earlier = (mine != UNSET) & (never | (mine < its))
    return earlier | ((mine == its) & (one < other))


class Impossible(ValueError):
    """A schedule that is never due."""


Missed = Literal["none", "few", "many"]


@dataclass(frozen=True)
class Recent:
    """The last time that is due, None for none; since when it was looked for, and how many were
    missed."""

    since: int
    due: int | None
    missed: Missed = "none"


def recent(
    schedule: Schedule, created: int, last: int | None, now: int, deadline: int | None = None
) -> Recent:
    """The run that is due `now`, since the last one that was started. The number of those missed is
    as upstream estimates it, which for an uneven schedule can be wrong, even so that none is found.
    Raises Impossible."""
    since = created if last is None else last
    if deadline is not None:
        since = max(since, now - deadline)
    first = schedule.next(since)
    second = schedule.next(first)
    if now < first:
        return Recent(since, None)
    if now < second:
        return Recent(since, first)
    between = second - first
    if between < 1:
        raise Impossible
    count = (now - first) // between + 1
    due, at = None, schedule.next(first + (count - 2) * between)
    while at <= now:
        due, at = at, schedule.next(at)
        if at <= due:
            break
    return Recent(since, due, "many" if count > MANY else "few")


def late(due: int, deadline: int | None, now: int) -> bool:
    """Whether startingDeadlineSeconds are over."""
    return deadline is not None and due + deadline < now


def pause(schedule: Schedule, created: int, last: int | None, now: int) -> float:
    """Seconds until the CronJob is synced again, if nothing else happens."""
    try:
        found = recent(schedule, created, last, now)
    except Impossible:
        return schedule.next(now) + DELAY - now
    since = found.since if found.missed == "none" else now
    return schedule.next(since if found.due is None else found.due) + DELAY - now
