"""Typed, hash-consed expressions over state functions, tables and bound variables.

Structurally equal expressions are the same object, so engines may cache by identity. Integer
expressions carry the interval that their value cannot leave. Python operators build expressions:
`phase[p] == Phase["Ready"]`, `~a & b | c`, `x + 1 <= y`. `==` builds an expression too, so
compare expression objects with `is`.

Evaluation is total and strict in meaning: a lookup at "none" must give a default (`get`), and
there is no other way to be undefined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, Union

from model.ir.types import (
    BOOL,
    NONE,
    BoolType,
    ElementType,
    EnumType,
    IntType,
    ModelError,
    Sort,
    Type,
)

Op = Literal[
    "const",  # payload: int
    "var",  # payload: name; type is an ElementType
    "apply",  # payload: a Symbol; args: one for each domain entry
    "get",  # as apply with one optional argument; args: (argument, default)
    "not",
    "and",  # n-ary, as is or
    "or",
    "eq",
    "lt",
    "le",
    "add",  # n-ary
    "mul",  # two arguments
    "div",  # floor division by a positive constant
    "mod",  # by a positive constant, never negative
    "ite",  # condition, then, else
    "forall",  # payload: variable name, sort; args: body
    "exists",
    "count",
    "sum",
    "min",  # args: body, filter, default: least body among elements that pass, else the default
    "max",
]

Literalish = Union["Expr", int, bool]

_interned: dict[tuple[object, ...], Expr] = {}


class Expr:
    """One node. `payload` depends on the operator (see `Op`); `free` names its free variables."""

    __slots__ = ("args", "free", "op", "payload", "type")

    op: Op
    type: Type
    args: tuple[Expr, ...]
    payload: Any
    free: frozenset[str]

    # -- boolean connectives -------------------------------------------------------------------
    def __invert__(self) -> Expr:
        return negate(self)

    def __and__(self, other: Literalish) -> Expr:
        return conj(self, other)

    __rand__ = __and__

    def __or__(self, other: Literalish) -> Expr:
        return disj(self, other)

    __ror__ = __or__

    def implies(self, other: Literalish) -> Expr:
        return disj(negate(self), other)

    # -- comparisons ---------------------------------------------------------------------------
    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        left, right = unify(self, other)
        if left is right:
            return TRUE
        if left.op == "const" and right.op == "const":
            return FALSE
        if left.type.hi < right.type.lo or right.type.hi < left.type.lo:
            return FALSE
        return make("eq", BOOL, (left, right))

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return negate(self == other)

    def __lt__(self, other: Literalish) -> Expr:
        left, right = integers("<", self, other)
        if left.type.hi < right.type.lo:
            return TRUE
        if left.type.lo >= right.type.hi:
            return FALSE
        return make("lt", BOOL, (left, right))

    def __le__(self, other: Literalish) -> Expr:
        left, right = integers("<=", self, other)
        if left.type.hi <= right.type.lo:
            return TRUE
        if left.type.lo > right.type.hi:
            return FALSE
        return make("le", BOOL, (left, right))

    def __gt__(self, other: Literalish) -> Expr:
        return coerce(other) < self

    def __ge__(self, other: Literalish) -> Expr:
        return coerce(other) <= self

    def is_in(self, *names: str) -> Expr:
        """Whether an enum expression has one of the named values."""
        if not isinstance(self.type, EnumType):
            raise ModelError(f"is_in wants an enum, not {self.type}")
        return disj(*(self == constant(self.type, name) for name in names))

    def is_none(self) -> Expr:
        if not isinstance(self.type, ElementType):
            raise ModelError(f"is_none wants an element, not {self.type}")
        return self == none(self.type.sort)

    # -- arithmetic ----------------------------------------------------------------------------
    def __add__(self, other: Literalish) -> Expr:
        return add(self, other)

    __radd__ = __add__

    def __neg__(self) -> Expr:
        return self * -1

    def __sub__(self, other: Literalish) -> Expr:
        return add(self, coerce(other) * -1)

    def __rsub__(self, other: Literalish) -> Expr:
        return add(other, self * -1)

    def __mul__(self, other: Literalish) -> Expr:
        left, right = integers("*", self, other)
        if left.op == "const":
            left, right = right, left
        if right.op == "const" and right.payload == 1:
            return left
        corners = [a * b for a in _interval(left) for b in _interval(right)]
        result = IntType(min(corners), max(corners))
        if left.op == "const" and right.op == "const":
            return integer(corners[0])
        return make("mul", result, (left, right))

    __rmul__ = __mul__

    def __floordiv__(self, divisor: int) -> Expr:
        left, right = integers("//", self, divisor)
        if divisor <= 0:
            raise ModelError("division wants a positive constant")
        if left.op == "const":
            return integer(left.payload // divisor)
        low, high = _interval(left)
        return make("div", IntType(low // divisor, high // divisor), (left, right))

    def __mod__(self, divisor: int) -> Expr:
        left, right = integers("%", self, divisor)
        if divisor <= 0:
            raise ModelError("modulus wants a positive constant")
        if left.op == "const":
            return integer(left.payload % divisor)
        return make("mod", IntType(0, divisor - 1), (left, right))

    # -- identity ------------------------------------------------------------------------------
    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        raise ModelError("an expression has no truth value here; use & | ~ and ite")

    def __repr__(self) -> str:
        from model.ir.show import show

        return show(self)


def make(op: Op, type: Type, args: tuple[Expr, ...] = (), payload: Any = None) -> Expr:
    """The one node with these parts. Model authors want the functions and operators below, which
    check types; this does not."""
    key = (op, type, payload, *map(id, args))
    found = _interned.get(key)
    if found is not None:
        return found
    self = object.__new__(Expr)
    self.op, self.type, self.args, self.payload = op, type, args, payload
    free: frozenset[str] = frozenset().union(*(a.free for a in args)) if args else frozenset()
    if op == "var":
        free = frozenset((str(payload),))
    elif op in QUANTIFIERS:
        free -= {payload[0]}
    self.free = free
    _interned[key] = self
    return self


QUANTIFIERS = frozenset({"forall", "exists", "count", "sum", "min", "max"})


# -- leaves ------------------------------------------------------------------------------------
def integer(value: int) -> Expr:
    return make("const", IntType(value, value), (), value)


def boolean(value: bool) -> Expr:
    return make("const", BOOL, (), int(value))


TRUE = boolean(True)
FALSE = boolean(False)


def constant(type: EnumType, name: str) -> Expr:
    """The enum value called `name`."""
    if name not in type.values:
        raise ModelError(f"{type.name} has no value {name!r}")
    return make("const", type, (), type.values.index(name))


def literal(type: Type, value: int) -> Expr:
    """The value of a type that is represented by an integer."""
    if isinstance(type, IntType):
        return integer(value)
    if isinstance(type, ElementType) and value != NONE:
        return element(type.sort, type.sort.elements[value])
    return make("const", type, (), value)


def none(sort: Sort) -> Expr:
    return make("const", ElementType(sort, optional=True), (), NONE)


def element(sort: Sort, name: str) -> Expr:
    """A named element of a sort that is not symmetric."""
    if sort.symmetric:
        raise ModelError(f"{sort.name} is symmetric: an expression cannot name {name!r}")
    return make("const", ElementType(sort), (), sort.elements.index(name))


def variable(name: str, sort: Sort) -> Expr:
    """A variable, bound as a parameter of an action or of a definition."""
    if "#" in name:
        raise ModelError("'#' is reserved for the variables of quantifiers")
    return make("var", ElementType(sort), (), name)


def coerce(value: object) -> Expr:
    """Python booleans and integers as expressions; expressions as they are."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, bool):
        return boolean(value)
    if isinstance(value, int):
        return integer(value)
    raise ModelError(f"{value!r} is not an expression")


