"""Elections: members campaign, vote, and lead.

A member may campaign at any moment at which it does not lead. That covers an election timeout of
any length, a transfer of leadership, and campaigns that pre-votes or a lease would not have let
happen; what is shown to be safe is so with and without them. A leader may step down at any moment,
as check-quorum makes it; a restart from what is durable leaves it as that does.

Source: etcd-io/raft at cdfbeed `raft.go` (campaign, Step, poll, becomeFollower, becomeCandidate,
becomeLeader, tickHeartbeat), `log.go` (isUpToDate).

Omits: that who knows of a leader gives no first vote in its term; the leader has won without it.
"""

from __future__ import annotations

from model.etcd.raft.state import CANDIDATE, FOLLOWER, LEADER, OLD_VOTES_COUNT, Raft
from model.ir.expr import TRUE, Expr, variable
from model.ir.quantifier import exists
from model.ir.system import Update, assign
from model.mutation import Mutation

VOTES_TWICE = Mutation("votes-twice", "an etcd member votes twice in one term")
STALE_LOG_ELECTED = Mutation(
    "stale-log-elected", "an etcd member votes for a candidate whose log is behind its own"
)
UNCOMMITTED_ENTRIES_DROPPED = Mutation(
    "uncommitted-entries-dropped", "an etcd member restarts with committed entries only"
)


def add(raft: Raft) -> None:
    """Campaign, vote, win, follow, restart."""
    builder = raft.builder
    m, each = variable("member", raft.Member), variable("each", raft.Member)
    voter, candidate = variable("voter", raft.Member), variable("candidate", raft.Member)
    t, i = variable("term", raft.Term), variable("revision", raft.Index)
    mine = raft.number[t] == raft.term[m]

    granted = each == m
    if raft.mutated(OLD_VOTES_COUNT):
        granted |= raft.granted[m, each]
    builder.action(
        "campaign",
        "etcd",
        (m,),
        (raft.role[m] != LEADER)
        & (raft.term[m] < raft.scenario.bounds.terms)
        & raft.may_campaign(m),
        [
            assign(raft.term[m], raft.term[m] + 1),
            assign(raft.vote[m], m),
            assign(raft.role[m], CANDIDATE),
            assign(raft.granted[m, each], granted, each),
        ],
        text="{member} campaigns in the next term",
        why="{member} hears no leader for an election timeout",
    )

    newer = raft.term[candidate] > raft.term[voter]
    free = raft.vote[voter].is_none()
    if raft.mutated(VOTES_TWICE):
        free = raft.vote[voter] != candidate
    eligible = TRUE if raft.mutated(STALE_LOG_ELECTED) else raft.up_to_date(candidate, voter)
    builder.action(
        "vote",
        "etcd",
        (voter, candidate),
        (raft.role[candidate] == CANDIDATE)
        & (raft.role[voter] == FOLLOWER)
        & (newer | ((raft.term[candidate] == raft.term[voter]) & free))
        & eligible
        & raft.asks(candidate, voter),
        [
            assign(raft.term[voter], raft.term[candidate]),
            assign(raft.vote[voter], candidate),
            assign(raft.granted[candidate, voter], True),
        ],
        text="{voter} votes for {candidate}",
        why="{candidate} asks for it in a term in which {voter} may still vote",
    )
    first = raft.history.first_leader

    def led_by_another(r: Expr) -> Expr:
        return (raft.number[r] == raft.term[m]) & ~first[r].is_none() & (first[r] != m)

    # What a member holds when it is elected it has synced long ago.
    lossy = raft.scenario.faults.lost_writes > 0
    synced = [assign(raft.match[m, m], raft.length(m))] if lossy else []
    change = []
    if raft.membership is not None and raft.pending is not None:
        sent = raft.membership.sent
        change.append(assign(sent[t, i], raft.membership.entry[m, i], t, i, where=mine))
        change.append(assign(raft.pending[m], raft.length(m)))
    builder.action(
        "win",
        "etcd",
        (m,),
        (raft.role[m] == CANDIDATE) & raft.decides(m, lambda v: raft.granted[m, v]),
        [
            assign(raft.role[m], LEADER),
            assign(raft.granted[m, each], False, each),
            *synced,
            *change,
            assign(raft.sent_term[t, i], raft.entry_term[m, i], t, i, where=mine),
            assign(raft.sent_leader[t, i], raft.entry_leader[m, i], t, i, where=mine),
            assign(first[t], m, t, where=mine & first[t].is_none()),
            assign(raft.history.rivals(), True, where=exists(raft.Term, led_by_another)),
        ],
        text="{member} has enough votes and leads",
        why="those who voted for it are enough",
    )
    builder.action(
        "hear of a newer term",
        "etcd",
        (m, t),
        (raft.term[m] < raft.number[t])
        & exists(raft.Member, lambda o: raft.term[o] >= raft.number[t]),
        raft.follows(m, raft.number[t]),
        text="{member} hears of term {term} and follows",
        why="a message of a newer term makes any member a follower",
    )
    restarts, dropped = raft.role[m] != FOLLOWER, list[Update]()
    if raft.mutated(UNCOMMITTED_ENTRIES_DROPPED):
        unknown = raft.position[i] > raft.commit[m]
        restarts, dropped = TRUE, raft.removes(m, i, i=i, where=unknown)
    builder.action(
        "restart",
        "etcd",
        (m,),
        restarts,
        [assign(raft.role[m], FOLLOWER), *raft.forgets(m), *dropped],
        text="{member} restarts or steps down",
        why="{member} crashes, or hears from no majority (check-quorum)",
    )
