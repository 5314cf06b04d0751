"""Nodes that are labelled during a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from model.api.affinity import PodAffinityTerm
from model.api.change import stepwise
from model.api.daemonset import DaemonSet
from model.api.node import Node
from model.api.pod import AntiAffinityTerm, PodTemplate
from model.api.selector import LabelSelector, Requirement
from model.api.steps import PutLabel, Step, TakeLabel
from model.api.topologyspread import HardSpread
from model.labellings import labellings
from model.scenario import Faults, Scenario
from tests.model.worlds import World, node, scenario, template, workload

#: What reads the labels of nodes in some way.
READERS = {
    "selector": template(node_selector={"zone": "b"}),
    "affinity": template(node_affinity=((Requirement("zone", "Exists"),),)),
    "spread": template(spread=(HardSpread("zone", 1),)),
    "least domains": template(spread=(HardSpread("zone", 1, min_domains=3),)),
    "spread over affinity": template(
        spread=(HardSpread("zone", 1),), node_affinity=((Requirement("zone", "NotIn", ("c",)),),)
    ),
    "apart": template(anti_affinity=(AntiAffinityTerm("zone"),)),
}
#: The steps after which nodes are labelled otherwise than at the start.
CHANGES: tuple[tuple[Step, ...], ...] = (
    (PutLabel("node-1", "zone", "b"),),
    (PutLabel("node-3", "zone", "a"),),
    (TakeLabel("node-2", "zone"),),
    (PutLabel("node-3", "zone", "c"), TakeLabel("node-1", "zone")),
    (PutLabel("node-3", "zone", "b"), PutLabel("node-3", "zone", "a")),
)


def given() -> list[Node]:
    """One in each of two zones, and one that says in none."""
    return [
        node("node-1", labels={"zone": "a"}),
        node("node-2", labels={"zone": "b"}),
        node("node-3"),
    ]


def made(pod: PodTemplate, *steps: Step, near: str = "", **changes: Any) -> World:
    """Two pods of a Deployment; those of another one may be near it, or it near them."""
    found = scenario(stepwise(steps), given(), workload(2, pod=pod), **changes)
    if near:
        term = PodAffinityTerm("zone", LabelSelector({"app": "web"}), frozenset({"default"}))
        other = template(labels={"app": "db"}, near=(term,) if near == "db" else ())
        db = replace(workload(1, pod=other), name="db", selector=LabelSelector({"app": "db"}))
        found = replace(found, neighbours=(db,))
    return World(found)


def as_labelled(labelled: World) -> World:
    """The same with nodes that are labelled like that from the start."""
    nodes = labellings(labelled.scenario)[-1].nodes
    first = PutLabel("node-1", "other", "label")
    return World(replace(labelled.scenario, nodes=nodes, change=stepwise((first,))))


@pytest.mark.parametrize("near", ["", "web", "db"])
@pytest.mark.parametrize("steps", CHANGES, ids=str)
@pytest.mark.parametrize("reader", READERS)
def test_the_scheduler_goes_by_the_labels_of_now(
    reader: str, steps: tuple[Step, ...], near: str
) -> None:
    """It binds the pods that wait to the same nodes as if these had been labelled before, wherever
    others are."""
    labelled = made(READERS[reader], *steps, near=near)
    known = as_labelled(labelled)
    names = [name for i, _ in enumerate(steps) for name in (_name(steps, i),)]
    for at in ("node-1", "node-2", "node-3"):
        for waiting in (1, 2) if near else (1,):
            pods = [("Ready", at, 1), ("Pending", "", waiting)]
            after = labelled.after(labelled.state(pods), *names)
            assert labelled.choices(after, "bind", 1) == known.choices(
                known.state(pods), "bind", 1
            ), (at, waiting)
            # Pods that are bound stay.
            assert ("Ready", at, 1) in labelled.pods(after)


def _name(steps: tuple[Step, ...], number: int) -> str:
    """The name of a step's action."""
    kind = type(steps[number])
    nth = sum(isinstance(each, kind) for each in steps[: number + 1])
    name = "label" if kind is PutLabel else "unlabel"
    return name if nth == 1 else f"{name} {nth}"


def test_placement_is_respected_by_labels_that_were() -> None:
    """A pod that was bound before its node lost the label does not violate it, one that was never
    allowed there does."""
    world = made(READERS["selector"], TakeLabel("node-2", "zone"))
    before = world.state([("Ready", "node-2", 1)])
    assert world.holds(world.after(before, "unlabel"), "placement-respected")
    assert not world.holds(world.state([("Ready", "node-1", 1)]), "placement-respected")


def test_a_label_that_comes_back_is_what_it_was() -> None:
    found = stepwise((TakeLabel("node-1", "zone"), PutLabel("node-1", "zone", "a")))
    assert len(labellings(scenario(found, given()))) == 2


def test_any_order_ends_in_either_label() -> None:
    steps = (PutLabel("node-3", "zone", "a"), PutLabel("node-3", "zone", "b"))
    found = labellings(scenario(stepwise(steps, any_order=True), given()))
    assert {each.nodes[2].labels.get("zone") for each in found} == {None, "a", "b"}


def test_the_scheduler_may_see_labels_late() -> None:
    steps = (PutLabel("node-1", "zone", "b"),)
    world = made(READERS["selector"], *steps, faults=Faults(slow_watches={"kube-scheduler": 1}))
    stalled = world.after(world.state([("Pending", "", 1)]), "watch stalls", "label")
    assert world.choices(stalled, "bind", 1) == {"node-2"}
    seen = world.after(stalled, "watch catches up")
    assert world.choices(seen, "bind", 1) == {"node-1", "node-2"}


def daemons(*steps: Step, **changes: Any) -> Scenario:
    """A DaemonSet for nodes of zone a."""
    of = workload(1, pod=template(node_selector={"zone": "a"}))
    of = replace(of, kind="DaemonSet", daemon=DaemonSet(False))
    return scenario(stepwise(steps), given(), of, **changes)


def test_daemons_follow_labels() -> None:
    """A node that has the label gets a pod, one that has it no more loses its pod."""
    world = World(daemons(PutLabel("node-3", "zone", "a"), TakeLabel("node-1", "zone")))
    (initial,) = world.system.initial
    assert [at for _, at, _ in world.pods(initial)] == ["node-1"]
    labelled = world.after(initial, "label")
    assert world.choices(labelled, "create pod", 1) == {"node-3"}
    assert "drive off pod" not in world.enabled(labelled)
    taken = world.after(labelled, "create pod", "bind", "unlabel")
    assert world.enabled(taken, "daemonset-controller") == {"sync", "drive off pod"}
    assert world.choices(taken, "drive off pod", 1) == {"node-1"}


def test_daemons_may_follow_labels_late() -> None:
    lag = Faults(slow_watches={"daemonset-controller": 1})
    world = World(daemons(TakeLabel("node-1", "zone"), faults=lag))
    stalled = world.after(world.system.initial[0], "watch stalls", "unlabel")
    assert "drive off pod" not in world.enabled(stalled)
    assert "drive off pod" in world.enabled(world.after(stalled, "watch catches up"))
