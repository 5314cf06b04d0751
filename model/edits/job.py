"""How often pods of a Job may fail, what counts as a failure, and how many pods there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from model.api.job import NO_BACKOFF, FailureRule, Job
from model.edits.contract import Edit, Knob, nearest
from model.scenario import Scenario

#: By how much parallelism is changed at most.
_AWAY = 2
#: A rule by which disruptions are no failures.
IGNORED = FailureRule("Ignore", conditions=(("DisruptionTarget", "True"),))


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    job, path = scenario.workload.job, scenario.workload.path
    if job is None:
        return
    yield from _limits(scenario, job)
    if not job.restarts and IGNORED not in job.failure:
        edit = Edit(
            f"let a first rule of {path('spec.podFailurePolicy')} ignore the pod condition "
            "DisruptionTarget",
            partial(_with, failure=(IGNORED, *job.failure), replaces_failed=True),
        )
        now = f"{len(job.failure)} rules" if job.failure else "absent"
        yield Knob("spec.podFailurePolicy", "what counts as a failure", now, (edit,))
    if not job.failure:
        # The later one waits for more.
        names = ("TerminatingOrFailed", "Failed")
        other = Edit(
            f"set {path('spec.podReplacementPolicy')} to {names[not job.replaces_failed]}",
            partial(_with, replaces_failed=not job.replaces_failed),
            -1 if job.replaces_failed else 1,
        )
        what = "when pods are replaced"
        yield Knob("spec.podReplacementPolicy", what, names[job.replaces_failed], (other,))
    numbers = nearest(job.parallelism, max(1, job.parallelism - _AWAY), job.parallelism + _AWAY)
    edits = tuple(
        Edit(f"set {path('spec.parallelism')} to {n}", partial(_with, parallelism=n))
        for n in numbers
    )
    yield Knob("spec.parallelism", "the parallelism", str(job.parallelism), edits)


def _limits(scenario: Scenario, job: Job) -> Iterator[Knob]:
    """The limits of failures: one more, and as many as there can be at most."""
    faults = scenario.faults
    times = 1 + faults.node_crashes + len(scenario.change.nodes)
    most = faults.pod_failures + job.at_once * times
    if job.backoff < NO_BACKOFF:
        yield _limit(scenario, "backoffLimit", "backoff", most)
    if job.per_index is not None:
        yield _limit(scenario, "backoffLimitPerIndex", "per_index", most)


def _limit(scenario: Scenario, field: str, attribute: str, most: int) -> Knob:
    now: int = getattr(scenario.workload.job, attribute)
    path = f"spec.{field}"
    edits = tuple(
        Edit(
            f"set {scenario.workload.path(path)} to {n}",
            partial(_with, **{attribute: n}),  # type: ignore[arg-type]
        )
        for n in sorted({now + 1, now + 2, max(most, now + 1)})
    )
    return Knob(path, f"the {field}", str(now), edits)


def _with(scenario: Scenario, **fields: Any) -> Scenario:
    """The scenario with other fields of its Job."""
    workload = scenario.workload
    assert workload.job is not None
    job = replace(workload.job, **fields)
    return replace(scenario, workload=replace(workload, job=job, replicas=job.at_once))
