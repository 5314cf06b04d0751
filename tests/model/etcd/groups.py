"""Raft groups to speak to in tests: members A, B, C are 0, 1, 2; revisions and terms from 0."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from model.api.controlplane import ControlPlane, MemberChange
from model.etcd import raft
from model.etcd.raft.properties import CLAIMS
from model.instance import Instance
from model.ir.interpret import Step, holds, steps, successor
from model.ir.system import State, System
from model.ir.types import ElementType, EnumType
from model.scenario import Bounds, Faults
from tests.model.worlds import scenario

A, B, C, D = range(4)
#: Steps: the name of an action and what it is about.
Path = tuple[tuple[Any, ...], ...]
A_LEADS: Path = (("campaign", A), ("vote", B, A), ("win", A))


def removal(*members: int) -> MemberChange:
    names = tuple(f"etcd-{m + 1}" for m in members)
    return MemberChange(f"remove {', '.join(names)}", removes=names)


class Group:
    """The finite model of some members."""

    def __init__(
        self,
        members: int = 3,
        *mutations: str,
        terms: int = 4,
        log: int = 2,
        changes: tuple[MemberChange, ...] = (),
        faults: Faults | None = None,
        compaction: bool = False,
    ) -> None:
        given = scenario(
            control_plane=ControlPlane(members, changes=changes, compaction=compaction),
            faults=faults or Faults(),
            mutations=mutations,
            bounds=Bounds(terms=terms, log=log),
        )
        texts = dict.fromkeys(CLAIMS, "")
        self.instance: Instance = raft.instance(given, texts, lambda name: name in CLAIMS)
        self.system: System = self.instance.system
        (self.initial,) = self.system.initial

    def run(self, *path: tuple[Any, ...], start: State | None = None) -> State:
        """The state after (action, arguments...) steps."""
        state = self.initial if start is None else start
        for name, *arguments in path:
            after = self._step(state, name, *arguments)
            assert after is not None, f"{name} {arguments} is not possible"
            assert after != state, f"{name} {arguments} changes nothing"
            state = after
        return state

    def _step(self, state: State, name: str, *arguments: int) -> State | None:
        action = next(a for a in self.system.actions if a.name == name)
        return successor(self.system, state, Step(action, arguments))

    def can(self, state: State, name: str, *arguments: int) -> bool:
        return self._step(state, name, *arguments) is not None

    def read(self, state: State, name: str, *arguments: int) -> Any:
        function = next(f for f in self.system.functions if f.name == name)
        value = state[self.system.cell(function, arguments)]
        return function.type.show(value) if isinstance(function.type, EnumType) else value

    def log(self, state: State, member: int) -> list[int]:
        """The terms of a member's entries."""
        revisions = next(s for s in self.system.sorts if s.name == "Revision")
        terms = [self.read(state, "entryTerm", member, i) for i in range(revisions.size)]
        return [term for term in terms if term]

    def broken(self, state: State) -> set[str]:
        """The properties that a state violates."""
        properties = self.system.properties
        return {prop.name for prop in properties if not holds(self.system, prop.p, state)}

    def reachable(self) -> set[State]:
        """Every state, by the interpreter alone."""
        seen, frontier = {self.initial}, [self.initial]
        while frontier:
            ends = {end for state in frontier for _, end in steps(self.system, state)} - seen
            seen |= ends
            frontier = list(ends)
        return seen


def canonical(group: Group, state: State) -> State:
    """The least state that renaming members makes of a state; those must be interchangeable."""
    system = group.system
    rows = [(f, args, system.cell(f, args)) for f, args in system.cells]
    members = next(s for s in system.sorts if s.name == "Member")
    best: State | None = None
    for renaming in permutations(range(members.size)):
        renamed = [0] * len(state)
        for function, args, position in rows:
            value = state[position]
            kind = function.type
            if isinstance(kind, ElementType) and kind.sort == members and value >= 0:
                value = renaming[value]
            where = tuple(
                renaming[a] if sort == members else a
                for sort, a in zip(function.domain, args, strict=True)
            )
            renamed[system.cell(function, where)] = value
        if best is None or tuple(renamed) < best:
            best = tuple(renamed)
    assert best is not None
    return best
