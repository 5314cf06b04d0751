"""Traces from files: what may be wrong with them is found out here, before any model is built.

Fields that version 1 does not have are ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from counterexamples.trace import FORMAT, VERSION
from model.ir.types import Plain

#: A longer file is not read, a longer run not replayed: no engine here finds such runs.
MOST_BYTES = 16 << 20
MOST_STEPS = 10_000
#: As many violations are not looked at one after the other.
MOST_TRACES = 1_000

_BLANK = re.compile(r"[ \t\r\n]*")


class Unreadable(Exception):
    """A file holds no trace; the message says what is wrong with it and what was expected."""


@dataclass(frozen=True)
class RecordedStep:
    actor: str
    action: str
    params: Mapping[str, str]
    #: (object, field, old, new) of each change.
    changes: tuple[tuple[str, str, Plain, Plain], ...]


@dataclass(frozen=True)
class RecordedTrace:
    """What a replay needs of a document; see `docs/traces.md`."""

    tool: str
    kubernetes: str
    model: str
    property: str
    subject: str
    scenario: str
    #: The name of the smaller instance of the scenario that it is a run of; None for the scenario.
    sizes: str | None
    #: Whether quick steps are prompt in it.
    prompt: bool
    paths: tuple[str, ...]
    nodes: str | None
    selected: tuple[str, ...]
    inputs: Mapping[str, str]
    #: Names of omissions that were accepted.
    leaving_out: tuple[str, ...]
    initial: Mapping[str, Any]
    steps: tuple[RecordedStep, ...]
    loop: int | None
    truth: Mapping[str, list[bool]]


def read(path: str) -> tuple[RecordedTrace, ...]:
    """The traces in a file: one document, or several one after the other. Raises Unreadable."""
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a path with a NUL byte in it
        raise Unreadable(f"cannot be read: {error}") from error
    if len(data) > MOST_BYTES:
        raise Unreadable(f"is larger than {MOST_BYTES >> 20} MiB, which no trace is")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not text: byte {error.start} is not UTF-8") from error
    found: list[RecordedTrace] = []
    for given in _documents(text):
        if len(found) == MOST_TRACES:
            raise Unreadable(f"has more than {MOST_TRACES} traces; split it")
        found.append(parse(given))
    return tuple(found)


def _documents(text: str) -> Iterator[Any]:
    decoder, position = json.JSONDecoder(), _blank(text, 0)
    if position == len(text):
        raise Unreadable("is empty: `check --traces DIR …` writes traces")
    while position < len(text):
        try:
            given, position = decoder.raw_decode(text, position)
        except RecursionError as error:
            raise Unreadable("is nested too deeply for a trace") from error
        except ValueError as error:
            raise Unreadable(f"is not JSON, or was cut short: {error}") from error
        yield given
        position = _blank(text, position)


def _blank(text: str, position: int) -> int:
    """Where the white space at a position ends."""
    found = _BLANK.match(text, position)
    assert found is not None
    return found.end()


def parse(given: Any) -> RecordedTrace:
    """The trace in a document. Raises Unreadable."""
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        raise Unreadable(f"is no {FORMAT}: `check --traces DIR …` writes them")
    if given.get("version") != VERSION or isinstance(given.get("version"), bool):
        raise Unreadable(f"has version {given.get('version')!r}; this program reads {VERSION}")
    command = _fields(given, "command")
    steps = _list(given, "steps")
    if len(steps) > MOST_STEPS:
        raise Unreadable(f"has more than {MOST_STEPS:,} steps; that many are not replayed")
    recorded = tuple(_step(number, step) for number, step in enumerate(steps, start=1))
    loop = given.get("loop")
    if loop is not None and (type(loop) is not int or not 0 <= loop <= len(recorded)):
        raise Unreadable(f"has a `loop` that is no number from 0 to {len(recorded)}, nor null")
    return RecordedTrace(
        _text(given, "tool"),
        _text(given, "kubernetes"),
        _text(given, "model"),
        _text(_fields(given, "property"), "name"),
        _text(given, "subject"),
        _text(given, "scenario"),
        _optional(given, "sizes"),
        given.get("prompt") is True,
        _texts(command, "paths"),
        _optional(command, "nodes"),
        _texts(command, "properties"),
        _texts_by_name(given, "inputs"),
        _texts(given, "leavingOut") if "leavingOut" in given else (),
        _fields(given, "initial"),
        recorded,
        loop,
        _truth(_fields(given, "truth"), len(recorded) + 1),
    )


def _step(number: int, given: Any) -> RecordedStep:
    if not isinstance(given, dict) or type(given.get("index")) is not int:
        raise Unreadable(f"has a step {number} without `index`")
    if given["index"] != number:
        raise Unreadable(f"has a step {given['index']} in place of step {number}")
    changes = []
    for change in _list(given, "changes"):
        if not isinstance(change, dict) or not all(
            name in change and isinstance(change[name], bool | int | str | None)
            for name in ("old", "new")
        ):
            raise Unreadable(f"has a change without `old` and `new` in step {number}")
        changes.append((_text(change, "object"), _text(change, "field"), *_old_new(change)))
    return RecordedStep(
        _text(given, "actor"),
        _text(given, "action"),
        _texts_by_name(given, "params"),
        tuple(changes),
    )


def _old_new(change: Mapping[str, Any]) -> tuple[Plain, Plain]:
    return change["old"], change["new"]


def _truth(given: Mapping[str, Any], count: int) -> Mapping[str, list[bool]]:
    for name in given:
        found = _list(given, name)
        if len(found) != count or not all(isinstance(each, bool) for each in found):
            raise Unreadable(f"has a `truth` of `{name}` that is not {count} times true or false")
    return given


def _fields(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = given.get(name)
    if not isinstance(value, dict):
        raise Unreadable(f"has no object `{name}`")
    return value


def _list(given: Mapping[str, Any], name: str) -> list[Any]:
    value = given.get(name)
    if not isinstance(value, list):
        raise Unreadable(f"has no list `{name}`")
    return value


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"has no text `{name}`")
    return value


def _optional(given: Mapping[str, Any], name: str) -> str | None:
    return None if given.get(name) is None else _text(given, name)


def _texts(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = _list(given, name)
    if not all(isinstance(each, str) for each in value):
        raise Unreadable(f"has no list of texts `{name}`")
    return tuple(value)


def _texts_by_name(given: Mapping[str, Any], name: str) -> Mapping[str, str]:
    value = _fields(given, name)
    if not all(isinstance(each, str) for each in value.values()):
        raise Unreadable(f"has something in `{name}` that is no text")
    return value
