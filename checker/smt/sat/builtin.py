"""Z3's own SAT solver."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import z3

from checker.budget import Budget
from checker.smt.solver import Solver, new_context

#: Z3 counts resources, not conflicts; about so many go into one.
_RESOURCES = 2_000


class _Model:
    def __init__(self, core: Z3, model: Any) -> None:
        self._core = core
        self._model = model

    def __getitem__(self, literal: int) -> bool:
        # A variable that matters to no clause has no value: it is free, take it as false.
        value = z3.is_true(self._model.eval(self._core.variables[abs(literal)]))
        return bool(value) == (literal > 0)


class Z3:
    """Clauses as Z3's formulas, in a context of their own."""

    name = "z3"

    def __init__(self, budget: Budget) -> None:
        self._context = new_context()
        self._solver = Solver(self._context, budget)
        #: By number; there is no variable 0.
        self.variables: list[Any] = [None]
        self._asts: dict[int, Any] = {}

    def grow(self, count: int) -> int:
        first = len(self.variables)
        for index in range(first, first + count):
            variable = z3.Bool(str(index), self._context)
            self.variables.append(variable)
        return first

    def add(self, clauses: Iterable[Sequence[int]]) -> None:
        reference = self._context.ref()
        for clause in clauses:
            literals = [self._literal(literal).as_ast() for literal in clause]
            array = (z3.Ast * len(literals))(*literals)
            made = z3.Z3_mk_or(reference, len(literals), array)
            self._solver.add(z3.BoolRef(made, self._context))

    def solve(self, assumptions: Sequence[int] = (), conflicts: int | None = None) -> _Model | None:
        effort = 0 if conflicts is None else conflicts * _RESOURCES
        literals = [self._literal(literal) for literal in assumptions]
        model = self._solver.check(effort=effort, literals=literals)
        return None if model is None else _Model(self, model)

    def _literal(self, literal: int) -> Any:
        if literal > 0:
            return self.variables[literal]
        found = self._asts.get(literal)
        if found is None:
            found = self._asts[literal] = z3.Not(self.variables[-literal])
        return found
