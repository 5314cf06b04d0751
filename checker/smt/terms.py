"""Values that are half known: constants are Python's, the rest are Z3 terms.

Folding here, before a term exists, is many times cheaper than Z3's simplifier. A truth value is a
`bool` or a Z3 Boolean; any other value is an `int` or a `Number`: an unsigned bit-vector that
counts from the low end of an interval, so that no operation can overflow and no sign is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import z3

#: bool, or z3.BoolRef.
Bit = Any


@dataclass(frozen=True, eq=False, slots=True)
class Number:
    """The integer `lo + term`, known not to exceed `hi`; `lo < hi`."""

    term: Any
    lo: int
    hi: int


#: A truth value, an int or a Number.
Value = Any


def width(lo: int, hi: int) -> int:
    """Bits that tell the integers lo..hi apart."""
    return (hi - lo).bit_length()


def variable(name: str, lo: int, hi: int, context: Any) -> Value:
    """A free value in lo..hi (its bit-vector may have room for more; see `in_range`)."""
    if lo == hi:
        return lo
    return Number(z3.BitVec(name, width(lo, hi), context), lo, hi)


def in_range(value: Value) -> Bit:
    """That a variable's bit-vector does not use the room above `hi`."""
    if not isinstance(value, Number) or (value.hi - value.lo + 1).bit_count() == 1:
        return True
    return z3.ULE(value.term, value.hi - value.lo)


def bits(value: Value, lo: int, size: int) -> Any:
    """`value - lo` as a bit-vector of `size` bits, modulo 2**size."""
    if isinstance(value, int):
        raise TypeError("a constant has no context; see `_pair`")
    term = value.term
    own = term.size()
    if own > size:
        term = z3.Extract(size - 1, 0, term)
    elif own < size:
        term = z3.ZeroExt(size - own, term)
    return term + (value.lo - lo) if value.lo != lo else term


def _pair(a: Value, b: Value, lo: int, hi: int, context: Any) -> tuple[Any, Any]:
    """Both values as bit-vectors that count from `lo`."""
    size = width(lo, hi)
    left, right = (
        z3.BitVecVal(v - lo, size, context) if isinstance(v, int) else bits(v, lo, size)
        for v in (a, b)
    )
    return left, right


def bounds(value: Value) -> tuple[int, int]:
    """The interval of a value that is not a truth value."""
    return (value, value) if isinstance(value, int) else (value.lo, value.hi)


def key(value: Value) -> Hashable:
    """Equal for two values of one type that are the same constant or the same term."""
    if isinstance(value, int):
        return value
    if isinstance(value, Number):
        return value.lo, value.term.get_id()
    return "bit", value.get_id()


def same(a: Value, b: Value) -> bool:
    """Whether two values of one type are the same constant or term."""
    return key(a) == key(b)


# -- truth values --------------------------------------------------------------------------------
def negate(bit: Bit) -> Bit:
    if isinstance(bit, bool):
        return not bit
    if bit.decl().kind() == z3.Z3_OP_NOT:
        return bit.arg(0)
    return z3.BoolRef(z3.Z3_mk_not(bit.ctx_ref(), bit.as_ast()), bit.ctx)


def conj(values: Iterable[Bit]) -> Bit:
    return _flat(values, True, z3.Z3_mk_and)


def disj(values: Iterable[Bit]) -> Bit:
    return _flat(values, False, z3.Z3_mk_or)


def _flat(values: Iterable[Bit], unit: bool, make: Callable[..., Any]) -> Bit:
    terms: dict[int, Any] = {}
    for bit in values:
        if isinstance(bit, bool):
            if bit is not unit:
                return bit
        else:
            terms[bit.get_id()] = bit
    if not terms:
        return unit
    first = next(iter(terms.values()))
    if len(terms) == 1:
        return first
    array = (z3.Ast * len(terms))(*(t.as_ast() for t in terms.values()))
    return z3.BoolRef(make(first.ctx_ref(), len(terms), array), first.ctx)


def implies(premise: Bit, conclusion: Bit) -> Bit:
    return disj((negate(premise), conclusion))


def _mk_equal(a: Any, b: Any) -> Any:
    return z3.BoolRef(z3.Z3_mk_eq(a.ctx_ref(), a.as_ast(), b.as_ast()), a.ctx)


def equal(a: Value, b: Value) -> Bit:
    """Whether two values of one type are equal."""
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    if isinstance(a, bool):
        return b if a else negate(b)
    if isinstance(b, bool):
        return a if b else negate(a)
    if not isinstance(a, Number) and not isinstance(b, Number):
        return True if a.eq(b) else _mk_equal(a, b)
    if isinstance(a, int):
        a, b = b, a  # a constant stands on the right, where `step` looks for it
    (alo, ahi), (blo, bhi) = bounds(a), bounds(b)
    if ahi < blo or bhi < alo:
        return False
    if same(a, b):
        return True
    context = a.term.ctx
    return _mk_equal(*_pair(a, b, min(alo, blo), max(ahi, bhi), context))


def less(a: Value, b: Value) -> Bit:
    """Whether the number a is smaller than b."""
    (alo, ahi), (blo, bhi) = bounds(a), bounds(b)
    if ahi < blo:
        return True
    if alo >= bhi:
        return False
    context = (a if isinstance(a, Number) else b).term.ctx
    return z3.ULT(*_pair(a, b, min(alo, blo), max(ahi, bhi), context))


