"""Recordings changed in one place, so that no control plane could have done what they say.

Each change takes the lines of a recording and yields ways in which it can be made, with what was
done; what a line says of an object is kept up in the lines after it, as far as they do not say
otherwise.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

Line = dict[str, Any]
Lines = list[Line]

CHANGES_OF_STORE = ("ADDED", "MODIFIED", "DELETED")


class Changed(NamedTuple):
    """A changed recording."""

    kind: str
    said: str
    lines: Lines


def changes(lines: Lines) -> Iterator[Changed]:
    """Every change of every kind."""
    spread = _spread(lines)
    for kind, make in KINDS.items():
        for said, found in make(spread):
            yield Changed(kind, said, found)


def _spread(lines: Lines) -> Lines:
    """With room between the versions."""
    result = copy.deepcopy(lines)
    for line in result:
        if "resourceVersion" in line:
            line["resourceVersion"] = str(int(line["resourceVersion"]) * 10)
    return result


# -- lines ---------------------------------------------------------------------------------------
def _is(line: Line, kind: str, *types: str) -> bool:
    return line["type"] in (types or CHANGES_OF_STORE) and line.get("kind") == kind


def _same(one: Line, other: Line) -> bool:
    return (
        other["type"] in CHANGES_OF_STORE
        and (one["kind"], one.get("namespace"), one["name"])
        == (other["kind"], other.get("namespace"), other["name"])
        and _at(one, "metadata", "uid") == _at(other, "metadata", "uid")
    )


def _at(line: Line, *path: str) -> Any:
    found: Any = line["object"]
    for name in path:
        found = (found or {}).get(name)
    return found


def _put(line: Line, value: Any, *path: str) -> None:
    found = line["object"]
    for name in path[:-1]:
        if found.get(name) is None:
            found[name] = {}
        found = found[name]
    found[path[-1]] = value


def _before(lines: Lines, index: int) -> Line | None:
    """The line that told the same object last."""
    for line in reversed(lines[:index]):
        if _same(lines[index], line):
            return line
    return None


def _kept_up(lines: Lines, index: int, value: Any, *path: str) -> Lines:
    """With another value of a field from a line on, until it changes."""
    result = copy.deepcopy(lines)
    old = _at(lines[index], *path)
    for line in result[index:]:
        if _same(lines[index], line):
            if _at(line, *path) != old:
                break
            _put(line, value, *path)
    return result


def _inserted(lines: Lines, index: int, line: Line) -> Lines:
    """With a line after another one, later by one version."""
    result = copy.deepcopy(lines)
    result.insert(index + 1, line)
    return result


def _copied(line: Line, **given: Any) -> Line:
    result = copy.deepcopy(line)
    result["resourceVersion"] = str(int(line["resourceVersion"]) + 1)
    result.update(given)
    return result


def _going(gone: Line, result: Lines, index: int) -> Lines:
    """With a pod deleted by the line `gone` after another one, and so from there on."""
    _put(gone, gone["ts"], "metadata", "deletionTimestamp")
    for later in result[index + 2 :]:
        if _same(gone, later):
            _put(later, gone["ts"], "metadata", "deletionTimestamp")
    return result


def _ready(line: Line) -> bool:
    conditions = _at(line, "status", "conditions") or []
    going = _at(line, "metadata", "deletionTimestamp") is not None
    return not going and any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _by(line: Line, who: str) -> bool:
    return str(line.get("actor", "")).endswith(who)


# -- kinds of changes ----------------------------------------------------------------------------
def _bindings(lines: Lines) -> Iterator[tuple[int, str]]:
    for index, line in enumerate(lines):
        if _is(line, "Pod", "MODIFIED") and _at(line, "spec", "nodeName"):
            before = _before(lines, index)
            if before is not None and not _at(before, "spec", "nodeName"):
                yield index, _at(line, "spec", "nodeName")


def _on(lines: Lines, index: int, node: str) -> int:
    """How many pods are on a node before a line."""
    latest: dict[tuple[str, str], Line] = {}
    for line in sorted(
        (each for each in lines if _is(each, "Pod")), key=lambda each: int(each["resourceVersion"])
    ):
        if int(line["resourceVersion"]) < int(lines[index]["resourceVersion"]):
            latest[line.get("namespace", ""), line["name"]] = line
    return sum(
        line["type"] != "DELETED"
        and _at(line, "spec", "nodeName") == node
        and _at(line, "status", "phase") not in ("Succeeded", "Failed")
        for line in latest.values()
    )


def full_node(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod is bound to a node that has no room for it."""
    for index, node in _bindings(lines):
        taken = _on(lines, index, node)
        result = copy.deepcopy(lines)
        for line in result:
            if _is(line, "Node") and line["name"] == node:
                _put(line, str(taken), "status", "allocatable", "pods")
        yield f"{node} has room for {taken} pods, {lines[index]['name']} is one more", result


