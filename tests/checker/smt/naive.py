"""Searches that are too simple to be wrong, to compare the engine with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model.ir.expr import Expr
from model.ir.interpret import Step, evaluate, holds, steps
from model.ir.system import Property, State, System
from model.ir.types import ModelError
from tests.checker.explicit.naive import eager, served


def faulty(system: System, depth: int) -> bool:
    """Whether a step goes wrong in a state that is at most `depth` steps away."""
    level, seen = set(system.initial), set(system.initial)
    try:
        for _ in range(depth + 1):
            level = {after for state in level for _, after in steps(system, state)} - seen
            seen |= level
    except ModelError:
        return True
    return False


def shortest(system: System, depth: int) -> dict[Property, int]:
    """Steps to the nearest state where each safety property's question is answered."""
    found: dict[Property, int] = {}
    level, seen = set(system.initial), set(system.initial)
    for distance in range(depth + 1):
        for prop in system.properties:
            for state in level:
                if holds(system, prop.p, state) == (prop.kind == "reachable"):
                    found.setdefault(prop, distance)
        level = {after for state in level for _, after in steps(system, state)} - seen
        seen |= level
    return found


def runs(system: System, depth: int) -> Iterator[tuple[list[State], list[Step]]]:
    """Every run of exactly `depth` steps."""

    def extend(states: list[State], taken: list[Step]) -> Iterator[tuple[list[State], list[Step]]]:
        if len(taken) == depth:
            yield states, taken
            return
        for step, after in steps(system, states[-1]):
            yield from extend([*states, after], [*taken, step])

    for state in system.initial:
        yield from extend([state], [])


def violates(
    system: System, prop: Property, states: list[State], taken: list[Step], loop: int
) -> bool:
    """Whether the infinite run that goes on for ever from `states[loop]` is fair and violates
    a liveness property. `loop == len(taken)` stutters. A run that stays where a bound of the
    model is reached does not count."""
    ring = states[loop:]
    if any(holds(system, bound.reached, state) for bound in system.bounds for state in ring):
        return False
    for action in system.actions:
        if action.fairness == "none":
            continue
        acts = {served(step) for step in taken[loop:] if step.action is action}
        on = [
            {
                served(step)
                for step, _ in steps(eager(system), s)
                if repr(step.action) == repr(action)
            }
            for s in ring
        ]
        if not acts and (all(on) if action.fairness == "weak" else any(on)):
            return False
        if action.fairness == "weak" and set.intersection(*on) - acts:
            return False
    p = [bool(evaluate(system, prop.p, state, {})) for state in states]
    q = [bool(evaluate(system, prop.q, state, {})) for state in states]
    match prop.kind:
        case "eventually":
            return not any(p)
        case "leads to":
            return any(p[i] and not any(q[i:]) and not any(q[loop:]) for i in range(len(states)))
        case "always eventually":
            return not any(p[loop:])
        case "eventually always":
            return not all(p[loop:])
    raise AssertionError(prop.kind)


def lassos(system: System, prop: Property, depth: int) -> bool:
    """Whether some run of exactly `depth` steps ends so that it violates the property."""
    for states, taken in runs(system, depth):
        for loop in range(depth + 1):
            if states[loop] == states[-1] and violates(system, prop, states, taken, loop):
                return True
    return False


def count_runs(system: System, depth: int, most: int) -> int:
    """The number of runs of exactly `depth` steps, or `most` if there are more."""
    return sum(1 for _ in zip(range(most), runs(system, depth), strict=False))


def level(system: System) -> System:
    """The system with one initial state, where the cells of each function are equal.

    Such systems have interchangeable elements; random initial states rarely do.
    """
    first = system.initial[0]
    state = tuple(first[system.offsets[function]] for function, _ in system.cells)
    return replace(system, initial=(state,))


def everywhere(system: System, expr: Expr, most: int) -> bool:
    """Whether all reachable states satisfy an expression (as far as the first `most` tell)."""
    level, seen = set(system.initial), set(system.initial)
    while level and len(seen) < most:
        if not all(holds(system, expr, state) for state in level):
            return False
        level = {after for state in level for _, after in steps(system, state)} - seen
        seen |= level
    return True
