"""Compacted logs and snapshots of etcd, by scripted runs."""

from __future__ import annotations

from checker.engines import engine
from model.api.controlplane import MemberChange
from model.scenario import Faults
from tests.effort import busy
from tests.model.etcd.groups import A_LEADS, A, B, C, Group, Path, canonical

#: A leads, and has committed two entries with B.
COMMITTED: Path = (
    *A_LEADS,
    ("write", A, 0),
    ("append", A, B, 0),
    ("write", A, 1),
    ("append", A, B, 1),
    ("commit", A, 1),
)
GROWTH = (MemberChange("add etcd-2", adds=("etcd-2",)),)


def group(*mutations: str, members: int = 3, changes: tuple[MemberChange, ...] = ()) -> Group:
    return Group(members, *mutations, changes=changes, compaction=True)


def test_only_what_is_committed_is_compacted() -> None:
    """A log is compacted up to what its member knows to be committed; not so with the fault."""
    plane, path = group(), (*A_LEADS, ("write", A, 0))
    assert not plane.can(plane.run(*path), "compact", A, 0)
    faulty = group("snapshot-of-uncommitted")
    assert faulty.can(faulty.run(*path), "compact", A, 0)
    state = plane.run(*COMMITTED)
    assert plane.can(state, "compact", A, 1)
    assert not plane.can(state, "compact", B, 0)
    state = plane.run(("compact", A, 1), start=state)
    assert not plane.can(state, "compact", A, 0)


def test_who_has_nothing_restores_the_snapshot() -> None:
    """It holds what the leader had, knows it to be committed, and the leader hears of it."""
    plane = group()
    state = plane.run(*COMMITTED)
    assert not plane.can(state, "restore a snapshot", C, 0, 1)
    state = plane.run(("compact", A, 1), ("restore a snapshot", C, 0, 1), start=state)
    assert plane.log(state, C) == [1, 1]
    assert [plane.read(state, name, C) for name in ("term", "commit", "compacted")] == [1, 2, 2]
    assert plane.read(state, "match", A, C) == 2


def test_who_holds_the_entry_keeps_its_log() -> None:
    """An old snapshot only tells what is committed; with the fault an acknowledged write goes."""
    path = (*COMMITTED, ("compact", A, 0))
    plane, faulty = group(), group("snapshot-replaces-newer-log")
    state = plane.run(*path)
    assert not plane.can(state, "restore a snapshot", B, 0, 0)
    state = plane.run(("skip to a snapshot", B, 0, 0), start=state)
    assert plane.log(state, B) == [1, 1]
    assert plane.read(state, "commit", B) == 1
    state = faulty.run(*path, ("restore a snapshot", B, 0, 0))
    assert faulty.log(state, B) == [1]
    assert "acknowledged-writes-survive" in faulty.broken(state)


def test_an_old_snapshot_is_ignored() -> None:
    """Who knows as much to be committed only says so, to a leader that has not heard it."""
    plane = group()
    state = plane.run(*COMMITTED, ("compact", A, 0), ("tell what is committed", A, B))
    for step in ("restore a snapshot", "skip to a snapshot", "ignore a snapshot"):
        assert not plane.can(state, step, B, 0, 0)
    # A leads anew and does not know what B has.
    again = (("restart", A), ("campaign", A), ("vote", B, A), ("win", A))
    state = plane.run(*again, start=state)
    assert plane.read(state, "match", A, B) == 0
    state = plane.run(("ignore a snapshot", B, 1, 0), start=state)
    assert plane.read(state, "match", A, B) == 2


def test_snapshots_arrive_late() -> None:
    """What a leader sent arrives when it leads no more, but not where a newer term is known."""
    plane = group()
    state = plane.run(*COMMITTED, ("compact", A, 1), ("restart", A))
    assert plane.can(state, "restore a snapshot", C, 0, 0)
    assert plane.can(state, "restore a snapshot", C, 0, 1)
    state = plane.run(("campaign", C), start=state)
    assert plane.can(state, "restore a snapshot", C, 0, 1)
    state = plane.run(("campaign", C), start=state)
    assert not plane.can(state, "restore a snapshot", C, 0, 1)


