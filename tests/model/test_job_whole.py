"""The model's Job controller against the whole of it: a sync that reads once and then sends one
request after the other, the status that lists pods before they lose their finalizers, and pods that
stay until then. What the model merges makes no difference to how a Job may end, nor to how many
pods it may have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import pytest

from model import cluster
from model.api.change import Change
from model.api.job import Job
from model.apiserver.jobs import END, NOT_YET, succeeds
from model.apiserver.objects import PHASE
from model.controllers import completions, jobs
from model.controllers.scaling import number
from model.ir.expr import constant
from model.scenario import Faults
from tests.model.test_job import cells, reachable, scenario


@dataclass(frozen=True, order=True)
class Pod:
    """A pod that its Job has yet to count, or that runs, or is being deleted."""

    phase: str = "Pending"
    deleting: bool = False
    tracked: bool = True
    noted: str = ""

    @property
    def ended(self) -> bool:
        return self.phase in ("Succeeded", "Failed")

    @property
    def kept(self) -> bool:
        """Whether it matters any more."""
        return self.tracked or bool(self.noted) or not self.ended


@dataclass(frozen=True)
class World:
    """A Job's status, its pods, and what a sync has yet to send: by turns, each in any order."""

    pods: tuple[Pod, ...] = ()
    succeeded: int = 0
    failed: int = 0
    ending: str = "None"
    over: bool = False
    failures: int = 0
    deletions: int = 0
    turns: tuple[tuple[tuple[object, ...], ...], ...] = ()


def moves(spec: Job, world: World) -> Iterator[World]:
    """Everything that may happen next."""
    yield from _by_others(spec, world)
    if world.turns:
        first, *rest = world.turns
        for request in dict.fromkeys(first):
            left = list(first)
            left.remove(request)
            turns = ((tuple(left),) if left else ()) + tuple(rest)
            yield _sent(replace(world, turns=turns), request)
    elif not world.over and (turns := _sync(spec, world)):
        yield replace(world, turns=turns)


def _by_others(spec: Job, world: World) -> Iterator[World]:
    """Pods start, end, are deleted by somebody, and stop."""
    for at, pod in enumerate(world.pods):
        if pod.ended:
            continue
        if pod.deleting:
            yield _with(world, at, replace(pod, phase="Failed"))
            continue
        if pod.phase == "Pending":
            yield _with(world, at, replace(pod, phase="Running"))
            continue
        yield _with(world, at, replace(pod, phase="Succeeded"))
        if world.failures:
            failed = _with(world, at, replace(pod, phase="Failed"))
            yield replace(failed, failures=world.failures - 1)
        if world.deletions:
            deleted = _with(world, at, replace(pod, deleting=True))
            yield replace(deleted, deletions=world.deletions - 1)


def _with(world: World, at: int, pod: Pod) -> World:
    pods = (*world.pods[:at], pod, *world.pods[at + 1 :])
    return replace(world, pods=pods)


@cache
def _ending(name: str) -> tuple[object, object]:
    """What is decided of success and of failure."""
    ending = constant(END, name)
    return (ending, NOT_YET) if number(succeeds(ending)) else (NOT_YET, ending)


def _sync(spec: Job, world: World) -> tuple[tuple[tuple[object, ...], ...], ...]:
    """What a sync sends, if that is anything: to pods, to the status, finalizers, the status."""
    succeeding, failing = _ending(world.ending)
    read = [
        jobs.Pod(
            pod.tracked,
            pod.phase == "Succeeded",
            pod.phase == "Failed",
            pod.phase == "Pending",
            pod.deleting,
            noted_succeeded=pod.noted == "succeeded",
            noted_failed=pod.noted == "failed",
        )
        for pod in world.pods
    ]
    job = jobs.Job(
        spec.parallelism,
        jobs.UNSET if spec.completions is None else spec.completions,
        backoff=spec.backoff,
        replaces_failed=spec.replaces_failed,
        active=sum(number(pod.active) for pod in read),
        ready=0,
        terminating=sum(number(pod.terminating) for pod in read),
        succeeded=world.succeeded,
        failed=world.failed,
        succeeding=succeeding,  # type: ignore[arg-type]
        failing=failing,  # type: ignore[arg-type]
    )
    found = completions.sync(job, read)
    ending = END.values[number(found.status.ending)]
    deletes = tuple(
        ("delete", at, bool(number(drop)))
        for at, (each, drop) in enumerate(zip(found.deletes, found.drops, strict=True))
        if number(each)
    )
    creates = (("create",),) * number(found.creates)
    noted = tuple(
        "succeeded" if number(good) else "failed" if number(bad) else ""
        for good, bad in zip(found.noted_succeeded, found.noted_failed, strict=True)
    )
    releases = tuple(
        ("release", at) for at, each in enumerate(found.releases) if number(each & True)
    )
    counts = number(found.status.succeeded), number(found.status.failed)
    news = number(found.first_write) and (noted != tuple(p.noted for p in world.pods))
    listed = (("note", noted, ending),) if news or ending != world.ending else ()
    over = bool(number(found.status.over))
    counted = (("count", *counts, over),) if number(found.second_write) else ()
    turns = (deletes or creates, listed, releases, counted)
    return tuple(turn for turn in turns if turn)


