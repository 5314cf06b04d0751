"""Taints that an administrator puts on nodes, who leaves them, and who may not come back."""

from __future__ import annotations

from typing import Any

import pytest

from checker.engines.explicit import Explicit
from checker.verdict import Verdict
from model.api.change import Change
from model.api.pod import Toleration
from model.ir.system import State
from model.scenario import Faults
from tests.effort import busy
from tests.model.worlds import (
    FOR_A_TIME,
    TAINT,
    Pod,
    World,
    budget,
    node,
    nodes,
    scenario,
    template,
    workload,
)

BOTH = Change("taint", nodes=("node-1", "node-2"), taint=TAINT)
FIRST = Change("taint", nodes=("node-1",), taint=TAINT)
SHOWN = "pool=old:NoExecute"

FOR_EVER = Toleration("pool", "Equal", "old", "NoExecute")
OF_ANOTHER = Toleration("pool", "Equal", "new", "NoExecute")

PODS: list[Pod] = [("Ready", "node-1", 1), ("Ready", "node-2", 1)]


def world(change: Change = BOTH, on: int = 2, budgets: Any = (), **pod: Any) -> World:
    of = workload(2, pod=template(**pod))
    return World(scenario(change, on, of, budgets=budgets))


def verdict(one: World, name: str) -> Verdict:
    prop = one.system.property(name)
    (found,) = Explicit().check(one.system, (prop,), busy(60))
    return found


def test_nodes_are_tainted_in_order() -> None:
    """Each once, at any moment after the one before; nodes that are not named never."""
    cluster = world(Change("taint", nodes=("node-2", "node-1"), taint=TAINT), on=3)
    state = cluster.state([])
    for name in ("node-2", "node-1"):
        assert cluster.choices(state, "taint") == {name}
        state = cluster.after(state, "taint")
    assert cluster.read(state, "tainted") == [SHOWN, SHOWN, "none"]
    assert "taint" not in cluster.enabled(state)


@pytest.mark.parametrize(
    ("tolerations", "leaves", "comes"),
    [
        ((), True, False),
        ((OF_ANOTHER,), True, False),
        ((FOR_EVER,), False, True),
        # Borne for a while, it keeps nobody away; of two tolerations the first counts.
        ((FOR_A_TIME,), True, True),
        ((FOR_EVER, FOR_A_TIME), False, True),
    ],
)
def test_who_leaves_and_who_may_come(
    tolerations: tuple[Toleration, ...], leaves: bool, comes: bool
) -> None:
    """Pods of tainted nodes are deleted, and none are bound there, but for what they tolerate."""
    cluster = world(FIRST, tolerations=tolerations)
    state = cluster.state(PODS, tainted=[SHOWN])
    assert cluster.chosen_slots(state, "evict for taint") == ({0} if leaves else set())
    state = cluster.state([("Pending", "", 1)], tainted=[SHOWN])
    assert cluster.choices(state, "bind", 1) == ({"node-1", "node-2"} if comes else {"node-2"})


def test_terminating_pods_are_left_alone() -> None:
    """What is deleted is not deleted again."""
    cluster = world()
    state = cluster.state([("Terminating", "node-1", 1)], tainted=[SHOWN])
    assert "evict for taint" not in cluster.enabled(state)


def test_nobody_asks_the_budget() -> None:
    """The last healthy pod goes too, and `budget-respected` sees it."""
    cluster = world(budgets=(budget(minimum=1),))
    state = cluster.after(cluster.state(PODS, tainted=[SHOWN, SHOWN]), "evict for taint")
    assert cluster.holds(state, "budget-respected")
    assert not cluster.holds(cluster.after(state, "evict for taint"), "budget-respected")


def test_a_budget_of_pods_that_stay_is_respected() -> None:
    """Whoever tolerates the taint loses nothing by it: that is shown, and not for want of a
    taint."""
    cluster = world(budgets=(budget(minimum=2),), tolerations=(FOR_EVER,))
    for name in ("budget-respected", "no-eviction-loop", "replicas-converge"):
        assert verdict(cluster, name).outcome == "proved"


def test_a_toleration_for_a_time_makes_a_loop() -> None:
    """Where every node is tainted, pods that bear that for a while are bound to them again and
    again (kubernetes issue 117520); those that do not bear it stay pending."""
    assert verdict(world(tolerations=(FOR_A_TIME,)), "no-eviction-loop").outcome == "violated"
    assert verdict(world(), "no-eviction-loop").outcome == "proved"