def test_a_leader_sends_nothing_that_it_had_compacted_when_elected() -> None:
    """Entries up to there come in a snapshot only; those sent before may still arrive."""
    plane = group()
    state = plane.run(*COMMITTED, ("compact", A, 0))
    assert plane.can(state, "append", A, C, 0)
    state = plane.run(("restart", A), ("campaign", A), ("vote", B, A), ("win", A), start=state)
    assert not plane.can(state, "append", A, C, 0)
    assert not plane.can(state, "append", A, C, 1)
    state = plane.run(("restore a snapshot", C, 1, 0), start=state)
    assert plane.can(state, "append", A, C, 1)
    assert not plane.can(plane.run(("restart", A), start=state), "append late", C, 1, 0)


def test_a_snapshot_replaces_what_conflicts() -> None:
    """Uncommitted entries of an earlier leader go; with the fault they pass for committed."""
    path: Path = (
        ("campaign", C),
        ("vote", B, C),
        ("win", C),
        ("write", C, 0),
        ("campaign", A),
        ("campaign", A),
        ("vote", B, A),
        ("win", A),
        ("write", A, 0),
        ("append", A, B, 0),
        ("commit", A, 0),
        ("compact", A, 0),
        ("restart", C),
        ("restore a snapshot", C, 1, 0),
    )
    plane, faulty = group(), group("snapshot-keeps-log")
    state = plane.run(*path)
    assert plane.log(state, C) == [2]
    assert not plane.broken(state)
    assert "state-machine-safety" in faulty.broken(faulty.run(*path))


def test_a_snapshot_tells_who_votes() -> None:
    """Who restores one is in its configuration, and takes it over; not so with the fault."""
    path: Path = (
        ("campaign", A),
        ("win", A),
        ("take a change", A, 0, 0),
        ("commit", A, 0),
    )
    plane = group(members=1, changes=GROWTH)
    state = plane.run(*path)
    assert not plane.can(state, "compact", A, 0)
    hasty = group("compaction-beyond-applied", members=1, changes=GROWTH)
    assert hasty.can(hasty.run(*path), "compact", A, 0)
    rest: Path = (("apply a change", A, 0, 0), ("compact", A, 0), ("restore a snapshot", B, 0, 0))
    state = plane.run(*rest, start=state)
    assert plane.read(state, "applied", B, 0) == 1
    faulty = group("snapshot-forgets-configuration", members=1, changes=GROWTH)
    state = faulty.run(*path, *rest)
    assert faulty.read(state, "applied", B, 0) == 0
    assert not faulty.can(state, "apply a change", B, 0, 0)


def test_who_was_removed_refuses_a_snapshot_without_it() -> None:
    """A snapshot's configuration must have a place for who restores it."""
    leaves = (MemberChange("remove etcd-3", removes=("etcd-3",)),)
    plane = group(changes=leaves)
    state = plane.run(
        *A_LEADS,
        ("take a change", A, 0, 0),
        ("append", A, B, 0),
        ("commit", A, 0),
        ("apply a change", A, 0, 0),
        ("compact", A, 0),
    )
    assert plane.can(state, "skip to a snapshot", B, 0, 0)
    assert not plane.can(state, "restore a snapshot", C, 0, 0)


def test_a_lost_disk_takes_the_snapshot_along() -> None:
    """Who comes back empty has compacted nothing."""
    plane = Group(3, compaction=True, faults=Faults(lost_disks=1))
    state = plane.run(*COMMITTED, ("compact", A, 1), ("lose the disk", A))
    assert plane.read(state, "compacted", A) == 0
    assert plane.log(state, A) == []


def test_members_remain_interchangeable() -> None:
    """Explorer and interpreter find the same number of states up to renaming members."""
    small = Group(2, terms=2, log=1, compaction=True)
    (verdict, *_) = engine("explicit").check(small.system, small.system.properties, busy(60))
    assert verdict.outcome == "holds"
    assert verdict.states == len({canonical(small, state) for state in small.reachable()})
