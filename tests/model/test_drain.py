"""Drains: cordon, evict, and the PodDisruptionBudgets in between."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from model.api.change import Change
from model.api.pod import Toleration
from model.api.poddisruptionbudget import PodDisruptionBudget
from tests.model.worlds import Pod, World, budget, scenario, template, workload

DRAIN = Change("drain", nodes=("node-1",))


def draining(
    replicas: int, *budgets: PodDisruptionBudget, mutations: Any = (), **changes: Any
) -> World:
    of = workload(replicas, **changes)
    return World(scenario(DRAIN, 2, of, mutations, budgets=budgets))


def on_first(*phases: str) -> list[Pod]:
    return [(phase, "node-1", 1) for phase in phases]


def on_second(*phases: str) -> list[Pod]:
    return [(phase, "node-2", 1) for phase in phases]


def victims(world: World, pods: list[Pod], **values: Any) -> set[int]:
    """Which of the pods may be evicted once the node is cordoned."""
    return world.chosen_slots(world.state(pods, **{"unschedulable": [1], **values}), "evict pod")


def test_a_drain_cordons_its_node_first() -> None:
    """Only the chosen node is cordoned, and nothing is evicted before that."""
    world = draining(2)
    state = world.state([*on_first("Ready"), *on_second("Ready")])
    assert world.enabled(state, "user") == {"cordon"}
    assert world.choices(state, "cordon") == {"node-1"}
    after = world.after(state, "cordon")
    assert world.read(after, "unschedulable") == [1, 0]
    assert world.enabled(after, "user") == {"evict pod"}


def test_only_pods_of_the_drained_node_go() -> None:
    """Pods elsewhere stay, and pods that terminate already are left alone."""
    world = draining(3)
    pods = [*on_first("Ready", "Terminating"), *on_second("Ready"), ("Pending", "", 1)]
    assert victims(world, pods) == {0}
    after = world.after(world.state(pods, unschedulable=[1]), "evict pod")
    assert world.pods(after).count(("Terminating", "node-1", 1)) == 2


@pytest.mark.parametrize(
    ("given", "elsewhere", "allowed"),
    [
        # (minAvailable, maxUnavailable); ready pods beside the one on the node; is it evicted?
        ((2, None), 2, True),
        ((2, None), 1, False),
        ((3, None), 2, False),
        ((0, None), 0, True),
        ((None, 1), 2, True),
        ((None, 1), 1, False),
        ((None, 0), 2, False),
        ((None, 3), 0, True),
        # 50 % of 3 rounds up to 2 on both sides.
        (("50%", None), 1, False),
        (("50%", None), 2, True),
        ((None, "50%"), 1, True),
        ((None, "50%"), 0, False),
        # A surge counts: healthy pods above the desired number may go even with maxUnavailable 0.
        ((None, 0), 3, True),
    ],
)
def test_budgets_and_ready_pods(given: tuple[Any, Any], elsewhere: int, allowed: bool) -> None:
    """A ready pod is evicted while more are healthy than the budget needs."""
    world = draining(3, budget(*given))
    pods = [*on_first("Ready"), *on_second(*["Ready"] * elsewhere)]
    assert victims(world, pods) == ({0} if allowed else set())


@pytest.mark.parametrize("phase", ["Pending", "Running", "Terminating"])
def test_who_counts_as_healthy(phase: str) -> None:
    """Only ready pods that are not being deleted are healthy."""
    world = draining(3, budget(minimum=2))
    assert victims(world, [*on_first("Ready"), *on_second("Ready", phase)]) == set()
    assert victims(world, [*on_first("Ready"), *on_second("Ready", "Ready")]) == {0}


def test_healthy_does_not_wait_for_minreadyseconds() -> None:
    """A budget counts ready pods, whether available or not."""
    world = draining(3, budget(minimum=2), min_ready_seconds=10)
    pods = [*on_first("Ready"), *on_second("Ready", "Available")]
    assert victims(world, pods) == {0}


def test_pending_pods_ignore_budgets() -> None:
    """A pod that has not started is evicted whatever the budgets say."""
    for budgets in ((budget(minimum=5),), (budget(minimum=1), budget(maximum=0))):
        world = draining(3, *budgets)
        assert victims(world, on_first("Pending")) == {0}


@pytest.mark.parametrize(
    ("minimum", "elsewhere", "allowed"),
    [
        # Enough others are healthy: the pod takes nothing from the budget.
        (2, 2, True),
        (2, 1, False),
        (2, 3, True),
        # A budget that needs nobody allows everything by its own count.
        (0, 1, True),
        # ... but only while a healthy pod is there to be counted.
        (0, 0, False),
    ],
)
def test_pods_that_are_not_ready(minimum: int, elsewhere: int, allowed: bool) -> None:
    """A pod that runs without being ready goes while the healthy ones are enough."""
    world = draining(3, budget(minimum=minimum))
    pods = [*on_first("Running"), *on_second(*["Ready"] * elsewhere)]
    assert victims(world, pods) == ({0} if allowed else set())


@pytest.mark.parametrize("phase", ["Running", "Ready"])
def test_always_allow(phase: str) -> None:
    """With AlwaysAllow a pod goes if it is not ready, however few are; a ready one is guarded."""
    always = replace(budget(minimum=3), guards_ready_only=True)
    world = draining(3, always)
    assert victims(world, on_first(phase)) == ({0} if phase == "Running" else set())
    both = draining(3, always, budget(maximum=3))
    assert victims(both, on_first(phase)) == set()


def test_several_budgets_refuse_every_started_pod() -> None:
    """An eviction that more than one budget would judge is an error."""
    world = draining(3, budget(minimum=0), budget(maximum=3))
    assert victims(world, [*on_first("Ready", "Running"), *on_second("Ready")]) == set()


def test_a_breach_is_remembered() -> None:
    """With the seeded fault an eviction goes below the budget, which the property sees."""
    world = draining(2, budget(minimum=2), mutations=["eviction-ignores-budget"])
    state = world.state([*on_first("Ready"), *on_second("Ready")], unschedulable=[1])
    assert world.holds(state, "budget-respected")
    assert not world.holds(world.after(state, "evict pod"), "budget-respected")
    # A pod that is not ready takes nothing from it.
    state = world.state([*on_first("Running"), *on_second("Ready")], unschedulable=[1])
    assert world.holds(world.after(state, "evict pod"), "budget-respected")


def test_an_unmutated_drain_keeps_to_the_budget_and_says_when_it_is_stuck() -> None:
    """With nothing to spare the drain waits for ever; the budget is never breached."""
    world = World(scenario(DRAIN, 2, workload(1), budgets=(budget(minimum=1),)))
    states = world.reachable()
    assert all(world.holds(state, "budget-respected") for state in states)
    assert not any("evict pod" in world.enabled(state) for state in states)


def several(*names: str, uncordon: bool = False, on: int = 3, **changes: Any) -> World:
    change = Change("drain", nodes=names, uncordon=uncordon)
    return World(scenario(change, on, workload(2, **changes)))


def test_one_node_is_drained_after_the_other() -> None:
    """In the given order, each as soon as no pod is left on the one before, not even one that is
    still stopping; a cordoned node stays cordoned."""
    world = several("node-2", "node-1")
    state = world.state([*on_first("Ready"), *on_second("Ready")])
    assert world.choices(state, "cordon") == {"node-2"}
    state = world.after(state, "cordon")
    assert "cordon" not in world.enabled(state)
    assert world.chosen_slots(state, "evict pod") == {1}
    state = world.after(state, "evict pod")
    assert world.enabled(state, "user") == set()
    state = world.after(state, "pod stopped")
    assert world.choices(state, "cordon") == {"node-1"}
    state = world.after(state, "cordon")
    assert world.read(state, "unschedulable") == [1, 1, 0]
    assert world.chosen_slots(state, "evict pod") == {0}


def test_a_node_that_was_cordoned_already_waits_for_its_turn() -> None:
    """Its pods are evicted by its own drain, not before."""
    world = several("node-1", "node-2")
    state = world.state([*on_first("Ready"), *on_second("Ready")], unschedulable=[0, 1])
    state = world.after(state, "cordon")
    assert world.chosen_slots(state, "evict pod") == {0}
    state = world.after(state, "evict pod", "pod stopped", "cordon")
    assert world.chosen_slots(state, "evict pod") == {1}


def test_nodes_that_are_uncordoned_take_pods_before_the_next_drain() -> None:
    """Each node is back, once it is empty, before the next is cordoned; the last one too. Whoever
    has come back to it does not keep the next one waiting."""
    world = several("node-1", "node-2", uncordon=True)
    state = world.state([*on_first("Ready"), *on_second("Ready")])
    state = world.after(state, "cordon")
    assert "uncordon" not in world.enabled(state)
    state = world.after(state, "evict pod", "pod stopped")
    assert world.enabled(state, "user") == {"uncordon"}
    state = world.after(state, "uncordon")
    assert world.read(state, "unschedulable") == [0, 0, 0]
    back = world.take(world.after(state, "create pod"), "bind", "web-pod1", "node-1")
    assert back is not None
    for each in (state, back):
        assert world.choices(each, "cordon") == {"node-2"}
    after = world.after(state, "cordon", "evict pod", "pod stopped", "uncordon")
    assert world.read(after, "unschedulable") == [0, 0, 0]
    assert world.enabled(after, "user") == set()


def test_a_single_node_can_be_uncordoned() -> None:
    """One node is a round of its own."""
    world = several("node-1", uncordon=True)
    state = world.after(world.state(on_first("Ready")), "cordon", "evict pod", "pod stopped")
    assert world.enabled(world.after(state, "uncordon"), "user") == set()


def test_pods_that_come_back_by_name_do_not_hold_up_the_next_drain() -> None:
    """A drain waits for the pods that it has listed, not for those that came after them."""
    named = template(node_name="node-1")
    world = several("node-1", "node-2", pod=named)
    state = world.after(world.state(on_first("Ready")), "cordon")
    assert world.enabled(state, "user") == {"list pods"}
    state = world.after(state, "list pods", "evict pod")
    assert "cordon" not in world.enabled(state)
    state = world.after(state, "pod stopped", "create pod", "bind")
    assert world.pods(state) == on_first("Pending")
    assert world.choices(state, "cordon") == {"node-2"}


TOLERANT = template(
    tolerations=(Toleration("node.kubernetes.io/unschedulable", "Exists", "", "NoSchedule"),)
)


@pytest.mark.parametrize("pod", [template(node_name="node-1"), TOLERANT])
def test_pods_that_come_after_the_list_stay(pod: Any) -> None:
    """Nobody evicts a pod that was not there when the drain listed its pods, though it is on the
    node; one that is there before the list is on it."""
    world = several("node-1", pod=pod, on=1)
    state = world.after(world.state(on_first("Ready", "Terminating")), "cordon")
    late = world.after(state, "list pods", "create pod", "bind")
    assert world.chosen_slots(late, "evict pod") == {0}
    early = world.after(state, "create pod", "bind", "list pods")
    assert world.chosen_slots(early, "evict pod") == {0, 2}


def test_a_drain_lists_pods_that_their_kubelet_has_not_taken_yet() -> None:
    """A pod that names its node is bound from the start."""
    world = several("node-1", pod=template(node_name="node-1"), uncordon=True)
    state = world.after(world.state([("Pending", "", 1)]), "cordon", "list pods")
    assert "uncordon" not in world.enabled(state)
    assert world.chosen_slots(world.after(state, "bind"), "evict pod") == {0}


@pytest.mark.parametrize(("healthy", "kept"), [(2, True), (1, True), (0, False)])
def test_what_maintenance_keeps(healthy: int, kept: bool) -> None:
    """One replica at most is not available."""
    world = several("node-1", "node-2")
    state = world.state(on_second(*["Ready"] * healthy))
    assert world.holds(state, "maintenance-keeps-available") is kept