# -- selection -----------------------------------------------------------------------------------
def ite(test: Bit, then: Value, otherwise: Value) -> Value:
    """`then` where the test holds; both of one type."""
    if isinstance(test, bool):
        return then if test else otherwise
    if same(then, otherwise):
        return then
    if isinstance(then, bool):
        return disj((test, otherwise)) if then else conj((negate(test), otherwise))
    if isinstance(otherwise, bool):
        return disj((negate(test), then)) if otherwise else conj((test, then))
    if isinstance(then, z3.BoolRef):
        return z3.If(test, then, otherwise)
    (alo, ahi), (blo, bhi) = bounds(then), bounds(otherwise)
    lo, hi = min(alo, blo), max(ahi, bhi)
    return Number(z3.If(test, *_pair(then, otherwise, lo, hi, test.ctx)), lo, hi)


def choose(selector: Number, values: Sequence[Value]) -> Value:
    """`values[i]` where `selector == selector.lo + i`; one value for each."""
    groups: dict[Hashable, tuple[Value, list[int]]] = {}
    for position, value in enumerate(values, selector.lo):
        groups.setdefault(key(value), (value, []))[1].append(position)
    # The most frequent value needs no test.
    (result, _), *others = sorted(groups.values(), key=lambda group: -len(group[1]))
    for value, positions in others:
        result = ite(disj(equal(selector, position) for position in positions), value, result)
    return result


# -- arithmetic ----------------------------------------------------------------------------------
def number(bit: Bit) -> Value:
    """1 for true, 0 for false."""
    if isinstance(bit, bool):
        return int(bit)
    one, zero = z3.BitVecVal(1, 1, bit.ctx), z3.BitVecVal(0, 1, bit.ctx)
    return Number(z3.If(bit, one, zero), 0, 1)


def add(values: Iterable[Value]) -> Value:
    """The sum, as a balanced tree so that partial sums stay narrow."""
    constant = 0
    terms: list[Number] = []
    for value in values:
        if isinstance(value, int):
            constant += value
        else:
            terms.append(value)
    while len(terms) > 1:
        pairs = zip(terms[0::2], terms[1::2], strict=False)
        terms = [_plus(a, b) for a, b in pairs] + terms[len(terms) & ~1 :]
    if not terms:
        return constant
    (result,) = terms
    return Number(result.term, result.lo + constant, result.hi + constant)


def _plus(a: Number, b: Number) -> Number:
    lo, hi = a.lo + b.lo, a.hi + b.hi
    size = width(lo, hi)
    return Number(bits(a, a.lo, size) + bits(b, b.lo, size), lo, hi)


def scale(value: Value, factor: int) -> Value:
    """The product with a constant."""
    if isinstance(value, int) or factor == 0:
        return value * factor if factor else 0
    if factor < 0:
        span = value.hi - value.lo
        value = Number(z3.BitVecVal(span, width(0, span), value.term.ctx) - value.term,
                       -value.hi, -value.lo)  # fmt: skip
        factor = -factor
    lo, hi = value.lo * factor, value.hi * factor
    term = bits(value, value.lo, width(lo, hi))
    return Number(term * factor if factor > 1 else term, lo, hi)


def multiply(a: Value, b: Value) -> Value:
    if isinstance(a, int):
        return scale(b, a)
    if isinstance(b, int):
        return scale(a, b)
    left, right = Number(a.term, 0, a.hi - a.lo), Number(b.term, 0, b.hi - b.lo)
    size = width(0, left.hi * right.hi)
    core = Number(bits(left, 0, size) * bits(right, 0, size), 0, left.hi * right.hi)
    corners = [x * y for x in bounds(a) for y in bounds(b)]
    wide = add((core, scale(left, b.lo), scale(right, a.lo), a.lo * b.lo))
    return narrow(wide, min(corners), max(corners))


def divide(value: Value, divisor: int) -> Value:
    """Floor division by a positive constant."""
    if isinstance(value, int):
        return value // divisor
    quotient, rest = divmod(value.lo, divisor)
    if value.hi // divisor == quotient:
        return quotient
    term = _unsigned(value, rest)
    term = z3.UDiv(term, z3.BitVecVal(divisor, term.size(), term.ctx))
    return narrow(Number(term, quotient, quotient + 2 ** term.size() - 1),
                  quotient, value.hi // divisor)  # fmt: skip


def modulo(value: Value, divisor: int) -> Value:
    """The remainder by a positive constant, never negative."""
    if isinstance(value, int):
        return value % divisor
    quotient, rest = divmod(value.lo, divisor)
    if value.hi // divisor == quotient:
        return Number(value.term, rest, rest + value.hi - value.lo)
    term = _unsigned(value, rest)
    term = z3.URem(term, z3.BitVecVal(divisor, term.size(), term.ctx))
    return narrow(Number(term, 0, 2 ** term.size() - 1), 0, divisor - 1)


def _unsigned(value: Number, rest: int) -> Any:
    """`rest + value.term`, wide enough."""
    return bits(Number(value.term, rest, 0), 0, width(0, rest + value.hi - value.lo))


def narrow(value: Value, lo: int, hi: int) -> Value:
    """The same value under an interval that it is known to stay in."""
    if isinstance(value, int):
        return value
    lo, hi = max(lo, value.lo), min(hi, value.hi)
    if (lo, hi) == (value.lo, value.hi):
        return value
    return lo if lo == hi else Number(bits(value, lo, width(lo, hi)), lo, hi)


def fit(value: Value, lo: int, hi: int) -> tuple[Value, Bit]:
    """A value stored in lo..hi, and whether it lies there (elsewhere what is stored is junk)."""
    low, high = bounds(value)
    inside = conj((negate(less(value, lo)), negate(less(hi, value))))
    if inside is False:
        return lo, False
    return narrow(value, max(lo, low), min(hi, high)), inside
