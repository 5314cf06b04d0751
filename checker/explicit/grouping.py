"""Quantifiers that group one sort by the elements of another.

"How many pods are on node n", asked for every node, costs pods times nodes when it is taken at
its word. Every pod is on one node, so one pass over the pods answers for all nodes.
"""

from __future__ import annotations

from typing import NamedTuple

from checker.explicit.source import Environment, span
from model.ir.expr import Expr, conj, ite

#: Below this many pairs of elements comparing all with all is faster.
_PAIRS = 256


class Grouping(NamedTuple):
    """For each element of the axis of `variable`: the sum of `weight` where `key` is it."""

    variable: str
    key: Expr
    weight: Expr


def grouping(expr: Expr, env: Environment) -> Grouping | None:
    """How a quantifier groups its sort, if its body says `key == variable` and otherwise depends
    on nothing but the element."""
    name, sort = expr.payload
    body = expr.args[0]
    if expr.op == "sum" and body.op == "ite" and body.args[2].op == "const":
        condition, value, other = body.args
        if other.payload != 0:
            return None
    elif expr.op in ("count", "exists"):
        condition, value = body, None
    else:
        return None
    parts = condition.args if condition.op == "and" else (condition,)
    own = frozenset((name,))
    for part in parts:
        if part.op != "eq":
            continue
        for variable, key in (part.args, part.args[::-1]):
            if variable.op != "var" or variable.payload not in env or key.free != own:
                continue
            axis = env[variable.payload].counts
            rest = conj(*(p for p in parts if p is not part))
            weight = rest if value is None else ite(rest, value, 0)
            if axis is not None and weight.free <= own and span(axis) * sort.size > _PAIRS:
                return Grouping(variable.payload, key, weight)
    return None
