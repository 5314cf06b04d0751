"""Node objects that come and go during a run.

One that is deleted while its machine runs on: its kubelet keeps running what it runs, and reports
on it; nobody binds another pod there. The pod garbage collector deletes the pods, without grace,
once it has found that their node does not exist; only then does their kubelet end them.

One that joins: its kubelet registers it, and it takes pods from then on.

Source: kubernetes v1.36.3 `pkg/controller/podgc/gc_controller.go` (gcOrphaned),
`pkg/controller/nodelifecycle/node_lifecycle_controller.go` (a node that is deleted is forgotten),
`pkg/kubelet/kubelet_node_status.go` (registerWithAPIServer: a kubelet registers its node when it
starts, not again), `pkg/scheduler/eventhandlers.go` (addNodeToCache).

Omits: what `OMISSIONS` say.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.api.steps import AddNode, RemoveNode
from model.apiserver import requests
from model.apiserver.objects import Cluster, node
from model.changes.contract import NAME, OnNodes, Row, Turn
from model.field import Field
from model.ir.system import assign

OMISSIONS = {
    RemoveNode: "a kubelet that starts anew, and so registers its node that was removed again",
    AddNode: "the taint of a node that joins and is not ready yet (a node joins when it is); pods "
    "of DaemonSets that come with it count as there from the start",
}


def _written(cluster: Cluster, turns: Sequence[Turn], name: str, *, there: bool, text: str) -> None:
    assert cluster.registered is not None
    steps = [turn.step for turn in turns]
    names = [step.node for step in steps if isinstance(step, AddNode | RemoveNode)]
    on, n = OnNodes(name, turns, names), node(cluster)
    cluster.builder.omit(OMISSIONS[AddNode if there else RemoveNode])
    requests.send(
        cluster,
        name,
        NAME,
        (n,),
        on.next(n),
        [assign(cluster.registered[n], there), *on.begin(n)],
        text=text,
        why=turns[0].why,
    )


def _remove(cluster: Cluster, turns: Sequence[Turn]) -> None:
    text = "remove {node} from the cluster; its machine runs on"
    _written(cluster, turns, "remove node", there=False, text=text)


def _add(cluster: Cluster, turns: Sequence[Turn]) -> None:
    _written(cluster, turns, "add node", there=True, text="add {node} to the cluster")


def _field(help: str) -> Field:
    fields = {"node": Field("string", "the name of the node", required=True)}
    return Field("object", help, short="node", fields=fields)


_KINDS = ("Deployment", "ReplicaSet", "ReplicationController")

REMOVE = Row(
    RemoveNode,
    _field("a Node object is deleted, and its machine runs on"),
    lambda given: [RemoveNode(given["node"] or "")],
    _remove,
    _KINDS,
)

ADD = Row(
    AddNode,
    _field("one of the nodes joins: until then it is not there"),
    lambda given: [AddNode(given["node"] or "")],
    _add,
    _KINDS,
)
