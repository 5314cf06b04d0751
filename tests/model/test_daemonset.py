"""The DaemonSet controller of the model asks for what its decision says, in every state."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from model import cluster
from model.api.change import Change
from model.api.daemonset import DaemonSet
from model.api.intstr import IntOrPercent
from model.api.node import Node, Taint
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.steps import SetImage
from model.api.workload import Workload
from model.apiserver.objects import PHASE
from model.controllers import daemons
from model.controllers.daemons import Place, Pod, Strategy
from model.ir.expr import boolean, integer
from model.ir.interpret import Step, steps
from model.ir.system import State, System
from model.plugins import daemon_nodes
from model.scenario import Faults, Scenario
from tests.outcomes import outcomes

ROLLOUT = Change("rollout", "agent:2", rollback=True)
#: A second update, that may come while the first one is on its way.
TWICE = Change("steps", given=(SetImage("agent:2"), SetImage("agent:3")))
ONE, ZERO = IntOrPercent(1), IntOrPercent(0)
#: (maxUnavailable, maxSurge, OnDelete)
STRATEGIES = [
    (ONE, ZERO, False),
    (IntOrPercent(60, percent=True), ZERO, False),
    (ZERO, ONE, False),
    (ZERO, IntOrPercent(60, percent=True), False),
    (ONE, ZERO, True),
]
Limits = tuple[IntOrPercent, IntOrPercent, bool]


def scenario(limits: Limits = STRATEGIES[0], change: Change = ROLLOUT) -> Scenario:
    """A pod for each of three nodes, of which one may crash, and none for a fourth."""
    unavailable, surge, on_delete = limits
    template = PodTemplate({"app": "agent"}, ("agent:1",), {"cpu": 500})
    template = replace(template, tolerations=daemon_nodes.tolerations(template))
    workload = Workload(
        "DaemonSet",
        "default",
        "agent",
        3,
        LabelSelector({"app": "agent"}),
        template,
        max_surge=surge,
        max_unavailable=unavailable,
        daemon=DaemonSet(on_delete),
    )
    room = {"cpu": 4000, "pods": 110}
    nodes = [Node(f"node-{n}", allocatable=room) for n in (1, 2, 3, 4)]
    nodes[2] = replace(nodes[2], unschedulable=True)
    nodes[3] = replace(nodes[3], taints=(Taint("dedicated", "db", "NoSchedule"),))
    return Scenario("test", workload, tuple(nodes), change, faults=Faults(node_crashes=1))


def system(made: Scenario) -> System:
    return cluster.workload(made).system


def cells(of: System, name: str, state: State) -> list[int]:
    """The values of a state function."""
    found = next(f for f in of.functions if f.name == name)
    first = of.offsets[found]
    return list(state[first : first + found.size])


def number(value: object) -> int:
    """A constant that an expression of constants comes to."""
    return int(value.payload)  # type: ignore[attr-defined]


def reading(of: System, made: Scenario, state: State) -> tuple[list[list[int]], list[Place]]:
    """The slots of each node's pods, and the same as a sync on numbers reads it."""
    change = cells(of, "change", state)[0] if made.change.kind != "apply" else 0
    wanted = change if made.change.kind == "steps" else int(change == 1)
    rows = list(
        zip(
            cells(of, "phase", state),
            cells(of, "owner", state),
            cells(of, "target", state),
            cells(of, "node", state),
            strict=True,
        )
    )
    slots, places = [], []
    for at, runs in enumerate(daemon_nodes.wanted(made)):
        here = [slot for slot, row in enumerate(rows) if row[2] == at]
        pods = []
        for phase, owner, _, node in (rows[slot] for slot in here):
            name = PHASE.values[phase]
            ready = boolean(name == "Ready")
            pods.append(
                Pod(
                    exists=boolean(name != "Absent"),
                    updated=boolean(owner == wanted),
                    ready=ready,
                    available=ready,
                    terminating=boolean(name == "Terminating"),
                    bound=boolean(node >= 0),
                    # The pods of an earlier revision are the older ones.
                    born=integer(owner),
                )
            )
        slots.append(here)
        places.append(Place(tuple(pods), boolean(runs), boolean(runs)))
    return slots, places


