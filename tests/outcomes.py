"""What the explorer answers about a system, or about a scenario's workload."""

from __future__ import annotations

from checker.engines import engine
from model import cluster
from model.ir.system import System
from model.scenario import Scenario
from tests.effort import busy


def answers(system: System, *names: str) -> dict[str, str]:
    """The outcome of each of some properties of a system, or of all."""
    props = [system.property(name) for name in names] or list(system.properties)
    found = engine("explicit").check(system, props, busy(120))
    return {verdict.property: verdict.outcome for verdict in found}


def outcomes(made: Scenario, *names: str) -> dict[str, str]:
    """The same of a scenario's workload."""
    return answers(cluster.workload(made).system, *names)
