"""Kubelets that restart. Containers run on meanwhile, and the kubelet lists its pods anew.

Since 1.35 that list is as new as the store is then, so nothing comes of it. Before, an API server
that lagged could answer it: then the kubelet saw a pod that had been there and was replaced
elsewhere, and started it (kubernetes issue 59848). With `model: {mutations:
[kubelet-lists-the-past]}` it does so still.

Source: client-go v0.36 `tools/cache/reflector.go` (watchList), `features/known_features.go`
(WatchListClient, on by default); kubernetes v1.36.3 `pkg/kubelet/config/apiserver.go`.

Omits: how long a kubelet is down (it may be slow in any case), static pods, checkpoints.
"""

from __future__ import annotations

from model.apiserver.objects import UP, Cluster, node, pod
from model.faults.contract import Row, budget, counted
from model.field import count
from model.ir.system import assign
from model.scenario import Faults


def add(cluster: Cluster) -> None:
    """Adds restarts of kubelets."""
    number = cluster.scenario.faults.kubelet_restarts
    if not number:
        return
    n, p = node(cluster), pod(cluster)
    left = budget(cluster, "kubeletRestartsLeft", number, disturbs=False)
    restarts = cluster.is_registered(n) & (cluster.health[n] == UP) & (left > 0)
    cluster.builder.action(
        "kubelet restarts",
        "kubelet",
        (n,),
        restarts,
        [assign(left, left - 1)],
        text="the kubelet of {node} restarts, and lists its pods anew",
        why="spec.faults.kubeletRestarts leaves another restart",
    )
    was_on, left_behind = cluster.harm.was_on, cluster.harm.left_behind
    if was_on is None or left_behind is None:
        return
    cluster.builder.action(
        "kubelet restarts in the past",
        "kubelet",
        (n, p),
        restarts
        & cluster.serving
        & was_on[p, n]
        & (cluster.node[p].is_none() | (cluster.node[p] != n)),
        [assign(left, left - 1), assign(left_behind[p, n], True)],
        text="the kubelet of {node} restarts, and starts {pod} of the past",
        why="the list that it gets is of a time when {pod} was on {node}",
    )


ROW = Row(
    {
        "kubeletRestarts": count(
            "how often a kubelet may restart, while containers run on", Faults.kubelet_restarts
        )
    },
    (counted("kubeletRestarts", "{n} restart of a kubelet", "{n} restarts of kubelets"),),
    add,
)