def unify(left: object, right: object) -> tuple[Expr, Expr]:
    """Both as expressions of comparable types. Raises ModelError if they are not."""
    a, b = coerce(left), coerce(right)
    same = a.type == b.type or (isinstance(a.type, IntType) and isinstance(b.type, IntType))
    if isinstance(a.type, ElementType) and isinstance(b.type, ElementType):
        same = a.type.sort == b.type.sort
    if not same:
        raise ModelError(f"types differ: {a} is {a.type}, {b} is {b.type}")
    return a, b


def join(left: Type, right: Type) -> Type:
    """The smallest type that holds the values of two comparable ones."""
    if isinstance(left, IntType) and isinstance(right, IntType):
        return IntType(min(left.lo, right.lo), max(left.hi, right.hi))
    if isinstance(left, ElementType) and isinstance(right, ElementType):
        return left if left.optional else right
    return left


def integers(op: str, left: Literalish, right: Literalish) -> tuple[Expr, Expr]:
    """Both as integer expressions. Raises ModelError, naming the operator."""
    a, b = coerce(left), coerce(right)
    for side in (a, b):
        if not isinstance(side.type, IntType):
            raise ModelError(f"{op} wants integers; {side} is {side.type}")
    return a, b


def booleans(op: str, values: Iterable[Literalish]) -> list[Expr]:
    """All as boolean expressions. Raises ModelError, naming the operator."""
    out = [coerce(value) for value in values]
    for value in out:
        if not isinstance(value.type, BoolType):
            raise ModelError(f"{op} wants booleans; {value} is {value.type}")
    return out


