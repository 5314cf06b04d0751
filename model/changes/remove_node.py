"""Node objects that a user deletes, while the machines behind them run on.

Their kubelets keep running what they run, and report on it; nobody binds another pod there. The pod
garbage collector deletes the pods, without grace, once it has found that their node does not exist;
only then do their kubelets end them.

Source: kubernetes v1.36.2 `pkg/controller/podgc/gc_controller.go` (gcOrphaned),
`pkg/controller/nodelifecycle/node_lifecycle_controller.go` (a node that is deleted is forgotten),
`pkg/kubelet/kubelet_node_status.go` (registerWithAPIServer: a kubelet registers its node when it
starts, not again).

Omits: a kubelet that starts anew, and so registers its node again.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.api.steps import RemoveNode
from model.apiserver import requests
from model.apiserver.objects import Cluster, node
from model.changes.contract import NAME, OnNodes, Row, Turn
from model.field import Field
from model.ir.system import assign


def _remove(cluster: Cluster, turns: Sequence[Turn]) -> None:
    assert cluster.registered is not None
    names = [turn.step.node for turn in turns if isinstance(turn.step, RemoveNode)]
    steps, n = OnNodes("remove node", turns, names), node(cluster)
    requests.send(
        cluster,
        "remove node",
        NAME,
        (n,),
        steps.next(n),
        [assign(cluster.registered[n], False), *steps.begin(n)],
        text="remove {node} from the cluster; its machine runs on",
        why=turns[0].why,
    )


ROW = Row(
    RemoveNode,
    Field(
        "object",
        "a Node object is deleted, and its machine runs on",
        short="node",
        fields={"node": Field("string", "the name of the node", required=True)},
    ),
    lambda given: [RemoveNode(given["node"] or "")],
    _remove,
    ("Deployment", "ReplicaSet", "ReplicationController"),
)