def _sent(world: World, request: tuple[object, ...]) -> World:
    """The world after a request, with pods that matter no more gone once a sync is over."""
    pods = list(world.pods)
    match request:
        case ("create",):
            pods.append(Pod())
        case ("delete", int(at), bool(drop)):
            pod = pods[at]
            if not pod.ended:
                # One that was never bound is gone at once.
                phase = "Failed" if pod.phase == "Pending" else pod.phase
                pods[at] = replace(
                    pod, deleting=True, tracked=pod.tracked and not drop, phase=phase
                )
        case ("note", tuple(noted), str(ending)):
            pods = [
                replace(pod, noted=mark or pod.noted)
                for pod, mark in zip(pods, (*noted, *[""] * len(pods)), strict=False)
            ]
            world = replace(world, ending=ending)
        case ("release", int(at)):
            pods[at] = replace(pods[at], tracked=False)
        case ("count", int(succeeded), int(failed), bool(over)):
            pods = [replace(pod, noted="" if not pod.tracked else pod.noted) for pod in pods]
            world = replace(world, succeeded=succeeded, failed=failed, over=over)
    if not world.turns:
        pods = sorted(pod for pod in pods if pod.kept)
    return replace(world, pods=tuple(pods))


def whole(spec: Job, failures: int, deletions: int) -> tuple[set[str], int, int]:
    """How the Job may end, the most active pods, and the most with those that are deleted."""
    start = World(failures=failures, deletions=deletions)
    todo, seen, ends, most, there = [start], {start}, set[str](), 0, 0
    while todo:
        world = todo.pop()
        left = [pod for pod in world.pods if not pod.ended]
        most = max(most, sum(not pod.deleting for pod in left))
        there = max(there, len(left))
        after = list(moves(spec, world))
        if world.over:
            ends.add(world.ending)
        assert after or world.over, world
        for each in after:
            if each not in seen:
                seen.add(each)
                todo.append(each)
    return ends, most, there


def modelled(spec: Job, failures: int, deletions: int) -> tuple[set[str], int, int]:
    """The same as the model has it."""
    faults = Faults(pod_failures=failures, forced_deletions=0)
    made = scenario(spec, Change("apply"), replace(faults, forced_deletions=deletions))
    of = cluster.workload(made).system
    ends, most, there = set[str](), 0, 0
    for state in reachable(of):
        phases = [PHASE.values[phase] for phase in cells(of, "phase", state)]
        gone = phases.count("Absent")
        most = max(most, len(phases) - gone - phases.count("Terminating"))
        there = max(there, len(phases) - gone)
        if cells(of, "over", state) == [1]:
            ends.add(END.values[cells(of, "ending", state)[0]])
    return ends, most, there


@pytest.mark.parametrize("failures", [0, 1, 2])
@pytest.mark.parametrize(
    "spec",
    [
        Job(2, 2, backoff=0),
        Job(2, 2, backoff=1),
        Job(1, 2, backoff=1),
        Job(2, 3, backoff=0),
        Job(2, None, backoff=1),
        Job(2, 2, backoff=1, replaces_failed=True),
    ],
    ids=str,
)
def test_the_whole_controller(spec: Job, failures: int) -> None:
    ends, most, _ = whole(spec, failures, 0)
    found, active, _ = modelled(spec, failures, 0)
    assert (ends, most) == (found, active)


@pytest.mark.parametrize("replaces_failed", [False, True])
@pytest.mark.parametrize("backoff", [0, 1])
def test_a_pod_that_somebody_deletes(backoff: int, replaces_failed: bool) -> None:
    """It counts once, whenever that is."""
    spec = Job(2, 2, backoff=backoff, replaces_failed=replaces_failed)
    ends, most, there = whole(spec, 1, 1)
    found, active, _ = modelled(spec, 1, 1)
    assert (ends, most) == (found, active)
    # One that is being deleted is there beside those that replace it, or not.
    assert there == (2 if replaces_failed or not backoff else 3)
