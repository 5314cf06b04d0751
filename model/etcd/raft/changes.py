"""Membership changes under way: leaders take them, members apply them.

See `membership` for what they mean and where that comes from.
"""

from __future__ import annotations

from model.etcd.raft.state import LEADER, PENDING_CHANGE_IGNORED, Raft
from model.ir.expr import TRUE, Expr, conj, variable
from model.ir.quantifier import exists, forall
from model.ir.system import assign
from model.mutation import Mutation

CHANGE_BEFORE_OWN_COMMIT = Mutation(
    "change-before-own-commit",
    "with changes-apply-when-appended, an etcd leader takes a change before it has "
    "committed an entry of its own term",
)


def add(raft: Raft) -> None:
    """Take a change, apply a change; nothing where nobody joins or leaves."""
    group, pending = raft.membership, raft.pending
    if group is None or pending is None:
        return
    builder = raft.builder
    m, k, i = (
        variable("leader", raft.Member),
        variable("change", group.Change),
        variable("revision", raft.Index),
    )
    t = variable("term", raft.Term)
    mine = raft.number[t] == raft.term[m]
    builder.action(
        "take a change",
        "etcd",
        (m, i, k),
        (raft.role[m] == LEADER)
        & ~raft.holds(m, i)
        & raft.reaches(m, i)
        & group.may_propose(m, k)
        & _barrier(raft, m),
        [
            assign(raft.entry_term[m, i], raft.term[m]),
            assign(raft.entry_leader[m, i], m),
            assign(group.entry[m, i], k),
            assign(raft.sent_term[t, i], raft.term[m], t, where=mine),
            assign(raft.sent_leader[t, i], m, t, where=mine),
            assign(group.sent[t, i], k, t, where=mine),
            assign(pending[m], raft.position[i]),
        ],
        text="{leader} logs revision {revision}: {change}",
        why="the operator asks for it, and no change before it is under way",
    )
    if group.at_once:
        return
    member = variable("member", raft.Member)
    builder.action(
        "apply a change",
        "etcd",
        (member, i, k),
        (group.entry[member, i] == k)
        & ~group.applied[member, k]
        & raft.committed(member, i)
        & forall(raft.Index, lambda j: raft.before[j, i].implies(group.settled(member, j))),
        [assign(group.applied[member, k], True)],
        text="{member} applies `{change}`",
        why="{member} knows that revision {revision} is committed and has applied all before it",
    )


def _barrier(raft: Raft, m: Expr) -> Expr:
    """Whether nothing is under way that a new change has to wait for."""
    group, pending = raft.membership, raft.pending
    assert group is not None
    assert pending is not None
    if raft.mutated(PENDING_CHANGE_IGNORED):
        return TRUE
    if not group.at_once:
        return conj(
            pending[m] <= raft.commit[m],
            group.everything_settled(m, lambda i: raft.committed(m, i)),
        )
    # Changes that take effect at once wait for each other, and for an entry of the leader's term.
    waits = forall(
        raft.Index, lambda i: group.is_change(m, i).implies(raft.position[i] <= raft.commit[m])
    )
    if raft.mutated(CHANGE_BEFORE_OWN_COMMIT):
        return waits
    own = exists(
        raft.Index,
        lambda i: (raft.entry_term[m, i] == raft.term[m]) & (raft.position[i] <= raft.commit[m]),
    )
    return waits & own
