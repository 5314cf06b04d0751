"""Which scenarios a property concerns at all. The docstrings complete "it concerns …"."""

from __future__ import annotations

from model.api.steps import LABELS, Delete, DeletePod, Drain, PutTaint, RemoveNode, Suspend
from model.apiserver import floor, objects
from model.apiserver.room import rejects
from model.apiserver.routing import routed
from model.controllers.disruption import computed
from model.controllers.podgc import orphans
from model.controllers.tainteviction import drives_out
from model.plugins import spreading
from model.properties import quota
from model.scenario import Scenario
from model.stages import stages


def anything(_: Scenario) -> bool:
    """every scenario"""
    return True


def lasting(scenario: Scenario) -> bool:
    """workloads with replicas that are to run for ever: no DaemonSet, no Job, no Pod that ends"""
    workload = scenario.workload
    return not (daemons(scenario) or jobs(scenario) or workload.template.ends)


def rollouts(scenario: Scenario) -> bool:
    """changes of the template after which a controller replaces the pods (with OnDelete: those that
    the user deletes)"""
    kind, change = scenario.workload.stateful or scenario.workload.daemon, scenario.change
    return change.rolls and (not (kind and kind.on_delete) or change.has(DeletePod))


def rollbacks(scenario: Scenario) -> bool:
    """changes of the template that are taken back"""
    return rollouts(scenario) and scenario.change.reverts


def rolling_updates(scenario: Scenario) -> bool:
    """rollouts with strategy RollingUpdate of a Deployment, without drains and taints, or of a
    DaemonSet, without labels of nodes"""
    if daemons(scenario):
        return rollouts(scenario) and not scenario.change.has(*LABELS)
    return floor.asked(scenario)


def deployment_rollouts(scenario: Scenario) -> bool:
    """changes of a Deployment's template"""
    return scenario.change.rolls and _deployment(scenario)


def recreations(scenario: Scenario) -> bool:
    """changes of the template under strategy Recreate"""
    return scenario.change.rolls and scenario.workload.strategy == "Recreate"


def waiting(scenario: Scenario) -> bool:
    """scenarios in which pods are made that have to be bound"""
    # Nobody replaces those of a DaemonSet whose node is lost, those that nothing controls, those
    # that update strategy OnDelete leaves alone, nor those of a Job of which none may fail.
    if scenario.change.rolls:
        return rollouts(scenario) or stages(scenario).grows
    change = scenario.change
    if change.kind == "apply" or scenario.workload.cron is not None:
        return True
    job = scenario.workload.job
    if job is not None:
        ignores = any(rule.action == "Ignore" for rule in job.failure)
        held = drains(scenario) and not all(
            computed(budget, scenario.workloads) for budget in scenario.guards
        )
        again = (job.backoff > 0 or ignores) and not held
        return job.enough > job.at_once or again or change.has(Suspend)
    if change.kind == "steps" and not change.has(Drain, PutTaint, DeletePod, RemoveNode):
        return stages(scenario).grows or scenario.faults.node_crashes > 0
    return not (daemons(scenario) or scenario.workload.is_pod)


def identities(scenario: Scenario) -> bool:
    """StatefulSets, in scenarios in which pods are made"""
    return scenario.workload.stateful is not None and waiting(scenario)


def partitions(scenario: Scenario) -> bool:
    """rollouts of a StatefulSet with a partition"""
    positions = stages(scenario).positions
    return rollouts(scenario) and any(at.kept and at.stage.revision for at in positions)


def daemons(scenario: Scenario) -> bool:
    """DaemonSets"""
    return scenario.workload.daemon is not None


def jobs(scenario: Scenario) -> bool:
    """Jobs, those of a CronJob among them"""
    return scenario.workload.job is not None


def exclusive(scenario: Scenario) -> bool:
    """CronJobs, unless their concurrencyPolicy is Allow"""
    cron = scenario.workload.cron
    return cron is not None and cron.policy != "Allow"


def replicasets(scenario: Scenario) -> bool:
    """Deployments, ReplicaSets and ReplicationControllers"""
    return scenario.workload.by_replicasets


def shrinking(scenario: Scenario) -> bool:
    """workloads whose ReplicaSets scale down while pods may be unready, with a controller whose
    watch is not slow"""
    return objects.spares_ready(scenario)


def pauses(scenario: Scenario) -> bool:
    """Deployments whose template changes while they are paused"""
    return stages(scenario).holds_back


def drains(scenario: Scenario) -> bool:
    """drains of nodes"""
    return scenario.change.drains


def guarded(scenario: Scenario) -> bool:
    """drains and taints of nodes with pods that one PodDisruptionBudget selects, if a number can be
    computed from it"""
    budgets = [budget for budget in scenario.guards if computed(budget, scenario.workloads)]
    return scenario.change.has(Drain, PutTaint) and len(scenario.guards) == len(budgets) == 1


def maintenance(scenario: Scenario) -> bool:
    """drains of several nodes, one after the other or with an uncordon, with more than one replica,
    of no Job, without a rollout, a scaling, a deletion of a pod or the removal of a
    node"""
    change = scenario.change
    return (
        drains(scenario)
        and not (
            change.rolls or change.scales or change.has(DeletePod, RemoveNode) or jobs(scenario)
        )
        and scenario.workload.replicas > 1
        and (len(change.drained) > 1 or change.uncordon)
    )


def loops(scenario: Scenario) -> bool:
    """taints of nodes, and pods whose node may reject them, drive them out, or not be there"""
    taints = scenario.change.has(PutTaint)
    return taints or rejects(scenario) or drives_out(scenario) or orphans(scenario)


def overloads(scenario: Scenario) -> bool:
    """scenarios with faults `overloads`"""
    return scenario.faults.overloads.times > 0


def late_writers(scenario: Scenario) -> bool:
    """Deployments, with faults `slowWatches` of the deployment-controller"""
    slow = scenario.faults.lags("deployment-controller")
    return _deployment(scenario) and slow


def quotas(scenario: Scenario) -> bool:
    """workloads whose pods may use up a ResourceQuota, and do not exceed it from the start"""
    return quota.limited(scenario)


def spreads(scenario: Scenario) -> bool:
    """rollouts of pods with hard topology spread constraints"""
    return rollouts(scenario) and bool(spreading.constraints(scenario))


def lost_zones(scenario: Scenario) -> bool:
    """control planes with zones of members, and faults `zoneLosses`"""
    return bool(scenario.control_plane.zones and scenario.faults.zone_losses)


def _deployment(scenario: Scenario) -> bool:
    return scenario.workload.kind == "Deployment"


def deletions(scenario: Scenario) -> bool:
    """steps `delete`"""
    return scenario.change.has(Delete)


def orphanings(scenario: Scenario) -> bool:
    """steps `delete: orphan` of workloads that have pods then, which do not end by themselves"""
    if jobs(scenario) or scenario.workload.is_pod:
        return False
    steps = (step for step in scenario.change.steps if isinstance(step, Delete))
    sizes = (scenario.workload.replicas, *scenario.change.scaled_to)
    return any(step.propagation == "orphan" for step in steps) and min(sizes) > 0


def services(scenario: Scenario) -> bool:
    """workloads to which a Service sends requests (to a port that the pods have), where it is asked
    for by name, and pods are there from the start; where all such Services are headless or have
    publishNotReadyAddresses, that is an omission"""
    return routed(scenario) and scenario.change.kind != "apply"
