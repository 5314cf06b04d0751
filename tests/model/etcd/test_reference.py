"""The finite model of Raft does what the scalar members do.

Random walks of the finite model; each of its steps is done with scalar members, too, by the message
that it stands for. What the model does one entry at a time, members may do several at a time: they
commit as far as they can, and are then held to what the model says.
"""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from model.api.controlplane import MemberChange
from model.etcd.confchange import Change, Configuration
from model.etcd.member import NOBODY, Entry, Impossible, Member, Message
from model.ir.interpret import Step, steps
from model.ir.system import State
from tests.model.etcd.groups import Group, removal

PLANS: dict[str, tuple[MemberChange, ...]] = {
    "fixed": (),
    "removal": (removal(2),),
    "addition": (MemberChange("add etcd-4", adds=("etcd-4",)),),
    "learner": (MemberChange("learner etcd-4", learners=("etcd-4",)),),
}
KINDS: dict[str, Change] = {
    "removal": Change("remove", 3),
    "addition": Change("voter", 4),
    "learner": Change("learner", 4),
}


class Replay:
    """Scalar members beside a state of the finite model; theirs are the numbers from 1."""

    def __init__(self, group: Group, change: Change | None) -> None:
        self.group, self.change = group, change
        size = next(s.size for s in group.system.sorts if s.name == "Member")
        first = Configuration(frozenset({1, 2, 3}), next_index=dict.fromkeys((1, 2, 3), 1))
        self.members = [Member(m + 1, configuration=first, first=first) for m in range(size)]
        #: Who was elected in each term.
        self.leaders: dict[int, int] = {}

    def follow(self, before: State, step: Step, after: State) -> None:
        """Do one step with scalar members. Raises Impossible."""
        name = step.action.name.replace(" ", "_")
        getattr(self, f"_{name}")(before, after, *step.arguments)

    def _read(self, state: State, name: str, *arguments: int) -> Any:
        return self.group.read(state, name, *arguments)

    def _campaign(self, before: State, after: State, m: int) -> None:
        member = self.members[m]
        member.campaign()
        member.receive(Message("MsgVoteResp", member.term, m + 1, m + 1))

    def _vote(self, before: State, after: State, voter: int, candidate: int) -> None:
        # The model lets who knows of a leader vote in that leader's term; see `elections`.
        self.members[voter].lead = NOBODY
        (answer,) = self.members[voter].receive(self.members[candidate].ask(voter + 1))
        assert not answer.reject
        self.members[candidate].receive(answer)

    def _win(self, before: State, after: State, m: int) -> None:
        self.members[m].become_leader()
        self.leaders[self.members[m].term] = m

    def _hear_of_a_newer_term(self, before: State, after: State, m: int, term: int) -> None:
        self.members[m].receive(Message("MsgHeartbeatResp", term + 1, NOBODY, m + 1))

    def _restart(self, before: State, after: State, m: int) -> None:
        self.members[m].persist()
        self.members[m].restart()

    def _write(self, before: State, after: State, m: int, index: int) -> None:
        self._appends(m, None)

    def _take_a_change(self, before: State, after: State, m: int, index: int, k: int) -> None:
        self._appends(m, self.change)

    def _appends(self, m: int, change: Change | None) -> None:
        member = self.members[m]
        member.propose(change)
        member.receive(Message("MsgAppResp", member.term, m + 1, m + 1, member.last_index))

    def _append(self, before: State, after: State, leader: int, m: int, index: int) -> None:
        message = self.members[leader].append_to(m + 1, index, 1)
        # What is committed travels in a step of its own.
        (answer,) = self.members[m].receive(replace(message, commit=0))
        assert not answer.reject
        self.members[leader].receive(answer)

    def _append_late(self, before: State, after: State, m: int, term: int, index: int) -> None:
        changes = bool(self.change) and self._read(before, "sentChange", term, index) == 0
        message = Message(
            "MsgApp",
            term + 1,
            self.leaders[term + 1] + 1,
            m + 1,
            index,
            self._read(before, "sentTerm", term, index - 1) if index else 0,
            entries=(
                Entry(
                    self._read(before, "sentTerm", term, index), self.change if changes else None
                ),
            ),
        )
        (answer,) = self.members[m].receive(message)
        assert not answer.reject

    def _tell_what_is_committed(self, before: State, after: State, leader: int, m: int) -> None:
        told = self._read(after, "commit", m)
        message = self.members[leader].heartbeat_to(m + 1)
        assert message.commit >= told
        self.members[m].receive(replace(message, commit=told))

    def _commit(self, before: State, after: State, m: int, index: int) -> None:
        member = self.members[m]
        member.commits()
        assert member.commit >= index + 1
        member.commit = index + 1

    def _apply_a_change(self, before: State, after: State, m: int, index: int, k: int) -> None:
        self.members[m].apply_change()

    def _compact(self, before: State, after: State, m: int, index: int) -> None:
        """Members keep what is compacted, as the model does."""
        assert self.members[m].commit > index

    def _snapshot(self, before: State, m: int, term: int, index: int) -> None:
        entries = []
        for i in range(index + 1):
            changes = bool(self.change) and self._read(before, "sentChange", term, i) == 0
            sent = self._read(before, "sentTerm", term, i)
            entries.append(Entry(sent, self.change if changes else None))
        sender = self.leaders[term + 1]
        snapshot = Message("MsgSnap", term + 1, sender + 1, m + 1, entries=tuple(entries))
        (answer,) = self.members[m].receive(snapshot)
        assert not answer.reject
        leader = self.members[sender]
        if (leader.role, leader.term) == ("Leader", term + 1):
            leader.receive(answer)

    def _restore_a_snapshot(
        self, before: State, after: State, m: int, term: int, index: int
    ) -> None:
        self._snapshot(before, m, term, index)
        assert self.members[m].last_index == index + 1

    def _skip_to_a_snapshot(
        self, before: State, after: State, m: int, term: int, index: int
    ) -> None:
        self._snapshot(before, m, term, index)

    def _ignore_a_snapshot(
        self, before: State, after: State, m: int, term: int, index: int
    ) -> None:
        held = list(self.members[m].log)
        self._snapshot(before, m, term, index)
        assert self.members[m].log == held

    def agrees(self, state: State) -> None:
        """Members are as a state of the finite model says, and may do what it lets them."""
        for m, member in enumerate(self.members):
            told = [self._read(state, name, m) for name in ("role", "term", "vote", "commit")]
            assert told == [member.role, member.term, member.vote - 1, member.commit]
            assert self.group.log(state, m) == [entry.term for entry in member.log]
            if self.change is not None:
                held = [self._read(state, "entryChange", m, i) for i in range(len(member.log))]
                assert held == [-1 if e.change is None else 0 for e in member.log]
                applied = any(e.change is not None for e in member.log[: member.applied])
                assert bool(self._read(state, "applied", m, 0)) is applied
            if member.role == "Leader":
                # Who is sent an entry that it knows to be committed says how much it knows.
                for o in range(len(self.members)):
                    assert self._read(state, "match", m, o) <= member.match.get(o + 1, 0)
            last = member.term == TERMS
            assert self.group.can(state, "campaign", m) is (_can(member, "campaign") and not last)
            assert self.group.can(state, "win", m) is _can(member, "become_leader")


