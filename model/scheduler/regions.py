"""Domains of nodes by a label, and the pods in them, on expressions.

Nodes that are a domain each stand for it, so that nothing tells them apart; of others the domains
are a sort of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property

from model.api.node import Node
from model.apiserver.objects import Cluster
from model.ir.expr import TRUE, Expr, ite, none, variable
from model.ir.quantifier import count, exists
from model.ir.system import Table
from model.ir.types import BOOL, ElementType, Sort, Type
from model.plugins.spreading import NOWHERE


def domains(nodes: Sequence[Node], key: str) -> list[int]:
    """The domain of each node by a topology key, by numbers; NOWHERE where it lacks the label."""
    return numbered([node.labels.get(key) for node in nodes])


def numbered(values: Sequence[Hashable | None]) -> list[int]:
    """The same by what each node says of itself; None stands for nothing."""
    known = list(dict.fromkeys(value for value in values if value is not None))
    return [NOWHERE if value is None else known.index(value) for value in values]


class Regions:
    """The domains of one label."""

    def __init__(self, cluster: Cluster, name: str, domains: Sequence[int]) -> None:
        self._cluster, self._name = cluster, name
        there = [domain for domain in domains if domain != NOWHERE]
        self._alone = len(set(there)) == len(there)
        self._domains = domains
        names = tuple(f"{name}.{number}" for number in range(max(there, default=0) + 1))
        self.sort = cluster.Node if self._alone else Sort(name, names)
        #: [node]: its domain.
        self.of = self.table(name, domains)

    def table(self, name: str, domains: Sequence[int]) -> Table:
        """[node]: its domain, if it has one; of nodes that are one each, whether they are."""
        type: Type = ElementType(self.sort, optional=NOWHERE in domains)
        if self._alone:
            type, domains = BOOL, [int(domain != NOWHERE) for domain in domains]
        return self._cluster.builder.table(name, (self._cluster.Node,), type, domains)

    @cached_property
    def _any(self) -> Table:
        """Some domain, for nodes that are in none."""
        if NOWHERE not in self._domains:
            return self.of
        return self.table(f"{self._name} or any", [max(0, each) for each in self._domains])

    def labelled(self, n: Expr, of: Table | None = None) -> Expr:
        """Whether a node is in a domain; if only nodes count that have one in `of`."""
        table = of or self.of
        return table[n] if self._alone else ~table[n].is_none()

    def place(self, n: Expr) -> Expr:
        """The domain of a node that is in one."""
        return n if self._alone else self._any[n]

    def has(self, domain: Expr, pod: Expr, of: Table | None = None) -> Expr:
        """Whether a pod is on a node of a domain."""
        cluster, table = self._cluster, of or self.of
        at = cluster.node[pod]
        there = TRUE if cluster.registered is None else cluster.registered.get(at, False)
        if self._alone:
            return there & (at == domain) & table[domain]
        return there & (table.get(at, none(self.sort)) == domain)

    def has_node(
        self, domain: Expr, nodes: Callable[[Expr], Expr], of: Table | None = None
    ) -> Expr:
        """Whether some node is in a domain."""
        table = of or self.of
        if self._alone:
            return table[domain] & nodes(domain)
        return exists(self._cluster.Node, lambda n: nodes(n) & (table[n] == domain))

    def number(
        self, name: str, selected: Sequence[int], counted: Sequence[bool]
    ) -> Callable[[Expr, Expr], Expr]:
        """(owner, domain) to how many pods count there that are not on their way out: of owners
        that it selects, on nodes of which that is said."""
        cluster, table = self._cluster, self.of
        rows = [d if here else NOWHERE for d, here in zip(self._domains, counted, strict=True)]
        if rows != list(self._domains):
            table = self.table(f"{name} counts", rows)
        owners = cluster.ReplicaSet
        selects = cluster.builder.table(f"{name} selects", (owners, owners), BOOL, selected)
        r, d = variable("replicaset", owners), variable("domain", self.sort)

        def counts(q: Expr) -> Expr:
            return self.has(d, q, table) & cluster.is_active(q) & selects[r, cluster.owner[q]]

        found = cluster.builder.define(f"{name} pods", (r, d), count(cluster.Pod, counts))
        return lambda owner, domain: found[owner, domain]

    def seen(self, nodes: Callable[[Expr], Expr], *, whole: bool) -> Expr:
        """How many domains some nodes are in; those without the label are one, for the `whole`."""
        Node = self._cluster.Node
        found = count(self.sort, lambda d: self.has_node(d, nodes))
        if not whole or NOWHERE not in self._domains:
            return found
        return found + ite(exists(Node, lambda n: nodes(n) & ~self.labelled(n)), 1, 0)
