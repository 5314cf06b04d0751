"""How many pods there can be at once, and whether the cluster has room for all of them."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from model.api.job import Job
from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.steps import LABELS, TEMPLATE, DeletePod, Suspend
from model.api.workload import Workload
from model.apiserver.adoptions import adopters
from model.apiserver.routing import routed
from model.ir.system import Definition, Table
from model.plugins import filters
from model.plugins.sharing import Amount
from model.plugins.spreading import TERMINATING_SPREAD
from model.scenario import Scenario
from model.stages import sizes


class Room(NamedTuple):
    """A resource of nodes that several workloads share: what the pods on each node request of it,
    and how much the node has, in units of the amount."""

    amount: Amount
    used: Definition
    given: Table


def pod_slots(scenario: Scenario) -> int:
    """How many pods may exist at once, terminating ones included, unless the spec says.

    Enough for the usual runs of a scenario; where a run needs more, the verdict names the bound.
    """
    workload = scenario.workload
    fixed = workload.is_pod or workload.stateful is not None
    if scenario.bounds.pods is not None and not fixed:
        return scenario.bounds.pods
    return _own(scenario) + sum(_of_neighbour(each, scenario) for each in scenario.neighbours)


def _own(scenario: Scenario) -> int:
    """Slots of the own workload."""
    workload = scenario.workload
    if workload.is_pod:
        return 1
    if workload.stateful is not None:
        # No two pods of a name can be there at once.
        return max(1, largest(scenario).replicas)
    if workload.daemon is not None:
        return _of_daemons(scenario)
    if workload.job is not None:
        return _of_job(workload.job, scenario)
    return _few(scenario) if roomy(scenario) else _many(scenario)


def largest(scenario: Scenario) -> Workload:
    """The workload with the most replicas that the user asks for."""
    return replace(scenario.workload, replicas=sizes(scenario)[-1])


def roomy(scenario: Scenario) -> bool:
    """Whether nobody ever waits for a deleted pod to be gone, so that its end need not be a step.

    So it is where the nodes that stay usable have room for every pod at once, those included that
    linger after their deletion. Pods of a crashed node still linger.
    """
    template = scenario.workload.template
    wide = any(term.topology_key != filters.HOSTNAME for term in template.anti_affinity)
    recreates = scenario.workload.strategy == "Recreate"
    # A StatefulSet for the name, a DaemonSet for the node, a Job that is over for its last pods.
    waits = not scenario.workload.by_replicasets
    # What is being deleted is charged to a quota until it is gone.
    waits = waits or bool(scenario.quotas)
    # What is being deleted may still take requests.
    waits = waits or routed(scenario)
    # What a label makes of domains, nobody counts here.
    waits = waits or scenario.change.has(*LABELS)
    if not scenario.prompt or recreates or wide or waits or scenario.mixed:
        return False
    slots = scenario.bounds.pods or max(_few(scenario), _many(scenario))
    lost = lost_nodes(scenario)
    room = sorted(
        filters.rows(
            scenario.nodes,
            partial(filters.seen, template),
            lambda read: [_first_refusal(template, read, slots)],
        )
    )
    if template.spread:
        # Pods on their way out do not count for it, but there may be only one node to go to.
        narrow = any(0 < each < slots for each in room)
        if narrow or TERMINATING_SPREAD in scenario.mutations:
            return False
    return sum(room[: max(0, len(room) - lost)]) >= slots


def lost_nodes(scenario: Scenario) -> int:
    """How many nodes may take no pods at the same time."""
    change = scenario.change
    # Drains that uncordon take one node at a time; what is removed does not come back.
    taken = 1 + len(change.removed) if change.uncordon else len(change.nodes)
    return scenario.losable + taken


def capacity(template: PodTemplate, node: Node, limit: int) -> int:
    """How many pods of a template an empty node admits, at most `limit`."""
    return _first_refusal(template, filters.seen(template, node), limit)


def _first_refusal(template: PodTemplate, read: filters.Seen, limit: int) -> int:
    # What a node refuses it refuses with more pods on it too.
    return bisect_left(range(limit), 1, key=lambda n: int(bool(filters.refused(template, read, n))))


def rejects(scenario: Scenario) -> bool:
    """Whether the kubelet of the node that the template names is sure to reject some pod."""
    workload = scenario.workload
    workload = largest(scenario)
    most = workload.replicas + (workload.rounded[0] if scenario.change.rolls else 0)
    return any(
        node.name == workload.template.node_name and capacity(workload.template, node, most) < most
        for node in scenario.nodes
    )


def _few(scenario: Scenario) -> int:
    """Slots where deleted pods of live nodes are gone at once: the replicas and the surge, what a
    ReplicaSet controller has yet to delete, and what crashed nodes hold on to, which is all of the
    pods where they share a node."""
    workload, change = largest(scenario), scenario.change
    surge, unavailable = workload.rounded
    late = 0
    if change.rolls:
        late = min(workload.replicas, 2 * (surge + unavailable)) * change.number(*TEMPLATE)
    crashes = _losses(scenario)
    if change.rolls:
        return max(1, (workload.replicas + surge) * (1 + crashes) + late)
    return max(1, workload.replicas * (1 + crashes) + surge)


def _losses(scenario: Scenario) -> int:
    """How often nodes are lost, as far as slots are kept for that: of a zone one after the other,
    since pods may get onto nodes that are down and not known to be."""
    return min(scenario.losable, 3 if scenario.faults.zones else 2)


def _of_daemons(scenario: Scenario) -> int:
    """Slots of a DaemonSet: where pods may surge, a node may have one that is being deleted for
    each time that the template changes; else no node has two at once. One that is labelled may have
    some that are being deleted as well."""
    workload, change = scenario.workload, scenario.change
    if change.has(*LABELS):
        return len(scenario.nodes) * (1 + change.number(*TEMPLATE, *LABELS))
    surges = change.rolls and workload.rounded[0] > 0
    sets = 1 + change.number(*TEMPLATE) if surges else 1
    if scenario.faults.lags("daemonset-controller"):
        sets += 1  # Where its cache shows a pod that is gone, no other is made.
    return max(1, workload.replicas * sets)


def _of_job(job: Job, scenario: Scenario) -> int:
    """Slots of a Job: pods that are being deleted linger, a set for each node that is lost and each
    time that it is suspended, unless they are only replaced once they are gone; and each Job of a
    CronJob that does not wait for the one before has as many. There is one more, so that one pod
    too many would be seen."""
    lost = _losses(scenario) + len(scenario.change.nodes) + scenario.change.number(Suspend)
    sets = 1 if job.replaces_failed else 1 + lost
    cron = scenario.workload.cron
    if cron is not None and cron.policy != "Forbid":
        sets *= scenario.runs
    return scenario.workload.replicas * sets + 1


def _of_neighbour(workload: Workload, scenario: Scenario) -> int:
    """Slots for a workload that stays as it is: a set for each loss of a node besides."""
    waits = workload.job is not None and workload.job.replaces_failed
    if waits or not (workload.by_replicasets or workload.job):
        return workload.replicas  # no two of a name, or for a node, and none again
    lost = _losses(scenario) + len(scenario.change.nodes) + _makes_room(workload, scenario)
    more = 0
    if workload in adopters(scenario):
        # What it takes over may come to be all that it has.
        more = workload.replicas + workload.rounded[0]
    return workload.replicas * (1 + lost) + more


def _many(scenario: Scenario) -> int:
    """Slots where deleted pods linger: a set for each user change and node crash besides."""
    workload, change = largest(scenario), scenario.change
    sets = 1 + _losses(scenario)
    sets += change.number(*TEMPLATE) + len(change.scaled_to) + len(change.nodes)
    deleted = change.number(DeletePod)
    sets += _makes_room(workload, scenario)
    return max(1, workload.replicas * sets + workload.rounded[0] + deleted)


def _makes_room(workload: Workload, scenario: Scenario) -> bool:
    """Whether pods of a workload may have to go for others."""
    return any(
        each.template.preempts and each.template.priority > workload.template.priority
        for each in scenario.templates
    )
