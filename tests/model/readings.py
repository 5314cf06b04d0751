"""Functions of syncs on expressions, evaluated: they must say what they say on numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

from model.ir.expr import Expr
from model.ir.interpret import memoised
from model.ir.system import Builder
from model.ir.types import BOOL, IntType, Type


class Unknowns:
    """Inputs that are expressions, and what others are worth for values of them."""

    def __init__(self) -> None:
        self._builder = Builder("readings")

    def number(self, low: int, high: int) -> Expr:
        return self._new(IntType(low, high))

    def flag(self) -> Expr:
        return self._new(BOOL)

    def _new(self, type: Type) -> Expr:
        count = len(self._builder.functions)
        return self._builder.function(f"x{count}", (), type, type.lo)()

    def drawn(self, random: Random) -> list[int]:
        """Some value for each, in the order in which they were made."""
        types = (function.type for function in self._builder.functions)
        return [random.randint(each.lo, each.hi) for each in types]

    def worth(self, expressions: Iterable[Expr], values: Sequence[int]) -> list[int]:
        """What expressions are worth where the unknowns have these values."""
        value = memoised(self._builder.build(), tuple(values))
        return [value(each, {}) for each in expressions]
