"""The ladder of sizes: smaller instances of a scenario that keep its shape.

A state space grows quickly with replicas and nodes. What goes wrong usually goes wrong at a small
size too, if that size has the same shape: whether the strategy may surge and may lose replicas,
which kinds of nodes there are, whether there is room for the surge, what a disruption budget
leaves over. A verdict on a smaller instance says nothing certain of the real one, so whoever uses
it names the sizes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model.apiserver.room import capacity, lost_nodes, roomy
from model.disruption import healthy_needed
from model.scenario import IntOrPercent, Node, PodDisruptionBudget, Scenario, Workload
from model.scheduler.filters import HOSTNAME

#: Replicas to try, ascending.
SIZES = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 40, 50, 64, 80, 100)
#: Nodes of each kind that a smaller instance keeps if that is room enough.
FEW = 3


def smaller(scenario: Scenario) -> Iterator[Scenario]:
    """Smaller scenarios of the same shape, smallest first; none for a scenario that is small."""
    if scenario.bounds.pods is not None:
        return
    for replicas in SIZES:
        if replicas >= scenario.workload.replicas:
            return
        workload = _shrunk(scenario.workload, replicas)
        if _strategy(workload) != _strategy(scenario.workload):
            continue
        budgets = tuple(_budget(b, scenario.workload.replicas, replicas) for b in scenario.budgets)
        small = replace(scenario, workload=workload, budgets=budgets)
        for nodes in _clusters(scenario, replicas):
            found = _on(small, nodes)
            if same_room(found, scenario):
                yield found
                break


def sizes(small: Scenario, scenario: Scenario) -> str:
    """What a verdict on the small one covers: "4 of 50 replicas on 3 of 20 nodes"."""
    replicas = f"{small.workload.replicas} of {scenario.workload.replicas} replicas"
    if len(small.nodes) == len(scenario.nodes):
        return replicas
    return f"{replicas} on {len(small.nodes)} of {len(scenario.nodes)} nodes"


def _shrunk(workload: Workload, replicas: int) -> Workload:
    """The workload with fewer replicas. Percentages stay; counts shrink in proportion, surge up
    and unavailable down as percentages round, but neither to 0."""

    def scaled(value: IntOrPercent, *, round_up: bool) -> IntOrPercent:
        if value.percent or not value.value:
            return value
        share = value.value * replicas / workload.replicas
        return IntOrPercent(max(1, -int(-share // 1) if round_up else int(share)))

    return replace(
        workload,
        replicas=replicas,
        max_surge=scaled(workload.max_surge, round_up=True),
        max_unavailable=scaled(workload.max_unavailable, round_up=False),
    )


def _strategy(workload: Workload) -> tuple[bool, bool]:
    surge, unavailable = workload.rounded
    return surge > 0, unavailable > 0


def _budget(budget: PodDisruptionBudget, before: int, replicas: int) -> PodDisruptionBudget:
    """The budget with as many evictions to spare, as far as fewer replicas allow."""
    spare = max(0, before - healthy_needed(budget, before))
    return replace(budget, min_available=None, max_unavailable=IntOrPercent(min(spare, replicas)))


def _clusters(scenario: Scenario, replicas: int) -> Iterator[tuple[Node, ...]]:
    """Clusters to try for fewer replicas: a few nodes of each kind, then more of them, then
    nodes that take fewer pods each, in proportion."""
    counts = range(min(FEW, len(scenario.nodes)), len(scenario.nodes) + 1)
    for few in counts:
        yield tuple(_few(scenario, few))
    template, most = scenario.workload.template, scenario.workload.replicas
    for few in counts:
        nodes = tuple(_few(scenario, few))
        share = replicas * len(scenario.nodes) / (most * len(nodes))
        yield tuple(
            replace(n, allocatable={**n.allocatable, "pods": max(1, int(takes * share))})
            for n in nodes
            for takes in [capacity(template, n, most)]
        )


def _few(scenario: Scenario, few: int) -> Iterator[Node]:
    """The first few nodes of each kind, those that are drained or tainted before others."""
    kept: dict[object, int] = {}
    for node in sorted(scenario.nodes, key=lambda n: n.name not in scenario.change.nodes):
        kind = _kind(node)
        kept[kind] = kept.get(kind, 0) + 1
        if kept[kind] <= few:
            yield node


def _kind(node: Node) -> object:
    labels = tuple(sorted((k, v) for k, v in node.labels.items() if k != HOSTNAME))
    allocatable = tuple(sorted(node.allocatable.items()))
    return labels, node.taints, node.unschedulable, allocatable


def _on(scenario: Scenario, nodes: tuple[Node, ...]) -> Scenario:
    """The scenario on some of its nodes; its change is about those of them that it names."""
    kept = {node.name for node in nodes}
    named = tuple(name for name in scenario.change.nodes if name in kept)
    return replace(scenario, nodes=nodes, change=replace(scenario.change, nodes=named))


def same_room(one: Scenario, other: Scenario) -> bool:
    """Whether two sizes of a scenario leave as much room: for the replicas, for the surge as well,
    and for every pod at once, with nodes lost or not; and any node alone."""
    return _room(one) == _room(other)


def _room(scenario: Scenario) -> tuple[bool, ...]:
    """Whether there is room for the replicas, for the surge as well, and for every pod at once,
    when the roomiest nodes that can be lost are lost; and whether any node is left alone."""
    workload = scenario.workload
    most = workload.replicas + workload.rounded[0]
    lost = lost_nodes(scenario)
    rooms = sorted(capacity(workload.template, node, most) for node in scenario.nodes)
    left = sum(rooms[: max(0, len(rooms) - lost)])
    alone = len(scenario.change.nodes) < len(scenario.nodes)
    return left >= workload.replicas, left >= most, roomy(scenario), alone
