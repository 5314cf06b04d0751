"""A part of a model, compiled: the writes that a recording tells, and the steps that they may be.

What a controller's caches keep is hidden, and so are the steps by which a watch stalls and catches
up. Neither is searched for step by step: `caches` works out what a cache that shows some moment of
the recording holds, so these steps are compiled apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from checker.following.parts import Part
from checker.following.scalar import Moved, Scalar
from model.apiserver.views import Watch
from model.ir.check import reads
from model.ir.expr import TRUE
from model.ir.interpret import Step
from model.ir.system import Action, StateFunction, System, Update

Cells = tuple[int, ...]


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


@dataclass(frozen=True)
class Cache:
    """What is kept of the store behind a watch."""

    #: The hidden cells that it keeps, among them whether it lags.
    cells: Cells
    #: The step by which it comes to show the store as it is from then on.
    stall: Moved
    #: The visible cells that it shows.
    shows: frozenset[int]
    #: What becomes of what it keeps with the steps of others, by actor and name.
    notes: Mapping[tuple[str, str], Moved]


class Machine:
    """A part of a system, compiled; `watches` are those whose caches may lag."""

    def __init__(
        self,
        system: System,
        part: Part,
        visible: Collection[StateFunction],
        budgets: Collection[StateFunction],
        watches: Collection[Watch],
    ) -> None:
        hidden = set(part.hidden)
        frozen = [f for f in system.functions if f not in hidden and f not in visible]
        self.part, self.system = part, system
        self.scalar = Scalar(system, part.hidden, frozen, system.initial[0])
        known, kept = frozenset(visible), _kept(part, watches)
        own = hidden.difference(*kept.values())
        lagging = {watch.stalled for watch in watches}
        silent = [a for a in part.silent if lagging.isdisjoint(u.function for u in a.updates)]
        stalls = [_stall(part, stalled) for stalled, *_ in kept.values()]
        noted = [
            replace(action, guard=TRUE, updates=_of(action, functions))
            for functions in kept.values()
            for action in (*part.shown, *part.others)
        ]
        shown = [replace(a, updates=_of(a, own | known)) for a in part.shown]
        apart = [_apart(action, own, known) for action in part.others]
        moved = iter(self.scalar.compile([*shown, *silent, *apart, *stalls, *noted]))
        self.shown = [next(moved) for _ in shown]
        #: With all the arguments that each may have.
        self.silent = [(next(moved), tuple(choices(each, {}))) for each in silent]
        #: What others' actions do to it, with those actions whole.
        self.others = [(next(moved), action) for action in part.others]
        stopped = [next(moved) for _ in stalls]
        #: By the names of their watches.
        self.caches = {
            name: self._cache(functions, stall, known, [next(moved) for _ in (*shown, *apart)])
            for stall, (name, functions) in zip(stopped, kept.items(), strict=True)
        }
        start = system.initial[0]
        #: Cells that count what is left of a budget, with the whole of it.
        self.budgets = [
            (self.scalar.offset(f) + i, start[system.offsets[f] + i])
            for f in budgets
            if f in hidden
            for i in range(f.size)
        ]
        self.first = tuple(start[system.offsets[f] + i] for f in part.hidden for i in range(f.size))
        #: Which hidden cells there are.
        self.shape = [(f.name, tuple(sort.size for sort in f.domain)) for f in part.hidden]
        self.actors = frozenset(each.action.actor for each in self.shown)

    def _cache(
        self,
        functions: Sequence[StateFunction],
        stall: Moved,
        visible: frozenset[StateFunction],
        notes: Sequence[Moved],
    ) -> Cache:
        shows = reads(*(u.value for u in stall.action.updates if u.function in functions))
        return Cache(
            tuple(self._cells(functions)),
            stall,
            frozenset(self._cells(shows & visible)),
            {(e.action.actor, e.action.name): e for e in notes if e.action.updates},
        )

    def _cells(self, functions: Collection[StateFunction]) -> Iterator[int]:
        for function in functions:
            first = self.scalar.offset(function)
            yield from range(first, first + function.size)

    def taken_over(self, other: Machine, hidden: Cells, begun: Cells) -> Cells:
        """The hidden cells where another machine's are known: what both have is kept, all else is
        as it is where nothing is under way."""
        if self.shape == other.shape:
            return hidden
        cells, known = list(begun), {f.name: f for f in other.part.hidden}
        for function in self.part.hidden:
            before = known.get(function.name)
            if before is None or len(before.domain) != len(function.domain):
                continue
            sizes = [sort.size for sort in before.domain], [sort.size for sort in function.domain]
            first = other.scalar.offset(before), self.scalar.offset(function)
            for at in product(*(range(min(pair)) for pair in zip(*sizes, strict=True))):
                old, new = (_row_major(at, each) for each in sizes)
                cells[first[1] + new] = hidden[first[0] + old]
        return tuple(cells)

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


def _row_major(at: Sequence[int], sizes: Sequence[int]) -> int:
    place = 0
    for index, size in zip(at, sizes, strict=True):
        place = place * size + index
    return place


def _kept(part: Part, watches: Collection[Watch]) -> dict[str, tuple[StateFunction, ...]]:
    """Whether each watch lags, and what its cache keeps, by its name."""
    return {
        watch.name: (
            watch.stalled,
            *(copy.kept for copy in watch.copies if copy.kept in part.hidden),
        )
        for watch in watches
        if watch.stalled is not None and watch.stalled in part.hidden
    }


def _stall(part: Part, stalled: StateFunction) -> Action:
    """The step by which a watch stalls."""
    return next(
        action
        for action in part.silent
        for update in action.updates
        if update.function is stalled and update.value.op == "const" and update.value.payload
    )


def _of(action: Action, functions: Collection[StateFunction]) -> tuple[Update, ...]:
    """What an action does to some functions."""
    return tuple(update for update in action.updates if update.function in functions)


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


def writes_all(machine: Machine, action: Action, moment: Moment) -> bool:
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
