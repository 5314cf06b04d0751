"""The properties by their stable names: one row each."""

from __future__ import annotations

from model.api.steps import Drain, PutTaint, Suspend
from model.apiserver import floor
from model.apiserver.objects import Cluster, spares_ready
from model.apiserver.room import rejects
from model.controllers.disruption import computed
from model.controllers.podgc import orphans
from model.controllers.tainteviction import drives_out
from model.instance import Remark
from model.ir.system import State, System
from model.plugins import spreading
from model.properties import daemonset, job, liveness, quota, safety, spread, statefulset
from model.properties.contract import Row
from model.properties.remarks import job as of_jobs
from model.properties.remarks import liveness as missing
from model.properties.remarks import quota as of_quotas
from model.properties.remarks import safety as broken
from model.properties.remarks import spread as apart
from model.scenario import Scenario
from model.stages import stages


def _any(_: Scenario) -> bool:
    return True


def _rollout(scenario: Scenario) -> bool:
    return scenario.change.rolls


def _rolls(scenario: Scenario) -> bool:
    """Whether a controller replaces the pods of an old revision."""
    kind = scenario.workload.stateful or scenario.workload.daemon
    return _rollout(scenario) and not (kind and kind.on_delete)


def _deployment(scenario: Scenario) -> bool:
    return scenario.workload.kind == "Deployment"


def _stateful(scenario: Scenario) -> bool:
    return scenario.workload.stateful is not None


def _pending(scenario: Scenario) -> bool:
    """Whether pods are made in the scenario that have to be bound: nobody replaces those of a
    DaemonSet whose node is lost, those that nothing controls, those that update strategy OnDelete
    leaves alone, nor those of a Job of which none may fail."""
    if _rollout(scenario):
        return _rolls(scenario)
    change = scenario.change
    if change.kind == "apply" or scenario.workload.cron is not None:
        return True
    job = scenario.workload.job
    if job is not None:
        ignores = any(rule.action == "Ignore" for rule in job.failure)
        held = _drain(scenario) and not all(computed(b, scenario.workload) for b in scenario.guards)
        again = (job.backoff > 0 or ignores) and not held
        return job.enough > job.at_once or again or change.has(Suspend)
    if change.kind == "steps" and not change.has(Drain, PutTaint):
        return stages(scenario).grows or scenario.faults.node_crashes > 0
    return not (_daemon(scenario) or scenario.workload.is_pod)


def _daemon(scenario: Scenario) -> bool:
    return scenario.workload.daemon is not None


def _job(scenario: Scenario) -> bool:
    return scenario.workload.job is not None


def _exclusive(scenario: Scenario) -> bool:
    cron = scenario.workload.cron
    return cron is not None and cron.policy != "Allow"


def _partitioned(scenario: Scenario) -> bool:
    stateful = scenario.workload.stateful
    return bool(stateful and stateful.kept) and _rolls(scenario)


def _rolling_update(scenario: Scenario) -> bool:
    return _rolls(scenario) if _daemon(scenario) else floor.asked(scenario)


def _drain(scenario: Scenario) -> bool:
    return scenario.change.drains


def _guarded(scenario: Scenario) -> bool:
    """Whether nodes are taken from pods that one budget, and one that can be computed, guards."""
    budgets = [budget for budget in scenario.guards if computed(budget, scenario.workload)]
    return scenario.change.has(Drain, PutTaint) and len(scenario.guards) == len(budgets) == 1


def _maintenance(scenario: Scenario) -> bool:
    """Whether nodes are drained one after the other, and all but one replica is any at all."""
    change = scenario.change
    return (
        _drain(scenario)
        and not (change.rolls or change.scales or _job(scenario))
        and scenario.workload.replicas > 1
        and (len(change.drained) > 1 or change.uncordon)
    )


_STRATEGY = ("spec.strategy.rollingUpdate", "spec.strategy", "spec.replicas")

