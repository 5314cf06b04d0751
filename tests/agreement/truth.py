"""What is true of a small system, by brute force over the interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from math import factorial, prod

from checker.explicit.layout import Layout
from checker.explicit.symmetry import Symmetry, exchangeable
from checker.explicit.tangle import Tangle
from model.ir.expr import Expr
from model.ir.interpret import holds, steps
from model.ir.system import Property, State, System
from model.ir.types import ModelError
from tests.checker.explicit.naive import Naive, Served, TooLarge, orbits

#: More states than this are not looked at.
LIMIT = 150

#: More permutations of elements than this are not tried.
PERMUTATIONS = 100


@dataclass(frozen=True)
class Fault:
    """A system in which a step leaves its function's interval, or two updates disagree."""

    system: System
    #: Steps to the nearest state in which that happens.
    distance: int


def fault(system: System, limit: int = LIMIT) -> Fault:
    """Where a system goes wrong. Raises TooLarge if it does not among so many states."""
    distance = dict.fromkeys(system.initial, 0)
    todo = list(distance)
    for state in todo:
        try:
            for _, after in steps(system, state):
                if after not in distance:
                    distance[after] = distance[state] + 1
                    todo.append(after)
        except ModelError:
            return Fault(system, distance[state])
        if len(todo) > limit:
            break
    raise TooLarge


