"""Which nodes the scheduler prefers in the model, where it follows that and where it does not."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from model.api.affinity import PodAffinityTerm, WeightedPodAffinityTerm
from model.api.selector import LabelSelector
from model.api.wishes import Wishes
from model.cluster import composed
from model.ir.interpret import steps
from model.plugins.placing import place
from model.scenario import Range, Scenario
from model.scheduler.incoming import holding
from model.scheduler.snapshots import Seen
from tests.model.worlds import GIB, World, nodes, template, workload
from tests.model.worlds import scenario as scenario_of
from tests.shipped import PASSING, written

LEFT = "pods go to any feasible node: "
#: Steps of a run of a shipped spec.
STEPS = 25


def best(**changes: object) -> Scenario:
    return replace(scenario_of("apply", 3, workload(2)), choice="best", **changes)  # type: ignore[arg-type]


def left_open(scenario: Scenario) -> list[str]:
    """What is said of scores that are left open."""
    assumed = composed(scenario).builder.assumptions
    return [each.removeprefix(LEFT) for each in assumed if each.startswith(LEFT)]


def test_pods_spread() -> None:
    """The second pod does not go where the first one is; the first goes anywhere."""
    world = World(best())
    state = world.state([("Pending", "", 1), ("Pending", "", 1)])
    assert world.choices(state, "bind", 1) == {"node-1", "node-2", "node-3"}
    state = world.state([("Ready", "node-2", 1), ("Pending", "", 1)])
    assert world.choices(state, "bind", 1) == {"node-1", "node-3"}


def test_pods_that_stay_on_a_node_count() -> None:
    """A node that holds pods of a DaemonSet is no smaller than others, but less free."""
    first, *others = nodes(3)
    fuller = replace(
        first,
        allocatable={**first.allocatable, "cpu": 3000, "memory": 12 * GIB},
        held={"cpu": 1000, "memory": 4 * GIB},
        scored={"cpu": 1000, "memory": 4 * GIB},
    )
    world = World(best(nodes=(fuller, *others)))
    assert world.choices(world.state([("Pending", "", 1)]), "bind", 1) == {"node-2", "node-3"}


def test_preferred_affinity_weighs_more_than_room() -> None:
    own = PodAffinityTerm(
        "kubernetes.io/hostname", LabelSelector({"app": "web"}), frozenset({"default"})
    )
    wishes = Wishes(near=(WeightedPodAffinityTerm(100, own),))
    given = best(workload=workload(2, pod=template(wishes=wishes)))
    world = World(given)
    state = world.state([("Ready", "node-2", 1), ("Pending", "", 1)])
    assert world.choices(state, "bind", 1) == {"node-2"}


def test_what_is_left_open_is_said() -> None:
    """Where the scheduler looks at some nodes only, where amounts are open, and what templates do
    not tell."""
    assert left_open(best()) == []
    assert left_open(best(nodes=nodes(150))) == [
        "of 150 nodes the scheduler looks at 100 feasible ones"
    ]
    open_ = {"cpu": Range((1000, 2000), ("1", "2"))}
    assert left_open(best(open=open_)) == ["what nodes can allocate is left open"]
    unread = template(wishes=Wishes(unread=("spec.x",)))
    assert left_open(best(workload=workload(2, pod=unread))) == ["spec.x is not read"]


@pytest.mark.parametrize("spec", PASSING)
def test_bindings_are_those_of_the_best_nodes(spec: str) -> None:
    """In runs of every shipped spec, also with preemption, volumes and DaemonSets."""
    given = replace(written(spec), choice="best", prompt=False)
    if given.workload.template.node_name or given.mutations:
        return
    cluster, draw = composed(given), random.Random(spec)
    if any(each.startswith(LEFT) for each in cluster.builder.assumptions):
        return
    system = cluster.builder.build()
    state = draw.choice(system.initial)
    for _ in range(STEPS):
        possible = list(steps(system, state))
        bound: dict[str, set[str]] = {}
        for step, _ in possible:
            if step.action.name == "bind":
                pod, node = (
                    sort.elements[at]
                    for sort, at in zip(step.action.sorts, step.arguments, strict=True)
                )
                bound.setdefault(pod, set()).add(node)
        seen = Seen(cluster.closed(state), state)
        for pod in seen.pods:
            if pod.name in bound:
                found = place(holding(seen.snapshot()), pod)
                assert bound[pod.name] == set(found.best)
        if not possible:
            break
        _, state = draw.choice(possible)