PROPERTIES: dict[str, Row] = {
    "no-split-brain-writes": Row(
        "no two leaders ever commit different writes at one revision; "
        "a member cut off from the quorum commits nothing",
        "safety",
        _any,
        None,
    ),
    "election-safety": Row("no etcd term ever has two leaders", "safety", _any, None),
    "log-matching": Row(
        "two etcd logs that agree on the term of an entry agree on everything up to it",
        "safety",
        _any,
        None,
    ),
    "leader-completeness": Row(
        "every later etcd leader holds what was committed", "safety", _any, None
    ),
    "state-machine-safety": Row(
        "no two etcd members ever take different entries for committed at one revision",
        "safety",
        _any,
        None,
    ),
    "acknowledged-writes-survive": Row(
        "members that lack an acknowledged write are never enough to elect a leader",
        "safety",
        _any,
        None,
    ),
    "writes-need-quorum": Row(
        "no write is acknowledged unless a majority of the members holds it", "safety", _any, None
    ),
    "writes-resume": Row(
        "while a majority of the etcd members is up and connected, writes are acknowledged in the "
        "end",
        "liveness",
        _any,
        None,
    ),
    "writes-survive-zone-loss": Row(
        "with zones of etcd members lost for good and all others up and connected, writes are "
        "acknowledged in the end",
        "liveness",
        lambda s: bool(s.control_plane.zones and s.faults.zone_losses),
        None,
    ),
    "linearizable-reads": Row(
        "a linearizable read sees every write acknowledged before it began", "safety", _any, None
    ),
    "refines-contract": Row(
        "all that clients see of etcd is what one linearizable store may do that sometimes lags "
        "and sometimes refuses",
        "safety",
        _any,
        None,
    ),
    "watch-ordered": Row(
        "a watch of etcd never delivers an event after a later one", "safety", _any, None
    ),
    "watch-unique": Row("a watch of etcd never delivers an event twice", "safety", _any, None),
    "watch-atomic": Row(
        "a watch of etcd delivers all events of a revision at once", "safety", _any, None
    ),
    "watch-reliable": Row(
        "a watch of etcd that delivers an event has delivered all before it", "safety", _any, None
    ),
    "watch-resumable": Row(
        "a watch of etcd from a revision is refused, or misses nothing since then",
        "safety",
        _any,
        None,
    ),
    "watch-bookmarkable": Row(
        "a watch of etcd that is told of progress has all events up to there", "safety", _any, None
    ),
    "compare-and-swap": Row(
        "a transaction of etcd that compares revisions overwrites nothing that its client has not "
        "read",
        "safety",
        _any,
        None,
    ),
    "unique-leader": Row(
        "never two acting leaders of one lease (controller manager, scheduler)",
        "safety",
        _any,
        None,
    ),
    "replicas-converge": Row(
        "once changes and faults stop, ready replicas = desired replicas, for good",
        "liveness",
        lambda s: not (_daemon(s) or _job(s) or s.workload.template.ends),
        liveness.replicas_converge,
        ("spec.replicas",),
        remark=missing.short_of_ready,
    ),
    "rollout-completes": Row(
        "a started rollout reaches its new revision",
        "liveness",
        _rolls,
        liveness.rollout_completes,
        _STRATEGY,
        remark=missing.short_of_new,
    ),
    "rollback-completes": Row(
        "a reverted template is reached again",
        "liveness",
        lambda s: _rolls(s) and s.change.reverts,
        liveness.rollback_completes,
        _STRATEGY,
        remark=missing.short_of_old,
    ),
    "rollout-keeps-available": Row(
        "without involuntary faults, available >= desired - maxUnavailable throughout",
        "safety",
        _rolling_update,
        safety.rollout_keeps_available,
        _STRATEGY,
        remark=broken.keeps_available,
    ),
    "surge-bounded": Row(
        "ReplicaSets never ask for more than desired + maxSurge",
        "safety",
        lambda s: _rollout(s) and _deployment(s),
        safety.surge_bounded,
        _STRATEGY,
        remark=broken.surge_bounded,
    ),
    "every-pod-scheduled": Row(
        "a pending pod is eventually bound",
        "liveness",
        _pending,
        liveness.every_pod_scheduled,
        ("spec.replicas",),
        remark=missing.unscheduled,
    ),
    "some-node-up": Row(
        "pods that take their nodes down never take all of them down",
        "safety",
        lambda s: s.faults.overloads.times > 0,
        safety.some_node_up,
        ("spec.replicas",),
        remark=broken.some_node_up,
    ),
    "no-overcommit": Row(
        "requests on a node never exceed what it can allocate",
        "safety",
        _any,
        safety.no_overcommit,
        ("spec.template.spec.containers[*].resources.requests",),
        remark=broken.no_overcommit,
    ),
    "no-lost-update": Row(
        "no write overwrites a version that its writer had not seen",
        "safety",
        lambda s: (
            s.workload.kind == "Deployment"
            and bool(s.faults.slow_watches.get("deployment-controller"))
        ),
        safety.no_lost_update,
        remark=broken.no_lost_update,
    ),
    "budget-respected": Row(
        "voluntary disruptions never take a workload below its PodDisruptionBudget",
        "safety",
        _guarded,
        safety.budget_respected,
        remark=broken.budget_respected,
    ),
    "drain-completes": Row(
        "a drained node becomes empty",
        "liveness",
        _drain,
        liveness.drain_completes,
        ("spec.replicas",),
        remark=missing.occupied,
    ),
    "maintenance-keeps-available": Row(
        "while nodes are drained one at a time, without involuntary faults, "
        "available >= desired - 1",
        "safety",
        _maintenance,
        safety.maintenance_keeps_available,
        ("spec.replicas",),
        remark=broken.maintenance,
    ),
    "no-eviction-loop": Row(
        "no pod is evicted for a taint, or rejected or deleted because of its nodeName, for ever",
        "liveness",
        lambda s: s.change.has(PutTaint) or rejects(s) or drives_out(s) or orphans(s),
        liveness.no_eviction_loop,
        ("spec.template.spec.nodeName", "spec.template.spec.tolerations"),
        remark=missing.evicted_for_ever,
    ),
    "placement-respected": Row(
        "bound pods respect node selectors, required node affinity and taints",
        "safety",
        _any,
        safety.placement_respected,
        ("spec.template.spec.nodeSelector", "spec.template.spec.tolerations"),
        remark=broken.placement_respected,
    ),
    "revisions-never-overlap": Row(
        "under strategy Recreate, pods of two revisions never exist at the same time",
        "safety",
        lambda s: _rollout(s) and s.workload.strategy == "Recreate",
        safety.revisions_never_overlap,
        ("spec.strategy.type",),
        remark=broken.never_overlap,
    ),
    "no-duplicate-pods": Row(
        "a ReplicaSet never has more active pods than the workload has replicas, or, where a "
        "rollout is scaled or paused, replicas + maxSurge",
        "safety",
        lambda s: s.workload.by_replicasets,
        safety.no_duplicate_pods,
        ("spec.replicas",),
        remark=broken.no_duplicates,
    ),
    "pause-respected": Row(
        "a paused Deployment gets no ReplicaSet for a template that it has had only while paused",
        "safety",
        lambda s: stages(s).holds_back,
        safety.pause_respected,
        remark=broken.not_paused,
    ),
    "scale-down-spares-ready": Row(
        "a ReplicaSet that scales down deletes no ready pod while it has one that is not ready",
        "safety",
        spares_ready,
        safety.scale_down_spares_ready,
        remark=broken.spares_ready,
    ),
    "quota-respected": Row(
        "no more pods count than a ResourceQuota of their namespace lets in",
        "safety",
        quota.limited,
        quota.quota_respected,
        ("spec.replicas",),
        remark=of_quotas.exceeded,
    ),
    "spread-kept-after-rollout": Row(
        "once a rollout is complete, hard topology spread constraints hold for the pods there are",
        "safety",
        lambda s: _rolls(s) and bool(spreading.constraints(s)),
        spread.spread_kept_after_rollout,
        (spreading.FIELD, "spec.strategy.rollingUpdate"),
        remark=apart.uneven,
    ),
    "at-most-one-per-identity": Row(
        "a StatefulSet identity never runs twice",
        "safety",
        lambda s: _stateful(s) and _pending(s),
        statefulset.at_most_one_per_identity,
        ("spec.template.spec.terminationGracePeriodSeconds",),
        remark=broken.one_identity,
    ),
    "revision-partitioned": Row(
        "pods of a StatefulSet below the partition never have the new revision",
        "safety",
        _partitioned,
        statefulset.revision_partitioned,
        ("spec.updateStrategy.rollingUpdate.partition",),
        remark=broken.partitioned,
    ),
    "daemon-on-every-node": Row(
        "once changes and faults stop, every node that a DaemonSet wants a pod on and that is up "
        "has a ready one, for good",
        "liveness",
        _daemon,
        daemonset.daemon_on_every_node,
        ("spec.template.spec.containers[*].resources.requests", "spec.updateStrategy"),
        remark=missing.unserved,
    ),
    "job-completes": Row(
        "a Job completes in the end, or fails for a reason that it gives itself",
        "liveness",
        _job,
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
        _job,
        job.job_parallelism_bounded,
        ("spec.parallelism", "spec.podReplacementPolicy"),
        remark=of_jobs.beyond,
    ),
    "cron-concurrency-respected": Row(
        "no two Jobs of a CronJob run at the same time, unless concurrencyPolicy is Allow",
        "safety",
        _exclusive,
        job.cron_concurrency_respected,
        ("spec.concurrencyPolicy",),
        remark=of_jobs.several,
    ),
}


def remarks(cluster: Cluster, system: System, state: State, name: str) -> tuple[Remark, ...]:
    """How a state breaks a property, most telling first; unless that is a safety property of the
    table, first why things wait, and in the end how far from it that is."""
    # Most runs violate nothing, and the words for it cost milliseconds to import.
    from model.ir.reading import Reading

    cluster, reading, row = cluster.closed(state), Reading(system, state), PROPERTIES.get(name)
    said = tuple(row.remark(cluster, reading)) if row and row.remark else ()
    if row and row.kind == "safety":
        return said
    from model.properties.remarks import waiting

    return *waiting.remarks(cluster, reading), *said
