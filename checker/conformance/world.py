"""The model's cluster around one Deployment in the middle of a rollout, put in any state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from model.api.change import Change
from model.api.intstr import IntOrPercent
from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.selector import LabelSelector
from model.api.workload import Workload
from model.apiserver.objects import PHASE, Cluster
from model.cluster import composed
from model.ir.system import State, StateFunction, System
from model.scenario import Bounds, Scenario

_LABELS = {"app": "web"}
#: A phase by what vectors call it, where the model has one.
PHASES = {
    "Pending": "Pending",
    "NotReady": "Running",
    "Ready": "Ready",
    "Terminating": "Terminating",
}


def amount(given: int | str) -> IntOrPercent:
    """A count, or a percentage such as "25%"; ValueError and TypeError for anything else."""
    if isinstance(given, str):
        return IntOrPercent(int(given.removesuffix("%")), percent=True)
    return IntOrPercent(number(given))


def number(given: object) -> int:
    """A whole number that is not negative; ValueError and TypeError for anything else."""
    if not isinstance(given, int) or isinstance(given, bool):
        raise TypeError(f"{given!r} is no whole number")
    if given < 0:
        raise ValueError(f"{given} is negative")
    return given


def phase(name: str) -> int:
    """The model's value for a vector's word for a pod's phase."""
    return PHASE.values.index(PHASES[name])


class World:
    """A cluster and its system; `state` makes states of it."""

    def __init__(self, scenario: Scenario) -> None:
        self.cluster: Cluster = composed(scenario)
        self.system: System = self.cluster.builder.build()

    def state(self, values: Mapping[StateFunction, Sequence[int]]) -> State:
        """The first initial state with the values of some functions replaced, from the first
        element on."""
        cells = list(self.system.initial[0])
        for function, given in values.items():
            for index, value in enumerate(given):
                cells[self.system.cell(function, (index,) if function.domain else ())] = int(value)
        return tuple(cells)


@lru_cache(maxsize=256)
def rolling(
    replicas: int,
    surge: int | str = "25%",
    unavailable: int | str = "25%",
    strategy: Any = "RollingUpdate",
    *,
    slots: int | None = None,
    budget: tuple[int | str | None, int | str | None, bool] | None = None,
    budgets: int = 1,
) -> World:
    """A rollout of a Deployment on three nodes; `budget` is minAvailable, maxUnavailable and
    whether only ready pods are guarded, of each of its PodDisruptionBudgets."""
    guards = () if budget is None else (budget_of(*budget),) * budgets
    return World(
        Scenario(
            "rollout",
            workload(replicas, surge, unavailable, strategy),
            tuple(Node(f"n{number}", allocatable={"pods": 110}) for number in (1, 2, 3)),
            Change("rollout", "b"),
            budgets=guards,
            bounds=Bounds(pods=slots),
            properties=(),
            prompt=False,
        )
    )


def workload(
    replicas: int, surge: int | str, unavailable: int | str, strategy: Any = "RollingUpdate"
) -> Workload:
    return Workload(
        "Deployment",
        "default",
        "web",
        replicas,
        LabelSelector(_LABELS),
        PodTemplate(labels=_LABELS, images=("a",)),
        strategy,
        amount(surge),
        amount(unavailable),
    )


def budget_of(
    minimum: int | str | None, maximum: int | str | None, guards_ready_only: bool = False
) -> PodDisruptionBudget:
    """A budget over the Deployment's pods."""
    return PodDisruptionBudget(
        "default",
        "web",
        LabelSelector(_LABELS),
        None if minimum is None else amount(minimum),
        None if maximum is None else amount(maximum),
        guards_ready_only,
    )
