"""Controllers of pods send what they read at once, one request a reading, where no verdict depends
on it; with `spec.model.prompt: false` what a sync has decided is kept until it is sent. Both forms
are held against each other, on shipped specs and on random scenarios. In these objects come to no
other states where what is decided is kept, but for pods of a DaemonSet whose nodes come and go.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest

from checker.explicit.search import explore
from model import cluster
from model.api.change import Change, stepwise
from model.api.intstr import IntOrPercent
from model.api.job import Job
from model.api.statefulset import StatefulSet
from model.api.steps import Delete, DeletePod, Resume, Scale, SetImage, Step, Suspend, Undo
from model.ir.system import System
from model.scenario import Faults, Scenario
from tests.effort import busy
from tests.model import test_cronjob, test_daemonset, test_job, test_statefulset
from tests.outcomes import outcomes
from tests.shipped import BROKEN, PASSING, checked
from tests.shipped import written as shipped

#: Specs of workloads whose controllers have two forms, or neighbours of these.
SPECS = [s for s in PASSING + BROKEN if any(k in s for k in ("statefulset", "daemonset", "job"))]
#: How many random scenarios of each kind.
RANDOM = 6
#: Small Jobs of each kind.
JOBS = [
    Job(2, 2, backoff=1),
    Job(2, None),
    Job(2, 2, backoff=0, deadline=60),
    Job(2, 2, backoff=1, restarts=True),
    Job(2, 2, replaces_failed=True),
    Job(2, 2, indexed=True),
]


def answers(given: Scenario) -> dict[str, str]:
    """The explorer's answers about the workload."""
    workload, *_ = checked(given)
    return outcomes(workload.scenario)


@pytest.mark.parametrize("spec", SPECS)
def test_shipped_specs(spec: str) -> None:
    """Every property has the same answer in both forms."""
    given = shipped(spec)
    at_once, kept = (answers(replace(given, prompt=prompt)) for prompt in (None, False))
    assert at_once == kept


# -- random scenarios ------------------------------------------------------------------------------
def statefulset(chance: random.Random) -> Scenario:
    """One that is changed twice at most, while a node may crash or a pod is deleted."""
    changes: list[tuple[Step, ...]] = [
        (SetImage("db:2"), Undo()),
        (SetImage("db:2"), SetImage("db:3")),
        (SetImage("db:2"), DeletePod("db-0")),
        (SetImage("db:2"), Scale(3)),
        (Scale(1), Scale(2)),
        (Scale(3), SetImage("db:2")),
        (Scale(1), DeletePod("db-0")),
    ]
    parallel = chance.random() < 0.7
    partition = chance.choice([0, 0, 1])
    change = stepwise(chance.choice(changes))
    made = test_statefulset.scenario(StatefulSet(parallel=parallel, partition=partition), change, 2)
    return replace(made, faults=chance.choice([Faults(), Faults(node_crashes=1)]))


def daemonset(chance: random.Random) -> Scenario:
    """One on two or three nodes, with or without surge."""
    two = IntOrPercent(2)
    strategies = [*test_daemonset.STRATEGIES, (two, test_daemonset.ZERO, False)]
    strategies.append((test_daemonset.ZERO, two, False))
    change = chance.choice([test_daemonset.ROLLOUT, test_daemonset.TWICE, Change("apply")])
    made = test_daemonset.scenario(chance.choice(strategies), change)
    faults = [Faults(), Faults(node_crashes=1), Faults(node_removals=1), Faults(forced_deletions=1)]
    return replace(made, nodes=made.nodes[:2], faults=chance.choice(faults))


def job(chance: random.Random) -> Scenario:
    """One that may be suspended and resumed, or whose node is drained."""
    spec = chance.choice(JOBS)
    changes = [test_job.APPLY, test_job.DRAIN, stepwise((Suspend(), Resume()))]
    faults = [Faults(), Faults(pod_failures=1), Faults(node_crashes=1), Faults(forced_deletions=1)]
    return test_job.scenario(spec, chance.choice(changes), chance.choice(faults))


def cronjob(chance: random.Random) -> Scenario:
    """One whose controller may start anew."""
    policies = (test_cronjob.ALLOW, test_cronjob.FORBID, test_cronjob.REPLACE)
    spec = replace(chance.choice(policies), deadline=chance.choice([None, 60]))
    restarts = {"cronjob-controller": 1} if chance.random() < 0.5 else {}
    faults = Faults(pod_failures=chance.choice([0, 1]), controller_restarts=restarts)
    return test_cronjob.scenario(spec, Job(1, 1, backoff=0), faults)


def seen(of: System, names: set[str]) -> set[tuple[object, ...]]:
    """What is there of the functions of these names in all states, in whichever alike places."""
    found = explore(of, [], busy(120), symmetric=False)
    assert found.complete
    kept = [(at, *cell) for at, cell in enumerate(of.cells) if cell[0].name in names]
    pods = [
        (at, arguments[0])
        for at, function, arguments in kept
        if [sort.name for sort in function.domain] == ["Pod"] and function.domain[0].symmetric
    ]
    places = [[at for at, pod in pods if pod == place] for place in {pod for _, pod in pods}]
    others = [at for at, *_ in kept if at not in dict(pods)]
    states = found.states(0, found.count).T.tolist()
    return {
        (tuple(s[at] for at in others), *sorted(tuple(s[at] for at in row) for row in places))
        for s in states
    }


@pytest.mark.parametrize("seed", range(RANDOM))
@pytest.mark.parametrize("kind", [statefulset, daemonset, job, cronjob])
def test_random_scenarios(kind: Callable[[random.Random], Scenario], seed: int) -> None:
    """Every property has the same answer, and objects come to no other states."""
    given = kind(random.Random(seed))
    at_once, kept = (replace(given, prompt=prompt) for prompt in (None, False))
    known, found = outcomes(at_once), outcomes(kept)
    for name, outcome in found.items():
        # More pods at once may reach the limit of the model.
        assert known[name] == outcome or (known[name], outcome) == ("proved", "holds"), name
    one, other = (cluster.workload(each).system for each in (at_once, kept))
    # For what a sync ends a Job may be noted before anything comes of it.
    names = {function.name for function in one.functions} - {"decidedEnd"}
    surges = given.workload.daemon is not None and given.workload.max_surge != test_daemonset.ZERO
    assert ({f.name for f in other.functions} > names) != surges, "both have one form"
    if kind is not daemonset:
        assert seen(one, names) >= seen(other, names)


@pytest.mark.parametrize("propagation", ["foreground", "background", "orphan"])
@pytest.mark.parametrize("kind", ["statefulset", "daemonset", "job", "cronjob"])
def test_deleted_meanwhile(kind: str, propagation: Literal["foreground", "orphan"]) -> None:
    """What was decided before the user deletes the object may be sent when that is gone, with the
    pods that it waits for: every property has the same answer even so."""
    made = {
        "statefulset": test_statefulset.scenario(StatefulSet(parallel=True), replicas=2),
        "daemonset": replace(test_daemonset.scenario(), nodes=test_daemonset.scenario().nodes[:2]),
        "job": test_job.scenario(Job(2, 2, backoff=1)),
        "cronjob": test_cronjob.scenario(test_cronjob.REPLACE),
    }[kind]
    given = replace(made, change=stepwise((Delete(propagation),)), faults=Faults(pod_failures=1))
    at_once, kept = (outcomes(replace(given, prompt=prompt)) for prompt in (None, False))
    assert at_once == kept
