"""Faults: steps that nobody wants, each with a budget that the scenario sets.

Crashes and failures are steps like any other, only never fair: they may happen, they need not.
What a kubelet reports of them is part of the step, so a pod that fails or a node that returns
shows only while the store takes writes.

Faults of the store are in `model.etcd`, those of watches in `model.apiserver.views`.

Source: what happens to pods on a node that comes back follows kubernetes v1.36.2
`pkg/kubelet/kubelet_pods.go` and `pkg/kubelet/container/helpers.go` (ShouldContainerBeRestarted).

Omits: a node that is cut off while its pods run on (it is modelled as crashed), disk loss,
restarts of controllers (all that one could lose is the rest of a sync).
"""

from __future__ import annotations

from model.apiserver.objects import CRASHED, RUNNING, UP, Cluster, node, pod
from model.ir.expr import variable
from model.ir.system import assign
from model.ir.types import IntType

OMISSIONS = ("nodes that are cut off while their pods run on",)


def add(cluster: Cluster) -> None:
    """Adds the faults of nodes and pods for which there is a budget."""
    if cluster.scenario.faults.node_crashes:
        _node_crashes(cluster)
    if cluster.scenario.faults.pod_failures:
        _pod_failures(cluster)


def _node_crashes(cluster: Cluster) -> None:
    builder, n = cluster.builder, node(cluster)
    faults = cluster.scenario.faults
    builder.omit(*OMISSIONS)
    left = builder.function("crashesLeft", (), IntType(0, faults.node_crashes), faults.node_crashes)
    cluster.disturbed = cluster.disturbed | (left() < faults.node_crashes)
    q = variable("other", cluster.Pod)
    builder.action(
        "node crashes",
        "fault",
        (n,),
        cluster.is_registered(n) & (cluster.health[n] == UP) & (left() > 0),
        [assign(cluster.health[n], CRASHED), assign(left(), left() - 1)],
        text="{node} crashes",
        why="spec.faults.nodeCrashes leaves another crash",
    )
    started = cluster.phase[q].is_in("Running", "Ready", "Available")
    builder.action(
        "node returns",
        "fault",
        (n,),
        (cluster.health[n] != UP) & cluster.serving,
        [
            assign(cluster.health[n], UP),
            assign(
                cluster.phase[q],
                RUNNING,
                q,
                where=(cluster.node[q] == n) & started & cluster.is_watched(q),
            ),
        ],
        fairness="weak" if faults.nodes_return else "none",
        text="{node} is back, and starts again what it has to run",
        why="a node that crashed may return",
    )


def _pod_failures(cluster: Cluster) -> None:
    builder, p = cluster.builder, pod(cluster)
    budget = cluster.scenario.faults.pod_failures
    left = builder.function("failuresLeft", (), IntType(0, budget), budget)
    cluster.disturbed = cluster.disturbed | (left() < budget)
    builder.action(
        "pod fails",
        "fault",
        (p,),
        cluster.is_ready(p)
        & cluster.is_watched(p)
        & (left() > 0)
        & (cluster.health.get(cluster.node[p], CRASHED) == UP)
        & cluster.serving,
        [assign(cluster.phase[p], RUNNING), assign(left(), left() - 1)],
        text="a container of {pod} fails, and has to restart",
        why="spec.faults.podFailures leaves another failure",
    )
