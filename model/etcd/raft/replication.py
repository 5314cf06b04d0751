"""The log: leaders append, followers copy, a majority commits.

A client's write is an entry. A leader that is elected appends an empty entry of its own; here it is
a write like any other. A write that a follower forwards arrives at the leader or is lost.

Source: etcd-io/raft at cdfbeed `raft.go` (appendEntry, handleAppendEntries, handleHeartbeat,
stepLeader, maybeCommit), `log.go` (maybeAppend, findConflict, maybeCommit, commitTo).

Omits: forwarded writes that arrive twice; flow control; entries that are applied later than they
are known to be committed.
"""

from __future__ import annotations

from collections.abc import Callable

from model.etcd.raft.state import FOLLOWER, LEADER, Entry, Raft
from model.ir.expr import FALSE, TRUE, Expr, greatest, ite, least, none, variable
from model.ir.quantifier import exists, forall
from model.ir.system import Update, assign
from model.mutation import Mutation

OLD_TERM_COMMIT = Mutation(
    "old-term-commit", "an etcd leader commits entries of earlier terms by counting copies"
)
MINORITY_COMMITS = Mutation(
    "minority-commits", "an etcd leader commits without hearing from others"
)
REFUSALS_COUNT = Mutation("refusals-count", "an etcd leader takes a refused append for a copy")
COMMIT_BEYOND_LOG = Mutation(
    "commit-beyond-log", "an etcd member takes entries for committed that it does not hold"
)
OLD_TERM_APPENDS = Mutation(
    "old-term-appends", "an etcd member takes entries from leaders of earlier terms"
)
PREVIOUS_ENTRY_UNCHECKED = Mutation(
    "previous-entry-unchecked", "an etcd member appends to a log that differs from the leader's"
)
APPENDS_TRUNCATE = Mutation(
    "appends-truncate", "an etcd member drops what follows an entry that it already holds"
)
CONFLICTS_KEPT = Mutation(
    "conflicts-kept", "an etcd member keeps entries that conflict with the leader's"
)
LEADER_COUNTS_UNSYNCED = Mutation(
    "leader-counts-unsynced", "an etcd leader counts its own copy before it is synced"
)


def add(raft: Raft) -> None:
    """Write, append, append late, learn what is committed, commit."""
    builder = raft.builder
    leader, follower = variable("leader", raft.Member), variable("follower", raft.Member)
    t, i = variable("term", raft.Term), variable("revision", raft.Index)
    leads = raft.role[leader] == LEADER

    builder.action(
        "write",
        "etcd",
        (leader, i),
        leads & ~raft.holds(leader, i) & raft.reaches(leader, i),
        [
            assign(raft.entry_term[leader, i], raft.term[leader]),
            assign(raft.entry_leader[leader, i], leader),
            *_recorded(raft, leader, i),
        ],
        text="{leader} accepts a client's write at revision {revision}",
        why="{leader} leads as far as it knows",
    )
    asked = (
        leads
        & raft.sends(leader, follower)
        & raft.holds(leader, i)
        & listens(raft, follower, raft.term[leader])
    )
    agreed = _agrees(raft, follower, i, lambda j: raft.entry_term[leader, j])
    builder.action(
        "append",
        "etcd",
        (leader, follower, i),
        asked & agreed,
        [
            *_copied(raft, follower, i, raft.entry(leader, i)),
            *following(raft, follower, raft.term[leader]),
            assign(
                raft.match[leader, follower],
                greatest(raft.match[leader, follower], raft.position[i]),
            ),
        ],
        text="{leader} sends revision {revision} to {follower}",
        why="{follower} takes entries of that term, and holds all before this one",
    )
    if raft.mutated(REFUSALS_COUNT):
        builder.action(
            "count a refusal",
            "etcd",
            (leader, follower, i),
            asked & ~agreed,
            [
                *following(raft, follower, raft.term[leader]),
                assign(raft.match[leader, follower], raft.position[i]),
            ],
            text="{follower} refuses revision {revision} but {leader} counts that as a copy",
            why="{follower} does not hold the revision before as {leader} does",
        )
    when = raft.number[t]
    unled = ~exists(raft.Member, lambda m: (raft.role[m] == LEADER) & (raft.term[m] == when))
    builder.action(
        "append late",
        "etcd",
        (follower, t, i),
        unled
        & (raft.sent_term[t, i] > 0)
        & listens(raft, follower, when)
        & _agrees(raft, follower, i, lambda j: raft.sent_term[t, j]),
        [
            *_copied(raft, follower, i, raft.sent(t, i)),
            *following(raft, follower, when),
        ],
        text="{follower} receives revision {revision} of the leader of term {term}, late",
        why="the message was under way, and {follower} knows of no newer term",
    )
    told = least(raft.commit[leader], raft.match[leader, follower])
    if raft.mutated(COMMIT_BEYOND_LOG):
        told = raft.commit[leader]
    builder.action(
        "tell what is committed",
        "etcd",
        (leader, follower),
        leads
        & raft.sends(leader, follower)
        & (raft.term[leader] == raft.term[follower])
        & (raft.role[follower] == FOLLOWER)
        & (told > raft.commit[follower]),
        [assign(raft.commit[follower], told)],
        text="{leader} tells {follower} what is committed",
        why="{follower} has told {leader} that it holds more than it takes for committed",
    )
    # Where no crash takes what is not synced, a leader has synced what it holds.
    lossy = raft.scenario.faults.lost_writes and not raft.mutated(LEADER_COUNTS_UNSYNCED)
    synced = FALSE if lossy else TRUE

    def has(m: Expr) -> Expr:
        return ((m == leader) & synced) | (raft.match[leader, m] >= raft.position[i])

    own = raft.entry_term[leader, i] == raft.term[leader]
    builder.action(
        "commit",
        "etcd",
        (leader, i),
        leads
        & raft.holds(leader, i)
        & (raft.commit[leader] < raft.position[i])
        & (TRUE if raft.mutated(OLD_TERM_COMMIT) else own)
        & (TRUE if raft.mutated(MINORITY_COMMITS) else raft.decides(leader, has)),
        [assign(raft.commit[leader], raft.position[i]), *_remembered(raft, leader, i)],
        text="{leader} commits revision {revision}",
        why="those who are known to hold it are enough",
    )


