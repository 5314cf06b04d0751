"""Hard topology spread in the scheduler's cycle: the rules of `model.plugins.spreading` on
expressions.

Pods whose deletion has begun do not count, though they take room still; pods that wait for a node
are in no domain.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from model.api.workload import Workload
from model.apiserver.objects import ABSENT, Cluster
from model.ir.expr import TRUE, Expr, conj, integer, none, variable
from model.ir.quantifier import count, exists, forall, minimum
from model.ir.system import Table
from model.ir.types import BOOL, ElementType, Sort, Type
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
            open_ = open_ & places.labelled(n) & (places.inside(r, n) <= most)
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
                ~places.counts(n) | (places.inside(replicaset, n) <= most)
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
        self._cluster, builder = cluster, cluster.builder
        #: Nodes that are a domain each stand for it, and are not told apart by which one that is.
        self._alone = len(row.names) == len([domain for domain in row.of if domain != NOWHERE])
        self._domain = cluster.Node if self._alone else Sort(name, row.names)
        self._of = self._counted = self._table(name, row.of)
        if row.counted != row.of:
            self._counted = self._table(f"{name} counts", row.counted)
        #: Some domain, for nodes that are in none.
        self._any = self._of
        if NOWHERE in row.of and not self._alone:
            self._any = self._table(f"{name} or any", [max(0, domain) for domain in row.of])
        same = spreading.by_revision(workload, row.constraint)
        selected = spreading.counted(workload, row.constraint, cluster.workloads)
        held = iter(range(len(cluster.workloads)))
        its = cluster.each(f"{name} selects", BOOL, lambda _: int(next(held) in selected))
        r, d = variable("replicaset", cluster.ReplicaSet), variable("domain", self._domain)

        def counts(q: Expr) -> Expr:
            at, there = cluster.node[q], cluster.is_active(q)
            if terminating:
                there = cluster.phase[q] != ABSENT
            if cluster.registered is not None:
                there = there & cluster.registered.get(at, False)
            there = there & self._has(d, at)
            return there & (cluster.owner[q] == r if same else its(cluster.owner[q]))

        self._pods = builder.define(f"{name} pods", (r, d), count(cluster.Pod, counts))
        #: [ReplicaSet]: how many are in the domain with the fewest.
        self.least = builder.define(
            f"{name} least",
            (r,),
            integer(0)
            if row.few
            else minimum(self._domain, lambda e: self._pods[r, e], self._is_there, default=0),
        )

    def _table(self, name: str, domains: Sequence[int]) -> Table:
        """The domain of each node, if it has one; of nodes that are one each, whether they are."""
        type: Type = ElementType(self._domain, optional=NOWHERE in domains)
        if self._alone:
            type, domains = BOOL, [int(domain != NOWHERE) for domain in domains]
        return self._cluster.builder.table(name, (self._cluster.Node,), type, domains)

    def _has(self, domain: Expr, at: Expr) -> Expr:
        """Whether a pod on a node, or on none, counts in a domain."""
        if self._alone:
            return (at == domain) & self._counted[domain]
        return self._counted.get(at, none(self._domain)) == domain

    def _is_there(self, domain: Expr) -> Expr:
        """Whether a domain has a node whose pods count."""
        if self._alone:
            return self.counts(domain)
        return exists(
            self._cluster.Node,
            lambda n: self._cluster.is_registered(n) & (self._counted[n] == domain),
        )

    def inside(self, replicaset: Expr, n: Expr) -> Expr:
        """How many pods are in the domain of a node that has one."""
        return self._pods[replicaset, n if self._alone else self._any[n]]

    def labelled(self, n: Expr) -> Expr:
        """Whether a node is in a domain."""
        return self._of[n] if self._alone else ~self._of[n].is_none()

    def counts(self, n: Expr) -> Expr:
        """Whether the pods on a node count."""
        counted = self._counted[n] if self._alone else ~self._counted[n].is_none()
        return counted & self._cluster.is_registered(n)
