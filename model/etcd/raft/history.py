"""What happened, whoever still knows: which writes were committed, and who led.

No member sees this; properties compare it with what members do.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.ir.builder import Builder
from model.ir.expr import Expr
from model.ir.system import StateFunction
from model.ir.types import BOOL, ElementType, IntType, Sort


@dataclass(frozen=True)
class History:
    """Functions over indices and terms, and marks of what must not happen."""

    #: [i]: the entry that was first committed at an index, and the term of who committed it.
    chosen_term: StateFunction
    chosen_leader: StateFunction
    chosen_during: StateFunction
    #: [t]: the first leader of a term.
    first_leader: StateFunction
    #: Whether two different writes were ever committed at one revision, whether one was without
    #: a majority that held it, and whether a term ever had two leaders.
    split: StateFunction
    isolated: StateFunction
    rivals: StateFunction

    def chosen(self, i: Expr) -> Expr:
        return self.chosen_term[i] > 0


def history(builder: Builder, member: Sort, term: Sort, index: Sort) -> History:
    """Nothing happened yet."""
    terms, someone = IntType(0, term.size), ElementType(member, optional=True)

    def mark(name: str) -> StateFunction:
        return builder.function(name, (), BOOL, 0, f"etcd.{name}")

    return History(
        builder.function("chosenTerm", (index,), terms, 0, "etcd.committed[{0}].term"),
        builder.function("chosenLeader", (index,), someone, -1, "etcd.committed[{0}].leader"),
        builder.function("chosenDuring", (index,), terms, 0),
        builder.function("firstLeader", (term,), someone, -1),
        mark("twoWritesAtOneRevision"),
        mark("committedWithoutMajority"),
        mark("twoLeadersOfOneTerm"),
    )
