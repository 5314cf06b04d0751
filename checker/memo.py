"""Recognising that two systems are the same but for the names of their elements.

A cluster is checked under many scenarios that share a control plane, and workloads often differ
in name only. Systems with equal keys have the same runs, index for index, so a verdict on one is
a verdict on the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from checker.verdict import Verdict
from model.ir.expr import QUANTIFIERS, Expr
from model.ir.interpret import Step
from model.ir.system import Action, Definition, Property, StateFunction, System, Table
from model.ir.trace import Trace
from model.ir.types import ElementType, EnumType, IntType, Sort, Type

#: Equal for two systems and their properties if and only if they have the same structure.
Key = tuple[Any, ...]


def structural_key(system: System, properties: Sequence[Property]) -> Key:
    """What a verdict can depend on: everything but the names of elements and what is only read
    by people (labels, texts, reasons, omissions, assumptions)."""
    writer = _Writer(system)
    functions = tuple(
        (f.name, writer.sorts(f.domain), writer.type(f.type)) for f in system.functions
    )
    actions = tuple(map(writer.action, system.actions))
    # The text of a bound is part of verdicts, so it is part of the key.
    bounds = tuple((bound.name, bound.text, writer.expr(bound.reached)) for bound in system.bounds)
    claims = tuple(map(writer.property, properties))
    # Both lists may grow while definitions are written; nodes are complete only at the end.
    definitions = tuple(
        (d.name, writer.exprs(d.parameters), writer.expr(d.body)) for d in writer.definitions
    )
    tables = tuple(
        (t.name, writer.sorts(t.domain), writer.type(t.type), t.values) for t in writer.tables
    )
    nodes = tuple(writer.nodes)
    return functions, system.initial, actions, bounds, claims, definitions, tables, nodes


def rebind(verdict: Verdict, source: System, target: System) -> Verdict:
    """A verdict on `source` as one on `target`, which has the same structural key."""
    if verdict.conflict:
        both = tuple(rebind(each, source, target) for each in verdict.conflict)
        verdict = replace(verdict, conflict=both)
    if verdict.trace is None:
        return verdict
    index = {action: number for number, action in enumerate(source.actions)}
    steps = tuple(
        Step(target.actions[index[step.action]], step.arguments) for step in verdict.trace.steps
    )
    return replace(verdict, trace=Trace(verdict.trace.states, steps, verdict.trace.loop))


class _Writer:
    """Writes sorts, symbols and expressions as numbers, in order of first appearance."""

    def __init__(self, system: System) -> None:
        self.nodes: list[Key] = []
        self.tables = list(system.tables)
        self.definitions = list(system.definitions)
        self._expressions: dict[Expr, int] = {}
        self._sorts: dict[Sort, int] = {}
        self._symbols: dict[object, Key] = {}
        for kind, symbols in (
            ("function", system.functions),
            ("table", system.tables),
            ("definition", system.definitions),
        ):
            self._symbols |= {symbol: (kind, n) for n, symbol in enumerate(symbols)}

    def sorts(self, domain: Sequence[Sort | IntType]) -> Key:
        return tuple(self.sort(d) if isinstance(d, Sort) else (d.lo, d.hi) for d in domain)

    def sort(self, sort: Sort) -> Key:
        number = self._sorts.setdefault(sort, len(self._sorts))
        return number, sort.name, sort.size, sort.symmetric

    def type(self, type: Type) -> Key:
        if isinstance(type, ElementType):
            return "element", self.sort(type.sort), type.optional
        if isinstance(type, EnumType):
            return "enum", type.name, type.values
        return type.__class__.__name__, type.lo, type.hi

    def symbol(self, symbol: StateFunction | Table | Definition) -> Key:
        """Kind and number; one that the system does not list is numbered as it is met."""
        found = self._symbols.get(symbol)
        if found is None:
            assert not isinstance(symbol, StateFunction), f"{symbol} is no part of the system"
            kind: list[Any] = self.tables if isinstance(symbol, Table) else self.definitions
            found = ("table" if kind is self.tables else "definition", len(kind))
            self._symbols[symbol] = found
            kind.append(symbol)
        return found

    def action(self, action: Action) -> Key:
        updates = tuple(
            (
                self.symbol(update.function),
                self.exprs(update.arguments),
                self.expr(update.value),
                self.exprs(update.over),
                self.expr(update.where),
            )
            for update in action.updates
        )
        parameters = self.exprs(action.parameters)
        guard = self.expr(action.guard)
        claim = None if action.claim is None else self.expr(action.claim)
        fairness = action.fairness, action.served, claim
        return action.actor, action.name, fairness, parameters, guard, updates

    def property(self, prop: Property) -> Key:
        witness = None if prop.witness is None else self.expr(prop.witness)
        return prop.name, prop.kind, self.expr(prop.p), self.expr(prop.q), witness

    def exprs(self, exprs: Sequence[Expr]) -> tuple[int, ...]:
        return tuple(map(self.expr, exprs))

    def expr(self, expr: Expr) -> int:
        """The number of an expression, its node and those below it written."""
        found = self._expressions.get(expr)
        if found is not None:
            return found
        args = self.exprs(expr.args)
        payload: Any = expr.payload
        if expr.op in ("apply", "get"):
            payload = self.symbol(payload)
        elif expr.op in QUANTIFIERS:
            payload = (payload[0], self.sort(payload[1]))
        self.nodes.append((expr.op, self.type(expr.type), payload, args))
        return self._expressions.setdefault(expr, len(self.nodes) - 1)
