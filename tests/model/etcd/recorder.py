"""A group of members that records what it does, as etcd-io/raft does: written by hand, with
nothing of what explains it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Recorder:
    """Lines of a recording; every call is one event of one member with the state it tells."""

    lines: list[str] = field(default_factory=list)
    voters: list[str] = field(default_factory=lambda: ["1", "2", "3"])

    def event(
        self,
        member: int,
        name: str,
        state: tuple[int, int, int, int, str],
        message: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """`state` is term, vote, commit index, last index and role."""
        term, vote, commit, log, role = state
        told: dict[str, Any] = {
            "name": name,
            "nid": str(member),
            "state": {"term": term, "vote": str(vote), "commit": commit},
            "role": f"State{role}",
            "log": log,
            "conf": [more.pop("voters", self.voters), []],
        }
        if message is not None:
            told["msg"] = message
        if more:
            told["prop"] = more
        self.lines.append(json.dumps({"tag": "trace", "event": told}))

    def bootstrap(self, member: int) -> None:
        """A member that starts in a group of all voters, each added by an entry of term 1."""
        self.event(member, "InitState", (0, 0, 0, 0, "Follower"), voters=[])
        self.event(member, "BecomeFollower", (1, 0, 0, 0, "Follower"), voters=[])
        length = len(self.voters)
        for index in range(length):
            before, after = self.voters[:index], self.voters[: index + 1]
            state = (1, 0, length, length, "Follower")
            self.event(member, "ApplyConfChange", state, voters=before, cc={"newconf": after})
        # Those entries are committed, so they are applied once more.
        state = (1, 0, length, length, "Follower")
        self.event(member, "Ready", state)
        for _ in range(length):
            self.event(member, "ApplyConfChange", state, cc={"newconf": self.voters})


def message(
    kind: str,
    term: int,
    sender: int,
    receiver: int,
    *,
    index: int = 0,
    log_term: int = 0,
    entries: int = 0,
    commit: int = 0,
    reject: bool = False,
) -> dict[str, Any]:
    """A message as an event tells it."""
    return {
        "type": kind,
        "term": term,
        "from": str(sender),
        "to": str(receiver),
        "entries": entries,
        "logTerm": log_term,
        "index": index,
        "commit": commit,
        "vote": "0",
        "reject": reject,
        "rejectHint": 0,
    }


def election() -> list[str]:
    """Three members; 1 is elected by 2, commits its first entry, and tells 2."""
    r = Recorder()
    for member in (1, 2, 3):
        r.bootstrap(member)
    mine, ask = message("MsgVoteResp", 2, 1, 1), message("MsgVote", 2, 1, 2, index=3, log_term=1)
    yes = message("MsgVoteResp", 2, 2, 1)
    candidate = (2, 1, 3, 3, "Candidate")
    r.event(1, "BecomeCandidate", candidate)
    r.event(1, "SendRequestVoteResponse", candidate, mine)
    r.event(1, "SendRequestVoteRequest", candidate, ask)
    r.event(1, "Ready", candidate)
    r.event(1, "ReceiveRequestVoteResponse", candidate, mine)
    r.event(2, "ReceiveRequestVoteRequest", (1, 0, 3, 3, "Follower"), ask)
    r.event(2, "BecomeFollower", (2, 0, 3, 3, "Follower"))
    r.event(2, "SendRequestVoteResponse", (2, 0, 3, 3, "Follower"), yes)
    r.event(2, "Ready", (2, 1, 3, 3, "Follower"))
    r.event(1, "ReceiveRequestVoteResponse", candidate, yes)
    leader = (2, 1, 3, 4, "Leader")
    r.event(1, "BecomeLeader", (2, 1, 3, 3, "Leader"))
    r.event(1, "Replicate", (2, 1, 3, 3, "Leader"))
    own = message("MsgAppResp", 2, 1, 1, index=4)
    append = message("MsgApp", 2, 1, 2, index=3, log_term=1, entries=1, commit=3)
    r.event(1, "SendAppendEntriesResponse", leader, own)
    r.event(1, "SendAppendEntriesRequest", leader, append)
    r.event(1, "Ready", leader)
    r.event(1, "ReceiveAppendEntriesResponse", leader, own)
    r.event(1, "Commit", leader)
    has = message("MsgAppResp", 2, 2, 1, index=4)
    r.event(2, "ReceiveAppendEntriesRequest", (2, 1, 3, 3, "Follower"), append)
    r.event(2, "SendAppendEntriesResponse", (2, 1, 3, 4, "Follower"), has)
    r.event(2, "Ready", (2, 1, 3, 4, "Follower"))
    r.event(1, "ReceiveAppendEntriesResponse", leader, has)
    r.event(1, "Commit", (2, 1, 4, 4, "Leader"))
    beat = message("MsgHeartbeat", 2, 1, 2, commit=4)
    r.event(1, "SendAppendEntriesRequest", (2, 1, 4, 4, "Leader"), beat)
    r.event(1, "Ready", (2, 1, 4, 4, "Leader"))
    r.event(2, "ReceiveAppendEntriesRequest", (2, 1, 3, 4, "Follower"), beat)
    heard = message("MsgHeartbeatResp", 2, 2, 1)
    r.event(2, "SendAppendEntriesResponse", (2, 1, 4, 4, "Follower"), heard)
    return r.lines
