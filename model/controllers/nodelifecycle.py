"""The node lifecycle and taint eviction controllers: nodes that stop reporting lose their pods.

A crashed node keeps looking ready until its heartbeat is missed; then it becomes unreachable, its
pods are marked not ready, no pod is scheduled to it, and each pod that does not tolerate that for
ever is deleted. A deleted pod stays, terminating, until its kubelet is back to confirm.

Source: kubernetes v1.36.2 `pkg/controller/nodelifecycle/node_lifecycle_controller.go`,
`pkg/controller/tainteviction/taint_eviction.go`,
`plugin/pkg/admission/defaulttolerationseconds/admission.go`.

Omits: times (the grace period and tolerationSeconds may be arbitrarily long or short), rate limits
and zone disruption thresholds, memory and disk pressure, pods that stay because nodes are gone.
"""

from __future__ import annotations

from model.apiserver.objects import (
    CRASHED,
    RUNNING,
    TERMINATING,
    UNREACHABLE,
    UP,
    Cluster,
    node,
    pod,
)
from model.ir.expr import variable
from model.ir.system import assign
from model.scenario import Workload

NAME = "node-lifecycle-controller"
EVICTOR = "taint-eviction-controller"

OMISSIONS = (
    "eviction rate limits and zone disruption thresholds of the node lifecycle controller",
    "how long things take: grace periods and tolerationSeconds may be any length",
)

UNREACHABLE_KEY = "node.kubernetes.io/unreachable"


def tolerates_unreachable(workload: Workload) -> bool:
    """Whether the pods stay for ever on a node that is unreachable.

    The DefaultTolerationSeconds admission plugin adds a toleration of 300 seconds unless the pod
    has one of its own for the taint.
    """
    matching = [
        t
        for t in workload.template.tolerations
        if t.key in ("", UNREACHABLE_KEY)
        and t.effect in ("", "NoExecute")
        and (t.operator == "Exists" or (t.operator == "Equal" and t.value == ""))
    ]
    return bool(matching) and all(t.seconds is None for t in matching)


def add(cluster: Cluster) -> None:
    """Adds both controllers; they do nothing unless nodes can crash."""
    if not cluster.scenario.faults.node_crashes:
        return
    builder, p, n = cluster.builder, pod(cluster), node(cluster)
    builder.omit(*OMISSIONS)
    q = variable("other", cluster.Pod)
    builder.action(
        "mark unreachable",
        NAME,
        (n,),
        (cluster.health[n] == CRASHED) & cluster.serving,
        [
            assign(cluster.health[n], UNREACHABLE),
            assign(
                cluster.phase[q],
                RUNNING,
                q,
                where=(cluster.node[q] == n) & cluster.is_ready(q),
            ),
        ],
        fairness="weak",
        text="{node} missed its heartbeats: taint it and mark its pods not ready",
    )
    if tolerates_unreachable(cluster.scenario.workload):
        return
    if cluster.mutated("unreachable-nodes-keep-pods"):
        return
    health = cluster.health.get(cluster.node[p], UP)
    builder.action(
        "evict pod",
        EVICTOR,
        (p,),
        cluster.is_active(p) & (health == UNREACHABLE) & cluster.serving,
        [assign(cluster.phase[p], TERMINATING)],
        fairness="weak",
        text="delete {pod}: its node is unreachable",
        why="the pod does not tolerate an unreachable node for longer",
    )
