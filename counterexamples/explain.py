"""From a trace to what a person has to read: who did what, what changed, and which line it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from counterexamples.causes import causes
from counterexamples.change import Change, changes
from counterexamples.diagnosis import Diagnosis
from counterexamples.loops import Undone, undone
from counterexamples.replay import confirm
from model.api.source import Source
from model.instance import Belief, Instance
from model.ir.system import Property
from model.ir.trace import Trace

if TYPE_CHECKING:
    from model.plugins.attempt import Attempt
    from model.plugins.placing import Judged


@dataclass(frozen=True)
class Move:
    """A step in words. `index` counts from 1; `needs` are the earlier steps without which this one
    could not be taken, or would do something else."""

    index: int
    actor: str
    action: str
    text: str
    parameters: Mapping[str, str]
    changes: tuple[Change, ...]
    why: str
    needs: tuple[int, ...] = ()
    #: What the actor took for true when it took the step, and was not.
    believed: tuple[Belief, ...] = ()


class Place(NamedTuple):
    """A field of the user's manifests that matters: its path, where it is written, and what it
    comes to, if that is known to be to blame ("25%, which of 3 rounds down to 0")."""

    path: str
    source: Source
    now: str = ""


#: Places that a counterexample shows at most: more would point nowhere.
MOST_PLACES = 3


@dataclass(frozen=True)
class Counterexample:
    """A confirmed trace in words.

    `loop` is how many moves come before those that repeat for ever: `len(moves)` if nothing
    happens after the last one, None if the run just ends there. `remarks` are sentences about
    the last state, `places` the fields to look at, most telling first. `configuration` has the
    values of what the Check leaves open, `placement` says where the pods are at the start, if they
    might be elsewhere. `idle` are the moves that the violation does not need,
    `undone` those of the loop that take back what others did. `attempt` is what kube-scheduler says
    of a pod that no node takes in the last state, if there is one. `diagnosis` is what asking again
    showed; None if nobody asked.
    """

    moves: tuple[Move, ...]
    loop: int | None
    remarks: tuple[str, ...]
    places: tuple[Place, ...]
    configuration: Mapping[str, int | str] = field(default_factory=dict)
    placement: str = ""
    idle: tuple[int, ...] = ()
    undone: tuple[Undone, ...] = ()
    diagnosis: Diagnosis | None = None
    #: The places before anybody asked.
    pointed: tuple[Place, ...] = ()
    attempt: Attempt | None = None
    #: The first binding to a node that does not score best; if there is none, the first of those
    #: that scores have decided; None if none was.
    binding: Judged | None = None

    @property
    def run(self) -> str:
        """What happens, apart from what is said of it: equal for runs that are told once."""
        given = sorted(self.configuration.items())
        return str((self.moves, self.loop, given, self.placement))


def explain(instance: Instance, prop: Property, trace: Trace) -> Counterexample:
    """The trace of a property of an instance in words. Raises Rejected if it is not one."""
    run = confirm(instance.system, prop, trace)
    found = causes(instance.system, prop, run)
    needs = found.steps if found else ((),) * len(run.steps)
    moves = tuple(
        _move(instance, run, number, needed) for number, needed in enumerate(needs, start=1)
    )
    remarks = instance.remarks(run.states[-1], prop.name)
    blamed = [
        path
        for remark in remarks
        for pattern in remark.fields
        for path in instance.written(pattern, remark.text)
    ]
    places = _places(instance, [*blamed, *_concerns(instance, prop)])[:MOST_PLACES]
    return Counterexample(
        moves,
        run.loop,
        tuple(dict.fromkeys(remark.text for remark in remarks)),
        places,
        instance.configuration(run.states[0]),
        instance.placement(run.states[0]),
        found.idle if found else (),
        undone(instance.system, run),
        pointed=places,
        attempt=instance.attempt(run.states[-1]),
        binding=_binding(instance, run),
    )


def _binding(instance: Instance, run: Trace) -> Judged | None:
    """See `Counterexample.binding`."""
    first = None
    for step, before in zip(run.steps, run.states, strict=False):
        if step.action.name != "bind":
            continue
        pod, node = (
            sort.elements[at] for sort, at in zip(step.action.sorts, step.arguments, strict=True)
        )
        found = instance.judged(before, pod, node)
        if found is not None and not found.is_best:
            return found
        if first is None and found is not None and found.told:
            first = found
    return first


def diagnosed(instance: Instance, example: Counterexample, diagnosis: Diagnosis) -> Counterexample:
    """The counterexample with what asking again showed. The places are then those of fields that
    repair it, and of faults that it needs; if there are none, or it is one of many configurations,
    they stay as they are."""
    blamed: dict[str, Place] = {}
    known = [(repair.field, repair.now) for repair in diagnosis.repairs]
    for pattern, now in (*known, *((name, "") for name in diagnosis.fault_fields)):
        for path in instance.written(pattern):
            if path in instance.fields:
                blamed.setdefault(path, Place(path, instance.fields[path], now))
    places = _places(instance, list(blamed))[:MOST_PLACES]
    told = tuple(blamed[place.path] for place in places)
    if example.configuration or not told:
        told = example.places
    return replace(example, places=told, diagnosis=diagnosis)


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


def _move(instance: Instance, run: Trace, index: int, needs: tuple[int, ...]) -> Move:
    step, before, after = run.steps[index - 1], run.states[index - 1], run.states[index]
    action = step.action
    return Move(
        index,
        action.actor,
        action.name,
        str(step),
        step.names,
        tuple(changes(instance.system, before, after)),
        step.why,
        needs,
        instance.beliefs(before, action.actor),
    )
