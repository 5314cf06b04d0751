"""The pod garbage collector: deletes pods that are bound to a node that does not exist.

A template's nodeName binds its pods from the start: no scheduler looks at them, and without the
node no kubelet takes them up. Every 20 s the collector looks for such pods; 40 s after it first saw
a node's name that nobody has, it marks them Failed and deletes them without grace, and their
ReplicaSet makes others.

Source: kubernetes v1.36.3 `pkg/controller/podgc/gc_controller.go` (gcOrphaned,
markFailedAndDeletePodWithCondition), `pkg/scheduler/eventhandlers.go` (assignedPod).

So it is with the pods of a node that is removed (`model.faults.node_removals`,
`model.changes.node_objects`).

Omits: pods that finished, when there are too many.
"""

from __future__ import annotations

from model.apiserver import requests
from model.apiserver.objects import Cluster, node, pod
from model.apiserver.views import Watches
from model.controllers.contract import Controller
from model.ir.expr import Expr
from model.ir.quantifier import exists
from model.ir.types import BOOL
from model.mutation import Mutation
from model.scenario import Scenario

NAME = "pod-garbage-collector"

ORPHANS_KEPT = Mutation(
    "orphans-kept", "pods that are bound to a node that was removed are never deleted"
)


def orphans(scenario: Scenario) -> bool:
    """Whether the node that the template names need not exist."""
    name = scenario.workload.template.node_name
    if not name:
        return False
    fixed = not (scenario.open.keys() & {"nodes"} or scenario.changes_nodes)
    return not (fixed and name in {n.name for n in scenario.nodes})


def finds(scenario: Scenario) -> bool:
    """Whether there can be anything for it to do."""
    return scenario.removes_nodes or orphans(scenario)


def _add(cluster: Cluster, _: Watches) -> None:
    if cluster.scenario.removes_nodes and not cluster.mutated(ORPHANS_KEPT):
        _removed(cluster)
    if orphans(cluster.scenario):
        _never_there(cluster)


def _removed(cluster: Cluster) -> None:
    """Pods that are bound to a node that has been removed."""
    p, n = pod(cluster), node(cluster)
    requests.send(
        cluster,
        "delete orphan of a node",
        NAME,
        (p, n),
        (cluster.node[p] == n) & ~cluster.is_registered(n),
        requests.collect(cluster, p),
        fairness="weak",
        fair_for=(p,),
        text="delete {pod}: its {node} is gone",
        why="its node was removed, and no kubelet has it",
    )


def _never_there(cluster: Cluster) -> None:
    """Pods that name a node which does not exist."""
    name, p = cluster.scenario.workload.template.node_name, pod(cluster)
    meant = cluster.builder.table(
        "meantNode",
        (cluster.Node,),
        BOOL,
        [int(each.name == name) for each in cluster.scenario.nodes],
    )
    missing = ~exists(cluster.Node, lambda m: meant[m] & cluster.is_registered(m))

    def due(q: Expr) -> Expr:
        return cluster.is_unscheduled(q) & missing & cluster.serving

    # No quick step, as little as a kubelet's rejection: it takes a minute, and comes back for ever.
    cluster.builder.action(
        "delete orphan",
        NAME,
        (p,),
        due(p),
        requests.collect(cluster, p),
        fairness="weak",
        fair_for=(p,),
        text="delete {pod}: there is no node {name}",
        why="it is bound to the node that its nodeName names, and no kubelet has it",
        words={"name": name},
    )
    cluster.evicting.append(exists(cluster.Pod, due))


CONTROLLER = Controller(
    NAME,
    ("Pod", "Node"),
    "pods on nodes that exist",
    "the nodes that pods are bound to, and the nodes that there are",
    "which pods are bound to a node that is not there",
    "delete such a pod, without grace",
    _add,
)
