"""Fewer neighbours where the time is short: large groups of which there are many.

How many take part is decided by the time that the user gives and the number of systems, before any
of them is made: the same on every machine, busy or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from checker.budget import Budget
from model.instance import Instance
from model.scenario import Scenario
from model.sizes import background

#: Seconds for a system from which on all neighbours take part, and how many do where there are
#: fewer seconds.
ENOUGH = 3.0
FEW = 3


def thinned(scenarios: Sequence[Scenario], budget: Budget) -> list[Scenario]:
    """The scenarios, if there is the time for all; else large groups with a few of their
    neighbours, and with quick steps prompt, where nobody says whether they are."""
    if budget.seconds is None or budget.seconds >= ENOUGH * len(scenarios):
        return list(scenarios)
    return [_thinned(scenario) for scenario in scenarios]


def beside_few(instance: Instance) -> Iterator[tuple[Instance, str]]:
    """The instance with a few of its neighbours, if it has more, and smaller ones; each with what
    it covers."""
    from model.cluster import workload

    few = _thinned(instance.scenario)
    if few is not instance.scenario:
        made = workload(few)
        yield made, background.says(few)
        yield from made.smaller()


def _thinned(scenario: Scenario) -> Scenario:
    # An invariant may be about any of them.
    many = len(scenario.neighbours) > FEW and not scenario.invariants
    fewer = background.beside(scenario, FEW) if many else scenario
    if fewer is scenario or scenario.prompt is not None:
        return fewer
    return replace(fewer, prompt=True)
