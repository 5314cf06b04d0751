"""Quick steps that come first leave out runs and change no verdict: the reduced form is held
against every interleaving, on shipped specs that are small and on random scenarios."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from checker.engines import engine
from model.scenario import Change, Faults, Scenario
from tests.effort import busy
from tests.model.worlds import budget, node, scenario, workload
from tests.shipped import BROKEN, PASSING, checked
from tests.shipped import scenario as shipped

#: Specs of workloads whose every interleaving takes minutes, or whose systems have no quick steps.
_OTHER = ("specs/deployment", "etcd", "raft", "leader", "quorum")
SPECS = [s for s in PASSING + BROKEN if not any(word in s for word in _OTHER)]
#: How many random scenarios.
RANDOM = 24


def outcomes(given: Scenario, *, prompt: bool) -> dict[str, str]:
    """The explorer's answers about the workload."""
    workload_, *_ = checked(replace(given, prompt=prompt))
    system = workload_.system
    asked = [p for p in system.properties if given.properties is None or p.name in given.properties]
    found = engine("explicit").check(system, asked, busy(120))
    return {verdict.property: verdict.outcome for verdict in found}


@pytest.mark.parametrize("spec", SPECS)
def test_shipped_specs(spec: str) -> None:
    """Every property has the same answer in both forms."""
    given = shipped(spec)
    assert outcomes(given, prompt=True) == outcomes(given, prompt=False)


#: Faults that come about apart from others.
OTHERS = (
    Faults(),
    Faults(node_partitions=1),
    Faults(pods_fail_for_good=1),
    Faults(forced_deletions=1),
    Faults(node_removals=1),
    Faults(controller_restarts={"replicaset-controller": 1}),
    Faults(controller_restarts={"deployment-controller": 1}),
)


def drawn(chance: random.Random) -> Scenario:
    """A scenario so small that every interleaving of it is explored in a moment."""
    replicas, surge, unavailable = chance.choice(
        [(1, 1, 0), (1, 0, 1), (2, 0, 1), (2, 1, 0), (2, 1, 1), (1, 1, 1)]
    )
    strategy = chance.choice(["RollingUpdate"] * 3 + ["Recreate"])
    slow = chance.choice(["", "", "deployment-controller", "replicaset-controller"])
    faults = Faults(
        node_crashes=int(replicas == 1 and chance.random() < 0.4),
        slow_watches={slow: 1} if slow and replicas == 1 else {},
    )
    change = chance.choice(
        [
            Change("rollout", "web:2"),
            Change("rollout", "web:2", rollback=True),
            Change("rollout", "web:2", becomes_ready=False, rollback=True),
            Change("apply"),
            Change("steady"),
            Change("drain", nodes=("node-1",)),
        ]
    )
    most = chance.choice([1, 2, 110])
    on = [node(f"node-{i + 1}", allocatable={"pods": most}) for i in range(chance.choice([1, 2]))]
    budgets = (budget(minimum=1),) if change.kind == "drain" and chance.random() < 0.5 else ()
    of = workload(replicas, surge, unavailable, strategy=strategy)
    if replicas == 1 and faults == Faults():
        faults = chance.choice(OTHERS)
    return scenario(change, on, of, faults=faults, budgets=budgets)


@pytest.mark.parametrize("seed", range(RANDOM))
def test_random_scenarios(seed: int) -> None:
    """As for the shipped specs."""
    given = drawn(random.Random(seed))
    assert outcomes(given, prompt=True) == outcomes(given, prompt=False)