def _remembered(raft: Raft, leader: Expr, i: Expr) -> list[Update]:
    """A commit of all up to an index: what others committed there before, and who holds it."""
    history, j = raft.history, variable("committed", raft.Index)

    def differs(k: Expr) -> Expr:
        same = (history.chosen_term[k] == raft.entry_term[leader, k]) & (
            history.chosen_leader[k] == raft.entry_leader[leader, k]
        )
        return ((k == i) | raft.before[k, i]) & history.chosen(k) & ~same

    first = ((j == i) | raft.before[j, i]) & ~history.chosen(j)
    held = raft.majority(leader, lambda m: raft.same_entry(leader, m, i))
    return [
        assign(history.chosen_term[j], raft.entry_term[leader, j], j, where=first),
        assign(history.chosen_leader[j], raft.entry_leader[leader, j], j, where=first),
        assign(history.chosen_during[j], raft.term[leader], j, where=first),
        assign(history.split(), True, where=exists(raft.Index, differs)),
        assign(history.isolated(), True, where=~held),
    ]


def _recorded(raft: Raft, leader: Expr, i: Expr) -> list[Update]:
    t = variable("recorded", raft.Term)
    mine = raft.number[t] == raft.term[leader]
    return [
        assign(raft.sent_term[t, i], raft.term[leader], t, where=mine),
        assign(raft.sent_leader[t, i], leader, t, where=mine),
    ]


def listens(raft: Raft, follower: Expr, term: Expr) -> Expr:
    """Whether a member takes entries of a term's leader: one that leads hears of it first."""
    current = TRUE if raft.mutated(OLD_TERM_APPENDS) else raft.term[follower] <= term
    return (raft.role[follower] != LEADER) & current


def _agrees(raft: Raft, follower: Expr, i: Expr, sent: Callable[[Expr], Expr]) -> Expr:
    """Whether a follower holds the entry before an index as the sender does."""
    if raft.mutated(PREVIOUS_ENTRY_UNCHECKED):
        return raft.reaches(follower, i)
    held = raft.entry_term
    return forall(
        raft.Index,
        lambda j: raft.precedes[j, i].implies(
            raft.holds(follower, j) & (held[follower, j] == sent(j))
        ),
    )


def _copied(raft: Raft, follower: Expr, i: Expr, entry: Entry) -> list[Update]:
    """A follower takes an entry; if it holds another one there, that and all after it go."""
    j = variable("copied", raft.Index)
    conflict = raft.entry_term[follower, i] != entry.term
    if raft.mutated(APPENDS_TRUNCATE):
        conflict = TRUE
    if raft.mutated(CONFLICTS_KEPT):
        conflict = ~raft.holds(follower, i)
    here = j == i
    changed = conflict & (here | raft.before[i, j])
    updates = [
        assign(raft.entry_term[follower, j], ite(here, entry.term, 0), j, where=changed),
        assign(
            raft.entry_leader[follower, j],
            ite(here, entry.leader, none(raft.Member)),
            j,
            where=changed,
        ),
    ]
    if raft.membership is not None and entry.change is not None:
        kept = ite(here, entry.change, none(raft.membership.Change))
        updates.append(assign(raft.membership.entry[follower, j], kept, j, where=changed))
    return updates


def following(raft: Raft, follower: Expr, term: Expr) -> list[Update]:
    each = variable("each", raft.Member)
    newer = term > raft.term[follower]
    return [
        assign(raft.term[follower], term, where=newer),
        assign(raft.vote[follower], none(raft.Member), where=newer),
        assign(raft.role[follower], FOLLOWER),
        assign(raft.granted[follower, each], False, each),
    ]
