"""Recordings changed in one place, so that no control plane could have done what they say.

Each change takes the lines of a recording and yields ways in which it can be made, with what was
done; what a line says of an object is kept up in the lines after it, as far as they do not say
otherwise.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.checker.following.changed_objects import FURTHER
from tests.checker.following.lines import (
    CHANGES_OF_STORE,
    Line,
    Lines,
    at,
    copied,
    going,
    inserted,
    is_by,
    is_of,
    is_ready,
    kept_up,
    line_before,
    put,
    same,
)


class Changed(NamedTuple):
    """A changed recording."""

    kind: str
    said: str
    lines: Lines


def changes(lines: Lines) -> Iterator[Changed]:
    """Every change of every kind."""
    apart = _spread(lines)
    for kind, make in {**KINDS, **FURTHER}.items():
        for said, found in make(apart):
            yield Changed(kind, said, found)


def _spread(lines: Lines) -> Lines:
    """With room between the versions."""
    result = copy.deepcopy(lines)
    for line in result:
        if "resourceVersion" in line:
            line["resourceVersion"] = str(int(line["resourceVersion"]) * 10)
    return result


# -- kinds of changes ----------------------------------------------------------------------------
def _bindings(lines: Lines) -> Iterator[tuple[int, str]]:
    for index, line in enumerate(lines):
        if is_of(line, "Pod", "MODIFIED") and at(line, "spec", "nodeName"):
            before = line_before(lines, index)
            if before is not None and not at(before, "spec", "nodeName"):
                yield index, at(line, "spec", "nodeName")


def _on(lines: Lines, index: int, node: str) -> int:
    """How many pods are on a node before a line."""
    latest: dict[tuple[str, str], Line] = {}
    for line in sorted(
        (each for each in lines if is_of(each, "Pod")),
        key=lambda each: int(each["resourceVersion"]),
    ):
        if int(line["resourceVersion"]) < int(lines[index]["resourceVersion"]):
            latest[line.get("namespace", ""), line["name"]] = line
    return sum(
        line["type"] != "DELETED"
        and at(line, "spec", "nodeName") == node
        and at(line, "status", "phase") not in ("Succeeded", "Failed")
        for line in latest.values()
    )


def full_node(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod is bound to a node that has no room for it."""
    for index, node in _bindings(lines):
        taken = _on(lines, index, node)
        result = copy.deepcopy(lines)
        for line in result:
            if is_of(line, "Node") and line["name"] == node:
                put(line, str(taken), "status", "allocatable", "pods")
        yield f"{node} has room for {taken} pods, {lines[index]['name']} is one more", result


