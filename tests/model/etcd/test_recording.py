"""Recorded runs are admitted if, and only if, Raft's members could have done them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from checker.recorded import raft_trace
from model.etcd.events import Malformed, events
from model.etcd.recording import Explainer, Unexplained
from tests.model.etcd.recorder import Recorder, election, message


def explained(lines: Iterable[str]) -> Explainer:
    explainer = Explainer()
    for event in events(lines):
        explainer.explain(event)
    return explainer


def refused(lines: Iterable[str]) -> Unexplained:
    with pytest.raises(Unexplained) as caught:
        explained(lines)
    return caught.value


def changed(lines: list[str], name: str, nth: int, change: Callable[[Any], None]) -> list[str]:
    """The lines with the n-th event of a name changed."""
    records = [json.loads(line) for line in lines]
    found = [record["event"] for record in records if record["event"]["name"] == name]
    change(found[nth])
    return [json.dumps(record) for record in records]


def without(lines: list[str], name: str, nth: int) -> list[str]:
    found = [i for i, line in enumerate(lines) if json.loads(line)["event"]["name"] == name]
    return [line for i, line in enumerate(lines) if i != found[nth]]


def test_an_election_and_a_commit_are_admitted() -> None:
    """A whole run with an election, replication, a commit and a heartbeat; other tags are
    skipped."""
    lines = [json.dumps({"tag": "other", "event": {}}), "", *election()]
    assert explained(lines).members == 3


def set_state(**told: Any) -> Callable[[Any], None]:
    return lambda event: event["state"].update(told)


def set_message(**told: Any) -> Callable[[Any], None]:
    return lambda event: event["msg"].update(told)


@pytest.mark.parametrize(
    ("name", "nth", "change", "told"),
    [
        ("BecomeCandidate", 0, set_state(term=3), "its term is 2, not 3"),
        ("BecomeCandidate", 0, set_state(vote="2"), "its vote is 1, not 2"),
        ("BecomeLeader", 0, lambda e: e.update(role="StateCandidate"), "its role is Leader"),
        ("BecomeLeader", 0, lambda e: e["conf"][0].remove("3"), "its voters are"),
        ("Commit", 0, set_state(commit=4), "its commit index is 3, not 4"),
        ("Commit", 1, set_state(commit=3), "its commit index is 4, not 3"),
        ("Replicate", 0, lambda e: e.update(log=4), "its last index is 3, not 4"),
        ("SendRequestVoteRequest", 0, set_message(index=4), "it would send MsgVote"),
        ("SendRequestVoteResponse", 1, set_message(reject=True), "it would answer MsgVoteResp"),
        ("SendAppendEntriesRequest", 0, set_message(entries=2), "its log ends at 4"),
        ("SendAppendEntriesRequest", 1, set_message(commit=3), "it would send MsgHeartbeat"),
        ("SendAppendEntriesResponse", 1, set_message(index=5), "it would answer MsgAppResp"),
        ("ReceiveRequestVoteRequest", 0, set_message(logTerm=2), "nobody has sent MsgVote"),
        ("ApplyConfChange", -1, lambda e: e.update(name="Compact"), "Compact is not known"),
    ],
)
def test_what_did_not_happen_is_refused(
    name: str, nth: int, change: Callable[[Any], None], told: str
) -> None:
    """A state, a message or an event that does not follow, with the reason."""
    assert told in str(refused(changed(election(), name, nth, change)))


@pytest.mark.parametrize(
    ("name", "nth", "told"),
    [
        ("InitState", 1, "it did not start"),
        ("BecomeFollower", -1, "it would follow in the term 2 first"),
        ("ReceiveRequestVoteResponse", 1, "it has no majority of votes, only of [1]"),
        ("ReceiveAppendEntriesResponse", 1, "its commit index is 3, not 4"),
        ("BecomeLeader", 0, "its role is Candidate, not Leader"),
        ("Ready", 3, "nobody has sent MsgVoteResp"),
        ("ApplyConfChange", 5, "a committed change of its configuration is not in effect"),
    ],
)
def test_what_is_missing_is_noticed(name: str, nth: int, told: str) -> None:
    """Leaving out one event makes a later one impossible."""
    assert told in str(refused(without(election(), name, nth)))


def test_a_message_is_received_no_more_often_than_it_was_sent() -> None:
    """Unless it was sent twice."""
    lines = election()
    again = [line for line in lines if '"ReceiveRequestVoteResponse"' in line][-1]
    position = lines.index(again)
    assert "nobody has sent" in str(refused([*lines[:position], again, *lines[position:]]))


def test_a_second_vote_in_a_term_is_refused() -> None:
    """A member that has voted answers the next candidate of the term with a rejection."""
    r = Recorder(election()[:-12])
    state = (2, 3, 3, 3, "Candidate")
    ask = message("MsgVote", 2, 3, 2, index=3, log_term=1)
    r.event(3, "BecomeCandidate", state)
    r.event(3, "SendRequestVoteRequest", state, ask)
    r.event(3, "Ready", state)
    r.event(2, "ReceiveRequestVoteRequest", (2, 1, 3, 3, "Follower"), ask)
    r.event(
        2,
        "SendRequestVoteResponse",
        (2, 1, 3, 3, "Follower"),
        message("MsgVoteResp", 2, 2, 3, reject=True),
    )
    explained(r.lines)
    r.lines[-1] = r.lines[-1].replace('"reject": true', '"reject": false')
    assert "it would answer MsgVoteResp" in str(refused(r.lines))


def test_a_restart_loses_what_was_not_ready() -> None:
    """A candidate that crashes before its Ready has neither its term nor its vote."""
    begun = next(line for line in election() if '"BecomeCandidate"' in line)
    r = Recorder([*election()[: election().index(begun)], begun])
    r.event(1, "InitState", (1, 0, 3, 3, "Follower"))
    explained(r.lines)
    r.lines[-1] = begun.replace("BecomeCandidate", "InitState").replace("Candidate", "Follower")
    assert "its term is 1, not 2" in str(refused(r.lines))


def test_changes_take_effect_when_they_are_committed() -> None:
    """A leader that removes a member applies that once it is committed, and not before."""
    r = Recorder(election()[:-3])
    leader = (2, 1, 4, 4, "Leader")
    r.event(1, "ChangeConf", leader, cc={"changes": [{"nid": "3", "action": "RemoveServer"}]})
    early = Recorder([*r.lines])
    early.event(1, "ApplyConfChange", (2, 1, 4, 5, "Leader"), cc={"newconf": ["1", "2"]})
    assert "no committed change" in str(refused(early.lines))
    second = Recorder([*r.lines])
    second.event(1, "ChangeConf", (2, 1, 4, 5, "Leader"), cc={"changes": []})
    second.lines[-1] = second.lines[-1].replace(
        '"changes": []', '"changes": [{"nid": "2", "action": "RemoveServer"}]'
    )
    assert "may still be pending" in str(refused(second.lines))


def test_the_command(tmp_path: Path) -> None:
    """Admitted is 0, refused is 1 with the line, unreadable is 2."""
    path = tmp_path / "run.ndjson"

    def run(lines: list[str]) -> tuple[int, str]:
        path.write_text("\n".join(lines), encoding="utf-8")
        result = CliRunner().invoke(raft_trace, [str(path)])
        return result.exit_code, result.output

    count = len(election())
    assert run(election()) == (0, f"admitted: {count} events of 3 members\n")
    code, output = run(without(election(), "BecomeLeader", 0))
    assert code == 1
    assert "member 1 cannot Replicate: its role is Candidate, not Leader" in output
    assert run(['{"tag": "trace", "event": {"name": "Ready"}}'])[0] == 2
    assert run(["nonsense"])[0] == 2
    assert run(["[]"])[0] == 2
    assert run([])[0] == 2


def test_events_without_their_fields_are_malformed() -> None:
    """With the line and what was expected."""
    with pytest.raises(Malformed, match="line 1: expected an event with"):
        explained(['{"tag": "trace", "event": {"name": "Ready", "nid": "x"}}'])
