"""The status of a Deployment and the revisions it keeps: cases of kubernetes v1.36.3
`pkg/controller/deployment` (progress_test.go, sync_test.go, util/deployment_util_test.go) in a form
of our own."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from model.controllers import history, progress
from model.controllers.history import Kept
from model.controllers.progress import REASON, Counted, Status
from model.controllers.scaling import number
from model.ir.expr import Expr, constant, integer
from tests.model.readings import Inputs, agree


def reported(*counts: int) -> Status:
    """A status: replicas, updated, ready, available."""
    return Status(*map(integer, counts), integer(0))


@pytest.mark.parametrize(
    ("desired", "counts", "expected"),
    [
        (5, (5, 5, 5, 4), False),
        (5, (5, 5, 5, 3), False),
        (5, (5, 5, 5, 5), True),
        (5, (5, 4, 5, 5), False),
        (1, (2, 1, 1, 1), False),
        (1, (1, 1, 0, 0), False),
    ],
)
def test_a_rollout_is_complete(desired: int, counts: Sequence[int], expected: bool) -> None:
    """When all replicas are updated and available, and no other is left."""
    assert number(progress.complete(desired, reported(*counts))) == expected
    assert not number(progress.complete(desired, reported(*counts), observed=False))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((10, 4, 4, 4), (10, 6, 4, 4), True),
        ((10, 4, 4, 4), (10, 4, 4, 4), False),
        ((10, 4, 6, 6), (8, 4, 6, 6), True),
        ((10, 7, 3, 3), (10, 6, 3, 3), False),
        ((10, 4, 7, 7), (8, 8, 5, 5), True),
        ((10, 10, 9, 8), (10, 10, 10, 8), True),
        ((10, 10, 10, 9), (10, 10, 10, 10), True),
    ],
)
def test_progress_is_seen(before: Sequence[int], after: Sequence[int], expected: bool) -> None:
    """More updated ones, fewer old ones, more ready or available ones."""
    assert number(progress.progressing(reported(*before), reported(*after))) == expected


AVAILABLE, UPDATED, EXCEEDED = (
    "NewReplicaSetAvailable",
    "ReplicaSetUpdated",
    "ProgressDeadlineExceeded",
)


@pytest.mark.parametrize(
    ("desired", "before", "sets", "deadline", "change"),
    [
        # (new, wanted, replicas, available) of each; the reason before, after, whether renewed.
        (3, (2, 2, 2), [(0, 0, 1, 1), (1, 3, 2, 2)], False, (UPDATED, "None", False)),
        (3, (3, 3, 3), [(0, 3, 3, 3)], True, (AVAILABLE, AVAILABLE, False)),
        (3, (2, 2, 2), [(0, 0, 1, 1), (1, 3, 2, 2)], True, (UPDATED, UPDATED, True)),
        (3, (2, 2, 2), [(0, 0, 1, 1), (1, 3, 2, 2)], True, (EXCEEDED, UPDATED, True)),
        (3, (2, 2, 2), [(0, 0, 1, 1), (1, 3, 2, 2)], True, ("None", UPDATED, True)),
        (3, (3, 3, 3), [(1, 3, 3, 3)], True, (UPDATED, AVAILABLE, True)),
        (3, (3, 3, 3), [(1, 3, 3, 3)], True, (EXCEEDED, AVAILABLE, True)),
        (3, (3, 3, 3), [(1, 3, 3, 3)], True, ("None", AVAILABLE, True)),
        (0, (3, 3, 3), [(0, 0, 0, 0)], True, (UPDATED, AVAILABLE, True)),
        (3, (2, 2, 2), [(1, 3, 2, 2)], True, (UPDATED, EXCEEDED, True)),
        (3, (2, 2, 2), [(1, 3, 2, 2)], True, (EXCEEDED, EXCEEDED, False)),
    ],
)
def test_what_is_told_of_a_rollout(
    desired: int,
    before: Sequence[int],
    sets: Sequence[tuple[int, int, int, int]],
    deadline: bool,
    change: tuple[str, str, bool],
) -> None:
    """The deadline has passed in every case. Nothing is ready; upstream's cases leave it out."""
    reason, expected, renewed = change
    counted = [Counted(bool(new), w, r, 0, a) for new, w, r, a in sets]
    status = reported(before[0], before[1], 0, before[2])
    found = progress.rolled(
        desired,
        constant(REASON, reason),
        status,
        progress.status(counted),
        late=True,
        deadline=deadline,
    )
    assert REASON.values[number(found.reason)] == expected
    assert bool(number(found.renewed)) == renewed