def _interval(value: Expr) -> tuple[int, int]:
    return value.type.lo, value.type.hi


# -- connectives -------------------------------------------------------------------------------
def negate(value: Literalish) -> Expr:
    (inner,) = booleans("~", [value])
    if inner.op == "const":
        return FALSE if inner.payload else TRUE
    if inner.op == "not":
        return inner.args[0]
    return make("not", BOOL, (inner,))


def _flatten(op: Literal["and", "or"], values: Iterable[Literalish]) -> Expr:
    unit, zero = (TRUE, FALSE) if op == "and" else (FALSE, TRUE)
    out: dict[Expr, None] = {}
    for value in booleans(op, values):
        if value is zero:
            return zero
        if value is not unit:
            out.update(dict.fromkeys(value.args if value.op == op else (value,)))
    if not out:
        return unit
    if len(out) == 1:
        return next(iter(out))
    return make(op, BOOL, tuple(out))


def conj(*values: Literalish) -> Expr:
    return _flatten("and", values)


def disj(*values: Literalish) -> Expr:
    return _flatten("or", values)


def add(*values: Literalish) -> Expr:
    terms: list[Expr] = []
    total = 0
    for value in values:
        (term, _) = integers("+", value, 0)
        for part in term.args if term.op == "add" else (term,):
            if part.op == "const":
                total += part.payload
            else:
                terms.append(part)
    if total or not terms:
        terms.append(integer(total))
    if len(terms) == 1:
        return terms[0]
    low = sum(term.type.lo for term in terms)
    high = sum(term.type.hi for term in terms)
    return make("add", IntType(low, high), tuple(terms))


def ite(condition: Literalish, then: Literalish, otherwise: Literalish) -> Expr:
    (test,) = booleans("ite", [condition])
    a, b = unify(then, otherwise)
    if test.op == "const":
        return a if test.payload else b
    if a is b:
        return a
    return make("ite", join(a.type, b.type), (test, a, b))


def least(*values: Literalish) -> Expr:
    """The smallest of some integers."""
    result = coerce(values[0])
    for value in values[1:]:
        other = coerce(value)
        result = _clip(ite(other < result, other, result), result, other, min)
    return result


def greatest(*values: Literalish) -> Expr:
    """The largest of some integers."""
    result = coerce(values[0])
    for value in values[1:]:
        other = coerce(value)
        result = _clip(ite(result < other, other, result), result, other, max)
    return result


def _clip(value: Expr, a: Expr, b: Expr, pick: Callable[[int, int], int]) -> Expr:
    """Narrow the interval of an ite that is known to be a minimum or a maximum."""
    if value.op != "ite":
        return value
    narrowed = IntType(pick(a.type.lo, b.type.lo), pick(a.type.hi, b.type.hi))
    return make("ite", narrowed, value.args)
