"""Partial order: a step that commutes with all others, and that no property sees, goes first.

Of the orders of independent steps one is enough. An action A is taken before everything else in
every state that enables it, if
- no property, witness or bound reads what A writes;
- every other action is independent of A (neither writes what the other reads or writes), or is
  locked: disabled by a closed condition that A's guard implies, and that only A and locked actions
  can change;
- A alone cannot go on for ever: each step of A gives one more cell of a function a value that A
  never takes from it.
Then the steps of A that a state enables are an ample set (Peled, 1993). Until one of them is taken
only independent actions can be: those change nothing for any choice of A's parameters, and A
changes nothing for them, so A may as well go first. A run to any state thus becomes a run, perhaps
longer, to a state that looks the same, with the same steps and perhaps more. Since A-steps alone
come to an end, no step is put off for ever.

Several such actions are taken one after the other if they are independent of each other.

It is applied for safety only: under fairness, runs that differ in the order of steps only may
differ in which actions are enabled for ever. Traces can be longer than the shortest.

Omits: independence that depends on values or on the choice of parameters; sets of several actions
that are taken first together (see docs/adr/0009-few-steps-commute.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from checker.reduce.contract import Reduced
from checker.reduce.lasso import Move, follow
from checker.reduce.rewrite import Rewriter
from model.ir.check import reads
from model.ir.expr import Expr, conj, make, negate
from model.ir.interpret import Step
from model.ir.system import Action, Property, StateFunction, System
from model.ir.trace import Trace
from model.ir.types import BOOL, ElementType


def order(system: System, properties: Sequence[Property]) -> Reduced | None:
    """The system in which some actions go first; None if there are none, or for liveness."""
    if not all(prop.is_safety for prop in properties):
        return None
    seen = reads(
        *(e for p in properties for e in (p.p, p.witness) if e is not None),
        *(bound.reached for bound in system.bounds),
    )
    first: list[Action] = []
    for action in system.actions:
        if (
            not writes(action) & seen
            and goes_first(system, action)
            and all(independent(action, other) for other in first)
        ):
            first.append(action)
    waits: dict[Action, Expr] = {}
    for action in system.actions:
        before = first[: first.index(action)] if action in first else first
        waits[action] = conj(*(negate(enabled(a)) for a in before), action.guard)
    if all(guard is action.guard for action, guard in waits.items()):
        return None
    actions = {replace(action, guard=guard): action for action, guard in waits.items()}
    smaller = replace(
        system, actions=tuple(actions), properties=tuple(properties), family=lambda: None
    )

    def move(step: Step) -> Move:
        return lambda _: Step(actions[step.action], step.arguments)

    def lift(trace: Trace) -> Trace:
        return follow(system, trace.states[0], [move(step) for step in trace.steps])

    names = ", ".join(map(repr, first))
    return Reduced(smaller, lift, (f"partial order: {names} first",), shortest=False)


def goes_first(system: System, action: Action) -> bool:
    """Whether every other action is independent of an action or locked by it, and the action
    alone comes to an end; and some action is neither locked nor the action itself."""
    if not comes_to_an_end(action):
        return False
    others = [other for other in system.actions if other is not action]
    dependent = [other for other in others if not independent(action, other)]
    return len(dependent) < len(others) and all(
        other in locked(system, action) for other in dependent
    )


def independent(one: Action, other: Action) -> bool:
    """Whether neither writes what the other reads or writes."""
    mine, theirs = writes(one), writes(other)
    return not (mine & (theirs | needs(other)) or theirs & needs(one))


def locked(system: System, action: Action) -> set[Action]:
    """The actions that stay disabled from a state that enables `action` until it is taken."""
    found = set[Action]()
    for key in closed(action):
        shut = {a for a in system.actions if any(excludes(key, c) for c in closed(a))}
        used = reads(key)
        if all(a in shut or a is action or not writes(a) & used for a in system.actions):
            found |= shut - {action}
    return found


def comes_to_an_end(action: Action) -> bool:
    """Whether each step gives another cell of some function the one value it ever gives it."""
    from checker.explicit.stages import changes

    guard = conjuncts(action.guard)
    for update in action.updates:
        same = [u for u in action.updates if u.function is update.function]
        if update.value.op == "const" and changes(update, guard):
            return all(u.value is update.value for u in same)
    return False


def enabled(action: Action) -> Expr:
    """Whether some choice of parameters satisfies the guard."""
    env = {str(p.payload): make("var", p.type, (), f"{p.payload}#first") for p in action.parameters}
    result = Rewriter().rewrite(action.guard, env)
    for name, parameter in zip(env, action.parameters, strict=True):
        assert isinstance(parameter.type, ElementType)
        result = make("exists", BOOL, (result,), (f"{name}#first", parameter.type.sort))
    return result


def excludes(one: Expr, other: Expr) -> bool:
    """Whether two conditions cannot hold at once, as far as their form shows."""
    if one is negate(other):
        return True
    if one.op != "eq" or other.op != "eq":
        return False
    left, right = one.args, other.args
    return any(
        left[i] is right[j]
        and left[1 - i].op == right[1 - j].op == "const"
        and left[1 - i].payload != right[1 - j].payload
        for i in (0, 1)
        for j in (0, 1)
    )


def closed(action: Action) -> Iterator[Expr]:
    """The conjuncts of the guard that do not depend on parameters."""
    return (part for part in conjuncts(action.guard) if not part.free)


def conjuncts(guard: Expr) -> tuple[Expr, ...]:
    return guard.args if guard.op == "and" else (guard,)


def writes(action: Action) -> frozenset[StateFunction]:
    return frozenset(update.function for update in action.updates)


def needs(action: Action) -> frozenset[StateFunction]:
    """The functions that decide whether an action is enabled and what it writes."""
    return reads(action.guard, *(e for u in action.updates for e in (u.where, u.value)))
