"""Nodes, as expressions read them.

Source: k8s.io/api v0.36 `core/v1/types.go` (NodeSpec, NodeCondition); the node lifecycle controller
sets the Ready condition of a node that is silent to Unknown (`model.controllers.nodelifecycle`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from model.apiserver.objects import UNREACHABLE, UP, Cluster
from model.ir.expr import TRUE, Expr, ite
from model.ir.types import BOOL as TRUTH
from model.labellings import labellings
from model.properties.invariants.objects.templates import entries
from model.properties.invariants.types import (
    BOOL,
    MAP,
    STRING,
    Field,
    Message,
    an,
    list_of,
    one_of,
)
from model.properties.invariants.values import (
    Entries,
    Few,
    Some,
    Text,
    Thing,
    Truth,
    at,
    constant,
    either_text,
)

NODE = "Node"

_CONDITION = one_of(
    "Ready",
    never=dict.fromkeys(
        ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"),
        "the model leaves that condition out",
    ),
)
_STATUS = one_of(
    "True",
    "Unknown",
    never={"False": "a kubelet that says so is left out; a node that is silent is Unknown"},
)


def everyone(cluster: Cluster, _: object) -> Some:
    """All nodes that are there."""
    return Some(cluster.Node, cluster.is_registered, Thing)


def _of(node: object) -> Expr:
    return cast(Expr, node)


def _same(_: Cluster, node: object) -> Thing:
    return Thing(node)


def _name(cluster: Cluster, node: object) -> Text:
    return Text(_of(node), cluster.Node.elements)


def _labels(cluster: Cluster, node: object) -> Entries:
    """Those that it has now: users may change them (`model.labellings`)."""
    first, *others = (
        entries(cluster, _of(node), [each.labels for each in scenario.nodes])
        for scenario in labellings(cluster.scenario)
    )

    def entry(key: str) -> tuple[Expr, Text]:
        there, text = first.entry(key)
        for number, other in enumerate(others, 1):
            changed = cluster.configuration.labelling == number
            then, given = other.entry(key)
            there = ite(changed, then, there)
            text = either_text(cluster.builder, Truth(changed), given, text)
        return there, text

    return Entries(entry)


def _unschedulable(cluster: Cluster, node: object) -> Truth:
    if cluster.unschedulable is not None:
        return Truth(cluster.unschedulable[_of(node)])
    given = [int(each.unschedulable) for each in cluster.scenario.nodes]
    return Truth(at(cluster.builder, _of(node), TRUTH, given))


def _up(cluster: Cluster, node: object) -> Truth:
    return Truth(cluster.health[_of(node)] == UP)


def _ready(cluster: Cluster, node: object) -> Truth:
    return Truth(cluster.health[_of(node)] != UNREACHABLE)


def _conditions(_: Cluster, node: object) -> Few:
    return Few(((TRUE, Thing(node)),))


def _condition_type(_: Cluster, __: object) -> Text:
    return constant("Ready")


def _condition_status(cluster: Cluster, node: object) -> Text:
    return Text(ite(cluster.health[_of(node)] != UNREACHABLE, 0, 1), ("True", "Unknown"))


MESSAGES: Mapping[str, Message] = {
    NODE: Message(
        "a Node",
        "Node",
        {
            "metadata": Field(an("Node.metadata"), "which it is", _same),
            "spec": Field(an("Node.spec"), "what the administrator says of it", _same),
            "status": Field(an("Node.status"), "what it is", _same),
        },
    ),
    "Node.metadata": Message(
        "a Node's metadata",
        "ObjectMeta",
        {
            "name": Field(STRING, "its name", _name),
            "labels": Field(MAP, "its labels", _labels),
        },
    ),
    "Node.spec": Message(
        "a Node's spec",
        "NodeSpec",
        {
            "unschedulable": Field(
                BOOL, "it is cordoned; false where nobody says so", _unschedulable
            )
        },
        left_out={"taints": "of a drain, spec.unschedulable tells as much"},
    ),
    "Node.status": Message(
        "a Node's status",
        "NodeStatus",
        {
            "conditions": Field(list_of(an("NodeCondition")), "its Ready condition", _conditions),
            "ready": Field(
                BOOL, "its Ready condition is True: nobody has missed it yet", _ready, ours=True
            ),
            "up": Field(
                BOOL, "it runs and can be reached, whether or not anybody knows", _up, ours=True
            ),
        },
        left_out={"allocatable": "no-overcommit is about that"},
    ),
    "NodeCondition": Message(
        "a Node's condition",
        "NodeCondition",
        {
            "type": Field(_CONDITION, "Ready", _condition_type),
            "status": Field(_STATUS, "True, or Unknown once it is missed", _condition_status),
        },
    ),
}
