"""Nodes that join during a run."""

from __future__ import annotations

from typing import Any

import yaml

from model.api.change import stepwise
from model.api.steps import AddNode, Cordon, RemoveNode, Step
from model.scenario import Faults
from tests.model.load.helpers import plan_of
from tests.model.worlds import World, scenario, workload


def adding(*steps: Step, replicas: int = 1, **changes: Any) -> World:
    change = stepwise(steps or (AddNode("node-1"),))
    return World(scenario(change, 2, workload(replicas), **changes))


def test_nobody_is_there_before() -> None:
    """No pod starts on it, and none is bound to it, until it joins."""
    world = adding(replicas=2)
    for initial in world.system.initial:
        assert world.read(initial, "registered") == [0, 1]
        assert {at for _, at, _ in world.pods(initial)} == {"node-2"}
    waiting = world.state([("Pending", "", 1)])
    assert world.choices(waiting, "bind", 1) == {"node-2"}
    there = world.after(waiting, "add node")
    assert world.read(there, "registered") == [1, 1]
    assert world.choices(there, "bind", 1) == {"node-1", "node-2"}


def test_no_fault_befalls_it_before() -> None:
    world = adding(faults=Faults(node_crashes=1, node_removals=1, node_partitions=1))
    state = world.state([])
    for name in ("node crashes", "node is removed", "node is cut off"):
        assert world.take(state, name, "node-1") is None, name
        assert world.take(state, name, "node-2") is not None, name
    assert world.take(state, "node is added", "node-1") is None
    assert world.take(world.after(state, "add node"), "node crashes", "node-1") is not None


def test_daemons_beside_have_none_there_before() -> None:
    """A DaemonSet that takes part has pods on the nodes that there are."""
    document = {
        "apiVersion": "planecheck.dev/v1alpha1",
        "kind": "Check",
        "metadata": {"name": "add"},
        "spec": {
            "cluster": {"nodes": {"count": 3, "cpu": "1"}},
            "scenario": {"steps": [{"addNode": "node-3"}]},
        },
    }
    ports = [{"containerPort": 80, "hostPort": 8080}]
    pods = {
        kind: {
            "apiVersion": "apps/v1",
            "kind": kind,
            "metadata": {"name": name},
            "spec": {
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {"containers": [{"name": "a", "image": "a:1", "ports": ports}]},
                },
            },
        }
        for kind, name in (("DaemonSet", "agent"), ("Deployment", "web"))
    }
    text = yaml.safe_dump_all([document, *pods.values()])
    (found,) = plan_of(text).scenarios
    assert [each.kind for each in found.neighbours] == ["DaemonSet"]
    world = World(found)
    for initial in world.system.initial:
        assert world.read(initial, "registered") == [1, 1, 0]
        assert {at for _, at, _ in world.pods(initial)} <= {"node-1", "node-2", ""}
        assert len(world.pods(initial)) == 3


def test_what_comes_after() -> None:
    world = adding(AddNode("node-1"), Cordon("node-1"), RemoveNode("node-2"))
    state = world.after(world.state([]), "add node", "cordon node", "remove node")
    assert world.read(state, "registered") == [1, 0]
    assert world.read(state, "unschedulable") == [1, 0]
