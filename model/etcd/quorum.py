"""The etcd quorum: members that elect a leader by votes and commit writes by majority.

Members read each other's state directly where they can reach each other, so a message is sent,
delivered and answered in one step. A write is known by the term and the leader that made it; what
has been committed at each revision is remembered to compare with.

Source: etcd-io/raft at cdfbeed `raft.go` (Step, campaign, becomeLeader, maybeCommit,
handleAppendEntries), `log.go` (isUpToDate, maybeAppend), `quorum/majority.go`.

Omits: messages that are delayed, duplicated or reordered; appends that carry only a part of the
log; the empty entry that a new leader appends; pre-vote, check-quorum and leases; lost disks;
snapshots and compaction; membership changes; reads. A leader counts a copy only while its holder
is in reach and still in the leader's term, a candidate a vote only while the voter is still in its
term. A member that refuses a candidate does not take over its term.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.instance import Instance
from model.ir.expr import (
    TRUE,
    Expr,
    constant,
    disj,
    negate,
    none,
    variable,
)
from model.ir.quantifier import (
    count,
    exists,
    forall,
    maximum,
)
from model.ir.system import Bound, Builder, Property, StateFunction, Table, assign
from model.ir.types import BOOL, ElementType, EnumType, IntType, Sort, Type
from model.scenario import Scenario

ROLE = EnumType("Role", ("Follower", "Candidate", "Leader"))
FOLLOWER, CANDIDATE, LEADER = (constant(ROLE, name) for name in ROLE.values)

NAME = "no-split-brain-writes"

OMISSIONS = (
    "etcd: messages that are delayed, duplicated or reordered; pre-vote, check-quorum, leases",
    "etcd: lost disks, snapshots, compaction, membership changes, reads",
)


@dataclass
class Quorum:
    """The system under construction and its symbols."""

    scenario: Scenario
    builder: Builder
    Member: Sort
    Index: Sort
    up: StateFunction
    cut_off: StateFunction
    role: StateFunction
    term: StateFunction
    vote: StateFunction
    #: Term and leader of the write that a member holds at a revision; term 0 is no write.
    entry_term: StateFunction
    entry_leader: StateFunction
    chosen_term: StateFunction
    chosen_leader: StateFunction
    #: [i, j]: whether i comes before j.
    before: Table

    def mutated(self, name: str) -> bool:
        return name in self.scenario.mutations

    @property
    def votes_needed(self) -> int:
        plane = self.scenario.control_plane
        return plane.members // 2 if self.mutated("quorum-too-small") else plane.votes

    def reaches(self, a: Expr, b: Expr) -> Expr:
        """Whether two members are up and on one side of any partition."""
        return self.up[a] & self.up[b] & (self.cut_off[a] == self.cut_off[b])

    def same_entry(self, a: Expr, b: Expr, i: Expr) -> Expr:
        return (self.entry_term[a, i] == self.entry_term[b, i]) & (
            self.entry_leader[a, i] == self.entry_leader[b, i]
        )

    def length(self, m: Expr) -> Expr:
        """How many writes a member holds."""
        return count(self.Index, lambda i: self.entry_term[m, i] > 0)

    def last_term(self, m: Expr) -> Expr:
        """The term of the last write that a member holds; 0 without one."""

        def is_last(i: Expr) -> Expr:
            later = exists(self.Index, lambda j: self.before[i, j] & (self.entry_term[m, j] > 0))
            return (self.entry_term[m, i] > 0) & ~later

        return maximum(self.Index, lambda i: self.entry_term[m, i], is_last, default=0)


def instance(scenario: Scenario) -> Instance:
    """The control plane of a scenario, with the property that concerns it."""
    quorum = _quorum(scenario)
    for part in (_elections, _writes, _commits, _faults):
        part(quorum)
    bounds = scenario.bounds
    builder = quorum.builder
    stuck = exists(
        quorum.Member,
        lambda m: quorum.up[m] & (quorum.role[m] != LEADER) & (quorum.term[m] == bounds.terms),
    )
    full = exists(
        quorum.Member, lambda m: (quorum.role[m] == LEADER) & (quorum.length(m) == bounds.log)
    )
    builder.bounds.append(Bound("terms", stuck, f"at most {bounds.terms} etcd terms"))
    builder.bounds.append(Bound("log", full, f"at most {bounds.log} writes to etcd"))
    fields = ("spec.controlPlane.quorum", "spec.controlPlane.members")
    return Instance(scenario, builder.build(), "ControlPlane/etcd", {NAME: fields})


def _quorum(scenario: Scenario) -> Quorum:
    plane, bounds = scenario.control_plane, scenario.bounds
    builder = Builder("ControlPlane/etcd")
    builder.omit(*OMISSIONS)
    names = tuple(f"etcd-{i + 1}" for i in range(plane.members))
    member = Sort("Member", names, symmetric=True)
    index = Sort("Revision", tuple(str(i + 1) for i in range(bounds.log)))
    terms = IntType(0, bounds.terms)
    someone = ElementType(member, optional=True)
    order = [int(i < j) for i in range(index.size) for j in range(index.size)]

    def per_member(name: str, type: Type, initial: int) -> StateFunction:
        return builder.function(name, (member,), type, initial, f"etcd/{{0}}.{name}")

    return Quorum(
        scenario,
        builder,
        member,
        index,
        per_member("up", BOOL, 1),
        per_member("cutOff", BOOL, 0),
        per_member("role", ROLE, 0),
        per_member("term", terms, 0),
        per_member("vote", someone, -1),
        builder.function("entryTerm", (member, index), terms, 0, "etcd/{0}.log[{1}].term"),
        builder.function("entryLeader", (member, index), someone, -1, "etcd/{0}.log[{1}].leader"),
        builder.function("chosenTerm", (index,), terms, 0, "etcd.committed[{0}].term"),
        builder.function("chosenLeader", (index,), someone, -1, "etcd.committed[{0}].leader"),
        builder.table("before", (index, index), BOOL, order),
    )


def _elections(q: Quorum) -> None:
    builder, none_yet = q.builder, none(q.Member)
    m, voter, candidate = (variable(n, q.Member) for n in ("member", "voter", "candidate"))
    other = variable("other", q.Member)
    builder.action(
        "campaign",
        "etcd",
        (m,),
        q.up[m] & (q.role[m] != LEADER) & (q.term[m] < q.scenario.bounds.terms),
        [
            assign(q.term[m], q.term[m] + 1),
            assign(q.vote[m], m),
            assign(q.role[m], CANDIDATE),
        ],
        text="{member} hears no leader and campaigns in the next term",
    )
    longer = q.length(candidate) >= q.length(voter)
    up_to_date = (q.last_term(candidate) > q.last_term(voter)) | (
        (q.last_term(candidate) == q.last_term(voter)) & longer
    )
    if q.mutated("stale-log-elected"):
        up_to_date = TRUE
    free = q.vote[voter].is_none()
    if q.mutated("votes-twice"):
        free = TRUE
    newer = q.term[candidate] > q.term[voter]
    builder.action(
        "vote",
        "etcd",
        (voter, candidate),
        q.reaches(voter, candidate)
        & (q.role[candidate] == CANDIDATE)
        & (q.role[voter] != LEADER)
        & (newer | ((q.term[candidate] == q.term[voter]) & free))
        & (voter != candidate)
        & up_to_date,
        [
            assign(q.term[voter], q.term[candidate]),
            assign(q.vote[voter], candidate),
            assign(q.role[voter], FOLLOWER),
        ],
        text="{voter} votes for {candidate}",
    )
    votes = count(q.Member, lambda v: (q.vote[v] == m) & (q.term[v] == q.term[m]))
    builder.action(
        "win",
        "etcd",
        (m,),
        q.up[m] & (q.role[m] == CANDIDATE) & (votes >= q.votes_needed),
        [assign(q.role[m], LEADER)],
        text="{member} has enough votes and leads",
        why=f"{q.votes_needed} of {q.Member.size} votes are enough",
    )
    builder.action(
        "step down",
        "etcd",
        (m, other),
        q.reaches(m, other) & (q.role[m] != FOLLOWER) & (q.term[m] < q.term[other]),
        [
            assign(q.term[m], q.term[other]),
            assign(q.vote[m], none_yet),
            assign(q.role[m], FOLLOWER),
        ],
        text="{member} hears of {other}'s newer term and follows",
    )


def _writes(q: Quorum) -> None:
    builder = q.builder
    leader, follower = variable("leader", q.Member), variable("follower", q.Member)
    revision, j = variable("revision", q.Index), variable("each", q.Index)
    leads = q.up[leader] & (q.role[leader] == LEADER)
    filled = forall(q.Index, lambda i: q.before[i, revision].implies(q.entry_term[leader, i] > 0))
    builder.action(
        "write",
        "etcd",
        (leader, revision),
        leads & (q.entry_term[leader, revision] == 0) & filled,
        [
            assign(q.entry_term[leader, revision], q.term[leader]),
            assign(q.entry_leader[leader, revision], leader),
        ],
        text="{leader} accepts a client's write at revision {revision}",
    )
    conflict = exists(
        q.Index,
        lambda i: (
            (q.entry_term[leader, i] > 0)
            & (q.entry_term[follower, i] > 0)
            & ~q.same_entry(leader, follower, i)
        ),
    )
    has = q.entry_term[leader, j] > 0
    newer = q.term[leader] > q.term[follower]
    builder.action(
        "replicate",
        "etcd",
        (leader, follower),
        leads
        & q.reaches(leader, follower)
        & (leader != follower)
        & (q.term[leader] >= q.term[follower])
        & (newer | (q.role[follower] != LEADER)),
        [
            assign(q.entry_term[follower, j], q.entry_term[leader, j], j, where=has | conflict),
            assign(q.entry_leader[follower, j], q.entry_leader[leader, j], j, where=has | conflict),
            assign(q.term[follower], q.term[leader]),
            assign(q.vote[follower], none(q.Member), where=newer),
            assign(q.role[follower], FOLLOWER),
        ],
        text="{leader} sends its log to {follower}",
    )


def _commits(q: Quorum) -> None:
    builder = q.builder
    leader, revision = variable("leader", q.Member), variable("revision", q.Index)
    j = variable("each", q.Index)
    split = builder.function("splitBrain", (), BOOL, 0, "etcd.twoWritesAtOneRevision")
    isolated = builder.function("isolatedCommit", (), BOOL, 0, "etcd.committedWithoutMajority")
    copies = count(
        q.Member,
        lambda f: (
            q.reaches(leader, f) & (q.term[f] == q.term[leader]) & q.same_entry(leader, f, revision)
        ),
    )
    own_term = q.entry_term[leader, revision] == q.term[leader]
    if q.mutated("old-term-commit"):
        own_term = TRUE
    needed = 1 if q.mutated("minority-commits") else q.votes_needed
    covered = (j == revision) | q.before[j, revision]
    differs = exists(
        q.Index,
        lambda i: (
            ((i == revision) | q.before[i, revision])
            & (q.chosen_term[i] > 0)
            & disj(
                q.chosen_term[i] != q.entry_term[leader, i],
                q.chosen_leader[i] != q.entry_leader[leader, i],
            )
        ),
    )
    in_reach = count(q.Member, lambda f: q.reaches(leader, f))
    majority = q.Member.size // 2 + 1
    builder.action(
        "commit",
        "etcd",
        (leader, revision),
        q.up[leader]
        & (q.role[leader] == LEADER)
        & (q.entry_term[leader, revision] > 0)
        & own_term
        & (copies >= needed),
        [
            assign(q.chosen_term[j], q.entry_term[leader, j], j, where=covered),
            assign(q.chosen_leader[j], q.entry_leader[leader, j], j, where=covered),
            assign(split(), True, where=differs),
            assign(isolated(), True, where=in_reach < majority),
        ],
        text="{leader} commits revision {revision}",
        why=f"{needed} of {q.Member.size} members hold it",
    )
    committed = exists(q.Index, lambda i: q.chosen_term[i] > 0)
    builder.properties.append(
        Property(
            NAME,
            "always",
            negate(split()) & ~isolated(),
            witness=committed,
            text="no two leaders ever commit different writes at one revision; "
            "a member cut off from the quorum commits nothing",
            occasion="a write is committed",
        )
    )


def _faults(q: Quorum) -> None:
    """At least one crash and one member cut off: without faults a quorum shows nothing."""
    builder = q.builder
    crashes = max(1, q.scenario.faults.member_crashes)
    cuts = max(1, q.scenario.faults.member_partitions)
    builder.assumptions.append(
        f"etcd: up to {crashes} member crashes and {cuts} members cut off from the others"
    )
    m, every = variable("member", q.Member), variable("each", q.Member)
    left = builder.function("crashesLeft", (), IntType(0, crashes), crashes)
    forgotten = [assign(q.vote[m], none(q.Member))] if q.mutated("vote-forgotten") else []
    builder.action(
        "member crashes",
        "fault",
        (m,),
        q.up[m] & (left() > 0),
        [
            assign(q.up[m], False),
            assign(q.role[m], FOLLOWER),
            assign(left(), left() - 1),
            *forgotten,
        ],
        text="{member} crashes",
    )
    builder.action(
        "member restarts",
        "fault",
        (m,),
        ~q.up[m],
        [assign(q.up[m], True)],
        fairness="weak",
        text="{member} restarts with what it had on disk",
    )
    left = builder.function("cutsLeft", (), IntType(0, cuts), cuts)
    builder.action(
        "cut off",
        "fault",
        (m,),
        ~q.cut_off[m] & (left() > 0),
        [assign(q.cut_off[m], True), assign(left(), left() - 1)],
        text="a partition puts {member} on the other side",
    )
    builder.action(
        "partition heals",
        "fault",
        (),
        exists(q.Member, lambda x: q.cut_off[x]),
        [assign(q.cut_off[every], False, every)],
        fairness="weak",
        text="the partition heals",
    )
