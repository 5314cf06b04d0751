"""Scaling, pausing, the clean-up of revisions, progress: cases of kubernetes v1.36.3
`pkg/controller/deployment` (sync_test.go, rolling_test.go, recreate_test.go, progress_test.go,
util/deployment_util_test.go) in a form of our own."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from model.controllers import rollout, scaling
from model.controllers.scaling import Deployment, Marked, number
from model.ir.expr import Expr, boolean, integer
from tests.model.readings import Inputs, agree
from tests.model.worlds import amount


def existing(sizes: Sequence[int], was: int, most: int, new: bool) -> list[Marked]:
    """ReplicaSets in the order of their creation, written when the Deployment had `was`
    replicas; the last one is new or they all are old. Every replica is available."""
    return [
        scaling.marked(rollout.seen(new and i + 1 == len(sizes), True, size, size), was, most)
        for i, size in enumerate(sizes)
    ]


def resized(of: Deployment, sets: Sequence[Marked]) -> list[int]:
    """The sizes that ReplicaSets have once the requests of a sync that scales were sent."""
    sizes = [number(each.seen.replicas) for each in sets]
    for position, each in enumerate(scaling.scaled(of, sets)):
        if number(each.due):
            sizes[position] = number(each.replicas)
    return sizes


@pytest.mark.parametrize(
    ("was", "desired", "surges", "sizes", "expected"),
    [
        (10, 12, (0, 0), [10], [12]),
        (10, 5, (0, 0), [10], [5]),
        (5, 10, (0, 0), [3, 2], [6, 4]),
        (5, 3, (0, 0), [3, 2], [2, 1]),
        (9, 4, (0, 0), [1, 8], [0, 4]),
        (7, 10, (0, 0), [2, 3, 2], [3, 4, 3]),
        (13, 8, (0, 0), [3, 8, 2], [2, 5, 1]),
        # What is left over: the newest of equal ones grows, the oldest of equal ones shrinks.
        (3, 4, (0, 0), [1, 1, 1], [1, 1, 2]),
        (3, 2, (0, 0), [1, 1, 1], [0, 1, 1]),
        (6, 0, (0, 0), [1, 2, 3], [0, 0, 0]),
        (6, 6, (0, 0), [0, 0, 0], [0, 0, 6]),
        (10, 20, (2, 2), [6, 6], [11, 11]),
        (10, 50, (3, 6), [8, 5], [34, 22]),
    ],
)
def test_replicas_are_shared_out(
    was: int, desired: int, surges: tuple[int, int], sizes: list[int], expected: list[int]
) -> None:
    """In proportion to the sizes; a single ReplicaSet with replicas, or the new one where none has
    any, has them all."""
    sets = existing(sizes, was, was + surges[0], new=True)
    assert resized(Deployment(desired, surges[1], 0), sets) == expected


@pytest.mark.parametrize(
    ("was", "desired", "sizes", "expected"),
    [(4, 5, [2, 2], [2, 3]), (10, 14, [3, 7], [4, 10]), (2, 3, [0, 0], [0, 3])],
)
def test_without_a_new_one_old_ones_are_scaled(
    was: int, desired: int, sizes: list[int], expected: list[int]
) -> None:
    """Scaled and given another template at once: nothing is created before the sizes fit."""
    assert resized(Deployment(desired, 0, 0), existing(sizes, was, was, new=False)) == expected


def test_a_refused_update_is_caught_up_with() -> None:
    """The other ReplicaSets were written for 5 replicas already; one still says 3."""
    sets = existing([1, 1, 2], 5, 5, new=True)
    sets[1] = sets[1]._replace(desired=integer(3), maximum=integer(3))
    assert resized(Deployment(5, 0, 0), sets) == [1, 2, 2]


def test_a_new_one_without_available_replicas_leaves_the_old_ones() -> None:
    """It has its number of replicas, but is not complete."""
    broken = scaling.marked(rollout.seen(True, True, 2, 0), 2, 3)
    assert resized(Deployment(2, 1, 1), [*existing([1], 2, 3, new=False), broken]) == [1, 2]
    whole = scaling.marked(rollout.seen(True, True, 2, 2), 2, 3)
    assert resized(Deployment(2, 1, 1), [*existing([1], 2, 3, new=False), whole]) == [0, 2]


@pytest.mark.parametrize(
    ("desired", "surge", "reported", "most", "share"),
    [
        (0, 0, 0, None, (10, -10)),
        (10, 0, 0, None, (5, 0)),
        (10, 0, 0, 0, (5, 0)),
        (120, 0, 100, None, (50, 10)),
        (120, 0, 100, 0, (50, 10)),
        (120, 0, 0, 100, (50, 10)),
        # Not a fifth: pods of the surge count, and do not grow.
        (120, 10, 0, 110, (50, 9)),
        (10, 0, 0, 12, (6, -1)),
        (100, 10, 0, 130, (50, -8)),
    ],
)
def test_a_share_of_a_difference(
    desired: int, surge: int, reported: int, most: int | None, share: tuple[int, int]
) -> None:
    """By the size that the whole had before, or that the status says where no annotation does.
    Another ReplicaSet, a larger one, takes what rounding leaves."""
    size, expected = share
    of = Deployment(desired, surge, 1, reported=reported)
    one = scaling.marked(rollout.seen(False, True, size, size), desired, most)
    other = scaling.marked(rollout.seen(True, True, 1000, 1000), desired, desired + surge)
    assert resized(of, [one, other])[0] == size + expected


@pytest.mark.parametrize(
    ("surge", "unavailable", "desired", "expected"),
    [
        ("0%", "0%", 0, (0, 1)),
        ("39%", "39%", 10, (4, 3)),
        (0, "39%", 10, (0, 3)),
        ("39%", 0, 10, (4, 0)),
        (0, 0, 10, (0, 1)),
    ],
)
def test_limits_before_they_are_capped(
    surge: int | str, unavailable: int | str, desired: int, expected: tuple[int, int]
) -> None:
    """Both come to 0: one may be unavailable, even of no replicas."""
    found = scaling.fenceposts(desired, amount(surge), amount(unavailable))
    assert tuple(map(number, found)) == expected


@pytest.mark.parametrize(
    ("desired", "unavailable", "recreate", "expected"),
    [
        (10, 5, False, 5),
        (10, 10, False, 10),
        (5, 10, False, 5),
        (0, 10, False, 0),
        (10, "25%", True, 0),
        (10, "50%", False, 5),
        (10, "60%", False, 6),
        (10, "100%", False, 10),
        (5, "100%", False, 5),
    ],
)
def test_no_more_are_unavailable_than_there_are(
    desired: int, unavailable: int | str, recreate: bool, expected: int
) -> None:
    """And none of strategy Recreate, of which all are."""
    found = scaling.limits(desired, amount(1), amount(unavailable), recreate)
    assert tuple(map(number, found)) == (0 if recreate else 1, expected)


def rolled(of: Deployment, *sets: tuple[bool, int, int]) -> list[tuple[int, int]]:
    """(position, replicas) of the requests of a sync that does not scale; a ReplicaSet is: new,
    replicas, available ones."""
    desired = number(integer(0) + of.desired)
    marked = [scaling.marked(rollout.seen(n, True, r, a), desired) for n, r, a in sets]
    sent = scaling.requests(scaling.sync(of, marked), marked)
    return [(each.position, each.replicas) for each in sent]


@pytest.mark.parametrize(
    ("surge", "old", "new", "expected"),
    [(0, 10, 0, None), (2, 10, 0, 2), (2, 5, 0, 7), (2, 10, 2, None), (2, 2, 11, 10)],
)
def test_the_new_one_grows_as_far_as_there_is_room(
    surge: int, old: int, new: int, expected: int | None
) -> None:
    """Nothing is available beyond what must be, so that no old one shrinks."""
    sent = rolled(Deployment(10, surge, 0), (False, old, 0), (True, new, 0))
    assert [r for position, r in sent if position == 1] == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("unavailable", "old", "new", "sizes"),
    [
        (0, (10, 10), (1, 1), [9]),
        (2, (10, 10), (0, 0), [8]),
        # Unavailable ones go first, then others in the same sync.
        (2, (10, 8), (0, 0), [8]),
        (2, (10, 9), (0, 0), [9, 8]),
        (2, (8, 8), (2, 0), []),
        (2, (10, 1), (0, 0), [8]),
        (2, (0, 0), (10, 10), []),
    ],
)
def test_old_ones_shrink_as_far_as_availability_allows(
    unavailable: int, old: tuple[int, int], new: tuple[int, int], sizes: list[int]
) -> None:
    """Nothing surges, so that the new one stays as it is."""
    sent = rolled(Deployment(10, 0, unavailable), (False, *old), (True, *new))
    assert sent == [(0, size) for size in sizes]


@pytest.mark.parametrize(
    ("desired", "surge", "others", "new", "expected"),
    [(6, 10, 5, 2, 6), (1, 1, 5, 5, 1), (3, 0, 5, 1, 1)],
)
def test_the_size_of_the_new_one(
    desired: int, surge: int, others: int, new: int, expected: int
) -> None:
    """Up to what the Deployment wants, if the surge leaves that room; down at once."""
    seen = [rollout.seen(False, True, others, others), rollout.seen(True, True, new, new)]
    assert number(rollout.rolling(desired, surge, 1, seen).wanted) == expected


def test_recreate_scales_down_first() -> None:
    """And waits for the pods, and then has all replicas at once."""
    of = Deployment(3, 0, 0, recreate=True)
    assert rolled(of, (False, 3, 3), (True, 0, 0)) == [(0, 0)]
    assert rolled(of._replace(populated=True), (False, 0, 0), (True, 0, 0)) == []
    assert rolled(of, (False, 0, 0), (True, 0, 0)) == [(1, 3)]


def test_what_an_old_one_without_replicas_reports_does_not_count() -> None:
    """Its pods are going, though its status has them yet: one available pod must be left of the
    others. The real controller answered so."""
    of = Deployment(1, 5, 0)
    assert rolled(of, (False, 0, 2), (False, 2, 2), (True, 1, 0)) == [(1, 1)]


def test_nothing_is_rolled_out_while_paused() -> None:
    """No ReplicaSet is created for the new template, and the old one is scaled alone."""
    one = existing([3], 3, 4, new=False)
    none_yet = scaling.marked(rollout.seen(True, False, 0, 0))
    paused = Deployment(5, 1, 0, paused=True)
    sent = list(scaling.requests(scaling.sync(paused, [*one, none_yet]), [*one, none_yet]))
    assert sent == [rollout.Request(0, 5)]
    resumed = paused._replace(desired=3, paused=False)
    sent = list(scaling.requests(scaling.sync(resumed, [*one, none_yet]), [*one, none_yet]))
    assert sent == [rollout.Request(1, 1, creates=True)]


def test_a_size_that_fits_keeps_its_old_annotation() -> None:
    """So the next sync is one that scales too, and no rollout begins: upstream returns before it
    writes. Three replicas were asked for, the ReplicaSet was edited to have five, then five are
    asked for."""
    sets = [*existing([5], 3, 4, new=False), scaling.marked(rollout.seen(True, False, 0, 0))]
    decided = scaling.sync(Deployment(5, 1, 0), sets)
    assert number(decided.scales)
    assert list(scaling.requests(decided, sets)) == []


def test_expressions_say_what_numbers_say() -> None:
    """Decisions on unknowns, evaluated, against those on the same numbers."""

    def decided(given: Inputs) -> list[Expr]:
        desired, recreate = given.number(0, 5), given.flag()
        surge, unavailable = scaling.limits(desired, amount("34%"), amount(1), recreate)
        of = Deployment(
            desired, surge, unavailable, given.flag(), recreate, given.flag(), reported=3
        )
        sets = []
        for position in range(3):
            sizes = given.number(0, 5), given.number(0, 6)
            seen = rollout.Seen(boolean(position == 1), boolean(True), *sizes)
            sets.append(Marked(seen, given.number(-1, 5), given.number(-1, 7)))
        found = scaling.sync(of, sets)
        rest = found.rollout
        return [
            found.scales,
            *(part for each in found.resizes for part in each),
            *(rest.create, rest.scale, rest.wanted, *rest.cleanups, *rest.scale_downs),
        ]

    found = agree(decided, Random(7), 300)
    assert 0 < sum(scales for scales, *_ in found) < 300
