"""Cone of influence: the state functions that some properties can see, and what writes them.

A function is kept if a property (p, q or the witness) reads it, or if the guard, or the update of
a kept function, of an action that writes a kept function reads it. Actions that write nothing kept
are dropped, of the others the updates of what is not kept; with them go the tables and definitions
that nothing mentions any more, which may make more elements interchangeable.

Safety: the guard and the kept updates of a kept action read kept functions only. So what is left of
a state decides which kept actions change it and how; every other step leaves it as it is. The
reachable states of the smaller system are what is left of the reachable states.

Liveness: fair runs must correspond, too. A fair action that is kept has to be enabled, and to be
taken, where it is in the smaller system: a step of it that changes only what is not kept would be
none there. So either the guard implies that a kept function changes, or all that it writes is kept.
Then
- what is left of a fair run is a fair run: kept actions are enabled in the same places and taken
  by the same steps; if only dropped steps are taken from some point on, no kept fair action is
  enabled there, and the smaller system may rest;
- a fair run of the smaller system is what is left of a fair run: its steps are possible whatever
  the dropped functions are, so between two of them fair dropped actions can have their turns, the
  one that waited longest first. Lifting a lasso does just that. A dropped action that waits for
  others (`Action.claim`) has its turn as well if what it waits for comes to an end, as that of the
  model does: only quick steps are waited for.

Bounds: one that reads a kept function is about steps of the cone; all that it reads is kept. One
that reads none cannot have blocked a kept action, by the convention that a bound reads what the
guard of the blocked step reads; it is dropped. So a run that stays where such a bound is reached
violates what it violates: what the bound leaves out changes nothing that the property sees.

Omits: values that a function never takes; cells of a function that are not read. Range obligations
of dropped updates are not checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from checker.reduce.contract import Reduced
from checker.reduce.lasso import Move, follow, lift_lasso
from model.ir.check import reads, walk
from model.ir.expr import TRUE, Expr
from model.ir.interpret import Step
from model.ir.system import Action, Definition, Property, State, StateFunction, System, Table
from model.ir.trace import Trace

#: The part of the cells that a cone may have to be searched on its own.
WORTH = 0.75


def cone(system: System, properties: Sequence[Property]) -> Reduced | None:
    """The system without what these properties cannot see; None if they see all, or none, of it."""
    kept = influence(system, properties)
    if not kept:
        return None
    actions = {
        _part(action, kept): action
        for action in system.actions
        if any(update.function in kept for update in action.updates)
    }
    bounds = tuple(bound for bound in system.bounds if reads(bound.reached) <= kept)
    used = _mentioned(actions, [*_expressions(properties), *(bound.reached for bound in bounds)])
    smaller = replace(
        system,
        functions=tuple(f for f in system.functions if f in kept),
        initial=tuple(dict.fromkeys(_project(system, kept, s) for s in system.initial)),
        actions=tuple(actions),
        properties=tuple(properties),
        bounds=bounds,
        definitions=tuple(d for d in system.definitions if d in used),
        tables=tuple(t for t in system.tables if t in used),
        family=lambda: None,
    )
    if smaller.functions == system.functions and len(actions) == len(system.actions):
        return None

    def lift(trace: Trace) -> Trace:
        start = next(s for s in system.initial if _project(system, kept, s) == trace.states[0])
        moves = [_always(Step(actions[step.action], step.arguments)) for step in trace.steps]
        if trace.loop is None:
            return follow(system, start, moves)
        dropped = [a for a in system.actions if a not in actions.values()]
        return lift_lasso(system, dropped, start, moves, trace.loop)

    says = (
        f"cone of influence: {len(smaller.functions)} of {len(system.functions)} state functions,"
        f" {len(smaller.actions)} of {len(system.actions)} actions"
    )
    # What was left out may have been all that a step of these changes.
    unsure = frozenset(repr(part) for part, action in actions.items() if part is not action)
    return Reduced(smaller, lift, (says,), unsure=unsure)


def _always(step: Step) -> Move:
    return lambda _: step


def influence(system: System, properties: Sequence[Property]) -> frozenset[StateFunction]:
    """The state functions in the cone of some properties."""
    kept = set(reads(*_expressions(properties)))
    fair = any(not prop.is_safety for prop in properties)
    everything = frozenset(system.functions)
    while kept < everything:
        more = set[StateFunction]()
        for action in system.actions:
            more |= _needs(action, kept, fair)
        for bound in system.bounds:
            seen = reads(bound.reached)
            if seen & kept:
                more |= seen
        if more <= kept:
            break
        kept |= more
    return frozenset(kept)


def groups(system: System, properties: Sequence[Property]) -> list[list[Property]]:
    """The properties in groups that are worth a search each: equal cones together, and with them
    all whose cone has more than `WORTH` of the cells of the cone of all."""
    everything = influence(system, properties)
    found: dict[frozenset[StateFunction], list[Property]] = {}
    for prop in properties:
        kept = influence(system, [prop])
        small = _cells(kept) <= WORTH * _cells(everything)
        found.setdefault(kept if small else everything, []).append(prop)
    return list(found.values())


def _cells(functions: Iterable[StateFunction]) -> int:
    return sum(function.size for function in functions)


def _needs(action: Action, kept: set[StateFunction], fair: bool) -> frozenset[StateFunction]:
    """What an action that writes a kept function makes one keep, too."""
    updates = [update for update in action.updates if update.function in kept]
    if not updates:
        return frozenset()
    found = reads(action.guard, *(e for u in updates for e in (u.where, u.value)))
    if fair and action.claim is not None:
        found |= reads(action.claim)
    if fair and action.fairness != "none":
        from checker.explicit.stages import changes

        when = action.guard if action.claim is None else action.claim
        guard = when.args if when.op == "and" else (when,)
        if not any(changes(update, guard) for update in updates):
            found |= {update.function for update in action.updates}
    return found


def _part(action: Action, kept: frozenset[StateFunction]) -> Action:
    updates = tuple(update for update in action.updates if update.function in kept)
    return action if len(updates) == len(action.updates) else replace(action, updates=updates)


def _project(system: System, kept: frozenset[StateFunction], state: State) -> State:
    return tuple(value for (f, _), value in zip(system.cells, state, strict=True) if f in kept)


def _expressions(properties: Iterable[Property]) -> list[Expr]:
    return [
        expr
        for prop in properties
        for expr in (prop.p, prop.q, TRUE if prop.witness is None else prop.witness)
    ]


def _mentioned(actions: Iterable[Action], roots: Iterable[Expr]) -> set[Table | Definition]:
    """The tables and definitions that actions and expressions use."""
    todo = list(roots)
    for action in actions:
        todo += [action.guard] if action.claim is None else [action.guard, action.claim]
        todo += [e for update in action.updates for e in (update.where, update.value)]
    found = set[Table | Definition]()
    while todo:
        for node in walk(todo.pop()):
            symbol = node.payload
            if isinstance(symbol, Table | Definition) and symbol not in found:
                found.add(symbol)
                if isinstance(symbol, Definition):
                    todo.append(symbol.body)
    return found
