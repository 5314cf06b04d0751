"""Expressions as text."""

from __future__ import annotations

from model.ir.expr import Expr

_INFIX = {"and": " & ", "or": " | ", "eq": " == ", "lt": " < ", "le": " <= ", "add": " + "}
_INFIX |= {"mul": " * ", "div": " // ", "mod": " % "}


def show(expr: Expr) -> str:
    """A readable rendering, close to how the expression was written."""
    inner = [show(arg) for arg in expr.args]
    if expr.op == "const":
        return expr.type.show(expr.payload)
    if expr.op == "var":
        return str(expr.payload)
    if expr.op in ("apply", "get"):
        name = str(expr.payload.name)
        return f"{name}[{', '.join(inner)}]" if inner else name
    if expr.op in _INFIX:
        return "(" + _INFIX[expr.op].join(inner) + ")"
    if expr.op == "not":
        return "~" + inner[0]
    if expr.op == "ite":
        return f"({inner[1]} if {inner[0]} else {inner[2]})"
    name, sort = expr.payload
    return f"{expr.op}({name}: {sort.name}. {', '.join(inner)})"
