"""From a trace to what a person has to read: who did what, what changed, and which line it is.

Omits: which of the steps the violation depends on, and why; `minimise` has left out before what it
does not need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from counterexamples.replay import confirm
from model.instance import Instance
from model.ir.interpret import Step
from model.ir.system import Property, State, System
from model.ir.trace import Trace
from model.ir.types import NONE, BoolType, ElementType, IntType, Type
from model.scenario import Source

#: A value as JSON has it: elements and enum values by name, the element none as null.
Plain = bool | int | str | None


class Change(NamedTuple):
    """One visible value that a step changed: "Pod/web-1.spec.nodeName" from None to "node-1"."""

    label: str
    old: Plain
    new: Plain


@dataclass(frozen=True)
class Move:
    """A step in words. `index` counts from 1."""

    index: int
    actor: str
    action: str
    text: str
    parameters: Mapping[str, str]
    changes: tuple[Change, ...]
    why: str


class Place(NamedTuple):
    """A field of the user's manifests that matters: its path and where it is written."""

    path: str
    source: Source


#: Places that a counterexample shows at most: more would point nowhere.
MOST_PLACES = 3


@dataclass(frozen=True)
class Counterexample:
    """A confirmed trace in words.

    `loop` is how many moves come before those that repeat for ever: `len(moves)` if nothing
    happens after the last one, None if the run just ends there. `remarks` are sentences about
    the last state, `places` the fields to look at, most telling first. `configuration` has the
    values of what the Check leaves open.
    """

    moves: tuple[Move, ...]
    loop: int | None
    remarks: tuple[str, ...]
    places: tuple[Place, ...]
    configuration: Mapping[str, int | str] = field(default_factory=dict)


def explain(instance: Instance, prop: Property, trace: Trace) -> Counterexample:
    """The trace of a property of an instance in words. Raises Rejected if it is not one."""
    run = confirm(instance.system, prop, trace)
    moves = tuple(
        _move(instance.system, number, step, run.states[number - 1], run.states[number])
        for number, step in enumerate(run.steps, start=1)
    )
    remarks = instance.remarks(run.states[-1], prop.name)
    blamed = [
        path
        for remark in remarks
        for pattern in remark.fields
        for path in instance.written(pattern, remark.text)
    ]
    return Counterexample(
        moves,
        run.loop,
        tuple(dict.fromkeys(remark.text for remark in remarks)),
        _places(instance, [*blamed, *_concerns(instance, prop)])[:MOST_PLACES],
        instance.configuration(run.states[0]),
    )


def concerns(instance: Instance, prop: Property) -> tuple[Place, ...]:
    """The fields that matter to a property whatever happens, most telling first."""
    return _places(instance, _concerns(instance, prop))


def _concerns(instance: Instance, prop: Property) -> list[str]:
    patterns = instance.concerns.get(prop.name, ())
    return [path for pattern in patterns for path in instance.written(pattern)]


def _places(instance: Instance, paths: Sequence[str]) -> tuple[Place, ...]:
    """The places of those paths that are written anywhere, but for what surrounds an earlier
    one: `spec.strategy` adds nothing to `spec.strategy.type`."""
    fields = instance.fields
    found: dict[str, Place] = {}
    for path in paths:
        inside = any(earlier.startswith((f"{path}.", f"{path}[")) for earlier in found)
        if path in fields and not inside:
            found.setdefault(path, Place(path, fields[path]))
    lines = {(place.source.file, place.source.line): place for place in reversed(found.values())}
    return tuple(place for place in found.values() if place in lines.values())


def _move(system: System, index: int, step: Step, before: State, after: State) -> Move:
    names = {
        str(p.payload): sort.elements[value]
        for p, sort, value in zip(
            step.action.parameters, step.action.sorts, step.arguments, strict=True
        )
    }
    action = step.action
    why = action.why.format_map(names)
    changes = _changes(system, before, after)
    return Move(index, action.actor, action.name, str(step), names, changes, why)


def _changes(system: System, before: State, after: State) -> tuple[Change, ...]:
    """The labelled values that differ, in the order of the state."""
    found = []
    for (function, arguments), old, new in zip(system.cells, before, after, strict=True):
        if old == new or not function.label:
            continue
        elements = (
            sort.elements[value] for sort, value in zip(function.domain, arguments, strict=True)
        )
        label = function.label.format(*elements)
        found.append(Change(label, plain(function.type, old), plain(function.type, new)))
    return tuple(found)


def plain(type: Type, value: int) -> Plain:
    """A value of a type as JSON has it."""
    if isinstance(type, BoolType):
        return bool(value)
    if isinstance(type, IntType):
        return value
    if isinstance(type, ElementType) and value == NONE:
        return None
    return type.show(value)
