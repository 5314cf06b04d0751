"""How many replicas there are, and the smaller sizes of a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from model.apiserver.room import capacity
from model.edits.contract import Edit, Knob, nearest
from model.rungs import few_nodes, on_nodes, same_room, spared
from model.scenario import Scenario

#: By how much replicas are raised and lowered at most.
_AWAY = 2
#: Properties that want a number of pods that grows with the replicas.
_PROMISES = ("rollout-keeps-available", "maintenance-keeps-available")
#: Replicas and nodes together of the largest of the small sizes.
MOST = 8


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    if "replicas" in scenario.open:
        return
    replicas = scenario.workload.replicas
    numbers = nearest(replicas, max(1, replicas - _AWAY), replicas + _AWAY)
    edits = tuple(
        Edit(
            f"set spec.replicas to {n}",
            partial(_scale, replicas=n),
            _PROMISES if n < replicas else (),
        )
        for n in numbers
    )
    yield Knob("spec.replicas", "the replicas", str(replicas), edits)


def _scale(scenario: Scenario, replicas: int) -> Scenario:
    return replace(scenario, workload=replace(scenario.workload, replicas=replicas))


def smaller(scenario: Scenario) -> list[Scenario]:
    """The scenario with fewer replicas and nodes, the fewest together first, where that leaves as
    much room. The nodes that its change is about stay, and budgets spare as many replicas."""
    replicas, nodes = scenario.workload.replicas, len(scenario.nodes)
    sizes = sorted(
        ((r, n) for r in range(1, replicas + 1) for n in range(1, nodes + 1) if r + n <= MOST),
        key=lambda size: (sum(size), size),
    )
    found = [_sized(scenario, *size) for size in sizes if size != (replicas, nodes)]
    same = [small for small in found if _fits(small) == _fits(scenario)]
    return [small for small in same if same_room(small, scenario)]


def _fits(scenario: Scenario) -> bool:
    """Whether all nodes together take the replicas."""
    replicas, template = scenario.workload.replicas, scenario.workload.template
    return sum(capacity(template, node, replicas) for node in scenario.nodes) >= replicas


def _sized(scenario: Scenario, replicas: int, nodes: int) -> Scenario:
    before = scenario.workload.replicas
    budgets = tuple(spared(budget, before, replicas) for budget in scenario.budgets)
    found = replace(_scale(scenario, replicas), budgets=budgets)
    return on_nodes(found, tuple(few_nodes(scenario))[:nodes])
