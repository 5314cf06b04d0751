"""Quantifiers in a state of a counter form: over elements that can be told apart, and over groups
of which only the numbers are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from checker.smt import terms
from checker.smt.counters import Group
from checker.smt.elements import Bindings, Value, key
from checker.smt.linear import Bit, Linear, combine, number
from model.ir.expr import Expr
from model.ir.types import Sort

if TYPE_CHECKING:
    from checker.smt.abstract import Abstract


def over_rows(
    reading: Abstract, expr: Expr, rows: Sequence[Sequence[Value]], env: Bindings
) -> Value:
    """The value of a quantifier, from that of its body, filter and default for each element."""
    bodies = [row[0] for row in rows]
    match expr.op:
        case "forall":
            return terms.conj(bodies)
        case "exists":
            return terms.disj(bodies)
        case "count":
            return combine((1, reading.ite(body, number(1), number(0))) for body in bodies)
        case "sum":
            return combine((1, body) for body in bodies)
    found = reading.value(expr.args[2], env)
    empty: Bit = True
    for body, test, _ in rows:
        low, high = (body, found) if expr.op == "min" else (found, body)
        better = terms.disj((empty, reading.integers.at_most(low.shifted(1), high)))
        found = reading.ite(terms.conj((test, better)), body, found)
        empty = terms.conj((empty, terms.negate(test)))
    return found


def over_groups(reading: Abstract, expr: Expr, name: str, sort: Sort, env: Bindings) -> Value:
    """The value of a quantifier over a symmetric sort, as far as the numbers of its groups tell."""
    if expr.op in ("min", "max"):
        return reading.any_number()
    parts: list[Value] = []
    for group in reading.form.groups[sort]:
        size = reading.state[reading.form.counters[sort, group]]
        if size == number(0):
            continue
        there = reading.integers.positive(size)

        def body(group: Group = group) -> Value:
            element = reading.representative(sort, group)
            return reading.value(expr.args[0], {**env, name: element})

        if expr.op == "forall":
            parts.append(terms.implies(there, body()))
        elif expr.op == "exists":
            parts.append(terms.conj((there, body())))
        elif expr.op == "count":
            one = body()
            # What is certain of an element of which only the group is known holds of each.
            parts.append(_how_many(reading, size, one, one if isinstance(one, bool) else body()))
        else:
            parts.append(_sum(reading, size, body(), body()))
    if expr.op == "forall":
        return terms.conj(parts)
    if expr.op == "exists":
        return terms.disj(parts)
    return combine((1, part) for part in parts)


def _how_many(reading: Abstract, size: Linear, one: Bit, other: Bit) -> Linear:
    """How many elements of a group pass a test, from what it says of two of them."""
    if key(one) == key(other):
        counted: Linear = reading.ite(one, size, number(0))
        return counted
    found = reading.any_number(number(0), size)
    reading.require(terms.disj((reading.integers.equal(found, number(0)), one)))
    reading.require(terms.disj((reading.integers.equal(found, size), terms.negate(other))))
    return found


def _sum(reading: Abstract, size: Linear, one: Linear, other: Linear) -> Linear:
    if one == other and one.known:
        return size.scaled(one.constant)
    if one == other and size.known:
        return one.scaled(size.constant)
    return reading.any_number()
