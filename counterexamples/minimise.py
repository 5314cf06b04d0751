"""A run that decides a property as another does, with fewer steps, about fewer objects, and the
steps of one thing together.

Delta debugging by the interpreter (Zeller and Hildebrandt, "Simplifying and Isolating
Failure-Inducing Input", 2002): stretches of steps, all steps of one action and all steps with one
element are left out as long as the run still decides the property; a step that is not enabled any
more without them is left out, too. Then one object stands in for another of its kind, so that
fewer are spoken of; a run that rests in the end may then rest elsewhere. Last, neighbours that
commute change places, so that a step stands behind the last one that concerns the same objects.
All are deterministic: what limits them is a count of steps taken, never time.

Omits: runs that are shorter because they take other steps; the loop of a run that goes round for
ever, of which only what leads to it changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial

from counterexamples.replay import confirm, undecided, weighs_fairness
from model.ir.fairness import able
from model.ir.interpret import Step, holds, memoised, successor
from model.ir.system import Property, State, System
from model.ir.trace import Trace
from model.ir.types import Sort

#: Steps that the interpreter takes at most for one trace, of a system with few cells; what a step
#: takes grows with the square of those, so the more there are the fewer it takes.
MOST_TAKEN, _LEAST_TAKEN = 20_000, 200
_FEW_CELLS = 30
#: Steps that are not taken again where they come up again, and states that are not read again.
_KEPT, _READ = 50_000, 64


class _Spent(Exception):
    """The interpreter has taken enough steps."""


def minimise(system: System, prop: Property, trace: Trace) -> Trace:
    """A confirmed run of the property that is no longer than `trace`. Raises Rejected if `trace`
    does not decide the property."""
    return _Minimiser(system, prop, confirm(system, prop, trace)).run()


class _Minimiser:
    def __init__(self, system: System, prop: Property, trace: Trace) -> None:
        self.system, self.prop, self.best = system, prop, trace
        self.taken = 0
        self.successor = lru_cache(_KEPT)(self._successor)
        self.value = lru_cache(_READ)(partial(memoised, system))
        self.holds = lru_cache(_KEPT)(partial(holds, system, prop.p))
        self.rests = lru_cache(_KEPT)(self._rests)
        self.weighs = weighs_fairness(system, 1)
        self.most = max(_LEAST_TAKEN, MOST_TAKEN // max(1, len(system.cells) // _FEW_CELLS) ** 2)

    def run(self) -> Trace:
        try:
            self._adopt(list(self.best.states[: len(self._stem) + 1]), list(self._stem))
            self._straighten()
            while self._leave_out():
                pass
            while self._stand_in():
                pass
            self._gather()
        except _Spent:
            pass
        return confirm(self.system, self.prop, self.best)

    @property
    def _stem(self) -> tuple[Step, ...]:
        """The steps that may change: those before the loop, or all."""
        return self.best.steps[: self.best.loop]

    def _successor(self, state: State, step: Step) -> State | None:
        self.taken += 1
        if self.taken > self.most:
            raise _Spent
        return successor(self.system, state, step, self.value(state))

    def _straighten(self) -> None:
        """Leave out what leads round to where the run was before."""
        kept: list[int] = []
        been = [self.best.states[0]]
        for index in range(len(self._stem)):
            state = self.best.states[index + 1]
            if state in been:
                again = been.index(state)
                del kept[again:], been[again + 1 :]
            else:
                kept.append(index)
                been.append(state)
        self._try([self._stem[index] for index in kept])

    def _leave_out(self) -> bool:
        """Whether a shorter run was found, by one of the smallest set of steps that will do."""
        return any(
            self._try([step for index, step in enumerate(self._stem) if index not in drop])
            for drop in list(_drops(self._stem))
        )

    def _stand_in(self) -> bool:
        """Whether an object could take the place of another in every step of the stem, all of them
        taken. The run then speaks of one object less, so this comes to an end."""
        used: dict[Sort, list[int]] = {}
        for step in self._stem:
            for sort, element in zip(step.action.sorts, step.arguments, strict=True):
                if sort.symmetric and element not in used.setdefault(sort, []):
                    used[sort].append(element)
        stays = {pair for step in self.best.steps[len(self._stem) :] for pair in _concerns(step)}
        return any(
            self._with(sort, gone, kept)
            for sort, elements in used.items()
            for number, gone in reversed(list(enumerate(elements)))
            if (sort, gone) not in stays
            for kept in elements[:number]
        )

    def _with(self, sort: Sort, gone: int, kept: int) -> bool:
        """Take the same steps with one element for another; whether they decide the property."""
        states, steps = [self.best.states[0]], []
        for step in self._stem:
            sorts = zip(step.action.sorts, step.arguments, strict=True)
            arguments = tuple(kept if (s, e) == (sort, gone) else e for s, e in sorts)
            steps.append(Step(step.action, arguments))
            after = self.successor(states[-1], steps[-1])
            if after is None:
                return False
            states.append(after)
        return self._adopt(states, steps)

    def _try(self, stem: Sequence[Step]) -> bool:
        """Take those steps of a stem that are enabled; whether this is a shorter run that decides
        the property, which then is the best one."""
        best = self.best
        if len(stem) >= len(self._stem):
            return False
        states, steps = [best.states[0]], []
        for step in stem:
            after = self.successor(states[-1], step)
            if after is not None:
                steps.append(step)
                states.append(after)
        return self._adopt(states, steps)

    def _adopt(self, states: list[State], steps: list[Step]) -> bool:
        """Whether a stem, with the loop as it was, decides the property; it is kept if so."""
        best = self.best
        loop: int | None
        if best.loop is not None:
            # The very same loop: whether another one is fair may be more than the interpreter
            # can find out.
            rests = best.loop == len(best.steps) and self.weighs
            if states[-1] != best.states[best.loop] and not (rests and self.rests(states[-1])):
                return False
            loop = len(steps)
            states = [*states, *best.states[best.loop + 1 :]]
            steps = [*steps, *best.steps[best.loop :]]
        else:
            # Another order may decide it before the last step.
            wanted = self.prop.kind == "reachable"
            decided = (self.holds(state) == wanted for state in states)
            end = next((index for index, found in enumerate(decided) if found), len(steps))
            loop, states, steps = None, states[: end + 1], steps[:end]
        run = Trace(tuple(states), tuple(steps), loop)
        if undecided(self.system, self.prop, run) is not None:
            return False
        self.best = run
        return True

    def _rests(self, state: State) -> bool:
        """Whether a fair run can stay in a state."""
        fair = (action for action in self.system.actions if action.fairness != "none")
        return not any(able(self.system, a, state, self.value(state)) for a in fair)

    def _gather(self) -> None:
        """Let steps of the same objects stand together, as far as they commute."""
        left, state = list(self._stem), self.best.states[0]
        states, steps = [state], []
        last: frozenset[tuple[Sort, int]] = frozenset()
        while left:
            index = self._next(state, left, last)
            for place in range(index, 0, -1):
                left[place - 1 : place + 1] = left[place], left[place - 1]
            step = left.pop(0)
            after = self.successor(state, step)
            assert after is not None
            last, state = _concerns(step), after
            steps.append(step)
            states.append(state)
        self._adopt(states, steps)

    def _next(self, state: State, left: Sequence[Step], last: frozenset[tuple[Sort, int]]) -> int:
        """Which of the steps that are left comes next: of those that commute with all before them
        the first of those that concern most of the last step's objects."""
        path = [state]
        for step in left:
            after = self.successor(path[-1], step)
            assert after is not None
            path.append(after)
        found, most = 0, len(_concerns(left[0]) & last)
        for index in range(1, len(left)):
            shared = len(_concerns(left[index]) & last)
            if shared > most and self._commutes(path, left, index):
                found, most = index, shared
        return found

    def _commutes(self, path: Sequence[State], left: Sequence[Step], index: int) -> bool:
        """Whether a step can change places with one before it after the other, to the front.
        `path` has the states before and after each of the steps."""
        after = path[index + 1]
        for place in range(index - 1, -1, -1):
            early = self.successor(path[place], left[index])
            if early is None or self.successor(early, left[place]) != after:
                return False
            after = early
        return True


def _concerns(step: Step) -> frozenset[tuple[Sort, int]]:
    """The elements that a step is about."""
    return frozenset(zip(step.action.sorts, step.arguments, strict=True))


def _drops(stem: Sequence[Step]) -> Iterator[frozenset[int]]:
    """Places of steps to leave out together: stretches of a half, a quarter, … a single step, and
    the steps of one action and those with one element; the largest first."""
    found: dict[frozenset[int], None] = {}
    size = len(stem)
    while size > 1:
        size = -(-size // 2)
        for first in range(0, len(stem), size):
            found[frozenset(range(first, min(first + size, len(stem))))] = None
    kinds: dict[object, set[int]] = {}
    for index, step in enumerate(stem):
        kinds.setdefault(step.action, set()).add(index)
        for element in zip(step.action.sorts, step.arguments, strict=True):
            kinds.setdefault(element, set()).add(index)
    if len(stem) == 1:
        found[frozenset({0})] = None
    found.update(dict.fromkeys(map(frozenset, kinds.values())))
    return iter(sorted(found, key=lambda drop: (-len(drop), sorted(drop))))
