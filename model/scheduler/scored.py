"""What scores of nodes are made of, as expressions: pods as the scheduler sees them, tables over
owners and nodes, extremes among feasible nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from model.api.pod import Pod
from model.apiserver.objects import Cluster
from model.ir.expr import Expr, greatest, least, variable
from model.ir.system import Table
from model.ir.types import IntType, Sort
from model.plugins.snapshot import NodeInfo, Snapshot
from model.scheduler import incoming

#: The largest table that is filled.
MOST = 1 << 21

#: (who is placed, node) to something of both.
Binary = Callable[[Expr, Expr], Expr]


class Left(Exception):
    """What scores depend on is not known, or too much to be written down: the choice is left open.
    The message says what."""


@dataclass(frozen=True)
class Scored:
    """Who is placed is an element of a sort, whose `owner` makes such pods; and which nodes are
    feasible for it."""

    cluster: Cluster
    sort: Sort
    owner: Callable[[Expr], Expr]
    feasible: Binary

    @cached_property
    def pods(self) -> list[Pod]:
        """One of each owner."""
        return [incoming.pod_of(self.cluster, of) for of in range(self.cluster.ReplicaSet.size)]

    @cached_property
    def snapshot(self) -> Snapshot:
        cluster = self.cluster
        return Snapshot.of(
            map(incoming.whole, cluster.scenario.nodes),
            (),
            services=incoming.services(cluster),
            controllers=incoming.controllers(cluster),
            profile=cluster.scenario.profile,
        )

    def table(self, name: str, domain: Sequence[Sort | IntType], values: Sequence[int]) -> Table:
        type = IntType(min(values), max(values))
        return self.cluster.builder.table(name, domain, type, values)

    def by_node(self, name: str, of: Callable[[Pod, NodeInfo], int]) -> Table | None:
        """Something of each owner's pods and each node; None where nodes do not differ in it."""
        rows = [[of(pod, info) for info in self.snapshot.nodes] for pod in self.pods]
        if all(len(set(row)) == 1 for row in rows):
            return None
        domain = (self.cluster.ReplicaSet, self.cluster.Node)
        return self.table(name, domain, [value for row in rows for value in row])

    def among(
        self,
        name: str,
        s: Expr,
        body: Callable[[Expr], Expr],
        extremum: Callable[..., Expr],
        where: Callable[[Expr], Expr] | None = None,
    ) -> Expr:
        """The least or most among the feasible nodes; the least that there can be if there is
        none."""
        allowed = where or (lambda m: self.feasible(s, m))
        low = body(variable("any", self.cluster.Node)).type.lo
        found = extremum(self.cluster.Node, body, allowed, default=low)
        return self.cluster.builder.define(name, (s,), found)[(s,)]


def within(value: Expr, type: IntType) -> Expr:
    """A value that is in a type wherever it matters: of feasible nodes."""
    return least(greatest(0, value), type.hi)
