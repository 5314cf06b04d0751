"""The control plane behind the API: etcd's members, and how leaders are elected by leases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class MemberChange:
    """A change of etcd's members that an operator asks for, by the members' names."""

    #: "remove etcd-3".
    name: str
    adds: tuple[str, ...] = ()
    learners: tuple[str, ...] = ()
    #: Learners that become voters; another change makes learners of them.
    promotes: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    #: Whether it goes through a joint configuration.
    joint: bool = False


@dataclass(frozen=True)
class Lease:
    """How candidates for leadership wait, in seconds of their own clocks (client-go's names)."""

    duration: int = 15
    renew_deadline: int = 10
    retry_period: int = 2


@dataclass(frozen=True)
class ControlPlane:
    """The etcd members behind the API servers."""

    members: int = 3
    #: Votes needed to commit; None is a majority. Anything else is for experiments.
    quorum: int | None = None
    changes: tuple[MemberChange, ...] = ()
    #: How many members are in each zone; empty if nobody says.
    zones: Mapping[str, int] = field(default_factory=dict)
    #: How a leader makes sure that it still leads before it answers a linearizable read.
    reads: Literal["readIndex", "lease", "serializable"] = "readIndex"
    #: Whether members compact their logs, and leaders send snapshots of what they have compacted.
    compaction: bool = False
    #: Of the controllers' and the scheduler's leader election.
    lease: Lease = Lease()

    @property
    def votes(self) -> int:
        return self.members // 2 + 1 if self.quorum is None else self.quorum
