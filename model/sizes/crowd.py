"""Alike neighbours as one: a reduction of scenarios in which several workloads take part.

Who a neighbour's pod belongs to matters to nobody else as long as all that is read of its owner is
the same: what its template asks for, which budgets count it, who keeps apart from whom. Each
controller makes a pod for each one that is lost, whenever it comes to it, so together they make as
many as all of them have lost, in the same orders: as one controller of all their pods does. So
alike neighbours are one workload with the replicas of all.

Exact where the ReplicaSet controller sees what is there: not where its watch may stall, where it
may start anew, or where a seeded fault is switched on.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

from model.api.workload import Workload
from model.apiserver.adoptions import adopters
from model.controllers.replicaset import sees_all
from model.plugins.interpodaffinity import all_match
from model.plugins.spreading import selects
from model.scenario import Scenario
from model.words import listed


def merged(scenario: Scenario) -> Scenario:
    """The scenario with one workload for each class of alike neighbours."""
    if len(scenario.neighbours) < 2 or scenario.open or not sees_all(scenario):
        return scenario
    if scenario.choice == "best":  # scores know whose a pod is
        return scenario
    groups = list(classes(scenario))
    if len(groups) == len(scenario.neighbours):
        return scenario
    ones = [_one(group) for group in groups]
    known = {group[0].subject: one.subject for group, one in zip(groups, ones, strict=True)}
    known[scenario.workload.subject] = scenario.workload.subject
    return replace(
        scenario,
        neighbours=tuple(ones),
        apart=tuple(
            replace(each, one=known[each.one], other=known[each.other])
            for each in scenario.apart
            if {each.one, each.other} <= known.keys()
        ),
    )


def _one(group: Sequence[Workload]) -> Workload:
    """A workload with the pods of all, and a name that says so."""
    if len(group) == 1:
        return group[0]
    kind = "ReplicaSet" if group[0].by_replicasets else group[0].kind
    name = listed([each.name for each in group])
    return replace(group[0], kind=kind, name=name, replicas=sum(each.replicas for each in group))


def classes(scenario: Scenario) -> Iterator[list[Workload]]:
    """The neighbours, alike ones together, in their order."""
    apart = _apart(scenario)
    found: list[list[Workload]] = []
    for workload in scenario.neighbours:
        for group in found:
            if _read(group[0], scenario) == _read(workload, scenario) and _mix(
                group[0], workload, apart, scenario
            ):
                group.append(workload)
                break
        else:
            found.append([workload])
    yield from found


def _read(workload: Workload, scenario: Scenario) -> Hashable:
    """All that a system reads of a neighbour but its replicas."""
    return repr(
        (
            workload.by_replicasets or workload.kind,
            # An invariant may name it, or its labels.
            # Of a Job it counts how many have ended, of a DaemonSet which node has one.
            workload.subject if workload.job or workload.daemon or scenario.invariants else "",
            workload.min_ready_seconds,
            replace(workload.template, labels={}, images=(), fields={}),
            [budget.guards(workload) for budget in scenario.budgets],
            [all_match(each.template.near, workload) for each in scenario.templates],
            [
                selects(each, constraint, workload)
                for each in scenario.workloads
                for constraint in each.template.spread
            ],
            workload.template.spread and workload.subject,
            # Which pods a controller takes over, and which take a pod over, is told one by one.
            [each.subject for each in scenario.workloads if each.adopts(workload)],
            workload.subject if any(map(workload.adopts, scenario.workloads)) else "",
            workload.subject if workload in adopters(scenario) else "",
        )
    )


def _apart(scenario: Scenario) -> Mapping[frozenset[str], frozenset[str]]:
    """The topology keys by which two workloads keep apart, or one from itself."""
    found: dict[frozenset[str], set[str]] = {}
    for each in scenario.apart:
        found.setdefault(frozenset((each.one, each.other)), set()).add(each.topology_key)
    for workload in scenario.workloads:
        own = {term.topology_key for term in workload.template.anti_affinity}
        if workload.template.host_ports:
            own.add("")
        found.setdefault(frozenset((workload.subject,)), set()).update(own)
    return {pair: frozenset(keys) for pair, keys in found.items()}


def _mix(
    one: Workload,
    other: Workload,
    apart: Mapping[frozenset[str], frozenset[str]],
    scenario: Scenario,
) -> bool:
    """Whether two keep apart from each other as each does from itself, and from all others by the
    same keys."""

    def keys(a: Workload, b: Workload) -> frozenset[str]:
        return apart.get(frozenset((a.subject, b.subject)), frozenset())

    if not keys(one, one) == keys(other, other) == keys(one, other):
        return False
    rest = (each for each in scenario.workloads if each.subject not in (one.subject, other.subject))
    return all(keys(one, each) == keys(other, each) for each in rest)
