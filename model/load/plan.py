"""From objects to scenarios: which workload is checked under which change, on which nodes.

A Check document covers the objects of its own file and of `spec.manifests`; when those hold no
workload, the objects that no other Check covers. What no Check covers goes through the everyday
scenarios.

Omits: changes of several workloads at a time; which of the others take part, `model.scope` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from model.apiserver.routing import routed
from model.load import idle, invariants
from model.load.diagnostics import Report
from model.load.planner import Overrides, Planner
from model.load.setting import Settings
from model.load.unit import Unit
from model.plan import Plan
from model.scenario import Scenario


def make_plan(units: Sequence[Unit], overrides: Overrides, report: Report) -> Plan:
    """Every scenario of every unit. Wrong scenarios are reported and left out."""
    scenarios: list[Scenario] = []
    unchecked: dict[str, None] = {}
    depths, read = [], set[str]()
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
    for label in read:
        unchecked.pop(label, None)
    for scenario in scenarios:
        if scenario.preempting:
            names = [name for name in unchecked if name.startswith("PriorityClass/")]
            for name in names:
                unchecked.pop(name)
        for quota in scenario.quotas:
            unchecked.pop(f"ResourceQuota/{quota.namespace}/{quota.name}", None)
        for label in scenario.change.autoscalers:
            unchecked.pop(label, None)
        for service in scenario.services if routed(scenario) else ():
            if any(service.routes_to(version) for version in scenario.versions):
                unchecked.pop(f"Service/{service.namespace}/{service.name}", None)
    depth = max((depth for depth in depths if depth is not None), default=None)
    return Plan(tuple(scenarios), tuple(unchecked), depth=depth)
