"""Hard topology spread in the scheduler's cycle: the rules of `model.plugins.spreading` on
expressions.

Pods whose deletion has begun do not count, though they take room still; pods that wait for a node
are in no domain.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

from model.api.workload import Workload
from model.apiserver.configuration import Lookup
from model.apiserver.objects import ABSENT, Cluster
from model.ir.expr import TRUE, Expr, conj, integer, ite, none, variable
from model.ir.quantifier import count, exists, forall, minimum
from model.ir.types import BOOL, ElementType, Sort, Type
from model.labellings import NODE_LABELS, labellings
from model.mutation import Mutation
from model.plugins import spreading
from model.plugins.spreading import NOWHERE, TERMINATING_SPREAD, Domains
from model.scenario import Scenario
from model.scheduler.cache import labelling

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
        open_, given = TRUE, spreading.constraints(scenario, workload)
        for at, constraint in enumerate(given):
            name = f"domain {next(numbers)}"
            seen = _Seen(at, labelling(cluster), terminating)
            places = _Places(cluster, workload, name, seen)
            most = spreading.most(places.least[(r,)], 1, constraint.max_skew + late)
            open_ = open_ & places.labelled(n) & (places.inside(r, n) <= most)
        if given:
            found.append(~_is_of(cluster, workload, r) | open_)
    if not found:
        return None
    evenly = cluster.builder.define("evenly", (r, n), conj(*found))
    return lambda replicaset, node: evenly[replicaset, node]


def _is_of(cluster: Cluster, workload: Workload, replicaset: Expr) -> Expr:
    """Whether a ReplicaSet is of a workload."""

    def same(other: Workload) -> int:
        return int(other.subject == workload.subject)

    # By its place: scenarios are alike whatever their workloads are called.
    place = cluster.scenario.workloads.index(workload)
    return cluster.each(f"of workload {place}", BOOL, same)(replicaset)


def kept(cluster: Cluster, replicaset: Expr) -> Expr:
    """Whether the pods that are bound, and not on their way out, are no farther apart than the
    constraints allow; only those of a ReplicaSet where only pods of one revision count."""
    found, own = TRUE, cluster.scenario.workload
    for at, constraint in enumerate(spreading.constraints(cluster.scenario)):
        seen = _Seen(at, cluster.configuration.labelling, terminating=False)
        places = _Places(cluster, own, f"kept domain {at + 1}", seen)
        most = spreading.most(places.least[(replicaset,)], 0, constraint.max_skew)
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


class _Seen(NamedTuple):
    """Which constraint of a workload, and how it is seen: with which labels of nodes, and whether
    pods on their way out count."""

    at: int
    labelling: Expr
    terminating: bool


def _alone(row: Domains) -> bool:
    """Whether each node that is in a domain is alone in it."""
    return len(row.names) == len([domain for domain in row.of if domain != NOWHERE])


class _Places:
    """The domains of one constraint and how many pods count in each."""

    def __init__(self, cluster: Cluster, workload: Workload, name: str, seen: _Seen) -> None:
        self._cluster, builder = cluster, cluster.builder
        self._workload, self._seen = workload, seen
        rows = [self._row(each) for each in labellings(cluster.scenario)]
        constraint = rows[0].constraint
        #: Nodes that are a domain each stand for it, and are not told apart by which one that is.
        self._alone = all(_alone(row) for row in rows)
        self._names = tuple(dict.fromkeys(each for row in rows for each in row.names))
        self._domain = cluster.Node if self._alone else Sort(name, self._names)
        self._of = self._counted = self._table(name, lambda row: row.of)
        if any(row.counted != row.of for row in rows):
            self._counted = self._table(f"{name} counts", lambda row: row.counted)
        #: Some domain, for nodes that are in none.
        self._any = self._of
        if any(NOWHERE in row.of for row in rows) and not self._alone:
            self._any = self._table(f"{name} or any", lambda row: [max(0, at) for at in row.of])
        same = spreading.by_revision(workload, constraint)
        selected = spreading.counted(workload, constraint, cluster.workloads)
        held = iter(range(len(cluster.workloads)))
        its = cluster.each(f"{name} selects", BOOL, lambda _: int(next(held) in selected))
        r, d = variable("replicaset", cluster.ReplicaSet), variable("domain", self._domain)

        def counts(q: Expr) -> Expr:
            at, there = cluster.node[q], cluster.is_active(q)
            if seen.terminating:
                there = cluster.phase[q] != ABSENT
            if cluster.registered is not None:
                there = there & cluster.registered.get(at, False)
            there = there & self._has(d, at)
            return there & (cluster.owner[q] == r if same else its(cluster.owner[q]))

        self._pods = builder.define(f"{name} pods", (r, d), count(cluster.Pod, counts))
        least: Expr = integer(0)
        if not all(row.few for row in rows):
            least = minimum(self._domain, lambda e: self._pods[r, e], self._is_there, default=0)
        if len({row.few for row in rows}) > 1:
            few = self._known(f"{name} few", (), BOOL, lambda row: [int(row.few)])
            least = ite(few[()], 0, least)
        #: [ReplicaSet]: how many are in the domain with the fewest.
        self.least = builder.define(f"{name} least", (r,), least)

    def _row(self, scenario: Scenario) -> Domains:
        """The domains as nodes may be labelled."""
        return _rows(scenario, self._workload)[self._seen.at]

    def _known(
        self,
        name: str,
        domain: tuple[Sort, ...],
        type: Type,
        of: Callable[[Domains], Sequence[int]],
    ) -> Lookup:
        """What is so of the domains, with the labels that are seen."""
        table, seen = self._cluster.configuration.table, self._seen.labelling
        over = (NODE_LABELS,)
        return table(name, domain, type, lambda s: of(self._row(s)), over, labelling=seen)

    def _table(self, name: str, of: Callable[[Domains], Sequence[int]]) -> Lookup:
        """The domain of each node, if it has one; of nodes that are one each, whether they are."""

        def values(row: Domains) -> list[int]:
            if self._alone:
                return [int(domain != NOWHERE) for domain in of(row)]
            # A domain that no node is in with some labels has its number all the same.
            known = [self._names.index(each) for each in row.names] or [0]
            return [domain if domain == NOWHERE else known[domain] for domain in of(row)]

        rows = map(self._row, labellings(self._cluster.scenario))
        optional = any(NOWHERE in values(row) for row in rows)
        type: Type = BOOL if self._alone else ElementType(self._domain, optional=optional)
        return self._known(name, (self._cluster.Node,), type, values)

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
