"""Recordings as files: JSON lines, gzip'd or not, that a watch and an audit log were joined to.

A line is an object with `ts`, `type`, `kind`, `namespace`, `name`, `resourceVersion`, `actor` and
`object`. Its type is ADDED, MODIFIED or DELETED (a change that a watch told, with the object after
it), REQUEST (a write request as the audit log has it, with `verb`, `subresource` and `code`) or
STEP (what whoever recorded had to say). ADDED lines before all others, of which nobody is the
actor, are what there was at the start. The changes sorted by resourceVersion are the writes in the
order of the store.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

#: The type of a write that the audit log has and the watch does not tell.
UNSEEN = "UNSEEN"

#: More is not read: letters of a file, of a line.
MOST_LETTERS = 512 << 20
LONGEST_LINE = 8 << 20

CHANGES = ("ADDED", "MODIFIED", "DELETED")
TYPES = (*CHANGES, "REQUEST", "STEP", "BOOKMARK")

#: Kinds of which a recorder may begin in the middle, since nothing depends on them.
LOOSE = frozenset(("Event", "Lease"))

_GZIP = b"\x1f\x8b"


class Damaged(Exception):
    """What is wrong with a recording, where, and what was expected."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True)
class Write:
    """A change of the store."""

    #: The line of the file, from 1.
    line: int
    ts: str
    type: str
    kind: str
    namespace: str
    name: str
    version: int
    #: Who wrote it: a user agent, "" if nobody says.
    actor: str
    #: How the object was left.
    object: Mapping[str, Any]
    #: Whether it asked the eviction API.
    evicts: bool = False

    @property
    def uid(self) -> str:
        """Which object of its name it is about."""
        return str(self.object["metadata"].get("uid", self.name))

    @property
    def time(self) -> datetime | None:
        """When it was recorded, if that is known."""
        try:
            found = datetime.fromisoformat(self.ts)
        except ValueError:
            return None
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)

    @property
    def subject(self) -> str:
        """As reports name it."""
        return "/".join(filter(None, (self.kind, self.namespace, self.name)))


@dataclass(frozen=True)
class Recording:
    """What there was at the start, and the writes after that, in the order of the store."""

    start: tuple[Write, ...]
    writes: tuple[Write, ...]
    #: The number of lines.
    lines: int
    #: What controllers were refused that `REFUSABLE` has: the kind that it is about, the namespace,
    #: and who asked; None if no request is recorded at all.
    refused: frozenset[tuple[str, str, str]] | None = frozenset()


@dataclass(frozen=True)
class _Request:
    """A request that was granted."""

    ts: str
    actor: str
    verb: str
    subresource: str


def read(path: Path) -> Recording:
    """The recording in a file. Raises Damaged, and OSError if it cannot be read."""
    with path.open("rb") as file:
        return parsed(_lines(file))


def parsed(lines: Iterator[tuple[int, str]]) -> Recording:
    """The recording of numbered lines. Raises Damaged."""
    changes: list[Write] = []
    requests: dict[tuple[str, str, str], list[_Request]] = {}
    asked: list[Write] = []
    refused: set[tuple[str, str, str]] = set()
    leading, first, count, audited = True, 0, 0, False
    for number, text in lines:
        count = number
        if not text.strip():
            continue
        line = _object(number, text)
        kind = line["type"]
        known = kind in ("STEP", "BOOKMARK") or (kind == "ADDED" and not line.get("actor"))
        leading = leading and known
        if kind in CHANGES:
            changes.append(_change(number, line))
            first += leading
        elif kind == "REQUEST" and not _granted(number, line):
            audited = True
            if (line.get("kind"), line.get("verb"), line.get("subresource")) in REFUSABLE:
                asked_for = (line.get(field, "") for field in ("kind", "namespace", "actor"))
                what, where, who = map(str, asked_for)
                refused.add((what, where, who))
        elif kind == "REQUEST":
            audited = True
            key = tuple(str(line.get(field, "")) for field in ("kind", "namespace", "name"))
            found = _Request(
                str(line.get("ts", "")),
                str(line.get("actor", "")),
                str(line.get("verb", "")),
                str(line.get("subresource", "")),
            )
            requests.setdefault((key[0], key[1], key[2]), []).append(found)
            if key[0] == "Node" and str(line.get("resourceVersion", "")).isdecimal():
                asked.append(_unseen(number, line))
    if not changes:
        raise Damaged(max(count, 1), f"no change is recorded: {_EXPECTED}")
    _check(changes)
    start, rest = changes[:first], changes[first:]
    rest = [_attributed(write, requests) for write in rest]
    versions = {(write.kind, write.name, write.version) for write in changes}
    rest += [each for each in asked if (each.kind, each.name, each.version) not in versions]
    start.sort(key=lambda write: write.version)
    rest.sort(key=lambda write: write.version)
    return Recording(tuple(start), tuple(rest), count, frozenset(refused) if audited else None)


#: Requests whose refusal ends a sync, by kind, verb and subresource: to make a pod, to report on
#: a ReplicaSet.
REFUSABLE = frozenset(
    (
        ("Pod", "create", None),
        ("ReplicaSet", "update", "status"),
        ("ReplicationController", "update", "status"),
    )
)


#: What a file is to hold.
_EXPECTED = (
    'expected JSON lines with "type", one of ADDED, MODIFIED, DELETED, REQUEST and STEP, and of '
    'each change "kind", "name", "resourceVersion" and "object"'
)


