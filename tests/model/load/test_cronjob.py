"""CronJobs as they are written."""

from __future__ import annotations

from textwrap import indent

import pytest

from model.api.cronjob import CronJob
from model.api.job import Job
from tests.model.load.helpers import findings, load_text, marked, plan_of, workload_of

EVERY = 'schedule: "*/5 * * * *"'


def cronjob(spec: str = EVERY, job: str = "", *, name: str = "work") -> str:
    """A CronJob with lines of its spec, and of its Jobs'."""
    return (
        f"apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: {name}\nspec:\n"
        + indent(spec.strip("\n"), "  ")
        + "\n  jobTemplate:\n    spec:\n"
        + (indent(job.strip("\n"), "      ") + "\n" if job else "")
        + "      template:\n        spec:\n          restartPolicy: Never\n"
        + "          containers:\n          - {name: work, image: 'work:1'}\n"
    )


READ = [
    ("", CronJob("*/5 * * * *")),
    ("concurrencyPolicy: Forbid", CronJob("*/5 * * * *", "Forbid")),
    ("concurrencyPolicy: Replace", CronJob("*/5 * * * *", "Replace")),
    ("startingDeadlineSeconds: 60\ntimeZone: Europe/Vienna", CronJob("*/5 * * * *", deadline=60)),
]

#: What the API server refuses, of the CronJob and of its Jobs.
REFUSED = [
    ('schedule: "* * * *"  # <- P200', ""),
    ('schedule: "61 * * * *"  # <- P200', ""),
    ('schedule: "TZ=UTC 1 * * * *"  # <- P200', ""),
    ('schedule: ""  # <- P104', ""),
    (f"{EVERY}\nconcurrencyPolicy: Never  # <- P201", ""),
    (f"{EVERY}\ntimeZone: Nowhere/Atall  # <- P200", ""),
    (f"{EVERY}\nstartingDeadlineSeconds: -1  # <- P200", ""),
    (f"{EVERY}\nparallelism: 2  # <- P102", ""),
    (EVERY, "completionMode: Sorted  # <- P201"),
    (EVERY, "selector: {matchLabels: {a: b}}  # <- P203"),
    (EVERY, "manualSelector: true  # <- P203"),
]


@pytest.mark.parametrize(("spec", "read"), READ)
def test_fields(spec: str, read: CronJob) -> None:
    workload = workload_of(cronjob(f"{EVERY}\n{spec}", "backoffLimit: 2"))
    assert workload.subject == "CronJob/default/work"
    assert (workload.cron, workload.job) == (read, Job(backoff=2))
    places = workload.fields
    assert places[workload.path("spec.backoffLimit")].line > places["spec.schedule"].line


@pytest.mark.parametrize(("spec", "job"), REFUSED)
def test_what_is_refused(spec: str, job: str) -> None:
    text = cronjob(spec, job)
    assert findings(load_text(text)) == marked(text)


def test_a_name_that_leaves_no_room() -> None:
    """For what the names of Jobs have besides."""
    assert findings(load_text(cronjob(name="a" * 52))) == []
    assert [code for _, code in findings(load_text(cronjob(name="a" * 53)))] == ["P206"]


def test_everyday_scenarios() -> None:
    found = plan_of(cronjob()).scenarios
    assert [s.name for s in found] == ["apply", "drain node-1", "node crash"]


@pytest.mark.parametrize(
    "spec", [f"{EVERY}\nsuspend: true  # <- P302", 'schedule: "0 0 31 2 *"  # <- P302']
)
def test_nothing_to_do(spec: str) -> None:
    """A CronJob that never makes a Job is left out, and said to be."""
    text = cronjob(spec)
    assert findings(load_text(text)) == marked(text)
    assert not plan_of(text).scenarios


def test_jobs_that_are_suspended() -> None:
    """It is said where: the CronJob itself may not be."""
    text = cronjob(f"{EVERY}\nsuspend: false", "suspend: true  # <- P302")
    assert findings(load_text(text)) == marked(text)


def test_what_its_template_asks_for_and_the_model_leaves_out() -> None:
    """Fields of Jobs and pods are looked for where a CronJob has them."""
    policy = "podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: A}]}]}"
    (first, *_) = plan_of(cronjob(job=policy)).scenarios
    (use,) = first.omitted
    assert use.what.startswith("spec.jobTemplate.spec.podFailurePolicy.rules[0]")
