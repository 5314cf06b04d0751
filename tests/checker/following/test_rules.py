"""What is judged by rules on numbers alone: evictions, who drives pods off, and counts in statuses.
Recordings by hand, of a few lines."""

import json
from pathlib import Path
from typing import Any

import pytest

from checker.following import nodes, statuses
from checker.following.command import follow
from checker.following.recording import Recording, parsed

Line = dict[str, Any]


def recording(*lines: Line) -> Recording:
    """The lines, with versions in their order."""
    texts = (json.dumps({**line, "resourceVersion": str(n)}) for n, line in enumerate(lines, 1))
    return parsed(enumerate(texts, 1))


def line(kind: str, name: str, given: Line | None = None, **more: Any) -> Line:
    """An object that is there at the start, unless `more` says otherwise."""
    body = {"metadata": {}, **(given or {})}
    body["metadata"] = {"uid": f"u-{name}", **body["metadata"]}
    return {"type": "ADDED", "kind": kind, "namespace": "shop", "name": name, "object": body} | more


def pod(name: str, *, ready: bool = True, owner: str = "r", **more: Any) -> Line:
    """A pod of ReplicaSet `owner` on node n."""
    owners = [{"kind": "ReplicaSet", "name": owner, "uid": f"u-{owner}", "controller": True}]
    told = {
        "metadata": {"labels": {"app": "web"}, "ownerReferences": owners},
        "spec": {"nodeName": "n", "priority": 1},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]},
    }
    return line("Pod", name, told, **more)


def going(name: str, who: str = "") -> Line:
    """That somebody deletes the pod."""
    found = pod(name, type="MODIFIED", actor=who)
    found["object"]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return found


def sized(asked: int, *, who: str = "", **counts: int) -> Line:
    """ReplicaSet r as its controller writes it, or as it is at the start."""
    given = {"spec": {"replicas": asked}, "status": counts}
    more = {"type": "MODIFIED", "actor": f"kube-controller-manager/{who}"} if who else {}
    return line("ReplicaSet", "r", given, **more)


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


def budget(name: str = "b", type: str = "ADDED", actor: str = "", **limits: Any) -> Line:
    spec = {"selector": {"matchLabels": {"app": "web"}}, **limits}
    return line("PodDisruptionBudget", name, {"spec": spec}, type=type, actor=actor)


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


REPORTS = "replicaset-controller"


@pytest.mark.parametrize(
    ("reports", "true"),
    [
        # A cache may lag, so what was true a while ago may be told.
        ([(2, 2)], 1),
        ([(2, 1)], 1),
        ([(2, 1), (2, 2)], 2),
        # Nothing is told again that was so before what was told last.
        ([(2, 2), (2, 1)], 1),
        ([(3, 2)], 0),
        ([(2, 3)], 0),
    ],
)
def test_counts_of_a_replicaset(reports: list[tuple[int, int]], true: int) -> None:
    """Two pods, of which first one and then both are ready."""
    start = sized(2, replicas=2)
    told = [
        pod("p1", ready=False, actor="a"),
        pod("p2", actor="a"),
        pod("p1", type="MODIFIED", actor="kubelet"),
        *(sized(2, who=REPORTS, replicas=all_, readyReplicas=n) for all_, n in reports),
    ]
    found = statuses.judge(recording(start, *told))
    assert found.statuses == true
    assert (found.wrong is None) == (true == len(reports))


@pytest.mark.parametrize(("available", "true"), [(1, True), (2, False)])
def test_counts_of_a_deployment(available: int, true: bool) -> None:
    """What its ReplicaSets' statuses say."""
    own = {"metadata": {"ownerReferences": [{"kind": "Deployment", "uid": "u-web"}]}}
    part = line("ReplicaSet", "r", {**own, "status": {"availableReplicas": 0}})
    after = line(
        "ReplicaSet", "r", {**own, "status": {"availableReplicas": 1}}, type="MODIFIED", actor="a/x"
    )
    status = {"status": {"availableReplicas": available}}
    who = "kube-controller-manager/deployment-controller"
    report = line("Deployment", "web", status, type="MODIFIED", actor=who)
    found = statuses.judge(recording(line("Deployment", "web"), part, after, report))
    assert (found.wrong is None, found.statuses) == (true, int(true))


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


@pytest.mark.parametrize(("reports", "true"), [([1, 2], 2), ([2], 1), ([2, 1], 1), ([3], 0)])
def test_counts_of_a_statefulset(reports: list[int], true: int) -> None:
    """Two pods become ready; one that is being deleted counts as long as it is."""

    def told(name: str, *, ready: bool, type: str) -> Line:
        found = pod(name, ready=ready, owner="db", type=type, actor="a/kubelet")
        found["object"]["metadata"]["ownerReferences"][0]["kind"] = "StatefulSet"
        return found

    def status(ready: int) -> Line:
        counts = {"status": {"readyReplicas": ready, "availableReplicas": ready}}
        who = "kube-controller-manager/statefulset-controller"
        return line("StatefulSet", "db", counts, type="MODIFIED", actor=who)

    first = [told(name, ready=False, type="ADDED") for name in ("db-0", "db-1")]
    later = [told(name, ready=True, type="MODIFIED") for name in ("db-0", "db-1")]
    later[1]["object"]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    lines = [line("StatefulSet", "db"), *first, *later, *map(status, reports)]
    found = statuses.judge(recording(*lines))
    assert found.statuses == true
    assert (found.wrong is None) == (true == len(reports))


@pytest.mark.parametrize(("available", "true"), [(2, True), (3, False)])
def test_counts_of_what_is_being_deleted(available: int, true: bool) -> None:
    """They are counts of its pods still."""
    there = [sized(2, replicas=2), pod("p1", actor="a"), pod("p2", actor="a")]
    counts = {"replicas": 2, "readyReplicas": 2, "availableReplicas": available}
    report = sized(2, who=REPORTS, **counts)
    report["object"]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    found = statuses.judge(recording(*there, report))
    assert (found.wrong is None, found.statuses) == (true, int(true))


@pytest.mark.parametrize(("healthy", "expected", "allowed"), [(3, 3, 1), (1, 3, 0), (3, 0, 0)])
@pytest.mark.parametrize("more", [0, 1])
def test_the_status_of_a_budget_agrees_with_itself(
    healthy: int, expected: int, allowed: int, more: int
) -> None:
    who = "kube-controller-manager/disruption-controller"
    report = budget(type="MODIFIED", actor=who, minAvailable=2)
    report["object"]["status"] = {
        "currentHealthy": healthy,
        "desiredHealthy": 2,
        "expectedPods": expected,
        "disruptionsAllowed": allowed + more,
    }
    found = statuses.judge(recording(budget(minAvailable=2), report))
    assert (found.wrong is None) == (not more)
    assert found.statuses == (not more)
