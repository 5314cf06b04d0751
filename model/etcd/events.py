"""Events of recorded runs of etcd-io/raft.

A recording is a file of JSON lines. Those tagged "trace" hold an event of one member: its name, the
member's state, and the message or the configuration change that it is about.

Source: etcd-io/raft at cdfbeed `state_trace.go` (TracingEvent, TracingMessage).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from model.etcd.confchange import Change
from model.etcd.member import Entry, Kind, Message

_ACTIONS: Mapping[str, str] = {
    "AddNewServer": "voter",
    "AddLearner": "learner",
    "RemoveServer": "remove",
}
#: How an event describes a message; messages are never told apart further.
Key = tuple[object, ...]


class Malformed(Exception):
    """A line that is no event; the message says which and what was expected."""


class Event(NamedTuple):
    """One event, and the line of the file that tells it."""

    line: int
    name: str
    member: int
    term: int
    vote: int
    commit: int
    last_index: int
    role: str
    #: The voters, and those of the outgoing configuration.
    voters: tuple[frozenset[int], frozenset[int]]
    #: With as many entries as the event tells, of which it tells nothing more.
    message: Message | None
    changes: tuple[Change, ...]
    #: Of ApplyConfChange: the voters afterwards.
    new_voters: frozenset[int]


def events(lines: Iterable[str]) -> Iterator[Event]:
    """The events of a recording. Raises Malformed."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as problem:
            raise Malformed(f"line {number}: expected a JSON object: {problem}") from None
        if not isinstance(record, dict):
            raise Malformed(f"line {number}: expected a JSON object")
        if record.get("tag") != "trace":
            continue
        try:
            yield _event(number, record["event"])
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
            wanted = "a state with term, vote and commit, a role, a log, a conf of two lists"
            raise Malformed(
                f"line {number}: expected an event with {wanted}: {problem!r}"
            ) from None


def _event(line: int, told: Mapping[str, Any]) -> Event:
    state = told["state"]
    change = (told.get("prop") or {}).get("cc") or {}
    incoming, outgoing = told["conf"]
    return Event(
        line,
        str(told["name"]),
        int(told["nid"]),
        int(state["term"]),
        int(state["vote"]),
        int(state["commit"]),
        int(told["log"]),
        str(told["role"]).removeprefix("State"),
        (frozenset(map(int, incoming)), frozenset(map(int, outgoing))),
        _message(told["msg"]) if told.get("msg") else None,
        tuple(
            Change(_ACTIONS[each["action"]], int(each["nid"]))  # type: ignore[arg-type]
            for each in change.get("changes", ())
        ),
        frozenset(map(int, change.get("newconf", ()))),
    )


def _message(told: Mapping[str, Any]) -> Message:
    kind: Kind = told["type"]
    if kind not in get_args(Kind):
        raise ValueError(f"message type {kind}")
    return Message(
        kind,
        int(told["term"]),
        int(told["from"]),
        int(told["to"]),
        int(told["index"]),
        int(told["logTerm"]),
        int(told["commit"]),
        bool(told["reject"]),
        (Entry(0),) * int(told["entries"]),
    )


def key(message: Message) -> Key:
    """What an event tells of a message."""
    sent = (message.kind, message.term, message.sender, message.receiver)
    match message.kind:
        case "MsgApp":
            place = (message.index, message.log_term)
            return (*sent, *place, len(message.entries), message.commit)
        case "MsgHeartbeat":
            return (*sent, message.commit)
        case "MsgSnap":
            return (*sent, len(message.entries))
        case "MsgVote":
            return (*sent, message.index, message.log_term)
    # The index of a rejection is a hint for flow control.
    index = message.index if message.kind == "MsgAppResp" and not message.reject else 0
    return (*sent, message.reject, index)


def describe(message: Message) -> str:
    """The same in words."""
    kind, term, sender, receiver, *rest = key(message)
    names: Mapping[object, Sequence[str]] = {
        "MsgApp": ("index", "logTerm", "entries", "commit"),
        "MsgHeartbeat": ("commit",),
        "MsgSnap": ("entries",),
        "MsgVote": ("index", "logTerm"),
    }
    named = zip(names.get(kind, ("reject", "index")), rest, strict=True)
    details = ", ".join(f"{name} {value}" for name, value in named)
    return f"{kind} from {sender} to {receiver} of term {term} with {details}"
