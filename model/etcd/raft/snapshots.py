"""Compaction and snapshots: members give up what they have applied, leaders send it as a whole.

A member compacts at any moment and as far as it likes: how many entries etcd keeps behind its last
snapshot (`--snapshot-count`, catch-up entries) only chooses among these. A leader that has
compacted may send a snapshot to anybody at any moment of its term, for it may not know how much
they have; the snapshot may be late, twice and out of order, and be overtaken by appends.

Source: etcd-io/raft at cdfbeed `raft.go` (maybeSendAppend, maybeSendSnapshot, handleSnapshot,
restore), `log.go` (restore), `storage.go` (CreateSnapshot, Compact); etcd v3.6
`server/etcdserver/server.go` (applyAll: no snapshot before the log is synced).

Omits: snapshots that come in parts or fail half-way; entries that a leader keeps though they are in
the snapshot that it sends: it could have sent them before.
"""

from __future__ import annotations

from dataclasses import replace

from model.etcd.raft.compaction import Compaction
from model.etcd.raft.replication import following, listens
from model.etcd.raft.state import LEADER, Raft
from model.ir.expr import FALSE, TRUE, Expr, conj, greatest, ite, none, variable
from model.ir.quantifier import exists, forall
from model.ir.system import Update, assign
from model.mutation import Mutation

SNAPSHOT_REPLACES_NEWER_LOG = Mutation(
    "snapshot-replaces-newer-log", "an etcd member that restores a snapshot drops newer entries"
)
SNAPSHOT_KEEPS_LOG = Mutation(
    "snapshot-keeps-log", "an etcd member that restores a snapshot keeps entries that conflict"
)
SNAPSHOT_OF_UNCOMMITTED = Mutation(
    "snapshot-of-uncommitted", "an etcd member takes a snapshot of what is not committed"
)
SNAPSHOT_ACKNOWLEDGES_WHOLE_LOG = Mutation(
    "snapshot-acknowledges-whole-log",
    "an etcd member that needs no snapshot answers as if the leader had its whole log",
)
SNAPSHOT_FORGETS_CONFIGURATION = Mutation(
    "snapshot-forgets-configuration",
    "an etcd member that restores a snapshot keeps its old view of who votes",
)
COMPACTION_BEYOND_APPLIED = Mutation(
    "compaction-beyond-applied",
    "an etcd member compacts committed membership changes that it has not applied",
)


def add(raft: Raft) -> None:
    """Compact, restore a snapshot, skip to one; nothing where logs are not compacted."""
    compaction = raft.compaction
    if compaction is None:
        return
    _compacts(raft, compaction)
    _restores(raft, compaction)
    _limits(raft, compaction)


def _compacts(raft: Raft, compaction: Compaction) -> None:
    m, i, t = _member(raft), _revision(raft), _term(raft)
    applied = raft.position[i] <= raft.commit[m]
    if raft.mutated(SNAPSHOT_OF_UNCOMMITTED):
        applied = raft.holds(m, i)
    group = raft.membership
    if group is not None and not group.at_once and not raft.mutated(COMPACTION_BEYOND_APPLIED):
        applied &= forall(raft.Index, lambda j: _up_to(raft, j, i).implies(group.settled(m, j)))
    if raft.scenario.faults.lost_writes:
        applied &= (raft.role[m] != LEADER) | (raft.match[m, m] >= raft.position[i])
    mine = (raft.role[m] == LEADER) & (raft.number[t] == raft.term[m])
    raft.builder.action(
        "compact",
        "etcd",
        (m, i),
        (compaction.compacted[m] < raft.position[i]) & applied,
        [
            assign(compaction.compacted[m], raft.position[i]),
            assign(compaction.offered[t], raft.position[i], t, where=mine),
        ],
        text="{member} takes a snapshot of revision {revision} and compacts its log",
        why="{member} has applied all up to there",
    )


def _restores(raft: Raft, compaction: Compaction) -> None:
    follower, t, i = variable("follower", raft.Member), _term(raft), _revision(raft)
    sent = conj(
        compaction.base[t] <= raft.position[i],
        raft.position[i] <= compaction.offered[t],
        listens(raft, follower, raft.number[t]),
        _includes(raft, follower, t, i),
    )
    has_it = raft.entry_term[follower, i] == raft.sent_term[t, i]
    has_it &= raft.holds(follower, i)
    if raft.mutated(SNAPSHOT_REPLACES_NEWER_LOG):
        has_it = FALSE
    newer = raft.commit[follower] < raft.position[i]
    raft.builder.action(
        "restore a snapshot",
        "etcd",
        (follower, t, i),
        sent & newer & ~has_it,
        [
            *_replaces(raft, follower, t, i),
            *following(raft, follower, raft.number[t]),
            assign(raft.commit[follower], raft.position[i]),
            assign(compaction.compacted[follower], raft.position[i]),
            *_configured(raft, follower, t, i),
            *_acknowledged(raft, follower, t, raft.position[i]),
        ],
        text="{follower} restores the snapshot of revision {revision} from term {term}",
        why="the leader of term {term} sent it, and {follower} does not hold that entry",
    )
    told = raft.position[i]
    if raft.mutated(SNAPSHOT_ACKNOWLEDGES_WHOLE_LOG):
        told = raft.length(follower)
    raft.builder.action(
        "skip to a snapshot",
        "etcd",
        (follower, t, i),
        sent & newer & has_it,
        [
            *following(raft, follower, raft.number[t]),
            assign(raft.commit[follower], raft.position[i]),
            *_acknowledged(raft, follower, t, told),
        ],
        text="{follower} learns from a snapshot that revision {revision} is committed",
        why="the leader of term {term} sent it; {follower} holds that entry, and keeps its log",
    )
    acknowledged = exists(
        raft.Member,
        lambda o: _leads(raft, o, t) & (raft.match[o, follower] < raft.commit[follower]),
    )
    raft.builder.action(
        "ignore a snapshot",
        "etcd",
        (follower, t, i),
        sent & ~newer & acknowledged & (raft.term[follower] == raft.number[t]),
        [
            *following(raft, follower, raft.number[t]),
            *_acknowledged(raft, follower, t, raft.commit[follower]),
        ],
        text="{follower} answers a snapshot of revision {revision} with what it has",
        why="more than that is committed at {follower}",
    )


