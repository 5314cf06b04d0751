"""Reading one state: where formulas hold in it, and what expressions come to.

For those who speak of a state with the words of the model, in which symmetric elements have no
names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from model.ir.expr import Expr, Literalish, coerce, variable
from model.ir.interpret import evaluate
from model.ir.system import State, System
from model.ir.types import Sort

#: An expression in a variable for each element that it is read at.
Formula = Callable[..., Literalish]


class Element(NamedTuple):
    """An element of a sort; as text, its name."""

    sort: Sort
    position: int

    def __str__(self) -> str:
        return self.sort.elements[self.position]


@dataclass(frozen=True)
class Reading:
    """A state of a system."""

    system: System
    state: State

    def value(self, formula: Formula, *elements: Element) -> int:
        """What a formula comes to at some elements."""
        expr, bound = _at(formula, *(element.sort for element in elements))
        values = (element.position for element in elements)
        return evaluate(self.system, expr, self.state, dict(zip(bound, values, strict=True)))

    def shown(self, formula: Formula, *elements: Element) -> str:
        """The same as a reader of a trace sees it: elements and values of enums by name."""
        expr, _ = _at(formula, *(element.sort for element in elements))
        return expr.type.show(self.value(formula, *elements))

    def those(self, sort: Sort, formula: Formula, *given: Element) -> list[Element]:
        """The elements of a sort at which a formula holds, in its order; it is told the given ones
        after that."""
        expr, (name, *others) = _at(formula, sort, *(element.sort for element in given))
        bound = {other: element.position for other, element in zip(others, given, strict=True)}
        return [
            Element(sort, index)
            for index in range(sort.size)
            if evaluate(self.system, expr, self.state, {**bound, name: index})
        ]

    def find(self, formula: Formula, *sorts: Sort) -> list[tuple[Element, ...]]:
        """The elements of some sorts at which a formula holds together, in their order."""
        expr, bound = _at(formula, *sorts)
        return [
            tuple(Element(sort, index) for sort, index in zip(sorts, choice, strict=True))
            for choice in product(*(range(sort.size) for sort in sorts))
            if evaluate(self.system, expr, self.state, dict(zip(bound, choice, strict=True)))
        ]


def _at(formula: Formula, *sorts: Sort) -> tuple[Expr, list[str]]:
    """A formula in variables of these sorts, and their names."""
    variables = [variable(f"read{position}", sort) for position, sort in enumerate(sorts)]
    return coerce(formula(*variables)), [str(each.payload) for each in variables]
