"""Scenarios whose systems are the same but for names, told before any system is made.

A cluster has many workloads, and most differ in what only people read: names, namespaces, labels,
images, places in files. What is left of a scenario without these is a key: equal keys, equal
systems. It is on the safe side: what is not known to be a name stays in it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from model import faults
from model.api.selector import LabelSelector
from model.api.source import Source
from model.api.steps import DeletePod, Step
from model.api.workload import Workload
from model.apiserver.adoptions import adopters
from model.apiserver.routing import served
from model.plugins.sharing import Sharing
from model.plugins.spreading import counted
from model.scenario import Scenario

_NOWHERE = Source("-", 1)


def workload_key(scenario: Scenario) -> Hashable:
    """Equal for scenarios whose workloads' systems are the same but for names. Names of nodes
    count: templates and changes may mean them. Which budgets select the workload is known. What the
    steps of a user do depends on the image that the workload has."""
    if scenario.invariants:
        # They may name what only people read otherwise.
        return repr(scenario)
    images = scenario.versions[0].template.images if scenario.change.given else ()
    subjects = [workload.subject for workload in scenario.workloads]
    return repr(
        replace(
            _unread(scenario),
            workload=_bare(scenario.workload),
            nodes=tuple(replace(node, source=None, fields={}) for node in scenario.nodes),
            change=replace(
                scenario.change,
                image="",
                given=tuple(_unnamed(step, scenario.workload) for step in scenario.change.given),
            ),
            budgets=tuple(
                replace(
                    budget,
                    namespace="",
                    name="",
                    selector=LabelSelector(),
                    source=_NOWHERE,
                    fields={},
                )
                for budget in scenario.budgets
            ),
            quotas=tuple(
                replace(quota, namespace="", source=_NOWHERE, fields={})
                for quota in scenario.quotas
            ),
            before=scenario.before and _bare(scenario.before),
            neighbours=tuple(map(_bare, scenario.neighbours)),
            services=(),
            apart=(),
            background=(),
            meetings=(),
        )
    ) + repr(
        (
            len(scenario.background),
            # Scores read more of it, such as all labels and preferences.
            subjects if scenario.choice == "best" else (),
            [
                (subjects.index(each.one), subjects.index(each.other), each.topology_key)
                for each in scenario.apart
            ],
            [[budget.guards(each) for each in scenario.templates] for budget in scenario.budgets],
            images[:1],
            _traffic(scenario),
            [[each.adopts(other) for other in scenario.templates] for each in scenario.templates],
            # Whose template is whose matters to those that take over ReplicaSets.
            [
                (each.takes_over(other), each.template.images, other.template.images)
                for each in adopters(scenario)
                for other in scenario.versions
            ],
            Sharing(scenario.templates, (), ()).near,
            [
                counted(each, constraint, scenario.workloads)
                for each in scenario.workloads
                for constraint in each.template.spread
            ],
        )
    )


def _traffic(scenario: Scenario) -> list[Hashable]:
    """What Services of the workload select, those that select the same once."""
    found = (
        (each.followed, bool(each.local), *map(each.routes_to, scenario.templates))
        for each in served(scenario)
    )
    return list(dict.fromkeys(found))


def _unnamed(step: Step, workload: Workload) -> Step:
    """A step without the name of the workload."""
    if isinstance(step, DeletePod):
        return replace(step, pod=step.pod.removeprefix(workload.name))
    return step


def _bare(workload: Workload) -> Workload:
    """A workload without what only people read."""
    spread = tuple(replace(each, selector=None) for each in workload.template.spread)
    return replace(
        workload,
        namespace="",
        name="",
        selector=LabelSelector(),
        template=replace(
            workload.template, labels={}, images=(), near=(), spread=spread, fields={}
        ),
        cron=workload.cron and replace(workload.cron, schedule=""),
        source=_NOWHERE,
        fields={},
    )


def control_plane_key(scenario: Scenario) -> Hashable:
    """Equal for scenarios whose control planes' systems are the same but for names."""
    return repr(
        (
            scenario.control_plane,
            faults.beside(scenario.faults),
            scenario.bounds,
            scenario.properties,
            scenario.skipped,
            sorted(scenario.mutations),
        )
    )


def _unread(scenario: Scenario) -> Scenario:
    """The scenario without what no system is made of."""
    return replace(
        scenario,
        name="",
        suppressions=(),
        omitted=(),
        accepted=frozenset(),
        assumptions=(),
        source=_NOWHERE,
        fields={},
    )
