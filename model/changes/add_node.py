"""Nodes that join the cluster during a run: their kubelets register them, and they take pods from
then on.

Source: kubernetes v1.36.2 `pkg/kubelet/kubelet_node_status.go` (registerWithAPIServer),
`pkg/scheduler/eventhandlers.go` (addNodeToCache).

Omits: the taint of a node that is not ready yet, which keeps pods off until it is: a node joins
when it is; pods of DaemonSets that come with it count as there from the start.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.api.steps import AddNode
from model.apiserver import requests
from model.apiserver.objects import Cluster, node
from model.changes.contract import NAME, OnNodes, Row, Turn
from model.field import Field
from model.ir.system import assign


def _add(cluster: Cluster, turns: Sequence[Turn]) -> None:
    assert cluster.registered is not None
    names = [turn.step.node for turn in turns if isinstance(turn.step, AddNode)]
    steps, n = OnNodes("add node", turns, names), node(cluster)
    requests.send(
        cluster,
        "add node",
        NAME,
        (n,),
        steps.next(n),
        [assign(cluster.registered[n], True), *steps.begin(n)],
        text="add {node} to the cluster",
        why=turns[0].why,
    )


ROW = Row(
    AddNode,
    Field(
        "object",
        "one of the nodes joins: until then it is not there",
        short="node",
        fields={"node": Field("string", "the name of the node", required=True)},
    ),
    lambda given: [AddNode(given["node"] or "")],
    _add,
    ("Deployment", "ReplicaSet", "ReplicationController"),
)
