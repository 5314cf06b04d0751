"""The properties by their stable names: one row each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from model.apiserver.objects import Cluster
from model.instance import Remark
from model.invariant import Invariant
from model.ir.system import State, System
from model.plugins import spreading
from model.properties import (
    autoscaling,
    concerns,
    controlplane,
    daemonset,
    deletion,
    job,
    liveness,
    promises,
    quota,
    safety,
    services,
    spread,
    statefulset,
)
from model.properties.contract import Row
from model.properties.remarks import autoscaling as of_autoscalers
from model.properties.remarks import deletion as deleted
from model.properties.remarks import job as of_jobs
from model.properties.remarks import liveness as missing
from model.properties.remarks import quota as of_quotas
from model.properties.remarks import safety as broken
from model.properties.remarks import services as of_services
from model.properties.remarks import spread as apart
from model.scenario import Scenario

if TYPE_CHECKING:
    from model.edits.contract import Shift

_LIMITS = "spec.strategy.rollingUpdate"
_STRATEGY = (_LIMITS, "spec.strategy", "spec.replicas")
#: What `Row.eased` is of who wants a number of pods that grows with the replicas.
_FEWER: Mapping[str, Shift] = {"spec.replicas": -1}

PROPERTIES: dict[str, Row] = {
    **controlplane.PROPERTIES,
    "replicas-converge": Row(
        "once changes and faults stop, ready replicas = desired replicas, for good",
        "liveness",
        concerns.lasting,
        liveness.replicas_converge,
        ("spec.replicas",),
        eased=_FEWER,
        remark=missing.short_of_ready,
    ),
    "rollout-completes": Row(
        "a started rollout reaches its new revision",
        "liveness",
        concerns.rollouts,
        liveness.rollout_completes,
        _STRATEGY,
        eased=_FEWER,
        remark=missing.short_of_new,
    ),
    "rollback-completes": Row(
        "a reverted template is reached again",
        "liveness",
        concerns.rollbacks,
        liveness.rollback_completes,
        _STRATEGY,
        eased=_FEWER,
        remark=missing.short_of_old,
    ),
    "rollout-keeps-available": Row(
        "without involuntary faults, available >= desired - maxUnavailable throughout",
        "safety",
        concerns.rolling_updates,
        safety.rollout_keeps_available,
        _STRATEGY,
        eased={"spec.replicas": -1, f"{_LIMITS}.maxUnavailable": 1},
        remark=broken.keeps_available,
    ),
    "surge-bounded": Row(
        "ReplicaSets never ask for more than desired + maxSurge",
        "safety",
        concerns.deployment_rollouts,
        safety.surge_bounded,
        _STRATEGY,
        eased={f"{_LIMITS}.maxSurge": 1},
        remark=broken.surge_bounded,
    ),
    "every-pod-scheduled": Row(
        "a pending pod is eventually bound",
        "liveness",
        concerns.waiting,
        liveness.every_pod_scheduled,
        ("spec.replicas",),
        eased=_FEWER,
        remark=missing.unscheduled,
    ),
    "some-node-up": Row(
        "pods that take their nodes down never take all of them down",
        "safety",
        concerns.overloads,
        safety.some_node_up,
        ("spec.replicas",),
        remark=broken.some_node_up,
    ),
    "no-overcommit": Row(
        "requests on a node never exceed what it can allocate",
        "safety",
        concerns.anything,
        safety.no_overcommit,
        ("spec.template.spec.containers[*].resources.requests",),
        remark=broken.no_overcommit,
    ),
    "no-lost-update": Row(
        "no write overwrites a version that its writer had not seen",
        "safety",
        concerns.late_writers,
        safety.no_lost_update,
        remark=broken.no_lost_update,
    ),
    "budget-respected": Row(
        "voluntary disruptions never take a workload below its PodDisruptionBudget",
        "safety",
        concerns.guarded,
        safety.budget_respected,
        eased={"spec.minAvailable": -1, "spec.maxUnavailable": 1},
        remark=broken.budget_respected,
    ),
    "drain-completes": Row(
        "a drained node becomes empty",
        "liveness",
        concerns.drains,
        liveness.drain_completes,
        ("spec.replicas",),
        remark=missing.occupied,
    ),
    "maintenance-keeps-available": Row(
        "while nodes are drained one at a time, without involuntary faults, "
        "available >= desired - 1",
        "safety",
        concerns.maintenance,
        safety.maintenance_keeps_available,
        ("spec.replicas",),
        eased=_FEWER,
        remark=broken.maintenance,
    ),
    "no-eviction-loop": Row(
        "no pod is evicted for a taint, or rejected or deleted because of its nodeName, for ever",
        "liveness",
        concerns.loops,
        liveness.no_eviction_loop,
        ("spec.template.spec.nodeName", "spec.template.spec.tolerations"),
        remark=missing.evicted_for_ever,
    ),
    "placement-respected": Row(
        "bound pods respect node selectors, required node affinity and taints",
        "safety",
        concerns.anything,
        safety.placement_respected,
        ("spec.template.spec.nodeSelector", "spec.template.spec.tolerations"),
        remark=broken.placement_respected,
    ),
    "revisions-never-overlap": Row(
        "under strategy Recreate, pods of two revisions never exist at the same time",
        "safety",
        concerns.recreations,
        safety.revisions_never_overlap,
        ("spec.strategy.type",),
        remark=broken.never_overlap,
    ),
    "no-duplicate-pods": Row(
        "a ReplicaSet never has more active pods than the workload has replicas, or, where a "
        "rollout is scaled or paused, replicas + maxSurge",
        "safety",
        concerns.replicasets,
        safety.no_duplicate_pods,
        ("spec.replicas",),
        remark=broken.no_duplicates,
    ),
    "deletion-completes": Row(
        "a workload that is deleted is gone in the end, with all it owned that it is not to leave",
        "liveness",
        concerns.deletions,
        deletion.deletion_completes,
        remark=deleted.left,
    ),
    "orphans-stay": Row(
        "without involuntary faults, a workload that is deleted with orphaning leaves a pod",
        "safety",
        concerns.orphanings,
        deletion.orphans_stay,
        remark=deleted.nothing_left,
    ),
    "pause-respected": Row(
        "a paused Deployment gets no ReplicaSet for a template that it has had only while paused",
        "safety",
        concerns.pauses,
        safety.pause_respected,
        remark=broken.not_paused,
    ),
    "nobody-else-scales": Row(
        "once an autoscaler has set the replicas, nobody else changes them, but to switch it off; "
        "nobody scales what a Deployment that is deleted with orphaning has left",
        "safety",
        autoscaling.scaled_by_hand,
        autoscaling.nobody_else_scales,
        ("spec.replicas",),
        remark=of_autoscalers.overruled,
    ),
    "autoscaler-settles": Row(
        "once the load stays as it is, autoscalers come to leave the replicas as they are",
        "liveness",
        autoscaling.autoscaled,
        autoscaling.autoscaler_settles,
        ("spec.replicas",),
        remark=of_autoscalers.unsettled,
    ),
    "scale-down-spares-ready": Row(
        "a ReplicaSet that scales down deletes no ready pod while it has one that is not ready",
        "safety",
        concerns.shrinking,
        safety.scale_down_spares_ready,
        remark=broken.spares_ready,
    ),
    "quota-respected": Row(
        "no more pods count than a ResourceQuota of their namespace lets in",
        "safety",
        concerns.quotas,
        quota.quota_respected,
        ("spec.replicas",),
        remark=of_quotas.exceeded,
    ),
    "spread-kept-after-rollout": Row(
        "once a rollout is complete, hard topology spread constraints hold for the pods there are",
        "safety",
        concerns.spreads,
        spread.spread_kept_after_rollout,
        (spreading.FIELD, "spec.strategy.rollingUpdate"),
        remark=apart.uneven,
    ),
    "at-most-one-per-identity": Row(
        "a StatefulSet identity never runs twice",
        "safety",
        concerns.identities,
        statefulset.at_most_one_per_identity,
        ("spec.template.spec.terminationGracePeriodSeconds",),
        remark=broken.one_identity,
    ),
    "revision-partitioned": Row(
        "pods of a StatefulSet below the partition never have the new revision",
        "safety",
        concerns.partitions,
        statefulset.revision_partitioned,
        ("spec.updateStrategy.rollingUpdate.partition",),
        remark=broken.partitioned,
    ),
    "daemon-on-every-node": Row(
        "once changes and faults stop, every node that a DaemonSet wants a pod on and that is up "
        "has a ready one, for good",
        "liveness",
        concerns.daemons,
        daemonset.daemon_on_every_node,
        ("spec.template.spec.containers[*].resources.requests", "spec.updateStrategy"),
        remark=missing.unserved,
    ),
    "job-completes": Row(
        "a Job completes in the end, or fails for a reason that it gives itself",
        "liveness",
        concerns.jobs,
        job.job_completes,
        (
            "spec.backoffLimit",
            "spec.backoffLimitPerIndex",
            "spec.podFailurePolicy",
            "spec.podReplacementPolicy",
            "spec.template.spec.containers[*].resources.requests",
        ),
        remark=of_jobs.unfinished,
    ),
    "job-parallelism-bounded": Row(
        "a Job never has more pods at a time than its parallelism, none once it is over, nor two "
        "of one index",
        "safety",
        concerns.jobs,
        job.job_parallelism_bounded,
        ("spec.parallelism", "spec.podReplacementPolicy"),
        eased={"spec.podReplacementPolicy": -1},
        remark=of_jobs.beyond,
    ),
    "cron-concurrency-respected": Row(
        "no two Jobs of a CronJob run at the same time, unless concurrencyPolicy is Allow",
        "safety",
        concerns.exclusive,
        job.cron_concurrency_respected,
        ("spec.concurrencyPolicy",),
        remark=of_jobs.several,
    ),
    "service-always-answers": Row(
        "without involuntary faults, requests to a Service find a pod that takes them",
        "safety",
        promises.answered,
        services.service_always_answers,
        (of_services.HOOK, "spec.strategy", "spec.replicas"),
        remark=of_services.unanswered,
    ),
    "no-traffic-to-stopped": Row(
        "without involuntary faults, no request to a Service goes to a pod that was told to stop",
        "safety",
        concerns.services,
        services.no_traffic_to_stopped,
        (of_services.HOOK, of_services.GRACE),
        remark=of_services.into_the_void,
    ),
}


def rows(scenario: Scenario) -> Mapping[str, Row]:
    """The properties of a scenario by their names: those of the table, and what its user claims."""
    if not scenario.invariants:
        return PROPERTIES
    # Few have any, and what reads expressions costs milliseconds to import.
    from model.properties.invariants.claims import row

    return PROPERTIES | {each.name: row(each) for each in scenario.invariants}


def scales(invariant: Invariant) -> bool:
    """Whether what a user claims is said of every size alike."""
    from model.properties.invariants.claims import of

    return of(invariant).scales


def remarks(cluster: Cluster, system: System, state: State, name: str) -> tuple[Remark, ...]:
    """How a state breaks a property, most telling first; unless that is a safety property of the
    table, first why things wait, and in the end how far from it that is."""
    # Most runs violate nothing, and the words for it cost milliseconds to import.
    from model.ir.reading import Reading

    row = rows(cluster.scenario).get(name)
    cluster, reading = cluster.closed(state), Reading(system, state)
    said = tuple(row.remark(cluster, reading)) if row and row.remark else ()
    if row and row.kind == "safety":
        return said
    from model.properties.remarks import waiting

    return *waiting.remarks(cluster, reading), *said
