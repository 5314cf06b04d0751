"""Raft's membership changes, and what crashes take."""

from __future__ import annotations

from itertools import combinations

import pytest

from model.api.controlplane import MemberChange
from model.etcd.majority import joint_vote_result
from model.ir.interpret import evaluate
from model.scenario import Faults
from tests.model.etcd.groups import A_LEADS, A, B, C, D, Group, removal

REMOVED = (("append", A, B, 0), ("commit", A, 0))
#: Revision 1 is the first change of the plan, committed by A and B.
CHANGED = (*A_LEADS, ("take a change", A, 0, 0), *REMOVED)


def test_changes_take_effect_where_they_are_applied() -> None:
    """A change is applied by each member that knows it to be committed, and counts there only."""
    group = Group(changes=(removal(C),))
    state = group.run(*A_LEADS, ("take a change", A, 0, 0))
    assert not group.can(state, "apply a change", A, 0, 0)
    state = group.run(*REMOVED, start=state)
    assert not group.can(state, "apply a change", B, 0, 0)
    state = group.run(("tell what is committed", A, B), ("apply a change", B, 0, 0), start=state)
    assert not group.can(state, "apply a change", B, 0, 0)
    # B has removed C and does not ask it; A, which leads on, has not and sends it entries.
    assert group.can(state, "append", A, C, 0)
    state = group.run(("campaign", B), start=state)
    assert not group.can(state, "vote", C, B)


def test_a_committed_change_is_applied_before_a_campaign() -> None:
    """Who knows of a committed change that it has not applied does not campaign; with the seeded
    fault it does, in its old configuration."""
    path = (*CHANGED, ("restart", A))
    group, faulty = (
        Group(3, mutation, changes=(removal(C),))
        for mutation in ("", "campaigns-with-unapplied-change")
    )
    state = group.run(*path)
    assert not group.can(state, "campaign", A)
    assert group.can(group.run(("apply a change", A, 0, 0), start=state), "campaign", A)
    # B does not know yet that it is committed.
    assert group.can(state, "campaign", B)
    assert faulty.can(faulty.run(*path), "campaign", A)


def test_removed_members_do_not_campaign() -> None:
    """Who is no voter of its own configuration does not stand for election."""
    group = Group(changes=(removal(C),))
    path = (*CHANGED, ("append", A, C, 0), ("tell what is committed", A, C))
    state = group.run(*path)
    assert not group.can(state, "campaign", C)
    assert not group.can(group.run(("apply a change", C, 0, 0), start=state), "campaign", C)


def test_one_change_at_a_time() -> None:
    """A leader takes a change only when the one before is committed and applied; with the seeded
    fault it takes both."""
    plan = (removal(C), removal(B))
    group, faulty = (Group(3, name, changes=plan) for name in ("", "pending-change-ignored"))
    path = (*A_LEADS, ("take a change", A, 0, 0))
    for done in ((), REMOVED):
        assert not group.can(group.run(*path, *done), "take a change", A, 1, 1)
    state = group.run(*path, *REMOVED, ("apply a change", A, 0, 0))
    assert group.can(state, "take a change", A, 1, 1)
    assert not group.can(state, "take a change", A, 1, 0)
    assert faulty.can(faulty.run(*path), "take a change", A, 1, 1)


def test_a_new_leader_waits_for_what_it_found() -> None:
    """What a leader holds when it is elected may be a change, so it commits that first."""
    group = Group(changes=(removal(C), removal(B)))
    state = group.run(*A_LEADS, ("take a change", A, 0, 0), ("append", A, B, 0), ("campaign", B))
    state = group.run(("vote", C, B), ("win", B), start=state)
    assert not group.can(state, "take a change", B, 1, 1)


def test_a_later_change_tells_of_the_earlier_one() -> None:
    """Who receives a change knows that the one before it is committed."""
    plan = (removal(C), removal(B))
    group = Group(changes=plan)
    state = group.run(*CHANGED, ("apply a change", A, 0, 0), ("take a change", A, 1, 1))
    assert not group.can(state, "apply a change", B, 0, 0)
    state = group.run(("append", A, B, 1), start=state)
    assert group.can(state, "apply a change", B, 0, 0)
    assert not group.can(state, "apply a change", B, 1, 1)
    assert not group.can(state, "campaign", B)


def test_somebody_is_left() -> None:
    """The last voter cannot be removed."""
    group = Group(2, changes=(removal(A), removal(B)))
    state = group.run(*CHANGED, ("apply a change", A, 0, 0))
    assert not group.can(state, "take a change", A, 1, 1)