@pytest.mark.parametrize(("prompt", "outcome"), [(False, "holds"), (True, "proved")])
def test_a_loop_keeps_nobody_from_stopping(prompt: bool, outcome: str) -> None:
    """Each kubelet serves each of its pods: that those of one node are bound, evicted and stopped
    for ever keeps no pod of another from stopping."""
    on = (node("node-1"), node("node-2", taints=(TAINT,)))
    of = workload(2, pod=template(tolerations=(FOR_A_TIME,)))
    change = Change("drain", nodes=("node-1",))
    cluster = World(scenario(change, on, of, prompt=prompt))
    assert verdict(cluster, "no-eviction-loop").outcome == "violated"
    # Where deleted pods linger, the loop reaches the limit of pods at once.
    assert verdict(cluster, "drain-completes").outcome == outcome


def test_a_scheduler_that_ignores_taints_makes_a_loop() -> None:
    """With the seeded fault pods are bound to where they are deleted, other nodes or not."""
    for mutations, outcome in (((), "proved"), (("taints-ignored",), "violated")):
        cluster = World(scenario(FIRST, 2, workload(1), mutations))
        assert verdict(cluster, "no-eviction-loop").outcome == outcome


def texts(cluster: World, state: State) -> list[str]:
    """What is said of a state that lasts."""
    return [remark.text for remark in cluster.instance.remarks(state, "no-eviction-loop")]


def test_remarks_name_the_taint() -> None:
    """A pod that waits for a node without the taint says so."""
    cluster = world()
    state = cluster.state([("Pending", "", 1)], tainted=[SHOWN, SHOWN])
    said = texts(cluster, state)
    assert said[1] == f"node-1, node-2: taint not tolerated ({SHOWN})"
    assert f"node-1 has the taint {SHOWN}, which the pods do not tolerate for ever" in said


def named(change: Change | str = "steady", replicas: int = 2, **on: Any) -> World:
    """Pods that name node-1, of two nodes."""
    (_, other) = nodes(2)
    of = workload(replicas, 0, 1, template(node_name="node-1"))
    return World(scenario(change, (node("node-1", **on), other), of))


WAITING: list[Pod] = [("Pending", "", 1)]


def test_a_kubelet_rejects_what_its_taints_forbid() -> None:
    """A pod that names its node goes to no other one; rejected it is counted no more."""
    cluster = named(FIRST)
    assert cluster.choices(cluster.state(WAITING), "bind", 1) == {"node-1"}
    assert "reject pod" not in cluster.enabled(cluster.state(WAITING))
    state = cluster.state(WAITING, tainted=[SHOWN])
    assert cluster.enabled(state, "kubelet") == {"reject pod"}
    assert cluster.choices(state, "reject pod", 1) == {"node-1"}
    assert cluster.after(state, "reject pod") == cluster.state([], tainted=[SHOWN])


@pytest.mark.parametrize(
    "on",
    [
        {"taints": (TAINT,)},
        {"allocatable": {"pods": 1}},
    ],
)
def test_rejections_need_no_scenario(on: dict[str, Any]) -> None:
    """A taint from the start, or a lack of room: what is created is rejected for ever, and whoever
    reads that learns why."""
    cluster = named(**on)
    found = verdict(cluster, "no-eviction-loop")
    assert found.outcome == "violated"
    assert found.trace is not None
    remark, *_ = cluster.instance.remarks(found.trace.states[-1], "no-eviction-loop")
    assert remark.text.startswith("node-1, the nodeName of the template, rejects every new pod: ")
    assert remark.fields[0] == "spec.template.spec.nodeName"


def test_rejections_end_where_there_is_room_in_the_end() -> None:
    """While an old pod is still stopping its successor is rejected, but not for ever: no fair run
    goes on like that, whether quick steps come first or not."""
    of = workload(1, 0, 1, template(node_name="node-1"))
    full = (node("node-1", allocatable={"pods": 1}),)
    for prompt in (True, False):
        cluster = World(scenario("rollout", full, of, prompt=prompt))
        assert any("reject pod" in cluster.enabled(state) for state in cluster.reachable())
        assert verdict(cluster, "rollout-completes").outcome == "proved"


def test_a_node_that_is_down_rejects_nobody() -> None:
    """Without a kubelet a pod that names its node waits for it."""
    of = workload(1, pod=template(node_name="node-1"))
    cluster = World(scenario(FIRST, 1, of, faults=Faults(node_crashes=1)))
    state = cluster.state(WAITING, tainted=[SHOWN], health=["Crashed"])
    assert cluster.enabled(state, "kubelet") == set()
    assert texts(cluster, state)[:1] == ["node-1, the nodeName of the template, takes no pod: down"]
