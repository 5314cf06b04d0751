"""One member of a Raft group, with terms and logs of any length.

What etcd-io/raft's `raft` does with a message, a tick or a proposal, as plain functions of the
member's state: the scalar reference beside the finite model, as the interpreter is to the engines.

Source: etcd-io/raft at cdfbeed `raft.go` (Step, reset, becomeFollower, becomeCandidate,
becomeLeader, appendEntry, handleAppendEntries, handleHeartbeat, handleSnapshot, maybeCommit,
switchToConfig), `log.go` (maybeAppend, findConflict, isUpToDate).

Omits: pre-votes, read requests, transfers of leadership, flow control; joint configurations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from model.etcd.confchange import Change, ConfChangeError, Configuration, simple
from model.etcd.majority import joint_committed_index, joint_vote_result

Role = Literal["Follower", "Candidate", "Leader"]
Kind = Literal[
    "MsgApp", "MsgAppResp", "MsgHeartbeat", "MsgHeartbeatResp", "MsgSnap", "MsgVote", "MsgVoteResp"
]
NOBODY = 0


class Impossible(Exception):
    """What a member is said to do, it cannot do; the message says why."""


class Entry(NamedTuple):
    """An entry of the log: a change of the configuration, or something else."""

    term: int
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What one member tells another.

    MsgApp: `index` and `log_term` are of the entry before `entries`. MsgSnap: `entries` are all up
    to the snapshot. MsgVote: they are of the candidate's last entry. MsgAppResp: `index` is of the
    last entry that is known to match.
    """

    kind: Kind
    term: int
    sender: int
    receiver: int
    index: int = 0
    log_term: int = 0
    commit: int = 0
    reject: bool = False
    entries: tuple[Entry, ...] = ()


class Durable(NamedTuple):
    """What survives a crash."""

    term: int
    vote: int
    commit: int
    #: Shared with the member, of which only the first `length` entries are durable.
    log: list[Entry]
    length: int
    applied: int
    configuration: Configuration


