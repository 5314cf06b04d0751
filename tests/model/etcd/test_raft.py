"""Raft's steps, one by one: elections, logs, commits, restarts."""

from __future__ import annotations

import pytest

from checker.engines.explicit import Explicit
from model.api.controlplane import MemberChange
from model.ir.interpret import holds
from model.scenario import Faults
from tests.effort import busy
from tests.model.etcd.groups import A_LEADS, A, B, C, Group, Path, canonical, removal


def test_a_leader_needs_a_majority() -> None:
    """A candidate's own vote is not enough among three; alone it is."""
    group = Group()
    candidate = group.run(("campaign", A))
    assert group.read(candidate, "term", A) == 1
    assert group.read(candidate, "role", A) == "Candidate"
    assert not group.can(candidate, "win", A)
    assert group.read(group.run(*A_LEADS), "role", A) == "Leader"
    single = Group(1)
    assert single.can(single.run(("campaign", A)), "win", A)
    small = Group(3, "quorum-too-small")
    assert small.can(small.run(("campaign", A)), "win", A)


def test_one_vote_a_term() -> None:
    """Who has voted in a term votes for nobody else in it, but does in a later one."""
    path = (("campaign", A), ("campaign", C), ("vote", B, A))
    group = Group()
    state = group.run(*path)
    assert not group.can(state, "vote", B, C)
    later = group.run(("campaign", C), start=state)
    assert group.read(later, "term", C) == 2
    assert group.can(later, "vote", B, C)
    twice = Group(3, "votes-twice")
    assert twice.can(twice.run(*path), "vote", B, C)


def test_votes_count_in_their_term_only() -> None:
    """A candidate that campaigns again needs new votes."""
    path = (("campaign", A), ("vote", B, A), ("campaign", A))
    group, faulty = Group(), Group(3, "old-votes-count")
    assert not group.can(group.run(*path), "win", A)
    assert faulty.can(faulty.run(*path), "win", A)


def test_votes_go_to_logs_that_are_not_behind() -> None:
    """A later last term wins, in the same term the longer log; equal logs are good enough."""
    behind = (*A_LEADS, ("write", A, 0), ("append", A, B, 0), ("campaign", C), ("campaign", C))
    equal = (*A_LEADS, ("write", A, 0), ("append", A, B, 0), ("campaign", B))
    longer = (*A_LEADS, ("write", A, 0), ("append", A, B, 0), ("write", A, 1), ("campaign", B))
    older = (
        *(*A_LEADS, ("write", A, 0), ("write", A, 1)),
        *(("campaign", C), ("campaign", C), ("vote", B, C), ("win", C), ("write", C, 0)),
        *(("restart", A), ("campaign", A), ("campaign", A), ("restart", C)),
    )
    elect = {
        behind: (B, C),
        equal: (A, B),
        longer: (A, B),
        older: (C, A),
    }
    may = {
        "": {equal},
        "stale-log-elected": {behind, equal, longer, older},
        "last-term-ignored": {equal, older},
        "log-length-ignored": {equal, longer},
    }
    for mutation, allowed in may.items():
        group = Group(3, mutation)
        for path, (voter, candidate) in elect.items():
            state = group.run(*path)
            if group.read(state, "role", voter) == "Leader":
                term = group.read(state, "term", candidate) - 1
                state = group.run(("hear of a newer term", voter, term), start=state)
            assert group.can(state, "vote", voter, candidate) is (path in allowed), mutation


def test_a_newer_term_ends_leadership() -> None:
    """A leader that hears of a newer term follows, with its vote free again."""
    group = Group()
    state = group.run(*A_LEADS, ("campaign", C))
    assert not group.can(state, "hear of a newer term", A, 0)
    assert not group.can(state, "hear of a newer term", A, 1)
    state = group.run(("campaign", C), ("hear of a newer term", A, 1), start=state)
    read = [group.read(state, name, A) for name in ("role", "term", "vote")]
    assert read == ["Follower", 2, -1]


def test_writes_are_appended_in_order_by_leaders_only() -> None:
    """A leader fills the next revision with its own term; followers take no writes."""
    group = Group()
    state = group.run(*A_LEADS)
    assert not group.can(state, "write", A, 1)
    assert not group.can(state, "write", B, 0)
    state = group.run(("write", A, 0), ("write", A, 1), start=state)
    assert group.log(state, A) == [1, 1]
    assert not group.can(state, "write", A, 1)


CONFLICT = (
    *(*A_LEADS, ("write", A, 0), ("write", A, 1)),
    *(("campaign", C), ("campaign", C), ("vote", B, C), ("win", C), ("write", C, 0)),
    ("hear of a newer term", A, 1),
)


