"""Smaller Jobs that stand for larger ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.api.change import Change
from model.api.job import Job, SuccessRule
from model.api.node import Node
from model.scenario import Faults, Scenario
from model.sizes import rungs
from tests.model import test_job

CRASH = Faults(node_crashes=1)


def scenario(job: Job, faults: Faults = CRASH) -> Scenario:
    """A Job that is deployed on two nodes with room for all of its pods each."""
    room = {"cpu": 100_000, "pods": 110}
    made = test_job.scenario(job, Change("steady"), faults)
    nodes = tuple(Node(each.name, each.labels, allocatable=room) for each in made.nodes)
    return replace(made, nodes=nodes, prompt=True)


@pytest.mark.parametrize(
    ("job", "first", "says"),
    [
        (Job(20, 100), Job(3, 4, backoff=1), "3 of 20 pods at a time, 4 of 100 completions"),
        (Job(20, 20, backoff=0), Job(3, 3, backoff=0), "3 of 20 pods at a time"),
        (Job(8, None, backoff=40), Job(3, None, backoff=15), "3 of 8 pods at a time"),
        (Job(9, 10, indexed=True), Job(3, 4, indexed=True, backoff=2), "3 of 9 pods at a time"),
    ],
)
def test_first_rung(job: Job, first: Job, says: str) -> None:
    whole = scenario(job)
    small = next(rungs.smaller(whole))
    assert small.workload.job == first
    assert small.workload.replicas == first.at_once
    assert rungs.sizes(small, whole).startswith(says)
    if first.backoff != job.backoff:
        assert f"(backoffLimit {first.backoff})" in rungs.sizes(small, whole)


def test_what_is_small_or_not_known_has_none() -> None:
    assert not list(rungs.smaller(scenario(Job(2, 3))))
    rule = SuccessRule(at_least=2)
    assert not list(rungs.smaller(scenario(Job(8, 8, indexed=True, success=(rule,)))))


def test_a_few_pods_at_a_time() -> None:
    """There are no fewer, but fewer of them one after the other."""
    whole = scenario(Job(2, 100))
    small = list(rungs.smaller(whole))
    assert [each.workload.job for each in small] == [Job(2, 3), Job(2, 5)]
    assert rungs.sizes(small[0], whole) == "3 of 100 completions"
    assert {test_job.completes(each) for each in small} == {test_job.completes(scenario(Job(2, 8)))}


@pytest.mark.parametrize(
    ("job", "small"),
    [
        (Job(2, 1000), None),
        (Job(2, 1001), Job(2, 5)),
        (Job(20, 100_000), None),
        (Job(20, 100_000, indexed=True), Job(5, 6, indexed=True, backoff=1)),
    ],
)
def test_what_stands_in_for_what_is_too_large(job: Job, small: Job | None) -> None:
    found = rungs.stand_in(scenario(job))
    assert (found.workload.job if found else None) == small


@pytest.mark.parametrize("backoff", [0, 2, 5, 6])
def test_answers_are_the_same(backoff: int) -> None:
    """Whether the pods of a node are more than may fail."""
    whole = scenario(Job(5, 6, backoff=backoff))
    expected = test_job.completes(whole)
    assert expected == ("violated" if 0 < backoff < 5 else "proved")
    for small in rungs.smaller(whole):
        assert test_job.completes(small) == expected


def test_failures_of_their_own_stay_as_many_as_may_be() -> None:
    """A smaller backoffLimit is not exceeded by failures that do not exceed the larger one."""
    whole = scenario(Job(20, 20), Faults(pod_failures=3))
    for small in rungs.smaller(whole):
        assert small.workload.job is not None
        assert small.workload.job.backoff >= 3