@pytest.mark.parametrize(
    ("reason", "late", "deadline", "expected"),
    [
        (UPDATED, True, False, "None"),
        (UPDATED, True, True, EXCEEDED),
        (UPDATED, False, True, UPDATED),
        ("FoundNewReplicaSet", True, True, EXCEEDED),
        (AVAILABLE, True, True, AVAILABLE),
        ("None", True, True, "None"),
    ],
)
def test_the_deadline_passes(reason: str, late: bool, deadline: bool, expected: str) -> None:
    """Not for a rollout that is over, nor before the first sign of one."""
    stuck = reported(4, 2, 2, 2)
    found = progress.rolled(3, constant(REASON, reason), stuck, stuck, late=late, deadline=deadline)
    assert REASON.values[number(found.reason)] == expected


@pytest.mark.parametrize(
    ("reason", "is_paused", "expected"),
    [
        (UPDATED, True, "DeploymentPaused"),
        ("None", True, "DeploymentPaused"),
        ("DeploymentPaused", True, "DeploymentPaused"),
        ("DeploymentPaused", False, "DeploymentResumed"),
        (UPDATED, False, UPDATED),
        (EXCEEDED, True, EXCEEDED),
    ],
)
def test_pausing_is_told(reason: str, is_paused: bool, expected: str) -> None:
    """So that the time paused does not count, unless the deadline had passed."""
    found = progress.paused(constant(REASON, reason), is_paused)
    assert REASON.values[number(found.reason)] == expected
    assert bool(number(found.renewed)) == (reason != expected)
    untold = progress.paused(constant(REASON, reason), is_paused, deadline=False)
    assert REASON.values[number(untold.reason)] == reason


def test_the_counts_of_a_status() -> None:
    """A ReplicaSet with more available pods than it asks for leaves none unavailable."""
    found = progress.status([Counted(False, 1, 3, 3, 3), Counted(True, 1, 1, 1, 0)])
    assert [number(each) for each in found] == [4, 1, 4, 3, 0]
    assert number(progress.minimum(4, 1, found))
    assert not number(progress.minimum(4, 0, found))


@pytest.mark.parametrize(
    ("sets", "limit", "expected"),
    [
        # (revision, empty) in the order of creation.
        ([(1, True), (2, True), (3, True)], 1, {0, 1}),
        ([(0, True), (0, False), (0, False), (0, False)], 0, {0}),
        ([(0, True), (0, True)], 0, {0, 1}),
        ([(0, False), (0, False)], 0, set()),
        ([(0, True), (0, True), (0, True)], 10, set()),
        ([(1, True), (2, True)], 1, {0}),
        ([(2, True), (1, True)], 1, {1}),
        ([(1, True), (0, True)], 1, {1}),
        ([(0, True), (2, True)], 1, {0}),
        ([(1, False), (2, True), (3, True)], 1, {1}),
        ([(1, False), (2, False), (3, True)], 1, set()),
        ([(3, True), (1, True), (4, True), (2, True)], 2, {1, 3}),
    ],
)
def test_old_revisions_go(sets: Sequence[tuple[int, bool]], limit: int, expected: set[int]) -> None:
    """Those of the lowest revisions, and of equal ones the oldest."""
    found = history.deleted([Kept(True, *each) for each in sets], limit)
    assert {position for position, goes in enumerate(found) if number(goes)} == expected


def test_the_new_one_and_those_that_are_going_are_not_counted() -> None:
    sets = [Kept(False, 1, True), Kept(True, 2, True), Kept(False, 3, True)]
    assert [number(goes) for goes in history.deleted(sets, 1)] == [0, 0, 0]
    assert [number(goes) for goes in history.deleted(sets, 0)] == [0, 1, 0]


@pytest.mark.parametrize(("old", "own", "expected"), [([1, 2], 0, 3), ([2, 3], 1, 4), ([1], 7, 7)])
def test_a_revision_that_comes_back_is_the_last(
    old: Sequence[int], own: int, expected: int
) -> None:
    """Unless those between were deleted."""
    sets = [Kept(True, each, False) for each in old]
    assert number(history.revision([*sets, Kept(False, own, False)], own)) == expected


def test_expressions_say_what_numbers_say() -> None:
    """Deletions and conditions of unknowns, evaluated, against those of the same numbers."""

    def decided(given: Inputs) -> list[Expr]:
        sets = [Kept(given.flag(), given.number(0, 3), given.flag()) for _ in range(3)]
        before, after = (
            Status(*(given.number(0, 3) for _ in range(4)), integer(0)) for _ in range(2)
        )
        reason = given.choice(REASON)
        told = progress.rolled(3, reason, before, after, late=given.flag())
        limit = given.number(0, 3)
        return [*history.deleted(sets, limit), history.revision(sets, 1), *told]

    assert len({reason for *_, reason, _ in agree(decided, Random(3), 300)}) > 4
