"""The administrator of nodes: drains them, or taints them, one node after the other.

A drain cordons a node, lists its pods once and asks the eviction API for each of them until it is
gone; only then comes the next node, before which the drained one may be uncordoned. A taint
drives nobody out by itself: `model.controllers.tainteviction` does.

Source: kubernetes v1.36.2 `staging/src/k8s.io/kubectl/pkg/drain/drain.go` (cordon, then evict,
retry and wait for the end of the pods), `staging/src/k8s.io/kubectl/pkg/cmd/taint/taint.go`.

Pods with a nodeName, or that tolerate cordons, come back to the node that is drained. A drain lists
its pods once, some time after it cordoned the node, and leaves those alone that come later. Where
none can come, listing is no step.

Omits: one command for several nodes, which cordons all of them first (here it is one command a
node); a drain that starts over, `--force`, `--disable-eviction`, DaemonSet pods; several nodes at a
time; taints that are taken back.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.apiserver.objects import Cluster, node, pod
from model.controllers import disruption
from model.ir.expr import TRUE, Expr, constant, variable
from model.ir.quantifier import count, exists
from model.ir.system import Definition, StateFunction, Table, assign
from model.ir.types import BOOL, EnumType, IntType
from model.user import NAME

#: The field of a node that a taint changes.
TAINTS = "Node/{0}.spec.taints"


def add(cluster: Cluster) -> None:
    """Adds what the scenario does to nodes, if anything."""
    kind = cluster.scenario.change.kind
    if kind == "drain":
        _Drain(cluster).add()
    elif kind == "taint":
        _taint(cluster)


def _position(cluster: Cluster) -> Table:
    """The place of each node in the order of the change; after the last for all others."""
    order = cluster.scenario.change.nodes
    places = {name: index for index, name in enumerate(order)}
    return cluster.builder.table(
        "position",
        (cluster.Node,),
        IntType(0, len(order)),
        [places.get(each.name, len(order)) for each in cluster.scenario.nodes],
    )


@dataclass(frozen=True)
class _Turns:
    """Whose turn it is, where one node is drained after the other."""

    position: Table
    #: How many drains have begun: the last of them is under way, or over.
    begun: StateFunction

    def current(self, n: Expr) -> Expr:
        return self.position[n] + 1 == self.begun()

    def has_begun(self, n: Expr) -> Expr:
        return self.position[n] < self.begun()

    def next(self, n: Expr) -> Expr:
        return self.position[n] == self.begun()


class _Drain:
    """The drains of a scenario."""

    def __init__(self, cluster: Cluster) -> None:
        builder, change = cluster.builder, cluster.scenario.change
        builder.omit(*disruption.OMISSIONS)
        self.cluster = cluster
        self.drained = builder.table(
            "drained",
            (cluster.Node,),
            BOOL,
            [int(each.name in change.nodes) for each in cluster.scenario.nodes],
        )
        #: Whether the drain under way has yet to list its pods; None where listing is no step.
        self.unlisted: StateFunction | None = None
        if cluster.listed is not None:
            self.unlisted = builder.function("unlisted", (), BOOL, 1)
        self.turns: _Turns | None = None
        if len(change.nodes) > 1 or change.uncordon:
            begun = builder.function("drainsBegun", (), IntType(0, len(change.nodes)), 0)
            self.turns = _Turns(_position(cluster), begun)
            if any(each.unschedulable for each in cluster.scenario.nodes):
                cluster.drain_begun = self.turns.has_begun

    def add(self) -> None:
        """Adds the steps."""
        builder, cluster, n = self.cluster.builder, self.cluster, node(self.cluster)
        unschedulable, drained = cluster.unschedulable, self.drained
        assert unschedulable is not None
        cordon = [assign(unschedulable[n], True)]
        under_way: Table | Definition = drained
        if self.turns is None:
            due = ~unschedulable[n]
        else:
            turns = self.turns
            under_way = builder.define("drainedNow", (n,), drained[n] & turns.current(n))
            over = self._over(under_way)
            if cluster.scenario.change.uncordon:
                self._uncordon(under_way[n] & unschedulable[n] & over)
                over = ~exists(cluster.Node, lambda m: under_way[m] & unschedulable[m])
            due = turns.next(n) & over
            cordon.append(assign(turns.begun(), turns.begun() + 1))
        if self.unlisted is not None:
            cordon.append(assign(self.unlisted(), True))
            self._list(self.unlisted, unschedulable, under_way)
        builder.action(
            "cordon",
            NAME,
            (n,),
            drained[n] & due & cluster.serving,
            cordon,
            text="cordon {node} for the drain",
            why="a drain first keeps new pods off its node, and no other is under way",
        )
        self._evict(unschedulable, under_way)

    def _list(
        self, unlisted: StateFunction, unschedulable: StateFunction, under_way: Table | Definition
    ) -> None:
        """Adds that the pods of a cordoned node are listed: those that have no kubelet yet as well,
        if they name it."""
        cluster, n, q = self.cluster, node(self.cluster), variable("listed", self.cluster.Pod)
        assert cluster.listed is not None
        name = cluster.scenario.workload.template.node_name
        meant = cluster.builder.table(
            "meant", (cluster.Node,), BOOL, [int(e.name == name) for e in cluster.scenario.nodes]
        )
        its = (cluster.node[q] == n) | (meant[n] & cluster.is_unscheduled(q))
        cluster.builder.action(
            "list pods",
            NAME,
            (n,),
            under_way[n] & unschedulable[n] & unlisted() & cluster.serving,
            [assign(unlisted(), False), assign(cluster.listed[q], its, q)],
            fairness="weak",
            text="drain: list the pods of {node}",
            why="a drain evicts, and waits for, the pods that it lists once",
        )

    def _over(self, under_way: Table | Definition) -> Expr:
        """Whether the drain that is under way waits for no pod any more."""
        cluster, listed = self.cluster, self.cluster.listed
        if self.unlisted is None or listed is None:
            return ~exists(cluster.Pod, lambda q: under_way.get(cluster.node[q], False))
        begun = exists(cluster.Node, lambda m: under_way[m])
        waits = self.unlisted() | exists(cluster.Pod, lambda q: listed[q])
        return ~(begun & waits)

    def _uncordon(self, guard: Expr) -> None:
        cluster, n = self.cluster, node(self.cluster)
        assert cluster.unschedulable is not None
        cluster.builder.action(
            "uncordon",
            NAME,
            (n,),
            guard & cluster.serving,
            [assign(cluster.unschedulable[n], False)],
            fairness="weak",
            text="uncordon {node}: its drain is over",
            why="no pod is left on {node} that its drain waits for",
        )

    def _evict(self, unschedulable: StateFunction, under_way: Table | Definition) -> None:
        cluster, p = self.cluster, pod(self.cluster)
        here = unschedulable.get(cluster.node[p], False) & under_way.get(cluster.node[p], False)
        cluster.builder.action(
            "evict pod",
            NAME,
            (p,),
            cluster.is_active(p)
            & here
            & (TRUE if cluster.listed is None else cluster.listed[p])
            & disruption.allowed(cluster, p)
            & cluster.serving,
            [*cluster.delete(p), *disruption.breach(cluster, p)],
            fairness="weak",
            text="drain: evict {pod}",
            why="no PodDisruptionBudget refuses it",
        )


def _taint(cluster: Cluster) -> None:
    taint, n = cluster.scenario.change.taint, node(cluster)
    taints = EnumType("Taints", ("none", str(taint)))
    tainted = cluster.builder.function("tainted", (cluster.Node,), taints, 0, TAINTS)
    cluster.tainted = tainted
    position, number = _position(cluster), len(cluster.scenario.change.nodes)
    before = count(cluster.Node, cluster.is_tainted)
    cluster.builder.action(
        "taint",
        NAME,
        (n,),
        (position[n] == before) & (position[n] < number) & cluster.serving,
        [assign(tainted[n], constant(taints, str(taint)))],
        text="taint {node} with {taint}",
        why="{node} is the next one; pods that do not tolerate the taint have to leave it",
        words={"taint": str(taint)},
    )