def test_changes_that_apply_when_appended_wait_for_an_own_commit() -> None:
    """In the variant, a leader first commits an entry of its term; with the seeded fault not."""
    variant = "changes-apply-when-appended"
    plan = (removal(D),)
    careful = Group(4, variant, changes=plan)
    hasty = Group(4, variant, "change-before-own-commit", changes=plan)
    leads = (("campaign", A), ("vote", B, A), ("vote", C, A), ("win", A))
    assert not careful.can(careful.run(*leads), "take a change", A, 0, 0)
    first = (("write", A, 0), ("append", A, B, 0), ("append", A, C, 0), ("commit", A, 0))
    assert careful.can(careful.run(*leads, *first), "take a change", A, 1, 0)
    # It is in effect at once: two of three are enough.
    state = hasty.run(*leads, ("take a change", A, 0, 0), ("append", A, B, 0))
    assert hasty.can(state, "commit", A, 0)


LEARNER = MemberChange("learner", learners=("etcd-2", "etcd-3"))
PROMOTION = MemberChange("promote", promotes=("etcd-2",))
ALONE = (("campaign", A), ("win", A))


def test_learners_copy_and_do_not_count() -> None:
    """A learner gets entries, and has no vote until it is promoted; nobody else is promoted."""
    group = Group(1, changes=(LEARNER, PROMOTION), log=3)
    state = group.run(*ALONE)
    assert not group.can(state, "take a change", A, 0, 1)
    state = group.run(("take a change", A, 0, 0), ("commit", A, 0), start=state)
    assert not group.can(state, "append", A, B, 0)
    state = group.run(("apply a change", A, 0, 0), ("append", A, B, 0), start=state)
    state = group.run(("write", A, 1), start=state)
    assert group.can(state, "commit", A, 1)
    state = group.run(("tell what is committed", A, B), ("apply a change", B, 0, 0), start=state)
    assert not group.can(state, "campaign", B)
    counting = Group(1, "learners-count", changes=(LEARNER, PROMOTION), log=3)
    path = (*ALONE, ("take a change", A, 0, 0), ("commit", A, 0), ("apply a change", A, 0, 0))
    assert not counting.can(counting.run(*path, ("write", A, 1)), "commit", A, 1)
    state = group.run(*path, ("take a change", A, 1, 1), ("commit", A, 1))
    state = group.run(("apply a change", A, 1, 1), ("write", A, 2), start=state)
    assert not group.can(state, "commit", A, 2)
    copied = [("append", A, B, i) for i in range(3)]
    assert group.can(group.run(*copied, start=state), "commit", A, 2)


REPLACED = MemberChange("replace", adds=("etcd-2",), removes=("etcd-1",), joint=True)


def test_joint_configurations_need_both_majorities() -> None:
    """Between entering and leaving a joint configuration both the old and the new voters decide;
    the seeded faults ask one of them, or skip it."""
    path = (*ALONE, ("take a change", A, 0, 0), ("commit", A, 0), ("apply a change", A, 0, 0))
    copied = (("append", A, B, 0), ("append", A, B, 1))
    expected = {
        "": (False, True),
        "joint-old-majority-ignored": (False, True),
        "joint-new-majority-ignored": (True, True),
    }
    for mutation, (alone, both) in expected.items():
        group = Group(1, mutation, changes=(REPLACED,))
        state = group.run(*path, ("take a change", A, 1, 1))
        assert group.can(state, "commit", A, 1) is alone, mutation
        assert group.can(group.run(*copied, start=state), "commit", A, 1) is both, mutation
    group = Group(1, changes=(REPLACED,), log=3)
    assert not group.can(group.run(*ALONE), "take a change", A, 0, 1)
    state = group.run(*path, ("take a change", A, 1, 1), *copied, ("commit", A, 1))
    state = group.run(("apply a change", A, 1, 1), start=state)
    assert not group.can(state, "take a change", A, 2, 1)
    # A leads on although it is no member any more; what it appends is decided by B alone.
    state = group.run(("write", A, 2), start=state)
    assert not group.can(state, "commit", A, 2)
    skipped = Group(1, "joint-skipped", changes=(REPLACED,))
    state = skipped.run(*path, ("write", A, 1), *copied)
    assert skipped.can(state, "commit", A, 1)


def test_removed_members_count_only_with_the_fault() -> None:
    """Of four members one is removed: two of the three others are needed."""
    leads = (("campaign", A), ("vote", B, A), ("vote", C, A), ("win", A))
    changed = (("take a change", A, 0, 0), ("append", A, B, 0), ("append", A, C, 0))
    path = (*leads, *changed, ("commit", A, 0), ("apply a change", A, 0, 0), ("restart", A))
    for mutation, wins in (("", False), ("removed-members-count", True)):
        group = Group(4, mutation, changes=(removal(D),))
        state = group.run(*path, ("campaign", A))
        assert group.can(state, "vote", D, A) is wins
        if wins:
            assert group.can(group.run(("vote", D, A), start=state), "win", A)


