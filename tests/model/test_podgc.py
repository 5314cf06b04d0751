"""Pods of a template that names a node that does not exist: made and deleted again and again."""

from __future__ import annotations

from typing import Any

from checker.budget import Budget
from checker.engines.explicit import Explicit
from checker.verdict import Verdict
from model.controllers.podgc import NAME, orphans
from model.scenario import Scenario
from tests.model.test_configurations import opened
from tests.model.worlds import Pod, World, scenario, template, workload

WAITING: list[Pod] = [("Pending", "", 1)]


def naming(name: str, **more: Any) -> Scenario:
    return scenario("steady", 2, workload(1, pod=template(node_name=name)), **more)


def verdict(one: World, name: str) -> Verdict:
    prop = one.system.property(name)
    (found,) = Explicit().check(one.system, (prop,), Budget(seconds=60))
    return found


def test_a_pod_without_its_node_is_deleted_and_made_again() -> None:
    """It is gone at once, and its ReplicaSet makes another."""
    world = World(naming("node-9"))
    state = world.state(WAITING)
    assert world.enabled(state, NAME) == {"delete orphan"}
    after = world.after(state, "delete orphan")
    assert world.pods(after) == []
    assert world.pods(world.after(after, "create pod")) == WAITING


def test_that_goes_on_for_ever_and_is_told() -> None:
    """No replica ever gets ready, with every interleaving too; the reason is the nodeName, and not
    that no node takes the pods."""
    for prompt in (True, False):
        world = World(naming("node-9", prompt=prompt))
        for name in ("replicas-converge", "no-eviction-loop"):
            found = verdict(world, name)
            assert found.outcome == "violated"
            assert found.trace is not None
            assert "delete orphan" in {step.action.name for step in found.trace.steps}
            remark, *_ = world.instance.remarks(found.trace.states[-1], name)
            assert remark.text.startswith("there is no node node-9, which the template's nodeName")
            assert remark.fields == ("spec.template.spec.nodeName",)


def test_a_node_that_is_there_leaves_nothing_to_collect() -> None:
    """Up or down: the collector looks for nodes, not for kubelets."""
    assert not orphans(naming("node-1"))
    assert not orphans(naming(""))
    world = World(naming("node-1"))
    assert world.enabled(world.state(WAITING), NAME) == set()


def test_open_numbers_of_nodes() -> None:
    """With one node of two the second one's pods are orphans; with two they are not."""
    base = naming("node-2")
    world = World(opened(base, nodes=(1, 2)))
    one, two = sorted(world.system.initial, key=lambda s: sum(world.read(s, "registered")))
    assert world.enabled(one, NAME) == {"delete orphan"}
    assert world.enabled(two, NAME) == set()
