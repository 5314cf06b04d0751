"""What the failure of a Job's pod counts for, and how long the Job then waits.

The same text is read in two ways: on numbers it is what the real code's answers are compared with,
on expressions over the state it is the model.

Source: kubernetes v1.36.3 `pkg/controller/job/pod_failure_policy.go` (matchPodFailurePolicy),
`backoff_utils.go` (newBackoffRecord, getRemainingTimeForFailuresCount), `job_controller.go`
(DefaultJobPodFailureBackOff, MaxJobPodFailureBackOff).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from model.ir.expr import (
    Expr,
    Literalish,
    add,
    coerce,
    conj,
    constant,
    disj,
    greatest,
    integer,
    ite,
)
from model.ir.types import EnumType

#: What podFailurePolicy says of a pod; None where no rule matches.
ACTION = EnumType("PodFailureAction", ("None", "FailJob", "FailIndex", "Ignore", "Count"))
UNMATCHED, FAIL_JOB, FAIL_INDEX, IGNORE, COUNT = (constant(ACTION, name) for name in ACTION.values)
#: Seconds that a Job waits after its first failure, and at most.
FIRST, MOST = 10, 600


class ExitCodes(NamedTuple):
    """`onExitCodes` of a rule: operator In, or NotIn; of any container where none is named."""

    within: bool
    values: frozenset[int]
    container: str | None = None


class Rule(NamedTuple):
    """A rule of `podFailurePolicy`: on exit codes, or on conditions (type, status)."""

    action: Expr
    codes: ExitCodes | None = None
    conditions: frozenset[tuple[str, str]] = frozenset()


def matched(
    rules: Sequence[Rule],
    codes: Mapping[str, Literalish],
    conditions: Mapping[tuple[str, str], Literalish],
) -> Expr:
    """The action of the first rule that matches a pod. `codes`: the exit code of each container, 0
    of one that has not ended; `conditions`: whether the pod has them."""
    found = UNMATCHED
    for rule in reversed(rules):
        found = ite(_matches(rule, codes, conditions), rule.action, found)
    return found


def _matches(
    rule: Rule,
    codes: Mapping[str, Literalish],
    conditions: Mapping[tuple[str, str], Literalish],
) -> Expr:
    asked = rule.codes
    if asked is None:
        return disj(*(conditions[each] for each in rule.conditions if each in conditions))
    hits = []
    for name, given in codes.items():
        if asked.container in {None, name}:
            code = coerce(given)
            listed = disj(*(code == value for value in asked.values))
            hits.append(conj(code != 0, listed if asked.within else ~listed))
    return disj(*hits)


class Ended(NamedTuple):
    """A pod that ended and was not counted yet: whether it is one, and when it finished."""

    new: Literalish
    at: Literalish


class Record(NamedTuple):
    """Failures since the last success, and when the last one was. The controller keeps it in
    memory: after a restart it is 0."""

    failures: Expr
    last: Expr


def recorded(before: Record, succeeded: Sequence[Ended], failed: Sequence[Ended]) -> Record:
    """The record after pods ended. It is kept only by a sync that writes the status."""
    success = disj(*(each.new for each in succeeded))
    failure = disj(*(each.new for each in failed))
    since = greatest(*(ite(each.new, each.at, -1) for each in succeeded), -1)
    later = [coerce(each.new) & (coerce(each.at) > since) for each in failed]
    counted = add(*(ite(each, 1, 0) for each in later))
    last = greatest(*(ite(is_, each.at, 0) for is_, each in zip(later, failed, strict=True)), 0)
    return Record(
        ite(success, 0, before.failures) + counted,
        ite(success | failure, last, before.last),
    )


def pause(failures: Literalish) -> Expr:
    """Seconds that follow so many failures: they double with each."""
    seconds, count = integer(0), 0
    while not count or FIRST << (count - 1) < MOST:
        seconds = ite(coerce(failures) > count, min(FIRST << count, MOST), seconds)
        count += 1
    return seconds


def waits(record: Record, now: Literalish) -> Expr:
    """Whether no pod is created yet."""
    return coerce(now) - record.last < pause(record.failures)
