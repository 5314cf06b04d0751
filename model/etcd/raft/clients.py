"""What clients see of Raft, held against the contract that the rest of the model relies on.

The contract's store rides along as history. Each step of Raft that a client sees must be one that
the contract allows: a commit acknowledges writes, a read is served; and at any moment a
serializable read or a watch may see what a member has applied. All other steps are not seen.

A step is compared with the contract as it is after the same steps, so an allowed run of Raft is a
run of the contract: that is refinement by history variables (Abadi and Lamport, "The existence of
refinement mappings").

Omits: what a client that gets no answer may conclude; that a member's view never goes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from model.etcd.contract import Contract, Write, contract
from model.etcd.raft import reads
from model.etcd.raft.state import Raft
from model.ir.expr import Expr, variable
from model.ir.quantifier import exists, forall
from model.ir.system import Property, StateFunction, assign
from model.ir.types import BOOL, IntType

READS = "linearizable-reads"
REFINES = "refines-contract"


def properties(
    raft: Raft, wanted: Callable[[str], bool], texts: Mapping[str, str]
) -> list[Property]:
    """The wanted claims; what they need is added to the system only if one is wanted."""
    names = [name for name in (READS, REFINES) if wanted(name)]
    if not names:
        raft.builder.omit("etcd: reads")
        return []
    terms = IntType(0, raft.Term.size)
    store = contract(raft.builder, raft.position, raft.before, terms, raft.Member)
    raft.contract = store
    breach = _acknowledged(raft, store)
    read = reads.add(raft, store)
    claims = {
        READS: ~read.stale(),
        REFINES: ~breach() & ~read.stale() & forall(raft.Member, lambda m: _lags(raft, store, m)),
    }
    stored = exists(raft.Index, lambda i: store.term[i] > 0)
    told = (read.stage() == reads.CONFIRMED) & (store.due() > 0)
    occasions = {
        READS: (told, "a read begins after a write was acknowledged"),
        REFINES: (stored, "a write is acknowledged"),
    }
    return [
        Property(
            name,
            "always",
            claims[name],
            witness=occasions[name][0],
            text=texts[name],
            occasion=occasions[name][1],
        )
        for name in names
    ]


def _acknowledged(raft: Raft, store: Contract) -> StateFunction:
    """Holds each commit against the contract; returns the mark of what it does not allow."""
    breach = raft.builder.function("contractBroken", (), BOOL, 0, "etcd.contractBroken")
    leader, i = variable("leader", raft.Member), variable("revision", raft.Index)

    def write(j: Expr) -> Write:
        return reads.write(raft, leader, j)

    def requested(j: Expr) -> Expr:
        """A leader's record of a term has what it took from clients in that term."""
        return exists(
            raft.Term,
            lambda t: (
                (raft.number[t] == raft.entry_term[leader, j])
                & (raft.sent_term[t, j] == raft.entry_term[leader, j])
                & (raft.sent_leader[t, j] == raft.entry_leader[leader, j])
            ),
        )

    with_quorum = raft.majority(leader, lambda m: raft.same_entry(leader, m, i))
    allowed = store.may_acknowledge(i, write, requested) & with_quorum
    seen = (*store.acknowledges(i, write), assign(breach(), True, where=~allowed))
    for position, action in enumerate(raft.builder.actions):
        if action.name == "commit":
            raft.builder.actions[position] = replace(action, updates=(*action.updates, *seen))
    return breach


def _lags(raft: Raft, store: Contract, m: Expr) -> Expr:
    return store.may_lag(raft.commit[m], lambda i: reads.write(raft, m, i))
