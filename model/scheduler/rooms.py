"""Which nodes are feasible for pods of each workload, where several share nodes: the rules of
`model.plugins.sharing` on expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from model.api.workload import Workload
from model.apiserver.configuration import Lookup
from model.apiserver.objects import Cluster
from model.apiserver.room import Room
from model.controllers import nodelifecycle
from model.ir.expr import TRUE, Expr, Literalish, conj, disj, integer, ite, variable
from model.ir.quantifier import exists, total
from model.ir.system import Definition, Table
from model.ir.types import BOOL, IntType, Sort
from model.labellings import NODE_LABELS, labellings
from model.mutation import Mutation
from model.plugins import filters
from model.plugins.defaulttolerationseconds import admitted_tolerations
from model.plugins.filters import CORDON_IGNORED, FIT_OFF_BY_ONE, TAINTS_IGNORED
from model.plugins.sharing import Amount, Domains, Near, Sharing, sharing
from model.scenario import Scenario
from model.scheduler import spread
from model.scheduler.cache import Cache, labelling

FIRST_POD_WAITS = Mutation(
    "first-pod-waits", "the first pod of those that are to be near one another waits for another"
)


def feasible(cluster: Cluster) -> Callable[[Expr, Expr], Expr]:
    """Whether a node takes one more pod of a ReplicaSet."""
    builder, scenario = cluster.builder, cluster.scenario
    shared = sharing(scenario)
    rows = _rows(cluster, shared)
    n, r = variable("node", cluster.Node), variable("replicaset", cluster.ReplicaSet)
    open_ = _admitted(cluster, shared, r, n)
    for load in loads(cluster, shared):
        open_ = open_ & load.leaves_room(r, n)
    for domains in shared.domains:
        open_ = open_ & ~_kept_apart(cluster, domains, rows, r, n)
    if shared.neighbourhoods:
        open_ = open_ & _near(cluster, shared, rows, r, n)
    if (evenly := spread.even(cluster)) is not None:
        open_ = open_ & evenly(r, n)
    open_ = open_ & _minded(cluster, r, n)
    found = builder.define("feasible", (r, n), open_)
    return lambda replicaset, node: found[replicaset, node]


def standing(cluster: Cluster, shared: Sharing) -> Callable[[Expr, Expr], Expr]:
    """Whether a node would take a pod of a ReplicaSet if no pod were on it."""
    n, r = variable("node", cluster.Node), variable("replicaset", cluster.ReplicaSet)
    open_ = _admitted(cluster, shared, r, n) & _minded(cluster, r, n)
    found = cluster.builder.define("standing", (r, n), open_)
    return lambda replicaset, node: found[replicaset, node]


def _rows(cluster: Cluster, shared: Sharing) -> list[int]:
    """Which of the workloads that share nodes each ReplicaSet is of."""
    return [shared.workloads.index(workload) for workload in cluster.workloads]


def _admitted(cluster: Cluster, shared: Sharing, r: Expr, n: Expr) -> Expr:
    """Whether a node that is there lets pods of a ReplicaSet onto it while it is empty."""
    rows, open_ = _rows(cluster, shared), cluster.is_registered(n)

    def admits(scenario: Scenario) -> list[int]:
        admitted = sharing(scenario).admitted
        return [int(each) for row in rows for each in admitted[row]]

    if all(all(admits(each)) for each in labellings(cluster.scenario)):
        return open_
    return open_ & _table(cluster, "admits", (cluster.ReplicaSet, cluster.Node), admits)[r, n]


def _table(
    cluster: Cluster,
    name: str,
    domain: Sequence[Sort | IntType],
    of: Callable[[Scenario], Sequence[int]],
) -> Lookup:
    """Whether something is so with the labels that the scheduler takes nodes to have."""
    seen, over = labelling(cluster), (NODE_LABELS,)
    return cluster.configuration.table(name, domain, BOOL, of, over, labelling=seen)


def _minded(cluster: Cluster, r: Expr, n: Expr) -> Expr:
    """What has become of a node during the run lets pods of a ReplicaSet onto it, as far as the
    scheduler knows."""
    scenario, open_, cache = cluster.scenario, TRUE, Cache(cluster)
    taint = scenario.change.taint
    if taint is not None and not cluster.mutated(TAINTS_IGNORED):

        def minds(workload: Workload) -> int:
            return int(not filters.tolerates(admitted_tolerations(workload.template), taint))

        open_ = open_ & ~(cluster.each("mindsTaint", BOOL, minds)(r) & cache.is_tainted(n))
    if scenario.faults.losses:
        stays = cluster.each(
            "bindsToUnreachable",
            BOOL,
            lambda each: int(nodelifecycle.admitted_unreachable(each.template)),
        )
        open_ = open_ & (stays(r) | ~cache.is_unreachable(n))
    if cluster.unschedulable is not None and not cluster.mutated(CORDON_IGNORED):
        heeds = cluster.each(
            "heedsCordons", BOOL, lambda each: int(filters.heeds_cordons(each.template))
        )
        open_ = open_ & ~(heeds(r) & cache.unschedulable(n))
    cache.finish()
    return open_


@dataclass(frozen=True)
class Load:
    """What pods request of a resource that can run out on nodes."""

    amount: Amount
    #: [ReplicaSet]: what one of its pods requests.
    requested: Callable[[Expr], Expr]
    #: [node]: what the pods on it request together, and how much it has.
    used: Definition
    given: Table
    #: By how much a seeded fault overcommits.
    late: int

    def leaves_room(self, replicaset: Expr, node: Expr, reserved: Literalish = 0) -> Expr:
        """Whether a node has enough left for a pod, besides what is kept for others."""
        wants = self.requested(replicaset)
        return (wants == 0) | (self.used[node] + wants + reserved <= self.given[node] + self.late)


def loads(cluster: Cluster, shared: Sharing) -> list[Load]:
    """One for each resource that can run out."""
    rows = _rows(cluster, shared)
    return [_load(cluster, amount, rows) for amount in shared.amounts(cluster.Pod.size)]


def _load(cluster: Cluster, amount: Amount, rows: Sequence[int]) -> Load:
    builder, name, n = cluster.builder, amount.resource, variable("node", cluster.Node)
    most, requests = max(amount.requests), [amount.requests[row] for row in rows]

    def requested(replicaset: Expr) -> Expr:
        return integer(requests[0]) if table is None else table[replicaset]

    table = None
    if len(set(requests)) > 1:
        domain = (cluster.ReplicaSet,)
        table = builder.table(f"requested {name}", domain, IntType(0, most), requests)
    type = IntType(0, max(amount.allocatable))
    given = builder.table(f"allocatable {name}", (cluster.Node,), type, amount.allocatable)

    def here(q: Expr) -> Expr:
        return ite(cluster.node[q] == n, requested(cluster.owner[q]), 0)

    used = builder.define(f"used {name}", (n,), total(cluster.Pod, here))
    cluster.rooms.append(Room(amount, used, given))
    late = most if cluster.mutated(FIT_OFF_BY_ONE) else 0
    return Load(amount, requested, used, given, late)


def _kept_apart(cluster: Cluster, domains: Domains, rows: Sequence[int], r: Expr, n: Expr) -> Expr:
    """Whether a pod that is there keeps those of a ReplicaSet off a node."""
    builder, key = cluster.builder, domains.topology_key or "host ports"
    pairs = [int((a, b) in domains.pairs) for a in rows for b in rows]
    apart = builder.table(f"apart by {key}", (cluster.ReplicaSet,) * 2, BOOL, pairs)

    def there(m: Expr) -> Expr:
        return exists(cluster.Pod, lambda q: (cluster.node[q] == m) & apart[r, cluster.owner[q]])

    def same(scenario: Scenario) -> list[int]:
        return _pairs(sharing(scenario).together(domains.topology_key))

    size = cluster.Node.size
    alone = [int(i == j) for i in range(size) for j in range(size)]
    if all(same(each) == alone for each in labellings(cluster.scenario)):
        return there(n)
    together = _table(cluster, f"same {key}", (cluster.Node,) * 2, same)
    return exists(cluster.Node, lambda m: together[n, m] & cluster.is_registered(m) & there(m))


def _pairs(together: Iterable[frozenset[int]]) -> list[int]:
    """Row-major, whether a node is in the domain of another, by those that are in that of each."""
    rows = list(together)
    return [int(other in row) for row in rows for other in range(len(rows))]


def _near(cluster: Cluster, shared: Sharing, rows: Sequence[int], r: Expr, n: Expr) -> Expr:
    """Whether a node is near the pods that those of a ReplicaSet are to be near, if they are."""
    builder = cluster.builder
    near = [shared.near[row] or Near((), frozenset(), False) for row in rows]
    pairs = [int(other in each.others) for each in near for other in rows]
    wanted = builder.table("to be near", (cluster.ReplicaSet,) * 2, BOOL, pairs)

    def there(m: Expr) -> Expr:
        wanted_here = exists(
            cluster.Pod, lambda q: (cluster.node[q] == m) & wanted[r, cluster.owner[q]]
        )
        return cluster.is_registered(m) & wanted_here

    beside, nowhere = TRUE, TRUE
    for key in shared.neighbourhoods:
        asks = [int(key in each.keys) for each in near]
        asked = builder.table(f"to be near by {key}", (cluster.ReplicaSet,), BOOL, asks)[r]
        pair = _table(
            cluster,
            f"near by {key}",
            (cluster.Node,) * 2,
            lambda s, key=key: _pairs(sharing(s).together(key)),  # type: ignore[misc]
        )
        # A node is in its own domain, if it is in any.
        labelled = pair[n, n]
        beside = beside & (~asked | exists(cluster.Node, lambda m, p=pair: p[n, m] & there(m)))  # type: ignore[misc]
        nowhere = nowhere & (
            ~asked | (labelled & ~exists(cluster.Node, lambda m, p=pair: p[m, m] & there(m)))  # type: ignore[misc]
        )
    if cluster.mutated(FIRST_POD_WAITS):
        return beside
    itself = [int(each.itself) for each in near]
    first = builder.table("near itself", (cluster.ReplicaSet,), BOOL, itself)[r]
    return disj(beside, conj(first, nowhere))
