"""Drains of nodes, one after the other.

A drain cordons a node, lists its pods once and asks the eviction API for each of them until it is
gone; only then comes the next node, before which the drained one may be uncordoned.

Source: kubernetes v1.36.3 `staging/src/k8s.io/kubectl/pkg/drain/drain.go` (cordon, then evict,
retry and wait for the end of the pods), `filters.go` (unreplicatedFilter: without `--force` nothing
is evicted from a node with a pod that nothing controls; daemonSetFilter, localStorageFilter: nor
without flags from one with pods of DaemonSets or with emptyDir volumes).

Pods with a nodeName, or that tolerate cordons, come back to the node that is drained. A drain lists
its pods once, some time after it cordoned the node, and leaves those alone that come later. Where
none can come, listing is no step.

Omits: what `OMISSIONS` say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from model.api.steps import Drain
from model.apiserver import requests
from model.apiserver.objects import Cluster, node, pod
from model.changes.contract import NAME, OnNodes, Row, Turn
from model.controllers import disruption
from model.field import Field
from model.ir.expr import FALSE, TRUE, Expr, variable
from model.ir.interpret import Step
from model.ir.quantifier import exists
from model.ir.system import Definition, StateFunction, Table, Update, assign
from model.ir.types import BOOL, IntType

OMISSIONS = (
    "drains by one command for several nodes, which cordons all of them first (here it is one "
    "command a node); drains that start over",
    "kubectl drain without --ignore-daemonsets and --delete-emptydir-data, which refuses nodes "
    "with such pods; and with --force or --disable-eviction",
)


class _Order(Protocol):
    """Whose turn it is, where more happens than one drain."""

    def current(self, n: Expr) -> Expr:
        """Whether the drain of a node was begun last: it is under way, or over."""

    def has_begun(self, n: Expr) -> Expr: ...
    def next(self, n: Expr) -> Expr: ...
    def begin(self, n: Expr) -> list[Update]: ...


def position(cluster: Cluster) -> Table:
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
class _OneByOne:
    """Nothing else happens: it is told by how many drains have begun."""

    position: Table
    #: How many drains have begun: the last of them is under way, or over.
    begun: StateFunction

    def current(self, n: Expr) -> Expr:
        return self.position[n] + 1 == self.begun()

    def has_begun(self, n: Expr) -> Expr:
        return self.position[n] < self.begun()

    def next(self, n: Expr) -> Expr:
        return self.position[n] == self.begun()

    def begin(self, _: Expr) -> list[Update]:
        return [assign(self.begun(), self.begun() + 1)]


class _AmongSteps(OnNodes):
    """Each drain is one of several steps."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        nodes = [turn.step.nodes[0] for turn in turns if isinstance(turn.step, Drain)]
        super().__init__("drain", turns, nodes)
        numbers = [turn.number for turn in turns]
        positions = self.cluster.stages.positions

        def drained(name: str, numbers: Sequence[int | None]) -> bool:
            return any(nodes[i] == name for i, each in enumerate(numbers) if each is not None)

        names = self.cluster.Node.elements
        last = [[n if n == each.drain else None for n in numbers] for each in positions]
        begun = [[n if n in each.taken else None for n in numbers] for each in positions]
        self._last = self.table("drained last", [[drained(n, row) for n in names] for row in last])
        self._begun = self.table("drain begun", [[drained(n, row) for n in names] for row in begun])

    def current(self, n: Expr) -> Expr:
        return self._last[self.position(), n]

    def has_begun(self, n: Expr) -> Expr:
        return self._begun[self.position(), n]


