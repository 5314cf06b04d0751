"""One attempt to schedule a pod, with all that comes of it: what filters and scores say; where no
node is feasible, what preemption comes to and the message of the event; and what would let it on.

Source: kubernetes v1.36.3 `pkg/scheduler/schedule_one.go` (schedulingCycle,
handleSchedulingFailure).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.api.pod import Pod
from model.api.poddisruptionbudget import Disruptable
from model.plugins import defaultpreemption, remedies
from model.plugins.defaultpreemption import Preemption
from model.plugins.placing import Placing, place
from model.plugins.remedies import Remedy
from model.plugins.snapshot import Snapshot


@dataclass(frozen=True)
class Attempt:
    """What comes of a pod."""

    placing: Placing
    #: What preemption comes to, and the message of the event FailedScheduling, where no node is
    #: feasible.
    preemption: Preemption | None = None
    message: str = ""
    #: The fewest changes that would let the pod onto a node, where none is feasible.
    remedies: Sequence[Remedy] = ()


def attempt(
    snapshot: Snapshot, pod: Pod, budgets: Sequence[Disruptable] = (), node: str = ""
) -> Attempt:
    """Try to schedule a pod. `node` is the only one that is asked about, if any: then there are
    remedies if that one is not feasible."""
    found = place(snapshot, pod)
    tried, message, mended = None, "", []
    if not found.feasible:
        tried = defaultpreemption.preempt(found, budgets)
        message = defaultpreemption.event(found, tried)
    if node in found.refusals or not found.feasible:
        mended = remedies.remedies(found, node)
    return Attempt(found, tried, message, mended)
