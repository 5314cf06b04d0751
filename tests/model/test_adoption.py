"""What Deployments do about ReplicaSets that another one has left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from checker.budget import Budget
from checker.engines import engine
from model import cluster
from model.api.change import stepwise
from model.api.intstr import IntOrPercent
from model.api.selector import LabelSelector
from model.api.steps import Delete, SetImage
from model.api.workload import Workload
from model.controllers import rollout, scaling
from model.instance import Instance
from model.ir.interpret import steps
from model.ir.system import State
from model.scenario import Scenario
from tests.effort import effort
from tests.model.worlds import nodes, scenario, template, workload


def deployment(name: str, replicas: int, image: str, **fields: object) -> Workload:
    pod = template(labels={"app": "web"}, requests={"cpu": 100}, images=(image,))
    made = workload(replicas, pod=pod, name=name, selector=LabelSelector({"app": "web"}))
    return replace(made, **fields)  # type: ignore[arg-type]


def left(own: Workload, *others: Workload) -> Scenario:
    change = stepwise((SetImage("web:2"), Delete("orphan")))
    made = replace(scenario("rollout", workload=own), change=change, neighbours=others)
    made = replace(made, nodes=nodes(1), prompt=True)
    return replace(made, properties=("orphans-stay", "nobody-else-scales"))


class Reader:
    """Reads states."""

    def __init__(self, instance: Instance) -> None:
        system = instance.system
        self.spans = {
            f.name: slice(system.offsets[f], system.offsets[f] + f.size) for f in system.functions
        }

    def __call__(self, state: State, name: str) -> tuple[int, ...]:
        return tuple(state[self.spans[name]])


def walked(instance: Instance) -> Iterator[tuple[State, str, State]]:
    """Steps of some runs, from the deletion on."""
    system, chance = instance.system, Random(1)
    for _ in range(effort(20, 100)):
        state = chance.choice(system.initial)
        for _ in range(40):
            able = list(steps(system, state))
            if not able:
                break
            step, after = chance.choice(able)
            yield state, step.action.name, after
            state = after


CASES = [
    (deployment("web", 1, "web:1"), deployment("other", 1, "web:1")),
    (deployment("web", 2, "web:1"), deployment("other", 1, "web:3")),
    (deployment("web", 1, "web:1"), deployment("other", 2, "web:2")),
    (
        deployment("web", 2, "web:1"),
        deployment("other", 2, "web:1", max_surge=IntOrPercent(0), max_unavailable=IntOrPercent(1)),
    ),
]


@pytest.mark.parametrize(("own", "other"), CASES)
def test_a_request_is_one_that_a_sync_decides_on(own: Workload, other: Workload) -> None:
    """Read on numbers, a sync asks first for what the model writes."""
    instance = cluster.workload(left(own, other))
    read = Reader(instance)
    surge, unavailable = other.rounded
    found = 0
    for state, action, after in walked(instance):
        if not action.startswith("scale what was left"):
            continue
        found += 1
        replicas, available = read(state, "replicas"), read(state, "statusAvailable")
        holder, serves = read(state, "adoptedFor"), read(state, "adoptedAsNew")
        anew = read(state, "annotatedAnew")
        made = len(replicas) - 1
        held = [i for i in range(made) if holder[i]]
        sets = [
            scaling.marked(
                rollout.seen(bool(serves[i]), True, replicas[i], available[i]),
                other.replicas if anew[i] else own.replicas,
                other.replicas + surge if anew[i] else own.replicas + own.rounded[0],
            )
            for i in held
        ]
        new = not any(serves[i] for i in held)
        mine = rollout.seen(new, True, replicas[made], available[made])
        sets.append(scaling.marked(mine, other.replicas, other.replicas + surge))
        decided = scaling.sync(scaling.Deployment(other.replicas, surge, unavailable), sets)
        asked = list(scaling.requests(decided, sets))
        written = read(after, "replicas")
        changed = [i for i in range(len(written)) if written[i] != replicas[i]]
        wanted = {([*held, made][each.position], each.replicas) for each in asked}
        assert all((i, written[i]) in wanted for i in changed)
        assert changed or any(replicas[i] == size for i, size in wanted)
    assert found


def test_the_older_of_two_with_one_template_stays() -> None:
    """Either the one that was left goes to 0, or the one that its adopter has made itself."""
    own, other = deployment("web", 1, "web:1"), deployment("other", 1, "web:1")
    instance = cluster.workload(replace(left(own, other), change=stepwise((Delete("orphan"),))))
    read = Reader(instance)
    sizes = {read(after, "replicas") for _, _, after in walked(instance)}
    assert {(1, 1), (0, 1), (1, 0)} <= sizes
    assert (0, 0) not in sizes


def test_nobody_takes_over_what_no_selector_matches() -> None:
    other = deployment("other", 1, "web:1", selector=LabelSelector({"app": "web", "track": "a"}))
    instance = cluster.workload(left(deployment("web", 1, "web:1"), other))
    assert not any("adopt" in action.name for action in instance.system.actions)
    found = engine("explicit").check(instance.system, instance.system.properties, Budget(60))
    assert {each.outcome for each in found} == {"proved"}
