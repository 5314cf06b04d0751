"""Expressions and systems as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from model.ir.expr import Expr

if TYPE_CHECKING:
    from model.ir.system import System

_INFIX = {"and": " & ", "or": " | ", "eq": " == ", "lt": " < ", "le": " <= ", "add": " + "}
_INFIX |= {"mul": " * ", "div": " // ", "mod": " % "}

#: Letters of the longest text of an expression that a system's text has inside other texts.
_INLINE = 160


def show(expr: Expr) -> str:
    """A readable rendering, close to how the expression was written."""
    return _shown(expr, show)


def _shown(expr: Expr, inside: Callable[[Expr], str]) -> str:
    inner = [inside(arg) for arg in expr.args]
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


class _Named:
    """Shows the expressions of one system. What is long has a line of its own, once, and a name
    inside others: expressions share their parts, and written out in full they can be millions of
    times as long."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._texts: dict[Expr, str] = {}
        self._names = 0

    def __call__(self, expr: Expr) -> str:
        """The text of what no other expression has inside."""
        return _shown(expr, self._inside)

    def _inside(self, expr: Expr) -> str:
        if expr not in self._texts:
            text = _shown(expr, self._inside)
            if len(text) > _INLINE:
                self._names += 1
                self._lines.append(f"let @{self._names} = {text}")
                text = f"@{self._names}"
            self._texts[expr] = text
        return self._texts[expr]


def show_system(system: System) -> str:
    """All of a system as text for people: sorts, state, tables, definitions, actions, bounds and
    properties, in its own order."""
    lines = [f"system {system.name}"]
    show = _Named(lines)
    for sort in system.sorts:
        lines.append(f"sort {sort.name}: {', '.join(sort.elements)}")
        lines += ["  symmetric"] if sort.symmetric else []
    for function in system.functions:
        lines.append(f"state {function.name}{list(function.domain)}: {function.type}")
    for table in system.tables:
        lines.append(f"table {table.name}{list(table.domain)}: {list(table.values)}")
    for each in system.definitions:
        lines.append(f"define {each.name}{list(each.parameters)} = {show(each.body)}")
    for number, state in enumerate(system.initial):
        lines.append(f"initial {number}: {list(state)}")
    for action in system.actions:
        lines.append(f"action {action!r}{list(action.parameters)}, fairness {action.fairness}")
        lines[-1] += f" for each {list(action.fair_for)}" if action.fair_for else ""
        lines.append(f"  when {show(action.guard)}")
        if action.claim is not None:
            lines.append(f"  waits from {show(action.claim)}")
        for update in action.updates:
            to = f"{update.function.name}{list(update.arguments)} := {show(update.value)}"
            over = f" over {list(update.over)} where {show(update.where)}" if update.over else ""
            lines.append(f"  {to}{over}")
    lines += [f"bound {bound.name}: {show(bound.reached)}" for bound in system.bounds]
    for prop in system.properties:
        q = f", q = {show(prop.q)}" if prop.kind == "leads to" else ""
        witness = "" if prop.witness is None else f", witness {show(prop.witness)}"
        lines.append(f"property {prop.name}: {prop.kind} p = {show(prop.p)}{q}{witness}")
    return "".join(line + "\n" for line in lines)
