"""Hard topology spread in the scheduler's cycle: the rules of `model.plugins.spreading` on
expressions.

Pods whose deletion has begun do not count, though they take room still; pods that wait for a node
are in no domain.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from model.api.workload import Workload
from model.apiserver.objects import ABSENT, Cluster
from model.ir.expr import TRUE, Expr, conj, integer, variable
from model.ir.quantifier import count, forall, minimum
from model.ir.types import BOOL, IntType
from model.mutation import Mutation
from model.plugins import spreading
from model.plugins.spreading import NOWHERE, TERMINATING_SPREAD, Domains
from model.scenario import Scenario

SKEW_ONE_TOO_MANY = Mutation(
    "skew-one-too-many", "the scheduler lets pods be one more apart than maxSkew"
)


def even(cluster: Cluster) -> Callable[[Expr, Expr], Expr] | None:
    """Whether the constraints let a pod of a ReplicaSet onto a node; None where there are none."""
    found, scenario = [], cluster.scenario
    r, n = variable("replicaset", cluster.ReplicaSet), variable("node", cluster.Node)
    late = int(cluster.mutated(SKEW_ONE_TOO_MANY))
    # What the properties are about knows no seeded fault.
    terminating = cluster.mutated(TERMINATING_SPREAD)
    numbers = itertools.count(1)
    for workload in scenario.workloads:
        open_, rows = TRUE, _rows(scenario, workload)
        for row in rows:
            name = f"domain {next(numbers)}"
            places = _Places(cluster, workload, row, name, terminating=terminating)
            most = spreading.most(places.least[(r,)], 1, row.constraint.max_skew + late)
            open_ = open_ & places.labelled(n) & (places.inside[r, n] <= most)
        if rows:
            found.append(~_is_of(cluster, workload, r) | open_)
    if not found:
        return None
    evenly = cluster.builder.define("evenly", (r, n), conj(*found))
    return lambda replicaset, node: evenly[replicaset, node]


def _is_of(cluster: Cluster, workload: Workload, replicaset: Expr) -> Expr:
    """Whether a ReplicaSet is of a workload."""

    def same(other: Workload) -> int:
        return int(other.subject == workload.subject)

    return cluster.each(f"of {workload.subject}", BOOL, same)(replicaset)


def kept(cluster: Cluster, replicaset: Expr) -> Expr:
    """Whether the pods that are bound, and not on their way out, are no farther apart than the
    constraints allow; only those of a ReplicaSet where only pods of one revision count."""
    found, own = TRUE, cluster.scenario.workload
    for number, row in enumerate(_rows(cluster.scenario, own), 1):
        places = _Places(cluster, own, row, f"kept domain {number}", terminating=False)
        most = spreading.most(places.least[(replicaset,)], 0, row.constraint.max_skew)
        found = found & forall(
            cluster.Node,
            lambda n, places=places, most=most: (  # type: ignore[misc]
                ~places.counts(n) | (places.inside[replicaset, n] <= most)
            ),
        )
    return found


def _rows(scenario: Scenario, workload: Workload) -> list[Domains]:
    given = spreading.constraints(scenario, workload)
    return spreading.domains(workload.template, given, scenario.nodes)


class _Places:
    """The domains of one constraint and how many pods count in each."""

    def __init__(
        self, cluster: Cluster, workload: Workload, row: Domains, name: str, *, terminating: bool
    ) -> None:
        builder = cluster.builder
        self._cluster = cluster
        alone = len(row.names) == len([domain for domain in row.of if domain != NOWHERE])
        # Nodes that are a domain each are not told apart by which one that is.
        numbers = [row.of, row.counted]
        if alone:
            numbers = [tuple(min(domain, 0) for domain in each) for each in numbers]
        type = IntType(NOWHERE, max(0, *numbers[0]))
        self._of = self._counted = builder.table(name, (cluster.Node,), type, numbers[0])
        if numbers[0] != numbers[1]:
            self._counted = builder.table(f"{name} counts", (cluster.Node,), type, numbers[1])
        same = spreading.by_revision(workload, row.constraint)
        selected = spreading.counted(workload, row.constraint, cluster.workloads)
        held = iter(range(len(cluster.workloads)))
        its = cluster.each(f"{name} selects", BOOL, lambda _: int(next(held) in selected))
        r, n = variable("replicaset", cluster.ReplicaSet), variable("node", cluster.Node)

        def counts(q: Expr) -> Expr:
            at, there = cluster.node[q], cluster.is_active(q)
            if terminating:
                there = cluster.phase[q] != ABSENT
            if cluster.registered is not None:
                there = there & cluster.registered.get(at, False)
            if alone:
                there = there & (at == n) & (self._counted[n] != NOWHERE)
            else:
                there = there & (self._counted.get(at, NOWHERE) == self._of[n])
            return there & (cluster.owner[q] == r if same else its(cluster.owner[q]))

        #: [ReplicaSet, node]: how many pods are in the domain of a node that has one.
        self.inside = builder.define(f"{name} pods", (r, n), count(cluster.Pod, counts))
        #: [ReplicaSet]: how many are in the domain with the fewest.
        self.least = builder.define(
            f"{name} least",
            (r,),
            integer(0)
            if row.few
            else minimum(cluster.Node, lambda m: self.inside[r, m], self.counts, default=0),
        )

    def labelled(self, n: Expr) -> Expr:
        """Whether a node is in a domain."""
        return self._of[n] != NOWHERE

    def counts(self, n: Expr) -> Expr:
        """Whether the pods on a node count."""
        return (self._counted[n] != NOWHERE) & self._cluster.is_registered(n)
