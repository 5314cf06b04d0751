"""The family of a scenario: the same cluster with any number of pods, nodes and replicas.

The text of a workload's system is written once more with the scenario's counts (replicas, maxSurge,
maxUnavailable, pod slots, what a PodDisruptionBudget wants) as parameters. Nodes of the other
members are of the kinds that the scenario has, in any number. Where the workload is deployed at
the start its pods may be on any nodes that the scheduler's filters let them onto.

Omits: families over percentages (a proof for all counts covers them), so a seeded fault that rounds
wrongly has none; clusters of which a node takes more than MOST_PODS pods; hard topology
spread; more drains or taints one after the other than the scenario has, on whichever nodes. Whether
the cluster has room for all pods at once (`model.apiserver.room`) is taken from the scenario.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.apiserver.objects import Cluster
from model.apiserver.room import capacity
from model.controllers.deployment_view import ROUNDING
from model.ir.expr import Expr, conj, disj, element, greatest, literal
from model.ir.family import Family
from model.ir.quantifier import count, forall
from model.ir.system import System, Table
from model.ir.types import ElementType, Sort
from model.scenario import Scenario

#: More pods than a node of a system that is written down takes.
MOST_PODS = 1000


def slots(scenario: Scenario) -> int | None:
    """Enough pod slots to write down what each kind of node admits; None if there is no family."""
    template = scenario.workload.template
    most = max((capacity(template, node, MOST_PODS) for node in scenario.nodes), default=0)
    if most >= MOST_PODS or template.spread or scenario.mutations & ROUNDING:
        return None
    # One slot at least is free at the start, so that free slots are seen to be allowed.
    return max(most + 2, scenario.workload.replicas + 1)


def family(cluster: Cluster, *, deployed: bool) -> Family:
    """The family of a general cluster to which every component was added."""
    sizes = {
        cluster.Pod: _table(cluster.slots),
        cluster.Node: _table(cluster.given("nodeCount", cluster.Node.size)),
    }
    where = cluster.unavailable <= cluster.desired
    assert isinstance(where, Expr)
    system = cluster.builder.build()
    start = [*_scalars(cluster, system), *_elements(system)]
    if deployed:
        start.append(count(cluster.Pod, cluster.is_active) == cluster.desired)
        start.append(_placed(cluster, system))
    return Family(
        system,
        cluster.parameters,
        where,
        conj(*start),
        sizes,
        "pods, nodes, replicas, maxSurge and maxUnavailable",
    )


def _table(count: object) -> Table:
    assert isinstance(count, Expr)
    assert isinstance(count.payload, Table)
    return count.payload


def _scalars(cluster: Cluster, system: System) -> Iterator[Expr]:
    """What the cells that are not about single pods or nodes are at the start."""
    initial = system.initial[0]
    begun = cluster.old
    there = bool(initial[system.cell(cluster.exists, (0,))])
    counts = {
        function[begun]: cluster.available(begun)
        if status.written is cluster.status_available
        else cluster.active(begun)
        for status in cluster.syncs.statuses
        for function in status
    }
    for function, arguments in system.cells:
        if any(sort.symmetric for sort in function.domain):
            continue
        if isinstance(function.type, ElementType) and function.type.sort.symmetric:
            continue
        names = zip(function.domain, arguments, strict=True)
        cell = function[tuple(element(sort, sort.elements[i]) for sort, i in names)]
        if there and cell is cluster.replicas[begun]:
            yield cell == cluster.desired
        elif there and cell in counts:
            yield cell == counts[cell]
        else:
            yield cell == literal(function.type, initial[system.cell(function, arguments)])


def _elements(system: System) -> Iterator[Expr]:
    """That every pod and node is like one of those at the start, but for which node it is on."""
    for sort in system.sorts:
        if sort.symmetric:
            yield forall(sort, lambda x, sort=sort: _alike(system, sort, x))  # type: ignore[misc]


def _alike(system: System, sort: Sort, x: Expr) -> Expr:
    functions = [f for f in system.functions if f.domain == (sort,)]
    points = [isinstance(f.type, ElementType) and f.type.sort.symmetric for f in functions]
    seen = {
        tuple(
            (value == -1) if pointer else value
            for function, pointer in zip(functions, points, strict=True)
            for value in [initial[system.cell(function, (index,))]]
        )
        for initial in system.initial
        for index in range(sort.size)
    }
    kinds = []
    for values in sorted(seen):
        parts = []
        for function, pointer, value in zip(functions, points, values, strict=True):
            if pointer:
                absent = function[x].is_none()
                parts.append(absent if value else ~absent)
            else:
                parts.append(function[x] == literal(function.type, value))
        kinds.append(conj(*parts))
    return disj(*kinds)


def _placed(cluster: Cluster, system: System) -> Expr:
    """That the scheduler's filters admitted the last pod of every node.

    No node takes as many pods as are written down, so none has more at the start.
    """
    fits = next(table for table in system.tables if table.name == "fits")
    most = cluster.Pod.size - 1

    def admitted(n: Expr) -> Expr:
        on = count(cluster.Pod, lambda p: cluster.node[p] == n)
        return (on <= most) & ((on == 0) | fits[n, greatest(0, on - 1)])

    return forall(cluster.Node, admitted)
