"""The walkers: every one takes one step a round, by one call of the explorer's kernel.

Each walk draws a weight for every action once, and prefers heavy actions until it ends: one
walk hardly ever sees a fault, the next one sees them early (swarm testing: Groce et al. 2012).
Among the choices of arguments of one action, interchangeable ones aside, all are equally
likely. A walk ends where nothing is enabled or after a length that it has drawn. Then the walker
begins again, in an initial state or in one that is remembered because a rare step led there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.budget import Budget
from checker.explicit.codegen import Fired, compile_system
from checker.explicit.layout import Layout, Mask, Matrix
from checker.explicit.symmetry import Symmetry
from checker.explicit.visited import Visited
from checker.swarm.live import Look, Loops, Service, Watch, observe
from checker.swarm.runs import Integers, Numbering, Runs
from model.ir.system import Property, State, System
from model.ir.trace import replay

#: Walkers, if the kernel takes as many states at once.
_WALKERS = 2048
#: Lengths of walks are drawn from this range, short ones as often as long ones.
_SHORTEST, _LONGEST = 16, 2048
#: Weights of actions are drawn from 1/_CONTRAST to _CONTRAST.
_CONTRAST = 16.0
#: How many states are remembered for each action.
_MEMORY = 16
#: Rounds from one renewal of what is remembered to the next.
_RENEWAL = 4
#: States that are told apart; then counting begins anew.
_STATES = 1 << 21
#: Another new state is not expected after so many rounds without one, and so many more steps
#: for each state.
_PATIENCE = 64
#: Steps in all where the budget sets no limit of time.
_STEPS = 1 << 24
#: Rounds that a limit of steps is for, if that leaves walkers enough: fewer would end most walks
#: before anything comes to rest.
_ROUNDS, _FEWEST = 512, 16


class Found(NamedTuple):
    """A run that decides a property; `loop` as in `Trace`."""

    start: State
    path: Integers
    loop: int | None


def sought(prop: Property) -> bool:
    """The value of p that decides a safety property in some state."""
    return prop.kind == "reachable"


class Swarm:
    """Walks of one system, which look for what decides some of its properties."""

    def __init__(self, system: System, properties: Sequence[Property], budget: Budget) -> None:
        self.system, self.budget = system, budget
        self.layout = Layout(system)
        self.numbering = Numbering(self.layout)
        self._symmetry = Symmetry(self.layout)
        self._safety = [prop for prop in properties if prop.is_safety]
        self._live = [prop for prop in properties if not prop.is_safety]
        self._kernel = compile_system(self.layout, self._symmetry, [p.p for p in self._safety])
        self.watch = Watch(system, self._live)
        self._service = Service(self.layout)
        #: Runs that were unfair to somebody, and rounds for which no other is looked at.
        self._refused = self._patience = 0
        self._random = np.random.default_rng(budget.seed)
        initial = self.layout.encode(tuple(dict.fromkeys(system.initial)))
        self._longest = _LONGEST if budget.depth is None else min(_LONGEST, budget.depth)
        count = min(_WALKERS, self._kernel.rows)
        if budget.steps is not None:
            count = min(count, max(_FEWEST, budget.steps // _ROUNDS))
        self.runs = Runs(initial, self.watch.fresh, count, self._longest)
        actions = len(system.actions)
        self._memory = Runs(initial, self.watch.fresh, actions * _MEMORY, self._longest)
        self._known = np.zeros(actions, np.int64)
        self._weights = np.ones((actions, count))
        self._limits = np.zeros(count, np.int64)
        self._visited = Visited()
        #: Which actions were enabled in some state, and how often each was taken.
        self.enabled: Mask = np.zeros(actions, bool)
        self.taken: Integers = np.zeros(actions, np.int64)
        #: Distinct states (at least), walks begun, the longest one, steps in all.
        self.states = self.walks = self.deepest = self.steps = 0
        #: A run for each property that was decided.
        self.found: dict[Property, Found] = {}
        #: Why the walkers stopped.
        self.reason = ""

    def walk(self, news: Callable[[], None] = lambda: None) -> None:
        """Go on until everything is decided or the budget, or the hope of news, is used up.
        `news` is called each time that something was decided."""
        everyone = np.arange(self.runs.count)
        self._begin(everyone)
        self._look(self.runs.states, everyone, None)
        self._count(self.runs.states)
        self._loops = Loops(self.system, self.watch, self.runs.states)
        stale = rounds = 0
        decided = 0
        while not self._done():
            if len(self.found) > decided:
                decided = len(self.found)
                news()
            self.reason = self._stop(stale)
            if self.reason:
                return
            before = self.states
            self._round(rounds % _RENEWAL == 0)
            stale = 0 if self.states > before else stale + 1
            rounds += 1
            if rounds % 16 == 0:
                self.budget.progress(f"swarm: {self.states} states, {self.walks} walks")

    def _done(self) -> bool:
        return len(self.found) == len(self._safety) + len(self._live)

    def _stop(self, stale: int) -> str:
        if stale >= _PATIENCE * (1 + self.states / self.runs.count) and self.states < _STATES:
            return "no new state any more"
        limit = self.budget.steps
        if limit is None and self.budget.seconds is None:
            limit = _STEPS
        if limit is not None and self.steps >= limit:
            return f"{limit:,} steps taken"
        return self.budget.exhausted() or ""

    # -- a round -------------------------------------------------------------------------------
    def _round(self, renew: bool) -> None:
        runs = self.runs
        self._patience -= 1
        here = runs.states
        fired = self._kernel.expand(here, runs.count, self._symmetry.masks(here))
        enabled = np.zeros((len(self.taken), runs.count), bool)
        for action, _, rows, _ in fired:
            enabled[action, rows] = True
        self.enabled |= enabled.any(1)
        look = self._rest(enabled)
        # Also a walk that may not go on has just been looked at where it stands.
        ended = (runs.lengths >= self._limits) | ~enabled.any(0)
        if fired:
            moved, actions = self._move(fired, ended, enabled, look)
            if renew:
                self._remember(moved, actions)
        self._begin(ended.nonzero()[0])
        if look is not None:
            self._loops.remember(runs.states, runs.lengths, ended)

    def _rest(self, enabled: Mask) -> Look | None:
        """Look at where the walkers stand; None if there is nothing to look for."""
        if all(prop in self.found for prop in self._live):
            return None
        look = self.watch.look(self.runs.states, self.runs.pending)
        self.runs.pending = look.pending
        for prop, among in zip(self._live, self._loops.resting(enabled, look), strict=True):
            if prop not in self.found and among.any():
                self._offer(prop, self.runs.shortest(among), None)
        return look

    def _offer(self, prop: Property, place: int, loop: int | None) -> None:
        """Take the run of a walker for a violation, if its loop is fair to everyone; without
        `loop` it stays where it is."""
        runs = self.runs
        if self._patience > 0:
            return
        path = runs.path(place)
        found = Found(runs.start(place), path, len(path) if loop is None else loop)
        steps = tuple(self.numbering.step(number) for number in path.tolist())
        if self._service.fair(replay(self.system, steps, found.start, found.loop)):
            self.found[prop] = found
        else:
            # Where many such runs are unfair, looking at each would take longer than walking.
            self._refused += 1
            self._patience = self._refused

    def _move(
        self, fired: Sequence[Fired], ended: Mask, enabled: Mask, look: Look | None
    ) -> tuple[Integers, Integers]:
        """Every walker whose walk has not ended takes a step: their places and actions."""
        runs = self.runs
        after = np.concatenate([successors for _, successors, _, _ in fired], axis=1)
        rows = np.concatenate([rows for _, _, rows, _ in fired])
        numbers = np.concatenate(
            [self.numbering.numbers(a, chosen, len(rows)) for a, _, rows, chosen in fired]
        )
        taken = np.repeat([a for a, _, _, _ in fired], [len(r) for _, _, r, _ in fired])
        self._look(after, rows, numbers)
        chosen = self._choose(fired, rows)
        chosen = chosen[~ended[rows[chosen]]]
        moved, actions = rows[chosen], taken[chosen]
        if look is not None:
            self._loops.leave(enabled, look, moved, actions)
        runs.step(moved, after[:, chosen], numbers[chosen])
        self.taken += np.bincount(actions, minlength=len(self.taken))
        self.steps += len(moved)
        self.deepest = max(self.deepest, int(runs.lengths.max()))
        self._count(after[:, chosen])
        if look is not None:
            self._round_trips(moved)
        return moved, actions

    def _choose(self, fired: Sequence[Fired], rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """One successor of each walker that has some: the one whose clock rings first, an
        action's rate being its weight, shared by its choices of arguments."""
        clocks = self._random.standard_exponential(len(rows))
        first = 0
        for action, _, sources, _ in fired:
            part = slice(first, first + len(sources))
            choices = np.bincount(sources, minlength=self.runs.count)
            clocks[part] *= choices[sources] / self._weights[action, sources]
            first += len(sources)
        earliest = np.full(self.runs.count, np.inf)
        np.minimum.at(earliest, rows, clocks)
        first_to_ring: Mask = clocks == earliest[rows]
        return first_to_ring.nonzero()[0]

    def _look(self, C: Matrix, rows: NDArray[np.intp], numbers: Integers | None) -> None:
        """Look for what decides a safety property in states to which the walkers in `rows` can
        come by the steps `numbers`, or in which they are."""
        if all(prop in self.found for prop in self._safety):
            return
        for prop, truth in zip(self._safety, observe(self._kernel, C), strict=True):
            if prop in self.found:
                continue
            near = self.runs.lengths[rows] < self._longest if numbers is not None else True
            hits = ((truth == sought(prop)) & near).nonzero()[0]
            if len(hits):
                hit = int(hits[self.runs.lengths[rows[hits]].argmin()])
                place = int(rows[hit])
                path = self.runs.path(place)
                if numbers is not None:
                    path = np.append(path, numbers[hit])
                self.found[prop] = Found(self.runs.start(place), path, None)

    def _round_trips(self, moved: Integers) -> None:
        runs = self.runs
        closed = self._loops.closed(runs.states, runs.pending, moved)
        for prop, among in zip(self._live, closed, strict=True):
            if prop not in self.found and among.any():
                place = runs.shortest(among)
                self._offer(prop, place, int(self._loops.since[place]))

    def _count(self, C: Matrix) -> None:
        if self._visited.count >= _STATES:
            self._visited = Visited()
        self._visited.add(self._symmetry.fingerprints(np.ascontiguousarray(C)))
        self.states = max(self.states, self._visited.count)

    # -- where walks begin ---------------------------------------------------------------------
    def _begin(self, places: Integers) -> None:
        """New walks in these places."""
        if not len(places):
            return
        runs, draw = self.runs, self._random
        self.walks += len(places)
        runs.begin(places, draw.integers(runs.initial, size=len(places)))
        if self._known.any():
            again = places[draw.random(len(places)) < 0.5]
            # Steps that are rarely taken lead to where few walks come.
            likely = np.where(self._known > 0, 1 / np.sqrt(1.0 + self.taken), 0.0)
            actions = draw.choice(len(likely), size=len(again), p=likely / likely.sum())
            slots = (draw.random(len(again)) * np.minimum(self._known[actions], _MEMORY)).astype(
                np.int64
            )
            runs.copy(again, self._memory, actions * _MEMORY + slots)
        spread = np.log(_CONTRAST)
        shape = len(self._known), len(places)
        self._weights[:, places] = np.exp(draw.uniform(-spread, spread, shape))
        lengths = np.exp(draw.uniform(np.log(_SHORTEST), np.log(_LONGEST), len(places)))
        limits = runs.lengths[places] + lengths.astype(np.int64)
        self._limits[places] = np.minimum(limits, self._longest)

    def _remember(self, moved: Integers, actions: Integers) -> None:
        """For each action that was taken one walk that took it, in place of an older one."""
        taken, first = np.unique(actions, return_index=True)
        places = moved[first]
        room = self.runs.lengths[places] < self._longest
        taken, places = taken[room], places[room]
        slots = taken * _MEMORY + self._known[taken] % _MEMORY
        self._memory.copy(slots, self.runs, places)
        self._known[taken] += 1
