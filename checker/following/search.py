"""What a recording does not show of one part of a model, found by search.

After every write the visible cells are known; the hidden ones of a part (what a cache holds, what
is left of a sync) are not. A run is searched for depth first: a write that is a step of the part
has to be one of its actions, with just what was written; of other writes only the effect counts;
silent steps come in between, as many as it takes.

Silent steps are only taken directly before a write with which they do not commute. Any run can be
put into that order, by taking silent steps later as long as the outcome is the same, so none is
missed; and a stall, say, is tried only where what the cache holds differs from then on.

Whoever follows an epoch (another system, since what the model holds for constant has changed) may
not have seen that yet: it goes on in the system that it knows, until it does.

What is seen again, the same hidden cells before the same write, is not searched again. So where no
run is found there is none, unless `most` places were looked at: then the answer is open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import NamedTuple

from checker.following.parts import Part
from checker.following.scalar import Kept, Moved, Scalar
from model.ir.check import reads
from model.ir.expr import TRUE
from model.ir.interpret import Step
from model.ir.system import Action, StateFunction, System

Cells = tuple[int, ...]

#: Of how many places, those that were asked for last, it is kept what is known.
_RECENT = 2_048


@dataclass(frozen=True)
class Moment:
    """A write, as the visible cells of a system tell it."""

    #: The visible cells before it, and those that it changes.
    before: Cells
    changed: Mapping[int, int]
    #: Who wrote, as the model calls it.
    actor: str
    #: What is known of the parameters of the step, by name.
    about: Mapping[str, int]
    #: The system that is in force, by its number.
    epoch: int = 0
    #: Whether it is taken as it is, whatever the model says.
    given: bool = False
    #: How the names of the actions begin that it may be; "" for any.
    named: str = ""
    #: Whether what is hidden may begin anew after it: nothing is under way then.
    anew: bool = False

    @property
    def after(self) -> Cells:
        """The visible cells after it."""
        return tuple(self.changed.get(cell, value) for cell, value in enumerate(self.before))


@dataclass(frozen=True)
class Option:
    """A step that was possible, and what it would have written."""

    step: Step
    wrote: Mapping[int, int]


class Machine:
    """A part of a system, compiled."""

    def __init__(
        self,
        system: System,
        part: Part,
        visible: Collection[StateFunction],
        budgets: Collection[StateFunction],
    ) -> None:
        hidden = set(part.hidden)
        frozen = [f for f in system.functions if f not in hidden and f not in visible]
        self.part, self.system = part, system
        self.scalar = Scalar(system, part.hidden, frozen, system.initial[0])
        known = frozenset(visible)
        apart = [_apart(action, hidden, known) for action in part.others]
        moved = self.scalar.compile([*part.shown, *part.silent, *apart])
        shown, silent = len(part.shown), len(part.silent)
        self.shown = moved[:shown]
        #: With all the arguments that each may have.
        self.silent = [
            (each, tuple(choices(each.action, {}))) for each in moved[shown : shown + silent]
        ]
        #: What others' actions do to it, with those actions whole.
        self.others = list(zip(moved[shown + silent :], part.others, strict=True))
        start = system.initial[0]
        #: Cells that count what is left of a budget, with the whole of it.
        self.budgets = [
            (self.scalar.offset(f) + i, start[system.offsets[f] + i])
            for f in budgets
            if f in hidden
            for i in range(f.size)
        ]
        self.first = tuple(start[system.offsets[f] + i] for f in part.hidden for i in range(f.size))
        self.actors = frozenset(each.action.actor for each in self.shown)

    def after(self, hidden: Cells, writes: Mapping[int, int]) -> Cells:
        """The hidden cells after a step, every budget whole again."""
        if not writes:
            return hidden
        cells = list(hidden)
        for cell, value in writes.items():
            cells[cell] = value
        for cell, value in self.budgets:
            cells[cell] = value
        return tuple(cells)


class Place(NamedTuple):
    """Where a search may be: before which write, in which system whoever is followed acts, and the
    hidden cells."""

    moment: int
    epoch: int
    hidden: Cells


@dataclass
class _Known:
    """What is known of a place: values of both visible and hidden cells, the silent steps from
    there, and the places after the write."""

    found: Kept = field(default_factory=dict)
    silent: list[tuple[Moved, Cells, Cells]] | None = None
    wrote: list[Place] | None = None


@dataclass
class Search:
    """The search for one part, through systems that follow one another."""

    machines: Sequence[Machine]
    moments: Sequence[Moment]
    #: The hidden cells where nothing is under way, given the visible ones.
    begin: Callable[[Machine, Cells], Cells]
    #: Places that are looked at, at most.
    most: int = 200_000
    #: The furthest places, and before which write those are.
    furthest: int = 0
    reached: set[Place] = field(default_factory=set)
    #: How many places were looked at; more than `most` if the answer is open.
    looked: int = 0
    _kept: dict[tuple[int, int], Kept] = field(default_factory=dict)
    _known: dict[Place, _Known] = field(default_factory=dict)

    def run(self) -> bool:
        """Whether there is a run that begins with nothing under way."""
        epoch = self.moments[0].epoch
        start = Place(0, epoch, self.begin(self.machines[epoch], self.moments[0].before))
        self.furthest, self.reached, self.looked = 0, {start}, 1
        seen = {start}
        stack = [self._next(start)]
        while stack:
            found = next(stack[-1], None)
            if found is None:
                stack.pop()
                continue
            if found in seen:
                continue
            seen.add(found)
            self.looked += 1
            if found.moment == len(self.moments):
                self.furthest = found.moment
                return True
            if found.moment > self.furthest:
                self.furthest, self.reached = found.moment, set()
            if found.moment == self.furthest:
                self.reached.add(found)
            if self.looked > self.most:
                return False
            stack.append(self._next(found))
        return False

    def options(self) -> list[Option]:
        """The visible steps of this part's actors that were possible at the furthest places."""
        found: dict[tuple[object, ...], Option] = {}
        moment = self.moments[self.furthest]
        for reached in self.reached:
            for place in self._sees(reached):
                for here in [place, *(p for p, _ in self._closure(place))]:
                    for option in self._enabled(here):
                        if option.step.action.actor == moment.actor:
                            key = (option.step, *sorted(option.wrote.items()))
                            found.setdefault(key, option)
        return list(found.values())

    # -- places ----------------------------------------------------------------------------------
    def _next(self, place: Place) -> Iterator[Place]:
        """The places after the write, first without silent steps before it, and in the system that
        is known already."""
        for here in self._sees(place):
            for after in self._wrote(here):
                yield after
            for there, via in self._closure(here):
                for after in self._wrote(there):
                    if not self._commutes(via, after):
                        yield after

    def _sees(self, place: Place) -> Iterator[Place]:
        """The same place, in each system that whoever is followed may know of."""
        yield place
        moment, here = self.moments[place.moment], self.machines[place.epoch]
        for epoch in range(place.epoch + 1, moment.epoch + 1):
            there = self.machines[epoch]
            same = [f.name for f in here.part.hidden] == [f.name for f in there.part.hidden]
            hidden = place.hidden if same else self.begin(there, moment.before)
            yield Place(place.moment, epoch, hidden)

    def _closure(self, place: Place) -> Iterator[tuple[Place, tuple[Place, Moved, Cells]]]:
        """What silent steps lead to before a write, with the last of them and where that was."""
        seen, todo = {place.hidden}, [place]
        for here in todo:
            for moved, arguments, hidden in self._silent(here):
                after = here._replace(hidden=hidden)
                if hidden not in seen:
                    seen.add(hidden)
                    todo.append(after)
                yield after, (here, moved, arguments)

    def _commutes(self, via: tuple[Place, Moved, Cells], after: Place) -> bool:
        """Whether the last silent step may as well come after the write."""
        here, moved, arguments = via
        return after.moment < len(self.moments) and any(
            self._taken(other, moved, arguments) == after.hidden for other in self._wrote(here)
        )

    # -- steps -----------------------------------------------------------------------------------
    def _context(self, place: Place) -> tuple[Machine, Cells, Kept, Kept]:
        kept = self._kept.setdefault((place.moment, place.epoch), {})
        found = self._at(place).found
        return self.machines[place.epoch], self.moments[place.moment].before, kept, found

    def _at(self, place: Place) -> _Known:
        known = self._known.get(place)
        if known is None:
            if len(self._known) >= _RECENT:
                self._known.clear()
            known = self._known[place] = _Known()
        return known

    def _taken(self, place: Place, moved: Moved, arguments: Cells) -> Cells | None:
        """The hidden cells after a silent step; None if it is not enabled or changes nothing."""
        machine, before, kept, found = self._context(place)
        if not moved.guard(before, place.hidden, kept, found, *arguments):
            return None
        _, unseen = moved.writes(before, place.hidden, kept, found, *arguments)
        after = machine.after(place.hidden, unseen)
        return None if after == place.hidden else after

    def _silent(self, place: Place) -> list[tuple[Moved, Cells, Cells]]:
        """The silent steps from a place, with the hidden cells after each."""
        known = self._at(place)
        if known.silent is None:
            known.silent = [
                (moved, arguments, after)
                for moved, every in self.machines[place.epoch].silent
                for arguments in every
                for after in [self._taken(place, moved, arguments)]
                if after is not None
            ]
        return known.silent

    def _wrote(self, place: Place) -> list[Place]:
        """The places after a write, for each step that it may be; none if it is none."""
        known = self._at(place)
        if known.wrote is None:
            known.wrote = self._after(place)
        return known.wrote

    def _after(self, place: Place) -> list[Place]:
        machine, before, kept, known = self._context(place)
        moment, hidden = self.moments[place.moment], place.hidden
        if moment.anew:
            epoch = moment.epoch
            begun = self.begin(self.machines[epoch], moment.after)
            kept_up = place._replace(moment=place.moment + 1)
            return [kept_up, Place(place.moment + 1, epoch, begun)]
        found: list[Cells] = []
        if moment.actor in machine.actors and not moment.given:
            for _, seen, unseen in self._steps(place):
                if matches(moment, seen):
                    found.append(machine.after(hidden, unseen))
        else:
            for moved, action in machine.others:
                if action.actor != moment.actor or not action.name.startswith(moment.named):
                    continue
                if not _about(machine, action, moment):
                    continue
                for arguments in choices(action, moment.about):
                    if (
                        not moved.guard(before, hidden, kept, known, *arguments)
                        and not moment.given
                    ):
                        continue
                    seen, unseen = moved.writes(before, hidden, kept, known, *arguments)
                    if any(moment.changed.get(c, before[c]) != value for c, value in seen.items()):
                        continue
                    found.append(machine.after(hidden, unseen))
            found = found or [hidden]
        return [Place(place.moment + 1, place.epoch, each) for each in dict.fromkeys(found)]

    def _steps(self, place: Place) -> Iterator[tuple[Step, dict[int, int], dict[int, int]]]:
        """The enabled steps that may be the write, with what each writes."""
        moment = self.moments[place.moment]
        machine, before, kept, found = self._context(place)
        for moved in machine.shown:
            action = moved.action
            if action.actor != moment.actor or not action.name.startswith(moment.named):
                continue
            for arguments in choices(moved.action, moment.about):
                if moved.guard(before, place.hidden, kept, found, *arguments):
                    seen, unseen = moved.writes(before, place.hidden, kept, found, *arguments)
                    yield Step(moved.action, arguments), seen, unseen

    def _enabled(self, place: Place) -> Iterator[Option]:
        """The enabled visible steps of the write's actor, whatever they are about."""
        moment = self.moments[place.moment]
        machine, before, kept, found = self._context(place)
        for moved in machine.shown:
            if moved.action.actor != moment.actor:
                continue
            for arguments in choices(moved.action, {}):
                if moved.guard(before, place.hidden, kept, found, *arguments):
                    seen, _ = moved.writes(before, place.hidden, kept, found, *arguments)
                    wrote = {c: v for c, v in seen.items() if before[c] != v}
                    if wrote:
                        yield Option(Step(moved.action, arguments), wrote)


