"""What a CronJob's own fields may say.

Source: kubernetes 1.36 `pkg/apis/batch/validation/validation.go` (ValidateCronJobCreate,
validateCronJobSpec, validateScheduleFormat, validateTimeZone, ValidateJobTemplateSpec).
"""

from __future__ import annotations

import re

from model.api import cron
from model.load.cronjob import POLICIES
from model.load.validation import job
from model.load.validation.contract import At

#: The controller adds to the name of a CronJob to name Jobs.
_MOST = 52


def named(at: At) -> None:
    """The name, which Jobs' names are made of."""
    name = at.text("metadata", "name")
    if len(name) > _MOST:
        message = f"`metadata.name` must have at most {_MOST} characters in a CronJob"
        hint = "the names of its Jobs are 11 characters longer"
        at.report.error("P206", message, at.place("metadata", "name"), hint)


def spec(at: At) -> None:
    """A spec."""
    _schedule(at)
    at.one_of("concurrencyPolicy", POLICIES)
    at.at_least(
        0, "startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"
    )
    inner = at.child("jobTemplate", "spec")
    if inner is None:
        at.required("jobTemplate", "spec")
        return
    job.spec(inner)
    job.template(inner)
    if inner.given("selector"):
        inner.forbidden("selector", "is not allowed in a CronJob", "the API server makes one")
    if inner.truth("manualSelector"):
        inner.forbidden("manualSelector", "is not allowed in a CronJob")


def _schedule(at: At) -> None:
    text = at.text("schedule")
    if not text:
        at.required("schedule", hint='such as "30 2 * * *", at half past two every night')
        return
    try:
        cron.parse(text)
    except cron.Unparseable as problem:
        hint = 'five fields: minute, hour, day, month, day of the week, such as "*/5 * * * *"'
        at.invalid("schedule", f"is no schedule: {problem}", hint)
    if "TZ" in text:
        at.invalid("schedule", "must not name a time zone", "use the field timeZone")
    if at.given("timeZone"):
        _zone(at, at.text("timeZone"))


def _zone(at: At, name: str) -> None:
    try:
        known = bool(name) and bool(cron.zone(name))
    except cron.Unparseable:
        known = False
    plain = all(
        re.fullmatch(r"[A-Za-z0-9_.+][A-Za-z0-9_.+-]{0,13}", part) for part in name.split("/")
    )
    if not known or not plain or name.lower() == "local":
        at.invalid("timeZone", f"`{name}` is no time zone such as Europe/Vienna")
