"""Replicas by what is measured: the situations of upstream's replica_calculator_test.go (v1.36.3),
in a form of our own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.api.horizontalpodautoscaler import Tolerances
from model.controllers import autoscaling
from model.controllers.autoscaling import Pod, Proposal, Unmeasured

OLD = 3600
RUNS = Pod(started=OLD, changed=OLD - 60, request=1000)
UNREADY = replace(RUNS, ready="False", changed=OLD)
#: Started a moment ago, so that its cpu usage says nothing yet.
HOT = replace(RUNS, started=10, changed=5)
PENDING = Pod("Pending", ready="False", started=None, request=1000)
FAILED = replace(UNREADY, phase="Failed")
GOES = replace(RUNS, deleting=True)


def pods(*usages: int | None, of: str = "") -> list[Pod]:
    """A pod for each letter of `of` (r, u, h, p, f, d), then ready ones, with these usages."""
    kinds = {"r": RUNS, "u": UNREADY, "h": HOT, "p": PENDING, "f": FAILED, "d": GOES}
    letters = of.ljust(len(usages), "r")
    padded = [*usages, *[None] * (len(letters) - len(usages))]
    return [
        replace(kinds[letter], usage=usage) for letter, usage in zip(letters, padded, strict=True)
    ]


@pytest.mark.parametrize(
    ("current", "target", "selected", "expected"),
    [
        # Up, with pods that do not count yet.
        (3, 30, pods(300, 500, 700), (5, 50)),
        (3, 30, pods(300, 500, 700, of="u"), (4, 60)),
        (3, 30, pods(300, 500, 700, of="h"), (4, 60)),
        (3, 30, pods(400, 500, 700, of="ruu"), (3, 40)),
        (3, 30, pods(400, 500, 700, of="rhh"), (3, 40)),
        (2, 30, pods(500, 700, of="rrff"), (4, 60)),
        (2, 30, pods(500, 700, of="rrdd"), (4, 60)),
        # Down.
        (5, 50, pods(100, 300, 500, 250, 250), (3, 28)),
        (5, 50, pods(100, 300, 500, 250, 250, of="rrruu"), (2, 30)),
        (5, 50, pods(100, 300, 500, 250, 250, of="rrrhh"), (2, 30)),
        (5, 50, pods(100, of="rpppp"), (1, 10)),
        (5, 50, pods(100, 300, 500, 250, 250, of="rrrrrff"), (3, 28)),
        (5, 50, pods(100, 300, 500, 250, 250, of="rrrrrdd"), (3, 28)),
        # Pods of which nothing is known.
        (4, 100, pods(400, 95, None, None), (3, 24)),
        (2, 100, pods(1000, None), (2, 100)),
        (2, 100, pods(1900, None), (2, 190)),
        (2, 100, pods(600, None), (2, 60)),
        (3, 50, pods(100, 450, None, of="u"), (3, 45)),
        (3, 50, pods(100, 450, None, of="h"), (3, 45)),
        (3, 50, pods(100, 2000, None, of="u"), (4, 200)),
        (3, 50, pods(100, 2000, None, of="h"), (4, 200)),
        (4, 50, pods(100, 100, 100, None, of="u"), (3, 10)),
        # More pods than replicas, in the middle of a rollout.
        (2, 50, pods(100, 100, None), (2, 10)),
    ],
)
def test_by_utilization(
    current: int, target: int, selected: list[Pod], expected: tuple[int, int]
) -> None:
    assert autoscaling.utilization(current, target, selected) == Proposal(*expected)


def requesting(*amounts: tuple[int, int]) -> list[Pod]:
    return [replace(RUNS, request=request, usage=usage) for request, usage in amounts]


@pytest.mark.parametrize(
    ("usages", "tolerances", "expected"),
    [
        ((1010, 1030, 1020), Tolerances(), (3, 102)),
        ((909, 1010, 1111), Tolerances(0.0, 0.0), (4, 101)),
        ((1890, 1910, 1900), Tolerances(0.1, 2.0), (3, 190)),
        ((1100, 1080, 1090), Tolerances(2.0, 0.08), (4, 109)),
        ((660, 640, 650), Tolerances(0.36, 0.1), (3, 65)),
        ((660, 640, 650), Tolerances(0.34, 0.1), (2, 65)),
    ],
)
def test_a_small_difference_is_let_be(
    usages: tuple[int, int, int], tolerances: Tolerances, expected: tuple[int, int]
) -> None:
    selected = requesting(*zip((900, 1000, 1100), usages, strict=True))
    assert autoscaling.utilization(3, 100, selected, tolerances) == Proposal(*expected)


def test_a_missing_pod_uses_the_target_where_that_is_over_its_request() -> None:
    """So that a target of 300 % does not make it look idle."""
    amounts = [(1000, 200), (1000, 100), (2000, 100)]
    selected = [*requesting(*amounts), replace(RUNS, request=2000)]
    selected[0] = replace(selected[0], ready="False", changed=OLD)
    assert autoscaling.utilization(4, 300, selected) == Proposal(2, 6)


def test_usage_of_pods_that_are_not_there_counts_for_their_number_alone() -> None:
    selected = pods(4000, 9500, 3000, 7000)
    assert autoscaling.utilization(4, 100, selected, strays=2) == Proposal(24, 587)
    with pytest.raises(Unmeasured, match=autoscaling.ALL_REQUEST_NOTHING):
        autoscaling.utilization(1, 100, pods(None), strays=1)


def test_without_measurements_there_is_no_proposal() -> None:
    for selected, reason in (
        (pods(None, None, None), autoscaling.NO_METRICS),
        ([], autoscaling.NO_METRICS),
        (pods(100, of="u"), autoscaling.NONE_OF_PODS),
        ([replace(RUNS, request=None, usage=200)], autoscaling.NO_REQUEST),
    ):
        with pytest.raises(Unmeasured) as raised:
            autoscaling.utilization(2, 50, selected)
        assert raised.value.reason == reason
    with pytest.raises(Unmeasured, match=autoscaling.NO_PODS):
        autoscaling.average(1, 50, [], strays=[4])


@pytest.mark.parametrize(
    ("current", "target", "selected", "expected"),
    [
        (3, 15000, pods(20000, 10000, 30000), (4, 20000)),
        # Readiness is no matter to a metric that is not cpu.
        (3, 15000, pods(50000, 10000, 30000, of="rrh"), (6, 30000)),
        (3, 15000, pods(50000, 15000, 30000, of="uru"), (7, 31666)),
        (1, 4400, pods(8600), (2, 8600)),
        (5, 20000, pods(12000, 12000, 12000, 12000, 12000), (3, 12000)),
        (3, 20000, pods(20000, 21000, 21000), (3, 20666)),
        (5, 20000, pods(20000, 19000, 21000, None, None), (5, 20000)),
        (2, 17000, pods(10000, 10000, None), (2, 10000)),
    ],
)
def test_by_the_average_of_pods(
    current: int, target: int, selected: list[Pod], expected: tuple[int, int]
) -> None:
    assert autoscaling.average(current, target, selected) == Proposal(*expected)


def test_what_is_tolerated_is_set() -> None:
    narrow = Tolerances(0.1, 0.01)
    selected = pods(20000, 21000, 21000)
    assert autoscaling.average(3, 20000, selected, narrow) == Proposal(4, 20666)


@pytest.mark.parametrize(
    ("current", "target", "usage", "of", "tolerances", "replicas"),
    [
        (3, 15000, 20000, "rrr", Tolerances(), 4),
        (3, 10000, 50000, "uru", Tolerances(), 5),
        (3, 4400, 8600, "uru", Tolerances(), 2),
        (5, 20000, 12000, "rrrrr", Tolerances(), 3),
        (5, 14334, 8600, "rrrrr", Tolerances(), 3),
        (3, 20000, 20666, "rrr", Tolerances(), 3),
        (3, 8888, 8600, "rrr", Tolerances(), 3),
        (3, 20000, 20666, "rrr", Tolerances(0.1, 0.01), 4),
        (3, 8800, 8900, "rrr", Tolerances(0.1, 0.01), 4),
        (3, 1, 2**63 - 1, "rrr", Tolerances(), autoscaling.MAX_REPLICAS),
        # From 0 replicas pods and tolerance are no matter.
        (0, 10000, 10001, "", Tolerances(), 2),
    ],
)
def test_by_the_value_of_an_object(  # noqa: PLR0917
    current: int, target: int, usage: int, of: str, tolerances: Tolerances, replicas: int
) -> None:
    found = autoscaling.total(current, target, usage, pods(of=of), tolerances)
    assert found == Proposal(replicas, usage)


@pytest.mark.parametrize(
    ("current", "target", "usage", "tolerances", "expected"),
    [
        (3, 5000, 20000, Tolerances(), (4, 6667)),
        (3, 2150, 8600, Tolerances(), (4, 2867)),
        (5, 2000, 6000, Tolerances(), (3, 1200)),
        (5, 2867, 8600, Tolerances(), (3, 1720)),
        (4, 5000, 20166, Tolerances(), (4, 5042)),
        (3, 2900, 8600, Tolerances(), (3, 2867)),
        (4, 5000, 20208, Tolerances(0.1, 0.01), (5, 5052)),
        (3, 2800, 8600, Tolerances(0.1, 0.01), (4, 2867)),
        (0, 100, 250, Tolerances(), (3, 250)),
    ],
)
def test_by_the_share_of_each_replica(
    current: int, target: int, usage: int, tolerances: Tolerances, expected: tuple[int, int]
) -> None:
    assert autoscaling.share(current, target, usage, tolerances) == Proposal(*expected)


def test_the_largest_of_several_metrics_counts() -> None:
    """One that is missing forbids to scale down, not up."""
    assert autoscaling.largest(3, [2, 5]) == 5
    assert autoscaling.largest(3, [None, 5]) == 5
    assert autoscaling.largest(3, [None, 2]) is None
    assert autoscaling.largest(3, [None, None]) is None