def other_node(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod is bound to a node that is not there."""
    for index, _ in _bindings(lines):
        yield (
            f"{lines[index]['name']} is bound to node-99",
            _kept_up(lines, index, "node-99", "spec", "nodeName"),
        )


def cordoned_node(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod is bound to a node that was always cordoned."""
    for index, node in _bindings(lines):
        result = copy.deepcopy(lines)
        for line in result:
            if _is(line, "Node") and line["name"] == node:
                _put(line, True, "spec", "unschedulable")
        yield f"{node} is cordoned, {lines[index]['name']} is bound to it", result


def no_binding(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod starts without having been bound."""
    for index, _ in _bindings(lines):
        result = copy.deepcopy(lines)
        del result[index]
        yield f"{lines[index]['name']} is never bound", result


def _scalings(lines: Lines) -> Iterator[tuple[int, int, int]]:
    for index, line in enumerate(lines):
        if _is(line, "ReplicaSet", "MODIFIED") and _by(line, "/deployment-controller"):
            before = _before(lines, index)
            if before is not None:
                old, new = _at(before, "spec", "replicas"), _at(line, "spec", "replicas")
                if old != new:
                    yield index, old, new


def too_low(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A ReplicaSet is scaled down by one too many."""
    for index, old, new in _scalings(lines):
        if 0 < new < old:
            said = f"{lines[index]['name']} is scaled from {old} to {new - 1}, not {new}"
            yield said, _kept_up(lines, index, new - 1, "spec", "replicas")


def too_high(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A ReplicaSet is scaled up by one too many."""
    for index, old, new in _scalings(lines):
        if old < new:
            said = f"{lines[index]['name']} is scaled from {old} to {new + 1}, not {new}"
            yield said, _kept_up(lines, index, new + 1, "spec", "replicas")


def not_scaled(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A ReplicaSet is not scaled, and its pods come and go as if it were."""
    for index, old, new in _scalings(lines):
        said = f"{lines[index]['name']} stays at {old}, where it was scaled to {new}"
        yield said, _kept_up(lines, index, old, "spec", "replicas")


def false_status(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A ReplicaSet reports more available pods than it ever had."""
    most: dict[str, int] = {}
    for line in lines:
        if _is(line, "ReplicaSet"):
            here = _at(line, "status", "availableReplicas") or 0
            most[line["name"]] = max(most.get(line["name"], 0), here)
    for index, line in enumerate(lines):
        if _is(line, "ReplicaSet", "MODIFIED") and _by(line, "/replicaset-controller"):
            before, now = _before(lines, index), _at(line, "status", "availableReplicas") or 0
            if before is not None and (_at(before, "status", "availableReplicas") or 0) != now:
                never = most[line["name"]] + 1
                said = f"{line['name']} reports {never} available, not {now}"
                yield said, _kept_up(lines, index, never, "status", "availableReplicas")


def false_counts(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A status counts one pod more than there ever was, in a field that decides nothing."""
    fields = {"ReplicaSet": "readyReplicas", "Deployment": "availableReplicas"}
    for kind, field in fields.items():
        told = [_at(each, "status", field) or 0 for each in lines if _is(each, kind)]
        never = max(told, default=0) + 1
        for index, line in enumerate(lines):
            before = _before(lines, index) if _is(line, kind, "MODIFIED") else None
            if before is None or not _by(line, f"/{kind.lower()}-controller"):
                continue
            if (_at(before, "status", field) or 0) != (_at(line, "status", field) or 0):
                said = f"{line['name']} reports {field} {never}"
                yield said, _kept_up(lines, index, never, "status", field)


def twice(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod is created twice."""
    for index, line in enumerate(lines):
        if _is(line, "Pod", "ADDED") and "controller" in str(line.get("actor", "")):
            other = _copied(line, name=f"{line['name']}-again")
            _put(other, f"{_at(line, 'metadata', 'uid')}-again", "metadata", "uid")
            yield f"{line['name']} is made twice", _inserted(lines, index, other)


def second_replicaset(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A ReplicaSet is created twice."""
    for index, line in enumerate(lines):
        if _is(line, "ReplicaSet", "ADDED") and _by(line, "/deployment-controller"):
            other = _copied(line, name=f"{line['name']}-again")
            _put(other, f"{_at(line, 'metadata', 'uid')}-again", "metadata", "uid")
            yield f"{line['name']} is made twice", _inserted(lines, index, other)


def needless_deletion(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A controller deletes a pod although as many are there as are asked for."""
    for index, line in enumerate(lines):
        if not (_is(line, "ReplicaSet", "MODIFIED") and _by(line, "/replicaset-controller")):
            continue
        asked = _at(line, "spec", "replicas")
        if not asked or _at(line, "status", "availableReplicas") != asked:
            continue
        pods = _living(lines, index, line["name"])
        if len(pods) != asked or not all(map(_ready, pods)):
            continue
        gone = _copied(pods[0], type="MODIFIED", actor=line["actor"], ts=line["ts"])
        gone["resourceVersion"] = str(int(line["resourceVersion"]) + 1)
        result = _going(gone, _inserted(lines, index, gone), index)
        yield f"{gone['name']} is deleted, and {asked} of {asked} are there", result


def _living(lines: Lines, index: int, replicaset: str) -> Lines:
    """The pods of a ReplicaSet after a line, as they are then."""
    latest: dict[str, Line] = {}
    for line in lines[: index + 1]:
        owners = line.get("type") in CHANGES_OF_STORE and _at(line, "metadata", "ownerReferences")
        if _is(line, "Pod") and owners and owners[0]["name"] == replicaset:
            latest[_at(line, "metadata", "uid")] = line
    return [
        line
        for line in latest.values()
        if line["type"] != "DELETED" and _at(line, "metadata", "deletionTimestamp") is None
    ]


def wrong_pod(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A StatefulSet or DaemonSet controller deletes a ready pod where it deletes nothing."""
    for index, line in enumerate(lines):
        if not (_is(line, "Pod", "MODIFIED") and _ready(line)):
            continue
        owners = _at(line, "metadata", "ownerReferences") or [{}]
        who = _CONTROLLERS.get(owners[0].get("kind", ""))
        before = _before(lines, index)
        if who is None or before is None or _ready(before):
            continue
        gone = _copied(line, actor=f"kube-controller-manager/{who}")
        result = _going(gone, _inserted(lines, index, gone), index)
        yield f"{gone['name']} is deleted as soon as it is ready", result


_CONTROLLERS = {"StatefulSet": "statefulset-controller", "DaemonSet": "daemon-set-controller"}


def driven_off(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A ready pod is deleted by those who drive pods off nodes, or collect what nobody owns."""
    for index, line in enumerate(lines):
        before = _before(lines, index) if _is(line, "Pod", "MODIFIED") and _ready(line) else None
        if before is None or _ready(before):
            continue
        for who in ("node-controller", "generic-garbage-collector"):
            gone = _copied(line, actor=f"kube-controller-manager/{who}")
            result = _going(gone, _inserted(lines, index, gone), index)
            yield f"{gone['name']} is deleted by the {who}", result


def vanished(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A kubelet takes away a pod that nobody deleted."""
    for index, line in enumerate(lines):
        if _is(line, "Pod", "MODIFIED") and _ready(line) and "kubelet" in str(line.get("actor")):
            gone = _copied(line, type="DELETED")
            rest = [each for each in lines[index + 1 :] if not _same(line, each)]
            yield f"{line['name']} is gone", [*lines[: index + 1], gone, *rest]


def other_actor(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """A pod is created by the scheduler, a ReplicaSet scaled by a kubelet."""
    for index, line in enumerate(lines):
        if _is(line, "Pod", "ADDED") and "controller" in str(line.get("actor", "")):
            who = "kube-scheduler/scheduler"
        elif _is(line, "ReplicaSet", "ADDED") and _by(line, "/deployment-controller"):
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
            if _is(each, "Pod")
            and (each["name"], each.get("namespace")) == (line["name"], line.get("namespace"))
        ]
        if not known or not _ready(known[-1]):
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
        gone = _copied(known[-1], type="MODIFIED", actor="", ts=line["ts"])
        gone["resourceVersion"] = str(last + 1)
        result = [*copy.deepcopy(lines[:index]), asked, gone, *copy.deepcopy(lines[index + 1 :])]
        result = _going(gone, result, index)
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
