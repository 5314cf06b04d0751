"""What the end of a pod is to its Job: how many have succeeded, and what a failure counts for.

Source: kubernetes v1.36.3 `pkg/controller/job/job_controller.go` (isPodFailed, getFailJobMessage,
getNewFinishedPods), `indexed_job_utils.go` (isIndexFailed), `pod_failure_policy.go`. A pod that is
deleted counts as failed at once, unless podReplacementPolicy is Failed: then once it has ended
(`model.controllers.jobs.Pod.lost`). That a node was lost or drained, or a pod driven off it, tells
the condition DisruptionTarget (`pkg/controller/tainteviction/taint_eviction.go`,
`pkg/registry/core/pod/storage/eviction.go`); of a node that was started anew a kubelet knows only
that the containers are gone, and says so with exit code 137 (`pkg/kubelet/kubelet_pods.go`,
convertToAPIContainerStatuses).

Containers end with any exit code, those of pods that are to be deleted too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from model.api.job import FailureRule, Job
from model.apiserver import requests
from model.apiserver.jobs import Jobs
from model.apiserver.objects import Cluster
from model.controllers import failures
from model.controllers.failures import ACTION, ExitCodes, Rule
from model.ir.expr import TRUE, Expr, constant, ite, least, variable
from model.ir.quantifier import count, exists
from model.ir.system import Update, assign
from model.mutation import Mutation

COUNTS_IGNORED = Mutation(
    "job-counts-ignored",
    "the Job controller counts failures that podFailurePolicy ignores",
)

DISRUPTED = ("DisruptionTarget", "True")
#: Exit code of a container that was killed, or of which nothing is known.
KILLED = 137


def add(cluster: Cluster) -> None:
    """Says what happens to the counts of Jobs when pods end, if the workload is one; before any
    component that ends pods."""
    jobs = cluster.jobs
    if jobs is None:
        return
    counts = _Counts(cluster, jobs)
    spec = jobs.spec
    jobs.count_success = counts.success
    jobs.count_failure = counts.failure
    jobs.count_restart = counts.restarted
    jobs.fails = outcomes(spec, codes(spec), ())
    jobs.stops = outcomes(spec, codes(spec), (DISRUPTED,))
    (killed,) = outcomes(spec, (KILLED,), (DISRUPTED,), any_container=False)
    at_once = not spec.replaces_failed

    def lost(p: Expr, gone: Expr) -> list[Update]:
        # One that is being deleted has been counted then.
        return counts.failure(p, killed, cluster.is_active(p) if at_once else gone)

    cluster.losses.append(lost)
    cluster.reboots.append(counts.rebooted)


def codes(spec: Job) -> Sequence[int]:
    """Exit codes of failures of which each other one is like some: those that rules name, and one
    that none does."""
    named = sorted({code for rule in spec.failure for code in rule.codes} - {0})
    return *named, next(code for code in range(1, len(named) + 2) if code not in named)


def outcomes(
    spec: Job,
    exit_codes: Iterable[int],
    conditions: Iterable[tuple[str, str]],
    *,
    any_container: bool = True,
) -> list[str]:
    """What podFailurePolicy may say of a pod of which a container has ended with one of these
    codes: names of `failures.ACTION`, each once; Count where no rule matches. Where it was not
    `any_container`, but all."""
    rules = [_rule(each) for each in spec.failure]
    containers = sorted({rule.container for rule in spec.failure if rule.container} | {""})
    held = dict.fromkeys(conditions, True)
    found: dict[str, None] = {}
    for code in exit_codes:
        if any_container:
            readings = [{name: code} for name in containers]
        else:
            readings = [dict.fromkeys(containers, code)]
        for reading in readings:
            action = failures.matched(rules, reading, held)
            assert isinstance(action.payload, int)
            name = ACTION.values[action.payload]
            found["Count" if name == "None" else name] = None
    return list(found)


def _rule(given: FailureRule) -> Rule:
    asked = None
    if given.within is not None:
        asked = ExitCodes(given.within, frozenset(given.codes), given.container)
    return Rule(constant(ACTION, given.action), asked, frozenset(given.conditions))


class _Counts:
    """The updates of the counts."""

    def __init__(self, cluster: Cluster, jobs: Jobs) -> None:
        self.cluster, self.jobs = cluster, jobs
        self.r = variable("counting", cluster.ReplicaSet)

    def success(self, p: Expr, where: Expr = TRUE) -> list[Update]:
        """A pod has succeeded."""
        jobs, r, mine = self.jobs, self.r, where & self._of(p, self.r)
        if jobs.succeeded is not None:
            more = least(jobs.succeeded[r] + 1, jobs.succeeded.type.hi)
            return [assign(jobs.succeeded[r], more, r, where=mine)]
        assert jobs.Index is not None
        assert jobs.index is not None
        assert jobs.done is not None
        i = variable("counted", jobs.Index)
        return [assign(jobs.done[r, i], True, r, i, where=mine & (jobs.index[p] == i))]

    def _of(self, p: Expr, r: Expr) -> Expr:
        """Whether a pod is of a Job of the own workload, and that is there still."""
        here = (self.cluster.owner[p] == r) & self.cluster.owned(r)
        goes = self.cluster.scenario.workload.cron is not None or self.cluster.deleted is not None
        return here & self.cluster.exists[r] if goes else here

    def failure(self, p: Expr, action: str, where: Expr = TRUE) -> list[Update]:
        """A pod has failed, which counts for what an action of podFailurePolicy says."""
        jobs = self.jobs

        def hit(r: Expr, i: Expr) -> Expr:
            assert jobs.index is not None
            return where & self._of(p, r) & (jobs.index[p] == i)

        return self._failed(action, lambda r: ite(where & self._of(p, r), 1, 0), hit)

    def rebooted(self, n: Expr) -> list[Update]:
        """What becomes of pods that ran on a node when it crashed: where containers are not started
        again they have failed."""
        cluster, jobs = self.cluster, self.jobs
        q = variable("other", cluster.Pod)

        def ran(p: Expr) -> Expr:
            here = (cluster.node[p] == n) & cluster.is_own(p)
            return here & cluster.phase[p].is_in("Running", "Ready")

        if jobs.spec.restarts:
            return [] if jobs.restarts is None else [self.restarted(q, ran(q), q)]

        def hit(r: Expr, i: Expr) -> Expr:
            assert jobs.index is not None
            index = jobs.index
            return exists(cluster.Pod, lambda p: ran(p) & self._of(p, r) & (index[p] == i))

        gone = [
            Update(u.function, (q,), u.value, (q,), ran(q)) for u in requests.remove(cluster, q)
        ]
        (action,) = outcomes(jobs.spec, (KILLED,), (), any_container=False)
        lost = self._failed(
            action, lambda r: count(cluster.Pod, lambda p: ran(p) & self._of(p, r)), hit
        )
        return [*gone, *lost]

    def restarted(self, p: Expr, where: Expr = TRUE, *over: Expr) -> Update:
        """Containers of a pod are started again."""
        restarts = self.jobs.restarts
        assert restarts is not None
        return assign(restarts[p], least(restarts[p] + 1, restarts.type.hi), *over, where=where)

    def _failed(
        self,
        action: str,
        number: Callable[[Expr], Expr],
        hit: Callable[[Expr, Expr], Expr],
    ) -> list[Update]:
        """So many pods of each Job have failed, among them one of each index that is hit."""
        jobs, r = self.jobs, self.r
        if action == "Ignore" and not self.cluster.mutated(COUNTS_IGNORED):
            return []
        found = []
        if jobs.failed is not None:
            more = least(jobs.failed[r] + number(r), jobs.failed.type.hi)
            found.append(assign(jobs.failed[r], more, r))
        if jobs.refused is not None and action == "FailJob":
            found.append(assign(jobs.refused[r], True, r, where=number(r) > 0))
        if jobs.broken is None or jobs.failures is None or jobs.Index is None:
            return found
        i, limit = variable("counted", jobs.Index), jobs.spec.per_index
        assert limit is not None
        before = jobs.failures[r, i]
        last = TRUE if action == "FailIndex" else before >= limit
        more = least(before + 1, jobs.failures.type.hi)
        return [
            *found,
            assign(jobs.broken[r, i], True, r, i, where=hit(r, i) & last),
            assign(jobs.failures[r, i], more, r, i, where=hit(r, i)),
        ]
