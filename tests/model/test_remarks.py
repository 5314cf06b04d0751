"""What a counterexample says of the last state, and which fields it points at."""

from __future__ import annotations

from dataclasses import replace

from model.api.change import Change
from model.api.controlplane import ControlPlane
from model.api.node import Taint
from model.api.source import Source
from model.instance import Remark
from tests.model.worlds import Pod, World, budget, node, scenario, template, workload

DRAIN = Change("drain", nodes=("node-1",))


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


def test_a_surge_is_counted() -> None:
    """How many replicas are asked for, how many may be and why, and by whom."""
    world = World(scenario(Change("rollout", "web:2"), 2, workload(3, 1, 0)))
    first, second = found(world, "surge-bounded", exists=[1, 1], replicas=[3, 2])
    assert first.text == (
        "the ReplicaSets ask for 5 replicas in all; at most 4 may be (replicas 3 + maxSurge 1)"
    )
    assert first.fields == ("spec.strategy.rollingUpdate.maxSurge", "spec.replicas")
    assert second.text == "web-rev1 asks for 3 and web-rev2 asks for 2"


def test_pods_that_are_missing_or_too_many_are_counted() -> None:
    """Available pods by ReplicaSet; active ones by name; both revisions at once."""
    world = World(scenario(Change("rollout", "web:2"), 2, workload(2, 1, 1)))
    pods: list[Pod] = [("Ready", "node-1", 1), ("Pending", "", 2), ("Running", "node-2", 2)]
    values = {"exists": [1, 1], "replicas": [1, 2]}
    assert said(world, "rollout-keeps-available", pods[1:], **values) == [
        "0 pods are available; at least 1 must be (2 replicas - maxUnavailable 1)",
        "web-rev1 has 0 available of 1 asked for and web-rev2 has 0 available of 2 asked for",
    ]
    assert said(world, "no-duplicate-pods", [*pods, pods[1]], **values) == [
        "web-rev2 has 3 active pods (web-pod2, web-pod3 and web-pod4); the workload has 2 replicas"
    ]
    recreate = World(scenario(Change("rollout", "web:2"), 2, workload(2, strategy="Recreate")))
    assert said(recreate, "revisions-never-overlap", pods, **values) == [
        "web-pod1 of web-rev1 and web-pod2 of web-rev2 are there at the same time"
    ]


def test_nodes_that_hold_what_they_must_not_are_named() -> None:
    """Requests against room in a manifest's units; the first filter that refuses a pod."""
    small = node("node-1", allocatable={"cpu": 900}, taints=(Taint("a", "b", "NoSchedule"),))
    world = World(scenario(on=[small, node("node-2")]))
    pods: list[Pod] = [("Ready", "node-1", 1), ("Ready", "node-1", 1), ("Ready", "node-2", 1)]
    assert said(world, "no-overcommit", pods) == [
        "the 2 pods on node-1 request 1 cpu; it can allocate 900m"
    ]
    assert said(world, "placement-respected", pods[1:]) == [
        "web-pod1 is on node-1: taint not tolerated (a=b:NoSchedule)"
    ]


def test_a_budget_that_was_ignored_is_named() -> None:
    """How many are left, which budget it is and what it wants."""
    world = World(scenario(DRAIN, 2, workload(2), budgets=(budget(2),)))
    (text,) = said(world, "budget-respected", [("Ready", "node-2", 1)], budgetBreached=1)
    assert text == "1 pod is healthy; PodDisruptionBudget web (minAvailable: 2) wants 2"


def test_without_a_quorum_nothing_is_written() -> None:
    """Where etcd takes no writes that comes first."""
    world = World(scenario(control_plane=ControlPlane(3, quorum=4)))
    first, *_ = said(world, "replicas-converge")
    assert first == "etcd takes no writes: 4 of 3 members must agree"


def test_seeded_faults_come_last() -> None:
    """They are said of every property, since without them a step may seem impossible."""
    world = World(scenario(Change("rollout", "web:2"), 2, workload(3, 1, 0), ["taints-ignored"]))
    *_, last = found(world, "surge-bounded", replicas=[5])
    said = "seeded fault taints-ignored, which the spec switches on: the scheduler ignores taints"
    assert last.text == said
    assert last.fields == ("spec.model.mutations",)
