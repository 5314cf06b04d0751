"""Taints that a user puts on nodes and takes from them.

A taint drives nobody out by itself: `model.controllers.tainteviction` does.

Source: kubernetes v1.36.3 `staging/src/k8s.io/kubectl/pkg/cmd/taint/taint.go`.

Omits: several taints in one scenario, effects other than NoExecute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model.api.node import Taint
from model.api.steps import PutTaint, TakeTaint
from model.apiserver import requests
from model.apiserver.objects import Cluster, node
from model.changes.contract import NAME, OnNodes, Row, Turn
from model.changes.drain import position
from model.field import Field
from model.ir.expr import constant
from model.ir.quantifier import count
from model.ir.system import StateFunction, assign
from model.ir.types import EnumType, IntType

#: The field of a node that a taint changes.
TAINTS = "Node/{0}.spec.taints"


def _tainted(cluster: Cluster) -> tuple[StateFunction, EnumType]:
    taint = cluster.scenario.change.taint
    taints = EnumType("Taints", ("none", str(taint)))
    if cluster.tainted is None:
        cluster.tainted = cluster.builder.function("tainted", (cluster.Node,), taints, 0, TAINTS)
    return cluster.tainted, taints


def _put(cluster: Cluster, turns: Sequence[Turn]) -> None:
    taint, n = str(cluster.scenario.change.taint), node(cluster)
    tainted, taints = _tainted(cluster)
    updates = [assign(tainted[n], constant(taints, taint), where=cluster.is_registered(n))]
    if cluster.position is not None:
        steps = _among_steps("taint", turns)
        due, updates = steps.next(n), [*updates, *steps.begin(n)]
    else:
        order, number = position(cluster), len(cluster.scenario.change.nodes)
        before = count(cluster.Node, cluster.is_tainted)
        if cluster.scenario.faults.node_removals:
            # One in the place of a node that was removed has no taint.
            begun = cluster.builder.function("taintsPut", (), IntType(0, number), 0)
            before, updates = begun(), [*updates, assign(begun(), begun() + 1)]
        due = (order[n] == before) & (order[n] < number)
    requests.send(
        cluster,
        "taint",
        NAME,
        (n,),
        due,
        updates,
        text="taint {node} with {taint}",
        why="{node} is the next one; pods that do not tolerate the taint have to leave it",
        words={"taint": taint},
    )


def _take(cluster: Cluster, turns: Sequence[Turn]) -> None:
    n = node(cluster)
    tainted, taints = _tainted(cluster)
    steps = _among_steps("untaint", turns)
    requests.send(
        cluster,
        "untaint",
        NAME,
        (n,),
        steps.next(n),
        [
            assign(tainted[n], constant(taints, "none"), where=cluster.is_registered(n)),
            *steps.begin(n),
        ],
        text="take the taint {taint} off {node}",
        why=turns[0].why,
        words={"taint": str(cluster.scenario.change.taint)},
    )


def _among_steps(name: str, turns: Sequence[Turn]) -> OnNodes:
    """Each is one of several steps."""
    steps = (turn.step for turn in turns)
    nodes = [step.nodes[0] for step in steps if isinstance(step, PutTaint | TakeTaint)]
    return OnNodes(name, turns, nodes)


def _field(help: str) -> Field:
    fields = {
        "node": Field("words", "the name of the node, or of several", required=True),
        "key": Field("string", "as in a Node", "maintenance"),
        "value": Field("string", "as in a Node", ""),
    }
    return Field("object", help, short="node", fields=fields)


def _taint(given: Mapping[str, Any]) -> Taint:
    return Taint(given["key"], given["value"], "NoExecute")


PUT = Row(
    PutTaint,
    _field("nodes get a taint of effect NoExecute, one after the other"),
    lambda given: [PutTaint((node,), _taint(given)) for node in given["node"]],
    _put,
)

TAKE = Row(
    TakeTaint,
    _field("nodes lose the taint that an earlier step put, one after the other"),
    lambda given: [TakeTaint((node,), _taint(given)) for node in given["node"]],
    _take,
)
