"""How pods of Jobs end: their kubelet reports that they have succeeded, failed or stopped.

A pod succeeds when its containers have ended with 0. Where one ends otherwise, restartPolicy
decides: with Never the pod has failed, with OnFailure the container is started again. That is a
fault, of which a scenario allows so many, unless it says that pods never succeed.

Source: kubernetes v1.36.3 `pkg/kubelet/kubelet_pods.go` (getPhase),
`pkg/kubelet/container/helpers.go` (ShouldContainerBeRestarted).

A pod whose containers are told to stop and then end with 0 has succeeded; that counts where it has
not been counted as failed before, which is where podReplacementPolicy is Failed.

Omits: pods with an activeDeadlineSeconds of their own, readiness; where podReplacementPolicy is not
Failed, a controller so late that it sees a pod's deletion and its success at once.
"""

from __future__ import annotations

from model.apiserver import requests
from model.apiserver.jobs import COUNTED, Jobs, failures, runs, suffix
from model.apiserver.objects import TERMINATING, Cluster, pod
from model.ir.expr import TRUE
from model.node.kubelet import DELETED_PODS_LINGER, NAME

OMISSIONS = (
    "a pod of a Job that has succeeded before the controller sees that it was to be deleted",
    "a Job's pods are ready as soon as they run",
)


def add(cluster: Cluster) -> None:
    """Adds the ends of pods, where the workload is a Job."""
    if cluster.jobs is None:
        return
    cluster.builder.omit(*OMISSIONS)
    if cluster.scenario.change.succeeds:
        _succeed(cluster, cluster.jobs)
    else:
        _fail(cluster, cluster.jobs)
    if cluster.jobs.spec.replaces_failed:
        _stop(cluster, cluster.jobs)


def _succeed(cluster: Cluster, jobs: Jobs) -> None:
    p = pod(cluster)
    cluster.builder.action(
        "pod succeeds",
        NAME,
        (p,),
        runs(cluster, p),
        [*requests.remove(cluster, p), *jobs.count_success(p)],
        fairness="weak",
        fair_for=(p,),
        text="{pod} has succeeded, and takes no room any more",
        why="its containers have ended with exit code 0",
    )


def _fail(cluster: Cluster, jobs: Jobs) -> None:
    p = pod(cluster)
    for failure in failures(cluster, jobs, p):
        cluster.builder.action(
            failure.name,
            NAME,
            (p,),
            failure.when,
            failure.updates,
            fairness="weak",
            fair_for=(p,),
            text=failure.text,
            why="spec.scenario says that pods never succeed",
        )


def _stop(cluster: Cluster, jobs: Jobs) -> None:
    """Where only pods that have ended are replaced, a deleted one counts when it has stopped."""
    if cluster.mutated(DELETED_PODS_LINGER):
        return
    p = pod(cluster)
    counts = TRUE if jobs.released is None else ~jobs.released[p]
    for outcome in jobs.stops:
        cluster.builder.action(
            f"pod stopped{suffix(outcome)}",
            NAME,
            (p,),
            (cluster.phase[p] == TERMINATING)
            & cluster.is_own(p)
            & requests.looked_after(cluster, p),
            [*requests.remove(cluster, p), *jobs.count_failure(p, outcome, counts)],
            fairness="weak",
            fair_for=(p,),
            text=f"{{pod}} has stopped: it has failed{COUNTED[outcome]}",
            why="{pod} was deleted, and its containers have ended",
        )
    if not cluster.scenario.change.succeeds:
        return
    cluster.builder.action(
        "stopped pod succeeds",
        NAME,
        (p,),
        (cluster.phase[p] == TERMINATING) & requests.looked_after(cluster, p),
        [*requests.remove(cluster, p), *jobs.count_success(p, counts)],
        fairness="weak",
        fair_for=(p,),
        text="{pod} has stopped: it has succeeded",
        why="{pod} was deleted, and its containers have ended with exit code 0",
    )
