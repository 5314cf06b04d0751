"""Nodes come back: one that crashed or was cut off returns, and one that was removed is replaced.
With `false` that may happen and need not.

Steps: what several faults of nodes share is here too.

Source: kubernetes v1.36.3 `pkg/kubelet/kubelet_pods.go`, `pkg/kubelet/container/helpers.go`
(ShouldContainerBeRestarted).

Omits: disks that are lost; nodes that crash while they are cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from model.api.node import ZONE
from model.apiserver import requests
from model.apiserver.objects import CRASHED, RUNNING, UP, Cluster, node
from model.faults.contract import Row, budget
from model.field import Field
from model.ir.expr import TRUE, Expr, variable
from model.ir.quantifier import exists
from model.ir.system import Update, assign
from model.ir.types import ElementType, Sort
from model.scenario import Faults


class Times(NamedTuple):
    """How often a fault may happen, and what the state is called that counts down."""

    left: str
    number: int


def stops(cluster: Cluster, n: Expr) -> Expr:
    """Whether a node can stop answering: it is there, and up."""
    return cluster.is_registered(n) & (cluster.health[n] == UP)


def crash(cluster: Cluster, n: Expr) -> list[Update]:
    """A node goes down with all that runs on it."""
    return [assign(cluster.health[n], CRASHED), *cluster.harm.crashed(n, cluster.Pod)]


def cut_off(cluster: Cluster, n: Expr) -> list[Update]:
    """A node does not reach the API server any more, nor that the node."""
    away = cluster.harm.cut_off
    assert away is not None
    return [assign(cluster.health[n], CRASHED), assign(away[n], True)]


def of_one(
    cluster: Cluster,
    name: str,
    times: Times,
    each: Callable[[Expr], list[Update]],
    *,
    where: Callable[[Expr], Expr] = lambda _: TRUE,
    text: str,
    why: str,
) -> None:
    """Adds that something happens to a node that is up."""
    if not times.number:
        return
    n, left = node(cluster), budget(cluster, *times)
    cluster.builder.action(
        name,
        "fault",
        (n,),
        stops(cluster, n) & where(n) & (left > 0),
        [*each(n), assign(left, left - 1)],
        text=text,
        why=why,
    )


def of_zone(
    cluster: Cluster,
    name: str,
    times: Times,
    each: Callable[[Expr], list[Update]],
    *,
    text: str,
    why: str,
) -> None:
    """Adds that something happens to all nodes of a zone that are up; nodes without the label are
    in none."""
    if not times.number:
        return
    left = budget(cluster, *times)
    named = [node.labels.get(ZONE) for node in cluster.scenario.nodes]
    names = sorted({zone for zone in named if zone is not None})
    if not names:
        return
    known = next((t for t in cluster.builder.tables if t.name == "zone"), None)
    kind = known.type if known is not None else ElementType(Sort("Zone", tuple(names)), True)
    assert isinstance(kind, ElementType)
    of = [-1 if zone is None else names.index(zone) for zone in named]
    zone = known or cluster.builder.table("zone", (cluster.Node,), kind, of)
    z, m = variable("zone", kind.sort), variable("struck", cluster.Node)
    here = (zone[m] == z) & stops(cluster, m)
    cluster.builder.action(
        name,
        "fault",
        (z,),
        exists(cluster.Node, lambda n: (zone[n] == z) & stops(cluster, n)) & (left > 0),
        [
            *(replace(u, over=(m, *u.over), where=u.where & here) for u in each(m)),
            assign(left, left - 1),
        ],
        text=text,
        why=why,
    )


def comes_back(
    cluster: Cluster, name: str, when: Expr, updates: Sequence[Update], *, text: str, why: str
) -> None:
    """Adds that the node of `model.apiserver.objects.node` comes back: in the end or perhaps."""
    n, sure = node(cluster), cluster.scenario.faults.nodes_return
    requests.send(
        cluster,
        name,
        "fault",
        (n,),
        when,
        updates,
        fairness="weak" if sure else "none",
        fair_for=(n,) if sure else (),
        text=text,
        why=why,
    )


def add(cluster: Cluster) -> None:
    """Adds that nodes that crashed come back: a pod that ran there is not ready until its
    containers have been started again."""
    if not cluster.scenario.faults.crashes:
        return
    n, q = node(cluster), variable("other", cluster.Pod)
    started = cluster.phase[q].is_in("Running", "Ready", "Available")
    comes_back(
        cluster,
        "node returns",
        cluster.is_registered(n) & (cluster.health[n] != UP) & ~cluster.harm.is_cut_off(n),
        [
            assign(cluster.health[n], UP),
            assign(
                cluster.phase[q],
                RUNNING,
                q,
                where=(cluster.node[q] == n) & started & cluster.is_watched(q),
            ),
            *(update for each in cluster.reboots for update in each(n)),
        ],
        text="{node} is back, and starts again what it has to run"
        if cluster.jobs is None or cluster.jobs.spec.restarts
        else "{node} is back: what ran there has failed",
        why="a node that crashed may return",
    )


ROW = Row(
    {
        "nodesReturn": Field(
            "boolean",
            "whether a node that crashed or was cut off is sure to return, and one that was "
            "removed to be replaced",
            Faults.nodes_return,
        )
    },
    (),
    add,
)
