"""What a SAT core implements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol


class Model(Protocol):
    """An assignment that satisfies every clause. It is valid until the core is asked again."""

    def __getitem__(self, literal: int) -> bool:
        """Whether a literal is true."""


class Core(Protocol):
    """An incremental solver for clauses over the variables 1, 2, …

    A literal is a variable or its negative, as in DIMACS. Cores are deterministic: the same
    calls give the same models.
    """

    name: str

    def grow(self, count: int) -> int:
        """Add that many variables; the result is the first."""

    def add(self, clauses: Iterable[Sequence[int]]) -> None:
        """From now on every clause holds. An empty one is a contradiction."""

    def solve(self, assumptions: Sequence[int] = (), conflicts: int | None = None) -> Model | None:
        """A model in which the assumptions hold, or None if there is none.

        `conflicts` bounds the effort. Raises `checker.smt.solver.Unanswered` if that or the
        budget runs out.
        """
