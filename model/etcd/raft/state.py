"""What etcd's members know: the state that the parts of Raft share.

Durable are the term, the vote, the log and how much of it is committed; the role and what a
candidate or a leader has heard are not. Messages are kept as what follows from them:

- A vote, and a copy of the log, once given can be counted as long as the one who asked is still a
  candidate, or leads, in the same term; later it means nothing to anybody. So votes and
  acknowledgements may be lost, delayed, repeated and reordered.
- What a leader has appended in its term stays on record when it leads no more. So appends may be.
- A vote is asked for, and what is committed told, by who is a candidate or leads just now.

An entry of the log is known by its term and the leader that made it, and stands for one write.

Source: etcd-io/raft at cdfbeed `raft.go` (raft, reset), `raftpb/raft.proto` (HardState).

Omits: requests for votes and commit indices that arrive after their sender has moved on to another
term, except that they make a newer term known; messages with several entries at once, which do what
the same entries do one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from model.etcd.contract import Contract
from model.etcd.raft.compaction import Compaction, compaction
from model.etcd.raft.history import History, history
from model.etcd.raft.membership import Membership, membership
from model.ir.builder import Builder
from model.ir.expr import TRUE, Expr, constant, none, variable
from model.ir.quantifier import count, exists, forall, maximum
from model.ir.system import StateFunction, Table, Update, assign
from model.ir.types import BOOL, ElementType, EnumType, IntType, Sort, Type
from model.mutation import Mutation
from model.scenario import Scenario

QUORUM_TOO_SMALL = Mutation("quorum-too-small", "etcd commits and elects with half of its members")
OLD_VOTES_COUNT = Mutation("old-votes-count", "an etcd candidate counts votes of earlier terms")
LAST_TERM_IGNORED = Mutation(
    "last-term-ignored", "an etcd member votes for the longer log, whatever its last term"
)
LOG_LENGTH_IGNORED = Mutation(
    "log-length-ignored", "an etcd member votes for an equal last term, however short the log"
)
CAMPAIGNS_WITH_UNAPPLIED_CHANGE = Mutation(
    "campaigns-with-unapplied-change",
    "an etcd member campaigns while a committed membership change waits to be applied",
)
PENDING_CHANGE_IGNORED = Mutation(
    "pending-change-ignored", "an etcd leader takes a membership change while one is under way"
)


ROLE = EnumType("Role", ("Follower", "Candidate", "Leader"))
FOLLOWER, CANDIDATE, LEADER = (constant(ROLE, name) for name in ROLE.values)


class Entry(NamedTuple):
    """What identifies an entry; `change` is None where nobody joins or leaves."""

    term: Expr
    leader: Expr
    change: Expr | None


@dataclass
class Raft:
    """The system under construction and its symbols."""

    scenario: Scenario
    builder: Builder
    Member: Sort
    Term: Sort
    Index: Sort
    #: [t], [i]: the number that a term, an index stands for.
    number: Table
    position: Table
    #: [i, j]: whether i comes before j, and whether it does so directly.
    before: Table
    precedes: Table
    role: StateFunction
    term: StateFunction
    vote: StateFunction
    #: [m, i]: term and leader of the entry; term 0 is none.
    entry_term: StateFunction
    entry_leader: StateFunction
    #: [m]: up to which index m knows entries to be committed.
    commit: StateFunction
    #: [c, v]: whether v has given candidate c its vote in c's term.
    granted: StateFunction
    #: [l, m]: up to which index m has told leader l, in l's term, to have the same log.
    match: StateFunction
    #: [t, i]: the entry that the last leader of term t had at index i.
    sent_term: StateFunction
    sent_leader: StateFunction
    history: History
    #: None where nobody joins or leaves.
    membership: Membership | None
    #: [l]: up to which index all must be committed before leader l takes a change.
    pending: StateFunction | None
    #: None where logs are not compacted.
    compaction: Compaction | None
    #: The store as clients see it; None where none of its properties is asked for.
    contract: Contract | None = None

    def mutated(self, fault: Mutation) -> bool:
        return fault in self.scenario.mutations

    # -- decisions -----------------------------------------------------------------------------
    def decides(self, m: Expr, supports: Callable[[Expr], Expr]) -> Expr:
        """Whether those who support something are enough, as far as a member knows who votes."""
        if self.membership is not None:
            return self.membership.decides(m, supports)
        plane = self.scenario.control_plane
        needed = plane.members // 2 if self.mutated(QUORUM_TOO_SMALL) else plane.votes
        return count(self.Member, supports) >= needed

    def majority(self, m: Expr, supports: Callable[[Expr], Expr]) -> Expr:
        """Whether more than half are for something, whatever members are made to believe."""
        if self.membership is not None:
            return self.membership.majority(m, supports)
        return 2 * count(self.Member, supports) > self.Member.size

    def asks(self, m: Expr, x: Expr) -> Expr:
        """Whether a member asks another for its vote."""
        return TRUE if self.membership is None else self.membership.asks(m, x)

    def sends(self, m: Expr, x: Expr) -> Expr:
        """Whether a leader sends another its entries."""
        return m != x if self.membership is None else (m != x) & self.membership.sends(m, x)

    def may_campaign(self, m: Expr) -> Expr:
        """Whether a member's configuration lets it stand for election."""
        group = self.membership
        if group is None:
            return TRUE
        if self.mutated(CAMPAIGNS_WITH_UNAPPLIED_CHANGE):
            return group.voter(m, m)
        return group.voter(m, m) & group.everything_settled(m, lambda i: self.committed(m, i))

    def committed(self, m: Expr, i: Expr) -> Expr:
        """Whether a member knows that its entry is committed."""
        known = self.position[i] <= self.commit[m]
        if self.membership is None or self.mutated(PENDING_CHANGE_IGNORED):
            return known
        # A leader takes a change only if all before it is committed, and says so with it.
        return known | self.membership.has_later(m, i)

    # -- logs ----------------------------------------------------------------------------------
    def holds(self, m: Expr, i: Expr) -> Expr:
        return self.entry_term[m, i] > 0

    def entry(self, m: Expr, i: Expr) -> Entry:
        change = None if self.membership is None else self.membership.entry[m, i]
        return Entry(self.entry_term[m, i], self.entry_leader[m, i], change)

    def sent(self, t: Expr, i: Expr) -> Entry:
        change = None if self.membership is None else self.membership.sent[t, i]
        return Entry(self.sent_term[t, i], self.sent_leader[t, i], change)

    def removes(self, m: Expr, *over: Expr, i: Expr, where: Expr) -> list[Update]:
        """A member loses the entries at indices of which something holds."""
        updates = [
            assign(self.entry_term[m, i], 0, *over, where=where),
            assign(self.entry_leader[m, i], none(self.Member), *over, where=where),
        ]
        if self.membership is not None:
            gone = none(self.membership.Change)
            updates.append(assign(self.membership.entry[m, i], gone, *over, where=where))
        return updates

    def same_entry(self, a: Expr, b: Expr, i: Expr) -> Expr:
        return (self.entry_term[a, i] == self.entry_term[b, i]) & (
            self.entry_leader[a, i] == self.entry_leader[b, i]
        )

    def length(self, m: Expr) -> Expr:
        """The index of a member's last entry; 0 without one."""
        return count(self.Index, lambda i: self.holds(m, i))

    def last_term(self, m: Expr) -> Expr:
        """The term of a member's last entry; 0 without one."""

        def is_last(i: Expr) -> Expr:
            return self.holds(m, i) & ~exists(
                self.Index, lambda j: self.before[i, j] & self.holds(m, j)
            )

        return maximum(self.Index, lambda i: self.entry_term[m, i], is_last, default=0)

    def up_to_date(self, candidate: Expr, voter: Expr) -> Expr:
        """Whether a candidate's log may be elected by a voter."""
        mine, other = self.last_term(candidate), self.last_term(voter)
        longer = self.length(candidate) >= self.length(voter)
        if self.mutated(LAST_TERM_IGNORED):
            return longer
        if self.mutated(LOG_LENGTH_IGNORED):
            return mine >= other
        return (mine > other) | ((mine == other) & longer)

    def reaches(self, m: Expr, i: Expr) -> Expr:
        """Whether a member holds all entries before an index."""
        return forall(self.Index, lambda j: self.before[j, i].implies(self.holds(m, j)))

    # -- roles ---------------------------------------------------------------------------------
    def forgets(self, m: Expr) -> list[Update]:
        """A member gives up what it has heard as a candidate or leader."""
        each = variable("forgotten", self.Member)
        votes = [assign(self.granted[m, each], False, each)]
        if self.mutated(OLD_VOTES_COUNT):
            votes = []
        return [*votes, assign(self.match[m, each], 0, each)]

    def follows(self, m: Expr, term: Expr) -> list[Update]:
        """A member becomes a follower in a term that is newer than its own."""
        return [
            assign(self.term[m], term),
            assign(self.vote[m], none(self.Member)),
            assign(self.role[m], FOLLOWER),
            *self.forgets(m),
        ]


