"""What Raft promises, by its stable names.

Source: Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", figure 3;
etcd-io/raft at cdfbeed `tla/etcdraft.tla` for how upstream says it of etcd's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from model.etcd.raft.state import LEADER, Raft
from model.ir.expr import Expr, disj
from model.ir.quantifier import count, exists, forall
from model.ir.system import Property

#: What must hold, and what must be reachable for it to say anything, in words.
Claim = tuple[Expr, Expr, str]


def claims(raft: Raft) -> Mapping[str, Claim]:
    """The claims about a group of members by name."""
    committed = exists(raft.Index, raft.history.chosen), "a write is committed"
    led = exists(raft.Member, lambda m: raft.role[m] == LEADER), "a member leads"
    return {
        name: (p, *(led if name == "election-safety" else committed))
        for name, p in ((name, build(raft)) for name, build in CLAIMS.items())
    }


def properties(
    raft: Raft, wanted: Callable[[str], bool], texts: Mapping[str, str]
) -> list[Property]:
    """The wanted claims as properties, each with its line of help."""
    return [
        Property(name, "always", p, witness=witness, text=texts[name], occasion=occasion)
        for name, (p, witness, occasion) in claims(raft).items()
        if wanted(name)
    ]


def _no_split_brain_writes(raft: Raft) -> Expr:
    return ~raft.history.split() & ~raft.history.isolated()


def _election_safety(raft: Raft) -> Expr:
    return ~raft.history.rivals()


def _log_matching(raft: Raft) -> Expr:
    def alike(a: Expr, b: Expr, i: Expr) -> Expr:
        return forall(
            raft.Index, lambda j: ((j == i) | raft.before[j, i]).implies(raft.same_entry(a, b, j))
        )

    return forall(
        raft.Member,
        lambda a: forall(
            raft.Member,
            lambda b: forall(
                raft.Index,
                lambda i: (
                    raft.holds(a, i) & (raft.entry_term[a, i] == raft.entry_term[b, i])
                ).implies(alike(a, b, i)),
            ),
        ),
    )


def holds_chosen(raft: Raft, m: Expr, i: Expr) -> Expr:
    """Whether a member's entry is what was committed first at an index."""
    history = raft.history
    return (raft.entry_term[m, i] == history.chosen_term[i]) & (
        raft.entry_leader[m, i] == history.chosen_leader[i]
    )


def _leader_completeness(raft: Raft) -> Expr:
    history = raft.history
    return forall(
        raft.Member,
        lambda m: (raft.role[m] == LEADER).implies(
            forall(
                raft.Index,
                lambda i: disj(
                    ~history.chosen(i),
                    history.chosen_during[i] >= raft.term[m],
                    holds_chosen(raft, m, i),
                ),
            )
        ),
    )


def _state_machine_safety(raft: Raft) -> Expr:
    return forall(
        raft.Member,
        lambda m: forall(
            raft.Index,
            lambda i: (raft.position[i] <= raft.commit[m]).implies(holds_chosen(raft, m, i)),
        ),
    )


def survives(raft: Raft, i: Expr) -> Expr:
    """Whether nobody can be elected without what was committed at an index: where members change,
    in the newest configuration."""
    group = raft.membership

    def lacks(m: Expr) -> Expr:
        return ~holds_chosen(raft, m, i)

    if group is None:
        return 2 * count(raft.Member, lacks) < raft.Member.size
    return forall(raft.Member, lambda m: group.is_newest(m).implies(~group.majority(m, lacks)))


def _acknowledged_writes_survive(raft: Raft) -> Expr:
    return forall(raft.Index, lambda i: raft.history.chosen(i).implies(survives(raft, i)))


def _writes_need_quorum(raft: Raft) -> Expr:
    return ~raft.history.isolated()


CLAIMS: Mapping[str, Callable[[Raft], Expr]] = {
    "no-split-brain-writes": _no_split_brain_writes,
    "election-safety": _election_safety,
    "log-matching": _log_matching,
    "leader-completeness": _leader_completeness,
    "state-machine-safety": _state_machine_safety,
    "acknowledged-writes-survive": _acknowledged_writes_survive,
    "writes-need-quorum": _writes_need_quorum,
}