def _limits(raft: Raft, compaction: Compaction) -> None:
    """What compaction takes from the steps that there are without it."""
    builder = raft.builder
    m, leader, t, i = _member(raft), variable("leader", raft.Member), _term(raft), _revision(raft)
    mine = raft.number[t] == raft.term[m]
    kept = exists(
        raft.Term,
        lambda o: (raft.number[o] == raft.term[leader]) & (compaction.base[o] < raft.position[i]),
    )
    guards = {"append": kept, "append late": compaction.base[t] < raft.position[i]}
    updates = {
        "win": [
            assign(compaction.base[t], compaction.compacted[m], t, where=mine),
            assign(compaction.offered[t], compaction.compacted[m], t, where=mine),
        ],
        "lose the disk": [assign(compaction.compacted[m], 0)],
    }
    if raft.membership is not None and not raft.membership.at_once:
        guards["apply a change"] = compaction.compacted[m] < raft.position[i]
    for position, action in enumerate(builder.actions):
        builder.actions[position] = replace(
            action,
            guard=action.guard & guards.get(action.name, TRUE),
            updates=(*action.updates, *updates.get(action.name, ())),
        )


def _replaces(raft: Raft, follower: Expr, t: Expr, i: Expr) -> list[Update]:
    """A follower's log is what a leader had up to an index, and nothing behind it."""
    j = variable("restored", raft.Index)
    inside, entry = _up_to(raft, j, i), raft.sent(t, j)
    where = TRUE
    if raft.mutated(SNAPSHOT_KEEPS_LOG):
        where = inside & ~raft.holds(follower, j)
    leader = ite(inside, entry.leader, none(raft.Member))
    taken = [
        assign(raft.entry_term[follower, j], ite(inside, entry.term, 0), j, where=where),
        assign(raft.entry_leader[follower, j], leader, j, where=where),
    ]
    if raft.membership is not None and entry.change is not None:
        change = ite(inside, entry.change, none(raft.membership.Change))
        taken.append(assign(raft.membership.entry[follower, j], change, j, where=where))
    return taken


def _counts(raft: Raft, t: Expr, i: Expr, k: Expr) -> Expr:
    """Whether a change is among what the leader of a term had up to an index."""
    assert raft.membership is not None
    sent = raft.membership.sent
    return exists(raft.Index, lambda j: _up_to(raft, j, i) & (sent[t, j] == k))


def _includes(raft: Raft, follower: Expr, t: Expr, i: Expr) -> Expr:
    """Whether a member belongs to the configuration of a snapshot: others refuse it."""
    if raft.membership is None:
        return TRUE
    return raft.membership.includes(follower, lambda k: _counts(raft, t, i, k))


def _configured(raft: Raft, follower: Expr, t: Expr, i: Expr) -> list[Update]:
    group = raft.membership
    if group is None or group.at_once or raft.mutated(SNAPSHOT_FORGETS_CONFIGURATION):
        return []
    k = variable("configured", group.Change)
    return [assign(group.applied[follower, k], _counts(raft, t, i, k), k)]


def _acknowledged(raft: Raft, follower: Expr, t: Expr, index: Expr) -> list[Update]:
    """Who still leads that term may hear what a follower has."""
    o = variable("hearing", raft.Member)
    known = raft.match[o, follower]
    return [assign(known, greatest(known, index), o, where=_leads(raft, o, t))]


def _leads(raft: Raft, m: Expr, t: Expr) -> Expr:
    return (raft.role[m] == LEADER) & (raft.term[m] == raft.number[t])


def _up_to(raft: Raft, j: Expr, i: Expr) -> Expr:
    return (j == i) | raft.before[j, i]


def _member(raft: Raft) -> Expr:
    return variable("member", raft.Member)


def _revision(raft: Raft) -> Expr:
    return variable("revision", raft.Index)


def _term(raft: Raft) -> Expr:
    return variable("term", raft.Term)
