"""What the scheduler believes of nodes: its cache may lag, so that it does not know yet that a node
was cordoned, tainted or labelled, or does not answer.

Of pods it knows enough: it assumes its own bindings at once, and nobody else binds any. While its
watch of nodes is stalled it still sees pods that are made.

Source: kubernetes v1.36.3 `pkg/scheduler/eventhandlers.go` (addNodeToCache, updateNodeInCache),
`pkg/scheduler/backend/cache/cache.go` (AssumePod, UpdateSnapshot).

Omits: pods that it does not see yet, or that it does not know to be on their way out or gone. One
watch tells of all pods in the order of their changes, so what it has not heard of when it decides
on a pod came after that pod, which is then as good as bound before. Where it lags so, it only binds
later.
"""

from __future__ import annotations

from model.api.steps import LABELS
from model.apiserver.objects import UNREACHABLE, Cluster
from model.apiserver.views import PerObject, watch
from model.ir.expr import FALSE, Expr, ite

NAME = "kube-scheduler"
_LABELS = "sees labels"


def labelling(cluster: Cluster) -> Expr:
    """Which labels it takes nodes to have."""
    seen, now = watch(cluster, NAME), cluster.configuration.labelling
    if seen.stalled is None or not cluster.scenario.change.has(*LABELS):
        return now
    known = (each.kept for each in seen.copies if each.kept.name == f"{NAME} {_LABELS}")
    kept = next(known, None) or seen.keep(_LABELS, (), lambda: now, None)
    return ite(seen.stalled(), kept(), now)


class Cache:
    """Its nodes."""

    def __init__(self, cluster: Cluster) -> None:
        self._watch = watch(cluster, NAME)
        see, Node, health = self._watch.see, cluster.Node, cluster.health
        flags = cluster.unschedulable

        def never(_: Expr) -> Expr:
            return FALSE

        labelling(cluster)
        #: [node]: whether it was cordoned, has the scenario's taint, is known not to answer.
        self.unschedulable: PerObject = never
        self.is_tainted: PerObject = never
        self.is_unreachable: PerObject = never
        if flags is not None:
            self.unschedulable = see("sees unschedulable", Node, lambda n: flags[n], flags.label)
        if cluster.tainted is not None:
            self.is_tainted = see("sees taint", Node, cluster.is_tainted, cluster.tainted.label)
        if cluster.scenario.faults.losses:
            self.is_unreachable = see(
                "sees unreachable", Node, lambda n: health[n] == UNREACHABLE, "Node/{0} unreachable"
            )

    def finish(self) -> None:
        """Adds the steps of the watch."""
        if self._watch.copies:
            self._watch.finish()