class _Drains:
    """The drains of a scenario."""

    def __init__(self, cluster: Cluster, turns: Sequence[Turn]) -> None:
        builder, change = cluster.builder, cluster.scenario.change
        builder.omit(*OMISSIONS, *disruption.OMISSIONS)
        self.cluster = cluster
        self.drained = builder.table(
            "drained",
            (cluster.Node,),
            BOOL,
            [int(each.name in change.drained) for each in cluster.scenario.nodes],
        )
        #: Whether the drain under way has yet to list its pods; None where listing is no step.
        self.unlisted: StateFunction | None = None
        if cluster.listed is not None:
            self.unlisted = builder.function("unlisted", (), BOOL, 1)
        self.turns: _Order | None = None
        if cluster.position is not None:
            self.turns = _AmongSteps(turns)
            cluster.drain_begun = self.turns.has_begun
        elif len(change.nodes) > 1 or change.uncordon:
            begun = builder.function("drainsBegun", (), IntType(0, len(change.nodes)), 0)
            self.turns = _OneByOne(position(cluster), begun)
            if any(each.unschedulable for each in cluster.scenario.nodes):
                cluster.drain_begun = self.turns.has_begun

    def add(self) -> None:
        """Adds the steps."""
        builder, cluster, n = self.cluster.builder, self.cluster, node(self.cluster)
        unschedulable, drained = cluster.unschedulable, self.drained
        assert unschedulable is not None
        cordon = [assign(unschedulable[n], True, where=cluster.is_registered(n))]
        under_way: Table | Definition = drained
        if self.turns is None:
            due = ~unschedulable[n] & cluster.is_registered(n)
        else:
            turns = self.turns
            under_way = builder.define("drainedNow", (n,), drained[n] & turns.current(n))
            over = self._over(under_way)
            if cluster.scenario.change.uncordon:
                self._uncordon(under_way[n] & unschedulable[n] & over)
                over = ~exists(cluster.Node, lambda m: under_way[m] & unschedulable[m])
            due = turns.next(n) & over
            cordon += turns.begin(n)
            cluster.no_drain = over
        if self.unlisted is not None:
            cordon.append(assign(self.unlisted(), True))
            self._list(self.unlisted, unschedulable, under_way)
        requests.send(
            cluster,
            "cordon",
            NAME,
            (n,),
            drained[n] & due,
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
        its = its & self._goes(q)
        requests.send(
            cluster,
            "list pods",
            NAME,
            (n,),
            under_way[n] & unschedulable[n] & unlisted(),
            [assign(unlisted(), False), assign(cluster.listed[q], its, q)],
            fairness="weak",
            fair_for=(n,),
            text="drain: list the pods of {node}",
            why="a drain evicts, and waits for, the pods that it lists once",
        )

    def _over(self, under_way: Table | Definition) -> Expr:
        """Whether the drain that is under way waits for no pod any more."""
        cluster, listed = self.cluster, self.cluster.listed
        if self.unlisted is None or listed is None:
            return ~exists(
                cluster.Pod, lambda q: under_way.get(cluster.node[q], False) & self._goes(q)
            )
        begun = exists(cluster.Node, lambda m: under_way[m])
        waits = self.unlisted() | exists(cluster.Pod, lambda q: listed[q])
        return ~(begun & waits)

    def _goes(self, p: Expr) -> Expr:
        """Whether a drain is about a pod: those of DaemonSets it leaves alone."""
        cluster = self.cluster
        return ~cluster.each("ofDaemons", BOOL, lambda each: int(each.daemon is not None))(
            cluster.owner[p]
        )

    def _uncordon(self, guard: Expr) -> None:
        cluster, n = self.cluster, node(self.cluster)
        assert cluster.unschedulable is not None
        requests.send(
            cluster,
            "uncordon",
            NAME,
            (n,),
            guard,
            [assign(cluster.unschedulable[n], False)],
            fairness="weak",
            fair_for=(n,),
            text="uncordon {node}: its drain is over",
            why="no pod is left on {node} that its drain waits for",
        )

    def _refused(self, p: Expr) -> Expr:
        """Whether the drain of a pod's node evicts nothing: without `--force` it refuses a node
        with pods that nothing controls."""
        cluster = self.cluster
        alone = cluster.each("standsAlone", BOOL, lambda workload: int(workload.is_pod))
        there = any(workload.is_pod for workload in cluster.workloads)
        if not there or cluster.mutated(disruption.DRAIN_FORCED):
            return FALSE
        return exists(
            cluster.Pod, lambda q: alone(cluster.owner[q]) & (cluster.node[q] == cluster.node[p])
        )

    def _evict(self, unschedulable: StateFunction, under_way: Table | Definition) -> None:
        cluster, p = self.cluster, pod(self.cluster)
        here = unschedulable.get(cluster.node[p], False) & under_way.get(cluster.node[p], False)
        requests.send(
            cluster,
            "evict pod",
            NAME,
            (p,),
            cluster.is_active(p)
            & here
            & (TRUE if cluster.listed is None else cluster.listed[p])
            & self._goes(p)
            & ~self._refused(p)
            & disruption.allowed(cluster, p),
            [
                *disruption.evicted(cluster, p),
                *requests.delete(cluster, p),
                *disruption.breach(cluster, p),
            ],
            fairness="weak",
            fair_for=(p,),
            text="drain: evict {pod}",
            why="no PodDisruptionBudget refuses it",
        )


def ended(run: Sequence[Step]) -> bool:
    """Whether a run takes a step that waits until a drain is over: one of the user after it, but
    for those that are its own."""
    taken = [step.action.name for step in run if step.action.actor == NAME]
    later = taken[taken.index("cordon") + 1 :] if "cordon" in taken else []
    return not set(later) <= {"evict pod", "list pods"}


ROW = Row(
    Drain,
    Field(
        "object",
        "nodes are cordoned and their pods evicted, one node after the other; who takes steps one "
        "after the other waits for that",
        short="node",
        fields={
            "node": Field("words", "the name of the node, or of several", required=True),
            "uncordon": Field("boolean", "whether each takes pods again once it is empty", False),
        },
    ),
    lambda given: [Drain((node,), given["uncordon"]) for node in given["node"]],
    lambda cluster, turns: _Drains(cluster, turns).add(),
)
