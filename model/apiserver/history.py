"""What is left of a workload's history of revisions, as far as somebody may want to go back in it.

Source: kubernetes v1.36.3 `pkg/controller/deployment/sync.go` (cleanupDeployment); kubectl v0.36.3
`pkg/polymorphichelpers/rollback.go` (deploymentRevision: it goes by the ReplicaSets that there are,
and fails if there is none of that revision).
"""

from __future__ import annotations

from dataclasses import dataclass

from model.api.steps import Undo
from model.ir.builder import Builder
from model.ir.label import Label
from model.ir.system import StateFunction
from model.ir.types import BOOL, Sort
from model.mutation import Mutation
from model.scenario import Scenario
from model.stages import stages

KEEPS_ONE_LESS = Mutation(
    "keeps-one-revision-less", "the Deployment controller keeps one old revision less than asked"
)

#: What a trace says of an undo that fails.
REFUSED = "kubectl has found no revision to go back to"


@dataclass(frozen=True)
class History:
    """The state functions of a scenario in which a revision may be gone that is gone back to."""

    #: Whether the ReplicaSet of each revision was deleted and has not been made again.
    forgotten: StateFunction
    #: Whether an undo has failed.
    refused: StateFunction


def history(builder: Builder, scenario: Scenario, ReplicaSet: Sort) -> History | None:
    """Those of a scenario; None where every revision is kept that somebody may want, and of kinds
    whose revisions are not followed."""
    if scenario.workload.kind != "Deployment" or not reaches_back(scenario):
        return None
    label = Label("the history", "has lost {0}")
    return History(
        builder.function("forgotten", (ReplicaSet,), BOOL, 0, label),
        builder.function("undoRefused", (), BOOL, 0, REFUSED),
    )


def kept(scenario: Scenario) -> int:
    """How many old revisions are kept."""
    return scenario.workload.history_limit - int(KEEPS_ONE_LESS in scenario.mutations)


def reaches_back(scenario: Scenario) -> bool:
    """Whether an undo may go further back than revisionHistoryLimit keeps revisions."""
    if not scenario.change.has(Undo):
        return False
    among = stages(scenario)
    for move in among.moves:
        if move.scaler < 0 and isinstance(scenario.change.steps[move.step], Undo):
            known = among.positions[move.source].history
            back = [each for each in reversed(known) if each >= 0]
            target = among.positions[move.target].stage.revision
            if target in back and back.index(target) > kept(scenario):
                return True
    return False
