"""Groups of unlike kinds: who is seen by others as it is itself, and whose controller goes on as it
does alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import cluster
from model.api.change import Change
from model.api.daemonset import DaemonSet
from model.api.intstr import IntOrPercent
from model.api.job import Job
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.selector import LabelSelector
from model.api.statefulset import StatefulSet
from model.api.workload import Workload
from model.apiserver.room import pod_slots
from model.ir.interpret import steps
from model.ir.system import State
from model.scenario import Faults, Scenario
from tests.effort import effort
from tests.model.load.helpers import plan_of
from tests.model.test_neighbours import HEAD, named, views
from tests.model.worlds import node, scenario
from tests.outcomes import outcomes

DRAIN, CRASH = Change("drain", nodes=("node-1",)), Change("steady")


def job(pods: int, completions: int | None, **fields: object) -> Workload:
    spec = replace(Job(pods, completions), **fields)  # type: ignore[arg-type]
    return replace(named("batch", spec.at_once, 700), kind="Job", job=spec)


def agent() -> Workload:
    made = replace(named("agent", 2, 700), kind="DaemonSet", daemon=DaemonSet())
    return replace(made, max_surge=IntOrPercent(0))


def db(number: int, cpu: int = 500) -> Workload:
    return replace(named("db", number, cpu), kind="StatefulSet", stateful=StatefulSet())


#: A pod that is in nobody's way.
LONE = replace(named("web", 1, 10), kind="Pod")


def on_nodes(
    own: Workload, *others: Workload, change: Change = CRASH, faults: Faults | None = None
) -> Scenario:
    places = tuple(node(f"node-{i}", allocatable={"cpu": 1600}) for i in (1, 2))
    made = replace(scenario("drain", nodes=places, workload=own), nodes=places)
    return replace(made, change=change, faults=faults or Faults(), neighbours=others, prompt=False)


@pytest.mark.parametrize(
    "spec",
    [job(1, 2), job(2, None), job(1, 3, backoff=0), job(1, 1, deadline=9)],
    ids=["two", "queue", "no failures", "deadline"],
)
@pytest.mark.parametrize(
    ("change", "faults"),
    [(DRAIN, Faults()), (CRASH, Faults(node_crashes=1))],
    ids=["drain", "crash"],
)
def test_jobs_are_seen_as_they_are(spec: Workload, change: Change, faults: Faults) -> None:
    """Others see all that they would of a Job that is checked itself, whatever becomes of it."""
    itself = on_nodes(spec, change=change, faults=faults)
    beside = on_nodes(LONE, spec, change=change, faults=faults)
    assert views(cluster.workload(itself), "batch") <= views(cluster.workload(beside), "batch")


def test_daemonsets_are_seen_as_they_are() -> None:
    """The same of a DaemonSet, where a node is replaced."""
    removed = Faults(node_removals=1)
    itself = on_nodes(agent(), faults=removed)
    beside = on_nodes(LONE, agent(), faults=removed)
    assert views(cluster.workload(itself), "agent") == views(cluster.workload(beside), "agent")


@pytest.mark.parametrize("own", [db(2), agent(), job(2, 2)], ids=["db", "agent", "batch"])
@pytest.mark.parametrize(
    ("change", "faults"),
    [(Change("rollout", "next"), Faults()), (CRASH, Faults(node_crashes=1))],
    ids=["rollout", "crash"],
)
def test_who_has_room_goes_on_as_alone(own: Workload, change: Change, faults: Faults) -> None:
    """Beside a pod that takes nothing away, controllers do what they do alone."""
    if own.job is not None and change.rolls:
        change = CRASH
    alone = on_nodes(own, change=change, faults=faults)
    among = on_nodes(own, LONE, change=change, faults=faults)
    assert views(cluster.workload(alone), own.name) == views(cluster.workload(among), own.name)


@settings(max_examples=effort(8, 60), deadline=None)
@given(
    st.integers(1, 2), st.integers(1, 2), st.sampled_from([300, 700, 900]), st.booleans(), st.data()
)
def test_places_are_of_identities_or_of_others(
    own: int, others: int, cpu: int, crash: bool, data: st.DataObject
) -> None:
    """Whatever happens, a StatefulSet's pods are in their own places and others' in the rest, and
    no node holds more than it can."""
    faults = Faults(node_crashes=int(crash))
    made = cluster.workload(on_nodes(db(own, cpu), named("web", others, cpu), faults=faults))
    system = made.system
    at = {f.name: slice(system.offsets[f], system.offsets[f] + f.size) for f in system.functions}

    def right(state: State) -> bool:
        phase, owner, places = state[at["phase"]], state[at["owner"]], state[at["node"]]
        mine = [of == 0 for of, there in zip(owner, phase, strict=True) if there]
        slots = [i < own for i, there in enumerate(phase) if there]
        held = [sum(cpu for place in places if place == n) for n in (0, 1)]
        return mine == slots and max(held) <= 1600

    state = data.draw(st.sampled_from(system.initial))
    for _ in range(30):
        assert right(state)
        after = [each for _, each in steps(system, state)]
        if not after:
            break
        state = data.draw(st.sampled_from(after))


def test_slots_of_all() -> None:
    """Each kind has as many as it may have at once, and the places of identities come first."""
    given = on_nodes(db(2), named("web", 2), job(2, 4), agent(), faults=Faults(node_crashes=1))
    assert pod_slots(given) == 2 + 4 + 4 + 2
    pods = next(f for f in cluster.workload(given).system.functions if f.name == "phase").domain[0]
    assert pods.elements[:3] == ("db-0", "db-1", "pod-1")  # type: ignore[union-attr]
    clash = replace(given, workload=replace(given.workload, name="pod"))
    assert cluster.workload(clash).system.initial


@pytest.mark.parametrize(("limit", "drained"), [(None, False), (1, True)])
def test_a_budget_over_a_deployment_and_a_job(limit: int | None, drained: bool) -> None:
    """A Job has no scale: a budget over it that asks for maxUnavailable lets nobody go, one that
    asks for a number does."""
    selector = LabelSelector({"all": "here"})
    asked = (None, IntOrPercent(1)) if limit is None else (IntOrPercent(limit), None)
    budget = PodDisruptionBudget("default", "all", selector, *asked)
    own, other = (
        replace(each, template=replace(each.template, labels={"all": "here"}))
        for each in (named("web", 2, 100), job(1, 1))
    )
    given = replace(on_nodes(own, other, change=DRAIN), budgets=(budget,))
    assert outcomes(given)["drain-completes"] == ("proved" if drained else "violated")


WORKLOADS = """---
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}}}
spec:
  {spec}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: c, image: c, resources: {{requests: {{cpu: 900m}}}}}}]}}
