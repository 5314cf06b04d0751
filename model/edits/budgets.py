"""The PodDisruptionBudgets of a workload, or that it has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from model.api.intstr import IntOrPercent
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.controllers.budgetstatus import healthy_needed
from model.controllers.disruption import expected
from model.edits.contract import Edit, Knob
from model.scenario import Scenario


def knobs(scenario: Scenario) -> Iterator[Knob]:
    """See `contract.Knobs`."""
    for budget in scenario.guards:
        replicas = expected(budget, scenario.workloads)
        needed = healthy_needed(budget, replicas)
        label = f"PodDisruptionBudget {budget.name}"
        least = budget.min_available is not None
        name = "minAvailable" if least else "maxUnavailable"
        edits = []
        for healthy in range(min(needed, replicas) - 1, -1, -1):
            number = healthy if least else replicas - healthy
            text = f"set spec.{name} of {label} to {number}"
            change = partial(_limit, name=budget.name, needs=healthy, least=least)
            edits.append(Edit(text, change, -1 if least else 1))
        without = Edit(f"leave out {label}", partial(_without, name=budget.name))
        given = budget.min_available if least else budget.max_unavailable
        now = f"{given}, which of {replicas} leaves {max(0, replicas - needed)} to spare"
        field = f"PodDisruptionBudget/{budget.name}.spec.{name}"
        # Where several budgets select a pod, no single limit helps.
        choices = tuple(edits) if len(scenario.guards) == 1 and edits else (without,)
        yield Knob(field, label, now, choices, without)
    if not scenario.guards and scenario.change.drains:
        edit = Edit("add a PodDisruptionBudget for its pods with maxUnavailable 1", _guarded)
        now = "no PodDisruptionBudget selects its pods"
        yield Knob("spec.selector", "the lack of a PodDisruptionBudget", now, (edit,))


def _limit(scenario: Scenario, name: str, needs: int, least: bool) -> Scenario:
    def limited(budget: PodDisruptionBudget) -> PodDisruptionBudget:
        replicas = expected(budget, scenario.workloads)
        if least:
            return replace(budget, min_available=IntOrPercent(needs))
        return replace(budget, max_unavailable=IntOrPercent(replicas - needs))

    budgets = tuple(limited(b) if b.name == name else b for b in scenario.budgets)
    return replace(scenario, budgets=budgets)


def _without(scenario: Scenario, name: str) -> Scenario:
    return replace(scenario, budgets=tuple(b for b in scenario.budgets if b.name != name))


def _guarded(scenario: Scenario) -> Scenario:
    workload = scenario.workload
    budget = PodDisruptionBudget(
        workload.namespace,
        workload.name,
        workload.selector,
        max_unavailable=IntOrPercent(1),
        source=workload.source,
    )
    return replace(scenario, budgets=(budget,))
