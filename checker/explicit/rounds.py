"""A way round a component that serves everyone whom fairness tells apart.

Each need in turn is met by the nearest step or state that meets it for whoever has it, then the
way leads back to where it began. There elements may have changed places; then the same way is
gone again, until everyone is at home. Such a cycle is short enough to be read, not shortest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from checker.explicit.lasso import Need
from checker.explicit.layout import Matrix
from checker.explicit.steps import Rows
from checker.explicit.threads import Threads, served_sorts
from model.ir.fairness import Whom
from model.ir.interpret import Step
from model.ir.system import Action

#: The positions of some elements, with the names of their sorts.
Where = tuple[tuple[str, int], ...]
There = Callable[[int, Where], bool]
Done = Callable[[int, Where], bool]

#: Places that are tried for a way on which everyone comes home at once.
_EXACT = 4_000


class Round:
    """The steps of one component, and what a fair cycle in it needs.

    `needs` are about states of the graph and whole actions, as for `lasso`.
    """

    def __init__(self, threads: Threads, label: int, needs: Sequence[Need]) -> None:
        self.threads, self.needs = threads, needs
        chosen = [(group, threads.labels[group.sources] == label) for group in threads.steps]
        #: Of each step: where it leads, its action and elements, and where those go.
        self.targets: list[int] = []
        self.what: list[tuple[int, tuple[int, ...]]] = []
        self._leaving: dict[int, list[int]] = {}
        moved: dict[str, list[Rows]] = {sort.name: [] for sort in threads.sorts}
        for group, mine in chosen:
            columns = mine.nonzero()[0]
            arguments = zip(*(each[columns].tolist() for each in group.chosen), strict=True)
            if not group.chosen:
                arguments = iter([()] * len(columns))  # type: ignore[assignment]
            for source, target, given in zip(
                group.sources[columns].tolist(),
                group.targets[columns].tolist(),
                arguments,
                strict=True,
            ):
                self._leaving.setdefault(source, []).append(len(self.targets))
                self.targets.append(target)
                self.what.append((group.action, given))
            for sort, places in group.moved.items():
                moved[sort.name].append(places[:, columns])
        #: By the name of a sort and a step, where each of its elements goes.
        self.moved: dict[str, list[list[int]]] = {
            name: np.concatenate(parts, 1).T.tolist() for name, parts in moved.items()
        }

    def cycle(self, entry: int, column: Matrix) -> list[Step]:
        """The steps of a fair cycle through a state of the graph, from that permutation of it
        whose cells are given back to itself."""
        found = self.threads.symmetry.positions(np.ascontiguousarray(column.reshape(-1, 1)))
        start = int(self.threads.states.searchsorted(entry))
        walk = _Walk(self, start, {sort.name: tuple(p[:, 0].tolist()) for sort, p in found.items()})
        walk.serve()
        walk.home()
        return walk.steps

    def serves(self, step: int, action: int, where: Where) -> bool:
        """Whether a step is one of an action for whoever is there."""
        taken, given = self.what[step]
        if taken != action:
            return False
        served = self.threads.system.actions[action].served
        return all(given[i] == place for i, (_, place) in zip(served, where, strict=True))

    def leaving(self, state: int) -> list[int]:
        return self._leaving.get(state, [])

    def after(self, step: int, where: Where) -> tuple[int, Where]:
        """The state after a step, and where those are then who were there before."""
        moved = self.moved
        return self.targets[step], tuple(
            (name, moved[name][step][place] if name in moved else place) for name, place in where
        )

    def way(
        self, start: int, where: Where, there: There, done: Done, most: int | None = None
    ) -> list[int] | None:
        """The fewest steps from a state to one where somebody, who is `where` at first, is `there`
        or has `done` the last of them; None if that is not found among `most` places."""
        begin = start, where
        came: dict[tuple[int, Where], tuple[tuple[int, Where], int]] = {}
        seen, todo = {begin}, deque([begin])
        while todo:
            here = todo.popleft()
            last: list[int] | None = [] if there(*here) else None
            for step in self.leaving(here[0]):
                if last is not None:
                    break
                if done(step, here[1]):
                    last = [step]
                    break
                after = self.after(step, here[1])
                if after not in seen:
                    seen.add(after)
                    came[after] = here, step
                    todo.append(after)
            if last is not None:
                while here != begin:
                    here, step = came[here]
                    last.insert(0, step)
                return last
            if most is not None and len(seen) > most:
                return None
        return None


class _Walk:
    """A walk through a component that grows; the elements are those of the states in which it
    really is."""

    def __init__(self, component: Round, start: int, places: dict[str, tuple[int, ...]]) -> None:
        self._component, self._begun = component, (start, dict(places))
        self.state, self.places = start, places
        self.steps: list[Step] = []
        self._taken: list[int] = []
        threads = component.threads
        #: Whom each action has yet to serve.
        self._owed = {
            (number, whom)
            for number, action in threads.weak
            for whom in product(*(range(sort.size) for sort in served_sorts(action)))
        }
        self._needs = list(component.needs)

    def serve(self) -> None:
        """Go on until everything is done that a fair run does for ever."""
        component, threads = self._component, self._component.threads
        self._arrive()
        while self._owed or self._needs:
            if self._needs:
                need = self._needs[0]
                way = component.way(
                    self.state,
                    (),
                    lambda s, _, need=need: bool(need.states[threads.states[s]]),  # type: ignore[misc]
                    lambda step, _, need=need: component.what[step][0] == need.action,  # type: ignore[misc]
                )
            else:
                number, whom = min(self._owed)
                action = threads.system.actions[number]
                where = self._where(action, whom)
                way = component.way(
                    self.state,
                    where,
                    lambda s, where, a=number: not threads.may_serve(a, s, where),  # type: ignore[misc]
                    lambda step, where, a=number: component.serves(step, a, where),  # type: ignore[misc]
                )
            assert way is not None, "a need that is met nowhere in a fair component"
            for step in way:
                self._take(step)

    def home(self) -> None:
        """Go back to where the walk began, with everyone in their place."""
        component, (start, places) = self._component, self._begun
        if not self.steps:
            self._take(component.leaving(self.state)[0])
        everyone = tuple((name, place) for name, own in self.places.items() for place in own)
        wanted = tuple((name, place) for name, own in places.items() for place in own)
        way = component.way(
            self.state,
            everyone,
            lambda s, where: s == start and where == wanted,
            lambda *_: False,
            _EXACT,
        )
        if way is None:
            way = component.way(self.state, (), lambda s, _: s == start, lambda *_: False)
        assert way is not None, "the component is not strongly connected"
        for step in way:
            self._take(step)
        once = list(self._taken)
        while self.places != places:
            for step in once:
                self._take(step)

    def _where(self, action: Action, whom: Whom) -> Where:
        """The positions of those whom an action serves."""
        return tuple(
            (sort.name, self.places[sort.name][each] if sort.name in self.places else each)
            for sort, each in zip(served_sorts(action), whom, strict=True)
        )

    def _arrive(self) -> None:
        """Take in that those are not waiting whom an action could not serve here."""
        threads = self._component.threads
        for number, action in threads.weak:
            waiting = {whom for a, whom in self._owed if a == number}
            for whom in waiting:
                where = self._where(action, whom)
                if not threads.may_serve(number, self.state, where):
                    self._owed.discard((number, whom))
        self._needs = [n for n in self._needs if not n.states[threads.states[self.state]]]

    def _take(self, step: int) -> None:
        component = self._component
        number, given = component.what[step]
        action = component.threads.system.actions[number]
        arguments = tuple(
            self.places[sort.name].index(each) if sort.name in self.places else each
            for sort, each in zip(action.sorts, given, strict=True)
        )
        self.steps.append(Step(action, arguments))
        self._taken.append(step)
        self._owed.discard((number, tuple(arguments[place] for place in action.served)))
        self._needs = [need for need in self._needs if need.action != number]
        moved = component.moved
        self.places = {
            name: tuple(moved[name][step][place] for place in own)
            for name, own in self.places.items()
        }
        self.state = component.targets[step]
        self._arrive()