def _can(member: Member, does: str) -> bool:
    try:
        getattr(deepcopy(member), does)()
    except Impossible:
        return False
    return True


TERMS = 3
WALKS = 8
DISTURBING = ("campaign", "restart", "hear of a newer term")


@pytest.mark.parametrize("compaction", [False, True], ids=["whole logs", "snapshots"])
@pytest.mark.parametrize("plan", sorted(PLANS))
def test_random_walks_are_runs_of_scalar_members(plan: str, compaction: bool) -> None:
    """Terms, votes, roles, logs and commits are the same after every step, and so is who may
    campaign or lead."""
    group = Group(3, terms=TERMS, log=3, changes=PLANS[plan], compaction=compaction)
    taken: set[str] = set()
    for seed in range(WALKS):
        chance = random.Random(seed)
        replay, state = Replay(group, KINDS.get(plan)), group.initial
        for _ in range(60):
            choices = [(step, end) for step, end in steps(group.system, state) if end != state]
            if not choices:
                break
            # Campaigns and restarts use up the terms; the others are what there is to compare.
            weights = [1 if s.action.name in DISTURBING else 8 for s, _ in choices]
            ((step, end),) = chance.choices(choices, weights)
            replay.follow(state, step, end)
            replay.agrees(end)
            taken.add(step.action.name)
            state = end
    assert taken == {action.name for action in group.system.actions}
