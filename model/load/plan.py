"""From objects to scenarios: which workload is checked under which change, on which nodes.

A Check document covers the objects of its own file and of `spec.manifests`; when those hold no
workload, the objects that no other Check covers. What no Check covers goes through the everyday
scenarios.

Omits: changes of several workloads at a time; which of the others take part, `model.scope` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from model.apiserver.routing import routed, served
from model.load import idle, invariants, services
from model.load.diagnostics import Report
from model.load.planner import Overrides, Planner
from model.load.setting import Settings
from model.load.unit import Unit
from model.plan import Plan
from model.properties.promises import promised
from model.scenario import Scenario


def make_plan(units: Sequence[Unit], overrides: Overrides, report: Report) -> Plan:
    """Every scenario of every unit. Wrong scenarios are reported and left out."""
    scenarios: list[Scenario] = []
    unchecked: dict[str, None] = {}
    depths, read, reasons = [], set[str](), dict[str, str]()
    everyday = [unit for unit in units if unit.check is None]
    homes = Counter(workload.subject for unit in everyday for workload in unit.workloads)
    for unit in units:
        unchecked.update(dict.fromkeys(unit.unchecked))
        if unit.check is not None:
            depths.append(unit.check.depth)
            idle.require_workloads(unit, unit.check, report)
        claimed = (*(unit.check.invariants if unit.check else ()), *overrides.invariants)
        if claimed:
            invariants.check_names(claimed, unit.workloads, report)
        settings, before = Settings(unit.objects, unit.workloads), len(scenarios)
        for workload in unit.workloads:
            if workload.replicas == 0 and (unit.check is None or workload.job is not None):
                idle.without_pods(workload, report)
                continue
            planned = Planner(unit, settings, workload, overrides, report).scenarios()
            if unit.check is None and unit.origin and homes[workload.subject] > 1:
                # Two overlays of one base may name their workloads alike.
                planned = [replace(s, name=f"{s.name} ({unit.origin})") for s in planned]
            scenarios += planned
            if planned and workload.stateful is not None:
                read.update(settings.classes(workload))
        own = scenarios[before:]
        if unit.check is not None and own:
            idle.faults(unit, unit.check, own[0], report)
        services.check_pods(unit.services, settings.pods, unit.objects, report)
        reasons.update(_reasons(unit, settings))
        read.update(settings.priority_classes() if scenarios[before:] else ())
    for label in read:
        unchecked.pop(label, None)
    for label in unchecked.keys() & set(_read(scenarios)):
        unchecked.pop(label)
    depth = max((depth for depth in depths if depth is not None), default=None)
    kept = {label: reasons[label] for label in unchecked if label in reasons}
    return Plan(tuple(scenarios), tuple(unchecked), kept, depth=depth)


def _read(scenarios: Iterable[Scenario]) -> Iterator[str]:
    """Labels of the objects that a verdict depends on, or is unknown because of."""
    for scenario in scenarios:
        yield from (f"ResourceQuota/{each.namespace}/{each.name}" for each in scenario.quotas)
        yield from scenario.change.autoscalers
        left_out = (use for use in scenario.omitted if use.name not in scenario.accepted)
        yield from (use.what.partition(" ")[0] for use in left_out)
        answering = served(scenario) if routed(scenario) else promised(scenario)
        yield from (f"Service/{each.namespace}/{each.name}" for each in answering)


def _reasons(unit: Unit, settings: Settings) -> Iterator[tuple[str, str]]:
    """Why nothing is said of objects that are read."""
    for each in unit.services:
        label = f"Service/{each.namespace}/{each.name}"
        yield label, services.why_not(each, settings.pods)
    used = settings.priority_classes()
    for found in unit.objects:
        if found.kind == "PriorityClass" and found.label not in used:
            yield found.label, "no pod here has the priority"