class Truth:
    """All states, steps and answers. Raises TooLarge, and ModelError where the interpreter does.

    A run that stays for ever where a bound of the model is reached does not count as a violation:
    the step that would end it may be missing. Lengths are numbers of steps.
    """

    def __init__(self, system: System, limit: int = LIMIT) -> None:
        self.system = system
        self.naive = Naive(system, limit)
        self.states = self.naive.states
        self.after: dict[State, list[tuple[str, State]]] = {state: [] for state in self.states}
        for source, action, target in sorted(self.naive.edges):
            self.after[source].append((action, target))
        #: The same with whom each step serves.
        self.serving: dict[State, list[tuple[Served, State]]] = {s: [] for s in self.states}
        for source, whom, target in sorted(self.naive.serving):
            self.serving[source].append((whom, target))
        #: Steps to each state from the nearest initial one.
        self.distance = dict.fromkeys(system.initial, 0)
        for state in self.states:
            for _, target in self.after[state]:
                self.distance.setdefault(target, self.distance[state] + 1)
        #: The texts of the bounds that some run reaches.
        self.bounds = self.bounds_within(float("inf"))
        self.limited = {
            state
            for state in self.states
            if any(holds(system, bound.reached, state) for bound in system.bounds)
        }
        self.true = cache(self._true)
        self.violated = cache(self._violated)

    def _true(self, expr: Expr) -> frozenset[State]:
        return frozenset(state for state in self.states if holds(self.system, expr, state))

    def nearest(self, expr: Expr, wanted: bool = True) -> int | None:
        """Steps to the nearest state where an expression has a value; None if there is none."""
        found = (d for s, d in self.distance.items() if holds(self.system, expr, s) == wanted)
        return min(found, default=None)

    def bounds_within(self, depth: float) -> set[str]:
        """The texts of the bounds that a state reaches, at most `depth` steps away."""
        distances = {bound.text: self.nearest(bound.reached) for bound in self.system.bounds}
        return {text for text, d in distances.items() if d is not None and d <= depth}

    def enabled(self, depth: float = float("inf")) -> set[str]:
        """The actions of the steps that begin fewer than `depth` steps from the start."""
        return {
            action
            for state, steps in self.after.items()
            if self.distance[state] < depth
            for action, _ in steps
        }

    def never(self) -> set[str]:
        """The actions that are enabled nowhere."""
        return {repr(action) for action in self.system.actions} - self.enabled()

    def vacuous(self, prop: Property) -> bool:
        return prop.witness is not None and self.nearest(prop.witness) is None

    def decided_at(self, prop: Property) -> int | None:
        """The length of the shortest run that decides a safety property."""
        return self.nearest(prop.p, prop.kind == "reachable")

    def _violated(self, prop: Property, bounded: bool = False) -> bool:
        """Whether a run violates the property; `bounded` lets runs stay where bounds are."""
        inside = set(self.states) if bounded else set(self.states) - self.limited
        return self.naive.violated(prop, inside)

    def outcomes(self, prop: Property, reduced: bool) -> set[str]:
        """What an engine may say that has seen every run. In a reduced system it may not have
        seen the bounds, because they do not matter for the property."""
        exact = self.outcome(prop)
        if not reduced or not self.bounds:
            return {exact}
        if self.violated(prop, True):
            return {exact, "violated"}
        return {exact, "unknown" if self.vacuous(prop) else "proved"}

    def outcome(self, prop: Property) -> str:
        """What an engine says that has seen every run of the whole system."""
        if prop.kind == "reachable":
            if not self.violated(prop):
                return "proved"
            return "unknown" if self.bounds else "violated"
        if self.violated(prop):
            return "violated"
        if not prop.is_safety and self.violated(prop, True):
            return "unknown"
        if self.bounds:
            return "holds"
        return "unknown" if self.vacuous(prop) else "proved"

    @cached_property
    def classes(self) -> int | None:
        """States up to exchanging interchangeable elements; None if there are too many ways."""
        kinds = exchangeable(self.system)
        ways = prod(factorial(kind.count(k)) for kind in kinds.values() for k in set(kind))
        return None if ways > PERMUTATIONS else orbits(self.system, self.states, kinds)

    @cached_property
    def tangled(self) -> bool:
        """Whether the explorer may tell some equivalent states apart, as its documentation says."""
        return any(isinstance(group, Tangle) for group in Symmetry(Layout(self.system)).groups)

    # -- lassos --------------------------------------------------------------------------------
    def shortest_lasso(self, prop: Property, depth: int, *, bounded: bool = False) -> int | None:
        """The length, stem and loop, of the shortest fair run of at most `depth` steps that
        violates a liveness property and goes on round a loop (or rests in its last state);
        `bounded` lets loops stay where bounds are."""
        stems = self._stems(prop, depth)
        return min(
            (
                length + loop
                for (state, pending), length in stems.items()
                for loop in self._loops(prop, (state, pending), depth - length, bounded)
            ),
            default=None,
        )

    def _stems(self, prop: Property, depth: int) -> dict[tuple[State, bool], int]:
        """Where stems may end, and whether a `leads to` is then pending, with their lengths."""
        p, q = self.true(prop.p), self.true(prop.q)

        def arrive(state: State, pending: bool) -> tuple[State, bool]:
            return state, state not in q and (pending or state in p)

        def allowed(state: State) -> bool:
            return prop.kind != "eventually" or state not in p

        found = {arrive(s, False): 0 for s in self.system.initial if allowed(s)}
        todo = list(found)
        for state, pending in todo:
            length = found[state, pending] + 1
            if length > depth:
                break
            for _, target in self.after[state]:
                there = arrive(target, pending)
                if allowed(target) and there not in found:
                    found[there] = length
                    todo.append(there)
        return found

    def _loops(
        self,
        prop: Property,
        entry: tuple[State, bool],
        depth: int,
        bounded: bool,
    ) -> Iterator[int]:
        """The length of the shortest loop from a state back to it that violates fairly."""
        start, pending = entry
        p, q = self.true(prop.p), self.true(prop.q)
        weak, strong = self.naive.fair["weak"], self.naive.fair["strong"]
        everyone = {w for able in self.naive.able.values() for w in able if w[0] in weak}

        def room(state: State) -> bool:
            if state in self.limited and not bounded:
                return False
            match prop.kind:
                case "leads to":
                    return state not in q
                case "eventually always":
                    return True
            return state not in p

        def look(state: State, seen: frozenset[str]) -> frozenset[str]:
            """What a loop has to its credit, and what it owes, once it has been in a state."""
            on = self.naive.wanted[state]
            marks = {f"may rest {a}" for a in weak - on} | {f"owes {a}" for a in strong & on}
            marks |= {f"may rest {w}" for w in everyone - self.naive.able[state]}
            if prop.kind == "eventually always" and state not in p:
                marks.add("wrong")
            if prop.kind == "leads to" and state in p:
                marks.add("wrong")
            return seen | marks

        def fine(seen: frozenset[str]) -> bool:
            wrong = "wrong" in seen or prop.kind in ("eventually", "always eventually")
            wrong = wrong or (prop.kind == "leads to" and pending)
            return (
                wrong
                and all(a in seen or f"may rest {a}" in seen for a in weak)
                and all(f"{w}" in seen or f"may rest {w}" in seen for w in everyone)
                and all(a in seen or f"owes {a}" not in seen for a in strong)
            )

        if not room(start):
            return
        here = (start, look(start, frozenset()))
        level, known = {here}, {here}
        for length in range(depth + 1):
            if any(state == start and fine(seen) for state, seen in level):
                yield length
                return
            level = {
                (target, look(target, seen | {whom[0], f"{whom}"}))
                for state, seen in level
                for whom, target in self.serving[state]
                if room(target)
            } - known
            known |= level
