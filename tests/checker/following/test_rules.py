"""What is judged by rules on numbers alone: evictions, and who drives pods off."""

from pathlib import Path

import pytest

from checker.following import nodes
from checker.following.command import follow
from tests.checker.following.by_hand import (
    REPORTS,
    Line,
    budget,
    going,
    line,
    pod,
    recording,
    sized,
)

ASKED = {
    "type": "REQUEST",
    "kind": "Pod",
    "namespace": "shop",
    "name": "p1",
    "verb": "create",
    "subresource": "eviction",
    "actor": "kubectl",
    "code": 201,
}


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ([{"minAvailable": 1}], ""),
        ([{"minAvailable": 2}], "wants 2 healthy pods, and 2 are"),
        ([{"maxUnavailable": 0}], "wants 2 healthy pods, and 2 are"),
        ([{"maxUnavailable": "50%"}], ""),
        ([{"minAvailable": 1}, {"minAvailable": 1}], "several budgets select it"),
    ],
)
def test_evictions(limits: list[Line], why: str) -> None:
    """They are granted by the one budget that selects the pod, or forbidden."""
    budgets = [budget(f"b{n}", **each) for n, each in enumerate(limits)]
    there = [line("Node", "n", namespace=""), sized(2), pod("p1"), pod("p2")]
    found = nodes.judge(recording(*there, *budgets, ASKED, going("p1")))
    assert found.evictions == (not why)
    assert (found.wrong is not None) == bool(why)
    assert found.wrong is None or why in found.wrong.why[0]


def test_an_eviction_by_a_status_that_was_behind() -> None:
    """The API server noted it there while more seemed healthy than are wanted."""
    late = budget(minAvailable=2)
    late["object"]["status"] = {
        "desiredHealthy": 2,
        "currentHealthy": 3,
        "disruptedPods": {"p1": "2026-01-01T00:00:00Z"},
    }
    found = nodes.judge(recording(sized(2), pod("p1"), pod("p2"), late, ASKED, going("p1")))
    assert (found.wrong, len(found.behind)) == (None, 1)


def test_a_deletion_of_what_is_evicted_already() -> None:
    """It changes nothing, and is answered with the version that the eviction led to."""
    late = {**ASKED, "verb": "delete", "ts": "2026-01-01T00:00:09Z"}
    late |= {"subresource": None, "actor": "kube-controller-manager/generic-garbage-collector"}
    asked = {**ASKED, "ts": "2026-01-01T00:00:01Z"}
    gone = going("p1", "kube-controller-manager/generic-garbage-collector")
    gone["ts"] = "2026-01-01T00:00:02Z"
    there = [line("Node", "n", namespace=""), sized(2), pod("p1"), pod("p2")]
    found = nodes.judge(recording(*there, budget(minAvailable=1), asked, gone, late))
    assert (found.wrong, found.evictions, found.driven) == (None, 1, 0)


def test_the_status_of_a_budget_moves_on_before_the_pod_is_marked() -> None:
    """What it said when the eviction was noted counts."""
    noted = budget(minAvailable=2)
    noted["object"]["status"] = {
        "desiredHealthy": 2,
        "currentHealthy": 3,
        "disruptedPods": {"p1": "2026-01-01T00:00:00Z"},
    }
    later = budget(minAvailable=2, type="MODIFIED", actor="a/disruption-controller")
    later["object"]["status"] = {"desiredHealthy": 2, "currentHealthy": 1}
    found = nodes.judge(recording(sized(2), pod("p1"), pod("p2"), noted, later, ASKED, going("p1")))
    assert (found.wrong, len(found.behind)) == (None, 1)


TAINTED = {"spec": {"taints": [{"key": "k", "effect": "NoExecute"}]}}
URGENT = {"spec": {"priority": 9}, "status": {"nominatedNodeName": "n"}}
ENDING = {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}


@pytest.mark.parametrize(
    ("who", "there", "why"),
    [
        ("node-controller", line("Node", "n", TAINTED, namespace=""), ""),
        ("node-controller", line("Node", "n", namespace=""), "n has no taint"),
        ("generic-garbage-collector", line("Node", "n", namespace=""), ""),
        ("generic-garbage-collector", sized(1), "ReplicaSet/shop/r, which owns it, is there"),
        ("pod-garbage-collector", line("Node", "other", namespace=""), ""),
        ("pod-garbage-collector", line("Node", "n", namespace=""), "its node n is there"),
        ("namespace-controller", line("Namespace", "shop", ENDING, namespace=""), ""),
        ("namespace-controller", line("Namespace", "shop", namespace=""), "is not being deleted"),
        ("scheduler", line("Pod", "urgent", URGENT), ""),
        ("scheduler", line("Pod", "equal", {**URGENT, "spec": {"priority": 1}}), "no pod of a"),
        ("scheduler", line("Node", "n", namespace=""), "no pod of a higher priority"),
    ],
)
def test_who_may_delete_pods(who: str, there: Line, why: str) -> None:
    """Each controller for its own reason."""
    found = nodes.judge(recording(there, pod("p1"), going("p1", f"kube-controller-manager/{who}")))
    assert found.driven == (not why)
    assert (found.wrong is not None) == bool(why)
    assert found.wrong is None or why in found.wrong.why[0]


def test_a_conflict_that_nobody_had_explains_nothing() -> None:
    """A sync that makes a pod has a status to write, of one pod less; it ends without only if that
    is refused."""
    waits = {"spec": {"nodeName": None}, "status": {"phase": "Pending"}}
    made = [pod(n, type="ADDED", actor=f"kube-controller-manager/{REPORTS}") for n in ("p3", "p4")]
    for each in made:
        each["object"] = {**each["object"], **waits}
    there = [line("Node", "n", namespace=""), sized(2, availableReplicas=2), pod("p1"), pod("p2")]
    conflict = {
        "type": "REQUEST",
        "kind": "ReplicaSet",
        "namespace": "shop",
        "name": "r",
        "verb": "update",
        "subresource": "status",
        "actor": f"kube-controller-manager/{REPORTS}",
        "code": 409,
    }
    told = [going("p1", "kubectl"), made[0], going("p2", "kubectl"), made[1]]
    asked = {**conflict, "code": 200}
    assert follow(Path("run"), recording(*there, asked, *told)).outcomes[0].refusal is not None
    assert follow(Path("run"), recording(*there, conflict, *told)).admitted
