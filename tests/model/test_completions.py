"""Syncs of Jobs: cases of kubernetes v1.36.3 `pkg/controller/job/job_controller_test.go`, in a
form of our own, with the feature gates as they are by default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any, NamedTuple

import pytest

from model.apiserver.jobs import END
from model.controllers import completions
from model.controllers.failures import ACTION, IGNORE
from model.controllers.jobs import START, SUSPENDED, SUSPENSION, Job, Pod
from model.controllers.scaling import number
from model.ir.expr import Expr, constant
from tests.model.readings import Inputs, agree


class Wanted(NamedTuple):
    """What a sync is to come to; `patches` are finalizers that are taken off."""

    creates: int = 0
    deletes: int = 0
    active: int = 0
    ready: int = 0
    succeeded: int = 0
    failed: int = 0
    patches: int = 0
    ending: str = "None"
    over: bool = False


KINDS = {
    "P": Pod(pending=True),
    "R": Pod(),
    "Y": Pod(ready=True),
    "S": Pod(succeeded=True),
    "F": Pod(failed=True),
    "T": Pod(deleting=True),
}


def pods_of(text: str) -> list[Pod]:
    """Pods by their phases, with indexes where they have one: `R` runs, `Y` is ready, `T` runs and
    is being deleted."""
    return [
        replace(KINDS[word[0]], index=int(word[1:]) if word[1:] else -1) for word in text.split()
    ]


def indexed(parallelism: int, size: int, **more: Any) -> Job:
    return Job(parallelism, size, True, completed=(False,) * size, **more)


def found(job: Job, pods: Sequence[Pod]) -> Wanted:
    decided = completions.sync(job, pods)
    status = decided.status
    numbers = (status.active, status.ready, status.succeeded, status.failed)
    return Wanted(
        number(decided.creates),
        sum(map(number, decided.deletes)),
        *map(number, numbers),
        sum(map(number, (*decided.drops, *decided.releases))),
        END.values[number(status.ending)],
        bool(number(status.over)),
    )


@pytest.mark.parametrize(
    ("job", "pods", "wanted"),
    [
        (Job(2, 5), "", Wanted(2, active=2)),
        (Job(2), "", Wanted(2, active=2)),
        (Job(2, 5), "P P", Wanted(active=2)),
        (Job(3, 5), "Y Y R", Wanted(active=3, ready=2)),
        (Job(2), "R R", Wanted(active=2)),
        (Job(2, 5), "R S", Wanted(1, active=2, succeeded=1, patches=1)),
        (Job(1, replaces_failed=True), "R F T", Wanted(active=1, failed=1, patches=1)),
        (Job(1, 1), "R F T", Wanted(active=1, failed=2, patches=2)),
        (Job(1), "R F T", Wanted(active=1, failed=2, patches=2)),
        (Job(1, 1, replaces_failed=True), "R R T T T T", Wanted(0, 1, 1, patches=1)),
        (Job(1, 1, waits=True), "", Wanted()),
        (Job(2, 2, waits=True), "Y", Wanted(active=1, ready=1)),
        (Job(1, 1), "", Wanted(1, active=1)),
        (Job(2), "R", Wanted(1, active=2)),
        (Job(2, 5), "R R R", Wanted(0, 1, 2, patches=1)),
        (Job(2, 5), "Y Y Y", Wanted(0, 1, 2, 2, patches=1)),
        (Job(2, 5), "R S F", Wanted(1, active=2, succeeded=1, failed=1, patches=2)),
        (Job(2, 5), "R F", Wanted(1, active=2, failed=1, patches=1)),
        (Job(1, 1, active=1, failed=1), "R", Wanted(active=1, failed=1)),
        (Job(2, 5), "S S S S S", Wanted(0, 0, 0, 0, 5, 0, 5, "CompletionsReached", True)),
        (Job(2), "R S", Wanted(active=1, succeeded=1, patches=1)),
        (Job(2), "S S", Wanted(0, 0, 0, 0, 2, 0, 2, "CompletionsReached", True)),
        (Job(2), "S F", Wanted(0, 0, 0, 0, 1, 1, 2, "CompletionsReached", True)),
        (Job(2, 5), "R " * 10, Wanted(0, 8, 2, patches=8)),
        (Job(3, 4), "R R R S S", Wanted(0, 1, 2, succeeded=2, patches=3)),
        (Job(2, 5), "R R S S", Wanted(active=2, succeeded=2, patches=2)),
        (Job(2, 5, deleting=True), "P R S", Wanted(active=2, succeeded=1, patches=3)),
        (
            Job(2, 5, deleting=True, backoff=0),
            "F",
            Wanted(failed=1, patches=1, ending="BackoffLimitExceeded", over=True),
        ),
        (
            Job(2, 5, deleting=True, backoff=0, settled=False),
            "F",
            Wanted(failed=1, patches=1),
        ),
        (
            Job(2, 3, backoff=0),
            "Y Y F",
            Wanted(0, 2, 0, 0, 0, 3, 3, "BackoffLimitExceeded"),
        ),
        (Job(2, 4, suspended=True), "R R", Wanted(0, 2, patches=2)),
        (Job(2, 4, suspended=True), "Y Y", Wanted(0, 2, patches=2)),
        (Job(2, 4, suspended=True, settled=False), "R R R", Wanted(active=3)),
        (Job(2, 4, suspended=True, settled=False), "Y Y Y", Wanted(active=3, ready=3)),
        (Job(2, 4, suspended=True, deleting=True), "R R", Wanted(active=2, patches=2)),
        (Job(2, 4, suspension=SUSPENDED, started=False), "", Wanted(2, active=2)),
        # activeDeadlineSeconds.
        (Job(1, 1, late=True), "R", Wanted(0, 1, failed=1, patches=1, ending="DeadlineExceeded")),
        (
            Job(1, 2, late=True),
            "R S",
            Wanted(0, 1, 0, 0, 1, 1, 2, "DeadlineExceeded"),
        ),
        (Job(1, 1, late=True), "", Wanted(ending="DeadlineExceeded", over=True)),
        (
            Job(1, 1, late=True, backoff=0),
            "F",
            Wanted(failed=1, patches=1, ending="BackoffLimitExceeded", over=True),
        ),
        (Job(1, 2, late=True, suspended=True), "", Wanted()),
    ],
)
def test_what_a_sync_does(job: Job, pods: str, wanted: Wanted) -> None:
    """Up to parallelism and to what is left to complete; deletions or creations; an end deletes
    what is active and waits for it."""
    assert found(job, pods_of(pods)) == wanted


@pytest.mark.parametrize(
    ("job", "pods", "wanted", "created"),
    [
        (indexed(2, 5), "", Wanted(2, active=2), {0, 1}),
        (indexed(2, 5, replaces_failed=True), "T", Wanted(1, active=1), {0}),
        (indexed(2, 5), "T", Wanted(2, active=2, patches=1), {0, 1}),
        (
            indexed(2, 3),
            "S0 F1 S1 S2",
            Wanted(0, 0, 0, 0, 3, 1, 4, "CompletionsReached", True),
            set(),
        ),
        (
            indexed(2, 3, backoff=0),
            "S0 F1 R2",
            Wanted(0, 1, 0, 0, 1, 2, 3, "BackoffLimitExceeded"),
            set(),
        ),
        (indexed(2, 3), "S0 S1 S1", Wanted(1, active=1, succeeded=2, patches=3), {2}),
        (
            indexed(8, 20),
            "R0 S2 P3 S4 S5 S7 S8 S9",
            Wanted(6, active=8, succeeded=6, patches=6),
            {1, 6, 10, 11, 12, 13},
        ),
        (indexed(3, 4), "F0 P1 F2", Wanted(2, active=3, failed=2, patches=2), {0, 2}),
        (
            indexed(2, 5),
            "R S F P S0 R1 R2 R",
            Wanted(0, 3, 2, succeeded=1, patches=6),
            set(),
        ),
        (indexed(5, 5), "R S0 R1 R2 P2", Wanted(0, 2, 2, succeeded=1, patches=3), set()),
        (indexed(2, 5), "S0 R5 S6 P7 F8", Wanted(0, 2, succeeded=1, patches=5), set()),
    ],
)
def test_what_a_sync_of_an_indexed_job_does(
    job: Job, pods: str, wanted: Wanted, created: set[int]
) -> None:
    """One pod for each index that is not done; those of no index and all but one of each go."""
    assert found(job, pods_of(pods)) == wanted
    decided = completions.sync(job, pods_of(pods))
    assert {index for index, each in enumerate(decided.created) if number(each)} == created


def test_of_pods_of_one_index_the_furthest_stays() -> None:
    """A running one rather than a pending one, of those of no index none."""
    pods = pods_of("P5 R0 P3 R0 R3 P0 R6 P6")
    gone = completions.sync(indexed(5, 6), pods).deletes
    assert [number(each) for each in gone][2:] == [1, 0, 0, 1, 1, 1]
    assert sum(number(gone[i]) for i in (1, 3)) == 1


@pytest.mark.parametrize(
    ("before", "now", "after", "start"),
    [
        ("None", False, "None", "Before"),
        ("None", True, "JobSuspended", "None"),
        ("JobSuspended", True, "JobSuspended", "Before"),
        ("JobSuspended", False, "JobResumed", "Now"),
        ("JobResumed", False, "JobResumed", "Before"),
        ("Other", False, "JobResumed", "Now"),
        ("Other", True, "JobSuspended", "None"),
    ],
)
def test_suspending_is_told(before: str, now: bool, after: str, start: str) -> None:
    """A Job that is resumed starts anew, so that its deadline does."""
    job = Job(2, 4, suspended=now, suspension=constant(SUSPENSION, before))
    status = completions.sync(job, []).status
    assert SUSPENSION.values[number(status.suspension)] == after
    assert START.values[number(status.started)] == start
    busy = completions.sync(replace(job, settled=False), []).status
    assert SUSPENSION.values[number(busy.suspension)] == before


@pytest.mark.parametrize(
    ("backoff", "counts", "ends"),
    [
        # TestJobBackoffForOnFailure: restarts count from the limit on.
        (0, [1], True),
        (0, [0], False),
        (1, [1], True),
        (1, [0, 1], True),
        (2, [1], False),
        (2, [1, 1], True),
        (3, [2, 0], False),
        (6, [5], False),
        (6, [3, 3], True),
    ],
)
def test_restarts_exhaust_the_backoff_limit(
    backoff: int, counts: Sequence[int], ends: bool
) -> None:
    """Of pods that run or are pending, where restartPolicy is OnFailure."""
    pods = [Pod(restarts=count) for count in counts]
    job = Job(len(pods), 5, backoff=backoff, restarts=True)
    assert (number(completions.sync(job, pods).status.ending) > 0) == ends
    assert not number(completions.sync(replace(job, restarts=False), pods).status.ending)


@pytest.mark.parametrize(
    ("job", "failed", "ends"),
    [
        # TestJobBackoffOnRestartPolicyNever: pods that failed count beyond the limit.
        (Job(1, 1, backoff=0), "F", True),
        (Job(1, 1, backoff=1), "F", False),
        (Job(2, 2, backoff=1), "F F", True),
        (Job(2, 2, backoff=2), "F F", False),
        (Job(2, 5, backoff=1, failed=1), "F", True),
        (Job(2, 5, backoff=2, gone_failed=2), "F", True),
        (Job(2, 5, backoff=2, gone_failed=1), "F", False),
    ],
)
def test_failures_exceed_the_backoff_limit(job: Job, failed: str, ends: bool) -> None:
    assert (number(completions.sync(job, pods_of(failed)).status.ending) > 0) == ends


def test_a_failure_that_is_ignored_is_released_and_not_counted() -> None:
    pod = replace(KINDS["F"], action=IGNORE)
    decided = completions.sync(Job(1, 1, backoff=0, replaces_failed=True), [pod])
    assert number(decided.creates) == 1
    assert number(decided.releases[0])
    assert number(decided.status.failed) == 0


def test_pods_are_listed_before_they_are_released_and_counted_after() -> None:
    """Two writes; a pod that was listed and is gone is counted by the first."""
    job = Job(2, 5, gone_succeeded=1, active=1, ready=0, terminating=0)
    decided = completions.sync(job, pods_of("R S"))
    assert [number(each) for each in decided.noted_succeeded] == [0, 1]
    assert number(decided.first_write)
    assert number(decided.second_write)
    assert number(decided.status.succeeded) == 2
    at_rest = Job(2, 5, active=2, ready=0, terminating=0)
    decided = completions.sync(at_rest, pods_of("R R"))
    assert not number(decided.first_write | decided.second_write)


def test_an_end_waits_for_terminating_pods() -> None:
    """FailureTarget and SuccessCriteriaMet come first, Failed and Complete last."""
    failing = Job(2, 5, failing=constant(END, "PodFailurePolicy"), active=0, ready=0)
    assert not number(completions.sync(failing, pods_of("T")).status.over)
    assert number(completions.sync(failing, []).status.over)
    met = Job(2, 5, succeeding=constant(END, "SuccessPolicy"))
    ended = completions.sync(met, pods_of("F R")).status
    assert END.values[number(ended.ending)] == "SuccessPolicy"
    # What is active when a Job succeeds by policy is released without being counted as failed.
    assert number(ended.failed) == 1


@pytest.mark.parametrize(
    ("limit", "elapsed", "expected"), [(-1, 99, 0), (10, 9, 0), (10, 10, 1), (0, 0, 1)]
)
def test_a_time_is_over(limit: int, elapsed: int, expected: int) -> None:
    assert number(completions.late(limit, elapsed)) == expected


def flat(decided: completions.Sync) -> list[Expr]:
    """Everything that a sync decides, in a row."""
    parts: list[Any] = [decided.__dict__[name] for name in decided.__dict__]
    row: list[Expr] = []
    while parts:
        part = parts.pop(0)
        if isinstance(part, Expr):
            row.append(part)
        else:
            parts[:0] = list(part)
    return row


@pytest.mark.parametrize("is_indexed", [False, True])
def test_expressions_say_what_numbers_say(is_indexed: bool) -> None:
    """Decisions on unknowns, evaluated, against those on the same numbers."""
    size = 3 if is_indexed else 0

    def optional(given: Inputs) -> Expr | int:
        return given.number(-1, 1) if is_indexed else -1

    def decided(given: Inputs) -> list[Expr]:
        job = Job(
            given.number(0, 3),
            given.number(0, 3),
            is_indexed,
            given.number(0, 2),
            optional(given),
            optional(given),
            replaces_failed=given.flag(),
            suspended=given.flag(),
            restarts=True,
            late=given.flag(),
            waits=given.flag(),
            settled=given.flag(),
            active=given.number(0, 3),
            succeeded=given.number(0, 2),
            failed=given.number(0, 2),
            suspension=given.choice(SUSPENSION),
            started=given.flag(),
            completed=tuple(given.flag() for _ in range(size)),
            broken=tuple(given.flag() for _ in range(size)),
        )
        pods = []
        for _ in range(3):
            done, well = given.flag(), given.flag()
            pods.append(
                Pod(
                    given.flag(),
                    done & well,
                    done & ~well,
                    ~done & well,
                    given.flag(),
                    ~done & ~well,
                    index=given.number(-1, 3) if is_indexed else -1,
                    action=given.choice(ACTION),
                    failures=given.number(0, 1),
                    finished=given.number(0, 1),
                    cooling=given.flag(),
                    restarts=given.number(0, 1),
                    created=given.number(0, 2),
                )
            )
        found = completions.sync(job, pods)
        return [found.status.ending, *flat(found)]

    assert len({ending for ending, *_ in agree(decided, Random(11), 150)}) > 2
