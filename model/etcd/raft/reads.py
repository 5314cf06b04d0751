"""Reads that are to see everything acknowledged before they began: by read index, or by lease.

A client's read reaches the leader, or whom it takes for it. That takes what it knows to be
committed as the read's index, makes sure that it still leads, and answers; then any member that has
applied as much may serve the read. How it makes sure is the cluster's choice
(`spec.controlPlane.reads`):

    readIndex     a majority answers a heartbeat that was sent after the read came in
    lease         a majority has answered a short time ago, and will elect nobody for longer than
                  that: nobody is asked, but clocks must not differ too much
    serializable  not at all: any member serves what it has

There is one read at a time. Reads change nothing, so a read that goes wrong beside others goes
wrong without them. It begins when the leader takes its index: one that began before has less to
see.

A lease is kept as who counts on whom. A member that hears from its leader is patient for an
election timeout, and neither campaigns nor votes. That bounded clocks let the leader's count run
out before the member's patience is the assumption, and stands as a guard.

Source: etcd-io/raft at 63903dd `read_only.go`, `raft.go` (stepLeader on MsgReadIndex,
committedEntryInCurrentTerm, ReadOnlyLeaseBased; Step: inLease); etcd v3.6
`server/etcdserver/v3_server.go` (linearizableReadLoop waits until the index is applied).

Omits: when exactly etcd-io/raft's leader lets its lease go: that counts on nothing but its next
check-quorum, up to two election timeouts later (etcd-io/raft issue 166), and etcd does not use it;
leadership transfer, which ignores leases; members that apply later than they know to be committed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.etcd.contract import Contract, Write
from model.etcd.raft.state import LEADER, Raft
from model.ir.expr import TRUE, Expr, constant, none, variable
from model.ir.quantifier import exists
from model.ir.system import StateFunction, Update, assign
from model.ir.types import BOOL, ElementType, EnumType, IntType
from model.mutation import Mutation

READ_INDEX_WITHOUT_QUORUM = Mutation(
    "read-index-without-quorum", "an etcd leader answers reads without asking whether it leads"
)
READ_INDEX_BEFORE_OWN_TERM_COMMIT = Mutation(
    "read-index-before-own-term-commit",
    "a new etcd leader answers reads before it has committed an entry of its own term",
)
READ_BEFORE_APPLIED = Mutation(
    "read-before-applied", "an etcd member serves a read before it has applied the read's index"
)
VOTES_WITHIN_LEASE = Mutation(
    "votes-within-lease", "an etcd member votes while its leader counts on it not to"
)
LEASE_READ_WITH_SKEWED_CLOCK = Mutation(
    "lease-read-with-skewed-clock", "an etcd leader's clock is slower than its lease allows"
)
LEASE_FORGOTTEN_AT_RESTART = Mutation(
    "lease-forgotten-at-restart", "an etcd member that restarts votes without waiting"
)


READ = EnumType("Read", ("None", "Waiting", "Confirmed"))
NOTHING, WAITING, CONFIRMED = (constant(READ, name) for name in READ.values)


@dataclass(frozen=True)
class Reads:
    """The read under way."""

    raft: Raft
    contract: Contract
    stage: StateFunction
    #: The leader that was asked, and the term that it led.
    leader: StateFunction
    term: StateFunction
    #: What must be applied where the read is served.
    index: StateFunction
    #: [m]: whether m has confirmed that it knows of no newer leader.
    heard: StateFunction
    #: Whether a read ever missed what had been acknowledged before it began.
    stale: StateFunction

    def served(self, m: Expr) -> list[Update]:
        """The read ends with what a member has applied."""
        allowed = self.contract.may_read(self.raft.commit[m], lambda i: write(self.raft, m, i))
        return [
            assign(self.stage(), NOTHING),
            assign(self.index(), 0),
            assign(self.contract.due(), 0),
            assign(self.stale(), True, where=~allowed),
        ]


def write(raft: Raft, m: Expr, i: Expr) -> Write:
    """The write that a member holds at an index."""
    return Write(raft.entry_term[m, i], raft.entry_leader[m, i])


def add(raft: Raft, contract: Contract) -> Reads:
    """Asks, confirmations, answers, as the control plane does it."""
    builder, member = raft.builder, raft.Member
    log = IntType(0, raft.Index.size)
    reads = Reads(
        raft,
        contract,
        builder.function("read", (), READ, 0, "read.stage"),
        builder.function("readLeader", (), ElementType(member, optional=True), -1, "read.leader"),
        builder.function("readTerm", (), IntType(0, raft.Term.size), 0),
        builder.function("readIndex", (), log, 0, "read.index"),
        builder.function("readHeard", (member,), BOOL, 0, "read.confirmedBy[{0}]"),
        builder.function("staleRead", (), BOOL, 0, "etcd.staleRead"),
    )
    mode = raft.scenario.control_plane.reads
    if mode == "serializable":
        _anywhere(reads)
        return reads
    if mode == "lease":
        _by_lease(reads, _patience(raft))
        builder.assumptions.append(
            "etcd: clocks differ so little that a leader's lease ends before those who granted it"
            " elect another, also where they restart"
        )
    else:
        _by_index(reads)
    m = variable("member", member)
    applied = TRUE if raft.mutated(READ_BEFORE_APPLIED) else raft.commit[m] >= reads.index()
    builder.action(
        "serve a read",
        "etcd",
        (m,),
        (reads.stage() == CONFIRMED) & applied,
        reads.served(m),
        text="{member} serves the read",
        why="{member} has applied all up to the revision that the read must see",
    )
    return reads


def _anywhere(reads: Reads) -> None:
    m = variable("member", reads.raft.Member)
    reads.raft.builder.action(
        "begin a read",
        "etcd",
        (),
        reads.stage() == NOTHING,
        [assign(reads.stage(), CONFIRMED), reads.contract.begins_to_read()],
        text="a client asks for a serializable read",
        why="no other read is under way",
    )
    reads.raft.builder.action(
        "serve a read",
        "etcd",
        (m,),
        reads.stage() == CONFIRMED,
        reads.served(m),
        text="{member} serves the read with what it has applied",
        why="a serializable read asks no other member",
    )


def _may_ask(reads: Reads, leader: Expr) -> Expr:
    """Whether a leader takes a read: it knows what had been committed before its term."""
    raft = reads.raft
    own = exists(
        raft.Index,
        lambda i: (
            (raft.position[i] == raft.commit[leader])
            & (raft.entry_term[leader, i] == raft.term[leader])
        ),
    )
    knows = TRUE if raft.mutated(READ_INDEX_BEFORE_OWN_TERM_COMMIT) else own
    return (reads.stage() == NOTHING) & (raft.role[leader] == LEADER) & knows


def _by_index(reads: Reads) -> None:
    raft, builder = reads.raft, reads.raft.builder
    leader, voter = variable("leader", raft.Member), variable("voter", raft.Member)
    each = variable("each", raft.Member)
    builder.action(
        "ask for a read",
        "etcd",
        (leader,),
        _may_ask(reads, leader),
        [
            assign(reads.stage(), WAITING),
            assign(reads.leader(), leader),
            assign(reads.term(), raft.term[leader]),
            assign(reads.index(), raft.commit[leader]),
            reads.contract.begins_to_read(),
        ],
        text="{leader} receives a client's read",
        why="{leader} leads, and has committed an entry of its own term",
    )
    waits = (
        (reads.stage() == WAITING)
        & (reads.leader() == leader)
        & (raft.role[leader] == LEADER)
        & (raft.term[leader] == reads.term())
    )
    builder.action(
        "confirm a leader",
        "etcd",
        (leader, voter),
        waits & (voter != leader) & (raft.term[voter] == raft.term[leader]),
        [assign(reads.heard[voter], True)],
        text="{voter} answers a heartbeat of {leader}",
        why="{voter} knows of no newer term",
    )
    enough = raft.decides(leader, lambda m: (m == leader) | reads.heard[m])
    builder.action(
        "confirm a read",
        "etcd",
        (leader,),
        waits & (TRUE if raft.mutated(READ_INDEX_WITHOUT_QUORUM) else enough),
        [
            assign(reads.stage(), CONFIRMED),
            assign(reads.leader(), none(raft.Member)),
            assign(reads.term(), 0),
            assign(reads.heard[each], False, each),
        ],
        text="{leader} tells up to which revision the read must see",
        why="those who confirm that it leads are enough",
    )


def _patience(raft: Raft) -> StateFunction:
    """Who counts on whom not to elect another: [leader, member]."""
    builder = raft.builder
    counts = builder.function(
        "countsOn", (raft.Member, raft.Member), BOOL, 0, "etcd/{0}.lease[{1}]"
    )
    patient = builder.function("patient", (raft.Member,), BOOL, 0, "etcd/{0}.patient")
    leader, m = variable("leader", raft.Member), variable("member", raft.Member)
    each = variable("each", raft.Member)
    leads = raft.role[leader] == LEADER
    builder.action(
        "answer a heartbeat",
        "etcd",
        (leader, m),
        leads & (leader != m) & (raft.term[m] == raft.term[leader]),
        [assign(counts[leader, m], True), assign(patient[m], True)],
        text="{leader} counts on {member} to elect nobody for a while",
        why="{member} has answered a heartbeat of {leader}",
    )
    builder.action(
        "lease runs out",
        "etcd",
        (leader, m),
        counts[leader, m],
        [assign(counts[leader, m], False)],
        text="{leader} no longer counts on {member}",
        why="{leader} has not heard from {member} for too long",
    )
    counted = exists(raft.Member, lambda o: (raft.role[o] == LEADER) & counts[o, m])
    builder.action(
        "patience runs out",
        "etcd",
        (m,),
        patient[m] & (TRUE if raft.mutated(LEASE_READ_WITH_SKEWED_CLOCK) else ~counted),
        [assign(patient[m], False)],
        text="{member} has heard no leader for an election timeout",
        why="no clock is so slow that a leader still counts on it",
    )
    if raft.mutated(LEASE_FORGOTTEN_AT_RESTART):
        builder.action(
            "follower restarts",
            "etcd",
            (m,),
            patient[m],
            [assign(patient[m], False)],
            text="{member} restarts and forgets that it heard a leader",
            why="a member may crash at any moment, and its patience is not on disk",
        )
    voter = variable("voter", raft.Member)
    held = {"campaign": ~patient[m]}
    if not raft.mutated(VOTES_WITHIN_LEASE):
        held["vote"] = ~patient[voter]
    ends = ("restart", "hear of a newer term", "win")
    for position, action in enumerate(builder.actions):
        guard = action.guard & held.get(action.name, TRUE)
        lost = [assign(counts[m, each], False, each)] if action.name in ends else []
        builder.actions[position] = replace(action, guard=guard, updates=(*action.updates, *lost))
    return counts


def _by_lease(reads: Reads, counts: StateFunction) -> None:
    raft = reads.raft
    leader = variable("leader", raft.Member)
    raft.builder.action(
        "answer by lease",
        "etcd",
        (leader,),
        _may_ask(reads, leader) & raft.decides(leader, lambda m: (m == leader) | counts[leader, m]),
        [
            assign(reads.stage(), CONFIRMED),
            assign(reads.index(), raft.commit[leader]),
            reads.contract.begins_to_read(),
        ],
        text="{leader} tells up to which revision a client's read must see",
        why="those who have promised to elect nobody else are enough",
    )
