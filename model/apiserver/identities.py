"""The places of a StatefulSet's pods, whose names stay: each is for one ordinal.

Where others' pods take part as well, they have places of their own, which are all alike: then a
table tells the identities apart, and the sort of pods stays symmetric. Where none take part the
places have the names of the identities.

Source: kubernetes v1.36.3 `pkg/controller/statefulset/stateful_set_utils.go` (getPodName).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from model.ir.builder import Builder
from model.ir.expr import FALSE, Expr, element
from model.ir.quantifier import exists
from model.ir.system import Table
from model.ir.types import IntType, Sort


@dataclass(frozen=True)
class Identities:
    """So many of the places of `Pod`, the first ones, are for identities."""

    Pod: Sort
    number: int
    #: The identity of each place, from 1 on; 0 for one that is for anybody. None where the names of
    #: the places tell it.
    table: Table | None

    def has(self, pod: Expr, identity: int) -> Expr:
        """Whether a place is that of an identity, counted from 0."""
        if self.table is None:
            return pod == element(self.Pod, self.Pod.elements[identity])
        return self.table[pod] == identity + 1

    def some(self, identity: int, test: Callable[[Expr], Expr]) -> Expr:
        """Whether what is in the place of an identity passes a test."""
        if self.table is None:
            return test(element(self.Pod, self.Pod.elements[identity]))
        return exists(self.Pod, lambda p: self.has(p, identity) & test(p))

    def keeps(self, pod: Expr) -> Expr:
        """Whether a place is for an identity, where there are others."""
        return FALSE if self.table is None else self.table[pod] > 0


def identities(builder: Builder, Pod: Sort, number: int) -> Identities:
    """The first so many places are for the identities of a StatefulSet."""
    if not Pod.symmetric:
        return Identities(Pod, number, None)
    values = [i + 1 if i < number else 0 for i in range(Pod.size)]
    return Identities(Pod, number, builder.table("identity", (Pod,), IntType(0, number), values))