def test_followers_take_the_leaders_log() -> None:
    """Missing entries are added in order; a conflict replaces the rest of the follower's log; a
    longer log that agrees is kept."""
    group = Group()
    state = group.run(*A_LEADS, ("write", A, 0), ("write", A, 1))
    assert not group.can(state, "append", A, B, 1)
    state = group.run(("append", A, B, 0), ("append", A, B, 1), start=state)
    assert group.log(state, B) == [1, 1]
    state = group.run(*CONFLICT, ("append", C, A, 0))
    assert group.log(state, A) == [2]
    assert group.read(state, "role", A) == "Follower"
    assert group.read(state, "entryLeader", A, 0) == C
    kept = Group(3, "conflicts-kept")
    assert kept.log(kept.run(*CONFLICT, ("append", C, A, 0)), A) == [1, 1]
    # C leads with less than A has, but in agreement: nothing of A's is lost.
    agree: Path = (
        *A_LEADS,
        ("write", A, 0),
        ("append", A, B, 0),
        ("append", A, C, 0),
        ("write", A, 1),
    )
    agree = (*agree, ("campaign", C), ("vote", B, C), ("win", C))
    agree = (*agree, ("hear of a newer term", A, 1), ("append", C, A, 0))
    assert group.log(group.run(*agree), A) == [1, 1]
    truncating = Group(3, "appends-truncate")
    assert truncating.log(truncating.run(*agree), A) == [1]


def test_the_entry_before_must_agree() -> None:
    """An entry is taken only behind the one that the leader has before it."""
    path = (*CONFLICT, ("write", C, 1))
    group = Group()
    assert not group.can(group.run(*path), "append", C, A, 1)
    assert not group.can(group.run(*path), "append", C, B, 1)
    unchecked = Group(3, "previous-entry-unchecked")
    state = unchecked.run(*path, ("append", C, A, 1))
    assert unchecked.log(state, A) == [1, 2]
    assert unchecked.broken(state) == {"log-matching"}
    refused = Group(3, "refusals-count")
    state = refused.run(*path, ("count a refusal", C, A, 1))
    assert refused.read(state, "match", C, A) == 2
    assert refused.log(state, A) == [1, 1]


def test_old_leaders_reach_nobody_in_a_newer_term() -> None:
    """A member of a newer term ignores what an old leader sends."""
    path = (*A_LEADS, ("write", A, 0), ("campaign", C), ("campaign", C), ("restart", C))
    group, faulty = Group(), Group(3, "old-term-appends")
    assert not group.can(group.run(*path), "append", A, C, 0)
    assert group.can(group.run(*path), "append", A, B, 0)
    assert faulty.can(faulty.run(*path), "append", A, C, 0)


def test_entries_may_arrive_after_their_leader_is_gone() -> None:
    """What a leader sent may arrive late, also twice, while the receiver is in no newer term."""
    group = Group()
    led = group.run(*A_LEADS, ("write", A, 0))
    assert not group.can(led, "append late", B, 0, 0)
    state = group.run(("restart", A), start=led)
    assert not group.can(state, "append late", B, 0, 1)
    late = group.run(("append late", C, 0, 0), start=state)
    assert group.log(late, C) == [1]
    assert group.read(late, "term", C) == 1
    newer = group.run(("campaign", B), ("restart", B), start=state)
    assert not group.can(newer, "append late", B, 0, 0)


def test_commits_need_copies_of_a_majority() -> None:
    """An entry is committed, with all before it, once a majority is known to hold it."""
    group = Group()
    state = group.run(*A_LEADS, ("write", A, 0), ("write", A, 1))
    assert not group.can(state, "commit", A, 0)
    state = group.run(("append", A, B, 0), ("append", A, B, 1), ("commit", A, 1), start=state)
    assert [group.read(state, "chosenTerm", i) for i in range(2)] == [1, 1]
    assert group.read(state, "commit", A) == 2
    assert not group.broken(state)
    hasty = Group(3, "minority-commits")
    state = hasty.run(*A_LEADS, ("write", A, 0), ("commit", A, 0))
    assert hasty.broken(state) == {
        "writes-need-quorum",
        "no-split-brain-writes",
        "acknowledged-writes-survive",
    }


def test_followers_learn_what_is_committed_of_what_they_hold() -> None:
    """A leader tells a follower no more than the follower is known to hold."""
    path = (*A_LEADS, ("write", A, 0), ("append", A, B, 0), ("commit", A, 0))
    group, beyond = Group(), Group(3, "commit-beyond-log")
    state = group.run(*path, ("tell what is committed", A, B))
    assert group.read(state, "commit", B) == 1
    told = group.run(*path, ("append", A, C, 0), ("tell what is committed", A, C))
    assert group.read(told, "commit", C) == 1
    # C is in the leader's term and holds nothing.
    state = group.run(*path, ("hear of a newer term", C, 0))
    assert not group.can(state, "tell what is committed", A, C)
    state = beyond.run(*path, ("hear of a newer term", C, 0), ("tell what is committed", A, C))
    assert beyond.broken(state) == {"state-machine-safety"}