"""
JOB = """---
apiVersion: batch/v1
kind: Job
metadata: {{name: batch}}
spec:
  parallelism: 2
  completions: 2
  {spec}
  template:
    spec:
      restartPolicy: {restarts}
      containers: [{{name: c, image: c, resources: {{requests: {{cpu: 900m}}}}}}]
"""


def beside(*others: str) -> dict[str, list[str]]:
    text = HEAD.replace("drain: {node: node-1}", "apply: {}") + "".join(others)
    text += WORKLOADS.format(kind="Deployment", name="web", spec="replicas: 3")
    return {
        each.workload.name: [other.name for other in each.neighbours]
        for each in plan_of(text).scenarios
    }


def test_who_takes_part() -> None:
    """Every kind has neighbours, and Jobs are some unless rules say what becomes of their pods."""
    db = WORKLOADS.format(kind="StatefulSet", name="db", spec="replicas: 1")
    assert beside(db, JOB.format(spec="", restarts="OnFailure")) == {
        "web": ["db", "batch"],
        "db": ["batch", "web"],
        "batch": ["db", "web"],
    }
    rules = "podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: A}]}]}"
    assert beside(JOB.format(spec=rules, restarts="Never"))["web"] == []
    assert beside(JOB.format(spec="suspend: true", restarts="Never"))["web"] == []
    lone = WORKLOADS.format(kind="DaemonSet", name="agent", spec="")
    assert beside(lone) == {"web": [], "agent": ["web"]}