@pytest.mark.parametrize("joint", [False, True])
def test_decisions_are_those_of_the_scalar_functions(joint: bool) -> None:
    """Who is a majority, in a configuration that is joint or not, is what upstream's rule says."""
    plan = MemberChange("m", adds=("etcd-4",), removes=("etcd-1",), joint=joint)
    group = Group(3, changes=(plan,))
    applied = next(f for f in group.system.functions if f.name == "applied")
    state = list(group.initial)
    state[group.system.cell(applied, (A, 0))] = 1
    granted = next(f for f in group.system.functions if f.name == "granted")
    role = next(f for f in group.system.functions if f.name == "role")
    state[group.system.cell(role, (A,))] = 1
    action = next(a for a in group.system.actions if a.name == "win")
    new, old = frozenset({2, 3, 4}), frozenset({1, 2, 3}) if joint else frozenset()
    for size in range(5):
        for chosen in combinations(range(4), size):
            for m in range(4):
                state[group.system.cell(granted, (A, m))] = int(m in chosen)
            votes = {m + 1: m in chosen for m in range(4)}
            won = joint_vote_result(new, old, votes) == "won"
            parameter = str(action.parameters[0].payload)
            guard = evaluate(group.system, action.guard, tuple(state), {parameter: A})
            assert bool(guard) is won, chosen


LOSSY = Faults(lost_writes=1)
WROTE = (*A_LEADS, ("write", A, 0))


def test_leaders_lose_what_they_have_not_synced() -> None:
    """A leader counts itself once it has synced, and a crash takes what comes after that."""
    group = Group(faults=LOSSY)
    state = group.run(*WROTE, ("append", A, B, 0))
    assert not group.can(state, "commit", A, 0)
    assert group.can(group.run(("sync", A, 0), start=state), "commit", A, 0)
    assert group.can(group.run(("append", A, C, 0), start=state), "commit", A, 0)
    lost = group.run(("crash before a sync", A, 0), start=state)
    assert group.log(lost, A) == []
    assert group.read(lost, "role", A) == "Follower"
    assert not group.can(lost, "crash before a sync", B, 0)
    synced = group.run(("sync", A, 0), ("write", A, 1), start=state)
    assert not group.can(synced, "crash before a sync", A, 0)
    assert group.log(group.run(("crash before a sync", A, 1), start=synced), A) == [1]
    hasty = Group(3, "leader-counts-unsynced", faults=LOSSY)
    state = hasty.run(*WROTE, ("append", A, B, 0), ("commit", A, 0))
    assert not hasty.broken(state)
    lost = hasty.run(("crash before a sync", A, 0), start=state)
    assert hasty.broken(lost) == {"acknowledged-writes-survive"}


def test_what_is_committed_is_synced_behind_the_entries() -> None:
    """A leader that loses entries which others have committed forgets that they are."""
    path = (*WROTE, ("append", A, B, 0), ("append", A, C, 0), ("commit", A, 0))
    group = Group(faults=LOSSY)
    faulty = Group(3, "commit-synced-before-entries", faults=LOSSY)
    state = group.run(*path, ("crash before a sync", A, 0))
    assert group.read(state, "commit", A) == 0
    assert not group.broken(state)
    state = faulty.run(*path, ("crash before a sync", A, 0))
    assert faulty.broken(state) == {"state-machine-safety"}


def test_followers_answer_once_they_have_synced() -> None:
    """A follower loses neither its vote nor what it acknowledged, unless a fault is seeded."""
    path = (*WROTE, ("append", A, B, 0))
    group = Group(faults=LOSSY)
    state = group.run(*path)
    assert not group.can(state, "crash before a sync", B, 0)
    assert all(action.name != "crash after a vote" for action in group.system.actions)
    early = Group(3, "acknowledged-before-synced", faults=LOSSY)
    assert early.log(early.run(*path, ("crash before a sync", B, 0)), B) == []
    for mutation, term in (("vote-forgotten", 1), ("term-forgotten", 0)):
        forgetful = Group(3, mutation, faults=LOSSY)
        state = forgetful.run(*A_LEADS, ("crash after a vote", B))
        assert forgetful.read(state, "vote", B) == -1
        assert forgetful.read(state, "term", B) == term


def test_a_lost_disk_takes_everything() -> None:
    """A member whose disk is lost comes back with no term, no vote and no log, as often as the
    budget says."""
    group = Group(faults=Faults(lost_disks=1))
    path = (*WROTE, ("append", A, B, 0), ("commit", A, 0), ("tell what is committed", A, B))
    state = group.run(*path, ("lose the disk", B))
    read = [group.read(state, name, B) for name in ("role", "term", "vote", "commit")]
    assert read == ["Follower", 0, -1, 0]
    assert group.log(state, B) == []
    assert not group.can(state, "lose the disk", A)
    assert group.broken(state) == {"acknowledged-writes-survive"}
