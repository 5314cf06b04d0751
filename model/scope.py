"""Scope: which workloads are checked together, because they meet.

Workloads meet where one can keep another from what it asks for: on nodes that have not room for the
pods of both, over a host port, by required anti-affinity, under one PodDisruptionBudget. What meets
is a graph; a scenario's workload is checked together with those that it is connected with, and with
nobody else.

Only workloads that the model follows in everything that they ask for take part, and no more than
`MOST`: the others stay outside, and what they can change is an omission.

Omits: StatefulSets and DaemonSets, which are checked alone; neighbours that roll out or are scaled
at the same time; priorities (workloads of several are not checked together).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from model.api.steps import NODES
from model.api.workload import Workload
from model.controllers import disruption
from model.omissions import OMISSIONS
from model.scenario import Apart, stepwise
from model.scheduler import meeting
from model.setting import Pods, Setting

#: What is assumed of all workloads but the one that a scenario is about.
OTHERS_STAY = "other workloads stay as they are: nobody scales them or rolls them out meanwhile"

#: Neighbours that take part at most.
MOST = 3


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
    Meeting("are under one PodDisruptionBudget", disruption.together),
)


@dataclass(frozen=True)
class Scope:
    """Who takes part beside a workload, and how they meet, a sentence each."""

    neighbours: tuple[Pods, ...] = ()
    meetings: tuple[str, ...] = ()


def scope(setting: Setting, of: Callable[[Pods], Workload | None]) -> Scope:
    """The scope of a setting's workload. `of` gives the workload that pods are of, if the model
    knows its kind."""
    if not setting.scenario.workload.by_replicasets:
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
                if other is not setting.own and other not in found and _known(other, of):
                    found[other] = None
                    todo.append(other)
    return list(found)


def _known(pods: Pods, of: Callable[[Pods], Workload | None]) -> bool:
    """Whether the model knows the kind of workload that pods are of. Those that name their nodes
    are nothing for the scheduler."""
    workload = of(pods)
    if workload is None or not workload.by_replicasets:
        return False
    return workload.replicas > 0 and not workload.template.node_name


def around(setting: Setting, pods: Pods, of: Callable[[Pods], Workload | None]) -> Setting:
    """The same setting seen by another workload, which stays as it is."""
    workload = of(pods)
    assert workload is not None
    change = setting.scenario.change
    if change.kind == "rollout":
        change = replace(change, kind="steady")
    elif change.kind == "steps":
        on_nodes = tuple(step for step in change.steps if isinstance(step, NODES))
        change = stepwise(on_nodes, any_order=change.any_order)
    scenario = replace(setting.scenario, workload=workload, change=change)
    return replace(setting, scenario=scenario, own=pods)


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
