"""Linear forms: integers that are sums of multiples of named unknowns.

They stay Python values until a comparison turns them into a Z3 term, so that equal forms are
recognised, constants fold, and a form can be evaluated on many states at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import z3

#: bool, or z3.BoolRef.
Bit = Any


@dataclass(frozen=True)
class Linear:
    """`constant` plus the sum of `factor * name`; names sorted, no factor 0."""

    terms: tuple[tuple[str, int], ...] = ()
    constant: int = 0

    @cached_property
    def known(self) -> bool:
        """Whether it is a constant."""
        return not self.terms

    def __add__(self, other: Linear) -> Linear:
        return combine(((1, self), (1, other)))

    def __sub__(self, other: Linear) -> Linear:
        return combine(((1, self), (-1, other)))

    def scaled(self, factor: int) -> Linear:
        return combine(((factor, self),))

    def shifted(self, constant: int) -> Linear:
        return Linear(self.terms, self.constant + constant)

    def evaluate(self, values: Callable[[str], Any]) -> Any:
        """Its value (an int, or an array) where each name has a value."""
        total: Any = self.constant
        for name, factor in self.terms:
            total = total + factor * values(name)
        return total

    def __str__(self) -> str:
        left = " + ".join(_product(k, name) for name, k in self.terms if k > 0)
        right = "".join(f" - {_product(-k, name)}" for name, k in self.terms if k < 0)
        constant = f" {'+' if self.constant > 0 else '-'} {abs(self.constant)}"
        return ((left or "0") + right + (constant if self.constant else "")).removeprefix("0 + ")


def _product(factor: int, name: str) -> str:
    return name if factor == 1 else f"{factor} * {name}"


def combine(parts: Iterable[tuple[int, Linear]]) -> Linear:
    """The sum of multiples."""
    factors: dict[str, int] = {}
    constant = 0
    for factor, part in parts:
        constant += factor * part.constant
        for name, k in part.terms:
            factors[name] = factors.get(name, 0) + factor * k
    return Linear(tuple(sorted((n, k) for n, k in factors.items() if k)), constant)


def number(value: int) -> Linear:
    return Linear((), value)


def named(name: str) -> Linear:
    return Linear(((name, 1),))


class Integers:
    """Linear forms as Z3 terms of one context."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self._variables: dict[str, Any] = {}
        self._multiples: dict[tuple[str, int], Any] = {}
        self._terms: dict[Linear, Any] = {}
        self._atoms: dict[Linear, Bit] = {}

    def variable(self, name: str) -> Any:
        found = self._variables.get(name)
        if found is None:
            found = self._variables[name] = z3.Int(name, self.context)
        return found

    def term(self, form: Linear) -> Any:
        found = self._terms.get(form)
        if found is None:
            parts = [self._multiple(name, k) for name, k in form.terms]
            if form.constant or not parts:
                parts.append(z3.IntVal(form.constant, self.context))
            found = parts[0]
            if len(parts) > 1:  # several times as fast as z3.Sum
                array = (z3.Ast * len(parts))(*(part.as_ast() for part in parts))
                reference = self.context.ref()
                found = z3.ArithRef(z3.Z3_mk_add(reference, len(parts), array), self.context)
            self._terms[form] = found
        return found

    def _multiple(self, name: str, factor: int) -> Any:
        at = (name, factor)
        found = self._multiples.get(at)
        if found is None:
            one = self.variable(name)
            found = self._multiples[at] = one if factor == 1 else factor * one
        return found

    def positive(self, form: Linear) -> Bit:
        """form > 0."""
        if form.known:
            return form.constant > 0
        found = self._atoms.get(form)
        if found is None:
            found = self._atoms[form] = self.term(form) > 0
        return found

    def at_most(self, a: Linear, b: Linear) -> Bit:
        return self.positive((b - a).shifted(1))

    def equal(self, a: Linear, b: Linear) -> Bit:
        difference = a - b
        if difference.known:
            return difference.constant == 0
        if difference.terms[0][1] < 0:  # one term for both directions
            difference = difference.scaled(-1)
        return self.term(difference.shifted(-difference.constant)) == -difference.constant


#: A state: each variable's value as a linear form or a truth value.
Values = Mapping[str, Any]
