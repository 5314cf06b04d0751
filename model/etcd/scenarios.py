"""Scripted scenarios with their outcomes, in the data-driven form of etcd-io/raft's own tests.

A file is a sequence of cases, each a line of a command with arguments, lines of input, a line of
four dashes and the lines of the expected outcome up to an empty line. Lines that begin with "#"
before a command are comments.

Source: etcd-io/raft at cdfbeed `quorum/datadriven_test.go` and `confchange/datadriven_test.go`
for the commands; cockroachdb/datadriven (go.mod) for the form.

Omits: of a `committed` outcome the drawing of each voter's progress: only its last line, the index,
is compared. Outcomes with empty lines, which that form writes between doubled dashes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from model.etcd.confchange import (
    Change,
    ConfChangeError,
    Configuration,
    enter_joint,
    leave_joint,
    simple,
)
from model.etcd.majority import (
    EVERYTHING,
    committed_index,
    joint_committed_index,
    joint_vote_result,
    vote_result,
)

_ARGUMENT = re.compile(r"([A-Za-z_-]+)(?:=(\([^)]*\)|\S+))?")
_VOTES = {"won": "VoteWon", "lost": "VoteLost", "pending": "VotePending"}
_KINDS: Mapping[str, Literal["voter", "learner", "remove", "update"]] = {
    "v": "voter",
    "l": "learner",
    "r": "remove",
    "u": "update",
}


class Malformed(Exception):
    """A file that is not of the form; the message says where and what was expected."""


@dataclass(frozen=True)
class Case:
    """One case of a file, and the line that it begins on."""

    line: int
    command: str
    #: The values of each argument; `cfg=(1,2)` has two.
    arguments: Mapping[str, tuple[str, ...]]
    input: str
    expected: str


@dataclass(frozen=True)
class Outcome:
    """What our functions say of a case, beside what it expects."""

    case: Case
    found: str

    @property
    def agrees(self) -> bool:
        return self.found == self.case.expected


def parse(text: str) -> Iterator[Case]:
    """The cases of a file, in order. Raises Malformed."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        if not lines[at].strip() or lines[at].lstrip().startswith("#"):
            at += 1
            continue
        begin = at
        while at < len(lines) and lines[at].strip() != "----":
            at += 1
        if at == len(lines):
            raise Malformed(f"line {begin + 1}: expected a line `----` after this command")
        command, *given = lines[begin].split(maxsplit=1)
        arguments = dict(map(_argument, _ARGUMENT.finditer(given[0] if given else "")))
        end = at + 1
        while end < len(lines) and lines[end].strip():
            end += 1
        wanted = "\n".join(line.rstrip() for line in lines[at + 1 : end])
        entered = "\n".join(lines[begin + 1 : at]).strip()
        yield Case(begin + 1, command, arguments, entered, wanted)
        at = end


def _argument(match: re.Match[str]) -> tuple[str, tuple[str, ...]]:
    written = (match[2] or "").strip("()")
    return match[1], tuple(part.strip() for part in written.split(",") if part.strip())


def quorum_outcomes(text: str) -> Iterator[Outcome]:
    """What `model.etcd.majority` says of every case of a file. Raises Malformed."""
    for case in parse(text):
        if case.command not in ("vote", "committed"):
            raise Malformed(f"line {case.line}: expected `vote` or `committed`: {case.command}")
        yield _quorum_outcome(case)


def _quorum_outcome(case: Case) -> Outcome:
    joint = "cfgj" in case.arguments
    incoming = _numbers(case, "cfg")
    outgoing = () if case.arguments.get("cfgj") == ("zero",) else _numbers(case, "cfgj")
    order = list(dict.fromkeys((*incoming, *outgoing)))
    key = "votes" if case.command == "vote" else "idx"
    given = case.arguments.get(key, ())
    if len(given) != len(order):
        raise Malformed(f"line {case.line}: expected one of {key} for each of {len(order)} voters")
    pairs = [(voter, value) for voter, value in zip(order, given, strict=True) if value != "_"]
    first, second = frozenset(incoming), frozenset(outgoing)
    if case.command == "vote":
        votes = {voter: value == "y" for voter, value in pairs}
        result = joint_vote_result(first, second, votes) if joint else vote_result(first, votes)
        return Outcome(case, _VOTES[result])
    indices = {voter: _number(case, value) for voter, value in pairs}
    index = (
        joint_committed_index(first, second, indices) if joint else committed_index(first, indices)
    )
    # The drawing of an empty configuration ends without a new line.
    expected = case.expected.rpartition("\n")[2].rpartition(">")[2]
    shown = Case(case.line, case.command, case.arguments, case.input, expected)
    return Outcome(shown, "∞" if index == EVERYTHING else str(index))


def _numbers(case: Case, key: str) -> tuple[int, ...]:
    return tuple(_number(case, value) for value in case.arguments.get(key, ()))


def _number(case: Case, text: str) -> int:
    if not text.isdecimal():
        raise Malformed(f"line {case.line}: expected a number, not {text!r}")
    return int(text)


def confchange_outcomes(text: str) -> Iterator[Outcome]:
    """What `model.etcd.confchange` says of every case of a file, one after the other.

    Raises Malformed.
    """
    state = Configuration()
    for index, case in enumerate(parse(text)):
        step = _STEPS.get(case.command)
        if step is None:
            known = ", ".join(_STEPS)
            raise Malformed(f"line {case.line}: expected one of {known}: {case.command}")
        try:
            state = step(state, case, index)
        except ConfChangeError as refused:
            yield Outcome(case, str(refused))
        else:
            yield Outcome(case, describe(state))


def _changes(case: Case) -> list[Change]:
    found = []
    for word in case.input.split():
        if word[0] not in _KINDS:
            raise Malformed(f"line {case.line}: expected v1, l1, r1 or u1, not {word!r}")
        found.append(Change(_KINDS[word[0]], _number(case, word[1:])))
    return found


def _enter(state: Configuration, case: Case, last_index: int) -> Configuration:
    auto_leave = case.arguments.get("autoleave") == ("true",)
    return enter_joint(state, _changes(case), last_index, auto_leave=auto_leave)


_STEPS: Mapping[str, Callable[[Configuration, Case, int], Configuration]] = {
    "simple": lambda state, case, last_index: simple(state, _changes(case), last_index),
    "enter-joint": _enter,
    "leave-joint": lambda state, case, last_index: leave_joint(state),  # noqa: ARG005
}


def describe(configuration: Configuration) -> str:
    """A configuration and the progress of its members, as those files write them.

    A member is written as one that was only probed so far: nothing in them replicates.
    """
    words = [f"voters={_set(configuration.voters)}"]
    if configuration.is_joint:
        words[0] += f"&&{_set(configuration.outgoing)}"
    if configuration.learners:
        words.append(f"learners={_set(configuration.learners)}")
    if configuration.learners_next:
        words.append(f"learners_next={_set(configuration.learners_next)}")
    if configuration.auto_leave:
        words.append("autoleave")
    lines = [" ".join(words)]
    for member, index in sorted(configuration.next_index.items()):
        learner = " learner" if configuration.is_learner(member) else ""
        lines.append(f"{member}: StateProbe match=0 next={index}{learner}")
    return "\n".join(lines)


def _set(members: frozenset[int]) -> str:
    return f"({' '.join(map(str, sorted(members)))})"
