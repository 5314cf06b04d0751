"""Further ways in which a recording can be changed in one place: statuses, and pods of workloads
that are no Deployments (see `changes`)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

from tests.checker.following.lines import (
    Line,
    Lines,
    at,
    copied,
    inserted,
    is_by,
    is_of,
    is_ready,
    kept_up,
    line_before,
    put,
    same,
)

#: The counts of statuses that are looked at, and who writes them.
COUNTS = {
    "ReplicaSet": ("replicaset-controller", "readyReplicas availableReplicas"),
    "Deployment": ("deployment-controller", "replicas updatedReplicas unavailableReplicas"),
    "StatefulSet": ("statefulset-controller", "replicas readyReplicas updatedReplicas"),
    "DaemonSet": (
        "daemon-set-controller",
        "desiredNumberScheduled currentNumberScheduled numberReady numberUnavailable "
        "updatedNumberScheduled numberMisscheduled",
    ),
    "Job": ("job-controller", "active terminating succeeded failed"),
    "PodDisruptionBudget": ("disruption-controller", "currentHealthy expectedPods"),
}


def never_so(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A status counts one more than it ever did."""
    for kind, (who, fields) in COUNTS.items():
        for field in fields.split():
            told = [at(each, "status", field) or 0 for each in lines if is_of(each, kind)]
            never = max(told, default=0) + 1
            for index, line in enumerate(lines):
                before = line_before(lines, index) if is_of(line, kind, "MODIFIED") else None
                if before is None or not is_by(line, f"/{who}"):
                    continue
                if (at(before, "status", field) or 0) != (at(line, "status", field) or 0):
                    said = f"{kind} {line['name']} reports {field} {never}"
                    yield said, kept_up(lines, index, never, "status", field)


