"""CronJobs: cases of kubernetes v1.36.3 `pkg/controller/cronjob` (cronjob_controllerv2_test.go,
utils_test.go) in a form of our own. Times are minutes from 2016-05-19T10:00:00Z, a Thursday."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import pytest

from model.api.cron import parse
from model.controllers import schedule
from model.controllers.jobs import UNSET
from model.controllers.scaling import number
from model.controllers.schedule import Child, CronJob, Impossible
from model.ir.expr import Expr
from tests.model.readings import Inputs, agree

TEN = 1463652000
HOURLY = "0 * * * ?"
WEEK = 7 * 24 * 60
SHORT, MEDIUM, LONG = 10, 7200, 1_000_000


def at(minutes: float) -> int:
    return TEN + round(minutes * 60)


class Case(NamedTuple):
    """A CronJob: `last` is when it last started, None for never; `child` is the Job of then."""

    now: float
    text: str = HOURLY
    deadline: int | None = None
    created: float = -1
    last: float | None = None
    child: Child | None = None


class Found(NamedTuple):
    starts: int
    deletes: int
    active: int
    writes: int
    #: Minutes until the next sync.
    again: float


def found(case: Case, policy: str = "Allow", **more: bool) -> Found:
    times, now = parse(case.text), at(case.now)
    created, last = at(case.created), None if case.last is None else at(case.last)
    due = schedule.recent(times, created, last, now, case.deadline).due
    of = CronJob(
        due is not None,
        due is not None and due == last,
        due is not None and schedule.late(due, case.deadline, now),
        policy == "Forbid",
        policy == "Replace",
        **more,
    )
    decided = schedule.sync(of, [case.child] if case.child else [])
    starts = number(decided.starts)
    again = schedule.pause(times, created, due if starts else last, now)
    return Found(
        starts,
        sum(map(number, decided.replaces)),
        sum(map(number, decided.listed)) + starts,
        number(decided.writes),
        round((again - schedule.DELAY) / 60, 3),
    )


DONE = Child(finished=True, succeeded=True, completed=9)
ACTIVE = Child()
#: The last run began at 9:01, of a CronJob created at 8:59.
BEFORE = Case(0, created=-61, last=-59)


@pytest.mark.parametrize("policy", ["Allow", "Forbid", "Replace"])
@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        (Case(-1), Found(0, 0, 0, 0, 1)),
        (Case(1), Found(1, 0, 1, 1, 59)),
        (Case(1 + 11, deadline=SHORT), Found(0, 0, 0, 0, 48)),
        (Case(1, deadline=LONG), Found(1, 0, 1, 1, 59)),
        (BEFORE._replace(now=-1, child=DONE), Found(0, 0, 0, 1, 1)),
        (BEFORE._replace(now=1, child=DONE), Found(1, 0, 1, 1, 59)),
        (BEFORE._replace(now=1, child=DONE, deadline=SHORT), Found(0, 0, 0, 1, 59)),
        (BEFORE._replace(now=1, child=DONE, deadline=LONG), Found(1, 0, 1, 1, 59)),
        (BEFORE._replace(now=-1, child=ACTIVE), Found(0, 0, 1, 0, 1)),
        (BEFORE._replace(now=1, child=ACTIVE, deadline=SHORT), Found(0, 0, 1, 0, 59)),
        # Long overdue: only the last run is started.
        (BEFORE._replace(now=WEEK, child=DONE), Found(1, 0, 1, 1, 60)),
        (BEFORE._replace(now=WEEK, child=DONE, deadline=LONG), Found(1, 0, 1, 1, 60)),
        (BEFORE._replace(now=WEEK, child=DONE, deadline=MEDIUM), Found(1, 0, 1, 1, 60)),
        (BEFORE._replace(now=WEEK, child=DONE, deadline=SHORT), Found(1, 0, 1, 1, 60)),
        # From the last time on, or from when it was created.
        (Case(0, "@every 1h"), Found(0, 0, 0, 0, 59)),
        (Case(-1, "@every 1h", created=-61), Found(1, 0, 1, 1, 60)),
        (Case(-1 + 11 / 60, "@every 1h", SHORT, -61), Found(0, 0, 0, 0, 60 - 11 / 60)),
        (Case(-1 + 9 / 60, "@every 1h", LONG, -61), Found(1, 0, 1, 1, 60 - 9 / 60)),
        (Case(0, "@every 1h", None, -61, -1, DONE), Found(0, 0, 0, 1, 59)),
        (Case(60, "@every 1h", None, -61, -1, DONE), Found(1, 0, 1, 1, 59)),
        (Case(59 + 11 / 60, "@every 1h", SHORT, -61, -1, DONE), Found(0, 0, 0, 1, 60 - 11 / 60)),
        (Case(0, "@every 1h", None, -61, -1, ACTIVE), Found(0, 0, 1, 0, 59)),
        (Case(WEEK, "@every 1h", None, -59, 1, DONE), Found(1, 0, 1, 1, 1)),
        (
            Case(WEEK + 1 + 11 / 60, "@every 1h", SHORT, -59, 1, DONE),
            Found(0, 0, 0, 1, 60 - 11 / 60),
        ),
    ],
)
def test_whatever_the_policy(policy: str, case: Case, wanted: Found) -> None:
    """Where nothing runs when a run is due, policies are alike."""
    expected = wanted._replace(again=round(wanted.again, 3))
    assert found(case, policy) == expected


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ("Allow", Found(1, 0, 2, 1, 59)),
        ("Forbid", Found(0, 0, 1, 0, 59)),
        ("Replace", Found(1, 1, 1, 1, 59)),
    ],
)
def test_what_still_runs_when_the_next_is_due(policy: str, wanted: Found) -> None:
    """Allow starts another, Forbid none, Replace deletes it first."""
    assert found(BEFORE._replace(now=1, child=ACTIVE), policy) == wanted
    # One that the status does not list is not seen, by any policy.
    forgotten = BEFORE._replace(now=1, child=Child(listed=False))
    assert found(forgotten, policy) == Found(1, 0, 1, 1, 59)


@pytest.mark.parametrize("child", [None, DONE, ACTIVE])
@pytest.mark.parametrize("flag", ["suspended", "deleting"])
def test_a_suspended_one_starts_nothing(flag: str, child: Child | None) -> None:
    """But lists what it has; as one that is being deleted."""
    result = found(BEFORE._replace(now=1, child=child), **{flag: True})
    assert result[:4] == (0, 0, child is ACTIVE, child is DONE)


def test_a_run_is_started_once() -> None:
    """Its Job is listed by its name, or it is the last that was started."""
    named = BEFORE._replace(now=1, child=Child(due=True))
    assert found(named).starts == 0
    assert found(Case(1, created=-61, last=0)).starts == 0
    # One of that name that the status does not list is in the way of another for good.
    unlisted = schedule.sync(CronJob(True), [Child(due=True, listed=False)])
    assert number(unlisted.creates)
    assert not number(unlisted.starts | unlisted.writes)


def test_what_is_listed_and_nowhere_is_forgotten() -> None:
    """But not one that only the cache lacks."""
    missing = schedule.sync(CronJob(False), [Child(owned=False, exists=False)])
    assert (number(missing.writes), number(missing.listed[0])) == (1, 0)
    slow = schedule.sync(CronJob(True, forbids=True), [Child(owned=False)])
    assert (number(slow.starts), number(slow.writes), number(slow.listed[0])) == (0, 0, 1)


@pytest.mark.parametrize(
    ("started", "good", "limits", "cleaned"),
    [
        ([-61, -1], [True, True], (1, UNSET), {0}),
        ([-61], [True], (2, UNSET), set()),
        ([3, 1, 2], [True] * 3, (1, 1), {1, 2}),
        ([3, 1, 2], [True] * 3, (0, UNSET), {0, 1, 2}),
        ([3, 1, 2], [True, False, False], (0, 1), {0, 1}),
        ([3, 1, 2], [False] * 3, (0, UNSET), set()),
        # Of equal ones the first name goes first; those that never started last.
        ([5, 5, 5], [False] * 3, (0, 1), {0, 1}),
        ([UNSET, 5, UNSET], [False] * 3, (0, 1), {0, 1}),
    ],
)
def test_jobs_that_are_over_are_deleted(
    started: Sequence[int], good: Sequence[bool], limits: tuple[int, int], cleaned: set[int]
) -> None:
    """Those that started first, beyond the limit of their kind; before anything is created."""
    jobs = [
        Child(finished=True, succeeded=well, started=at if at == UNSET else TEN + at)
        for at, well in zip(started, good, strict=True)
    ]
    of = CronJob(True, keeps_succeeded=limits[0], keeps_failed=limits[1])
    decided = schedule.sync(of, jobs)
    assert {i for i, each in enumerate(decided.cleans) if number(each)} == cleaned
    assert number(decided.starts)


def test_the_last_success() -> None:
    jobs = [Child(finished=True, succeeded=True, completed=each) for each in (5, 9, 7)]
    assert number(schedule.sync(CronJob(False), jobs).last_success) == 9
    later = schedule.sync(CronJob(False, last_success=12), jobs)
    assert number(later.last_success) == 12
    failed = schedule.sync(CronJob(False), [Child(finished=True, completed=5)])
    assert number(failed.last_success) == UNSET


@pytest.mark.parametrize(
    ("text", "created", "last", "now", "wanted"),
    [
        ("0 * * * *", 0, None, 0.5, (0, None, "none")),
        ("0 * * * *", 0, None, 61, (0, 60, "none")),
        ("0 * * * *", 1 / 6, None, 301, (1 / 6, 300, "few")),
        ("30 6-16/4 * * 1-5", 0, 30, 24 * 60 + 31, (30, 24 * 60 + 30, "few")),
        # Its estimate of how many were missed is wrong, and it finds none.
        ("30 10,11,12 * * 1-5", 0, 30, 30 * 60 + 30, (30, None, "few")),
        ("30 6-16/4 * * 1-5", 0, 30, 96 * 60 + 31, (30, 96 * 60 + 30, "few")),
        ("30 6-16/4 * * 1-5", 0, None, 24 * 60 + 31, (0, 24 * 60 + 30, "few")),
        ("@every 1h", -59, 1, WEEK, (1, WEEK - 59, "many")),
        ("0 * * * *", 0, 0, 0.5, (0, None, "none")),
        ("*/5 * * * *", 0, 30, 31, (30, None, "none")),
        ("0 * * * ?", -10, None, -7, (-10, None, "none")),
        ("0 * * * ?", -10, None, 1 / 30, (-10, 0, "none")),
        ("0 * * * ?", -10, 0, 2, (0, None, "none")),
        ("0 * * * ?", -10, 0, 65, (0, 60, "none")),
        ("0 * * * ?", -120, -60, 65, (-60, 60, "few")),
    ],
)
def test_the_run_that_is_due(
    text: str,
    created: float,
    last: float | None,
    now: float,
    wanted: tuple[float, float | None, str],
) -> None:
    """The last one that was missed, and how many there were."""
    result = schedule.recent(parse(text), at(created), last if last is None else at(last), at(now))
    since, due, missed = wanted
    assert result == schedule.Recent(at(since), due if due is None else at(due), result.missed)
    assert result.missed == missed


def test_a_deadline_hides_earlier_runs() -> None:
    result = schedule.recent(parse("*/5 * * * *"), at(0), at(30), at(32), 60)
    assert (result.since, result.due) == (at(31), None)
    assert schedule.recent(parse(HOURLY), at(-120), at(-60), at(60 + 14400), 7200).due is not None


def test_a_schedule_that_never_comes() -> None:
    with pytest.raises(Impossible):
        schedule.recent(parse("59 23 31 2 *"), at(1 / 6), None, at(60))


@pytest.mark.parametrize(
    ("text", "last", "now", "hours"),
    [
        ("30 6-16/4 * * 1-5", 30, 24 * 60 + 31, 3 + 59 / 60),
        ("30 10,11,12 * * 1-5", 30, 30 * 60 + 30, 66),
        ("0 12 * * 4", 120, 19 * 24 * 60 + 90, 48.5),
        ("0 12 * * 5", None, 360, 20),
    ],
)
def test_when_it_is_looked_at_again(text: str, last: int | None, now: int, hours: float) -> None:
    before = last if last is None else at(last)
    again = schedule.pause(parse(text), at(0), before, at(now)) - schedule.DELAY
    assert again == pytest.approx(hours * 3600, abs=1e-3)


def test_expressions_say_what_numbers_say() -> None:
    """Decisions on unknowns, evaluated, against those on the same numbers."""

    def decided(given: Inputs) -> list[Expr]:
        of = CronJob(
            given.flag(),
            given.flag() & given.flag(),
            given.flag() & given.flag(),
            given.flag(),
            given.flag(),
            given.flag() & given.flag(),
            keeps_succeeded=given.number(-1, 2),
            keeps_failed=given.number(-1, 1),
            last_success=given.number(-1, 2),
        )
        jobs = []
        for _ in range(3):
            finished = given.flag()
            jobs.append(
                Child(
                    given.flag(),
                    given.flag(),
                    given.flag(),
                    finished,
                    finished & given.flag(),
                    given.flag(),
                    given.number(-1, 2),
                    given.number(0, 2),
                )
            )
        found = schedule.sync(of, jobs)
        flat = [*found.cleans, *found.replaces, *found.listed]
        return [found.starts, found.creates, found.writes, found.last_success, *flat]

    rows = agree(decided, Random(5), 300)
    assert 0 < sum(starts for starts, *_ in rows) < sum(creates for _, creates, *_ in rows) < 300
