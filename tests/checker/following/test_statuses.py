"""Statuses: whether they were ever true, by kind."""

from typing import Any

import pytest

from checker.following import crons, statuses
from tests.checker.following.by_hand import REPORTS, Line, budget, line, pod, recording, sized


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


@pytest.mark.parametrize("ready", [3, 1, 0])
@pytest.mark.parametrize(
    ("field", "more"),
    [("", 0), ("currentHealthy", 1), ("expectedPods", 1), ("disruptionsAllowed", 1)],
)
def test_the_status_of_a_budget(ready: int, field: str, more: int) -> None:
    """What it counts are the pods that it selects, and it agrees with itself."""
    pods = [pod(f"p{n}", ready=n < ready, type="ADDED", actor="a") for n in range(3)]
    report = budget(type="MODIFIED", actor="kube-controller-manager/disruption-controller")
    report["object"]["spec"]["minAvailable"] = 2
    status = {
        "currentHealthy": ready,
        "desiredHealthy": 2,
        "expectedPods": 3,
        "disruptionsAllowed": max(0, ready - 2),
    }
    if field:
        status[field] += more
    report["object"]["status"] = status
    found = statuses.judge(recording(budget(minAvailable=2), *pods, report))
    assert (found.wrong is None) == (not field)
    assert found.statuses == (not field)


def test_a_budget_of_a_kind_without_a_scale() -> None:
    """Its controller writes that nothing may go, whatever else the status says."""
    report = budget(type="MODIFIED", actor="kube-controller-manager/disruption-controller")
    report["object"]["spec"]["maxUnavailable"] = 1
    failed = {"type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed"}
    status = {"currentHealthy": 7, "desiredHealthy": 2, "expectedPods": 7, "conditions": [failed]}
    report["object"]["status"] = status
    found = statuses.judge(recording(budget(maxUnavailable=1), pod("p1"), report))
    assert (found.wrong, found.statuses) == (None, 1)


def daemon(who: str = "", **counts: int) -> Line:
    """DaemonSet r as its controller writes it, or as it is at the start."""
    names = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "numberUnavailable")
    status = {**dict.fromkeys(names, 0), **counts}
    more = {"type": "MODIFIED", "actor": f"kube-controller-manager/{who}"} if who else {}
    return line("DaemonSet", "r", {"status": status}, **more)


def of_daemon(name: str, *, ready: bool) -> Line:
    found = pod(name, ready=ready, actor="a")
    found["object"]["metadata"]["ownerReferences"][0]["kind"] = "DaemonSet"
    return found


