"""Who owns a ReplicaSet that a deletion with orphaning has left, once somebody does.

Source: kubernetes v1.36.3 `pkg/controller/controller_ref_manager.go` (ClaimReplicaSets).
"""

from __future__ import annotations

from dataclasses import dataclass

from model.api.workload import Workload
from model.ir.builder import Builder
from model.ir.expr import Expr
from model.ir.label import Label
from model.ir.system import StateFunction
from model.ir.types import BOOL, EnumType, Sort
from model.scenario import Scenario

#: The owner of what is left.
NOBODY = "nobody"

#: What a trace says of a ReplicaSet that no user asked to scale.
SCALED = "a ReplicaSet is scaled that the user has left as it is"


@dataclass(frozen=True)
class Adoptions:
    """The state functions of a scenario in which Deployments may take over ReplicaSets."""

    #: The Deployment that has taken each over.
    holder: StateFunction
    #: Whether it is the one that has the template of that Deployment.
    serves: StateFunction
    #: Whether its annotations are those of that Deployment.
    renewed: StateFunction
    #: Whether a ReplicaSet was scaled because of that.
    scaled: StateFunction

    def taken(self, replicaset: Expr) -> Expr:
        """Whether somebody has taken over a ReplicaSet."""
        return ~self.holder[replicaset].is_in(NOBODY)


def adopters(scenario: Scenario) -> tuple[Workload, ...]:
    """The neighbours that take over what the own workload leaves."""
    if not scenario.change.orphans:
        return ()
    left = scenario.versions
    return tuple(each for each in scenario.neighbours if any(map(each.takes_over, left)))


def adoptions(builder: Builder, scenario: Scenario, ReplicaSet: Sort) -> Adoptions | None:
    """Those of a scenario; None where nobody takes anything over."""
    found = adopters(scenario)
    if not found:
        return None
    owner = Label("ReplicaSet/{0}", "metadata.ownerReferences")
    whose = EnumType("Owner", (NOBODY, *(each.subject for each in found)))
    return Adoptions(
        builder.function("adoptedFor", (ReplicaSet,), whose, 0, owner),
        builder.function("adoptedAsNew", (ReplicaSet,), BOOL, 0),
        builder.function("annotatedAnew", (ReplicaSet,), BOOL, 0),
        builder.function("scaledByAdopter", (), BOOL, 0, SCALED),
    )
