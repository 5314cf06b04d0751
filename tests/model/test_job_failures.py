"""Failures of Jobs' pods, and indexes: cases of kubernetes v1.36.3 `pkg/controller/job`
(pod_failure_policy_test.go, backoff_utils_test.go, indexed_job_utils_test.go,
success_policy_test.go) in a form of our own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from model.controllers import failures, indexes
from model.controllers.failures import (
    ACTION,
    COUNT,
    FAIL_INDEX,
    FAIL_JOB,
    IGNORE,
    UNMATCHED,
    Ended,
    ExitCodes,
    Record,
    Rule,
)
from model.controllers.jobs import Job, Pod, SuccessRule
from model.controllers.scaling import number
from model.ir.expr import Expr, boolean, integer

DISRUPTED = ("DisruptionTarget", "True")


def on(action: Expr, *values: int, within: bool = True, container: str | None = None) -> Rule:
    return Rule(action, ExitCodes(within, frozenset(values), container))


def when(action: Expr, *conditions: tuple[str, str]) -> Rule:
    return Rule(action, conditions=frozenset(conditions))


@pytest.mark.parametrize(
    ("rules", "codes", "conditions", "expected"),
    [
        ([], [2], [], UNMATCHED),
        ([on(IGNORE, 1, 2, 3)], [2], [], IGNORE),
        ([on(IGNORE, -1073741676, -1073741510)], [-1073741510], [], IGNORE),
        ([on(FAIL_JOB, 1, 2, 3)], [2], [], FAIL_JOB),
        ([on(FAIL_JOB, 111, within=False)], [111, 0], [], UNMATCHED),
        ([on(FAIL_INDEX, 1, 2, 3)], [2], [], FAIL_INDEX),
        ([on(FAIL_JOB, 0, within=False)], [1, 0], [], FAIL_JOB),
        ([on(COUNT, 1, 2, 3), on(FAIL_JOB, 4, 5, 6)], [6], [], FAIL_JOB),
        ([on(COUNT, 1, 2, 3)], [0, 2], [], COUNT),
        ([on(FAIL_JOB, 5, within=False), on(IGNORE, 5)], [5], [], IGNORE),
        ([on(FAIL_JOB, 5), on(IGNORE, 5)], [5], [], FAIL_JOB),
        ([on(FAIL_JOB, 5, container="c0")], [1, 5], [], UNMATCHED),
        ([on(FAIL_JOB, 5, container="c1")], [1, 5], [], FAIL_JOB),
        ([when(FAIL_INDEX, DISRUPTED)], [], [DISRUPTED], FAIL_INDEX),
        ([when(IGNORE, DISRUPTED)], [], [DISRUPTED], IGNORE),
        (
            [when(IGNORE, ("DisruptionTarget", "False"))],
            [],
            [("DisruptionTarget", "False")],
            IGNORE,
        ),
        ([when(IGNORE, ("DisruptionTarget", "False"))], [], [DISRUPTED], UNMATCHED),
        ([when(IGNORE, DISRUPTED)], [], [("DisruptionTarget", "False")], UNMATCHED),
        ([when(FAIL_JOB, DISRUPTED)], [], [DISRUPTED], FAIL_JOB),
        ([when(COUNT, DISRUPTED)], [], [DISRUPTED], COUNT),
        ([when(IGNORE, DISRUPTED), on(FAIL_JOB, 1)], [1], [], FAIL_JOB),
        ([when(IGNORE, DISRUPTED), on(FAIL_JOB, 1)], [1], [DISRUPTED], IGNORE),
    ],
)
def test_the_first_rule_that_matches_decides(
    rules: Sequence[Rule],
    codes: Sequence[int],
    conditions: Sequence[tuple[str, str]],
    expected: Expr,
) -> None:
    """Containers that ended well match no exit codes, not even those that are not named."""
    given = {f"c{position}": code for position, code in enumerate(codes)}
    found = failures.matched(rules, given, dict.fromkeys(conditions, True))
    assert ACTION.values[number(found)] == ACTION.values[number(expected)]


@pytest.mark.parametrize(
    ("before", "succeeded", "failed", "expected"),
    [
        (0, [], [9], (1, 9)),
        (0, [], [9, 8], (2, 9)),
        (0, [9], [7, 8], (0, None)),
        (0, [7], [9, 5, 6, 8], (2, 9)),
        (2, [], [9], (3, 9)),
        (0, [9], [9], (0, None)),
        (0, [], [], (0, None)),
        (2, [9], [], (0, None)),
    ],
)
def test_failures_since_the_last_success(
    before: int, succeeded: Sequence[int], failed: Sequence[int], expected: tuple[int, int | None]
) -> None:
    """Those that finished with it do not count."""
    found = failures.recorded(
        Record(integer(before), integer(0)),
        [Ended(True, at) for at in succeeded] + [Ended(False, 99)],
        [Ended(True, at) for at in failed] + [Ended(False, 99)],
    )
    assert number(found.failures) == expected[0]
    if expected[1] is not None:
        assert number(found.last) == expected[1]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, 0), (1, 10), (2, 20), (3, 40), (4, 80), (5, 160), (6, 320), (7, 600), (9, 600)],
)
def test_a_pause_doubles(count: int, expected: int) -> None:
    """From ten seconds to ten minutes; it is over with its last second."""
    assert number(failures.pause(count)) == expected
    if count:
        record = Record(integer(count), integer(1000))
        assert number(failures.waits(record, 1000 + expected - 1))
        assert not number(failures.waits(record, 1000 + expected))


def ran(index: int, kind: str = "F", failed: int = 0, finished: int = 0) -> Pod:
    """A pod of an index: `F`ailed, `S`ucceeded or running."""
    return Pod(
        succeeded=kind == "S", failed=kind == "F", index=index, failures=failed, finished=finished
    )


def job(size: int, per_index: int = -1) -> Job:
    nothing = (False,) * size
    broken = nothing if per_index >= 0 else ()
    return Job(size, size, True, per_index=per_index, completed=nothing, broken=broken)


@pytest.mark.parametrize(
    ("limit", "pods", "broken", "delayed"),
    [
        (0, [ran(0)], {0}, set()),
        (1, [ran(1, failed=1)], {1}, set()),
        (1, [ran(0), ran(1, failed=1), ran(2)], {1}, {0, 2}),
        (0, [Pod(False, failed=True, index=0)], set(), set()),
        (0, [ran(4)], set(), set()),
        (1, [ran(0), ran(0, "R", failed=1)], set(), set()),
        (1, [ran(0), ran(0, "S", failed=1)], set(), set()),
        (4, [ran(0), ran(0, failed=2), ran(0, failed=1)], set(), {1}),
        (4, [ran(0, finished=8), ran(0, finished=9), ran(0, finished=7)], set(), {1}),
        # Not comparable: the first in the list.
        (4, [ran(0, failed=1, finished=7), ran(0, failed=0, finished=9)], set(), {0}),
    ],
)
def test_indexes_fail_and_pods_wait_for_their_successors(
    limit: int, pods: Sequence[Pod], broken: set[int], delayed: set[int]
) -> None:
    """An index fails with the failure after its last; before, the pod stays that failed last."""
    of = job(3, limit)
    done, lost = indexes.completed(of, pods), indexes.failed(of, pods)
    assert {i for i, each in enumerate(lost) if number(each)} == broken
    stays = indexes.delayed(of, pods, done, lost)
    assert {i for i, each in enumerate(stays) if number(each)} == delayed


def test_a_policy_fails_an_index_at_once() -> None:
    pods = [Pod(failed=True, index=0, action=FAIL_INDEX), Pod(failed=True, index=1, action=IGNORE)]
    assert [number(each) for each in indexes.failed(job(2, 0), pods)] == [1, 0]
    assert [number(each) for each in indexes.failed(job(2, 1), pods)] == [1, 0]


@pytest.mark.parametrize(
    ("failed", "action", "expected"),
    [(0, UNMATCHED, (1, 0)), (3, UNMATCHED, (4, 0)), (3, IGNORE, (3, 1)), (3, COUNT, (4, 0))],
)
def test_what_a_new_pod_inherits(failed: int, action: Expr, expected: tuple[int, int]) -> None:
    pod = Pod(failed=True, index=0, failures=failed, action=action)
    found = indexes.inherited([pod], [boolean(True)], 0)
    assert (number(found.failures), number(found.ignored)) == expected
    none = indexes.inherited([pod], [boolean(False)], 0)
    assert (number(none.failures), number(none.ignored)) == (0, 0)


@pytest.mark.parametrize(
    ("count", "size", "taken", "expected"),
    [
        # Indexes that are active, that are done, that failed.
        (5, 3, ([], [], []), [0, 1, 2]),
        (2, 5, ([], [], []), [0, 1]),
        (3, 10, ([0, 1], [], []), [2, 3, 4]),
        (6, 6, ([6], [4, 5], []), [0, 1, 2, 3]),
        (5, 20, ([3, 5, 8, -1, -1], [2, 3, 4, 9], []), [0, 1, 6, 7, 10]),
        (5, 20, ([3, 9], [1, 5, 9], [2, 6, 7]), [0, 4, 8, 10, 11]),
    ],
)
def test_the_first_indexes_that_need_a_pod(
    count: int, size: int, taken: Sequence[Sequence[int]], expected: Sequence[int]
) -> None:
    pods = [ran(index, "R") for index in taken[0]]
    done, lost = ([boolean(index in some) for index in range(size)] for some in taken[1:])
    chosen = indexes.first(indexes.pending(job(size, 0), pods, done, lost), count)
    assert [index for index, each in enumerate(chosen) if number(each)] == expected


def span(text: str) -> frozenset[int]:
    """Indexes as `0-2,4`."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return frozenset(found)


