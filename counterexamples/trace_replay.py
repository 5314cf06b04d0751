"""A recorded trace against a model: is it still a run of it, and does it still violate?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from counterexamples.replay import confirm
from counterexamples.trace import changed, truth
from counterexamples.trace_file import RecordedStep, RecordedTrace
from model.ir.interpret import Step, successor
from model.ir.system import Property, State, System
from model.ir.trace import Rejected, Trace
from model.ir.types import NONE, BoolType, ElementType, EnumType, Type

#: Values that a refusal names at most.
_MOST_NAMED = 3


class Refused(Exception):
    """A model does not allow a recorded trace; the message begins with the first step at fault."""


def retrace(system: System, prop: Property, recorded: RecordedTrace) -> Trace:
    """The recorded run as the interpreter takes it. Raises Refused where it begins elsewhere, a
    step is not enabled or does something else, or it says nothing about the property."""
    states, steps = [_start(system, recorded.initial)], []
    for number, each in enumerate(recorded.steps, start=1):
        where = f"step {number} ({each.actor}: {each.action}): "
        step = _step(system, each, where)
        after = successor(system, states[-1], step)
        if after is None:
            raise Refused(f"{where}it cannot be taken here any more")
        _compare(system, states[-1], after, each, where)
        steps.append(step)
        states.append(after)
    if recorded.loop is not None and states[recorded.loop] != states[-1]:
        raise Refused(f"after step {len(steps)}: the loop does not close")
    trace = Trace(tuple(states), tuple(steps), recorded.loop)
    found = truth(system, prop, trace)
    if found != recorded.truth:
        raise Refused(_first_difference(found, recorded.truth))
    try:
        return confirm(system, prop, trace)
    except Rejected as rejected:
        raise Refused(f"after step {len(steps)}: {rejected}") from None


def _start(system: System, given: Mapping[str, Any]) -> State:
    """The initial state of these values."""
    state: list[int] = []
    names = {function.name for function in system.functions}
    for name in given:
        if name not in names:
            raise Refused(f"the initial state: the model has no `{name}`")
    for function in system.functions:
        for elements in product(*(sort.elements for sort in function.domain)):
            value: Any = given.get(function.name)
            for element in elements:
                value = value.get(element) if isinstance(value, dict) else None
            found = _value(function.type, value)
            if found is None:
                label = ", ".join((function.name, *elements))
                raise Refused(f"the initial state: it gives no value to {label} of the model")
            state.append(found)
    start = tuple(state)
    if values_differ := _differences(system, start):
        raise Refused(f"the initial state: {'; '.join(values_differ)}")
    return start


def _differences(system: System, start: State) -> list[str]:
    """How a state differs from the initial state that is most like it; nothing if it is one."""
    if start in system.initial:
        return []
    nearest = min(
        system.initial,
        key=lambda state: sum(a != b for a, b in zip(state, start, strict=True)),
    )
    found = []
    for (function, arguments), now, was in zip(system.cells, nearest, start, strict=True):
        if now != was:
            names = [s.elements[v] for s, v in zip(function.domain, arguments, strict=True)]
            name = f"{function.name} of {', '.join(names)}" if names else function.name
            found.append(f"{name} is {function.type.show(now)}, was {function.type.show(was)}")
    more = len(found) - _MOST_NAMED
    return [*found[:_MOST_NAMED], f"and {more} more"] if more > 0 else found


def _value(type: Type, given: object) -> int | None:
    """The integer that stands for a value as JSON has it; None if it is no value of the type."""
    found: int | None = None
    if isinstance(type, BoolType):
        found = int(given) if isinstance(given, bool) else None
    elif isinstance(type, ElementType):
        if given is None:
            found = NONE if type.optional else None
        elif given in type.sort.elements:
            found = type.sort.elements.index(str(given))
    elif isinstance(type, EnumType):
        found = type.values.index(str(given)) if given in type.values else None
    elif isinstance(given, int) and not isinstance(given, bool) and type.lo <= given <= type.hi:
        found = given
    return found


def _step(system: System, recorded: RecordedStep, where: str) -> Step:
    try:
        action = system.action(recorded.actor, recorded.action)
    except KeyError:
        raise Refused(f"{where}the model has no such action") from None
    names = [str(parameter.payload) for parameter in action.parameters]
    if sorted(names) != sorted(recorded.params):
        raise Refused(f"{where}the action has the parameters {', '.join(names) or 'none'}")
    arguments = []
    for name, sort in zip(names, action.sorts, strict=True):
        element = recorded.params[name]
        if element not in sort.elements:
            raise Refused(f"{where}the model has no {sort.name} {element}")
        arguments.append(sort.elements.index(element))
    return Step(action, tuple(arguments))


def _compare(
    system: System, before: State, after: State, recorded: RecordedStep, where: str
) -> None:
    """Refuse a step that changes something else than it did."""
    found = {
        (c["object"], c["field"]): (c["old"], c["new"]) for c in changed(system, before, after)
    }
    given = {(target, field): (old, new) for target, field, old, new in recorded.changes}
    for key in dict.fromkeys((*found, *given)):
        if key not in found or key not in given or not _same(found[key], given[key]):
            name = ".".join(str(part) for part in key if part)
            now = "{} → {}".format(*found[key]) if key in found else "unchanged"
            was = "{} → {}".format(*given[key]) if key in given else "unchanged"
            raise Refused(f"{where}it does something else: {name} is {now}, was {was}")


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether values are equal as JSON has them, in which true is not 1."""
    return one == other and [type(value) for value in one] == [type(value) for value in other]


def _first_difference(found: Mapping[str, list[bool]], given: Mapping[str, list[bool]]) -> str:
    """The first state about which two evaluations of a property disagree, in words."""
    if found.keys() != given.keys():
        return f"the property is evaluated by {', '.join(found)}, was by {', '.join(given)}"
    differ = [
        (place, name, was)
        for name, values in given.items()
        for place, (now, was) in enumerate(zip(found[name], values, strict=True))
        if now != was
    ]
    place, name, was = min(differ)
    where = f"after step {place}" if place else "at the start"
    words = ("false", "true")
    return f"{where}: {name} of the property is {words[not was]}, was {words[was]}"
