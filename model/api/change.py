"""What the user does during a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from model.api.horizontalpodautoscaler import Rescale
from model.api.node import Taint
from model.api.steps import (
    AddNode,
    Apply,
    Cordon,
    Delete,
    Drain,
    PutLabel,
    PutTaint,
    RemoveNode,
    Restart,
    Scale,
    SetImage,
    Step,
    TakeLabel,
    TakeTaint,
    Uncordon,
    Undo,
)


@dataclass(frozen=True)
class Change:
    """What the user does during the run: `steps`, of which each other form is a short one.

    apply     the workload is created in an empty cluster
    rollout   it is deployed; then its template changes to `image`
    drain     it is deployed; then `nodes` are cordoned and their pods evicted, one node after
              the other
    taint     it is deployed; then `nodes` are given a taint, one after the other
    steady    it is deployed and nobody touches it
    steps     it is deployed; then the steps are taken that are `given`
    """

    kind: Literal["apply", "rollout", "drain", "taint", "steady", "steps"]
    image: str = ""
    #: Whether pods of the new template ever pass their readiness probe.
    becomes_ready: bool = True
    #: Whether the user may revert the template, at any moment after the rollout began.
    rollback: bool = False
    #: How many replicas a rollout gives the workload in the same request; None where it has as many
    #: before.
    replicas: int | None = None
    #: Names of the nodes that the change is about, in the order of the steps.
    nodes: tuple[str, ...] = ()
    #: Whether a drained node takes pods again once it is empty, before the next one is drained.
    uncordon: bool = False
    taint: Taint | None = None
    given: tuple[Step, ...] = ()
    #: Whether they may be taken in any order; else one after the other, as they are given.
    any_order: bool = False
    #: Whether pods of a Job ever succeed: if not, each fails once it runs.
    succeeds: bool = True
    #: The autoscalers that follow the load, by their labels, and the requests that they may send.
    autoscalers: tuple[str, ...] = ()
    rescales: tuple[Rescale, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, each of which may be taken at any moment after the one before."""
        match self.kind:
            case "rollout":
                first: Step = SetImage(self.image, self.becomes_ready)
                if self.replicas is not None:
                    first = Apply(self.image, self.replicas, self.becomes_ready)
                return (first, Undo()) if self.rollback else (first,)
            case "drain":
                return (Drain(self.nodes, self.uncordon),)
            case "taint":
                assert self.taint is not None
                return (PutTaint(self.nodes, self.taint),)
        return self.given

    def has(self, *kinds: type) -> bool:
        """Whether some step is of one of these kinds."""
        return self.number(*kinds) > 0

    def number(self, *kinds: type) -> int:
        """How many steps are of one of these kinds."""
        return sum(isinstance(step, kinds) for step in self.steps)

    @property
    def rolls(self) -> bool:
        """Whether the template changes."""
        return self.has(SetImage, Apply, Restart)

    @property
    def reverts(self) -> bool:
        """Whether a change of the template is taken back."""
        return self.has(Undo)

    @property
    def scales(self) -> bool:
        """Whether the number of replicas changes."""
        return bool(self.scaled_to)

    @property
    def orphans(self) -> bool:
        """Whether the workload is deleted and what it owns is to stay."""
        deletions = (step for step in self.steps if isinstance(step, Delete))
        return any(step.propagation == "orphan" for step in deletions)

    @property
    def scaled_to(self) -> tuple[int, ...]:
        """The numbers of replicas that steps ask for, in order, and then those that autoscalers
        may."""
        asked = (step.replicas for step in self.steps if isinstance(step, Scale | Apply))
        said = (replicas for replicas in asked if replicas is not None)
        return *said, *dict.fromkeys(each.replicas for each in self.rescales)

    @property
    def drains(self) -> bool:
        return self.has(Drain)

    @property
    def removed(self) -> tuple[str, ...]:
        """Names of the nodes whose objects the user deletes, in order."""
        return tuple(step.node for step in self.steps if isinstance(step, RemoveNode))

    @property
    def added(self) -> tuple[str, ...]:
        """Names of the nodes that join during the run, in order."""
        return tuple(step.node for step in self.steps if isinstance(step, AddNode))

    @property
    def relabels(self) -> tuple[str, ...]:
        """Keys of the labels of nodes that change."""
        return tuple(step.key for step in self.steps if isinstance(step, PutLabel | TakeLabel))

    @property
    def drained(self) -> tuple[str, ...]:
        """Names of the nodes that are drained, in order."""
        return tuple(name for step in self.steps if isinstance(step, Drain) for name in step.nodes)


def stepwise(steps: tuple[Step, ...], *, any_order: bool = False) -> Change:
    """A change of kind `steps`. Those about nodes agree on a taint and on whether drained nodes are
    uncordoned; see `model.load.steps`."""
    names: dict[str, None] = {}
    taint, uncordon = None, False
    for step in steps:
        match step:
            case Drain():
                names.update(dict.fromkeys(step.nodes))
                uncordon = uncordon or step.uncordon
            case PutTaint() | TakeTaint():
                names.update(dict.fromkeys(step.nodes))
                taint = step.taint
            case Cordon() | Uncordon() | RemoveNode() | AddNode() | PutLabel() | TakeLabel():
                names[step.node] = None
    return Change(
        "steps",
        nodes=tuple(names),
        uncordon=uncordon,
        taint=taint,
        given=steps,
        any_order=any_order,
    )
