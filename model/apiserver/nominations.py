"""Which nodes are being made free for which pods: `status.nominatedNodeName`, and what the pods
that have to go are marked with.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/preemption/executor.go` (prepareCandidate: the
condition DisruptionTarget with the reason PreemptionByScheduler),
`pkg/scheduler/backend/queue/nominator.go`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model.ir.builder import Builder
from model.ir.expr import Expr, constant, none
from model.ir.system import StateFunction, Update, assign
from model.ir.types import ElementType, EnumType, Sort
from model.scenario import Scenario

LEAVING = EnumType("Leaving", ("No", "Chosen", "Deleted"))
STAYS, CHOSEN, DELETED = (constant(LEAVING, name) for name in LEAVING.values)


@dataclass(frozen=True)
class Nominations:
    """The state functions."""

    Node: Sort
    #: [pod]: the node that is being made free for it, while it is pending; or none.
    to: StateFunction
    #: [pod]: whether it goes for another one: not yet sent, or on its way out.
    leaving: StateFunction

    def bound(self, pod: Expr) -> Iterator[Update]:
        """A pod that is bound needs no room any more."""
        yield assign(self.to[pod], none(self.Node))

    def vacated(self, pod: Expr) -> Iterator[Update]:
        """What becomes of it when the object of a pod is gone."""
        yield assign(self.to[pod], none(self.Node))
        yield assign(self.leaving[pod], STAYS)


def made(builder: Builder, scenario: Scenario, Pod: Sort, Node: Sort) -> Nominations | None:
    """Those of a scenario in which pods may have others go."""
    if not scenario.preempting:
        return None
    type, label = ElementType(Node, optional=True), "Pod/{0}.status.nominatedNodeName"
    to = builder.function("nominated", (Pod,), type, -1, label)
    label = "Pod/{0}.status.conditions.DisruptionTarget"
    return Nominations(Node, to, builder.function("leaving", (Pod,), LEAVING, 0, label))