def raft(scenario: Scenario) -> Raft:
    """The symbols of a control plane's etcd, without a step."""
    plane, bounds = scenario.control_plane, scenario.bounds
    builder = Builder("ControlPlane/etcd")
    first = (f"etcd-{i + 1}" for i in range(plane.members))
    joining = (name for change in plane.changes for name in (*change.adds, *change.learners))
    names = tuple(dict.fromkeys((*first, *joining)))
    member = Sort("Member", names, symmetric=True)
    term = Sort("Term", tuple(str(i + 1) for i in range(bounds.terms)))
    index = Sort("Revision", tuple(str(i + 1) for i in range(bounds.log)))
    terms, positions = IntType(0, bounds.terms), IntType(0, bounds.log)
    someone = ElementType(member, optional=True)
    pairs = [(i, j) for i in range(index.size) for j in range(index.size)]

    def of_member(name: str, type: Type, initial: int) -> StateFunction:
        return builder.function(name, (member,), type, initial, f"etcd/{{0}}.{name}")

    position = builder.table("position", (index,), positions, range(1, index.size + 1))
    before = builder.table("before", (index, index), BOOL, [int(i < j) for i, j in pairs])
    pending = of_member("pendingConfIndex", positions, 0) if plane.changes else None
    compacted = compaction(builder, member, term, index) if plane.compaction else None
    return Raft(
        scenario,
        builder,
        member,
        term,
        index,
        builder.table("number", (term,), terms, range(1, term.size + 1)),
        position,
        before,
        builder.table("precedes", (index, index), BOOL, [int(i + 1 == j) for i, j in pairs]),
        of_member("role", ROLE, 0),
        of_member("term", terms, 0),
        of_member("vote", someone, -1),
        builder.function("entryTerm", (member, index), terms, 0, "etcd/{0}.log[{1}].term"),
        builder.function("entryLeader", (member, index), someone, -1, "etcd/{0}.log[{1}].leader"),
        of_member("commit", positions, 0),
        builder.function("granted", (member, member), BOOL, 0, "etcd/{0}.votes[{1}]"),
        builder.function("match", (member, member), positions, 0, "etcd/{0}.match[{1}]"),
        builder.function("sentTerm", (term, index), terms, 0),
        builder.function("sentLeader", (term, index), someone, -1),
        history(builder, member, term, index),
        membership(
            builder,
            plane,
            member=member,
            term=term,
            index=index,
            before=before,
            position=position,
            compacted=None if compacted is None else compacted.compacted,
            mutations=scenario.mutations,
        ),
        pending,
        compacted,
    )
