"""Changes of who votes keep what Raft relies on."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.etcd.confchange import (
    Change,
    ConfChangeError,
    Configuration,
    enter_joint,
    leave_joint,
    simple,
)
from model.etcd.majority import majority

CHANGES = st.lists(
    st.builds(Change, st.sampled_from(["voter", "learner", "remove", "update"]), st.integers(0, 4)),
    max_size=4,
)


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    """What some sequence of allowed changes leads to."""
    state = simple(Configuration(), [Change("voter", 1)], 0)
    for index in range(1, draw(st.integers(1, 6))):
        changes = draw(CHANGES)
        try:
            match draw(st.sampled_from(["simple", "enter", "leave"])):
                case "simple":
                    state = simple(state, changes, index)
                case "enter":
                    state = enter_joint(state, changes, index)
                case _:
                    state = leave_joint(state)
        except ConfChangeError:
            pass
    return state


def quorums(voters: frozenset[int]) -> list[frozenset[int]]:
    return [
        frozenset(chosen)
        for size in range(majority(len(voters)), len(voters) + 1)
        for chosen in combinations(sorted(voters), size)
    ]


def overlap(old: Configuration, new: Configuration) -> bool:
    """Whether no decision of one configuration can go unseen by the other."""

    def decides(state: Configuration) -> list[frozenset[int]]:
        if not state.is_joint:
            return quorums(state.voters)
        return [a | b for a in quorums(state.voters) for b in quorums(state.outgoing)]

    return all(a & b for a in decides(old) for b in decides(new))


@given(configurations(), CHANGES)
def test_quorums_before_and_after_a_change_overlap(
    state: Configuration, changes: list[Change]
) -> None:
    """Whatever change is allowed: two decisions around it have a voter in common."""
    for change in (simple, enter_joint):
        try:
            new = change(state, changes, 7)
        except ConfChangeError:
            continue
        assert overlap(state, new)
        assert new.is_joint == (change is enter_joint)
    if state.is_joint:
        assert overlap(state, leave_joint(state))


@given(configurations())
def test_nobody_is_voter_and_learner_and_everybody_is_known(state: Configuration) -> None:
    """Learners do not vote, next learners still do, and nobody else is kept track of."""
    deciding = state.voters | state.outgoing
    assert not deciding & state.learners
    assert state.learners_next <= state.outgoing - state.voters
    assert set(state.next_index) == deciding | state.learners
    assert state.voters


def test_a_demoted_voter_learns_once_the_joint_configuration_is_left() -> None:
    """Until then it votes in the outgoing half; its progress goes on."""
    state = simple(Configuration(), [Change("voter", 1)], 0)
    joint = enter_joint(state, [Change("voter", 2), Change("learner", 1)], 5, auto_leave=True)
    assert (joint.voters, joint.outgoing, joint.learners_next) == ({2}, {1}, {1})
    left = leave_joint(joint)
    assert (left.voters, left.learners, left.is_joint, left.auto_leave) == ({2}, {1}, False, False)
    assert left.next_index == {1: 1, 2: 5}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([Change("remove", 1)], "removed all voters"),
        ([Change("voter", 2), Change("voter", 3)], "more than one voter changed"),
    ],
)
def test_what_simple_refuses(changes: list[Change], told: str) -> None:
    """A configuration without voters, and two new voters at once."""
    state = simple(Configuration(), [Change("voter", 1)], 0)
    with pytest.raises(ConfChangeError, match=told):
        simple(state, changes, 1)


def test_what_only_joint_configurations_allow() -> None:
    """Entering needs voters and no joint configuration; leaving and simple changes likewise."""
    empty = Configuration()
    one = simple(empty, [Change("voter", 1)], 0)
    joint = enter_joint(one, [Change("voter", 2), Change("voter", 3)], 1)
    with pytest.raises(ConfChangeError, match="zero-voter"):
        enter_joint(empty, [Change("voter", 1)], 0)
    with pytest.raises(ConfChangeError, match="already joint"):
        enter_joint(joint, [], 2)
    with pytest.raises(ConfChangeError, match="in joint config"):
        simple(joint, [], 2)
    with pytest.raises(ConfChangeError, match="non-joint"):
        leave_joint(one)
