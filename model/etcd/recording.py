"""Recorded runs of etcd-io/raft, and whether its members could have done what they say.

Members are followed with `model.etcd.member`: an event is explained if it is what the member does
in its state, and if the state that it tells is the one that follows (for what is received, the one
before).

Source: etcd-io/raft at cdfbeed `state_trace.go` (TracingEvent), `raft.go` and `rawnode.go` for when
each event is traced, `bootstrap.go`; `tla/Traceetcdraft.tla` for what upstream's own check asks.

Omits: pre-votes, which are not traced; joint configurations, for a recording does not say when one
is left; what entries hold besides changes of the configuration. Before its first message, proposal
or Ready a member is believed what it says of itself: it reads that from its storage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from model.etcd.confchange import Change, Configuration
from model.etcd.events import Event, Key, describe, key
from model.etcd.member import NOBODY, Entry, Impossible, Member, Message

#: Events while a member starts, when it tells what its storage holds.
STARTING = frozenset(("InitState", "BecomeFollower", "ApplyConfChange"))


class Unexplained(Exception):
    """The first event that cannot have happened, and why."""

    def __init__(self, event: Event, reason: str) -> None:
        super().__init__(reason)
        self.event = event


@dataclass
class _Followed:
    """A member, and what is known of it beyond its state."""

    member: Member
    starting: bool = True
    #: What it was bootstrapped with, in order.
    bootstrapped: list[int] = field(default_factory=list)
    #: Replies that it may still give to the last message.
    owed: tuple[Message, ...] = ()
    #: Messages that it has not handed over yet: they leave with its next Ready.
    unsent: list[Message] = field(default_factory=list)
    #: The last index before the entries that it appends just now; None if it does not.
    batch: int | None = None
    #: What it received and takes in once it follows.
    unread: Message | None = None


class Explainer:
    """Follows the members of a recording. Feed it every event in order."""

    def __init__(self) -> None:
        self._members: dict[int, _Followed] = {}
        #: What is under way, by how an event describes it.
        self._network: Counter[Key] = Counter()
        self._contents: dict[Key, Message] = {}

    @property
    def members(self) -> int:
        """How many members were seen."""
        return len(self._members)

    def explain(self, event: Event) -> None:
        """Take in the next event. Raises Unexplained."""
        try:
            self._explain(event)
        except Impossible as problem:
            raise Unexplained(event, str(problem)) from None

    def _explain(self, event: Event) -> None:
        followed = self._members.get(event.member)
        if event.name == "InitState":
            self._start(event, followed)
            return
        if followed is None:
            raise Impossible("it did not start: expected InitState first")
        if followed.starting and event.name in STARTING:
            self._believe(followed, event)
            return
        followed.starting = False
        self._settle(followed, event)
        if event.name not in ("Replicate", "ChangeConf"):
            followed.batch = None
        step = _STEPS.get(event.name)
        if step is None:
            raise Impossible(f"an event {event.name} is not known")
        step(self, followed, event)

    # -- starting ------------------------------------------------------------------------------
    def _start(self, event: Event, followed: _Followed | None) -> None:
        if followed is None:
            self._members[event.member] = followed = _Followed(Member(event.member))
            self._believe(followed, event)
            return
        followed.member.restart()
        followed.owed, followed.unsent, followed.batch, followed.unread = (), [], None, None
        _compare(followed.member, event, configuration=False)

    def _believe(self, followed: _Followed, event: Event) -> None:
        """Take over the state of a member that starts."""
        member = followed.member
        member.term, member.vote, member.commit = event.term, event.vote, event.commit
        if event.name == "ApplyConfChange":
            followed.bootstrapped += sorted(event.new_voters - member.configuration.voters)
            known = dict.fromkeys(event.new_voters, 1)
            member.configuration = Configuration(event.new_voters, next_index=known)
        # The first entries of a bootstrapped member add the members of the group.
        adding = [Change("voter", voter) for voter in followed.bootstrapped]
        changes = [*adding, *[None] * event.last_index][: event.last_index]
        member.log = [Entry(1, change) for change in changes]
        member.persist()

    # -- steps ---------------------------------------------------------------------------------
    def _settle(self, followed: _Followed, event: Event) -> None:
        """See that a member that has to follow does so, if it may not pass over the message."""
        message, member = followed.unread, followed.member
        if message is None or event.name == "BecomeFollower":
            return
        followed.unread = None
        # Who hears from a leader need not listen to candidates.
        if message.kind != "MsgVote" or member.lead == NOBODY:
            raise Impossible(f"it would follow in the term {message.term} first")

    def _become_follower(self, followed: _Followed, event: Event) -> None:
        member, message = followed.member, followed.unread
        if message is None:
            member.step_down()
            _compare(member, event)
            return
        followed.unread = None
        member.become_follower(message.term, NOBODY)
        _compare(member, event)
        followed.owed = member.receive(message)

    def _become_candidate(self, followed: _Followed, event: Event) -> None:
        followed.member.campaign()
        _compare(followed.member, event)

    def _become_leader(self, followed: _Followed, event: Event) -> None:
        followed.member.become_leader()
        _compare(followed.member, event)

    def _replicate(self, followed: _Followed, event: Event) -> None:
        member = followed.member
        if followed.batch is None or event.last_index == member.last_index:
            followed.batch = member.last_index
        # Entries that are appended together tell the length of the log before them all.
        _compare(member, event, last_index=followed.batch)
        if len(event.changes) > 1:
            raise Impossible("several changes at once need a joint configuration: not followed")
        member.propose(*event.changes)

    def _commit(self, followed: _Followed, event: Event) -> None:
        followed.member.commits()
        _compare(followed.member, event)

    def _apply(self, followed: _Followed, event: Event) -> None:
        member = followed.member
        # A restored snapshot has brought its configuration with it.
        restored = member.configuration.voters == event.new_voters and not member.next_change()
        _compare(member, event, configuration=not restored)
        if not restored:
            member.apply_change()
        if member.configuration.voters != event.new_voters:
            voters = sorted(member.configuration.voters)
            raise Impossible(f"its configuration becomes {voters}, not {sorted(event.new_voters)}")

    def _ready(self, followed: _Followed, event: Event) -> None:
        _compare(followed.member, event)
        followed.member.persist()
        for message in followed.unsent:
            self._network[key(message)] += 1
            self._contents[key(message)] = message
        followed.unsent.clear()

    def _send(self, followed: _Followed, event: Event) -> None:
        member, told = followed.member, _message(event)
        kind, receiver = told.kind, told.receiver
        own = receiver == member.identity
        # A vote is answered before it is noted down.
        unnoted = kind == "MsgVoteResp" and event.vote == NOBODY
        _compare(member, event, vote=NOBODY if unnoted else member.vote)
        if kind == "MsgApp":
            sent = member.append_to(receiver, told.index, len(told.entries))
        elif kind == "MsgHeartbeat":
            sent = member.heartbeat_to(receiver)
        elif kind == "MsgSnap":
            sent = member.snapshot_to(receiver, len(told.entries))
        elif kind == "MsgVote":
            sent = member.ask(receiver)
        elif kind == "MsgVoteResp" and own:
            sent = Message(kind, member.ask(receiver).term, receiver, receiver)
        elif kind == "MsgAppResp" and own and member.role == "Leader":
            sent = Message(kind, member.term, receiver, receiver, member.last_index)
        else:
            sent = self._reply(followed, key(told))
        if key(sent) != key(told):
            raise Impossible(f"it would send {describe(sent)}")
        followed.unsent.append(sent)

    def _reply(self, followed: _Followed, wanted: Key) -> Message:
        for reply in followed.owed:
            if key(reply) == wanted:
                followed.owed = ()
                return reply
        expected = " or ".join(map(describe, followed.owed))
        raise Impossible(f"it would answer {expected}" if expected else "it owes no answer")

    def _receive(self, followed: _Followed, event: Event) -> None:
        member = followed.member
        _compare(member, event)
        told = key(_message(event))
        if not self._network[told]:
            raise Impossible(f"nobody has sent {describe(_message(event))}")
        self._network[told] -= 1
        message = self._contents[told]
        follows = message.term > member.term or (
            message.term == member.term
            and member.role == "Candidate"
            and message.kind in ("MsgApp", "MsgHeartbeat", "MsgSnap")
        )
        followed.unread = message if follows else None
        followed.owed = () if follows else member.receive(message)


_STEPS: Mapping[str, Callable[[Explainer, _Followed, Event], None]] = {
    "BecomeFollower": Explainer._become_follower,
    "BecomeCandidate": Explainer._become_candidate,
    "BecomeLeader": Explainer._become_leader,
    "Replicate": Explainer._replicate,
    "ChangeConf": Explainer._replicate,
    "Commit": Explainer._commit,
    "ApplyConfChange": Explainer._apply,
    "Ready": Explainer._ready,
    "SendAppendEntriesRequest": Explainer._send,
    "SendAppendEntriesResponse": Explainer._send,
    "SendRequestVoteRequest": Explainer._send,
    "SendRequestVoteResponse": Explainer._send,
    "SendSnapshot": Explainer._send,
    "ReceiveAppendEntriesRequest": Explainer._receive,
    "ReceiveAppendEntriesResponse": Explainer._receive,
    "ReceiveRequestVoteRequest": Explainer._receive,
    "ReceiveRequestVoteResponse": Explainer._receive,
    "ReceiveSnapshot": Explainer._receive,
}


def _compare(
    member: Member,
    event: Event,
    *,
    vote: int | None = None,
    last_index: int | None = None,
    configuration: bool = True,
) -> None:
    """Raise Impossible unless the event tells the member's state, or what is given of it."""
    length = member.last_index if last_index is None else last_index
    # Pre-candidates are followers that ask around; that is not traced.
    role = "Follower" if event.role == "PreCandidate" else event.role
    now = member.configuration
    pairs: Sequence[tuple[str, object, object]] = (
        ("term", member.term, event.term),
        ("vote", member.vote if vote is None else vote, event.vote),
        ("commit index", member.commit, event.commit),
        ("last index", length, event.last_index),
        ("role", member.role, role),
    )
    for name, ours, told in pairs:
        if ours != told:
            raise Impossible(f"its {name} is {ours}, not {told}")
    if configuration and (now.voters, now.outgoing) != event.voters:
        raise Impossible(f"its voters are {sorted(now.voters)}, not {sorted(event.voters[0])}")


def _message(event: Event) -> Message:
    if event.message is None:
        raise Impossible("expected a message with it")
    return event.message
