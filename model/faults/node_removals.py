"""Node objects that are deleted with the machines behind them: by an autoscaler, or by a cloud that
has reclaimed a machine. No pod is evicted before.

Pods of a node that is gone still count, ready ones as ready, until the garbage collector has found
them, which takes a minute. Another node may come in the place of one that was removed: a new one
like it, without what the user has done to the old one
during the run.

Steps: what the garbage collector does is in `model.controllers.podgc`.

Source: kubernetes v1.36.3 `pkg/controller/podgc/gc_controller.go`,
`pkg/controller/nodelifecycle/node_lifecycle_controller.go` (a node that is deleted is forgotten).

Omits: a new node that comes before the pods of the old one are collected; nodes beyond those that
there are at the start.
"""

from __future__ import annotations

from model.apiserver import requests
from model.apiserver.objects import CRASHED, UP, Cluster, node
from model.faults import nodes
from model.faults.contract import Row, budget, counted
from model.field import count
from model.ir.expr import literal
from model.ir.quantifier import exists
from model.ir.system import Update, assign
from model.ir.types import BOOL
from model.scenario import Faults


def add(cluster: Cluster) -> None:
    """Adds that nodes are removed, and added again."""
    faults, registered, n = cluster.scenario.faults, cluster.registered, node(cluster)
    if not faults.node_removals or registered is None:
        return
    left = budget(cluster, "removalsLeft", faults.node_removals)
    gone: list[Update] = [
        assign(registered[n], False),
        assign(cluster.health[n], CRASHED),
        *cluster.harm.crashed(n, cluster.Pod),
    ]
    if cluster.harm.cut_off is not None:
        gone.append(assign(cluster.harm.cut_off[n], False))
    requests.send(
        cluster,
        "node is removed",
        "fault",
        (n,),
        registered[n] & (left > 0),
        [*gone, assign(left, left - 1)],
        text="{node} is removed from the cluster, with all that runs on it",
        why="spec.faults.nodeRemovals leaves another removal",
    )
    fresh: list[Update] = [assign(registered[n], True), assign(cluster.health[n], UP)]
    if cluster.unschedulable is not None:
        given = [int(each.unschedulable) for each in cluster.scenario.nodes]
        as_given = cluster.builder.table("cordonedAtFirst", (cluster.Node,), BOOL, given)
        fresh.append(assign(cluster.unschedulable[n], as_given[n]))
    if cluster.tainted is not None:
        fresh.append(assign(cluster.tainted[n], literal(cluster.tainted.type, 0)))
    empty = ~exists(cluster.Pod, lambda q: cluster.node[q] == n)
    # What is not there from the start, in a configuration of fewer nodes, never was up or down.
    removed = ~registered[n] & (cluster.health[n] == CRASHED)
    nodes.comes_back(
        cluster,
        "node is added",
        removed & empty,
        fresh,
        text="a node like {node} is added in its place",
        why="a node that was removed may be replaced",
    )


ROW = Row(
    {
        "nodeRemovals": count(
            "how often a node may be removed, as by an autoscaler, with all that runs on it",
            Faults.node_removals,
        )
    },
    (counted("nodeRemovals", "{n} removed node", "{n} removed nodes"),),
    add,
)
