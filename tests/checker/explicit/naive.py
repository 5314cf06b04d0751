"""A deliberately dumb explorer over the interpreter, to compare the fast one with."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import networkx as nx

from model.ir.interpret import Step, holds, steps
from model.ir.system import Property, State, System
from model.ir.types import ElementType, Sort

#: An action and the elements that it serves.
Served = tuple[str, tuple[int, ...]]


class TooLarge(Exception):
    """More states than the dumb explorer is asked to look at."""


class Naive:
    """Every reachable state and step of a system, one at a time."""

    def __init__(self, system: System, limit: int) -> None:
        self.system = system
        self.edges: set[tuple[State, str, State]] = set()
        #: The same with whom each step serves (`Action.fair_for`).
        self.serving: set[tuple[State, Served, State]] = set()
        self.states = list(dict.fromkeys(system.initial))
        seen = set(self.states)
        for state in self.states:
            for step, after in steps(system, state):
                self.edges.add((state, repr(step.action), after))
                self.serving.add((state, served(step), after))
                if after not in seen:
                    if len(seen) >= limit:
                        raise TooLarge
                    seen.add(after)
                    self.states.append(after)
        self.enabled: dict[State, set[str]] = {state: set() for state in self.states}
        for state, action, _ in self.edges:
            self.enabled[state].add(action)
        #: Whom each action could serve in each state if it did not wait.
        self.able: dict[State, set[Served]] = {
            state: {served(step) for step, _ in steps(eager(system), state)}
            for state in self.states
        }
        self.wanted = {state: {action for action, _ in whom} for state, whom in self.able.items()}
        self.fair = {
            kind: {repr(a) for a in system.actions if a.fairness == kind}
            for kind in ("weak", "strong")
        }

    def violated(self, prop: Property, inside: set[State]) -> bool:
        """Whether some fair run, staying in `inside` for ever, violates the property."""
        p = {s for s in self.states if holds(self.system, prop.p, s)}
        q = {s for s in self.states if holds(self.system, prop.q, s)}
        every = set(self.states)
        if prop.kind == "always":
            return p != every
        if prop.kind == "reachable":
            return not p
        if prop.kind == "eventually":
            room = self.closure({s for s in self.system.initial if s not in p}, every - p)
            return self.fair_set(room & inside, every)
        if prop.kind == "leads to":
            room = self.closure(p - q, every - q)
            return self.fair_set(room & inside, every)
        if prop.kind == "always eventually":
            return self.fair_set((every - p) & inside, every)
        return self.fair_set(inside, every - p)

    def closure(self, starts: set[State], room: set[State]) -> set[State]:
        found = set(starts)
        todo = list(starts)
        while todo:
            here = todo.pop()
            for source, _, target in self.edges:
                if source == here and target in room and target not in found:
                    found.add(target)
                    todo.append(target)
        return found

    def fair_set(self, room: set[State], must: set[State]) -> bool:
        """Whether a fair run can stay in `room` for ever and visit `must` again and again."""
        graph: nx.DiGraph[State] = nx.DiGraph()
        graph.add_nodes_from(room)
        graph.add_edges_from((s, t) for s, _, t in self.edges if s in room and t in room)
        for component in nx.strongly_connected_components(graph):
            if not component & must:
                continue
            taken = {a for s, a, t in self.edges if s in component and t in component}
            serves = {w for s, w, t in self.serving if s in component and t in component}
            weak = all(
                action in taken or any(action not in self.wanted[s] for s in component)
                for action in self.fair["weak"]
            ) and all(
                whom in serves or any(whom not in self.able[s] for s in component)
                for state in component
                for whom in self.able[state]
                if whom[0] in self.fair["weak"]
            )
            lacking = {
                action
                for action in self.fair["strong"] - taken
                if any(action in self.enabled[s] for s in component)
            }
            if weak and not lacking:
                return True
            rest = {s for s in component if not self.enabled[s] & lacking}
            if lacking and self.fair_set(rest, must):
                return True
        return False


def eager(system: System) -> System:
    """The system in which no action waits for others."""
    actions = (a if a.claim is None else replace(a, guard=a.claim) for a in system.actions)
    return replace(system, actions=tuple(actions))


def served(step: Step) -> Served:
    """The action of a step and whom it serves."""
    return repr(step.action), tuple(step.arguments[i] for i in step.action.served)


def orbits(system: System, states: list[State], classes: dict[Sort, tuple[int, ...]]) -> int:
    """The number of states up to the permutations of sorts that keep every element's class."""
    choices = [
        [
            (sort, order)
            for order in permutations(range(sort.size))
            if all(kind[i] == kind[order[i]] for i in range(sort.size))
        ]
        for sort, kind in classes.items()
    ]
    left = set(states)
    count = 0
    while left:
        state = next(iter(left))
        count += 1
        for choice in product(*choices):
            left.discard(permuted(system, state, dict(choice)))
    return count


def permuted(system: System, state: State, orders: dict[Sort, tuple[int, ...]]) -> State:
    """The state in which every element has a new index."""
    result = list(state)
    for (function, arguments), value in zip(system.cells, state, strict=True):
        moved = [
            orders[sort][a] if sort in orders else a
            for sort, a in zip(function.domain, arguments, strict=True)
        ]
        type = function.type
        if isinstance(type, ElementType) and type.sort in orders and value >= 0:
            result[system.cell(function, moved)] = orders[type.sort][value]
        else:
            result[system.cell(function, moved)] = value
    return tuple(result)
