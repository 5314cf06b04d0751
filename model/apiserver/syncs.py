"""What controllers have decided and not sent yet: requests on their way.

A sync reads once, decides, and sends one request after the other while the world moves. What is
left of it is part of the state until it is sent; nothing of it is left where no sync is under way.
The status that a ReplicaSet's sync writes in the end is the one it computed in the beginning.

Of equal pods some of which a sync deletes it is left open which, until that makes a difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from model.ir.builder import Builder
from model.ir.expr import Expr, conj, constant, ite, variable
from model.ir.quantifier import count
from model.ir.system import StateFunction, Update, assign
from model.ir.types import EnumType, Sort

VICTIM = EnumType("Victim", ("No", "Tied", "Sure"))
SPARED, TIED, SURE = (constant(VICTIM, name) for name in VICTIM.values)


class Status(NamedTuple):
    """A count that ReplicaSets' statuses give, and what the syncs under way are to write there: the
    same as the status where nothing is."""

    written: StateFunction
    decided: StateFunction

    def pending(self, r: Expr) -> Expr:
        return self.written[r] != self.decided[r]


@dataclass(frozen=True)
class Syncs:
    """The syncs of a ReplicaSet controller, at most one of each ReplicaSet at a time."""

    Pod: Sort
    ReplicaSet: Sort
    owner: StateFunction
    #: How many pods are yet to be created, and how many of those that are marked to be deleted.
    to_create: StateFunction
    to_delete: StateFunction
    victim: StateFunction
    statuses: tuple[Status, ...]

    def sending(self, r: Expr) -> Expr:
        """Whether requests about pods are left."""
        return (self.to_create[r] > 0) | (self.to_delete[r] > 0)

    def idle(self, r: Expr) -> Expr:
        """Whether no sync of a ReplicaSet is under way."""
        return ~self.sending(r) & conj(*(~status.pending(r) for status in self.statuses))

    def marked(self, r: Expr, mark: Expr) -> Expr:
        """How many pods of a ReplicaSet have a mark."""
        return count(self.Pod, lambda q: (self.owner[q] == r) & (self.victim[q] == mark))

    def lost(self, p: Expr) -> list[Update]:
        """What becomes of a sync when somebody else takes one of the pods that it may delete: for
        one that was to go for sure, and for the last of equal ones, there is nothing to send."""
        r = variable("syncing", self.ReplicaSet)
        marked, left = self.victim[p], self.to_delete[r] - self.marked(r, SURE)
        needed = (marked == SURE) | ((marked == TIED) & (left >= self.marked(r, TIED)))
        return [
            assign(self.victim[p], SPARED),
            assign(
                self.to_delete[r],
                ite(self.to_delete[r] > 0, self.to_delete[r] - 1, 0),
                r,
                where=(self.owner[p] == r) & needed,
            ),
        ]


def syncs(builder: Builder, owner: StateFunction, written: tuple[StateFunction, ...]) -> Syncs:
    """The state of the syncs; `written` are the counts of the statuses."""
    (Pod,), (ReplicaSet,), counted = owner.domain, written[0].domain, written[0].type

    def each(name: str) -> StateFunction:
        return builder.function(name, (ReplicaSet,), counted, 0)

    return Syncs(
        Pod,
        ReplicaSet,
        owner,
        each("toCreate"),
        each("toDelete"),
        builder.function("victim", (Pod,), VICTIM, 0),
        tuple(Status(status, each(f"decided {status.name}")) for status in written),
    )
