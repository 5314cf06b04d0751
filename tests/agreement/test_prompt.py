"""Quick steps that come first leave out runs and change no verdict, but where watches stall within
a sync: the reduced form is held against every interleaving, on shipped specs that are small and on
random scenarios."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from checker.engines import engine
from checker.explicit.graph import Graph
from checker.explicit.search import explore
from model.api.change import Change
from model.ir.system import System
from model.scenario import Faults, Scenario
from tests.effort import busy
from tests.model.worlds import FOR_A_TIME, TAINT, budget, node, scenario, template, workload
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


#: Specs in which a watch stalls between what the Deployment controller reads and its first request:
#: where requests are prompt it does not.
LATE = ("specs/lagging-steps.yaml", "specs/broken/late-request.yaml")


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec not in LATE])
def test_shipped_specs(spec: str) -> None:
    """Every property has the same answer in both forms."""
    given = shipped(spec)
    assert outcomes(given, prompt=True) == outcomes(given, prompt=False)


@pytest.mark.parametrize("spec", LATE)
def test_requests_that_are_late(spec: str) -> None:
    """What the assumption of prompt requests leaves out is violated in every interleaving only."""
    prompt, every = (outcomes(shipped(spec), prompt=prompt) for prompt in (True, False))
    assert prompt.pop("surge-bounded") == "proved"
    assert every.pop("surge-bounded") == "violated"
    assert prompt == every


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


def looping(chance: random.Random) -> Scenario:
    """A scenario in which pods may be made, bound and lost again for ever, beside something that
    is to happen in the end: what quick steps that come back hold up is not held up for good."""
    replicas, surge, unavailable = chance.choice([(1, 1, 0), (1, 0, 1), (2, 0, 1), (1, 1, 1)])
    named = chance.random() < 0.4
    tainted = chance.choice([(), ("node-1",), ("node-2",), ("node-1", "node-2")])
    on = [node(n, taints=(TAINT,) if n in tainted else ()) for n in ("node-1", "node-2")]
    changes = [
        Change("taint", nodes=("node-1",), taint=TAINT),
        Change("taint", nodes=("node-1", "node-2"), taint=TAINT),
        Change("rollout", "web:2"),
        Change("apply"),
        Change("drain", nodes=("node-1",)),
        Change("steady"),
    ]
    change = chance.choice(changes)
    pod = template(
        tolerations=(FOR_A_TIME,) if chance.random() < 0.8 else (),
        node_name="node-1" if named else "",
    )
    faults = Faults(node_crashes=int(replicas == 1 and chance.random() < 0.2))
    of = workload(replicas, surge, unavailable, pod)
    return scenario(change, on, of, faults=faults)


@pytest.mark.parametrize("seed", range(RANDOM))
def test_random_loops(seed: int) -> None:
    """As for the shipped specs, but for what follows from the assumption itself: where deleted pods
    linger there are more at once, which may reach the limit of the model; and where pods come and
    go for ever, some other one may be pending at any time, but none where each is bound at once."""
    given = looping(random.Random(1000 + seed))
    prompt, whole = (outcomes(given, prompt=prompt) for prompt in (True, False))
    for name, outcome in whole.items():
        if name == "every-pod-scheduled" and whole.get("no-eviction-loop") == "violated":
            assert prompt[name] in (outcome, "proved", "holds")
            continue
        assert prompt[name] == outcome or (prompt[name], outcome) == ("proved", "holds"), name


@pytest.mark.parametrize("seed", range(RANDOM))
def test_quick_steps_come_to_an_end(seed: int) -> None:
    """No run goes on for ever while a quick step is due: so whatever waits for quick steps has its
    turn in the end, and that it must is no reason why a run could not go on at all."""
    given = looping(random.Random(1000 + seed))
    waits_for_ever(checked(replace(given, prompt=True))[0].system)


@pytest.mark.parametrize("spec", SPECS)
def test_quick_steps_of_shipped_specs_come_to_an_end(spec: str) -> None:
    """As for random loops."""
    waits_for_ever(checked(replace(shipped(spec), prompt=True))[0].system)


def waits_for_ever(system: System) -> None:
    """Assert that no cycle of states leaves a quick step due all the time."""
    due = next(d for d in system.definitions if d.name == "syncUnderWay")
    found = explore(system, [due()], busy(120), edges=True)
    assert found.complete
    graph = Graph(found)
    kept = graph.cyclic(found.truth(0))
    labels = graph.components(kept) if len(kept) else np.zeros(0)
    assert not (labels[graph.sources[kept]] == labels[graph.targets[kept]]).any()


@pytest.mark.parametrize("seed", range(RANDOM))
def test_random_scenarios(seed: int) -> None:
    """As for the shipped specs."""
    given = drawn(random.Random(seed))
    assert outcomes(given, prompt=True) == outcomes(given, prompt=False)
