"""The transition system's preemption against the direct calculation's: in states that random runs
of random clusters reach, a pending pod that fits nowhere may have exactly those pods go, for a
place on exactly those nodes, that the calculation on concrete objects finds, for some ages of the
pods that are there; and it is bound where that calculation lets it, beside nominated pods."""

from __future__ import annotations

import io
import random
from typing import Any

import pytest

from model.apiserver.nominations import CHOSEN, DELETED
from model.apiserver.objects import Cluster
from model.cluster import composed
from model.ir.system import State, System
from model.load.placing import ask
from model.plugins.defaultpreemption import Candidate, preempt
from model.plugins.placing import place
from model.scenario import Scenario
from model.sizes.crowd import merged
from tests.model.load.helpers import plan_of
from tests.model.test_bindings_agree import Object, Seen, check, stream
from tests.model.walks import Possible, walks

#: Steps of a run, and runs of a scenario.
STEPS, RUNS = 14, 2
#: Where a pod is to be placed, and who goes for it, by their slots.
Choice = tuple[str, frozenset[int]]


# -- random clusters ---------------------------------------------------------------------------
def node(draw: random.Random, number: int) -> Object:
    room = {"cpu": draw.choice(("1", "1500m", "2")), "pods": draw.choice((2, 3, 110))}
    spec: Object = {}
    if draw.random() < 0.1:
        spec["taints"] = [{"key": "dedicated", "value": "db", "effect": "NoSchedule"}]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": f"node-{number}", "labels": {}},
        "spec": spec,
        "status": {"allocatable": room},
    }


def workload(draw: random.Random, name: str, priority: int, cpu: str) -> Object:
    kind = draw.choice(("Deployment", "Deployment", "StatefulSet"))
    pod: Object = {
        "containers": [
            {"name": "main", "image": f"{name}:1", "resources": {"requests": {"cpu": cpu}}}
        ],
        "priorityClassName": f"p{priority}",
    }
    if draw.random() < 0.2:
        pod["preemptionPolicy"] = draw.choice(("Never", "PreemptLowerPriority"))
    if draw.random() < 0.2:
        pod["terminationGracePeriodSeconds"] = 0
    spec: Object = {
        "replicas": draw.choice((1, 2, 3)),
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
    }
    if kind == "StatefulSet":
        spec |= {"serviceName": name, "podManagementPolicy": "Parallel"}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def priority_class(value: int) -> Object:
    head = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass"}
    return {**head, "metadata": {"name": f"p{value}"}, "value": value}


def scenario(draw: random.Random) -> tuple[Scenario, list[Object]]:
    """One that the model follows, in which pods may have others go."""
    while True:
        nodes = [node(draw, number) for number in range(1, draw.choice((2, 3, 4)))]
        values = (0, 5, 10)
        asks = {value: draw.choice(("500m", "500m", "1")) for value in values}
        names = ("web", "db", "job")[: draw.choice((2, 2, 3))]
        workloads = [
            workload(draw, name, value, asks[value])
            for name in names
            for value in [draw.choice(values)]
        ]
        classes = [priority_class(value) for value in values]
        objects = [check(draw, nodes), *nodes, *classes, *workloads]
        scenarios = plan_of(stream(objects)).scenarios
        found = [s for s in scenarios if s.preempting and not s.omitted and merged(s) == s]
        if found:
            return draw.choice(found), objects