#: Figure 8 of the Raft paper among three: A's write of term 1 is on a majority in term 3, and C,
#: whose own write is of term 2, can still be elected.
FIGURE_8 = (
    *(*A_LEADS, ("write", A, 0), ("restart", A)),
    *(("campaign", C), ("campaign", C), ("vote", B, C), ("win", C), ("write", C, 0)),
    *(("restart", C), ("campaign", A), ("campaign", A), ("vote", B, A), ("win", A)),
    ("append", A, B, 0),
)


def test_a_leader_commits_only_writes_of_its_own_term_by_counting() -> None:
    """A write of an earlier term is not committed by its copies alone: another leader could still
    replace it. With the seeded fault it is, and two writes meet at one revision."""
    group = Group()
    state = group.run(*FIGURE_8)
    assert not group.can(state, "commit", A, 0)
    state = group.run(("write", A, 1), ("append", A, B, 1), ("commit", A, 1), start=state)
    assert [group.read(state, "chosenTerm", i) for i in range(2)] == [1, 3]
    wrong = Group(3, "old-term-commit")
    state = wrong.run(*FIGURE_8, ("commit", A, 0))
    assert not wrong.broken(state)
    again = (("campaign", C), ("campaign", C), ("vote", B, C), ("win", C))
    state = wrong.run(*again, start=state)
    assert wrong.broken(state) == {"leader-completeness"}
    state = wrong.run(("append", C, B, 0), ("commit", C, 0), start=state)
    assert "no-split-brain-writes" in wrong.broken(state)


def test_what_a_member_keeps_when_it_restarts() -> None:
    """Term, vote, log and what is committed are on disk; its role and what it heard are not."""
    path = (*A_LEADS, ("write", A, 0), ("append", A, B, 0), ("commit", A, 0), ("write", A, 1))
    group = Group()
    state = group.run(*path, ("restart", A))
    assert [group.read(state, name, A) for name in ("role", "term", "vote", "commit")] == [
        "Follower",
        1,
        A,
        1,
    ]
    assert group.log(state, A) == [1, 1]
    assert group.read(state, "match", A, B) == 0
    assert not group.can(state, "restart", A)
    dropping = Group(3, "uncommitted-entries-dropped")
    assert dropping.log(dropping.run(*path, ("restart", A)), A) == [1]


def test_the_bounds_say_where_they_bite() -> None:
    """Terms and revisions that have run out are reported as bounds that were reached."""
    group = Group(terms=1, log=1)
    terms, log = group.system.bounds
    assert not holds(group.system, terms.reached, group.initial)
    campaigned = group.run(("campaign", A))
    assert holds(group.system, terms.reached, campaigned)
    assert not group.can(campaigned, "campaign", A)
    assert not holds(group.system, log.reached, group.run(*A_LEADS))
    assert holds(group.system, log.reached, group.run(*A_LEADS, ("write", A, 0)))


JOINT = MemberChange("replace", adds=("etcd-2",), removes=("etcd-1",), joint=True)
SMALL = {
    "three members": Group(3, terms=1, log=1),
    "two terms": Group(2, terms=2, log=1),
    "lost writes": Group(2, terms=1, log=1, faults=Faults(lost_writes=1)),
    "a lost disk": Group(2, terms=1, log=1, faults=Faults(lost_disks=1)),
    "a removal": Group(2, terms=1, log=2, changes=(removal(B),)),
    "a joint configuration": Group(1, terms=1, log=2, changes=(JOINT,)),
    "a learner": Group(1, terms=1, log=2, changes=(MemberChange("l", learners=("etcd-2",)),)),
}


@pytest.mark.parametrize("name", sorted(SMALL))
def test_the_explorer_agrees_with_the_interpreter(name: str) -> None:
    """As many states, told apart or up to names, and the same properties violated in some."""
    group = SMALL[name]
    states = group.reachable()
    broken = {name for state in states for name in group.broken(state)}
    assert bool(broken) is (name == "a lost disk")
    properties = group.system.properties
    every = Explicit(symmetric=False).check(group.system, properties, busy(60))
    assert {verdict.states for verdict in every} == {len(states)}
    assert {v.property for v in every if v.outcome == "violated"} == broken
    if name in ("three members", "two terms", "lost writes", "a lost disk"):
        alike = Explicit().check(group.system, properties, busy(60))
        orbits = {canonical(group, state) for state in states}
        assert {verdict.states for verdict in alike} == {len(orbits)}


def test_every_step_is_possible_somewhere() -> None:
    """No action of the shipped parts is idle in all of the small groups."""
    taken: set[str] = set()
    for group in SMALL.values():
        system = group.system
        found = Explicit().check(system, system.properties, busy(60))
        assert found[0].idle is not None
        taken |= {repr(action) for action in system.actions} - set(found[0].idle)
    assert taken == {repr(action) for group in SMALL.values() for action in group.system.actions}
