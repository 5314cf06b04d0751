"""What a recording tells of CronJobs: which Jobs their controller makes, and which it deletes.

Each of these writes has to be what a sync decides (`model.controllers.schedule`), on the numbers of
the moment: the run that is due by the schedule, that was not started yet, and that
concurrencyPolicy lets begin beside the Jobs that are there; a Job that goes is replaced by that
run, or is one of too many that are over. Nothing of this is hidden: between two runs a cache has
long caught up. Statuses are written onto the very object that was read, so each follows from the
one before: which Jobs were made, are over or are gone, which of those that succeeded ended last.

Source: as `model.controllers.schedule`; kubernetes v1.36.3 `pkg/controller/cronjob/utils.go`
(getJobName: the minute is part of a Job's name), `cronjob_controllerv2.go` (syncCronJob).

Omits: a cache that is behind by a run; CronJobs that are not recorded; writes of which
nobody says who made them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from checker.following import facts
from checker.following.facts import Facts
from checker.following.nodes import LAG, Misplaced
from checker.following.recording import Recording, Write
from checker.following.story import actor
from model.api import cron
from model.controllers import cronjob, schedule
from model.controllers.jobs import UNSET
from model.ir.expr import TRUE, Literalish, coerce

_MINUTE = 60


@dataclass
class Checked:
    """How many Jobs were made and deleted as they may be, and the first that was not."""

    writes: int = 0
    #: How many statuses of CronJobs follow from what there was.
    statuses: int = 0
    wrong: Misplaced | None = None


@dataclass
class _World:
    """CronJobs and the Jobs that they made, by uid, as they were written last."""

    crons: dict[str, Write] = field(default_factory=dict)
    jobs: dict[str, Write] = field(default_factory=dict)
    #: Those of which anything is recorded, at whatever time.
    known: frozenset[str] = frozenset()
    #: The last run of each CronJob for which a Job was made.
    last: dict[str, int] = field(default_factory=dict)
    #: All Jobs that were ever there, by uid, as they were last.
    ever: dict[str, Write] = field(default_factory=dict)
    #: Whether statuses are recorded whole: which Jobs there are, and when those ended.
    lists: bool = False
    times: bool = False

    def take(self, write: Write) -> None:
        """What is so after a write."""
        if write.kind == "CronJob":
            if write.type == "DELETED":
                self.crons.pop(write.uid, None)
                return
            self.crons[write.uid] = write
            told = _seconds(Facts(write), "status", "lastScheduleTime")
            self._started(write.uid, told)
        elif write.kind == "Job":
            self.ever[write.uid] = write
            if write.type == "DELETED":
                self.jobs.pop(write.uid, None)
                return
            self.jobs[write.uid] = write
            above = _above(write)
            if above:
                self._started(above, _run(write))

    def _started(self, uid: str, run: int | None) -> None:
        if run is not None:
            self.last[uid] = max(run, self.last.get(uid, run))

    def of(self, uid: str) -> list[Write]:
        """The Jobs that a CronJob has made."""
        return [job for job in self.jobs.values() if _above(job) == uid]


def judge(recording: Recording) -> Checked:
    """Every Job that a CronJob's controller makes or deletes, until the first that is wrong.
    Raises Damaged."""
    everything = (*recording.start, *recording.writes)
    known = frozenset(write.uid for write in everything if write.kind == "CronJob")
    crons = [Facts(write) for write in everything if write.kind == "CronJob"]
    jobs = [Facts(write) for write in everything if write.kind == "Job"]
    world, checked = _World(known=known), Checked()
    world.lists = any(each.at("status", "active") is not None for each in crons)
    world.times = any(each.at("status", "completionTime") is not None for each in jobs)
    for write in recording.start:
        world.take(write)
    for write in recording.writes:
        if write.kind == "Job" and checked.wrong is None and actor(write) == cronjob.NAME:
            _job(write, world, checked)
        if write.kind == "CronJob" and checked.wrong is None and actor(write) == cronjob.NAME:
            _status(write, world, checked)
        world.take(write)
    return checked


def _job(write: Write, world: _World, checked: Checked) -> None:
    before = world.jobs.get(write.uid)
    if before is not None and (
        (write.type != "DELETED" and not facts.going(write)) or facts.going(before)
    ):
        return
    uid = _above(write)
    if uid is not None and uid not in world.known:
        return
    cron_job = world.crons.get(uid or "")
    said = f"makes Job {write.name}" if before is None else f"deletes Job {write.name}"
    if uid is None or cron_job is None:
        checked.wrong = Misplaced(write, said, ("no CronJob that is there owns it",), ())
        return
    possible: list[str] = []
    for now in _times(write):
        jobs = world.of(uid)
        due = _due(cron_job, world.last.get(uid), now)
        decided = schedule.sync(_read(cron_job, due, now), [_child(job) for job in jobs])
        if before is None:
            right = decided.starts is TRUE and due == _run(write)
        else:
            at = jobs.index(before)
            right = decided.cleans[at] is TRUE or decided.replaces[at] is TRUE
        if right:
            checked.writes += 1
            return
        possible += _possible(cron_job, jobs, decided, due)
    checked.wrong = Misplaced(
        write,
        said,
        (f"a sync of {cron_job.subject} does not do that then",),
        tuple(dict.fromkeys(possible)),
    )


def _status(write: Write, world: _World, checked: Checked) -> None:
    before = world.crons.get(write.uid)
    if before is None or write.type != "MODIFIED":
        return
    old, new = Facts(before), Facts(write)
    if old.at("status") == new.at("status"):
        return
    said, why = f"writes the status of {write.name}", tuple(_untrue(write.uid, old, new, world))
    if why:
        checked.wrong = Misplaced(write, said, why, ())
    else:
        checked.statuses += 1


def _untrue(uid: str, old: Facts, new: Facts, world: _World) -> Iterator[str]:
    """What of a new status does not follow from the old one and from the Jobs that there are."""
    known = {job: write for job, write in world.ever.items() if _above(write) == uid}
    if world.lists:
        yield from _unlisted(known, old, new, world)
    before, scheduled = (_seconds(each, "status", "lastScheduleTime") for each in (old, new))
    if scheduled != before and scheduled not in map(_run, known.values()):
        yield "no Job was made for the run that it says began last"
    before, succeeded = (_seconds(each, "status", "lastSuccessfulTime") for each in (old, new))
    ended = {
        _seconds(Facts(write), "status", "completionTime")
        for write in known.values()
        if _child(write).succeeded
    }
    true = succeeded in ended and (succeeded or 0) >= (before or 0)
    if world.times and succeeded != before and not true:
        yield "none of its Jobs succeeded when it says"


def _unlisted(known: Mapping[str, Write], old: Facts, new: Facts, world: _World) -> Iterator[str]:
    """What is wrong with the Jobs that a status lists."""
    active, told = _active(old), _active(new)
    scheduled = _seconds(new, "status", "lastScheduleTime")
    made = {job for job in told if job not in active}
    for job in made:
        if job not in known:
            yield f"it lists {told[job]}, which it did not make"
        elif _run(known[job]) != scheduled:
            yield f"it lists {told[job]}, which is not that of its last run"
    for job in active:
        if job not in told and job in world.jobs:
            there = world.jobs[job]
            if not (_child(there).finished or facts.going(there)):
                yield f"it lists {active[job]} no more, which runs"
    if scheduled != _seconds(old, "status", "lastScheduleTime") and not made:
        yield "it says that a run began, and lists none"


def _active(of: Facts) -> dict[str, str]:
    """The names of the Jobs that a status lists, by uid."""
    return {
        str(each.get("uid", each.get("name"))): str(each.get("name"))
        for each in of.list("status", "active")
    }


def _times(write: Write) -> Iterator[int]:
    """When the sync that wrote this may have read, to the second."""
    when = write.time
    if when is not None:
        yield int(when.timestamp())
        yield int((when - LAG).timestamp())


def _possible(
    of: Write, jobs: list[Write], decided: schedule.Sync, due: int | None
) -> Iterator[str]:
    """What a sync does in its place."""
    for job, clean, replaced in zip(jobs, decided.cleans, decided.replaces, strict=True):
        if clean is TRUE or replaced is TRUE:
            yield f"delete Job {job.name}"
    if decided.starts is TRUE and due is not None:
        yield f"make Job {of.name}-{due // _MINUTE}"


def _read(write: Write, due: int | None, now: int) -> schedule.CronJob:
    """A CronJob as a sync reads it."""
    read = Facts(write)
    policy = read.text("spec", "concurrencyPolicy")
    deadline = read.at("spec", "startingDeadlineSeconds")
    limit = None if deadline is None else read.number("spec", "startingDeadlineSeconds")
    return schedule.CronJob(
        due=due is not None,
        late=due is not None and schedule.late(due, limit, now),
        forbids=policy == "Forbid",
        replaces=policy == "Replace",
        suspended=read.at("spec", "suspend") is True,
        deleting=facts.going(write),
        keeps_succeeded=read.number("spec", "successfulJobsHistoryLimit", default=3),
        keeps_failed=read.number("spec", "failedJobsHistoryLimit", default=1),
    )


def _due(write: Write, last: int | None, now: int) -> int | None:
    """The run that is due, None if none is that was not started yet. Raises Damaged."""
    read = Facts(write)
    made = _seconds(read, "metadata", "creationTimestamp")
    deadline = read.at("spec", "startingDeadlineSeconds")
    limit = None if deadline is None else read.number("spec", "startingDeadlineSeconds")
    try:
        zone = cron.zone(read.text("spec", "timeZone"))
        times = cron.parse(read.text("spec", "schedule"), zone)
        return schedule.recent(times, now if made is None else made, last, now, limit).due
    except (cron.Unparseable, schedule.Impossible):
        raise read.damage(("spec", "schedule"), "a schedule that comes due") from None


def _child(write: Write) -> schedule.Child:
    """A Job as a sync reads it; its status lists all of which it does not know that they are
    over."""
    read = Facts(write)
    held = {
        str(each.get("type")): True
        for each in read.list("status", "conditions")
        if each.get("status") == "True"
    }
    return schedule.Child(
        finished="Complete" in held or "Failed" in held,
        succeeded="Complete" in held,
        listed=not facts.going(write),
        started=_known(read, "startTime"),
        completed=_known(read, "completionTime"),
    )


def _known(read: Facts, name: str) -> Literalish:
    found = _seconds(read, "status", name)
    return coerce(UNSET if found is None else found)


def _above(write: Write) -> str | None:
    """The uid of the CronJob that made a Job."""
    owner = facts.owner(write)
    return owner[2] if owner is not None and owner[0] == "CronJob" else None


def _run(write: Write) -> int | None:
    """The run that a Job is for, by its name."""
    minute = write.name.rpartition("-")[2]
    return int(minute) * _MINUTE if minute.isdecimal() and len(minute) < len("9999999999") else None


def _seconds(read: Facts, *path: str) -> int | None:
    """A time, in seconds since 1970."""
    text = read.text(*path)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise read.damage(path, "a time") from None
    return int((found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp())
