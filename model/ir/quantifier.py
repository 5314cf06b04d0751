"""Quantifiers over a sort: forall, exists, count, sum, minimum, maximum.

Bodies are Python functions of the bound variable: `forall(Pod, lambda p: phase[p] == READY)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from model.ir.expr import Expr, Literalish, Op, booleans, integer, integers, join, make
from model.ir.types import BOOL, ElementType, IntType, Sort, Type

#: The sorts of the quantifiers whose bodies are being built, outermost first.
_open: list[Sort] = []


def _quantify(
    sort: Sort, bodies: Callable[[Expr], tuple[Expr, ...]]
) -> tuple[str, tuple[Expr, ...]]:
    """Build bodies under a variable named by nesting depth, so that equal formulas are shared."""
    name = f"{sort.name}#{len(_open)}"
    _open.append(sort)
    try:
        return name, bodies(make("var", ElementType(sort), (), name))
    finally:
        _open.pop()


def _boolean_quantifier(op: Op, type: Type, sort: Sort, body: Callable[[Expr], Literalish]) -> Expr:
    name, (inner,) = _quantify(sort, lambda v: tuple(booleans(op, [body(v)])))
    return make(op, type, (inner,), (name, sort))


def forall(sort: Sort, body: Callable[[Expr], Literalish]) -> Expr:
    return _boolean_quantifier("forall", BOOL, sort, body)


def exists(sort: Sort, body: Callable[[Expr], Literalish]) -> Expr:
    return _boolean_quantifier("exists", BOOL, sort, body)


def count(sort: Sort, body: Callable[[Expr], Literalish]) -> Expr:
    """How many elements satisfy the body."""
    return _boolean_quantifier("count", IntType(0, sort.size), sort, body)


def total(sort: Sort, body: Callable[[Expr], Literalish]) -> Expr:
    """The sum of an integer body over a sort."""
    name, (inner,) = _quantify(sort, lambda v: (integers("sum", body(v), 0)[0],))
    low, high = inner.type.lo * sort.size, inner.type.hi * sort.size
    return make("sum", IntType(low, high), (inner,), (name, sort))


def _extremum(
    op: Literal["min", "max"],
    sort: Sort,
    body: Callable[[Expr], Literalish],
    where: Callable[[Expr], Literalish],
    default: int,
) -> Expr:
    def bodies(v: Expr) -> tuple[Expr, ...]:
        return integers(op, body(v), 0)[0], booleans(op, [where(v)])[0]

    name, (inner, test) = _quantify(sort, bodies)
    fallback = integer(default)
    return make(op, join(inner.type, fallback.type), (inner, test, fallback), (name, sort))


def minimum(
    sort: Sort,
    body: Callable[[Expr], Literalish],
    where: Callable[[Expr], Literalish] = lambda _: True,
    *,
    default: int,
) -> Expr:
    """The least body among the elements that pass `where`; `default` if none does."""
    return _extremum("min", sort, body, where, default)


def maximum(
    sort: Sort,
    body: Callable[[Expr], Literalish],
    where: Callable[[Expr], Literalish] = lambda _: True,
    *,
    default: int,
) -> Expr:
    """The greatest body among the elements that pass `where`; `default` if none does."""
    return _extremum("max", sort, body, where, default)
