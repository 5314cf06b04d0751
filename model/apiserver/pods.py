"""Pods as a controller sees them that counts each of them: through a cache that may lag.

What a controller has asked for it takes for done, whether or not its cache shows it yet: that is
what expectations come to, and since 1.36 that a sync waits until the cache is as new as the
controller's own last write. For a pod that is gone meanwhile nothing comes of a request.

Source: kubernetes v1.36.3 `pkg/controller/controller_utils.go` (UIDTrackingControllerExpectations),
`pkg/controller/util/consistency/consistency.go` (EnsureReady), `pkg/features/kube_features.go`
(StaleControllerConsistencyStatefulSet and its like, on by default).
"""

from __future__ import annotations

from collections.abc import Callable

from model.apiserver.objects import ABSENT, AVAILABLE, PENDING, TERMINATING, Cluster
from model.apiserver.views import Watch, always
from model.ir.expr import TRUE, Expr, boolean, ite
from model.ir.system import StateFunction, Update
from model.mutation import Mutation

OWN_WRITES_UNSEEN = Mutation(
    "own-writes-unseen",
    "the StatefulSet and the DaemonSet controller do not wait to see what they did",
)

DELETED_OWNERS_ACT = Mutation(
    "deleted-owners-act",
    "the StatefulSet and the DaemonSet controller go on for what is being deleted",
)

#: Something of each pod.
OfPod = Callable[[Expr], Expr]


class Pods:
    """The pods, and the template that the user wants, in the cache of a controller: `seen` is its
    watch of pods, `workload` that of the kind that it is about."""

    def __init__(self, cluster: Cluster, seen: Watch, workload: Watch) -> None:
        self.cluster, self.seen = cluster, seen
        self._kept: dict[str, StateFunction] = {}
        self.phase = self._see("phase", cluster.phase)
        self.owner = self._see("owner", cluster.owner)
        target = cluster.target
        self.target = None if target is None else self._see("target", target)
        #: Whether the workload is there and not being deleted, as it sees it: else it is let be.
        self.lives: Expr = ~cluster.is_deleted()
        #: What it sees of how far the user has come.
        self.stage = None if cluster.change is None else cluster.change()
        #: Whether the template is the one that the controller sees.
        self.current: Expr = TRUE
        self.wanted = cluster.wanted
        #: The replicas that the user wants, as it sees them.
        self.desired = cluster.desired
        if cluster.change is not None and workload.stalled is not None:
            stage = workload.see_value("sees change", cluster.change(), cluster.change.label)
            self.stage, self.current = stage, stage == cluster.change()
            self.wanted = cluster.template_of(stage)
            self.desired = cluster.desired_at(stage)
            self.lives = cluster.by_stage(stage, lambda each: not each.deletion, boolean)
        if cluster.mutated(DELETED_OWNERS_ACT):
            self.lives = TRUE

    def _see(self, name: str, live: StateFunction) -> OfPod:
        stalled = self.seen.stalled
        if stalled is None:
            return lambda p: live[p]
        kept = self.seen.keep(f"sees {name}", live.domain, lambda p: live[p], live.label)
        self._kept[name] = kept
        return lambda p: ite(stalled(), kept[p], live[p])

    def is_active(self, p: Expr) -> Expr:
        """As `Cluster.is_active`."""
        return self.phase(p).is_in("Pending", "Running", "Ready", "Available")

    def is_ready(self, p: Expr) -> Expr:
        return self.phase(p).is_in("Ready", "Available")

    def is_available(self, p: Expr) -> Expr:
        waits = self.cluster.waits(self.owner(p))
        return ite(waits, self.phase(p) == AVAILABLE, self.is_ready(p))

    def is_free(self, p: Expr) -> Expr:
        """Whether a pod can be made in a slot, of which the cache shows none either."""
        free = self.cluster.is_vacant(p)
        return free if self.seen.stalled is None else free & (self.phase(p) == ABSENT)

    def is_there(self, p: Expr) -> Expr:
        """Whether a pod that the cache shows as active still is."""
        return TRUE if self.seen.stalled is None else self.cluster.is_active(p)

    @property
    def _forgets(self) -> bool:
        return self.cluster.mutated(OWN_WRITES_UNSEEN)

    def created(self, p: Expr, owner: Expr, target: Expr | None = None) -> list[Update]:
        """What the controller remembers of a pod that it makes."""
        if self.seen.stalled is None or self._forgets:
            return []
        values = {"phase": PENDING, "owner": owner, "target": target}
        return [
            update
            for name, kept in self._kept.items()
            if (value := values[name]) is not None
            for update in self.seen.note(kept, (p,), always(value))
        ]

    def deleted(self, p: Expr) -> list[Update]:
        """What it remembers of a pod that it deletes."""
        if self.seen.stalled is None or self._forgets:
            return []
        return self.seen.note(self._kept["phase"], (p,), always(TERMINATING))
