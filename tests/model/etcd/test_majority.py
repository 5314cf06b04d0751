"""Votes and commits by majority, against definitions that are too slow to use."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from model.etcd.majority import (
    EVERYTHING,
    committed_index,
    joint_committed_index,
    joint_vote_result,
    majority,
    vote_result,
)

VOTERS = st.frozensets(st.integers(1, 9), max_size=7)
VOTES = st.dictionaries(st.integers(1, 9), st.booleans())
INDICES = st.dictionaries(st.integers(1, 9), st.integers(1, 6))


def quorums(voters: frozenset[int]) -> list[frozenset[int]]:
    """Every set of more than half of the voters; the empty one of nobody."""
    sizes = range(majority(len(voters)) if voters else 0, len(voters) + 1)
    return [frozenset(chosen) for size in sizes for chosen in combinations(sorted(voters), size)]


@given(VOTERS)
def test_two_majorities_have_a_voter_in_common(voters: frozenset[int]) -> None:
    """No two quorums decide apart from each other, and one voter fewer would not be enough."""
    if voters:
        assert all(one & other for one in quorums(voters) for other in quorums(voters))
        assert 2 * (majority(len(voters)) - 1) <= len(voters)


@given(VOTERS, VOTES)
def test_an_election_is_won_by_a_quorum_and_lost_when_none_is_left(
    voters: frozenset[int], votes: dict[int, bool]
) -> None:
    """Won if all of some quorum said yes; lost if each has somebody who said no."""
    yes = {voter for voter, vote in votes.items() if vote}
    no = set(votes) - yes
    expected = "pending"
    if any(quorum <= yes for quorum in quorums(voters)):
        expected = "won"
    elif all(quorum & no for quorum in quorums(voters)):
        expected = "lost"
    assert vote_result(voters, votes) == expected


@given(VOTERS, INDICES)
def test_an_index_is_committed_if_a_quorum_has_it(
    voters: frozenset[int], indices: dict[int, int]
) -> None:
    """The committed index is the best that any quorum has in all of its logs."""
    best = max(
        (min((indices.get(v, 0) for v in q), default=EVERYTHING) for q in quorums(voters)),
        default=EVERYTHING,
    )
    assert committed_index(voters, indices) == best


@given(VOTERS, VOTERS, VOTES, INDICES)
def test_joint_decisions_need_both_halves(
    one: frozenset[int], other: frozenset[int], votes: dict[int, bool], indices: dict[int, int]
) -> None:
    """Both must win, either may lose; the order of the halves, an empty half and a repeated one
    do not matter."""
    result = joint_vote_result(one, other, votes)
    halves = [vote_result(one, votes), vote_result(other, votes)]
    assert (result == "won") == (halves == ["won", "won"])
    assert (result == "lost") == ("lost" in halves)
    assert joint_vote_result(other, one, votes) == result
    index = joint_committed_index(one, other, indices)
    assert index == min(committed_index(half, indices) for half in (one, other))
    for same in (frozenset[int](), one):
        assert joint_vote_result(one, same, votes) == vote_result(one, votes)
        assert joint_committed_index(one, same, indices) == committed_index(one, indices)
