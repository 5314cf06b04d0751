"""CaDiCaL through python-sat (the extra `fast`)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from checker.budget import Budget
from checker.smt.solver import Unanswered, poll

#: Conflicts until the first look at the budget, and seconds between two looks.
_FIRST, _POLL = 1000, 0.2


class _Model:
    def __init__(self, values: Sequence[int]) -> None:
        self._values = values

    def __getitem__(self, literal: int) -> bool:
        # A variable that no clause mentions may lie beyond the model: it is free, take it as false.
        index = abs(literal) - 1
        positive = index < len(self._values) and self._values[index] > 0
        return positive == (literal > 0)


class Cadical:
    """It cannot be interrupted, so it works in slices of so many conflicts."""

    name = "cadical"

    def __init__(self, budget: Budget) -> None:
        from pysat.solvers import Cadical153

        self._budget = budget
        self._solver: Any = Cadical153()
        self._count = 0

    def grow(self, count: int) -> int:
        first = self._count + 1
        self._count += count
        return first

    def add(self, clauses: Iterable[Sequence[int]]) -> None:
        add = self._solver.add_clause
        for clause in clauses:
            add(clause)

    def solve(self, assumptions: Sequence[int] = (), conflicts: int | None = None) -> _Model | None:
        wanted, size, spent = list(assumptions), _FIRST, 0
        while True:
            poll(self._budget)
            if conflicts is not None:
                size = min(size, conflicts - spent)
                if size <= 0:
                    raise Unanswered(f"CaDiCaL gave up after {conflicts} conflicts")
            self._solver.conf_budget(size)
            began = time.monotonic()
            answer = self._solver.solve_limited(wanted)
            if answer is not None:
                return _Model(self._solver.get_model()) if answer else None
            spent += size
            if time.monotonic() - began < _POLL / 2:
                size *= 2
