"""What a recording does not show of one part of a model, found by search.

After every write the visible cells are known; the hidden ones of a part (what a cache holds, what
is left of a sync) are not. A run is searched for depth first: a write that is a step of the part
has to be one of its actions, with just what was written; of other writes only the effect counts;
silent steps come in between, as many as it takes.

What caches hold is told by the version of each (`caches`). A step reads them at versions that are
no older than those that were read before; of those with the same outcome the oldest is kept, as
more can be read later. A first search looks for a run in which no cache lags, which is often there.

Silent steps are only taken directly before a write with which they do not commute. Any run can be
put into that order, by taking silent steps later as long as the outcome is the same, so none is
missed.

Whoever follows an epoch (another system, since what the model holds for constant has changed) may
not have seen that yet: it goes on in the system that it knows, until it does.

What is seen again, the same hidden cells before the same write with caches that are no further
behind, is not searched again. So where no run is found there is none, unless `most` places were
looked at: then the answer is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, product
from typing import NamedTuple

from checker.following.caches import Done, Past
from checker.following.machine import (
    Cells,
    Machine,
    Moment,
    Option,
    choices,
    matches,
    writes_all,
)
from checker.following.scalar import Kept, Moved
from model.ir.interpret import Step

#: Of how many places, those that were asked for last, it is kept what is known.
_RECENT = 2_048

#: The hidden cells after a step, for each that there may be, by the versions that it reads.
Outcomes = Callable[[Cells], Sequence[Cells]]


class Place(NamedTuple):
    """Where a search may be: before which write, in which system whoever is followed acts, the
    hidden cells, and the versions that caches show at least; none if no cache lags."""

    moment: int
    epoch: int
    hidden: Cells
    versions: Cells = ()


#: A silent step: where it is taken, which, and the versions that it reads.
Via = tuple[Place, Moved, Cells, Cells]


@dataclass
class _Known:
    """What is known of a place where caches show some versions: all hidden cells, values of both
    visible and hidden cells, and the hidden cells after the write."""

    hidden: Cells
    found: Kept = field(default_factory=dict)
    wrote: list[Cells] | None = None


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
    #: What each write was as a step.
    _done: dict[int, Done] = field(default_factory=dict)
    #: By system, for each cache that one of them has.
    _pasts: list[list[Past | None]] = field(default_factory=list)

    def run(self) -> bool:
        """Whether there is a run that begins with nothing under way."""
        epoch = self.moments[0].epoch
        start = Place(0, epoch, self.begin(self.machines[epoch], self.moments[0].before))
        if self._run(start):
            return True
        names = sorted({name for machine in self.machines for name in machine.caches})
        if not names:
            return False
        for machine in self.machines:
            caches = [machine.caches.get(name) for name in names]
            self._pasts.append(
                [Past(machine, c, self.moments, self._done) if c else None for c in caches]
            )
        self._known.clear()
        return self._run(start._replace(versions=(0,) * len(names)))

    def _run(self, start: Place) -> bool:
        self.furthest, self.reached, self.looked = 0, {start}, 1
        seen = {start[:3]: [start.versions]}
        stack = [self._next(start)]
        while stack:
            found = next(stack[-1], None)
            if found is None:
                stack.pop()
                continue
            if not _add(seen, found):
                continue
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
                    for versions in dict.fromkeys((self._newest(here), here.versions)):
                        for option in self._enabled(here._replace(versions=versions)):
                            if option.step.action.actor == moment.actor:
                                key = (option.step, *sorted(option.wrote.items()))
                                found.setdefault(key, option)
        return list(found.values())

    # -- places ----------------------------------------------------------------------------------
    def _next(self, place: Place) -> Iterator[Place]:
        """The places after the write, first without silent steps before it, and in the system that
        is known already."""
        for here in self._sees(place):
            yield from self._writes(here)
            for there, via in self._closure(here):
                for after in self._writes(there):
                    if not self._commutes(via, after):
                        yield after

    def _sees(self, place: Place) -> Iterator[Place]:
        """The same place, in each system that whoever is followed may know of."""
        yield place
        moment, here = self.moments[place.moment], self.machines[place.epoch]
        for epoch in range(place.epoch + 1, moment.epoch + 1):
            there = self.machines[epoch]
            begun = self.begin(there, moment.before)
            yield place._replace(epoch=epoch, hidden=there.taken_over(here, place.hidden, begun))

    def _closure(self, place: Place) -> Iterator[tuple[Place, Via]]:
        """What silent steps lead to before a write, with the last of them and where that was."""
        seen, todo = {place[:3]: [place.versions]}, [place]
        for here in todo:
            for moved, every in self.machines[place.epoch].silent:
                for arguments in every:

                    def taken(
                        versions: Cells,
                        here: Place = here,
                        moved: Moved = moved,
                        arguments: Cells = arguments,
                    ) -> list[Cells]:
                        return self._taken(here._replace(versions=versions), moved, arguments)

                    for hidden, versions in self._reading(here, taken):
                        after = here._replace(hidden=hidden, versions=versions)
                        if _add(seen, after):
                            todo.append(after)
                        yield after, (here, moved, arguments, versions)

    def _commutes(self, via: Via, after: Place) -> bool:
        """Whether the last silent step may as well come after the write."""
        here, moved, arguments, versions = via
        if after.moment == len(self.moments) or after.epoch != here.epoch:
            return False
        for hidden in self._wrote(here):
            other = Place(after.moment, here.epoch, hidden, versions)
            if after.hidden in self._taken(other, moved, arguments):
                return True
        return False

    # -- versions --------------------------------------------------------------------------------
    def _newest(self, place: Place) -> Cells:
        return tuple(each[0] for each in self._ranges(place))

    def _ranges(self, place: Place) -> list[list[int]]:
        """What each cache may show, the newest first."""
        if not place.versions:
            return []
        pasts = self._pasts[place.epoch]
        return [
            past.versions(version, place.moment) if past else [version]
            for past, version in zip(pasts, place.versions, strict=True)
        ]

    def _reading(self, place: Place, outcomes: Outcomes) -> Iterator[tuple[Cells, Cells]]:
        """The outcomes of a step from a place, with the oldest versions that it may have read for
        each, as far as others do not come in between: first those of what is newest."""
        if not place.versions:
            for hidden in outcomes(()):
                yield hidden, ()
            return
        ranges = self._ranges(place)
        known: dict[Cells, Sequence[Cells]] = {}

        def at(versions: Cells) -> Sequence[Cells]:
            if versions not in known:
                known[versions] = outcomes(versions)
            return known[versions]

        given: dict[Cells, list[Cells]] = {}
        newest = tuple(each[0] for each in ranges)
        for versions in chain((newest,), (place.versions,), product(*ranges)):
            for hidden in at(versions):
                if any(_covers(old, versions) for old in given.get(hidden, ())):
                    continue
                oldest = place.versions
                if hidden not in at(oldest):
                    oldest = _oldest(ranges, versions, hidden, at)
                given.setdefault(hidden, []).append(oldest)
                yield hidden, oldest

    # -- steps -----------------------------------------------------------------------------------
    def _context(self, place: Place) -> tuple[Machine, Cells, Cells, Kept, Kept]:
        kept = self._kept.setdefault((place.moment, place.epoch), {})
        known = self._at(place)
        before = self.moments[place.moment].before
        return self.machines[place.epoch], before, known.hidden, kept, known.found

    def _at(self, place: Place) -> _Known:
        known = self._known.get(place)
        if known is None:
            if len(self._known) >= _RECENT:
                self._known.clear()
            known = self._known[place] = _Known(self._all(place))
        return known

    def _all(self, place: Place) -> Cells:
        """The hidden cells with what caches hold."""
        if not place.versions:
            return place.hidden
        cells = list(place.hidden)
        for past, version in zip(self._pasts[place.epoch], place.versions, strict=True):
            if past and not past.is_current(version, place.moment):
                held = past.held(version, place.moment)
                for cell, value in zip(past.cache.cells, held, strict=True):
                    cells[cell] = value
        return tuple(cells)

    def _taken(self, place: Place, moved: Moved, arguments: Cells) -> list[Cells]:
        """The hidden cells after a silent step; none if it is not enabled or changes nothing."""
        machine, before, hidden, kept, found = self._context(place)
        if not moved.guard(before, hidden, kept, found, *arguments):
            return []
        _, unseen = moved.writes(before, hidden, kept, found, *arguments)
        after = machine.after(place.hidden, unseen)
        return [] if after == place.hidden else [after]

    def _writes(self, place: Place) -> Iterator[Place]:
        """The places after a write, for each step that it may be; none if it is none."""
        moment, after = self.moments[place.moment], place.moment + 1
        if moment.anew:
            begun = self.begin(self.machines[moment.epoch], moment.after)
            yield place._replace(moment=after)
            yield Place(after, moment.epoch, begun, place.versions)
            return

        def wrote(versions: Cells) -> list[Cells]:
            return self._wrote(place._replace(versions=versions))

        for hidden, versions in self._reading(place, wrote):
            yield Place(after, place.epoch, hidden, versions)

    def _wrote(self, place: Place) -> list[Cells]:
        """The hidden cells after a write where caches show just these versions."""
        known = self._at(place)
        if known.wrote is None:
            moment = self.moments[place.moment]
            its = moment.actor in self.machines[place.epoch].actors and not moment.given
            found = self._its(place) if its else self._others(place)
            known.wrote = list(dict.fromkeys(found))
        return known.wrote

    def _its(self, place: Place) -> Iterator[Cells]:
        moment, machine = self.moments[place.moment], self.machines[place.epoch]
        for step, seen, unseen in self._steps(place):
            if matches(moment, seen):
                self._note(place, step)
                yield machine.after(place.hidden, unseen)

    def _others(self, place: Place) -> list[Cells]:
        moment = self.moments[place.moment]
        machine, before, hidden, kept, known = self._context(place)
        found = []
        for moved, action in machine.others:
            if action.actor != moment.actor or not action.name.startswith(moment.named):
                continue
            if not writes_all(machine, action, moment):
                continue
            for arguments in choices(action, moment.about):
                if not moved.guard(before, hidden, kept, known, *arguments) and not moment.given:
                    continue
                seen, unseen = moved.writes(before, hidden, kept, known, *arguments)
                if any(moment.changed.get(c, before[c]) != value for c, value in seen.items()):
                    continue
                self._note(place, Step(action, arguments))
                found.append(machine.after(place.hidden, unseen))
        return found or [place.hidden]

    def _note(self, place: Place, step: Step) -> None:
        action = step.action
        self._done.setdefault(place.moment, ((action.actor, action.name), step.arguments))

    def _steps(self, place: Place) -> Iterator[tuple[Step, dict[int, int], dict[int, int]]]:
        """The enabled steps that may be the write, with what each writes."""
        moment = self.moments[place.moment]
        machine, before, hidden, kept, found = self._context(place)
        for moved in machine.shown:
            action = moved.action
            if action.actor != moment.actor or not action.name.startswith(moment.named):
                continue
            for arguments in choices(moved.action, moment.about):
                if moved.guard(before, hidden, kept, found, *arguments):
                    seen, unseen = moved.writes(before, hidden, kept, found, *arguments)
                    yield Step(moved.action, arguments), seen, unseen

    def _enabled(self, place: Place) -> Iterator[Option]:
        """The enabled visible steps of the write's actor, whatever they are about."""
        moment = self.moments[place.moment]
        machine, before, hidden, kept, found = self._context(place)
        for moved in machine.shown:
            if moved.action.actor != moment.actor:
                continue
            for arguments in choices(moved.action, {}):
                if moved.guard(before, hidden, kept, found, *arguments):
                    seen, _ = moved.writes(before, hidden, kept, found, *arguments)
                    wrote = {c: v for c, v in seen.items() if before[c] != v}
                    if wrote:
                        yield Option(Step(moved.action, arguments), wrote)


def _covers(old: Cells, versions: Cells) -> bool:
    """Whether versions are nowhere older than some others."""
    return all(a <= b for a, b in zip(old, versions, strict=True))


def _add(seen: dict[tuple[int, int, Cells], list[Cells]], place: Place) -> bool:
    """Takes in a place, unless one is known that can do whatever it can."""
    known = seen.setdefault(place[:3], [])
    if any(_covers(old, place.versions) for old in known):
        return False
    known[:] = [each for each in known if not _covers(place.versions, each)]
    known.append(place.versions)
    return True


def _oldest(
    ranges: Sequence[Sequence[int]], versions: Cells, hidden: Cells, outcomes: Outcomes
) -> Cells:
    """Versions further back, one cache after the other, as long as the outcome is the same."""
    found = list(versions)
    for number, each in enumerate(ranges):
        for version in each[each.index(found[number]) + 1 :]:
            if hidden not in outcomes((*found[:number], version, *found[number + 1 :])):
                break
            found[number] = version
    return tuple(found)
