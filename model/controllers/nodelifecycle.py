"""The node lifecycle controller: nodes that stop reporting are tainted.

A node that crashed or is cut off keeps looking ready until its heartbeat is missed; then it becomes
unreachable, its pods are marked not ready, no pod is scheduled to it, and
`model.controllers.tainteviction` deletes the pods that do not tolerate that for ever. A deleted pod
stays, terminating, until its kubelet is back to confirm.

Source: kubernetes v1.36.3 `pkg/controller/nodelifecycle/node_lifecycle_controller.go`.

Omits: times (the grace period may be arbitrarily long or short), rate limits, zones of which only a
part is ready, memory and disk pressure. The pods of a node are marked not ready in one step with
the node.
"""

from __future__ import annotations

from model.api.node import Taint
from model.api.pod import PodTemplate
from model.apiserver import requests
from model.apiserver.objects import CRASHED, RUNNING, UNREACHABLE, Cluster, node
from model.apiserver.views import Watches
from model.controllers.contract import Controller
from model.ir.expr import variable
from model.ir.system import assign
from model.plugins.defaulttolerationseconds import UNREACHABLE as UNREACHABLE_TAINT
from model.plugins.defaulttolerationseconds import admitted_tolerations
from model.plugins.filters import tolerates

NAME = "node-lifecycle-controller"

OMISSIONS = (
    "eviction rate limits of the node lifecycle controller, zones of which only a part is ready",
)

NO_EXECUTE = Taint(UNREACHABLE_TAINT, "", "NoExecute")
NO_SCHEDULE = Taint(UNREACHABLE_TAINT, "", "NoSchedule")


def admitted_unreachable(template: PodTemplate) -> bool:
    """Whether the scheduler binds the pods even to a node that is known to be unreachable."""
    given = admitted_tolerations(template)
    return tolerates(given, NO_EXECUTE) and tolerates(given, NO_SCHEDULE)


def _add(cluster: Cluster, _: Watches) -> None:
    n = node(cluster)
    q = variable("other", cluster.Pod)
    requests.send(
        cluster,
        "mark unreachable",
        NAME,
        (n,),
        cluster.is_registered(n) & (cluster.health[n] == CRASHED),
        [
            assign(cluster.health[n], UNREACHABLE),
            assign(
                cluster.phase[q],
                RUNNING,
                q,
                where=(cluster.node[q] == n) & cluster.is_ready(q) & cluster.is_watched(q),
            ),
        ],
        fairness="weak",
        fair_for=(n,),
        text="mark {node} unreachable, its pods not ready",
        why="the kubelet of {node} has not renewed its lease for the grace period",
    )


CONTROLLER = Controller(
    NAME,
    ("Node", "Lease", "Pod"),
    "nodes that answer",
    "when each node's kubelet renewed its lease last",
    "which ones have not for the grace period",
    "taint a node, and write that its pods are not ready",
    _add,
    OMISSIONS,
)
