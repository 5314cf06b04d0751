"""How many replicas there are, and the smaller sizes of a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from model.api.node import Node
from model.api.steps import NODES, RESIZES
from model.apiserver.room import capacity
from model.edits.contract import Edit, Knob, nearest
from model.plugins.filters import HOSTNAME
from model.scenario import Scenario
from model.sizes.shape import same_room

#: By how much replicas are raised and lowered at most.
_AWAY = 2
#: Replicas and nodes together of the largest of the small sizes.
MOST = 8


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    workload = scenario.workload
    fixed = workload.daemon is not None or workload.job is not None or workload.is_pod
    if "replicas" in scenario.open or fixed or scenario.change.scales:
        return
    replicas = scenario.workload.replicas
    numbers = nearest(replicas, max(1, replicas - _AWAY), replicas + _AWAY)
    edits = tuple(
        Edit(
            f"set spec.replicas to {n}",
            partial(_scale, replicas=n),
            -1 if n < replicas else 1,
        )
        for n in numbers
    )
    yield Knob("spec.replicas", "the replicas", str(replicas), edits)


def _scale(scenario: Scenario, replicas: int) -> Scenario:
    return replace(scenario, workload=replace(scenario.workload, replicas=replicas))


def smaller(scenario: Scenario) -> list[Scenario]:
    """The scenario with fewer replicas and nodes and nothing else changed, the fewest first, where
    that leaves as much room. Nodes go from the last, if all are alike but for their names; those
    that the change is about stay. None of a Job, whose pods come and go, and none where steps scale
    or are about nodes."""
    fixed = scenario.change.kind == "steps" and scenario.change.has(*RESIZES, *NODES)
    if scenario.workload.job is not None or fixed:
        return []
    replicas, nodes = scenario.workload.replicas, scenario.nodes
    meant = {*scenario.change.nodes, scenario.workload.template.node_name}
    stay = max((i for i, n in enumerate(nodes, 1) if n.name in meant), default=1)
    stay = min(len(nodes), max(stay, scenario.losable + 1))
    fewest = stay if len(set(map(_kind, nodes))) == 1 else len(nodes)
    sizes = sorted(
        (
            (r, n)
            for r in range(1, replicas + 1)
            for n in range(fewest, len(nodes) + 1)
            if r + n <= MOST
        ),
        key=lambda size: (sum(size), size),
    )
    found = [
        replace(_scale(scenario, r), nodes=nodes[:n])
        for r, n in sizes
        if (r, n) != (replicas, len(nodes))
    ]
    same = [small for small in found if _fits(small) == _fits(scenario)]
    return [small for small in same if same_room(small, scenario)]


def _kind(node: Node) -> object:
    labels = frozenset(item for item in node.labels.items() if item[0] != HOSTNAME)
    return labels, node.taints, node.unschedulable, frozenset(node.allocatable.items())


def _fits(scenario: Scenario) -> bool:
    """Whether all nodes together take the replicas."""
    replicas, template = scenario.workload.replicas, scenario.workload.template
    return sum(capacity(template, node, replicas) for node in scenario.nodes) >= replicas
