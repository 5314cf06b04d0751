"""Expressions for which numpy has a shorter way than what they say."""

from __future__ import annotations

from collections.abc import Sequence

from model.ir.expr import Expr

#: So few values are compared with one by one.
_FEW = 2


def extreme(expr: Expr) -> str | None:
    """The form that an ite between two numbers comes to, if it picks the least or the greatest."""
    test, then, other = expr.args
    if test.op in ("lt", "le"):
        if test.args[0] is then and test.args[1] is other:
            return "minimum({0}, {1})"
        if test.args[1] is then and test.args[0] is other:
            return "maximum({0}, {1})"
    return None


def chosen(expr: Expr) -> tuple[Expr, bool] | None:
    """The condition on which an equation with a constant holds, and whether it must hold or fail,
    where the other side is one constant on it and another one if not."""
    if expr.op != "eq":
        return None
    for constant, choice in (expr.args, expr.args[::-1]):
        if constant.op == "const" and choice.op == "ite":
            test, *branches = choice.args
            if all(branch.op == "const" for branch in branches):
                equal = [branch.payload == constant.payload for branch in branches]
                if equal[0] != equal[1]:
                    return test, equal[0]
    return None


def ranges(parts: Sequence[Expr]) -> tuple[list[Expr], list[tuple[Expr, int, int]]]:
    """A disjunction without the parts that say that something is one of several successive values,
    and what these say: least and greatest value of what."""
    values: dict[Expr, dict[int, Expr]] = {}
    for part in parts:
        if part.op == "eq" and part.args[1].op == "const":
            values.setdefault(part.args[0], {})[part.args[1].payload] = part
    found = []
    covered: set[Expr] = set()
    for something, equations in values.items():
        least, greatest = min(equations), max(equations)
        if _FEW < len(equations) == greatest - least + 1:
            found.append((something, least, greatest))
            covered |= set(equations.values())
    return [part for part in parts if part not in covered], found


def difference(expr: Expr) -> tuple[list[Expr], list[Expr]]:
    """The terms of a sum that are added, and those that are subtracted: at least one is added."""
    minus = [term.args[0] for term in expr.args if _negative(term)]
    plus = [term for term in expr.args if not _negative(term)]
    return (plus, minus) if plus else (list(expr.args), [])


def _negative(term: Expr) -> bool:
    return term.op == "mul" and term.args[1].op == "const" and term.args[1].payload == -1
