"""Changes of who votes: entries of the log that take effect once they are committed and applied.

A plan lists the changes that an operator asks for, each at most once and in any order. A change is
simple (one voter more or less, a learner, a promotion), or it goes through a joint configuration:
entering and leaving it are two entries, and between them both majorities are needed.

Source: etcd-io/raft at cdfbeed `confchange/confchange.go`, `raft.go` (stepLeader on MsgProp:
pendingConfIndex; hup: hasUnappliedConfChanges; applyConfChange; promotable; campaign: whom it
asks), `quorum/joint.go`.

Omits: demotions to learner; leaders that step down because they were removed do so when they like.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from model.ir.expr import FALSE, Expr, conj, disj
from model.ir.quantifier import count, exists, forall
from model.ir.system import Builder, StateFunction, Table
from model.ir.types import BOOL, ElementType, Sort
from model.scenario import ControlPlane


@dataclass(frozen=True)
class Membership:
    """A plan of changes, and what members hold and believe of it."""

    Member: Sort
    Index: Sort
    Change: Sort
    #: [m]: whether it votes before any change.
    votes_first: Table
    #: [k, m]: whether a change makes m a voter, makes it a learner, takes it out.
    adds: Table
    teaches: Table
    removes: Table
    #: [k]: whether a change enters a joint configuration; [k, l]: whether k leaves that of l.
    joins: Table
    leaves: Table
    #: [m, i]: the change that m's entry is, if it is one.
    entry: StateFunction
    #: [t, i]: the same of what the leader of a term has sent.
    sent: StateFunction
    #: [m, k]: whether a change is in effect at m.
    applied: StateFunction
    before: Table
    #: Seeded faults.
    at_once: bool
    learners_count: bool

    # -- configurations ------------------------------------------------------------------------
    def in_effect(self, m: Expr, k: Expr) -> Expr:
        """Whether a change is in effect at a member."""
        if self.at_once:
            return exists(self.Index, lambda i: self.entry[m, i] == k)
        return self.applied[m, k]

    def _open(self, m: Expr, k: Expr) -> Expr:
        """Whether a member is in the joint configuration of a change."""
        left = exists(self.Change, lambda each: self.leaves[each, k] & self.in_effect(m, each))
        return self.joins[k] & self.in_effect(m, k) & ~left

    def is_joint(self, m: Expr) -> Expr:
        return exists(self.Change, lambda k: self._open(m, k))

    def _among(self, x: Expr, counts: Callable[[Expr], Expr]) -> Expr:
        """Whether x votes if of all changes those that count are in effect."""
        gains, loses = self.adds, self.removes
        if self.learners_count:
            joined = exists(self.Change, lambda k: counts(k) & (gains[k, x] | self.teaches[k, x]))
        else:
            joined = exists(self.Change, lambda k: counts(k) & gains[k, x])
        gone = exists(self.Change, lambda k: counts(k) & loses[k, x])
        return (self.votes_first[x] | joined) & ~gone

    def incoming(self, m: Expr, x: Expr) -> Expr:
        """Whether m counts x among the voters."""
        return self._among(x, lambda k: self.in_effect(m, k))

    def outgoing(self, m: Expr, x: Expr) -> Expr:
        """Whether m counts x among the voters before the joint configuration that it is in."""
        return self._among(x, lambda k: self.in_effect(m, k) & ~self._open(m, k))

    def voter(self, m: Expr, x: Expr) -> Expr:
        return self.incoming(m, x) | self.outgoing(m, x)

    def knows(self, m: Expr, x: Expr) -> Expr:
        """Whether m sends entries to x: it votes or learns."""
        taught = exists(self.Change, lambda k: self.in_effect(m, k) & self.teaches[k, x])
        return self.voter(m, x) | taught

    def decides(self, m: Expr, supports: Callable[[Expr], Expr]) -> Expr:
        """Whether those who support something decide it in m's configuration."""

        def most(votes: Callable[[Expr], Expr]) -> Expr:
            yes = count(self.Member, lambda x: votes(x) & supports(x))
            no = count(self.Member, lambda x: votes(x) & ~supports(x))
            return yes > no

        return most(lambda x: self.incoming(m, x)) & (
            ~self.is_joint(m) | most(lambda x: self.outgoing(m, x))
        )

    # -- entries -------------------------------------------------------------------------------
    def is_change(self, m: Expr, i: Expr) -> Expr:
        return ~self.entry[m, i].is_none()

    def settled(self, m: Expr, i: Expr) -> Expr:
        """Whether an entry is no change that is yet to be applied."""
        return ~exists(self.Change, lambda k: (self.entry[m, i] == k) & ~self.applied[m, k])

    def has_later(self, m: Expr, i: Expr) -> Expr:
        """Whether m holds a later change: it came with the news that all before is committed."""
        return exists(self.Index, lambda j: self.before[i, j] & self.is_change(m, j))

    def may_propose(self, m: Expr, k: Expr) -> Expr:
        """Whether a leader's configuration and log leave room for a change."""
        new = ~self.applied[m, k] & ~exists(self.Index, lambda i: self.entry[m, i] == k)
        leaving = exists(self.Change, lambda each: self.leaves[k, each])
        opened = exists(self.Change, lambda each: self.leaves[k, each] & self._open(m, each))
        return conj(new, disj(opened, conj(~leaving, ~self.is_joint(m))))

    def everything_settled(self, m: Expr, committed: Callable[[Expr], Expr]) -> Expr:
        """Whether no committed change of m is left to apply."""
        if self.at_once:
            return ~FALSE
        return forall(self.Index, lambda i: committed(i).implies(self.settled(m, i)))


def membership(
    builder: Builder,
    plane: ControlPlane,
    *,
    member: Sort,
    term: Sort,
    index: Sort,
    before: Table,
    mutations: frozenset[str],
) -> Membership | None:
    """The plan of a control plane; None if nothing changes."""
    if not plane.changes:
        return None
    names: list[str] = []
    rows: list[tuple[frozenset[str], frozenset[str], frozenset[str], bool, int | None]] = []
    nobody: frozenset[str] = frozenset()
    for change in plane.changes:
        names.append(change.name)
        parts = frozenset(change.adds), frozenset(change.learners), frozenset(change.removes)
        rows.append((*parts, change.joint, None))
        if change.joint:
            names.append(f"leave {change.name}")
            rows.append((nobody, nobody, nobody, False, len(rows) - 1))
    changes = Sort("Change", tuple(names))
    some = ElementType(changes, optional=True)

    def of_members(name: str, part: int) -> Table:
        cells = [int(m in row[part]) for row in rows for m in member.elements]  # type: ignore[operator]
        return builder.table(name, (changes, member), BOOL, cells)

    pairs = [int(row[4] == k) for row in rows for k in range(len(rows))]
    first = [int(i < plane.members) for i in range(member.size)]
    return Membership(
        member,
        index,
        changes,
        builder.table("votesFirst", (member,), BOOL, first),
        of_members("adds", 0),
        of_members("teaches", 1),
        of_members("removes", 2),
        builder.table("joins", (changes,), BOOL, [int(row[3]) for row in rows]),
        builder.table("leaves", (changes, changes), BOOL, pairs),
        builder.function("entryChange", (member, index), some, -1, "etcd/{0}.log[{1}].change"),
        builder.function("sentChange", (term, index), some, -1),
        builder.function("applied", (member, changes), BOOL, 0, "etcd/{0}.configuration[{1}]"),
        before,
        "changes-apply-when-appended" in mutations,
        "learners-count" in mutations,
    )