@dataclass
class Member:
    """The state of one member; members and candidates are numbers, 0 is nobody."""

    identity: int
    term: int = 0
    vote: int = NOBODY
    commit: int = 0
    #: The entry of index 1 comes first.
    log: list[Entry] = field(default_factory=list)
    role: Role = "Follower"
    #: Whom it follows in this term, if it knows.
    lead: int = NOBODY
    configuration: Configuration = field(default_factory=Configuration)
    #: The configuration before any entry.
    first: Configuration = field(default_factory=Configuration)
    #: The index of the last entry of which it is known that all changes up to it are in effect.
    applied: int = 0
    votes: dict[int, bool] = field(default_factory=dict)
    match: dict[int, int] = field(default_factory=dict)
    #: No change may be proposed before the entry of this index is applied.
    pending_change: int = 0
    durable: Durable = field(
        default_factory=lambda: Durable(0, NOBODY, 0, [], 0, 0, Configuration())
    )

    # -- the log -------------------------------------------------------------------------------
    @property
    def last_index(self) -> int:
        return len(self.log)

    def log_term(self, index: int) -> int:
        """The term of an entry; 0 for the index 0 and beyond the last."""
        return self.log[index - 1].term if 1 <= index <= len(self.log) else 0

    def next_change(self) -> int:
        """The index of the first committed change that is not in effect yet; 0 without one."""
        for index in range(self.applied + 1, min(self.commit, len(self.log)) + 1):
            if self.log[index - 1].change is not None:
                return index
        return 0

    # -- roles ---------------------------------------------------------------------------------
    def become_follower(self, term: int, lead: int) -> None:
        self._reset(term)
        self.role, self.lead = "Follower", lead

    def campaign(self) -> None:
        """Become a candidate of the next term. Raises Impossible."""
        if self.role == "Leader":
            raise Impossible("a leader does not campaign")
        if self.identity not in self.configuration.voters | self.configuration.outgoing:
            raise Impossible("it is no voter of its configuration")
        if self.next_change():
            raise Impossible("a committed change of its configuration is not in effect yet")
        self._reset(self.term + 1)
        self.role, self.vote = "Candidate", self.identity

    def become_leader(self) -> None:
        """Lead the term. Raises Impossible without a majority of votes."""
        if self.role != "Candidate":
            raise Impossible(f"a {self.role.lower()} does not become leader")
        now = self.configuration
        if joint_vote_result(now.voters, now.outgoing, self.votes) != "won":
            voters = sorted(member for member, vote in self.votes.items() if vote)
            raise Impossible(f"it has no majority of votes, only of {voters}")
        self._reset(self.term)
        self.role, self.lead = "Leader", self.identity
        self.match = {self.identity: self.last_index}
        self.pending_change = self.last_index

    def step_down(self) -> None:
        """Follow nobody in the same term. Raises Impossible."""
        if self.role == "Follower":
            raise Impossible("a follower cannot step down")
        self.become_follower(self.term, NOBODY)

    def _reset(self, term: int) -> None:
        if self.term != term:
            self.term, self.vote = term, NOBODY
        self.lead = NOBODY
        self.votes, self.match, self.pending_change = {}, {}, 0

    def restart(self) -> None:
        """Lose all that is not durable."""
        kept = self.durable
        self._reset(kept.term)
        self.role, self.vote, self.commit = "Follower", kept.vote, kept.commit
        self.log, self.applied = kept.log[: kept.length], kept.applied
        self.configuration = kept.configuration

    def persist(self) -> None:
        """Make all durable that must be."""
        self.durable = Durable(
            self.term,
            self.vote,
            self.commit,
            self.log,
            self.last_index,
            self.applied,
            self.configuration,
        )

    # -- leaders -------------------------------------------------------------------------------
    def propose(self, change: Change | None = None) -> None:
        """Append an entry of this term. Raises Impossible."""
        if self.role != "Leader":
            raise Impossible(f"a {self.role.lower()} does not append entries of its own")
        if change is not None:
            if self.pending_change > self.commit or self._unapplied(self.pending_change):
                raise Impossible("an earlier change may still be pending")
            self.pending_change = self.last_index + 1
        self.log.append(Entry(self.term, change))

    def _unapplied(self, index: int) -> bool:
        following = self.next_change()
        return bool(following) and following <= index

    def commits(self) -> None:
        """Commit what a majority has, if the last of it is of this term. Raises Impossible."""
        if self.role != "Leader":
            raise Impossible(f"a {self.role.lower()} does not decide what is committed")
        now = self.configuration
        index = joint_committed_index(now.voters, now.outgoing, self.match)
        if self.commit < index <= self.last_index and self.log_term(index) == self.term:
            self.commit = index

    def append_to(self, receiver: int, index: int, count: int) -> Message:
        """A MsgApp with so many entries that follow on an index. Raises Impossible."""
        self._must_lead("MsgApp")
        if index + count > self.last_index:
            raise Impossible(f"its log ends at {self.last_index}")
        return Message(
            "MsgApp",
            self.term,
            self.identity,
            receiver,
            index,
            self.log_term(index),
            self.commit,
            entries=tuple(self.log[index : index + count]),
        )

    def heartbeat_to(self, receiver: int) -> Message:
        """A MsgHeartbeat, which commits what the receiver is known to have. Raises Impossible."""
        self._must_lead("MsgHeartbeat")
        commit = min(self.match.get(receiver, 0), self.commit)
        return Message("MsgHeartbeat", self.term, self.identity, receiver, commit=commit)

    def snapshot_to(self, receiver: int, index: int) -> Message:
        """A MsgSnap of what is committed up to an index. Raises Impossible."""
        self._must_lead("MsgSnap")
        if index > self.commit:
            raise Impossible(f"its snapshot ends at {index} but {self.commit} is committed")
        entries = tuple(self.log[:index])
        return Message("MsgSnap", self.term, self.identity, receiver, entries=entries)

    def _must_lead(self, kind: Kind) -> None:
        if self.role != "Leader":
            raise Impossible(f"a {self.role.lower()} does not send {kind}")

    # -- candidates ----------------------------------------------------------------------------
    def ask(self, receiver: int) -> Message:
        """A MsgVote. Raises Impossible."""
        if self.role != "Candidate":
            raise Impossible(f"a {self.role.lower()} does not ask for votes")
        last = self.last_index
        return Message("MsgVote", self.term, self.identity, receiver, last, self.log_term(last))

    # -- messages ------------------------------------------------------------------------------
    def receive(self, message: Message) -> tuple[Message, ...]:
        """Take in a message; the replies that it may give, one of them at most.

        Raises Impossible where the member would panic.
        """
        if message.term > self.term:
            leads = message.kind in ("MsgApp", "MsgHeartbeat", "MsgSnap")
            self.become_follower(message.term, message.sender if leads else NOBODY)
        elif message.term < self.term:
            if message.kind in ("MsgApp", "MsgHeartbeat"):
                # Only with check-quorum or pre-vote, so that the old leader learns of the new term.
                return (self._reply("MsgAppResp", message),)
            return ()
        match message.kind:
            case "MsgVote":
                return (self._vote(message),)
            case "MsgVoteResp":
                if self.role == "Candidate":
                    self.votes.setdefault(message.sender, not message.reject)
                return ()
            case "MsgAppResp":
                if self.role == "Leader" and not message.reject:
                    known = self.match.get(message.sender, 0)
                    self.match[message.sender] = max(known, message.index)
                return ()
            case "MsgHeartbeatResp":
                return ()
        if self.role == "Leader":
            raise Impossible(f"two members lead the term {self.term}")
        if self.role == "Candidate":
            self.become_follower(message.term, message.sender)
        self.lead = message.sender
        if message.kind == "MsgHeartbeat":
            self._commit_to(message.commit)
            return (self._reply("MsgHeartbeatResp", message),)
        if message.kind == "MsgSnap":
            return (self._restore(message),)
        return (self._append(message),)

    def _reply(self, kind: Kind, to: Message, index: int = 0, reject: bool = False) -> Message:
        return Message(kind, self.term, self.identity, to.sender, index, reject=reject)

    def _vote(self, message: Message) -> Message:
        free = self.vote == NOBODY and self.lead == NOBODY
        mine = (self.log_term(self.last_index), self.last_index)
        granted = (self.vote == message.sender or free) and (
            (message.log_term, message.index) >= mine
        )
        if granted:
            self.vote = message.sender
        return self._reply("MsgVoteResp", message, reject=not granted)

    def _append(self, message: Message) -> Message:
        before = message.index
        if before < self.commit:
            return self._reply("MsgAppResp", message, self.commit)
        if before > self.last_index or self.log_term(before) != message.log_term:
            return self._reply("MsgAppResp", message, before, reject=True)
        for index, entry in enumerate(message.entries, before + 1):
            if self.log_term(index) != entry.term:
                if index <= self.commit:
                    raise Impossible(f"it would overwrite the committed entry {index}")
                rest = message.entries[index - before - 1 :]
                if index <= self.last_index:
                    # A new list, for what is durable may share the old one.
                    self.log = self.log[: index - 1]
                self.log.extend(rest)
                break
        last = before + len(message.entries)
        self._commit_to(min(message.commit, last))
        return self._reply("MsgAppResp", message, last)

    def _restore(self, message: Message) -> Message:
        index = len(message.entries)
        if index <= self.commit:
            return self._reply("MsgAppResp", message, self.commit)
        if self.log_term(index) == message.entries[-1].term:
            self._commit_to(index)
            return self._reply("MsgAppResp", message, self.commit)
        self.log, self.commit = list(message.entries), index
        state = self.first
        for entry in message.entries:
            if entry.change is not None:
                state = _changed(state, entry.change)
        self.configuration, self.applied = state, index
        return self._reply("MsgAppResp", message, index)

    def _commit_to(self, index: int) -> None:
        if index > self.last_index:
            raise Impossible(f"{index} is committed but its log ends at {self.last_index}")
        self.commit = max(self.commit, index)

    # -- configurations ------------------------------------------------------------------------
    def apply_change(self) -> None:
        """Let the next committed change take effect. Raises Impossible."""
        index = self.next_change()
        if not index:
            raise Impossible("no committed change of its configuration is left to apply")
        change = self.log[index - 1].change
        assert change is not None
        self.configuration, self.applied = _changed(self.configuration, change), index


def _changed(state: Configuration, change: Change) -> Configuration:
    try:
        return simple(state, [change], 0)
    except ConfChangeError as refused:
        raise Impossible(str(refused)) from None
