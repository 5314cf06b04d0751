"""What the fields of a workload promise a Service: that a pod of it is ready throughout.

Requests are followed where somebody asks for them by name (`model.apiserver.routing`). Elsewhere
`service-always-answers` is about what the manifests themselves promise, and about nothing else: a
rollout keeps as many pods as its strategy says, and evictions leave as many as a
PodDisruptionBudget wants. A drain without a budget, strategy Recreate and crashes promise nothing.

Source: kubernetes v1.36.3 `pkg/controller/statefulset/stateful_set_control.go`
(updateStatefulSetAsync, performUpdate: one pod after the other, and none while another is not
healthy), and what `Workload.rounded` and `model.controllers.budgetstatus` cite.
"""

from __future__ import annotations

from dataclasses import replace

from model.api.service import Service
from model.api.steps import LABELS, Delete, DeletePod, Drain, PutTaint, RemoveNode
from model.api.workload import Workload
from model.apiserver.routing import served
from model.controllers.budgetstatus import healthy_needed
from model.controllers.disruption import computed
from model.properties.concerns import services
from model.scenario import Scenario
from model.stages import sizes

#: What takes pods away beside a rollout.
_BESIDE = (Drain, PutTaint, DeletePod, RemoveNode, Delete, *LABELS)


def promised(scenario: Scenario) -> tuple[Service, ...]:
    """The Services that the workload's fields promise a ready pod throughout, where nobody asks for
    properties by name; those of policy Local aside, which need one on each node."""
    if scenario.properties is not None or scenario.open or not _keeps_one(scenario):
        return ()
    return tuple(each for each in served(scenario) if each.followed and not each.local)


def answered(scenario: Scenario) -> bool:
    """workloads to which a Service sends requests: by name as `no-traffic-to-stopped`; else, with
    rules that are up to date at once and without traffic policies Local, rollouts that by their
    strategy keep a pod, and drains for which PodDisruptionBudgets of the workload alone want one"""
    return services(scenario) or bool(promised(scenario))


def _keeps_one(scenario: Scenario) -> bool:
    change = scenario.change
    if change.kind == "apply" or scenario.workload.is_pod or scenario.workload.job is not None:
        return False
    if change.rolls:
        fewest = replace(scenario.workload, replicas=sizes(scenario)[0])
        return not change.has(*_BESIDE) and _kept(fewest) > 0
    beside = change.has(PutTaint, DeletePod, RemoveNode, Delete, *LABELS) or change.scales
    return change.drains and not beside and _wanted(scenario) > 0


def _kept(workload: Workload) -> int:
    """How many pods a rollout keeps."""
    by_hand = workload.stateful or workload.daemon
    if workload.strategy == "Recreate" or (by_hand is not None and by_hand.on_delete):
        return 0
    if workload.stateful is not None:
        return workload.replicas - 1
    return workload.replicas - workload.rounded[1]


def _wanted(scenario: Scenario) -> int:
    """How many pods of the workload its budgets leave: where one of them counts no others."""
    workloads = scenario.workloads
    guards = scenario.guards
    if any(each.guards(other) for each in guards for other in scenario.neighbours):
        return 0
    if not all(computed(each, workloads) for each in guards):
        return 0
    return max((healthy_needed(each, workloads[0].replicas) for each in guards), default=0)