@pytest.mark.parametrize(
    ("counts", "true"),
    [
        ((1, 1, 1, 0), True),
        # Of the cache of nodes and of that of pods each may be behind.
        ((2, 1, 1, 1), True),
        ((2, 0, 0, 2), True),
        # What is wanted and not available is unavailable.
        ((2, 1, 1, 0), False),
        ((1, 1, 0, 1), False),
        ((3, 1, 1, 2), False),
    ],
)
def test_counts_of_a_daemonset(counts: tuple[int, int, int, int], true: bool) -> None:
    """One of two nodes has a ready pod, and then the other one is cordoned for daemons."""
    wanted, current, ready, lacking = counts
    taint = {"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}}
    report = daemon(
        "daemon-set-controller",
        desiredNumberScheduled=wanted,
        currentNumberScheduled=current,
        numberReady=ready,
        numberAvailable=ready,
        numberUnavailable=lacking,
    )
    told = [
        line("Node", "n", namespace=""),
        line("Node", "m", namespace=""),
        daemon(),
        of_daemon("p1", ready=True),
        line("Node", "m", taint, namespace="", type="MODIFIED", actor="kubectl"),
        report,
    ]
    found = statuses.judge(recording(*told))
    assert (found.wrong is None, found.statuses) == (true, int(true))


def job(who: str = "", **counts: int) -> Line:
    """Job r as its controller writes it, or as it is made."""
    more = {
        "type": "MODIFIED" if who else "ADDED",
        "actor": f"kube-controller-manager/{who or 'x'}",
    }
    return line("Job", "r", {"status": counts, "spec": {"parallelism": 2}}, **more)


def of_job(name: str, phase: str, type: str, actor: str) -> Line:
    found = pod(name, ready=False, type=type, actor=f"kube-controller-manager/{actor}")
    found["object"]["metadata"]["ownerReferences"][0]["kind"] = "Job"
    found["object"]["status"]["phase"] = phase
    return found


@pytest.mark.parametrize(
    ("counts", "true"),
    [
        # A sync counts what it has made, whatever its cache shows.
        ({"active": 2}, True),
        ({"active": 1, "failed": 1}, True),
        ({"active": 3}, False),
        ({"active": 2, "failed": 1}, False),
        ({"active": 1, "succeeded": 1}, False),
        ({"active": 1, "terminating": 1}, False),
    ],
)
def test_counts_of_a_job(counts: dict[str, int], true: bool) -> None:
    """Its controller makes two pods, of which one fails meanwhile."""
    who = "job-controller"
    there = line("Node", "n", namespace="")
    told = [
        of_job("p1", "Pending", "ADDED", who),
        of_job("p1", "Failed", "MODIFIED", "kubelet"),
        of_job("p2", "Pending", "ADDED", who),
    ]
    report = job(who, **{"active": 0, "succeeded": 0, "failed": 0, "terminating": 0} | counts)
    found = statuses.judge(recording(there, job(), *told, report))
    assert (found.wrong is None, found.statuses) == (true, int(true))


def test_what_is_seen_is_there() -> None:
    """No controller has seen a generation that there is not."""
    report = sized(2, who=REPORTS, replicas=2, observedGeneration=3)
    report["object"]["metadata"]["generation"] = 2
    found = statuses.judge(recording(sized(2, replicas=2), report))
    assert found.wrong is not None
    assert found.wrong.said == "says that it has seen generation 3"


RUNS = [f"2026-01-01T00:0{n}:00Z" for n in range(3)]


def cron_job(who: str = "", **status: object) -> Line:
    """CronJob c as its controller writes it, or as it is at the start."""
    spec = {"schedule": "* * * * *"}
    given = {"spec": spec, "status": status, "metadata": {"creationTimestamp": RUNS[0]}}
    more = {"type": "MODIFIED", "actor": f"kube-controller-manager/{who}"} if who else {}
    return line("CronJob", "c", given, **more)


def its_job(minute: int, *, completed: str = "", **more: Any) -> Line:
    """The Job of a run, which may be over."""
    owners = [{"kind": "CronJob", "name": "c", "uid": "u-c", "controller": True}]
    done = [{"type": "Complete", "status": "True"}] if completed else []
    status = {"conditions": done, **({"completionTime": completed} if completed else {})}
    name = f"c-{29453760 + minute}"
    return line("Job", name, {"metadata": {"ownerReferences": owners}, "status": status}, **more)


def active(*minutes: int) -> list[Line]:
    return [{"name": f"c-{29453760 + n}", "uid": f"u-c-{29453760 + n}"} for n in minutes]


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ({"active": active(1), "lastScheduleTime": RUNS[1]}, ""),
        ({"active": [], "lastSuccessfulTime": "2026-01-01T00:00:30Z"}, ""),
        ({"active": active(0, 1), "lastScheduleTime": RUNS[0]}, "is not that of its last run"),
        ({"active": active(0, 7), "lastScheduleTime": RUNS[1]}, "which it did not make"),
        ({"active": [], "lastScheduleTime": RUNS[1]}, "lists none"),
        ({"active": active(0), "lastScheduleTime": RUNS[2]}, "no Job was made for the run"),
        ({"active": active(0), "lastSuccessfulTime": RUNS[2]}, "none of its Jobs succeeded"),
    ],
)
def test_the_status_of_a_cronjob(status: Line, why: str) -> None:
    """The Job of one run is over, that of the next one is there."""
    there = [
        cron_job(active=active(0), lastScheduleTime=RUNS[0]),
        its_job(0, completed="2026-01-01T00:00:30Z"),
        its_job(1),
    ]
    report = cron_job("cronjob-controller", **{"lastScheduleTime": RUNS[0], **status})
    found = crons.judge(recording(*there, report))
    assert (found.wrong is None, found.statuses) == (not why, int(not why))
    assert found.wrong is None or any(why in each for each in found.wrong.why)


def test_a_cronjob_that_forgets_a_job_that_runs() -> None:
    """Only what is over or gone is taken off the list."""
    there = [cron_job(active=active(1), lastScheduleTime=RUNS[1]), its_job(1)]
    report = cron_job("cronjob-controller", active=[], lastScheduleTime=RUNS[1])
    found = crons.judge(recording(*there, report))
    assert found.wrong is not None
    assert found.wrong.why == ("it lists c-29453761 no more, which runs",)
