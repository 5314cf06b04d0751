"""Functions of syncs on expressions, evaluated: they must say what they say on numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Protocol

from model.controllers.scaling import number
from model.ir.builder import Builder
from model.ir.expr import Expr, boolean, constant, integer
from model.ir.interpret import memoised
from model.ir.types import BOOL, EnumType, IntType, Type


class Inputs(Protocol):
    """Where a function's inputs come from, one after the other."""

    def number(self, low: int, high: int) -> Expr: ...
    def flag(self) -> Expr: ...
    def choice(self, type: EnumType) -> Expr: ...


class Unknowns:
    """Inputs that are expressions over a state."""

    def __init__(self) -> None:
        self.builder = Builder("readings")

    def number(self, low: int, high: int) -> Expr:
        return self._new(IntType(low, high))

    def flag(self) -> Expr:
        return self._new(BOOL)

    def choice(self, type: EnumType) -> Expr:
        return self._new(type)

    def _new(self, type: Type) -> Expr:
        name = f"x{len(self.builder.functions)}"
        return self.builder.function(name, (), type, type.lo)()


class Numbers:
    """The same inputs as values."""

    def __init__(self, values: Sequence[int]) -> None:
        self._values: Iterator[int] = iter(values)

    def number(self, low: int, high: int) -> Expr:
        found = next(self._values)
        assert low <= found <= high
        return integer(found)

    def flag(self) -> Expr:
        return boolean(bool(next(self._values)))

    def choice(self, type: EnumType) -> Expr:
        return constant(type, type.values[next(self._values)])


def agree(text: Callable[[Inputs], Sequence[Expr]], random: Random, times: int) -> list[list[int]]:
    """Asserts that a function of inputs is worth on random unknowns what it is on the same numbers;
    what it was, each time."""
    unknowns = Unknowns()
    symbolic = text(unknowns)
    system = unknowns.builder.build()
    found = []
    for _ in range(times):
        types = [function.type for function in system.functions]
        values = [random.randint(each.lo, each.hi) for each in types]
        worth = memoised(system, tuple(values))
        concrete = [number(each) for each in text(Numbers(values))]
        assert [worth(each, {}) for each in symbolic] == concrete, values
        found.append(concrete)
    return found
