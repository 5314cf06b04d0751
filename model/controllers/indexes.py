"""The completion indexes of an Indexed Job: which are done, which have failed, which need a pod.

The same text is read in two ways: on numbers it is what the real code's answers are compared with,
on expressions over the state it is the model. Indexes from `completions` on, which may have been
lowered, are those of no pod that counts.

Source: kubernetes v1.36.3 `pkg/controller/job/indexed_job_utils.go` (calculateSucceededIndexes,
calculateFailedIndexes, isIndexFailed, getPodsWithDelayedDeletionPerIndex, firstPendingIndexes,
getNewIndexFailureCounts, appendDuplicatedIndexPodsForRemoval), `success_policy.go`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from model.controllers.failures import FAIL_INDEX, IGNORE
from model.controllers.jobs import Job, Pod, SuccessRule, number
from model.ir.expr import Expr, Literalish, add, coerce, conj, disj, integer, ite


class Replaced(NamedTuple):
    """What a pod inherits from the one that it replaces: failures that count, and others."""

    failures: Expr
    ignored: Expr


def valid(job: Job, pod: Pod) -> Expr:
    """Whether the pod counts: those of Jobs that are not Indexed all do."""
    if not job.indexed:
        return coerce(True)
    return (coerce(pod.index) >= 0) & (coerce(pod.index) < job.completions)


def completed(job: Job, pods: Sequence[Pod]) -> list[Expr]:
    """For each index whether a pod of it succeeded."""
    return [
        within(job, index)
        & disj(
            job.completed[index],
            *(conj(each.tracked, each.succeeded, coerce(each.index) == index) for each in pods),
        )
        for index in range(len(job.completed))
    ]


def failed(job: Job, pods: Sequence[Pod]) -> list[Expr]:
    """For each index whether it failed for good, where `backoffLimitPerIndex` is given."""
    lost = [coerce(each.tracked) & _fails(job, each) for each in pods]
    return [
        within(job, index)
        & disj(
            job.broken[index],
            *(is_ & (coerce(each.index) == index) for is_, each in zip(lost, pods, strict=True)),
        )
        for index in range(len(job.broken))
    ]


def _fails(job: Job, pod: Pod) -> Expr:
    """Whether the failure of a pod is its index's."""
    last = (pod.action != IGNORE) & (coerce(pod.failures) >= job.per_index)
    return pod.lost(job) & ((pod.action == FAIL_INDEX) | last)


def delayed(
    job: Job, pods: Sequence[Pod], done: Sequence[Expr], broken: Sequence[Expr]
) -> list[Expr]:
    """Which failed pods stay until they are replaced, as the new one inherits their count: one of
    each index, the last that failed, of several that are not comparable the first in the list."""
    settled = [
        disj(a, b, *(each.active & (coerce(each.index) == index) for each in pods))
        for index, (a, b) in enumerate(zip(done, broken, strict=True))
    ]
    found: list[Expr] = []
    for position, pod in enumerate(pods):
        over = disj(*((coerce(pod.index) == i) & each for i, each in enumerate(settled)))
        candidate = conj(pod.tracked, valid(job, pod), pod.lost(job), ~over)
        stays = candidate
        for i, other in enumerate(pods[:position]):
            rival = found[i] & (coerce(other.index) == pod.index)
            more = coerce(pod.failures) + pod.ignored >= coerce(other.failures) + other.ignored
            later = more & (coerce(pod.finished) >= other.finished)
            found[i] = found[i] & ~(candidate & rival & later)
            stays = stays & ~(rival & ~later)
        found.append(stays)
    return found


def pending(
    job: Job, pods: Sequence[Pod], done: Sequence[Expr], broken: Sequence[Expr]
) -> list[Expr]:
    """Which indexes have no pod, and need one. With podReplacementPolicy Failed one that is
    terminating counts."""
    found = []
    for index, is_done in enumerate(done):
        taken = [
            (coerce(each.index) == index)
            & (each.active | (coerce(job.replaces_failed) & each.terminating))
            for each in pods
        ]
        fails = broken[index] if broken else False
        found.append(within(job, index) & ~disj(is_done, fails, *taken))
    return found


def first(needed: Sequence[Expr], count: Literalish) -> list[Expr]:
    """The first few of those."""
    return [
        among(each, add(*(ite(before, 1, 0) for before in needed[:index]), 0), count)
        for index, each in enumerate(needed)
    ]


def among(needed: Expr, before: Literalish, count: Literalish) -> Expr:
    """Whether an index is one of the first few, if so many before it need a pod as well."""
    return needed & (coerce(before) < count)


def inherited(pods: Sequence[Pod], stays: Sequence[Expr], index: int) -> Replaced:
    """What a new pod of an index inherits; `stays`: see `delayed`."""
    failures, ignored = integer(0), integer(0)
    for each, is_ in zip(pods, stays, strict=True):
        here = is_ & (coerce(each.index) == index)
        counts = ite(each.action == IGNORE, 0, 1)
        failures = ite(here, coerce(each.failures) + counts, failures)
        ignored = ite(here, coerce(each.ignored) + 1 - counts, ignored)
    return Replaced(failures, ignored)


def cooling(pods: Sequence[Pod], stays: Sequence[Expr], index: int) -> Expr:
    """Whether the pause after the failure of an index is not over."""
    return disj(
        *(
            is_ & (coerce(each.index) == index) & each.cooling
            for each, is_ in zip(pods, stays, strict=True)
        )
    )


def satisfied(job: Job, done: Sequence[Expr]) -> Expr:
    """Whether some rule of successPolicy is met."""
    return disj(*(_met(job, rule, done) for rule in job.success)) & disj(*done)


def _met(job: Job, rule: SuccessRule, done: Sequence[Expr]) -> Expr:
    if rule.indexes is None:
        return number(done) >= (0 if rule.at_least is None else rule.at_least)
    asked = [within(job, i) for i in range(len(done)) if i in rule.indexes]
    has = number([is_ for i, is_ in enumerate(done) if i in rule.indexes])
    enough = has == number(asked)
    if rule.at_least is not None:
        enough = enough | (has >= rule.at_least)
    return disj(*asked) & enough


def within(job: Job, index: int) -> Expr:
    """Whether an index is one of those that the Job has now."""
    return coerce(job.completions) > index
