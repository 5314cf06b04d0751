"""Node objects that a user deletes, while their machines run on."""

from __future__ import annotations

from typing import Any

from model.api.change import stepwise
from model.api.steps import Cordon, Drain, RemoveNode, Step
from model.scenario import Faults
from tests.model.worlds import World, node, scenario, workload

READY = ("Ready", "node-1", 1)


def removing(*steps: Step, **changes: Any) -> World:
    return World(scenario(stepwise(steps or (RemoveNode("node-1"),)), 2, workload(1), **changes))


def test_what_runs_there_runs_on_until_it_is_collected() -> None:
    world = removing()
    gone = world.after(world.state([READY]), "remove node")
    assert world.read(gone, "registered") == [0, 1]
    assert world.read(gone, "health") == ["Up", "Up"]
    assert world.enabled(gone) == {"delete orphan of a node"}
    # A pod that was bound just before is still started there.
    early = world.after(world.state([("Pending", "node-1", 1)]), "remove node")
    assert {"start pod", "delete orphan of a node"} <= world.enabled(early)
    after = world.after(gone, "delete orphan of a node")
    assert world.pods(after) == []


def test_nobody_is_bound_there_any_more() -> None:
    world = removing()
    gone = world.after(world.state([("Pending", "", 1)]), "remove node")
    assert world.choices(gone, "bind", 1) == {"node-2"}


def test_a_step_about_a_node_that_is_gone_does_nothing() -> None:
    """A fault may have taken it; the user goes on."""
    world = removing(Cordon("node-1"), Cordon("node-2"), faults=Faults(node_removals=1))
    gone = world.take(world.state([]), "node is removed", "node-1")
    assert gone is not None
    failed = world.after(gone, "cordon node")
    assert world.read(failed, "unschedulable") == [0, 0]
    assert world.read(world.after(failed, "cordon node"), "unschedulable") == [0, 1]


def test_a_drain_of_a_node_that_is_gone_holds_nobody_up() -> None:
    world = removing(Drain(("node-1",)), Cordon("node-2"), faults=Faults(node_removals=1))
    gone = world.take(world.state([]), "node is removed", "node-1")
    assert gone is not None
    assert "cordon node" in world.enabled(world.after(gone, "cordon"), "user")


def test_a_replacement_is_cordoned_if_the_manifest_is() -> None:
    given = (node("node-1", unschedulable=True), node("node-2"))
    change = stepwise((Cordon("node-2"),))
    world = World(scenario(change, given, workload(1), faults=Faults(node_removals=2)))
    state = world.after(world.state([]), "cordon node", "node is removed", "node is removed")
    both = world.after(state, "node is added", "node is added")
    assert world.read(both, "unschedulable") == [1, 0]


def test_a_user_may_stop() -> None:
    assert any(
        "may stop" in each
        for each in removing(Cordon("node-1"), Cordon("node-2")).system.assumptions
    )
    assert not any("may stop" in each for each in removing().system.assumptions)
