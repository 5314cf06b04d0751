"""What the explorer answers about a scenario's workload."""

from __future__ import annotations

from checker.engines import engine
from checker.engines.contract import Budget
from model import cluster
from model.scenario import Scenario


def outcomes(made: Scenario, *names: str) -> dict[str, str]:
    """The outcome of each of some properties, or of all."""
    system = cluster.workload(made).system
    props = [system.property(name) for name in names] or list(system.properties)
    found = engine("explicit").check(system, props, Budget(seconds=60))
    return {verdict.property: verdict.outcome for verdict in found}