def _lines(file: BinaryIO) -> Iterator[tuple[int, str]]:
    packed = file.peek(2)[:2] == _GZIP if hasattr(file, "peek") else False
    source = gzip.GzipFile(fileobj=file) if packed else file
    size, number = 0, 0
    while True:
        number += 1
        try:
            line = source.readline(LONGEST_LINE + 1)
            text = line.decode("utf-8")
        except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
            raise Damaged(number, f"the gzip file is damaged here: {problem}") from None
        except UnicodeDecodeError:
            raise Damaged(number, f"no UTF-8: {_EXPECTED}") from None
        if not line:
            return
        size += len(line)
        if len(line) > LONGEST_LINE or size > MOST_LETTERS:
            most = f"{LONGEST_LINE >> 20} MiB a line, {MOST_LETTERS >> 20} MiB in all"
            raise Damaged(number, f"larger than a recording may be: {most}")
        yield number, text


def _object(number: int, text: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Damaged(number, f"no JSON ({problem}): {_EXPECTED}") from None
    if not isinstance(line, dict):
        raise Damaged(number, f"no JSON object: {_EXPECTED}")
    if line.get("type") not in TYPES:
        shown = json.dumps(line.get("type"))[:40]
        raise Damaged(number, f'"type" is {shown}: expected one of {", ".join(TYPES)}')
    return line


def _change(number: int, line: Mapping[str, Any]) -> Write:
    for field in ("kind", "name"):
        if not isinstance(line.get(field), str) or not line[field]:
            raise Damaged(number, f'a change without "{field}": {_EXPECTED}')
    version = line.get("resourceVersion")
    if not isinstance(version, str) or not version.isdecimal() or len(version) > 20:
        shown = json.dumps(version)[:40]
        raise Damaged(number, f'"resourceVersion" is {shown}: expected a number in quotes')
    found = line.get("object")
    if not isinstance(found, dict):
        raise Damaged(number, 'a change without "object": expected the object after it')
    metadata = found.get("metadata", {})
    if not isinstance(metadata, dict):
        raise Damaged(number, '"object.metadata" is no object')
    return Write(
        number,
        str(line.get("ts", "")),
        line["type"],
        line["kind"],
        str(line.get("namespace") or ""),
        line["name"],
        int(version),
        str(line.get("actor") or ""),
        {**found, "metadata": metadata},
    )


def _unseen(number: int, line: Mapping[str, Any]) -> Write:
    """A request about a node as a write of which nobody knows what it left."""
    version, actor = int(line["resourceVersion"]), str(line.get("actor", ""))
    name = str(line.get("name", ""))
    return Write(
        number, str(line.get("ts", "")), UNSEEN, "Node", "", name, version, actor, {"metadata": {}}
    )


def _granted(number: int, line: Mapping[str, Any]) -> bool:
    code = line.get("code")
    if not isinstance(code, int):
        raise Damaged(number, f'"code" of a request is {json.dumps(code)[:40]}: expected a number')
    return code < 300


def _check(changes: list[Write]) -> None:
    """Raises Damaged if changes of an object are missing or in no order."""
    known: dict[tuple[str, str, str], Write | None] = {}
    for write in changes:
        if write.kind in LOOSE:
            continue
        key = (write.kind, write.namespace, write.name)
        before = known.get(key)
        if before is None and write.type != "ADDED":
            raise Damaged(
                write.line,
                f"{write.subject} is {write.type} but was never ADDED: a line is missing",
            )
        if before is not None and write.type == "ADDED":
            raise Damaged(
                write.line, f"{write.subject} is ADDED, but it is there since line {before.line}"
            )
        if before is not None and write.version <= before.version:
            raise Damaged(
                write.line,
                f"{write.subject} has resourceVersion {write.version} after {before.version} in "
                f"line {before.line}: expected a larger one",
            )
        if before is not None and write.uid != before.uid:
            raise Damaged(
                write.line,
                f"{write.subject} has uid {write.uid} after {before.uid} in line {before.line}: "
                "the lines of its deletion and creation are missing",
            )
        known[key] = None if write.type == "DELETED" else write


def _attributed(write: Write, requests: Mapping[tuple[str, str, str], list[_Request]]) -> Write:
    """The write with its actor, where the change itself does not say: bindings, evictions and some
    deletions are answered without the version that they lead to."""
    asked = requests.get((write.kind, write.namespace, write.name), [])
    going = write.object["metadata"].get("deletionTimestamp") is not None
    evicts, actor = False, write.actor
    if going or write.type == "DELETED":
        evictions = [each for each in asked if each.subresource == "eviction"]
        deletions = [each for each in asked if each.verb in ("delete", "deletecollection")]
        actor = _first(write, actor, evictions, deletions)
        evicts = bool(evictions) and not actor
        if not actor and evictions and write.type != "DELETED":
            actor = evictions[0].actor
        elif not actor and deletions:
            actor = deletions[-1 if write.type == "DELETED" else 0].actor
        elif not actor and evictions:
            actor = evictions[0].actor
    elif not actor:
        bindings = [each for each in asked if each.subresource == "binding"]
        actor = bindings[0].actor if bindings else ""
    if (actor, evicts) == (write.actor, False):
        return write
    return Write(**{**vars(write), "actor": actor, "evicts": evicts})


def _first(
    write: Write, actor: str, evictions: Sequence[_Request], deletions: Sequence[_Request]
) -> str:
    """Who marks a pod for deletion, "" if it is to be found out: a request that comes after an
    eviction was granted changes nothing, and is answered with the version that is there."""
    own = [each.ts for each in deletions if each.actor == actor]
    before = [each.ts for each in evictions if each.ts <= write.ts]
    late = bool(own) and bool(before) and min(own) > write.ts
    return "" if late and write.type != "DELETED" else actor