@pytest.mark.parametrize(
    ("rules", "done", "expected"),
    [
        ([], "0", False),
        ([("0-2", None)], "0-2,4-7", True),
        ([("3", None)], "0-2", False),
        ([(None, 2)], "0-2", True),
        ([(None, 4)], "0-2", False),
        ([("9", None), ("4,6", None)], "0-2,4-7", True),
        ([("0,1", None), ("5", None)], "0-2,4-7", True),
        ([("3-6", 2)], "0-2,4-7", True),
        ([("3-6", 2)], "0-2,6-7", False),
        ([(None, 4)], "", False),
        ([("2-4,6-8", None)], "1-9", True),
        ([("2-4,6-9", None)], "2-4,6-9", True),
        ([("2-4,8-12", None)], "2-5,7-9", True),
        ([("", None)], "1-3", False),
        ([("", None)], "", False),
        ([("10-12,14-16", None)], "1-3,5-7", False),
        ([("1-3,5-7", None)], "2-4,6-8", False),
        ([("1-3,5-7", 4)], "2-4,6-8", True),
        ([("2-4,6-9", None)], "1-3,5-7", False),
        ([("2-4,6-9", 4)], "1-3,5-7", True),
        ([("0-4,6-9", None)], "1-3,7-8", False),
        ([("0-4,6-9", 5)], "1-3,7-8", True),
        ([("0-6,8-9", None)], "1-3,5-9", False),
        ([("0-6,8-9", 7)], "1-3,5-9", True),
        ([("0-5,7-9", None)], "1-5,7-9", False),
        ([("0-5,7-9", 8)], "1-5,7-9", True),
        ([("0-3,6-9", None)], "1-9", False),
        ([("0-3,6-9", 7)], "1-9", True),
    ],
)
def test_success_policies(
    rules: Sequence[tuple[str | None, int | None]], done: str, expected: bool
) -> None:
    """All of the named indexes, or so many of them, or so many of any."""
    success = tuple(
        SuccessRule(None if named is None else span(named), count) for named, count in rules
    )
    of = Job(1, 10, True, success=success, completed=(False,) * 10)
    flags = [boolean(index in span(done)) for index in range(10)]
    assert bool(number(indexes.satisfied(of, flags))) == expected
