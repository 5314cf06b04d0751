"""One run in place of many that differ in nothing a state can show.

Two runs are equivalent if one arises from the other by swapping neighbouring independent steps
(neither writes what the other reads or writes) or by renaming interchangeable elements. Their
last states satisfy the same formulas and they have the same length, so it is enough to look at
the least run of each class, in the order of instances. Such a run obeys two rules:

- of two neighbouring independent steps the smaller comes first;
- of two interchangeable elements the smaller is the first to be a parameter.

The states in between differ among equivalent runs. Where they matter, steps that both write what
is looked at count as dependent: then the states show the same things in the same order (for
longer or shorter, which properties of fair runs do not notice).
"""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

from checker.smt import terms
from checker.smt.solver import Solver
from checker.smt.step import Transition
from checker.smt.terms import Bit
from model.ir.system import State, System, Table
from model.ir.types import ElementType, Sort, Type


class NormalForm:
    """The two rules, as constraints on the steps of a run."""

    def __init__(self, transition: Transition, solver: Solver, visible: int = 0) -> None:
        """`visible` are the cells that are looked at on the way, as bits of an integer."""
        self._transition = transition
        self._visible = visible
        self._solver = solver
        self._before: list[Any] | None = None
        self._used: dict[tuple[Sort, int], Bit] = {}
        self._swaps = [
            (sort, low, high)
            for sort in transition.system.sorts
            if sort.symmetric
            for low, high in pairwise(range(sort.size))
            if interchangeable(transition.system, sort, low, high)
        ]

    def constrain(self, fired: list[Any], movable: Bit = True) -> None:
        """Take in the next step, given as one truth value for each instance.

        Where it is not `movable` it may not change places with the step before.
        """
        if self._before is not None:
            self._order(self._before, fired, movable)
        self._before = fired
        self._introduce(fired)

    def _order(self, before: list[Any], fired: list[Any], movable: Bit) -> None:
        instances = self._transition.instances
        cells = range(len(self._transition.cells))
        writes = self._any(before, [i.touches for i in instances], cells, "writes")
        reads = self._any(before, [i.reads for i in instances], cells, "reads")
        shown = terms.disj(writes[c] for c in cells if self._visible >> c & 1)
        smaller: Bit = terms.negate(movable)
        for index, instance in enumerate(instances):
            dependent = [writes[c] for c in cells if (instance.reads | instance.touches) >> c & 1]
            dependent += [reads[c] for c in cells if instance.touches >> c & 1]
            if instance.touches & self._visible:
                dependent.append(shown)
            good = terms.disj((smaller, *dependent))
            self._solver.add(terms.implies(fired[index], good))
            smaller = self._solver.define("smaller", terms.disj((smaller, before[index])))

    def _any(self, fired: list[Any], masks: list[int], cells: range, name: str) -> list[Bit]:
        """For each cell, that the step is an instance whose mask has it."""
        found = []
        for cell in cells:
            those = (f for f, mask in zip(fired, masks, strict=True) if mask >> cell & 1)
            found.append(self._solver.define(name, terms.disj(those)))
        return found

    def _introduce(self, fired: list[Any]) -> None:
        for sort, low, high in self._swaps:
            first = terms.disj(
                fires
                for fires, instance in zip(fired, self._transition.instances, strict=True)
                for used in [_elements(instance.step, sort)]
                if high in used and low not in used
            )
            self._solver.add(terms.implies(first, self._used.get((sort, low), False)))
        for sort in {sort for sort, _, _ in self._swaps}:
            for element in range(sort.size):
                now = terms.disj(
                    fires
                    for fires, instance in zip(fired, self._transition.instances, strict=True)
                    if element in _elements(instance.step, sort)
                )
                ever = terms.disj((self._used.get((sort, element), False), now))
                self._used[sort, element] = self._solver.define("used", ever)


def _elements(step: Any, sort: Sort) -> set[int]:
    pairs = zip(step.action.sorts, step.arguments, strict=True)
    return {argument for own, argument in pairs if own == sort}


def interchangeable(system: System, sort: Sort, a: int, b: int) -> bool:
    """Whether swapping two elements of a symmetric sort changes no table and no initial state."""
    swap = {a: b, b: a}

    def move(domain: object, value: int) -> int:
        is_element = isinstance(domain, ElementType) and domain.sort == sort
        return swap.get(value, value) if domain == sort or is_element else value

    return all(_invariant_table(table, move) for table in system.tables) and all(
        _invariant_state(system, state, move) for state in system.initial
    )


def _invariant_table(table: Table, move: Any) -> bool:
    ranges = [range(d.size) if isinstance(d, Sort) else range(d.lo, d.hi + 1) for d in table.domain]
    for arguments in product(*ranges):
        image = [move(d, v) for d, v in zip(table.domain, arguments, strict=True)]
        value: Type | int = table.values[table.index(arguments)]
        if table.values[table.index(image)] != move(table.type, value):
            return False
    return True


def _invariant_state(system: System, state: State, move: Any) -> bool:
    for (function, arguments), value in zip(system.cells, state, strict=True):
        image = [move(d, v) for d, v in zip(function.domain, arguments, strict=True)]
        if state[system.cell(function, image)] != move(function.type, value):
            return False
    return True
