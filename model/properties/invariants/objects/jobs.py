"""Jobs, as expressions read them: only one that is itself what is checked, and no CronJob's.

What has become of its pods the model counts as far as that makes a difference, so the counts of its
status are left out; that it ends, and how, is in its conditions.

Source: k8s.io/api v0.36 `batch/v1/types.go` (JobSpec, JobCondition), kubernetes v1.36.3
`pkg/controller/job/job_controller.go` (trackJobStatusAndRemoveFinalizers: SuccessCriteriaMet or
FailureTarget comes first, Complete or Failed once all pods have ended).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from model.api.job import Job
from model.api.workload import Workload
from model.apiserver.jobs import NOT_YET, succeeds
from model.apiserver.objects import Cluster
from model.ir.expr import boolean, integer
from model.properties.invariants.types import (
    INT,
    Field,
    Message,
    an,
    list_of,
    one_of,
)
from model.properties.invariants.values import Few, Number, Text, Thing, constant

JOB = "Job"
_COUNTED = "the model counts them as far as that makes a difference: ask for a condition"
_CONDITION = one_of(
    "SuccessCriteriaMet",
    "FailureTarget",
    "Complete",
    "Failed",
    never={"Suspended": "the model leaves that condition out"},
)


def _of(job: object) -> Job:
    found = cast(Workload, job).job
    assert found is not None
    return found


def _same(_: Cluster, job: object) -> Thing:
    return Thing(job)


def _parallelism(_: Cluster, job: object) -> Number:
    return Number(integer(_of(job).parallelism))


def _completions(_: Cluster, job: object) -> Number:
    wanted = _of(job).completions
    return Number(integer(wanted or 0), boolean(wanted is None))


def _conditions(cluster: Cluster, _: object) -> Few:
    jobs, job = cluster.jobs, cluster.own[0]
    assert jobs is not None
    ending, over = jobs.ending[job], jobs.over[job]
    good = succeeds(ending)
    bad = (ending != NOT_YET) & ~good
    found = zip(_CONDITION.among or (), (good, bad, over & good, over & bad), strict=True)
    return Few(tuple((there, Thing(type)) for type, there in found))


def _type(_: Cluster, condition: object) -> Text:
    return constant(cast(str, condition))


def _status(_: Cluster, __: object) -> Text:
    return constant("True")


MESSAGES: Mapping[str, Message] = {
    "Job/NAME": Message(
        "a Job",
        "Job",
        {
            "spec": Field(an("Job/NAME.spec"), "what the user asks for", _same),
            "status": Field(an("Job/NAME.status"), "what its controller says", _same),
        },
    ),
    "Job/NAME.spec": Message(
        "a Job's spec",
        "JobSpec",
        {
            "parallelism": Field(INT, "how many pods it has at a time at most", _parallelism),
            "completions": Field(
                INT, "how many pods are to succeed; absent where one is enough", _completions, True
            ),
        },
    ),
    "Job/NAME.status": Message(
        "a Job's status",
        "JobStatus",
        {
            "conditions": Field(
                list_of(an("JobCondition")), "its conditions that are True", _conditions
            )
        },
        left_out=dict.fromkeys(("succeeded", "failed", "active", "ready", "terminating"), _COUNTED),
    ),
    "JobCondition": Message(
        "a Job's condition",
        "JobCondition",
        {
            "type": Field(
                _CONDITION, "SuccessCriteriaMet, FailureTarget, Complete or Failed", _type
            ),
            "status": Field(one_of("True"), "True: others are left out", _status),
        },
        left_out={"reason": "the type tells success from failure"},
    ),
}
