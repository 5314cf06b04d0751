"""DaemonSets beside the workload that a scenario is about, where it is not enough that what their
pods request is no room on the nodes (`model.scope`).

To everybody else a DaemonSet that stays as it is has a pod for each node that it wants one on: one
that is lost, or whose node was removed, comes again when the old one is gone and the node there.
The scheduler binds it to that node and to no other, if there is room.

Source: kubernetes v1.36.3 `pkg/controller/daemon/daemon_controller.go` (manage,
podsShouldBeOnNode).

Omits: what a DaemonSet's own checks look at: revisions, pods that surge.
"""

from __future__ import annotations

from model.apiserver import requests
from model.apiserver.objects import ABSENT, Cluster, node, pod, replicaset
from model.ir.quantifier import exists
from model.ir.system import assign
from model.ir.types import BOOL
from model.labellings import NODE_LABELS, labellings
from model.mutation import Mutation
from model.plugins import daemon_nodes
from model.scenario import Scenario

NAME = "daemonset-controller"

TWICE_BESIDE = Mutation(
    "daemon-twice-beside", "a DaemonSet beside the workload makes two pods for a node"
)


def add(cluster: Cluster) -> None:
    """Adds how they make pods."""
    target = cluster.target

    def wants(scenario: Scenario) -> list[int]:
        return [
            int(runs and each.daemon is not None and not cluster.is_mine(each))
            for each in cluster.workloads
            for runs in daemon_nodes.wants(each.template, scenario.nodes)
        ]

    if target is None or not any(any(wants(each)) for each in labellings(cluster.scenario)):
        return
    domain = (cluster.ReplicaSet, cluster.Node)
    table = cluster.configuration.table
    wanted = table("wantsDaemonBeside", domain, BOOL, wants, (NODE_LABELS,))
    p, r, n = pod(cluster), replicaset(cluster), node(cluster)
    there = exists(
        cluster.Pod,
        lambda q: (
            (cluster.phase[q] != ABSENT)
            & (cluster.owner[q] == r)
            & (target[q] == n)
            & (cluster.is_unscheduled(q) if cluster.mutated(TWICE_BESIDE) else True)
        ),
    )
    requests.send(
        cluster,
        "create daemon beside",
        NAME,
        (r, n, p),
        wanted[r, n] & cluster.is_registered(n) & ~there & cluster.is_vacant(p),
        [*requests.create(cluster, p, r), assign(target[p], n)],
        fairness="weak",
        fair_for=(r, n),
        text="create {pod} of {replicaset} for {node}",
        why="{node} is to have such a pod",
    )
