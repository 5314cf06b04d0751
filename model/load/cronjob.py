"""What a CronJob says, defaulted as the API server does.

Source: kubernetes 1.36 `pkg/apis/batch/v1/defaults.go` (SetDefaults_CronJob); a schedule is read
without its time zone, which moves runs and makes none.
"""

from __future__ import annotations

from model.api import cron
from model.api.cronjob import CronJob
from model.api.source import Source
from model.load import job
from model.load.tree import Mapping, as_bool, as_int, as_mapping, as_text

POLICIES = ("Allow", "Forbid", "Replace")
FIELDS = ("schedule", "concurrencyPolicy", "startingDeadlineSeconds", "suspend")


def read(spec: Mapping) -> CronJob:
    """What a spec says; what is wrong with it `model.load.validation.cronjob` reports."""
    policy, deadline = (
        as_text(spec.at("concurrencyPolicy")),
        as_int(spec.at("startingDeadlineSeconds")),
    )
    text = as_text(spec.at("schedule"))
    return CronJob(
        schedule=text,
        policy=policy if policy in POLICIES else "Allow",  # type: ignore[arg-type]
        deadline=None if deadline is None else max(0, deadline),
        suspended=as_bool(spec.at("suspend")),
        comes=_comes(text),
    )


def _comes(text: str) -> bool:
    """Whether a schedule is due at some time."""
    try:
        return cron.parse(text).next(0) != cron.NEVER
    except cron.Unparseable:
        return True  # said by the validation


def places(spec: Mapping) -> dict[str, Source]:
    """The places of the fields that a verdict may point at; absent ones point at their parent."""
    found = {f"spec.{field}": spec.place(field) for field in FIELDS}
    inner = as_mapping(spec.at("jobTemplate", "spec"))
    if inner is not None:
        for path, place in job.places(inner).items():
            found[path.replace("spec.", "spec.jobTemplate.spec.", 1)] = place
    return found
