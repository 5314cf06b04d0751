"""What a crash may take: what was not synced, and whole disks.

A follower answers once it has synced what it answers, so an entry that it took and lost is one that
never reached it. A leader sends its entries on before it has synced them itself, and counts itself
only afterwards. Each such crash uses up the budget of the spec.

Source: etcd-io/raft at cdfbeed `raft.go` (send: what waits for msgsAfterAppend), `doc.go`; etcd
v3.6 `server/etcdserver/raft.go` (a leader writes to disk in parallel with replicating).

Omits: a leader that steps down and loses its last entries later; disks that are lost in part.
"""

from __future__ import annotations

from model.etcd.raft.state import FOLLOWER, LEADER, Raft
from model.ir.expr import TRUE, least, none, variable
from model.ir.system import assign
from model.ir.types import IntType
from model.mutation import Mutation

VOTE_FORGOTTEN = Mutation("vote-forgotten", "an etcd member answers before its vote is synced")
TERM_FORGOTTEN = Mutation(
    "term-forgotten", "an etcd member answers before its term and vote are synced"
)
ACKNOWLEDGED_BEFORE_SYNCED = Mutation(
    "acknowledged-before-synced", "an etcd follower acknowledges entries before they are synced"
)
COMMIT_SYNCED_BEFORE_ENTRIES = Mutation(
    "commit-synced-before-entries", "an etcd leader syncs what is committed before the entries"
)


def add(raft: Raft) -> None:
    """Sync, crash without the unsynced end of the log, lose a disk: as far as there is a budget."""
    _unsynced(raft)
    _disks(raft)


def _unsynced(raft: Raft) -> None:
    budget = raft.scenario.faults.lost_writes
    if not budget:
        return
    builder = raft.builder
    m, i = variable("member", raft.Member), variable("revision", raft.Index)
    left = builder.function("lostWritesLeft", (), IntType(0, budget), budget)
    builder.action(
        "sync",
        "etcd",
        (m, i),
        (raft.role[m] == LEADER) & raft.holds(m, i) & (raft.match[m, m] < raft.position[i]),
        [assign(raft.match[m, m], raft.position[i])],
        text="{member} has synced its log up to revision {revision}",
        why="a leader writes to disk while its followers do",
    )
    j = variable("lost", raft.Index)
    gone = (j == i) | raft.before[i, j]
    unsynced = (raft.role[m] == LEADER) & (raft.match[m, m] < raft.position[i])
    if raft.mutated(ACKNOWLEDGED_BEFORE_SYNCED):
        unsynced |= raft.role[m] == FOLLOWER
    # What is committed is written behind the entries.
    kept = least(raft.commit[m], raft.position[i] - 1)
    if raft.mutated(COMMIT_SYNCED_BEFORE_ENTRIES):
        kept = raft.commit[m]
    builder.action(
        "crash before a sync",
        "fault",
        (m, i),
        (left() > 0) & raft.holds(m, i) & unsynced,
        [
            *raft.removes(m, j, i=j, where=gone),
            assign(raft.commit[m], kept),
            assign(raft.role[m], FOLLOWER),
            *raft.forgets(m),
            assign(left(), left() - 1),
        ],
        text="{member} crashes and loses its log from revision {revision} on",
        why="that was not synced, and spec.faults.lostWrites leaves another such crash",
    )
    forgotten = raft.mutated(TERM_FORGOTTEN)
    if forgotten or raft.mutated(VOTE_FORGOTTEN):
        term = [assign(raft.term[m], raft.term[m] - 1)] if forgotten else []
        builder.action(
            "crash after a vote",
            "fault",
            (m,),
            (left() > 0) & ~raft.vote[m].is_none(),
            [
                *term,
                assign(raft.vote[m], none(raft.Member)),
                assign(raft.role[m], FOLLOWER),
                *raft.forgets(m),
                assign(left(), left() - 1),
            ],
            text="{member} crashes and restarts without its vote",
            why="the vote was not synced, and spec.faults.lostWrites leaves another such crash",
        )


def _disks(raft: Raft) -> None:
    budget = raft.scenario.faults.lost_disks
    if not budget:
        return
    builder = raft.builder
    m, j = variable("member", raft.Member), variable("lost", raft.Index)
    left = builder.function("lostDisksLeft", (), IntType(0, budget), budget)
    builder.action(
        "lose the disk",
        "fault",
        (m,),
        left() > 0,
        [
            *raft.removes(m, j, i=j, where=TRUE),
            assign(raft.term[m], 0),
            assign(raft.vote[m], none(raft.Member)),
            assign(raft.commit[m], 0),
            assign(raft.role[m], FOLLOWER),
            *raft.forgets(m),
            assign(left(), left() - 1),
        ],
        text="{member} loses its disk and returns empty under its old name",
        why="spec.faults.lostDisks leaves another disk to lose",
    )
