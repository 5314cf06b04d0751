"""Which pods of a Job are counted and released at the end of a sync.

A pod keeps its finalizer until it is counted: first the status lists it, then the finalizer goes,
then it is counted and listed no more. The same text is read on numbers and on expressions.

Source: kubernetes v1.36.3 `pkg/controller/job/job_controller.go`
(trackJobStatusAndRemoveFinalizers, canRemoveFinalizer, cleanUncountedPodsWithoutFinalizers).
"""

from __future__ import annotations

from collections.abc import Sequence

from model.apiserver.jobs import NOT_YET, succeeds
from model.controllers import indexes
from model.controllers.failures import IGNORE
from model.controllers.jobs import Job, Pod, number
from model.ir.expr import FALSE, TRUE, Expr, coerce, conj, disj, ite


def released(job: Job, pod: Pod, final: Expr, delay: Expr) -> Expr:
    """Whether a pod loses its finalizer at the end of a sync; `final` is why the Job ends."""
    over = disj(job.deleting, final != NOT_YET, pod.succeeded, conj(pod.lost(job), ~delay))
    return conj(pod.tracked, over)


class Tracking:
    """Which pods are counted and released, and what is counted then."""

    def __init__(self, job: Job, pods: Sequence[Pod], final: Expr, delays: Sequence[Expr]) -> None:
        self._job = job
        pairs = list(zip(pods, delays, strict=True))
        self.releases = [released(job, each, final, delay) for each, delay in pairs]
        failing = (final != NOT_YET) & ~succeeds(final)
        fresh_succeeded, fresh_failed, counted = [], [], []
        for each, out in zip(pods, self.releases, strict=True):
            first = conj(out, each.succeeded, ~coerce(each.noted_failed))
            fresh_succeeded.append(first & ~coerce(each.noted_succeeded))
            fails = each.lost(job) | (failing & ~coerce(each.succeeded))
            fresh_failed.append(
                conj(out, fails, ~coerce(each.noted_failed), indexes.valid(job, each))
                & (each.action != IGNORE)
            )
            counted.append(indexes.valid(job, each) & _unlisted(job, each) & first)
        self._all = list(zip(pods, self.releases, strict=True))
        self._fresh_succeeded = [FALSE for _ in pods] if job.indexed else fresh_succeeded
        self._fresh_failed = fresh_failed
        #: Whether the first write has something that the status did not.
        self.notes = disj(*(counted if job.indexed else fresh_succeeded), *fresh_failed)
        #: Whether it counts pods that it had listed and that are gone, or were released before.
        gone = (coerce(job.gone_succeeded) > 0) | (coerce(job.gone_failed) > 0)
        listed = [disj(each.noted_succeeded, each.noted_failed) for each in pods]
        known = list(zip(listed, pods, strict=True))
        self.cleans = disj(gone, *(is_ & ~coerce(each.tracked) for is_, each in known))
        outs = list(zip(listed, self._all, strict=True))
        #: Whether some that are listed stay so, as they keep the finalizer.
        self.remains = disj(*(conj(is_, each.tracked, ~out) for is_, (each, out) in outs))
        self.counts = disj(
            *(is_ & out for is_, (_, out) in outs), *self._fresh_succeeded, *fresh_failed
        )

    @property
    def noted_succeeded(self) -> list[Expr]:
        """The pods that the first write lists as succeeded."""
        return [
            conj(each.tracked, each.noted_succeeded) | fresh
            for (each, _), fresh in zip(self._all, self._fresh_succeeded, strict=True)
        ]

    @property
    def noted_failed(self) -> list[Expr]:
        return [
            conj(each.tracked, each.noted_failed) | fresh
            for (each, _), fresh in zip(self._all, self._fresh_failed, strict=True)
        ]

    def succeeded(self, done: Sequence[Expr]) -> Expr:
        """`status.succeeded` in the end."""
        if self._job.indexed:
            return number(done)
        noted = zip(self._all, self._fresh_succeeded, strict=True)
        left = [
            fresh | conj(each.noted_succeeded, ~coerce(each.tracked) | out)
            for (each, out), fresh in noted
        ]
        return coerce(self._job.succeeded) + self._job.gone_succeeded + number(left)

    @property
    def failed(self) -> Expr:
        """`status.failed` in the end."""
        noted = zip(self._all, self._fresh_failed, strict=True)
        left = [
            fresh | conj(each.noted_failed, ~coerce(each.tracked) | out)
            for (each, out), fresh in noted
        ]
        return coerce(self._job.failed) + self._job.gone_failed + number(left)


def _unlisted(job: Job, pod: Pod) -> Expr:
    """Whether the index of a pod was not completed before."""
    found = TRUE
    for index, before in enumerate(job.completed):
        found = ite(coerce(pod.index) == index, ~coerce(before), found)
    return found
