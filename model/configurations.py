"""Configurations: the scenarios that one with open counts and amounts stands for.

Which combinations of maxSurge and maxUnavailable the API server refuses (both 0) follows kubernetes
v1.36.3 `pkg/apis/apps/validation/validation.go` (ValidateRollingUpdateDeployment); such
configurations do not exist.

Omits: numbers of several kinds of nodes, and amounts that only some nodes have; amounts between the
steps of a range; open percentages, budgets of disruptions and faults, and requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

from model.api.intstr import IntOrPercent
from model.scenario import Range, Scenario

#: Values for some of what a scenario leaves open.
Choice = Mapping[str, int]

#: What can be left open: counts, and what a node can allocate.
COUNTS = ("replicas", "maxSurge", "maxUnavailable", "nodes")
AMOUNTS = ("cpu", "memory", "pods")

#: The fields of manifests in whose place something open stands.
STANDS_FOR = {
    "replicas": "spec.replicas",
    "maxSurge": "spec.strategy.rollingUpdate.maxSurge",
    "maxUnavailable": "spec.strategy.rollingUpdate.maxUnavailable",
}


def choices(scenario: Scenario) -> list[dict[str, int]]:
    """Every configuration that the API server accepts, small ones first; one without values where
    nothing is open.

    A configuration is smaller the more often its values are the first of their ranges: by the sum
    of their positions, then by the values in the order of `COUNTS` and `AMOUNTS`.
    """
    names = [name for name in (*COUNTS, *AMOUNTS) if name in scenario.open]
    ranges = [scenario.open[name].values for name in names]
    positions = sorted(product(*(range(len(r)) for r in ranges)), key=lambda p: (sum(p), p))
    found = (
        {name: values[at] for name, values, at in zip(names, ranges, each, strict=True)}
        for each in positions
    )
    return [choice for choice in found if _accepted(scenario, choice)]


def _accepted(scenario: Scenario, choice: Choice) -> bool:
    workload = scenario.workload
    if workload.kind != "Deployment" or workload.strategy != "RollingUpdate":
        return True
    surge = choice.get("maxSurge", workload.max_surge.value)
    return bool(surge or choice.get("maxUnavailable", workload.max_unavailable.value))


def closed(scenario: Scenario, choice: Choice) -> Scenario:
    """The scenario with the values of a choice; what that does not name stays open."""
    workload = scenario.workload
    if "replicas" in choice:
        workload = replace(workload, replicas=choice["replicas"])
    if "maxSurge" in choice:
        workload = replace(workload, max_surge=IntOrPercent(choice["maxSurge"]))
    if "maxUnavailable" in choice:
        workload = replace(workload, max_unavailable=IntOrPercent(choice["maxUnavailable"]))
    nodes = scenario.nodes[: choice.get("nodes", len(scenario.nodes))]
    amounts = {name: choice[name] for name in AMOUNTS if name in choice}
    if amounts:
        nodes = tuple(replace(n, allocatable={**n.allocatable, **amounts}) for n in nodes)
    left = {name: values for name, values in scenario.open.items() if name not in choice}
    return replace(scenario, workload=workload, nodes=nodes, open=left)


def narrowed(scenario: Scenario, ranges: Mapping[str, Range]) -> Scenario:
    """The scenario with smaller ranges, and the largest values of those in its other fields."""
    largest = closed(scenario, {name: values.values[-1] for name, values in ranges.items()})
    return replace(largest, open=ranges)


def name_of(values: Range, value: int) -> str:
    """A value as a user writes it."""
    return values.names[values.values.index(value)] if values.names else str(value)


def says(ranges: Mapping[str, Range]) -> str:
    """The ranges in words: "replicas 1 to 6, cpu 500m to 2"."""
    return ", ".join(_says(ranges, name) for name in (*COUNTS, *AMOUNTS) if name in ranges)


def _says(ranges: Mapping[str, Range], name: str) -> str:
    values = ranges[name].values
    low, high = name_of(ranges[name], values[0]), name_of(ranges[name], values[-1])
    return f"{name} {low} to {high}" if low != high else f"{name} {low}"


def smaller(scenario: Scenario) -> Iterator[Scenario]:
    """The scenario with the first few values of each range, fewest first."""
    before = None
    for few in (2, 3, 4, 6, 8, 12, 16, 24):
        cut = {
            name: replace(values, values=values.values[:few], names=values.names[:few])
            for name, values in scenario.open.items()
        }
        if all(cut[name].values == values.values for name, values in scenario.open.items()):
            return
        found = narrowed(scenario, cut)
        if cut != before and choices(found):
            yield found
        before = cut
