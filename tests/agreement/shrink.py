"""The smallest system that still shows what is wrong with one.

Omits: fewer elements of a sort.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from model.ir.check import check, walk
from model.ir.expr import FALSE, TRUE, Expr, literal, make
from model.ir.system import Action, Definition, Property, System, Update
from model.ir.types import BoolType, ElementType, EnumType, IntType, Type

T = TypeVar("T")

Replacements = Mapping[Expr, Expr]


def shrink(system: System, wrong: Callable[[System], bool], seconds: float = 60.0) -> System:
    """A system of which no part can be left out or made simpler without `wrong` turning false.

    After `seconds` the smallest one found so far.
    """
    began = time.monotonic()
    found = True
    while found and time.monotonic() - began < seconds:
        found = False
        for smaller in _smaller(system):
            if time.monotonic() - began > seconds:
                break
            if not check(smaller) and wrong(smaller):
                system, found = smaller, True
                break
    return system


def _smaller(system: System) -> Iterator[System]:
    """Systems with one thing less, the largest things first."""
    if len(system.properties) > 1:
        for prop in system.properties:
            yield replace(system, properties=(prop,))
    for actions in _without_one(system.actions):
        yield replace(system, actions=actions)
    for state in system.initial if len(system.initial) > 1 else ():
        yield replace(system, initial=(state,))
    for initial in _without_one(system.initial)[:-1]:
        yield replace(system, initial=initial)
    for bounds in _without_one(system.bounds):
        yield replace(system, bounds=bounds)
    yield from _unused(system)
    for index, action in enumerate(system.actions):
        for simpler in _simpler_action(action):
            actions = (*system.actions[:index], simpler, *system.actions[index + 1 :])
            yield replace(system, actions=actions)
    for index, prop in enumerate(system.properties):
        for less in _simpler_property(prop):
            properties = (*system.properties[:index], less, *system.properties[index + 1 :])
            yield replace(system, properties=properties)
    for index, bound in enumerate(system.bounds):
        for reached in _simpler(bound.reached):
            limits = (replace(bound, reached=reached), *system.bounds[index + 1 :])
            yield replace(system, bounds=(*system.bounds[:index], *limits))
    for definition in system.definitions:
        for body in _simpler(definition.body):
            yield _defined(system, definition, body)
    for i, state in enumerate(system.initial):
        for cell, (function, _) in enumerate(system.cells):
            value = max(0, function.type.lo)
            if state[cell] != value:
                changed = (*state[:cell], value, *state[cell + 1 :])
                yield replace(
                    system, initial=(*system.initial[:i], changed, *system.initial[i + 1 :])
                )


def _without_one(things: Sequence[T]) -> list[tuple[T, ...]]:
    return [(*things[:i], *things[i + 1 :]) for i in range(len(things))]


def _unused(system: System) -> Iterator[System]:
    """Without a function, table or definition that nothing mentions."""
    mentioned = {
        node.payload for node in walk(*every_expression(system)) if node.op in ("apply", "get")
    }
    mentioned |= {update.function for action in system.actions for update in action.updates}
    for function in system.functions:
        if function not in mentioned and len(system.functions) > 1:
            kept = [i for i, (f, _) in enumerate(system.cells) if f is not function]
            yield replace(
                system,
                functions=tuple(f for f in system.functions if f is not function),
                initial=tuple(
                    dict.fromkeys(tuple(state[i] for i in kept) for state in system.initial)
                ),
            )
    for table in system.tables:
        if table not in mentioned:
            yield replace(system, tables=tuple(t for t in system.tables if t is not table))
    for definition in system.definitions:
        if definition not in mentioned:
            rest = tuple(d for d in system.definitions if d is not definition)
            yield replace(system, definitions=rest)


def every_expression(system: System) -> Iterator[Expr]:
    """The roots of all expressions of a system."""
    for action in system.actions:
        yield action.guard
        if action.claim is not None:
            yield action.claim
        for update in action.updates:
            yield from (update.value, update.where, *update.arguments)
    for prop in system.properties:
        yield from (prop.p, prop.q, TRUE if prop.witness is None else prop.witness)
    yield from (bound.reached for bound in system.bounds)
    yield from (definition.body for definition in system.definitions)


def _simpler_action(action: Action) -> Iterator[Action]:
    if len(action.updates) > 1:
        for updates in _without_one(action.updates):
            yield replace(action, updates=updates)
    if action.fairness != "none":
        yield replace(action, fairness="none")
    if action.fairness == "strong":
        yield replace(action, fairness="weak")
    roots = [action.guard]
    for update in action.updates:
        roots += [update.value, update.where, *update.arguments]
    used = frozenset[str]().union(*(root.free for root in roots))
    for parameter in action.parameters:
        if parameter.payload not in used:
            kept = tuple(p for p in action.parameters if p is not parameter)
            yield replace(action, parameters=kept)
    for guard in _simpler(action.guard):
        yield replace(action, guard=guard)
    for index, update in enumerate(action.updates):
        for less in _simpler_update(update):
            updates = (*action.updates[:index], less, *action.updates[index + 1 :])
            yield replace(action, updates=updates)


def _simpler_update(update: Update) -> Iterator[Update]:
    for where in _simpler(update.where):
        yield replace(update, where=where)
    for value in _simpler(update.value):
        yield replace(update, value=value)


def _simpler_property(prop: Property) -> Iterator[Property]:
    if prop.witness is not None:
        yield replace(prop, witness=None)
        for witness in _simpler(prop.witness):
            yield replace(prop, witness=witness)
    for p in _simpler(prop.p):
        yield replace(prop, p=p)
    if prop.kind == "leads to":
        for q in _simpler(prop.q):
            yield replace(prop, q=q)
    elif prop.q is not TRUE:
        yield replace(prop, q=TRUE)


def _simpler(expr: Expr) -> Iterator[Expr]:
    """The expression with one of its nodes replaced by a constant or by something below it."""
    for node in sorted(walk(expr), key=lambda n: -sum(1 for _ in walk(n))):
        if node.op == "const":
            continue
        constants = [FALSE, TRUE] if isinstance(node.type, BoolType) else []
        if isinstance(node.type, IntType | EnumType):
            constants = [literal(node.type, node.type.lo)]
        if isinstance(node.type, ElementType) and node.type.optional:
            constants = [literal(node.type, -1)]
        below = [n for arg in node.args for n in (arg, *arg.args)]
        if node.op in ("and", "or") and len(node.args) > 2:
            below = [make(node.op, node.type, rest) for rest in _without_one(node.args)] + below
        for other in (*constants, *below):
            fits = _inside(other.type, node.type) and other.free <= node.free
            if fits and other is not node:
                yield rebuilt(expr, {node: other})


def _inside(given: Type, wanted: Type) -> bool:
    """Whether every value of one type is a value of the other."""
    if isinstance(given, ElementType) and isinstance(wanted, ElementType):
        return given.sort == wanted.sort and (wanted.optional or not given.optional)
    if isinstance(given, IntType) and isinstance(wanted, IntType):
        return wanted.lo <= given.lo and given.hi <= wanted.hi
    return given == wanted


def rebuilt(
    expr: Expr, nodes: Replacements, symbols: Mapping[object, object] | None = None
) -> Expr:
    """The expression with nodes and symbols replaced. Types stay as wide as they were."""
    symbols = symbols or {}
    known: dict[Expr, Expr] = dict(nodes)

    def visit(node: Expr) -> Expr:
        if node not in known:
            args = tuple(visit(arg) for arg in node.args)
            payload = node.payload
            if node.op in ("apply", "get"):
                payload = symbols.get(payload, payload)
            known[node] = make(node.op, node.type, args, payload)
        return known[node]

    return visit(expr)


def _defined(system: System, old: Definition, body: Expr) -> System:
    """The system with another body of a definition."""
    symbols: dict[object, object] = {}
    definitions: list[Definition] = []
    for definition in system.definitions:
        inner = body if definition is old else rebuilt(definition.body, {}, symbols)
        definitions.append(replace(definition, body=inner))
        symbols[definition] = definitions[-1]

    def over(expr: Expr) -> Expr:
        return rebuilt(expr, {}, symbols)

    return replace(
        system,
        definitions=tuple(definitions),
        actions=tuple(
            replace(
                action,
                guard=over(action.guard),
                updates=tuple(
                    replace(update, value=over(update.value), where=over(update.where))
                    for update in action.updates
                ),
            )
            for action in system.actions
        ),
        properties=tuple(
            replace(
                prop,
                p=over(prop.p),
                q=over(prop.q),
                witness=None if prop.witness is None else over(prop.witness),
            )
            for prop in system.properties
        ),
        bounds=tuple(replace(bound, reached=over(bound.reached)) for bound in system.bounds),
    )
