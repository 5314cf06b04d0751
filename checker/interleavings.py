"""Every interleaving of a system where those are few, and quick steps prompt where they are not.

That quick steps are prompt (`model.cluster`) keeps systems small, and it is an assumption. So where
the user does not say, each system is first explored without it, up to a number of states. What is
exhausted needs no such assumption, and what is violated by then is violated. Only the rest is asked
of the system in which quick steps are prompt. No clock decides which of the two it is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from checker.budget import Budget
from checker.engines import engine
from checker.engines.contract import Engine
from checker.verdict import Verdict
from model.instance import Instance
from model.scenario import Scenario

#: Cells of states up to which interleavings are few: about 70,000 states of a Deployment of three.
FEW = 1 << 22


class Look(NamedTuple):
    """What the explorer says of each property of an instance, and whether it saw all there is to
    see, or as many steps as were asked for."""

    verdicts: tuple[Verdict, ...]
    whole: bool


def look(instance: Instance, budget: Budget) -> Look:
    """The explorer's answers on an instance that has a hurried form, if it has few states. Raises
    Overrun and MemoryError as engines do."""
    part = replace(budget.part(None), work=FEW, foresees=True)
    where = f"{instance.subject} · {instance.scenario.name}"
    part.progress = lambda text: budget.progress(f"{where}: every interleaving, {text}")
    verdicts = engine("explicit").check(instance.system, instance.system.properties, part)
    decided = all(verdict.outcome in ("proved", "violated") for verdict in verdicts)
    return Look(verdicts, decided or not (part.worked_off or part.exhausted()))


def formed(scenario: Scenario, asked: Engine) -> Scenario:
    """The scenario in the form in which an engine is asked about it. One that does not see all runs
    is asked about those in which quick steps are prompt, so that it sees more of the others."""
    if asked.name in ("auto", "explicit") or scenario.prompt is not None:
        return scenario
    return replace(scenario, prompt=True)


def only(instance: Instance, names: Collection[str]) -> Instance:
    """The instance with the properties of these names."""
    system = instance.system
    chosen = tuple(prop for prop in system.properties if prop.name in names)
    return replace(instance, system=replace(system, properties=chosen))
