"""What the last state of a violation says of Jobs and CronJobs."""

from __future__ import annotations

from collections.abc import Iterator

from model.apiserver.jobs import succeeds
from model.apiserver.objects import TERMINATING, Cluster
from model.instance import Remark
from model.ir.reading import Element, Reading
from model.properties import job
from model.words import counted, listed, verb

#: Reason of an end to the field that decides it.
_FIELDS = {
    "BackoffLimitExceeded": "spec.backoffLimit",
    "PodFailurePolicy": "spec.podFailurePolicy",
    "DeadlineExceeded": "spec.activeDeadlineSeconds",
    "FailedIndexes": "spec.backoffLimitPerIndex",
    "MaxFailedIndexesExceeded": "spec.maxFailedIndexes",
}


def unfinished(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """Why Jobs are not over as they should be."""
    jobs = reading.those(
        cluster.ReplicaSet, lambda r: job.is_there(cluster, r) & ~job.well_over(cluster, r)
    )
    for r in jobs:
        reason = reading.shown(lambda r: job.state(cluster).ending[r], r)
        if reason == "None":
            yield Remark(f"Job {r} goes on: {_counts(cluster, reading, r)}", ())
            continue
        yield from _ended(cluster, reading, r, reason)


def _ended(cluster: Cluster, reading: Reading, r: Element, reason: str) -> Iterator[Remark]:
    """A Job that is to end, for a reason."""
    state = job.state(cluster)
    good = reading.value(lambda r: succeeds(state.ending[r]), r)
    word = "is to be complete" if good else "has failed"
    counts = _counts(cluster, reading, r)
    if good and not reading.value(lambda r: job.enough(cluster, r), r):
        yield Remark(f"Job {r} {word} ({reason}), but {counts}", ("spec.completions",))
    elif not good and not reading.value(lambda r: job.excused(cluster, r), r):
        if reason == "BackoffLimitExceeded" and _restarted(cluster, reading, r):
            limit = max(1, state.spec.backoff)
            counts = f"containers of its pods were started again {counted(limit, 'time')} or more"
        yield Remark(f"Job {r} {word} ({reason}): {counts}", (_FIELDS[reason],))
        yield from _disruptions(cluster, reading, _restarted(cluster, reading, r))
    gone = reading.those(
        cluster.Pod,
        lambda p, r: (cluster.owner[p] == r) & (cluster.phase[p] == TERMINATING),
        r,
    )
    if gone:
        waits = verb(gone, "is gone, which is", "are gone, which are")
        text = f"Job {r} is not over before {listed(gone)} {waits} being deleted"
        yield Remark(text, ("spec.faults.nodesReturn",))


def _restarted(cluster: Cluster, reading: Reading, r: Element) -> bool:
    """Whether restarts of containers, not failures of pods, are too many."""
    state = job.state(cluster)
    if not state.spec.restarts or state.failed is None:
        return False
    return reading.value(state.failed.__getitem__, r) <= state.spec.backoff


def _disruptions(cluster: Cluster, reading: Reading, restarted: bool) -> Iterator[Remark]:
    """How many of the failures were none of the pods' own."""
    state, own = job.state(cluster), job.own_failures(cluster)
    if own is None:
        return
    number = reading.value(lambda: own)
    if restarted:
        text = "none of these restarts followed a failure: their node had crashed"
        if number:
            text = f"only {number} of these restarts followed a failure, the others a node's crash"
        yield Remark(text, ("spec.faults.nodeCrashes",))
        return
    said = f"only {number} of these failed by {verb(number, 'itself', 'themselves')}, the others"
    if not number:
        said = "none of these failed by itself: they"
    text = f"{said} were evicted, driven off their node or lost with it"
    fields = () if state.spec.restarts else ("spec.podFailurePolicy",)
    yield Remark(text, fields)


def _counts(cluster: Cluster, reading: Reading, r: Element) -> str:
    """How far a Job has come."""
    state, spec = job.state(cluster), job.state(cluster).spec
    if state.succeeded is not None:
        done = reading.value(lambda r: state.succeeded[r], r)  # type: ignore[index]
        said = f"{counted(done, 'pod')} of {spec.enough} {verb(done, 'has', 'have')} succeeded"
    else:
        assert state.Index is not None
        done = len(
            reading.those(state.Index, lambda i, r: state.done[r, i], r)  # type: ignore[index]
        )
        said = (
            f"{done} of {counted(spec.enough, 'index', 'indexes')} {verb(done, 'is', 'are')} done"
        )
    if state.failed is not None:
        failed = reading.value(lambda r: state.failed[r], r)  # type: ignore[index]
        most = " or more" if failed == state.most_failures else ""
        said += f", {failed}{most} {verb(failed, 'has', 'have')} failed"
        said += f" (backoffLimit {spec.backoff})"
    return said


def beyond(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """Jobs that have more pods than they may have."""
    spec, index = job.state(cluster).spec, job.state(cluster).index
    fields: tuple[str, ...] = ("spec.parallelism", "spec.podReplacementPolicy")
    for r in reading.those(cluster.ReplicaSet, lambda r: job.is_there(cluster, r)):
        pods = reading.those(cluster.Pod, lambda p, r: job.counted(cluster, p, r), r)
        if pods and reading.value(job.state(cluster).over.__getitem__, r):
            yield Remark(f"Job {r} is over, and {listed(pods)} {verb(pods, 'is', 'are')} left", ())
        elif len(pods) > spec.parallelism:
            gone = ", those that are being deleted included," if spec.replaces_failed else ""
            text = f"Job {r} has {len(pods)} pods{gone} and parallelism {spec.parallelism}"
            yield Remark(f"{text}: {listed(pods)}", fields)
        if index is None:
            continue
        held: dict[str, list[Element]] = {}
        for p in pods:
            held.setdefault(reading.shown(index.__getitem__, p), []).append(p)
        for i, those in held.items():
            if len(those) > 1:
                yield Remark(f"{listed(those)} both have index {i} of Job {r}", fields)


def several(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """Jobs of a CronJob that are there at the same time, and Jobs with pods."""
    spec = cluster.scenario.workload.cron
    assert spec is not None
    fields = ("spec.concurrencyPolicy",)
    running = reading.those(cluster.ReplicaSet, lambda r: job.unfinished(cluster, r))
    if len(running) > 1:
        text = f"Jobs {listed(running)} are not over, and concurrencyPolicy is {spec.policy}"
        yield Remark(text, fields)
    pods = reading.those(cluster.ReplicaSet, lambda r: job.has_pods(cluster, r))
    if spec.policy == "Forbid" and len(pods) > 1:
        yield Remark(f"Jobs {listed(pods)} have pods at the same time", fields)
