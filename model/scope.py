"""Scope: which workloads are checked together, because they meet.

Workloads meet where one can keep another from what it asks for: on nodes that have not room for the
pods of both, over a host port, by required affinity or anti-affinity, under a PodDisruptionBudget.
What meets is a graph; a scenario's workload is checked together with those that it is connected
with, and with nobody else.

Only workloads that the model follows in everything that they ask for take part, and no more than
`MOST`: the others stay outside, and what they can change is an omission.

A DaemonSet's pods beside others are on its nodes before all of them and stay there, so what they
request is no room on these nodes to begin with. That is an assumption, and it is printed. Where it
cannot be so (nodes are replaced, they have not room for it, a taint drives it off, it keeps others
off nodes otherwise), a DaemonSet takes part like others.

Omits: CronJobs, templates with a nodeName, StatefulSets whose volumes pin zones, and Jobs with
rules for their pods (`model.controllers.jobs_beside`); neighbours that roll out or are scaled at
the same time; priorities, where the model does not follow who has to go for whom
(`model.scheduler.priorities`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from model.api.change import stepwise
from model.api.node import Node
from model.api.selector import Requirement
from model.api.steps import NODES, PutTaint, RemoveNode
from model.api.workload import Workload
from model.apiserver.pins import pins
from model.controllers import adoption, disruption, jobs_beside, neighbours
from model.labellings import labellings
from model.omissions import OMISSIONS
from model.plugins import daemon_nodes
from model.plugins.daemon_nodes import verdict
from model.plugins.filters import refusals, tolerates
from model.plugins.noderesources import held
from model.scenario import Apart, Scenario
from model.scheduler import meeting, nearness
from model.setting import Pods, Setting

#: What is assumed of all workloads but the one that a scenario is about.
OTHERS_STAY = "other workloads stay as they are: nobody scales them or rolls them out meanwhile"

#: What is assumed of DaemonSets on the same nodes, with their names.
BEFORE_OTHERS = "pods of DaemonSets are on their nodes before all others, and stay there: {}"

#: Neighbours that take part at most.
MOST = 30


@dataclass(frozen=True)
class Meeting:
    """A reason to check workloads together."""

    #: "share nodes that have not room for all".
    text: str
    #: The pods of others that a setting's workload meets in this way.
    others: Callable[[Setting], Iterable[Pods]]


MEETINGS: tuple[Meeting, ...] = (
    Meeting("share nodes that have not room for all pods", meeting.rivals),
    Meeting("ask for the same host ports", meeting.on_same_port),
    Meeting("are kept apart by anti-affinity", meeting.kept_apart),
    Meeting("are to be near one another by affinity", nearness.wanted),
    Meeting("are counted by topology spread constraints", meeting.spread_together),
    Meeting("are under one PodDisruptionBudget", disruption.together),
    Meeting("meet in a selector that matches a pod that nothing controls", neighbours.meeting),
    Meeting("meet in a selector that matches ReplicaSets that are orphaned", adoption.meeting),
    Meeting("may be on a drained node with a pod that nothing controls", disruption.unmanaged),
)


@dataclass(frozen=True)
class Scope:
    """Who takes part beside a workload, and how they meet, a sentence each."""

    neighbours: tuple[Pods, ...] = ()
    meetings: tuple[str, ...] = ()


def scope(setting: Setting, of: Callable[[Pods], Workload | None]) -> Scope:
    """The scope of a setting's workload. `of` gives the workload that pods are of, if the model
    knows its kind."""
    workload = setting.scenario.workload
    named = workload.template.node_name and not workload.is_pod
    if workload.cron is not None or named or pins(setting.scenario):
        return Scope()
    found = _connected(setting, of)
    while True:
        group = {setting.own, *found}
        stay = [each for each in found if _followed(around(setting, each, of), group)]
        if stay == found:
            break
        found = stay
    kept = tuple(found[:MOST])
    return Scope(kept, tuple(_told(setting, kept)))


def _connected(setting: Setting, of: Callable[[Pods], Workload | None]) -> list[Pods]:
    """Those that the workload meets, those that these meet, and so on, nearest first."""
    found: dict[Pods, None] = {}
    todo = [setting.own]
    while todo and len(found) <= 4 * MOST:
        here = todo.pop(0)
        seen = setting if here is setting.own else around(setting, here, of)
        for row in MEETINGS:
            for other in row.others(seen):
                if other is not setting.own and other not in found and _known(setting, other, of):
                    found[other] = None
                    todo.append(other)
    return list(found)


def _known(setting: Setting, pods: Pods, of: Callable[[Pods], Workload | None]) -> bool:
    """Whether pods are of a workload that may take part. Those of controllers that name their nodes
    are nothing for the scheduler."""
    workload = of(pods)
    if workload is None:
        return False
    workload = neighbour(workload, setting.scenario.nodes)
    if not workload.replicas or workload.cron is not None:
        return False
    if workload.job is not None and not jobs_beside.followed(workload.job, setting.scenario):
        return False
    if pins(replace(setting.scenario, workload=workload)):
        return False
    if workload.stateful is not None:
        # Who waits for whom matters to budgets.
        orders = workload.replicas > 1 and not workload.stateful.parallel
        if orders and any(budget.guards(workload) for budget in setting.scenario.budgets):
            return False
    elif workload.is_pod:
        if workload.template.ends:
            return False
        return all(_pinned_to(setting, workload))
    return not workload.template.node_name


def _pinned_to(setting: Setting, pod: Workload) -> Iterator[bool]:
    """Whether the node that a pod names, if any, takes it as the scheduler would give it."""
    template = neighbour(pod, setting.scenario.nodes).template
    if pod.template.node_name:
        yield any(
            not refusals(template, node, 0)
            for node in setting.scenario.nodes
            if node.name == pod.template.node_name
        )


def neighbour(workload: Workload, nodes: Sequence[Node]) -> Workload:
    """A workload as it takes part in another one's scenario: a pod that is on the node that it
    names is one that may be nowhere else; of a DaemonSet the number of its pods is known."""
    template = workload.template
    if workload.daemon is not None:
        return replace(workload, replicas=sum(daemon_nodes.wants(template, nodes)))
    if not (workload.is_pod and template.node_name):
        return workload
    here = Requirement("metadata.name", "In", (template.node_name,), field=True)
    pinned = replace(template, node_name="", node_selector={}, node_affinity=((here,),))
    return replace(workload, template=pinned)


def residents(setting: Setting, of: Callable[[Pods], Workload | None]) -> tuple[Pods, ...]:
    """The DaemonSets that are on the nodes before all others: those that the model follows as far
    as it matters to others, if the nodes have room for all of them."""
    if not setting.sized:
        return ()
    found = [
        pods
        for pods in setting.around.running("DaemonSet")
        if pods is not setting.own and (daemons := of(pods)) and _settled(setting, pods, daemons)
    ]
    settled = [each for pods in found if (each := of(pods)) is not None]
    reduced = (less(node, settled) for node in setting.scenario.nodes)
    room = all(amount >= 0 for node in reduced for amount in node.allocatable.values())
    return tuple(found) if room else ()


def _settled(setting: Setting, pods: Pods, daemons: Workload) -> bool:
    """Whether pods of a DaemonSet stay where they are whatever happens, and are in nobody's way but
    by what they request."""
    change, template = setting.scenario.change, daemons.template
    replaced = setting.scenario.faults.node_removals > 0 or change.has(RemoveNode)
    taint = change.taint if change.has(PutTaint) else None
    driven_off = taint is not None and not tolerates(template.tolerations, taint)
    apart = any(term.selects(pods) for _, term in setting.around.apart) or pods.anti_affinity
    ports = any(
        other is not pods and meeting.shared_ports(pods, other) for other in setting.around.on_ports
    )
    labelled = zip(*(each.nodes for each in labellings(setting.scenario)), strict=True)
    moves = any(len({verdict(template, node) for node in each}) > 1 for each in labelled)
    return not (replaced or driven_off or moves or apart or ports or template.node_name)


def less(node: Node, settled: Sequence[Workload]) -> Node:
    """A node without what the pods of DaemonSets on it request."""
    for workload in settled:
        bare = replace(workload.template, requests={})
        if verdict(workload.template, node).should_run and not refusals(bare, node, 0):
            node = held(node, workload.template, 1)
    return node


def around(setting: Setting, pods: Pods, of: Callable[[Pods], Workload | None]) -> Setting:
    """The same setting seen by another workload, which stays as it is."""
    scenario = setting.memo.once(pods, setting.scenario, lambda: _seen_by(setting, pods, of))
    return replace(setting, scenario=scenario, own=pods)


def _seen_by(setting: Setting, pods: Pods, of: Callable[[Pods], Workload | None]) -> Scenario:
    workload = of(pods)
    assert workload is not None
    change = setting.scenario.change
    if change.kind == "rollout":
        change = replace(change, kind="steady")
    elif change.kind == "steps":
        on_nodes = tuple(step for step in change.steps if isinstance(step, NODES))
        change = stepwise(on_nodes, any_order=change.any_order)
    return daemon_nodes.counted(replace(setting.scenario, workload=workload, change=change))


def _followed(setting: Setting, group: set[Pods]) -> bool:
    """Whether the model follows all that a workload asks for, among these."""
    inside = replace(setting, inside=frozenset(group))
    return not any(found for omission in OMISSIONS.values() for found in omission.found(inside))


def _told(setting: Setting, neighbours: Sequence[Pods]) -> Iterator[str]:
    for row in MEETINGS:
        met = set(row.others(setting))
        names = [each.manifest.label for each in neighbours if each in met]
        if names:
            direct = "" if len(names) == len(neighbours) else f" ({', '.join(names)})"
            yield f"{row.text}{direct}"


def apart(group: Sequence[tuple[Pods, Workload]]) -> tuple[Apart, ...]:
    """Which workloads of a group keep which others off nodes, but for themselves."""
    found: dict[Apart, None] = {}
    for pods, workload in group:
        for other, its in group:
            if other is pods:
                continue
            for term in pods.anti_affinity:
                if term.selects(other):
                    found[Apart(workload.subject, its.subject, term.topology_key)] = None
            if meeting.shared_ports(pods, other):
                one, two = sorted((workload.subject, its.subject))
                found[Apart(one, two, "")] = None
    return tuple(found)
