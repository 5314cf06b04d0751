"""Expressions that apply a state function, a table or a definition to arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from model.ir.expr import Expr, Literalish, coerce, join, make, unify, variable
from model.ir.types import ElementType, IntType, ModelError, Sort, Type


class Symbol(Protocol):
    """What can be applied: a state function, a table or a definition."""

    @property
    def name(self) -> str: ...
    @property
    def domain(self) -> tuple[Sort | IntType, ...]: ...
    @property
    def type(self) -> Type: ...


def apply(symbol: Symbol, arguments: Sequence[Literalish]) -> Expr:
    """`symbol[arguments]`. Raises ModelError if an argument may lie outside the domain."""
    args = tuple(coerce(argument) for argument in arguments)
    if len(args) != len(symbol.domain):
        raise ModelError(f"{symbol.name} takes {len(symbol.domain)} arguments, not {len(args)}")
    for arg, wanted in zip(args, symbol.domain, strict=True):
        _fits(symbol, arg, wanted)
    return make("apply", symbol.type, args, symbol)


def get(symbol: Symbol, argument: Expr, default: Literalish) -> Expr:
    """`symbol[argument]`, or `default` where the argument is none."""
    if len(symbol.domain) != 1 or not isinstance(argument.type, ElementType):
        raise ModelError(f"get wants a function of one element, not {symbol.name}")
    wanted = symbol.domain[0]
    if not isinstance(wanted, Sort) or argument.type.sort != wanted:
        raise ModelError(f"{symbol.name} ranges over {wanted}; {argument} is {argument.type}")
    if not argument.type.optional:
        return apply(symbol, (argument,))
    sample = make("apply", symbol.type, (variable("any", wanted),), symbol)
    _, fallback = unify(sample, default)
    return make("get", join(symbol.type, fallback.type), (argument, fallback), symbol)


def _fits(symbol: Symbol, arg: Expr, wanted: Sort | IntType) -> None:
    if isinstance(wanted, Sort):
        good = isinstance(arg.type, ElementType) and arg.type == ElementType(wanted)
    else:
        inside = wanted.lo <= arg.type.lo and arg.type.hi <= wanted.hi
        good = isinstance(arg.type, IntType) and inside
    if not good:
        raise ModelError(f"{symbol.name} ranges over {wanted}; {arg} is {arg.type}")