def expected(made: Scenario, slots: list[list[int]], places: list[Place]) -> set[tuple[str, int]]:
    """The requests that a sync may begin with: where pods are created, which are deleted."""
    workload = made.workload
    assert workload.daemon is not None
    strategy = Strategy(workload.max_unavailable, workload.max_surge, workload.daemon.on_delete)
    found = daemons.decide(strategy, places)
    more = number(found.create_count) > 0
    asked = {
        ("create pod", at)
        for at, (sure, chosen) in enumerate(zip(found.creates, found.more_creates, strict=True))
        if number(sure) or (more and number(chosen))
    }
    more = number(found.delete_count) > 0
    for at, here in enumerate(slots):
        for index, slot in enumerate(here):
            chosen = more and number(found.more_deletes[at][index])
            if number(found.deletes[at][index]) or chosen:
                asked.add(("delete pod", slot))
    return asked


def under_way(of: System, state: State) -> bool:
    """Whether a sync has something left to send, where that is kept."""
    kept = {"toMake", "toRemove"} & {function.name for function in of.functions}
    return any(any(cells(of, name, state)) for name in kept)


def asked(step: Step) -> tuple[str, int] | None:
    """A step of the controller, by the node for which it creates, or the pod that it deletes."""
    if step.action.actor != "daemonset-controller" or step.action.name == "sync":
        return None
    return step.action.name, step.arguments[1 if step.action.name == "create pod" else 0]


@pytest.mark.parametrize("limits", STRATEGIES, ids=range(len(STRATEGIES)))
@pytest.mark.parametrize(
    "change", [ROLLOUT, TWICE, Change("apply")], ids=["rollout", "twice", "apply"]
)
def test_requests_are_those_of_the_decision(limits: Limits, change: Change) -> None:
    """On random walks the steps of the controller are what a sync on numbers would send, wherever
    nothing is left of one."""
    made = scenario(limits, change)
    of, chance, seen = system(made), random.Random(7), set()
    for _ in range(12):
        state = chance.choice(of.initial)
        for _ in range(40):
            found = list(steps(of, state))
            slots, places = reading(of, made, state)
            enabled = {told for step, _ in found if (told := asked(step)) is not None}
            if not under_way(of, state):
                assert enabled == expected(made, slots, places)
            seen |= {name for name, _ in enabled}
            if not found:
                break
            state = chance.choice(found)[1]
    if change.kind == "apply":
        assert seen == {"create pod"}
    else:
        assert seen == (set() if limits[2] else {"create pod", "delete pod"})


def test_cordons_are_ignored_and_taints_are_not() -> None:
    """Of four nodes three are to have a pod: the cordoned one too, the tainted one not."""
    made = scenario(change=Change("apply"))
    assert daemon_nodes.wanted(made) == [True, True, True, False]
    assert outcomes(made, "daemon-on-every-node") == {"daemon-on-every-node": "proved"}


def test_a_lost_node_stops_an_update() -> None:
    """With maxUnavailable 1 no other node is updated while one is down (as recorded)."""
    made = scenario()
    assert outcomes(made, "rollout-completes") == {"rollout-completes": "proved"}
    away = replace(made, faults=Faults(node_crashes=1, nodes_return=False))
    assert outcomes(away, "rollout-completes") == {"rollout-completes": "violated"}


def test_two_updates_at_once() -> None:
    """Of two old pods on a node the younger goes, and the update after that."""
    made = replace(scenario(STRATEGIES[2], TWICE), faults=Faults())
    assert outcomes(made, "rollout-completes") == {"rollout-completes": "proved"}


@pytest.mark.parametrize("limits", STRATEGIES[:4], ids=range(4))
def test_a_revision_that_never_gets_ready(limits: Limits) -> None:
    """The update hangs, can be taken back, and keeps the floor meanwhile."""
    made = scenario(limits, replace(ROLLOUT, becomes_ready=False))
    made = replace(made, faults=Faults())
    names = ("rollout-keeps-available", "rollout-completes", "rollback-completes")
    expected = ("proved", "violated", "proved")
    assert outcomes(made, *names) == dict(zip(names, expected, strict=True))