def _apart(
    action: Action, hidden: Collection[StateFunction], visible: frozenset[StateFunction]
) -> Action:
    """What an action does to hidden functions, with what of it can be told by visible ones alone:
    the rest of its guard and updates depends on what is hidden elsewhere."""
    updates = tuple(
        u
        for u in action.updates
        if u.function in hidden
        or (u.function in visible and reads(u.where, u.value, *u.arguments) <= visible)
    )
    guard = action.guard if reads(action.guard) <= visible else TRUE
    return replace(action, guard=guard, updates=updates)


def matches(moment: Moment, seen: Mapping[int, int]) -> bool:
    """Whether what a step writes is what was written."""
    before, changed = moment.before, moment.changed
    return all(seen.get(cell) == value for cell, value in changed.items()) and all(
        value == changed.get(cell, before[cell]) for cell, value in seen.items()
    )


def _about(machine: Machine, action: Action, moment: Moment) -> bool:
    """Whether an action writes all the functions that a write changes."""
    places = [
        (machine.scalar.offset(u.function), u.function.size)
        for u in action.updates
        if u.function in machine.scalar.visible
    ]
    return all(any(lo <= cell < lo + size for lo, size in places) for cell in moment.changed)


def choices(action: Action, about: Mapping[str, int]) -> Iterator[Cells]:
    """The arguments that an action may have."""
    names = [str(p.payload) for p in action.parameters]
    return product(
        *(
            (about[name],) if name in about else range(sort.size)
            for name, sort in zip(names, action.sorts, strict=True)
        )
    )
