"""Formulas that are turned into clauses once and placed at every depth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import z3

from checker.budget import Budget
from checker.smt.gates import Gates, literal
from checker.smt.solver import patiently
from checker.smt.terms import Bit


class Template:
    """Clauses over some variables, to be placed again with other literals for them.

    Z3 turns bit-vectors into bits and formulas into clauses (`bit-blast`, `tseitin-cnf`); all
    placements together cost that once.
    """

    def __init__(
        self,
        variables: Sequence[Any],
        laws: Sequence[Bit],
        formulas: Sequence[Bit],
        context: Any,
        budget: Budget,
    ) -> None:
        """`variables` are Z3 constants. Wherever the template is placed the laws hold, and the
        literals of the formulas are the result. Raises Unanswered."""
        names: list[str] = []
        pairs: list[tuple[Any, Any]] = []
        for variable in variables:
            bits = [f"i!{len(names) + k}" for k in range(bits_of(variable))]
            names += bits
            pairs.append((variable, _bundle(variable, bits, context)))
        said = [z3.BoolVal(law, context) if isinstance(law, bool) else law for law in laws]
        self._outputs: list[int | str] = []
        for index, formula in enumerate(formulas):
            if isinstance(formula, bool):
                self._outputs.append(literal(formula))
            else:
                self._outputs.append(f"o!{index}")
                said.append(z3.Bool(f"o!{index}", context) == formula)
        goal = z3.Goal(ctx=context)
        # One substitution for all: each checks its pairs anew.
        goal.add(z3.substitute(z3.And(*said, z3.BoolVal(True, context)), *pairs))
        tactics = ("simplify", "card2bv", "bit-blast", "aig", "tseitin-cnf")
        tactic = z3.Then(*tactics, ctx=context)
        (cnf,) = patiently(context, budget, lambda: tactic(goal))
        self._clauses, self._count, known = _read(cnf.dimacs())
        #: Where the variables are among those of the clauses; 0 for one that does not occur.
        self._inputs = [known.get(name, 0) for name in names]
        self._known = known
        self._local = sorted(set(range(1, self._count + 1)) - set(self._inputs))

    def place(self, gates: Gates, bits: Sequence[int]) -> list[int]:
        """The literals of the formulas where the variables' bits (low ones first) are these."""
        targets = np.zeros(self._count + 1, np.int64)
        for position, bit in zip(self._inputs, bits, strict=True):
            targets[position] = bit
        if self._local:
            first = gates.core.grow(len(self._local))
            targets[self._local] = np.arange(first, first + len(self._local))
        for block in self._clauses:
            gates.core.add((np.sign(block) * targets[np.abs(block)]).tolist())
        return [
            name if isinstance(name, int) else int(targets[self._known[name]])
            for name in self._outputs
        ]


def bits_of(variable: Any) -> int:
    """The number of bits of a Z3 constant."""
    return 1 if isinstance(variable, z3.BoolRef) else int(variable.size())


def _bundle(variable: Any, names: Sequence[str], context: Any) -> Any:
    """A term of named bits, low ones first, that can stand for a constant."""
    bits = [z3.Bool(name, context) for name in names]
    if isinstance(variable, z3.BoolRef):
        return bits[0]
    one, zero = z3.BitVecVal(1, 1, context), z3.BitVecVal(0, 1, context)
    digits = [z3.If(bit, one, zero) for bit in reversed(bits)]
    return digits[0] if len(digits) == 1 else z3.Concat(*digits)


def _read(dimacs: str) -> tuple[list[Any], int, dict[str, int]]:
    """Clauses as arrays, one for each length, the number of variables, and those with names."""
    clauses: list[list[int]] = []
    known: dict[str, int] = {}
    count = 0
    for line in dimacs.splitlines():
        if line.startswith("c "):
            _, number, name = line.split()
            known[name] = int(number)
        elif line.startswith("p "):
            count = int(line.split()[2])
        else:
            clauses.append([int(word) for word in line.split()[:-1]])
    clauses.sort(key=len)
    blocks = [np.array(list(block), np.int64) for _, block in groupby(clauses, len)]
    return blocks, count, known