# -- the state as objects ------------------------------------------------------------------------
class Preempting(Seen):
    """A state as the scheduler sees it, with what preemption has come to."""

    def __init__(self, cluster: Cluster, system: System, objects: list[Object]) -> None:
        super().__init__(cluster, system, objects)
        self._classes = [each for each in objects if each["kind"] == "PriorityClass"]

    def told(self, state: State, slot: int) -> tuple[str, int]:
        """The node that is nominated for a pod, and whether it goes for another."""
        nominations = self.cluster.nominations
        assert nominations is not None
        at = self._cells(state, nominations.to)[slot]
        name = self.cluster.scenario.nodes[at].name if at >= 0 else ""
        return name, self._cells(state, nominations.leaving)[slot]

    def snapshot(self, state: State, slot: int, ages: dict[int, int]) -> Any:
        """What is asked about a pod, where the others have begun to run at these times."""
        described = []
        for other, pod in self.pods(state):
            nominated, leaving = self.told(state, other)
            status: Object = {"startTime": f"2026-01-01T00:00:{ages.get(other, 0):02d}Z"}
            if nominated:
                status["nominatedNodeName"] = nominated
            if leaving == DELETED.payload:
                reason = {"reason": "PreemptionByScheduler", "status": "True"}
                status["conditions"] = [{"type": "DisruptionTarget", **reason}]
            described.append({**pod, "status": status})
        text = stream([*self._classes, *self.nodes(state), *described])
        asked = ask(["-"], f"pod-{slot}", property_names=(), stdin=io.StringIO(text))
        assert asked.question is not None, [d.render() for d in asked.diagnostics]
        return place(asked.question.snapshot, asked.question.pod)

    def bindable(self, state: State, slot: int) -> set[str]:
        found = {info.name for info in self.snapshot(state, slot, {}).feasible}
        nominated, _ = self.told(state, slot)
        return {nominated} if nominated in found else found

    def chosen(self, state: State, slot: int, ages: dict[int, int]) -> set[Choice]:
        """What the direct calculation chooses among, but for what changes nothing."""
        placing = self.snapshot(state, slot, ages)
        if placing.feasible:
            return set()
        found = {_choice(each) for each in preempt(placing).chosen}
        return {each for each in found if self._changes(state, slot, each)}

    def _changes(self, state: State, slot: int, choice: Choice) -> bool:
        name, victims = choice
        phases = self._cells(state, self.cluster.phase)
        levels = [self.cluster.workloads[of].template.priority for of in self._owners(state)]
        yields = any(
            self.told(state, other)[0] == name and levels[other] < levels[slot]
            for other in range(len(levels))
        )
        return (
            yields
            or self.told(state, slot)[0] != name
            or any(phases[v] != 5 and self.told(state, v)[1] != CHOSEN.payload for v in victims)
        )

    def _owners(self, state: State) -> State:
        return self._cells(state, self.cluster.owner)

    def sends(self, state: State, slot: int) -> bool:
        """Whether the deletions for a pod are not all sent, which it waits for."""
        name, _ = self.told(state, slot)
        names = [each.name for each in self.cluster.scenario.nodes]
        levels = [self.cluster.workloads[of].template.priority for of in self._owners(state)]
        at = self._cells(state, self.cluster.node)
        return any(
            self.told(state, other)[1] == CHOSEN.payload
            and names[at[other]] == name
            and levels[other] < levels[slot]
            for other in range(len(levels))
        )


def _choice(candidate: Candidate) -> Choice:
    return candidate.node, frozenset(int(v.name.removeprefix("pod-")) for v in candidate.victims)


@pytest.mark.parametrize("seed", range(20))
def test_pods_have_others_go_as_the_scheduler_decides(seed: int) -> None:
    draw = random.Random(seed)
    given, objects = scenario(draw)
    cluster = composed(given)
    system = cluster.builder.build()
    seen = Preempting(cluster, system, objects)

    def among(possible: Possible) -> Possible:
        """Where somebody may have others go, that is what is to be looked at."""
        going = [each for each in possible if each[0].action.name == "preempt"]
        return going if going and draw.random() < 0.5 else possible

    for state, possible in walks(draw, system, RUNS, STEPS, among):
        _compare(draw, seen, state, [(s.action.name, s.arguments) for s, _ in possible])


def _compare(
    draw: random.Random, seen: Preempting, state: State, possible: list[tuple[str, Any]]
) -> None:
    nodes = [each.name for each in seen.cluster.scenario.nodes]
    most = len(seen.system.action("kube-scheduler", "preempt").parameters) - 2
    if not list(seen.nodes(state)):
        return
    slots = [slot for slot, _ in seen.pods(state)]
    for slot in seen.pending(state):
        bound = {nodes[args[1]] for name, args in possible if name == "bind" and args[0] == slot}
        assert bound == seen.bindable(state, slot)
        offered: set[Choice] = {
            (nodes[args[1]], frozenset(args[2:]))
            for name, args in possible
            if name == "preempt" and args[0] == slot
        }
        if seen.sends(state, slot):
            assert not offered
            continue
        for _ in range(2):
            order = draw.sample(slots, len(slots))
            found = seen.chosen(state, slot, {s: 1 + i for i, s in enumerate(order)})
            # Beyond that the verdict names the bound.
            assert {each for each in found if len(each[1]) <= most} <= offered
        for node_name, victims in offered:
            # The youngest go first, and where they are younger than others elsewhere.
            ages = {s: 1 + i + 30 * (s in victims) for i, s in enumerate(slots)}
            assert seen.chosen(state, slot, ages) == {(node_name, victims)}
