"""How the last state breaks topology spread, with names and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from model.apiserver.objects import Cluster
from model.instance import Remark
from model.ir.expr import Expr, disj, element
from model.plugins import spreading
from model.plugins.spreading import FIELD, NOWHERE, Domains
from model.properties.spread import completed
from model.words import counted

if TYPE_CHECKING:
    from model.ir.reading import Reading


def uneven(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """How many pods are in the fullest and in the emptiest domain."""
    scenario = cluster.scenario
    given = spreading.constraints(scenario)
    to = next(to for done, to in completed(cluster) if reading.value(lambda done=done: done))
    for row in spreading.domains(scenario.workload.template, given, scenario.nodes):
        whose = _owners(cluster, row, to)

        def counts(p: Expr, n: Expr, whose: Sequence[Expr] = whose) -> Expr:
            there = cluster.is_active(p) & (cluster.node[p] == n)
            return there & disj(*(cluster.owner[p] == each for each in whose))

        numbers: dict[int, int] = {}
        for node in reading.those(cluster.Node, cluster.is_registered):
            domain = row.counted[node.position]
            if domain != NOWHERE:
                pods = len(reading.those(cluster.Pod, counts, node))
                numbers[domain] = numbers.get(domain, 0) + pods
        yield from _apart(row, numbers)


def _owners(cluster: Cluster, row: Domains, to: Expr) -> list[Expr]:
    """Whose pods a constraint counts that is of pods of a ReplicaSet."""
    own = cluster.scenario.workload
    if spreading.by_revision(own, row.constraint):
        return [to]
    found = spreading.counted(own, row.constraint, cluster.workloads)
    return [element(cluster.ReplicaSet, cluster.ReplicaSet.elements[at]) for at in sorted(found)]


def _apart(row: Domains, numbers: dict[int, int]) -> Iterator[Remark]:
    """That domains are too far apart by one constraint, if they are."""
    if not numbers:
        return
    skew, key = row.constraint.max_skew, row.constraint.topology_key
    full = max(numbers, key=numbers.__getitem__)
    least = row.least(list(numbers.values()))
    if numbers[full] > spreading.most(least, 0, skew):
        text = (
            f"the rollout is complete, and {key}={row.names[full]} has "
            f"{counted(numbers[full], 'pod')}, the emptiest domain {least}: more than maxSkew "
            f"{skew} apart"
        )
        yield Remark(text, (FIELD,))
