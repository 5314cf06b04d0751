"""The node lifecycle and taint eviction controllers: nodes that stop reporting lose their pods.

A crashed node keeps looking ready until its heartbeat is missed; then it becomes unreachable, its
pods are marked not ready, no pod is scheduled to it, and each pod that does not tolerate that for
ever is deleted, as long as any node is ready. A deleted pod stays, terminating, until its kubelet
is back to confirm.

Source: kubernetes v1.36.2 `pkg/controller/nodelifecycle/node_lifecycle_controller.go`,
`pkg/controller/tainteviction/taint_eviction.go`,
`plugin/pkg/admission/defaulttolerationseconds/admission.go`.

Omits: times (the grace period and tolerationSeconds may be arbitrarily long or short), rate limits,
zones of which only a part is ready, NoExecute taints that a node has from the start, memory and
disk pressure, deleted nodes. The pods of a node are marked not ready in one step with the node.
"""

from __future__ import annotations

from model.apiserver.objects import (
    CRASHED,
    RUNNING,
    UNREACHABLE,
    UP,
    Cluster,
    node,
    pod,
)
from model.ir.expr import variable
from model.ir.quantifier import exists
from model.ir.system import assign
from model.scenario import PodTemplate, Taint, Toleration
from model.scheduler.filters import tolerates

NAME = "node-lifecycle-controller"
EVICTOR = "taint-eviction-controller"

OMISSIONS = (
    "eviction rate limits of the node lifecycle controller, zones of which only a part is ready",
    "eviction for NoExecute taints that a node has from the start",
    "how long things take: grace periods and tolerationSeconds may be any length",
)

UNREACHABLE_KEY = "node.kubernetes.io/unreachable"
NO_EXECUTE = Taint(UNREACHABLE_KEY, "", "NoExecute")
NO_SCHEDULE = Taint(UNREACHABLE_KEY, "", "NoSchedule")


def admitted_tolerations(template: PodTemplate) -> tuple[Toleration, ...]:
    """A pod's tolerations once the DefaultTolerationSeconds admission plugin has seen it.

    It adds one of 300 seconds for an unreachable node unless a toleration of the pod names that
    key (or none) and that effect (or none), whatever its operator and value.
    """
    given = template.tolerations
    if any(t.key in ("", UNREACHABLE_KEY) and t.effect in ("", "NoExecute") for t in given):
        return given
    return *given, Toleration(UNREACHABLE_KEY, "Exists", "", "NoExecute", 300)


def tolerates_unreachable(template: PodTemplate) -> bool:
    """Whether the pods stay for ever on a node that is unreachable.

    Of several tolerations for one taint only the first counts.
    """
    first = next((t for t in admitted_tolerations(template) if tolerates((t,), NO_EXECUTE)), None)
    return first is not None and first.seconds is None


def admitted_unreachable(template: PodTemplate) -> bool:
    """Whether the scheduler binds the pods even to a node that is known to be unreachable."""
    given = admitted_tolerations(template)
    return tolerates(given, NO_EXECUTE) and tolerates(given, NO_SCHEDULE)


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
        text="mark {node} unreachable, its pods not ready",
        why="the kubelet of {node} has not renewed its lease for the grace period",
    )
    if tolerates_unreachable(cluster.scenario.workload.template):
        return
    if cluster.mutated("unreachable-nodes-keep-pods"):
        return
    health = cluster.health.get(cluster.node[p], UP)
    # With no node ready every zone is fully disrupted: then the taints are taken back.
    some_ready = exists(
        cluster.Node, lambda m: cluster.is_registered(m) & (cluster.health[m] != UNREACHABLE)
    )
    builder.action(
        "evict pod",
        EVICTOR,
        (p,),
        cluster.is_active(p) & (health == UNREACHABLE) & some_ready & cluster.serving,
        cluster.delete(p),
        fairness="weak",
        text="delete {pod}: its node is unreachable",
        why="the pod does not tolerate an unreachable node for longer",
    )