def other_run(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A CronJob says that another run began last, or that a Job succeeded that did not."""
    for index, line in enumerate(lines):
        before = line_before(lines, index) if is_of(line, "CronJob", "MODIFIED") else None
        for field in ("lastScheduleTime", "lastSuccessfulTime"):
            told = before is not None and at(line, "status", field)
            if told and told != at(before or {}, "status", field):
                said = f"{line['name']} says {field} 2001-01-01T00:00:00Z"
                yield said, kept_up(lines, index, "2001-01-01T00:00:00Z", "status", field)


def too_many_runs(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A CronJob's Job is made for a run before the one that is due."""
    for index, line in enumerate(lines):
        if is_of(line, "Job", "ADDED") and is_by(line, "/cronjob-controller"):
            name, _, minute = line["name"].rpartition("-")
            other = copied(line, name=f"{name}-{int(minute) - 7}")
            put(other, f"{at(line, 'metadata', 'uid')}-again", "metadata", "uid")
            yield f"{other['name']} is made as well", inserted(lines, index, other)


def _made(lines: Lines, kind: str) -> Iterator[tuple[int, Line]]:
    """The pods that the controller of a kind makes."""
    for index, line in enumerate(lines):
        owners = at(line, "metadata", "ownerReferences") if is_of(line, "Pod", "ADDED") else None
        if owners and owners[0]["kind"] == kind and "controller" in str(line.get("actor", "")):
            yield index, line


def beyond(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A StatefulSet's controller makes a pod beyond its replicas."""
    for index, line in _made(lines, "StatefulSet"):
        name = f"{line['name'].rpartition('-')[0]}-17"
        other = copied(line, name=name)
        put(other, f"{at(line, 'metadata', 'uid')}-again", "metadata", "uid")
        yield f"{name} is made", inserted(lines, index, other)


def early_pod(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod with an owner of a kind that is not there yet, or that is asked for no pods."""
    for kind in ("StatefulSet", "Job", "ReplicaSet"):
        field = "parallelism" if kind == "Job" else "replicas"
        for _, line in _made(lines, kind):
            name = at(line, "metadata", "ownerReferences")[0]["name"]
            result = copy.deepcopy(lines)
            for each in result:
                if is_of(each, kind) and each["name"] == name:
                    put(each, 0, "spec", field)
            yield f"{kind} {name} is asked for none", result
            break


def suspended(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A Job that is suspended all the time makes pods."""
    for name in dict.fromkeys(
        at(line, "metadata", "ownerReferences")[0]["name"] for _, line in _made(lines, "Job")
    ):
        result = copy.deepcopy(lines)
        for each in result:
            if is_of(each, "Job") and each["name"] == name:
                put(each, True, "spec", "suspend")
        yield f"Job {name} is suspended", result


def taken_back(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod that is being deleted is not being deleted any more."""
    for index, line in enumerate(lines):
        if not (is_of(line, "Pod", "MODIFIED") and at(line, "metadata", "deletionTimestamp")):
            continue
        before = line_before(lines, index)
        if before is not None and at(before, "metadata", "deletionTimestamp") is None:
            if not at(line, "spec", "nodeName"):
                continue
            back = copied(line, actor="kubelet/v1.36.3")
            put(back, None, "metadata", "deletionTimestamp")
            result = inserted(lines, index, back)
            for later in result[index + 2 :]:
                if same(back, later):
                    put(later, None, "metadata", "deletionTimestamp")
            yield f"{line['name']} is not deleted after all", result


def moved(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod that runs is on another node."""
    nodes = sorted({line["name"] for line in lines if is_of(line, "Node", "ADDED")})
    for index, line in enumerate(lines):
        before = line_before(lines, index) if is_of(line, "Pod", "MODIFIED") else None
        here = None if before is None else at(line, "spec", "nodeName")
        others = [name for name in nodes if name != here]
        if before is not None and here and at(before, "spec", "nodeName") == here and others:
            said = f"{line['name']} moves to {others[0]}"
            yield said, kept_up(lines, index, others[0], "spec", "nodeName")


def revived(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod that has ended runs again."""
    for index, line in enumerate(lines):
        before = line_before(lines, index) if is_of(line, "Pod", "MODIFIED") else None
        if before is None or at(line, "status", "phase") not in ("Succeeded", "Failed"):
            continue
        if at(before, "status", "phase") == "Running":
            again = copied(line, actor="kubelet/v1.36.3")
            put(again, "Running", "status", "phase")
            yield f"{line['name']} runs again", inserted(lines, index, again)


def other_owner(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A controller makes a pod for a ReplicaSet that has all that it is asked for, or none."""
    for index, line in _made(lines, "ReplicaSet"):
        own = at(line, "metadata", "ownerReferences")[0]
        for other in lines[:index]:
            if is_of(other, "ReplicaSet", "ADDED") and other["name"] != own["name"]:
                uid = at(other, "metadata", "uid")
                whose = [{**own, "name": other["name"], "uid": uid}]
                said = f"{line['name']} is made for {other['name']}"
                yield said, kept_up(lines, index, whose, "metadata", "ownerReferences")
                break


def other_revision(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod is made of a revision that is none of its workload's."""
    for kind in ("StatefulSet", "DaemonSet"):
        label = "controller-revision-hash"
        told = {at(line, "metadata", "labels").get(label) for _, line in _made(lines, kind)} - {
            None
        }
        for index, line in _made(lines, kind):
            mine = at(line, "metadata", "labels").get(label)
            for other in sorted(told - {mine}):
                labels = {**at(line, "metadata", "labels"), label: other}
                said = f"{line['name']} is of {other}"
                yield said, kept_up(lines, index, labels, "metadata", "labels")
                break


def over_at_once(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A Job is complete as soon as it has pods."""
    for index, line in enumerate(lines):
        before = line_before(lines, index) if is_of(line, "Job", "MODIFIED") else None
        if before is None or not is_by(line, "/job-controller") or at(line, "status", "conditions"):
            continue
        if not at(line, "status", "active"):
            continue
        done = [{"type": "Complete", "status": "True", "reason": "CompletionsReached"}]
        yield f"{line['name']} is complete", kept_up(lines, index, done, "status", "conditions")


def unready(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A controller reports a pod, not its kubelet."""
    for index, line in enumerate(lines):
        before = line_before(lines, index) if is_of(line, "Pod", "MODIFIED") else None
        if before is not None and is_ready(line) and not is_ready(before):
            result = copy.deepcopy(lines)
            result[index]["actor"] = "kube-controller-manager/replicaset-controller"
            yield f"{line['name']} is ready, says a controller", result


FURTHER: dict[str, Callable[[Lines], Iterator[tuple[str, Lines]]]] = {
    "never so": never_so,
    "other run": other_run,
    "too many runs": too_many_runs,
    "beyond its replicas": beyond,
    "asked for none": early_pod,
    "suspended": suspended,
    "taken back": taken_back,
    "moved": moved,
    "revived": revived,
    "other owner": other_owner,
    "other revision": other_revision,
    "over at once": over_at_once,
    "reported by a controller": unready,
}