def other_node(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod is bound to a node that is not there."""
    for index, _ in _bindings(lines):
        yield (
            f"{lines[index]['name']} is bound to node-99",
            kept_up(lines, index, "node-99", "spec", "nodeName"),
        )


def cordoned_node(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod is bound to a node that was always cordoned, which is nothing to a DaemonSet's."""
    for index, node in _bindings(lines):
        if _owner(lines[index]).get("kind") == "DaemonSet":
            continue
        result = copy.deepcopy(lines)
        for line in result:
            if is_of(line, "Node") and line["name"] == node:
                put(line, True, "spec", "unschedulable")
        yield f"{node} is cordoned, {lines[index]['name']} is bound to it", result


def _owner(pod: Line) -> Line:
    owners: Lines = at(pod, "metadata", "ownerReferences") or [{}]
    return owners[0]


def no_binding(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod starts without having been bound."""
    for index, _ in _bindings(lines):
        result = copy.deepcopy(lines)
        del result[index]
        yield f"{lines[index]['name']} is never bound", result


def _scalings(lines: Lines) -> Iterator[tuple[int, int, int]]:
    for index, line in enumerate(lines):
        if is_of(line, "ReplicaSet", "MODIFIED") and is_by(line, "/deployment-controller"):
            before = line_before(lines, index)
            if before is not None:
                old, new = at(before, "spec", "replicas"), at(line, "spec", "replicas")
                if old != new:
                    yield index, old, new


def too_low(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A ReplicaSet is scaled down by one too many."""
    for index, old, new in _scalings(lines):
        if 0 < new < old:
            said = f"{lines[index]['name']} is scaled from {old} to {new - 1}, not {new}"
            yield said, kept_up(lines, index, new - 1, "spec", "replicas")


def too_high(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A ReplicaSet is scaled up by one too many."""
    for index, old, new in _scalings(lines):
        if old < new:
            said = f"{lines[index]['name']} is scaled from {old} to {new + 1}, not {new}"
            yield said, kept_up(lines, index, new + 1, "spec", "replicas")


def not_scaled(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A ReplicaSet is not scaled, and its pods come and go as if it were: one is made before it is
    scaled again, or none is gone yet, or else a cache that lists one that is gone would explain
    that another one goes."""
    for index, old, new in _scalings(lines):
        name, until = lines[index]["name"], len(lines)
        for later in range(index + 1, len(lines)):
            same_one = is_of(lines[later], "ReplicaSet") and same(lines[index], lines[later])
            if same_one and at(lines[later], "spec", "replicas") != new:
                until = later
                break
        made = any(_tells(line, "ADDED", name) for line in lines[index:until])
        gone = any(_tells(line, "DELETED", name) for line in lines[:index])
        if made if old < new else not gone:
            said = f"{name} stays at {old}, where it was scaled to {new}"
            yield said, kept_up(lines, index, old, "spec", "replicas")


def _tells(line: Line, type: str, replicaset: str) -> bool:
    """Whether a line tells that of a pod of a ReplicaSet."""
    return is_of(line, "Pod", type) and _owner(line).get("name") == replicaset


def false_status(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A ReplicaSet reports more available pods than it ever had."""
    most: dict[str, int] = {}
    for line in lines:
        if is_of(line, "ReplicaSet"):
            here = at(line, "status", "availableReplicas") or 0
            most[line["name"]] = max(most.get(line["name"], 0), here)
    for index, line in enumerate(lines):
        if is_of(line, "ReplicaSet", "MODIFIED") and is_by(line, "/replicaset-controller"):
            before, now = line_before(lines, index), at(line, "status", "availableReplicas") or 0
            if before is not None and (at(before, "status", "availableReplicas") or 0) != now:
                never = most[line["name"]] + 1
                said = f"{line['name']} reports {never} available, not {now}"
                yield said, kept_up(lines, index, never, "status", "availableReplicas")


def false_counts(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A status counts one pod more than there ever was, in a field that decides nothing."""
    fields = {"ReplicaSet": "readyReplicas", "Deployment": "availableReplicas"}
    for kind, field in fields.items():
        told = [at(each, "status", field) or 0 for each in lines if is_of(each, kind)]
        never = max(told, default=0) + 1
        for index, line in enumerate(lines):
            before = line_before(lines, index) if is_of(line, kind, "MODIFIED") else None
            if before is None or not is_by(line, f"/{kind.lower()}-controller"):
                continue
            if (at(before, "status", field) or 0) != (at(line, "status", field) or 0):
                said = f"{line['name']} reports {field} {never}"
                yield said, kept_up(lines, index, never, "status", field)


def twice(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod is created twice."""
    for index, line in enumerate(lines):
        if is_of(line, "Pod", "ADDED") and "controller" in str(line.get("actor", "")):
            other = copied(line, name=f"{line['name']}-again")
            put(other, f"{at(line, 'metadata', 'uid')}-again", "metadata", "uid")
            yield f"{line['name']} is made twice", inserted(lines, index, other)


def second_replicaset(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A ReplicaSet is created twice."""
    for index, line in enumerate(lines):
        if is_of(line, "ReplicaSet", "ADDED") and is_by(line, "/deployment-controller"):
            other = copied(line, name=f"{line['name']}-again")
            put(other, f"{at(line, 'metadata', 'uid')}-again", "metadata", "uid")
            yield f"{line['name']} is made twice", inserted(lines, index, other)


def needless_deletion(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A controller deletes a pod although as many are there as are asked for."""
    for index, line in enumerate(lines):
        if not (is_of(line, "ReplicaSet", "MODIFIED") and is_by(line, "/replicaset-controller")):
            continue
        asked = at(line, "spec", "replicas")
        if not asked or at(line, "status", "availableReplicas") != asked:
            continue
        pods = _living(lines, index, line["name"])
        if len(pods) != asked or not all(map(is_ready, pods)):
            continue
        gone = copied(pods[0], type="MODIFIED", actor=line["actor"], ts=line["ts"])
        gone["resourceVersion"] = str(int(line["resourceVersion"]) + 1)
        result = going(gone, inserted(lines, index, gone), index)
        yield f"{gone['name']} is deleted, and {asked} of {asked} are there", result


def _living(lines: Lines, index: int, replicaset: str) -> Lines:
    """The pods of a ReplicaSet after a line, as they are then."""
    latest: dict[str, Line] = {}
    for line in lines[: index + 1]:
        owners = line.get("type") in CHANGES_OF_STORE and at(line, "metadata", "ownerReferences")
        if is_of(line, "Pod") and owners and owners[0]["name"] == replicaset:
            latest[at(line, "metadata", "uid")] = line
    return [
        line
        for line in latest.values()
        if line["type"] != "DELETED" and at(line, "metadata", "deletionTimestamp") is None
    ]


def wrong_pod(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A StatefulSet or DaemonSet controller deletes a ready pod where it deletes nothing."""
    for index, line in enumerate(lines):
        if not (is_of(line, "Pod", "MODIFIED") and is_ready(line)):
            continue
        who = _CONTROLLERS.get(_owner(line).get("kind", ""))
        before = line_before(lines, index)
        if who is None or before is None or is_ready(before):
            continue
        gone = copied(line, actor=f"kube-controller-manager/{who}")
        result = going(gone, inserted(lines, index, gone), index)
        yield f"{gone['name']} is deleted as soon as it is ready", result


_CONTROLLERS = {"StatefulSet": "statefulset-controller", "DaemonSet": "daemon-set-controller"}


def driven_off(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A ready pod is deleted by those who drive pods off nodes, or collect what nobody owns."""
    for index, line in enumerate(lines):
        before = (
            line_before(lines, index) if is_of(line, "Pod", "MODIFIED") and is_ready(line) else None
        )
        if before is None or is_ready(before):
            continue
        for who in ("node-controller", "generic-garbage-collector"):
            gone = copied(line, actor=f"kube-controller-manager/{who}")
            result = going(gone, inserted(lines, index, gone), index)
            yield f"{gone['name']} is deleted by the {who}", result


def vanished(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A kubelet takes away a pod that nobody deleted."""
    for index, line in enumerate(lines):
        if (
            is_of(line, "Pod", "MODIFIED")
            and is_ready(line)
            and "kubelet" in str(line.get("actor"))
        ):
            gone = copied(line, type="DELETED")
            rest = [each for each in lines[index + 1 :] if not same(line, each)]
            yield f"{line['name']} is gone", [*lines[: index + 1], gone, *rest]


def other_actor(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod is created by the scheduler, a ReplicaSet scaled by a kubelet."""
    for index, line in enumerate(lines):
        if is_of(line, "Pod", "ADDED") and "controller" in str(line.get("actor", "")):
            who = "kube-scheduler/scheduler"
        elif is_of(line, "ReplicaSet", "ADDED") and is_by(line, "/deployment-controller"):
            who = "kubelet/node-1"
        else:
            continue
        result = copy.deepcopy(lines)
        result[index]["actor"] = who
        yield f"{line['name']} is made by {who}", result


def forbidden_eviction(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """An eviction is granted that was refused."""
    for index, line in enumerate(lines):
        refused = line["type"] == "REQUEST" and line.get("subresource") == "eviction"
        if not refused or line.get("code") != 429:
            continue
        known = [
            each
            for each in lines[:index]
            if is_of(each, "Pod")
            and (each["name"], each.get("namespace")) == (line["name"], line.get("namespace"))
        ]
        if not known or not is_ready(known[-1]):
            continue
        asked = {**copy.deepcopy(line), "code": 201}
        # The newest version before the request.
        last = max(
            (
                int(each["resourceVersion"])
                for each in lines[:index]
                if each["type"] != "REQUEST" and "resourceVersion" in each
            ),
            default=0,
        )
        gone = copied(known[-1], type="MODIFIED", actor="", ts=line["ts"])
        gone["resourceVersion"] = str(last + 1)
        result = [*copy.deepcopy(lines[:index]), asked, gone, *copy.deepcopy(lines[index + 1 :])]
        result = going(gone, result, index)
        yield f"{line['name']} is evicted all the same", result


KINDS: dict[str, Callable[[Lines], Iterator[tuple[str, Lines]]]] = {
    "full node": full_node,
    "other node": other_node,
    "cordoned node": cordoned_node,
    "no binding": no_binding,
    "scaled too low": too_low,
    "scaled too high": too_high,
    "not scaled": not_scaled,
    "false status": false_status,
    "false counts": false_counts,
    "pod twice": twice,
    "ReplicaSet twice": second_replicaset,
    "needless deletion": needless_deletion,
    "wrong pod": wrong_pod,
    "driven off": driven_off,
    "vanished": vanished,
    "other actor": other_actor,
    "forbidden eviction": forbidden_eviction,
}
