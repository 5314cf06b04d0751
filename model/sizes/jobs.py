"""Smaller Jobs of the same shape: whether more pods have to succeed than there are at a time, and
whether those of a lost node, or those that fail by themselves, are more than may fail.

Omits: Jobs with a successPolicy or maxFailedIndexes, and CronJobs: they are only looked at whole.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace

from model.api.job import NO_BACKOFF
from model.api.workload import Workload
from model.scenario import Scenario


def shrinks(scenario: Scenario) -> bool:
    """Whether a workload is a Job that has smaller ones."""
    job = scenario.workload.job
    if job is None or scenario.workload.cron is not None:
        return False
    return not job.success and job.max_failed is None


def shorter(workload: Workload) -> Iterator[Workload]:
    """The Job with as many pods at a time and fewer completions: as many are left once the first
    pods have succeeded, or twice as many."""
    job = workload.job
    if job is None or job.completions is None:
        return
    for completions in (job.at_once + 1, 2 * job.at_once + 1):
        if completions < job.completions:
            yield replace(workload, job=replace(job, completions=completions))


def shrunk(workload: Workload, pods: int) -> Workload:
    """The Job with fewer pods at a time; of a backoffLimit as large a part."""
    job = workload.job
    assert job is not None
    completions, backoff = job.completions, job.backoff
    if completions is not None:
        completions = pods + int(completions > job.at_once)
    if 0 < backoff < NO_BACKOFF:
        backoff = max(1, backoff * pods // job.at_once)
    fewer = replace(job, parallelism=pods, completions=completions, backoff=backoff)
    return replace(workload, job=fewer, replicas=fewer.at_once)


def shape(scenario: Scenario) -> Hashable:
    """Equal for Jobs of the same shape."""
    job, failures = scenario.workload.job, scenario.faults.pod_failures
    if job is None:
        return None
    allowed = job.backoff + 1
    return (
        job.enough > job.at_once,
        job.backoff == 0,
        -(-allowed // job.at_once) if job.backoff < NO_BACKOFF else 0,
        failures > job.backoff,
    )


def says(small: Workload, whole: Workload) -> str:
    """What a verdict on the small one covers: "2 of 20 pods at a time, 3 of 100 completions"."""
    mine, given = small.job, whole.job
    assert mine is not None
    assert given is not None
    found = []
    if small.replicas != whole.replicas:
        found.append(f"{small.replicas} of {whole.replicas} pods at a time")
    if mine.completions is not None and mine.completions != given.completions:
        found.append(f"{mine.completions} of {given.completions} completions")
    return ", ".join(found)


def counts(small: Workload, whole: Workload) -> Iterator[str]:
    """The counts of the small one that are not what the user wrote."""
    if small.job and whole.job and small.job.backoff != whole.job.backoff:
        yield f"backoffLimit {small.job.backoff}"
