"""Follows recordings: each workload through its system, part by part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from checker.following.clusters import Built
from checker.following.machine import Cells, Machine, Moment, Option, choices
from checker.following.parts import Parts, parts
from checker.following.scalar import Moved, Scalar
from checker.following.search import Search
from checker.following.story import COMPONENTS, Story
from model.ir.interpret import Step
from model.scheduler.binding import NAME as SCHEDULER

#: Steps that end pods.
ENDS = ("pod succeeds", "pod fails", "pod stopped", "stopped pod succeeds")


@dataclass(frozen=True)
class Refusal:
    """The first write that no step explains."""

    place: int
    options: tuple[Option, ...]
    #: Whether the search ended before it had looked everywhere.
    open: bool = False


@dataclass
class Outcome:
    """What became of a story."""

    story: Story
    refusal: Refusal | None
    #: Steps that were found, by actor.
    explained: dict[str, int] = field(default_factory=dict)
    looked: int = 0


class Follower:
    """One story's systems, compiled."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._parts: list[Parts] = [parts(b.system, b.visible) for b in story.epochs]
        beyond = self._beyond()
        #: The moments that the systems can hold.
        self.moments = story.moments if beyond is None else story.moments[: beyond.place]

    def follow(self) -> Outcome:
        """Whether each write of the story is a step."""
        story = self.story
        outcome = Outcome(story, None)
        found = [self._plain(), self._beyond()]
        for number in range(len(self._parts[0].parts) if self._parts else 0):
            search = self._search(number)
            outcome.looked += search.looked
            if search.furthest < len(self.moments):
                open_ = search.looked > search.most
                found.append(Refusal(search.furthest, tuple(search.options()), open_))
        refusals = [each for each in found if each is not None]
        if refusals:
            # What is settled in one part is, whatever a search of another part did not get to.
            outcome.refusal = min(refusals, key=lambda each: (each.open, each.place))
        end = min((each.place for each in refusals), default=len(story.moments))
        for moment in story.moments[:end]:
            if not moment.given:
                outcome.explained[moment.actor] = outcome.explained.get(moment.actor, 0) + 1
        return outcome

    def _beyond(self) -> Refusal | None:
        """The first write of a number that its function cannot have: more than there ever are, or
        are asked for."""
        for place, told in enumerate(self.story.told):
            if any(not f.type.lo <= after <= f.type.hi for f, _, _, after in told.changes):
                return Refusal(place, ())
        return None

    def _search(self, number: int) -> Search:
        story = self.story
        machines = [
            Machine(
                built.system,
                each.parts[number],
                built.visible,
                built.budgets,
                built.cluster.watches,
            )
            for built, each in zip(story.epochs, self._parts, strict=True)
        ]
        builts = {id(machine): b for machine, b in zip(machines, story.epochs, strict=True)}

        def begin(machine: Machine, visible: Cells) -> Cells:
            return _begin(builts[id(machine)], machine, visible)

        search = Search(machines, self.moments, begin)
        if self.moments:
            search.run()
        return search

    # -- steps that hide nothing -------------------------------------------------------------------
    def _plain(self) -> Refusal | None:
        """The first write, of those whose steps depend on visible cells alone, that is none."""
        known = {a.actor for each in self._parts for part in each.parts for a in part.shown}
        plains = [
            _Plain(built, each) for built, each in zip(self.story.epochs, self._parts, strict=True)
        ]
        #: In which system each actor acted last: it may not know of those that came since.
        last: dict[str, int] = {}
        for place, moment in enumerate(self.moments):
            here = plains[moment.epoch]
            if moment.given or moment.actor in known or here.leaves(moment):
                continue
            epochs = range(last.get(moment.actor, 0), moment.epoch + 1)
            able = (n for n in epochs if _possible(plains[n].moved, moment, moment.before, 3))
            found = next(able, None)
            if found is None:
                enabled = _enabled(here.moved, moment, moment.before)
                options = [Option(Step(m.action, a), dict(w)) for m, a, w in enabled]
                return Refusal(place, tuple(options))
            last[moment.actor] = found
        return None


class _Plain:
    """The steps of a system that depend on visible cells alone, compiled."""

    def __init__(self, built: Built, parts: Parts) -> None:
        hidden = [f for f in built.system.functions if f not in built.visible]
        self.built = built
        self.scalar = Scalar(built.system, (), hidden, built.system.initial[0])
        self.moved = self.scalar.compile(parts.plain)
        self._actors = COMPONENTS | {m.action.actor for m in self.moved}

    def leaves(self, moment: Moment) -> bool:
        """Whether others judge a write, or nobody."""
        binds = moment.actor == SCHEDULER and _binds(self.built, self.scalar, moment)
        return binds or moment.actor not in self._actors


def _binds(built: Built, scalar: Scalar, moment: Moment) -> bool:
    """Whether a write gives a pod its node, and does nothing else; whether that node is feasible
    `nodes` judges."""
    first, size = scalar.offset(built.cluster.node), built.cluster.node.size
    return all(first <= c < first + size and moment.before[c] < 0 for c in moment.changed)


def _begin(built: Built, machine: Machine, visible: Cells) -> Cells:
    """The hidden cells at the start: nothing is under way, so the statuses that syncs are to write
    are those that are written."""
    cells, scalar = list(machine.first), machine.scalar
    for status in built.cluster.syncs.statuses:
        if status.decided in scalar.hidden:
            for i in range(status.decided.size):
                value = visible[scalar.offset(status.written) + i]
                cells[scalar.offset(status.decided) + i] = value
    return tuple(cells)


def _enabled(
    moved: Sequence[Moved], moment: Moment, cells: Cells
) -> list[tuple[Moved, Cells, Mapping[int, int]]]:
    found: list[tuple[Moved, Cells, Mapping[int, int]]] = []
    for each in moved:
        name = each.action.name
        if each.action.actor != moment.actor:
            continue
        # A pod ends in one way, whatever it did before.
        if moment.named and name in ENDS and not name.startswith(moment.named):
            continue
        for arguments in choices(each.action, moment.about):
            if each.guard(cells, (), {}, {}, *arguments):
                writes, _ = each.writes(cells, (), {}, {}, *arguments)
                found.append((each, arguments, writes))
    return found


def _possible(moved: Sequence[Moved], moment: Moment, cells: Cells, most: int) -> bool:
    """Whether up to so many steps of an actor together are a write: it may report several at
    once."""
    for _, _, writes in _enabled(moved, moment, cells):
        after = list(cells)
        for cell, value in writes.items():
            after[cell] = value
        left = {cell: value for cell, value in moment.changed.items() if after[cell] != value}
        same = all(after[cell] == moment.changed.get(cell, moment.before[cell]) for cell in writes)
        if not left and same:
            return True
        if most > 1 and tuple(after) != cells and _possible(moved, moment, tuple(after), most - 1):
            return True
    return False
