"""What a counterexample says of the last state, and which fields it points at."""

from __future__ import annotations

from dataclasses import replace

from model.instance import Remark
from model.scenario import Change, Source
from tests.model.worlds import Pod, World, budget, scenario, template, workload

DRAIN = Change("drain", node="node-1")


def found(
    world: World, prop: str, pods: list[Pod] | None = None, **values: object
) -> tuple[Remark, ...]:
    return world.instance.remarks(world.state(pods, **values), prop)


def said(world: World, prop: str, pods: list[Pod] | None = None, **values: object) -> list[str]:
    return [remark.text for remark in found(world, prop, pods, **values)]


def test_a_budget_that_refuses_evictions_is_named() -> None:
    """The reader of a drain that hangs learns which budget it is, and what it wants."""
    world = World(scenario(DRAIN, 2, workload(2), budgets=(budget(2),)))
    pods: list[Pod] = [("Ready", "node-1", 1), ("Ready", "node-2", 1)]
    (remark,) = found(world, "drain-completes", pods, unschedulable=[1, 0])
    name = world.scenario.budgets[0].name
    assert remark.text == (
        f"web-pod1 is still on node-1: PodDisruptionBudget {name} (minAvailable: 2) wants "
        "2 healthy pods and there are 2, so it refuses evictions"
    )
    assert remark.fields == (f"PodDisruptionBudget/{name}.spec.minAvailable",)
    assert said(world, "drain-completes", pods) == []


def test_several_budgets_for_one_pod() -> None:
    """The API server evicts no pod that more than one budget selects."""
    world = World(scenario(DRAIN, 2, workload(2), budgets=(budget(1), budget(1))))
    pods: list[Pod] = [("Ready", "node-1", 1), ("Ready", "node-1", 1)]
    (text,) = said(world, "drain-completes", pods, unschedulable=[1, 0])
    assert text.startswith(
        "web-pod1 and 1 more are still on node-1: no pod is evicted that several"
    )


def test_a_node_name_defies_the_drain() -> None:
    """Pods that name their node come back to it, and the field is pointed at."""
    world = World(scenario(DRAIN, 2, workload(1, pod=template(node_name="node-1"))))
    (remark,) = found(world, "drain-completes", [("Ready", "node-1", 1)], unschedulable=[1, 0])
    assert "a cordon does not keep pods from the node" in remark.text
    assert remark.fields == ("spec.template.spec.nodeName",)


def test_a_rollout_that_waits_for_ever() -> None:
    """Pods that never become ready are named, and how many old pods may go before they are."""
    change = Change("rollout", "web:2", becomes_ready=False)
    world = World(scenario(change, 1, workload(3)))
    pods: list[Pod] = [("Ready", "node-1", 1)] * 3 + [("Running", "node-1", 2)]
    assert said(world, "rollout-completes", pods, exists=[1, 1], replicas=[3, 1]) == [
        "web-pod4 never becomes ready: so spec.scenario.rollout.becomesReady says",
        "maxUnavailable is 0 (25% of 3, rounded down): no old pod goes before a new one is ready",
        "web-rev2 has 0 of 3 pods available and web-rev1 still has 3 active pods",
    ]
    assert said(world, "every-pod-scheduled", pods[:3], replicas=[3, 0]) == []


def test_fields_of_budgets_can_be_pointed_at() -> None:
    """Places of a budget's fields carry its name, so they cannot be taken for the workload's."""
    place = Source("pdb.yaml", 5)
    guard = replace(budget(1), fields={"spec.minAvailable": place})
    world = World(scenario(DRAIN, 2, workload(2), budgets=(guard,)))
    path = f"PodDisruptionBudget/{guard.name}.spec.minAvailable"
    assert world.instance.fields[path] == place
