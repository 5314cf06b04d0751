"""Votes and commits by majority, of one configuration or of two at once.

Source: etcd-io/raft at cdfbeed `quorum/majority.go` (VoteResult, CommittedIndex),
`quorum/joint.go`.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Literal

Vote = Literal["pending", "lost", "won"]

#: The index that a configuration without voters commits: every one.
EVERYTHING = 2**64 - 1


def majority(voters: int) -> int:
    """The fewest of so many voters that are more than half."""
    return voters // 2 + 1


def vote_result(voters: Set[int], votes: Mapping[int, bool]) -> Vote:
    """How an election stands; nobody is asked in a configuration without voters, and it is won.

    Votes of those who are no voters do not count.
    """
    cast = [votes[voter] for voter in voters if voter in votes]
    needed = majority(len(voters)) if voters else 0
    if sum(cast) >= needed:
        return "won"
    missing = len(voters) - len(cast)
    return "pending" if sum(cast) + missing >= needed else "lost"


def committed_index(voters: Set[int], acknowledged: Mapping[int, int]) -> int:
    """The largest index that a majority has acknowledged; who is missing has nothing."""
    if not voters:
        return EVERYTHING
    indices = sorted((acknowledged.get(voter, 0) for voter in voters), reverse=True)
    return indices[majority(len(voters)) - 1]


def joint_vote_result(incoming: Set[int], outgoing: Set[int], votes: Mapping[int, bool]) -> Vote:
    """How an election stands that must be won in both configurations."""
    results = {vote_result(incoming, votes), vote_result(outgoing, votes)}
    if "lost" in results:
        return "lost"
    return "pending" if "pending" in results else "won"


def joint_committed_index(
    incoming: Set[int], outgoing: Set[int], acknowledged: Mapping[int, int]
) -> int:
    """The largest index that is committed in both configurations."""
    return min(committed_index(voters, acknowledged) for voters in (incoming, outgoing))
