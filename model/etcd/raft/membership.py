"""Changes of who votes: entries of the log that take effect once they are committed and applied.

A plan lists the changes that an operator asks for, each at most once and in any order. A change is
simple (one voter more or less, a learner, a promotion), or it goes through a joint configuration:
entering and leaving it are two entries, and between them both majorities are needed.

Source: etcd-io/raft at cdfbeed `confchange/confchange.go`, `raft.go` (stepLeader on MsgProp:
pendingConfIndex; hup: hasUnappliedConfChanges; applyConfChange; promotable; campaign: whom it
asks), `quorum/joint.go`.

Omits: demotions to learner; members that were removed and return; leaders that step down because
they were removed do so when they like.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from model.api.controlplane import ControlPlane, MemberChange
from model.ir.builder import Builder
from model.ir.expr import FALSE, Expr, conj, disj
from model.ir.quantifier import count, exists, forall
from model.ir.system import StateFunction, Table
from model.ir.types import BOOL, ElementType, Sort
from model.mutation import Mutation

CHANGES_APPLY_WHEN_APPENDED = Mutation(
    "changes-apply-when-appended",
    "membership changes of etcd take effect when they are appended; safe, unless with "
    "change-before-own-commit",
)
REMOVED_MEMBERS_COUNT = Mutation("removed-members-count", "etcd counts members that were removed")
LEARNERS_COUNT = Mutation("learners-count", "etcd counts learners as voters")
JOINT_SKIPPED = Mutation(
    "joint-skipped", "etcd changes several voters at once, without a joint configuration"
)
JOINT_OLD_MAJORITY_IGNORED = Mutation(
    "joint-old-majority-ignored", "in a joint configuration etcd asks the new voters only"
)
JOINT_NEW_MAJORITY_IGNORED = Mutation(
    "joint-new-majority-ignored", "in a joint configuration etcd asks the old voters only"
)


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
    #: [k, m]: whether a change makes a voter of a learner.
    promotes: Table
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
    position: Table
    #: [m]: up to which index m has given up its log, and will read no change in it any more.
    compacted: StateFunction | None
    mutations: frozenset[str]

    @property
    def at_once(self) -> bool:
        """Whether changes take effect before they are committed."""
        return CHANGES_APPLY_WHEN_APPENDED in self.mutations

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
        joined = exists(self.Change, lambda k: counts(k) & self.adds[k, x])
        gone = exists(self.Change, lambda k: counts(k) & self.removes[k, x])
        return (self.votes_first[x] | joined) & ~gone

    def incoming(self, m: Expr, x: Expr) -> Expr:
        """Whether x is among the voters of m's configuration."""
        return self._among(x, lambda k: self.in_effect(m, k))

    def outgoing(self, m: Expr, x: Expr) -> Expr:
        """Whether x was before the joint configuration that m is in."""
        return self._among(x, lambda k: self.in_effect(m, k) & ~self._open(m, k))

    def _learns(self, m: Expr, x: Expr) -> Expr:
        taught = exists(self.Change, lambda k: self.in_effect(m, k) & self.teaches[k, x])
        return taught & ~self._left(m, x)

    def _left(self, m: Expr, x: Expr) -> Expr:
        return exists(self.Change, lambda k: self.in_effect(m, k) & self.removes[k, x])

    def voter(self, m: Expr, x: Expr) -> Expr:
        """Whether m takes x for a voter."""
        votes = self.incoming(m, x) | self.outgoing(m, x)
        if LEARNERS_COUNT in self.mutations:
            votes |= self._learns(m, x)
        return votes

    def asks(self, m: Expr, x: Expr) -> Expr:
        """Whether m asks x for its vote."""
        return self.voter(m, x) | (self._left(m, x) if self._leavers_count else FALSE)

    def sends(self, m: Expr, x: Expr) -> Expr:
        """Whether m sends x its entries: it votes or learns."""
        return self.asks(m, x) | self._learns(m, x)

    def includes(self, x: Expr, counts: Callable[[Expr], Expr]) -> Expr:
        """Whether x votes or learns if of all changes those that count are in effect."""

        def is_open(k: Expr) -> Expr:
            return self.joins[k] & ~exists(self.Change, lambda c: self.leaves[c, k] & counts(c))

        taught = exists(self.Change, lambda k: counts(k) & self.teaches[k, x])
        gone = exists(self.Change, lambda k: counts(k) & self.removes[k, x])
        earlier = self._among(x, lambda k: counts(k) & ~is_open(k))
        return self._among(x, counts) | earlier | (taught & ~gone)

    @property
    def _leavers_count(self) -> bool:
        return REMOVED_MEMBERS_COUNT in self.mutations

    def is_newest(self, m: Expr) -> Expr:
        """Whether every change that is in effect anywhere is in effect at m."""

        def elsewhere(k: Expr) -> Expr:
            return exists(self.Member, lambda o: self.in_effect(o, k))

        return forall(self.Change, lambda k: elsewhere(k).implies(self.in_effect(m, k)))

    def majority(self, m: Expr, supports: Callable[[Expr], Expr]) -> Expr:
        """Whether those who support something are a majority of m's configuration."""
        now = self._most(supports, lambda x: self.incoming(m, x))
        earlier = self._most(supports, lambda x: self.outgoing(m, x))
        return now & (~self.is_joint(m) | earlier)

    def decides(self, m: Expr, supports: Callable[[Expr], Expr]) -> Expr:
        """Whether m takes them for one."""
        if JOINT_OLD_MAJORITY_IGNORED in self.mutations:
            return self._most(supports, lambda x: self.incoming(m, x))
        if JOINT_NEW_MAJORITY_IGNORED in self.mutations:
            return self._most(supports, lambda x: self.outgoing(m, x))
        if LEARNERS_COUNT in self.mutations:
            return self._most(supports, lambda x: self.voter(m, x))
        if self._leavers_count:
            yes = count(self.Member, lambda x: self.asks(m, x) & supports(x))
            return 2 * yes > count(self.Member, lambda x: self.voter(m, x))
        return self.majority(m, supports)

    def _most(self, supports: Callable[[Expr], Expr], votes: Callable[[Expr], Expr]) -> Expr:
        yes = count(self.Member, lambda x: votes(x) & supports(x))
        no = count(self.Member, lambda x: votes(x) & ~supports(x))
        return yes > no

    # -- entries -------------------------------------------------------------------------------
    def is_change(self, m: Expr, i: Expr) -> Expr:
        return ~self.entry[m, i].is_none()

    def settled(self, m: Expr, i: Expr) -> Expr:
        """Whether an entry is no change that is yet to be applied."""
        waits = exists(self.Change, lambda k: (self.entry[m, i] == k) & ~self.applied[m, k])
        return (
            ~waits if self.compacted is None else ~waits | (self.position[i] <= self.compacted[m])
        )

    def has_later(self, m: Expr, i: Expr) -> Expr:
        """Whether m holds a later change: it came with the news that all before is committed."""
        return exists(self.Index, lambda j: self.before[i, j] & self.is_change(m, j))

    def may_propose(self, m: Expr, k: Expr) -> Expr:
        """Whether a leader's configuration and log leave room for a change."""
        new = ~self.applied[m, k] & ~exists(self.Index, lambda i: self.entry[m, i] == k)
        leaving = exists(self.Change, lambda each: self.leaves[k, each])
        opened = exists(self.Change, lambda each: self.leaves[k, each] & self._open(m, each))
        # Raft refuses to be left without voters, the server to promote whom it does not know.
        remain = exists(self.Member, lambda x: self._among(x, lambda c: self._would_be(m, c, k)))
        known = forall(self.Member, lambda x: self.promotes[k, x].implies(self._learns(m, x)))
        return conj(new, disj(opened, conj(~leaving, ~self.is_joint(m))), remain, known)

    def _would_be(self, m: Expr, k: Expr, proposed: Expr) -> Expr:
        return self.in_effect(m, k) | (k == proposed)

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
    position: Table,
    compacted: StateFunction | None,
    mutations: frozenset[str],
) -> Membership | None:
    """The plan of a control plane; None if nothing changes."""
    if not plane.changes:
        return None
    names: list[str] = []
    #: The change of each row, and the row of what it leaves if it only leaves that.
    rows: list[tuple[MemberChange, int | None]] = []
    for change in plane.changes:
        names.append(change.name)
        rows.append((change, None))
        if change.joint and JOINT_SKIPPED not in mutations:
            names.append(f"leave joint ({change.name})")
            rows.append((MemberChange(names[-1]), len(rows) - 1))
    changes = Sort("Change", tuple(names))
    some = ElementType(changes, optional=True)

    def of_members(name: str, of: Callable[[MemberChange], tuple[str, ...]]) -> Table:
        cells = [int(m in of(change)) for change, _ in rows for m in member.elements]
        return builder.table(name, (changes, member), BOOL, cells)

    joined = {left for _, left in rows}
    pairs = [int(left == k) for _, left in rows for k in range(len(rows))]
    first = [int(i < plane.members) for i in range(member.size)]
    return Membership(
        member,
        index,
        changes,
        builder.table("votesFirst", (member,), BOOL, first),
        of_members("adds", lambda change: (*change.adds, *change.promotes)),
        of_members("teaches", lambda change: change.learners),
        of_members("removes", lambda change: change.removes),
        of_members("promotes", lambda change: change.promotes),
        builder.table("joins", (changes,), BOOL, [int(k in joined) for k in range(len(rows))]),
        builder.table("leaves", (changes, changes), BOOL, pairs),
        builder.function("entryChange", (member, index), some, -1, "etcd/{0}.log[{1}].change"),
        builder.function("sentChange", (term, index), some, -1),
        builder.function("applied", (member, changes), BOOL, 0, "etcd/{0}.configuration[{1}]"),
        before,
        position,
        compacted,
        mutations,
    )
