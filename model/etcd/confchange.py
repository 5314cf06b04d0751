"""Changes of who votes: one voter at a time, or through a joint configuration.

Source: etcd-io/raft at cdfbeed `confchange/confchange.go` (Simple, EnterJoint, LeaveJoint,
checkInvariants), `tracker/tracker.go` (Config).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

Members = frozenset[int]
NOBODY: Members = frozenset()


class Change(NamedTuple):
    """One change of one member. Member 0 is nobody: its changes are ignored."""

    kind: Literal["voter", "learner", "remove", "update"]
    member: int


class ConfChangeError(Exception):
    """A change that may not be made; the message is upstream's."""


@dataclass(frozen=True)
class Configuration:
    """Who votes and who learns, and what a leader knows of everybody.

    A configuration is joint while `outgoing` has voters: then decisions need a majority of
    `voters` and one of `outgoing`.
    """

    voters: Members = NOBODY
    outgoing: Members = NOBODY
    learners: Members = NOBODY
    #: Voters of `outgoing` that become learners once the joint configuration is left.
    learners_next: Members = NOBODY
    auto_leave: bool = False
    #: For each member the index of the entry to send next.
    next_index: Mapping[int, int] = field(default_factory=dict)

    @property
    def is_joint(self) -> bool:
        return bool(self.outgoing)

    def is_learner(self, member: int) -> bool:
        """Whether a member only learns; one of `learners_next` still votes."""
        return member in self.learners


def simple(old: Configuration, changes: Sequence[Change], last_index: int) -> Configuration:
    """The configuration after changes of one voter at most. Raises ConfChangeError."""
    if old.is_joint:
        raise ConfChangeError("can't apply simple config change in joint config")
    new = _applied(old, changes, last_index)
    if len(old.voters ^ new.voters) > 1:
        raise ConfChangeError("more than one voter changed without entering joint config")
    return new


def enter_joint(
    old: Configuration, changes: Sequence[Change], last_index: int, *, auto_leave: bool = False
) -> Configuration:
    """The joint configuration of the present voters and of those after the changes.

    Raises ConfChangeError.
    """
    if old.is_joint:
        raise ConfChangeError("config is already joint")
    if not old.voters:
        raise ConfChangeError("can't make a zero-voter config joint")
    new = _applied(replace(old, outgoing=old.voters), changes, last_index)
    return replace(new, auto_leave=auto_leave)


def leave_joint(old: Configuration) -> Configuration:
    """The configuration of the incoming voters alone. Raises ConfChangeError."""
    if not old.is_joint:
        raise ConfChangeError("can't leave a non-joint config")
    learners = old.learners | old.learners_next
    kept = old.voters | learners
    next_index = {member: index for member, index in old.next_index.items() if member in kept}
    return Configuration(old.voters, learners=learners, next_index=next_index)


def _applied(old: Configuration, changes: Sequence[Change], last_index: int) -> Configuration:
    new = old
    for change in changes:
        if change.member != 0:
            new = _changed(new, change, last_index)
    if not new.voters:
        raise ConfChangeError("removed all voters")
    return new


def _changed(old: Configuration, change: Change, last_index: int) -> Configuration:
    member = change.member
    known = member in old.next_index
    if change.kind == "update" or (change.kind == "remove" and not known):
        return old
    if change.kind == "learner" and old.is_learner(member):
        return old
    alone = frozenset((member,))
    # Wherever the member was among those who decide from now on, it is there no more.
    rest = replace(
        old,
        voters=old.voters - alone,
        learners=old.learners - alone,
        learners_next=old.learners_next - alone,
    )
    stays = member in old.outgoing
    if change.kind == "remove":
        if stays:
            return rest
        left = {other: index for other, index in old.next_index.items() if other != member}
        return replace(rest, next_index=left)
    if not known:
        # Upstream's optimism: the first probe is for the newest entry.
        added = {**old.next_index, member: max(last_index, 1)}
        rest = replace(rest, next_index=added)
    if change.kind == "voter":
        return replace(rest, voters=rest.voters | alone)
    if stays:
        return replace(rest, learners_next=rest.learners_next | alone)
    return replace(rest, learners=rest.learners | alone)
