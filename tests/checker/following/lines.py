"""Lines of a recording: what they tell, and how they are written otherwise."""

from __future__ import annotations

import copy
from typing import Any

Line = dict[str, Any]
Lines = list[Line]

CHANGES_OF_STORE = ("ADDED", "MODIFIED", "DELETED")


def is_of(line: Line, kind: str, *types: str) -> bool:
    return line["type"] in (types or CHANGES_OF_STORE) and line.get("kind") == kind


def same(one: Line, other: Line) -> bool:
    return (
        other["type"] in CHANGES_OF_STORE
        and (one["kind"], one.get("namespace"), one["name"])
        == (other["kind"], other.get("namespace"), other["name"])
        and at(one, "metadata", "uid") == at(other, "metadata", "uid")
    )


def at(line: Line, *path: str) -> Any:
    found: Any = line["object"]
    for name in path:
        found = (found or {}).get(name)
    return found


def put(line: Line, value: Any, *path: str) -> None:
    found = line["object"]
    for name in path[:-1]:
        if found.get(name) is None:
            found[name] = {}
        found = found[name]
    found[path[-1]] = value


def line_before(lines: Lines, index: int) -> Line | None:
    """The line that told the same object last."""
    for line in reversed(lines[:index]):
        if same(lines[index], line):
            return line
    return None


def kept_up(lines: Lines, index: int, value: Any, *path: str) -> Lines:
    """With another value of a field from a line on, until it changes."""
    result = copy.deepcopy(lines)
    old = at(lines[index], *path)
    for line in result[index:]:
        if same(lines[index], line):
            if at(line, *path) != old:
                break
            put(line, value, *path)
    return result


def inserted(lines: Lines, index: int, line: Line) -> Lines:
    """With a line after another one, later by one version."""
    result = copy.deepcopy(lines)
    result.insert(index + 1, line)
    return result


def copied(line: Line, **given: Any) -> Line:
    result = copy.deepcopy(line)
    result["resourceVersion"] = str(int(line["resourceVersion"]) + 1)
    result.update(given)
    return result


def going(gone: Line, result: Lines, index: int) -> Lines:
    """With a pod deleted by the line `gone` after another one, and so from there on."""
    put(gone, gone["ts"], "metadata", "deletionTimestamp")
    for later in result[index + 2 :]:
        if same(gone, later):
            put(later, gone["ts"], "metadata", "deletionTimestamp")
    return result


def is_ready(line: Line) -> bool:
    conditions = at(line, "status", "conditions") or []
    going = at(line, "metadata", "deletionTimestamp") is not None
    return not going and any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def is_by(line: Line, who: str) -> bool:
    return str(line.get("actor", "")).endswith(who)
