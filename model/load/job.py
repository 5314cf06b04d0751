"""What a Job says, defaulted as the API server does.

Source: kubernetes 1.36 `pkg/apis/batch/v1/defaults.go` (SetDefaults_Job),
`pkg/registry/batch/job/strategy.go` (generateSelector: the labels that pods are given, and the
selector; those with the Job's uid are left out, as it has none yet).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model.api.job import BACKOFF, JOB_FIELDS, NO_BACKOFF, FailureRule, Job, SuccessRule
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.source import Source
from model.load import labels
from model.load.diagnostics import Report
from model.load.tree import (
    Mapping,
    Value,
    as_bool,
    as_int,
    as_mapping,
    as_text,
    items_of,
    mappings_of,
)

MODES = ("NonIndexed", "Indexed")
REPLACEMENTS = ("TerminatingOrFailed", "Failed")
ACTIONS: tuple[str, ...] = ("Count", "FailIndex", "FailJob", "Ignore")
#: Fields whose places are kept.
FIELDS = (*JOB_FIELDS, "suspend")
#: Indexes beyond are not looked at: no cluster has so many pods.
MOST_INDEXES = 150_000
#: What every pod of a Job is labelled with, and by which it is found.
NAME_LABELS = ("batch.kubernetes.io/job-name", "job-name")


def read(spec: Mapping) -> Job:
    """What a spec says; what is wrong with it `model.load.validation.job` reports."""
    parallelism, completions = _number(spec, "parallelism"), _number(spec, "completions")
    if parallelism is None and completions is None:
        completions = 1
    per_index, backoff = _number(spec, "backoffLimitPerIndex"), _number(spec, "backoffLimit")
    failure = tuple(_failures(spec))
    if backoff is None:
        backoff = BACKOFF if per_index is None else NO_BACKOFF
    return Job(
        parallelism=1 if parallelism is None else parallelism,
        completions=completions,
        indexed=as_text(spec.at("completionMode")) == "Indexed",
        backoff=backoff,
        per_index=per_index,
        max_failed=_number(spec, "maxFailedIndexes"),
        replaces_failed=as_text(spec.at("podReplacementPolicy")) == "Failed"
        or as_mapping(spec.at("podFailurePolicy")) is not None,
        failure=failure,
        success=tuple(_successes(spec)),
        deadline=_number(spec, "activeDeadlineSeconds"),
        ttl=_number(spec, "ttlSecondsAfterFinished"),
        suspended=as_bool(spec.at("suspend")),
        restarts=as_text(spec.at("template", "spec", "restartPolicy")) == "OnFailure",
    )


def _number(spec: Mapping, field: str) -> int | None:
    number = as_int(spec.at(field))
    return None if number is None or number < 0 else number


def _failures(spec: Mapping) -> Iterator[FailureRule]:
    for _, rule in mappings_of(spec.at("podFailurePolicy", "rules")):
        action = as_text(rule.at("action"))
        if action not in ACTIONS:
            continue
        codes = as_mapping(rule.at("onExitCodes"))
        numbers = [as_int(item) for item in items_of(rule.at("onExitCodes", "values"))]
        conditions = mappings_of(rule.at("onPodConditions"))
        yield FailureRule(
            action,  # type: ignore[arg-type]
            None if codes is None else as_text(codes.at("operator")) == "In",
            tuple(number for number in numbers if number is not None),
            None if codes is None else as_text(codes.at("containerName")) or None,
            tuple(
                (as_text(each.at("type")), as_text(each.at("status")) or "True")
                for _, each in conditions
            ),
        )


def _successes(spec: Mapping) -> Iterator[SuccessRule]:
    below = min(_number(spec, "completions") or 0, MOST_INDEXES)
    for _, rule in mappings_of(spec.at("successPolicy", "rules")):
        named = rule.at("succeededIndexes")
        indexes = None if named is None else tuple(sorted(indexes_of(as_text(named), below) or ()))
        yield SuccessRule(indexes, _number(rule, "succeededCount"))


def indexes_of(text: str, below: int) -> set[int] | None:
    """The indexes below a limit that a text lists in ascending order, as in `0,2-4`; None where it
    is wrong."""
    found: set[int] = set()
    last = -1
    for part in text.split(",") if text else ():
        first, dash, end = part.partition("-")
        if not (first.isdecimal() and (end.isdecimal() or not dash)):
            return None
        low, high = int(first), int(end or first)
        if not last < low <= high < below or (dash and low == high):
            return None
        found |= set(range(low, high + 1))
        last = high
    return found


def selector(spec: Mapping, name: str, template: PodTemplate, report: Report) -> LabelSelector:
    """The selector: the one that is written where `manualSelector` is, else the generated one."""
    if not as_bool(spec.at("manualSelector")):
        return LabelSelector({NAME_LABELS[0]: name})
    tree: Value | None = spec.at("selector")
    given = as_mapping(tree)
    if given is None:
        hint = "or leave out manualSelector"
        report.error("P104", "`spec.selector` is required", spec.place("manualSelector"), hint)
        return LabelSelector()
    found = labels.read_selector(given, "spec.selector", report)
    if not found.selects(template.labels):
        message = "`spec.selector` does not match `spec.template.metadata.labels`"
        report.error("P202", message, spec.place("selector"))
    return found


def made(template: PodTemplate, name: str, spec: Mapping) -> PodTemplate:
    """The template with the labels that the API server gives it."""
    if as_bool(spec.at("manualSelector")):
        return template
    return replace(template, labels={**dict.fromkeys(NAME_LABELS, name), **template.labels})


def places(spec: Mapping) -> dict[str, Source]:
    """The places of the fields that a verdict may point at; absent ones point at their parent."""
    found = {f"spec.{field}": spec.place(field) for field in FIELDS}
    if as_mapping(spec.at("template")) is not None:
        found["spec.template"] = spec.place("template")
    return found
