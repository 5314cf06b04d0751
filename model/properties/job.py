"""Properties of Jobs and CronJobs."""

from __future__ import annotations

from model.apiserver.jobs import Jobs, succeeds
from model.apiserver.objects import ABSENT, TERMINATING, Cluster
from model.ir.expr import FALSE, TRUE, Expr, boolean, conj, disj, element, integer, ite
from model.ir.quantifier import count, exists, forall
from model.ir.system import Property


def state(cluster: Cluster) -> Jobs:
    """The Jobs of a workload that is one."""
    assert cluster.jobs is not None
    return cluster.jobs


def is_there(cluster: Cluster, r: Expr) -> Expr:
    """Whether it is a Job of the own workload, and there."""
    return cluster.exists[r] & cluster.owned(r)


def enough(cluster: Cluster, r: Expr) -> Expr:
    """Whether as many pods of a Job have succeeded as it, or a rule of its successPolicy, asks
    for."""
    from model.controllers import indexes, jobs

    found, spec = state(cluster), state(cluster).spec
    if found.succeeded is not None:
        return found.succeeded[r] >= spec.enough
    assert found.Index is not None
    assert found.done is not None
    keys = [element(found.Index, name) for name in found.Index.elements]
    done = [found.done[r, key] for key in keys]
    rules = tuple(
        jobs.SuccessRule(None if e.indexes is None else frozenset(e.indexes), e.at_least)
        for e in spec.success
    )
    asked = jobs.Job(spec.parallelism, spec.enough, indexed=True, success=rules)
    return conj(*done) | indexes.satisfied(asked, done)


def own_failures(cluster: Cluster) -> Expr | None:
    """How many pods have failed by themselves; None where that has no limit."""
    left = state(cluster).failures_left
    if not cluster.scenario.change.succeeds:
        return None
    return integer(0) if left is None else left.type.hi - left


def excused(cluster: Cluster, r: Expr) -> Expr:
    """Whether a Job has failed for a reason that it gives itself: its deadline, a rule of its
    podFailurePolicy, or more failures of its own pods than it allows; with a limit of 0, any."""
    spec, ending, own = state(cluster).spec, state(cluster).ending[r], own_failures(cluster)
    backoff, index = TRUE, TRUE
    if own is not None:
        least = max(1, spec.backoff) if spec.restarts else spec.backoff + 1
        backoff = boolean(spec.backoff == 0) | (own >= least)
        by_rule = any(rule.action == "FailIndex" for rule in spec.failure)
        index = boolean(spec.per_index == 0 or by_rule) | (own > (spec.per_index or 0))
    return disj(
        ending.is_in("DeadlineExceeded", "PodFailurePolicy"),
        conj(ending.is_in("BackoffLimitExceeded"), backoff),
        conj(ending.is_in("FailedIndexes", "MaxFailedIndexesExceeded"), index),
    )


def well_over(cluster: Cluster, r: Expr) -> Expr:
    """Whether a Job is over as it should be: complete, or failed for a reason of its own."""
    found = state(cluster)
    good = ite(succeeds(found.ending[r]), enough(cluster, r), excused(cluster, r))
    return found.over[r] & good


def is_deleted(cluster: Cluster, r: Expr) -> Expr:
    """Whether a Job is being deleted."""
    return FALSE if cluster.deleted is None else cluster.deleted.waiting(r)


def job_completes(name: str, text: str, cluster: Cluster) -> Property:
    """Every Job is over in the end, unless the user leaves it suspended, or it is deleted: with the
    condition Complete, and as many succeeded pods as it asks for; or with the condition Failed, if
    its activeDeadlineSeconds are past, a rule of its podFailurePolicy says so, or its pods failed
    by themselves more often than backoffLimit (or backoffLimitPerIndex) allows, where 0 allows none
    for whatever reason. Pods that were lost with their node, evicted or driven off it have not
    failed by themselves."""
    suspended = cluster.in_stages(lambda stage: stage.paused)
    done = suspended | forall(
        cluster.ReplicaSet,
        lambda r: ~is_there(cluster, r) | well_over(cluster, r) | is_deleted(cluster, r),
    )
    return Property(
        name,
        "always eventually",
        done,
        witness=cluster.some_own(cluster.is_active),
        text=text,
        occasion="a pod of the Job is there",
    )


def counted(cluster: Cluster, p: Expr, r: Expr) -> Expr:
    """Whether a pod is one of those that a Job may have so many of at a time."""
    there = cluster.is_active(p)
    if state(cluster).spec.replaces_failed:
        there = there | (cluster.phase[p] == TERMINATING)
    return there & (cluster.owner[p] == r)


def job_parallelism_bounded(name: str, text: str, cluster: Cluster) -> Property:
    """A Job never has more pods than `parallelism` that are pending or running and are not being
    deleted, none once it is over, and never two for one completion index. Pods that are being
    deleted may still run beside them, unless podReplacementPolicy is Failed: then they count as
    well."""
    found = state(cluster)

    def number(r: Expr) -> Expr:
        return count(cluster.Pod, lambda p: counted(cluster, p, r))

    twice = FALSE
    if found.Index is not None:
        twice = exists(
            cluster.ReplicaSet,
            lambda r: exists(found.Index, lambda i: _of_index(cluster, r, i) > 1),  # type: ignore[arg-type]
        )
    most = found.spec.at_once
    return Property(
        name,
        "always",
        forall(
            cluster.ReplicaSet,
            lambda r: (
                ~cluster.owned(r) | (number(r) <= ite(found.over[r], 0, found.spec.parallelism))
            ),
        )
        & ~twice,
        witness=exists(cluster.ReplicaSet, lambda r: cluster.owned(r) & (number(r) == most)),
        text=text,
        occasion="a Job has as many pods as it may have",
    )


def _of_index(cluster: Cluster, r: Expr, i: Expr) -> Expr:
    index = state(cluster).index
    assert index is not None
    return count(cluster.Pod, lambda p: counted(cluster, p, r) & (index[p] == i))


def unfinished(cluster: Cluster, r: Expr) -> Expr:
    """Whether a Job is there and not over."""
    return cluster.exists[r] & ~state(cluster).over[r]


def cron_concurrency_respected(name: str, text: str, cluster: Cluster) -> Property:
    """Never are two Jobs of a CronJob there that are not over, with concurrencyPolicy Forbid or
    Replace. With Forbid there never are pods of two of them either; with Replace pods of the Job
    that was replaced may run on beside those of the next one until they have stopped."""
    spec = cluster.scenario.workload.cron
    assert spec is not None
    several = count(cluster.ReplicaSet, lambda r: unfinished(cluster, r)) > 1
    if spec.policy == "Forbid":
        several = several | (count(cluster.ReplicaSet, lambda r: has_pods(cluster, r)) > 1)
    due = next(f for f in cluster.builder.functions if f.name == "runsDue")
    last = next(f for f in cluster.builder.functions if f.name == "lastRun")
    waits = due() > last()
    return Property(
        name,
        "always",
        ~several,
        witness=waits & exists(cluster.ReplicaSet, lambda r: unfinished(cluster, r)),
        text=text,
        occasion="a run of the schedule is due while a Job is not over",
    )


def has_pods(cluster: Cluster, r: Expr) -> Expr:
    """Whether a Job has pods that have not ended, those that are being deleted included."""
    return exists(cluster.Pod, lambda p: (cluster.phase[p] != ABSENT) & (cluster.owner[p] == r))
