"""What faults have done to nodes and pods that the API server does not know, or not for sure.

    cut off       the node's kubelet and the API server do not reach each other; what runs there
                  runs on. To the control plane the node is as good as crashed
    broken        the pod never gets ready again
    left behind   containers of a pod run on a node though its object is gone: it was deleted
                  without grace, so nobody waited for its kubelet. They matter where names are used
                  again

Each is only modelled where a scenario lets it come about.

Source: kubernetes v1.36.3 `pkg/registry/core/pod/strategy.go` (CheckGracefulDelete: without grace
the object goes at once), `pkg/kubelet/kubelet.go` (HandlePodRemoves, HandlePodCleanups: a kubelet
stops what has no object any more).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model.ir.builder import Builder
from model.ir.expr import FALSE, Expr, Literalish, variable
from model.ir.system import StateFunction, Update, assign
from model.ir.types import BOOL, Sort
from model.mutation import Mutation

if TYPE_CHECKING:
    from model.apiserver.objects import Cluster
    from model.scenario import Scenario

UNREACHABLE_PODS_FORCED = Mutation(
    "unreachable-pods-forced",
    "pods on an unreachable node are deleted by force, without the word of their kubelet",
)


KUBELET_LISTS_THE_PAST = Mutation(
    "kubelet-lists-the-past",
    "a kubelet that restarts lists its pods from a cache that lags, as resourceVersion 0 allowed",
)

#: Kinds whose pods are to run for ever: others replace a pod that fails.
LASTING = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Pod")


@dataclass(frozen=True)
class Harm:
    """The state functions; None where nothing of the kind can come about."""

    #: [node]
    cut_off: StateFunction | None
    #: [pod]
    broken: StateFunction | None
    #: [pod, node]
    left_behind: StateFunction | None
    #: [pod, node]: whether a kubelet has stopped a pod of that name, so that an old list has it.
    was_on: StateFunction | None

    def is_cut_off(self, node: Expr) -> Expr:
        """Whether what is on a node that does not answer runs on."""
        return FALSE if self.cut_off is None else self.cut_off[node]

    def is_broken(self, pod: Expr) -> Expr:
        return FALSE if self.broken is None else self.broken[pod]

    def removed(self, pod: Expr) -> Iterator[Update]:
        """What becomes of it when the object of a pod is gone."""
        if self.broken is not None:
            yield assign(self.broken[pod], False)

    def stopped(self, pod: Expr, at: Expr, Node: Sort) -> Iterator[Update]:
        """The same when the kubelet of the node it is on has stopped it."""
        if self.was_on is not None:
            n = variable("stoppedOn", Node)
            yield assign(self.was_on[pod, n], True, n, where=at == n)

    def crashed(self, node: Expr, Pod: Sort) -> Iterator[Update]:
        """The same when a node crashes."""
        if self.left_behind is not None:
            q = variable("leftThere", Pod)
            yield assign(self.left_behind[q, node], False, q)


def harm(scenario: Scenario, builder: Builder, Pod: Sort, Node: Sort) -> Harm:
    """Those that may come about in a scenario."""
    faults, workload = scenario.faults, scenario.workload
    cut_off = broken = left_behind = was_on = None
    if faults.partitions:
        cut_off = builder.function("cutOff", (Node,), BOOL, 0, "Node/{0} is cut off")
    if faults.pods_fail_for_good and workload.kind in LASTING:
        broken = builder.function("broken", (Pod,), BOOL, 0, "Pod/{0} fails for good")
    abrupt = any(each.template.termination_grace_seconds == 0 for each in scenario.versions)
    past = faults.kubelet_restarts and KUBELET_LISTS_THE_PAST in scenario.mutations
    forced = faults.forced_deletions or UNREACHABLE_PODS_FORCED in scenario.mutations or past
    if workload.stateful is not None and (abrupt or forced):
        left_behind = builder.function(
            "leftBehind", (Pod, Node), BOOL, 0, "containers of a Pod/{0} that is gone run on {1}"
        )
    if left_behind is not None and past:
        was_on = builder.function("wasOn", (Pod, Node), BOOL, 0)
    return Harm(cut_off, broken, left_behind, was_on)


def abandon(cluster: Cluster, pod: Expr, when: Literalish = True) -> list[Update]:
    """The object of a pod goes without its kubelet's word: its containers run on, for now."""
    left = cluster.harm.left_behind
    if left is None:
        return []
    n = variable("leftOn", cluster.Node)
    cut_off = cluster.harm.is_cut_off(n)
    # A kubelet that is cut off may have started what is still pending to everybody else.
    runs = cluster.phase[pod].is_in("Running", "Ready", "Available", "Terminating") | cut_off
    alive = cluster.health[n].is_in("Up") | cut_off
    here = (cluster.node[pod] == n) & runs & alive & when
    return [assign(left[pod, n], True, n, where=here)]
