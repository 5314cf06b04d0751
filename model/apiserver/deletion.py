"""What is left of a workload's own object once the user has deleted it.

A Pod is deleted as it would be by others, whatever the propagation: nothing is its own.

Deleted in the background an object is gone at once. In the foreground, and with orphaning, it gets
a deletionTimestamp and a finalizer, and stays until the garbage collector takes that away.

Source: kubernetes v1.36.3 `staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go`
(Delete, deletionFinalizersForGarbageCollection), `pkg/registry/apps/deployment/strategy.go` and its
like (DefaultGarbageCollectionPolicy); kubectl v0.36 `pkg/cmd/delete/delete_flags.go` (--cascade).
"""

from __future__ import annotations

from dataclasses import dataclass

from model.api.steps import Delete
from model.ir.builder import Builder
from model.ir.expr import FALSE, Expr
from model.ir.label import Label
from model.ir.system import StateFunction, Update, assign
from model.ir.types import BOOL, Sort
from model.scenario import Scenario

#: Kinds that are an element of the sort ReplicaSet themselves; and those that own some such, of the
#: kind that is named. Others own their pods, and elements of the sort are their revisions.
ITSELF = ("ReplicaSet", "ReplicationController", "Job")
BETWEEN = {"Deployment": "ReplicaSet", "CronJob": "Job"}


@dataclass(frozen=True)
class Deletion:
    """The state functions of a scenario in which the user deletes the workload."""

    #: Whether the object is being deleted and still there; None where it is one of `ITSELF`, or
    #: never waits.
    remains: StateFunction | None
    #: The same of each ReplicaSet, or Job; None where none ever is.
    waits: StateFunction | None

    def waiting(self, replicaset: Expr) -> Expr:
        """Whether a ReplicaSet is being deleted and still there."""
        return FALSE if self.waits is None else self.waits[replicaset]

    def begin(self, replicaset: Expr, *, finalizer: bool) -> list[Update]:
        """A DELETE request about the workload's object, which may be this ReplicaSet. Without
        `finalizer` it is gone at once, which of a ReplicaSet others say (`gone`)."""
        if not finalizer:
            return []
        if self.remains is not None:
            return [assign(self.remains(), True)]
        assert self.waits is not None
        return [assign(self.waits[replicaset], True)]


def deletion(builder: Builder, scenario: Scenario, ReplicaSet: Sort) -> Deletion | None:
    """That of a scenario; None where nobody deletes the workload."""
    steps = [step for step in scenario.change.steps if isinstance(step, Delete)]
    if not steps:
        return None
    workload = scenario.workload
    finalized = any(step.propagation != "background" for step in steps)
    foreground = any(step.propagation == "foreground" for step in steps)
    itself, between = workload.kind in ITSELF, BETWEEN.get(workload.kind)
    # What owns nothing goes by its own grace period, whatever is asked for.
    finalized = finalized and not workload.is_pod
    remains = waits = None
    if finalized and not itself:
        label = Label(f"{workload.kind}/{workload.name}", "metadata.finalizers")
        remains = builder.function("remains", (), BOOL, 0, label)
    if (finalized and itself) or (foreground and between is not None):
        kind = between or workload.kind
        label = Label(f"{kind}/{{0}}", "metadata.deletionTimestamp")
        waits = builder.function("waitsForPods", (ReplicaSet,), BOOL, 0, label)
    return Deletion(remains, waits)
