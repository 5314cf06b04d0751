"""Small clusters for tests: scenarios with few words, states and steps by name.

A `World` is the system of a scenario. Its states are written down by what is in them, and its
steps read back as names, so that a test is a table of situations and what may happen in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from model import cluster
from model.api.change import Change
from model.api.intstr import IntOrPercent
from model.api.node import Node, Taint
from model.api.pod import PodTemplate, Toleration
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.selector import LabelSelector
from model.api.workload import Workload
from model.instance import Instance
from model.ir.interpret import Step, holds, steps, successor
from model.ir.system import State, StateFunction, System
from model.ir.types import ElementType, EnumType, Type
from model.scenario import Faults, Scenario

GIB = 2**30

#: A taint that drives pods out, and what bears it for a minute.
TAINT = Taint("pool", "old", "NoExecute")
FOR_A_TIME = Toleration("pool", "Equal", "old", "NoExecute", 60)

#: What a pod is in a test: its phase, its node ("" for none), its revision (1 or 2).
Pod = tuple[str, str, int]


def template(**changes: Any) -> PodTemplate:
    """A pod of half a CPU and a quarter GiB, with some fields changed."""
    plain = PodTemplate(
        labels={"app": "web"}, images=("web:1",), requests={"cpu": 500, "memory": GIB // 4}
    )
    return replace(plain, **changes)


def amount(value: int | str) -> IntOrPercent:
    """1 or "25%" as a user writes them."""
    if isinstance(value, int):
        return IntOrPercent(value)
    return IntOrPercent(int(value.removesuffix("%")), percent=True)


def workload(
    replicas: int = 2,
    surge: int | str = "25%",
    unavailable: int | str = "25%",
    pod: PodTemplate | None = None,
    **changes: Any,
) -> Workload:
    """A Deployment called web."""
    plain = Workload(
        "Deployment",
        "default",
        "web",
        replicas,
        LabelSelector({"app": "web"}),
        pod or template(),
        max_surge=amount(surge),
        max_unavailable=amount(unavailable),
    )
    return replace(plain, **changes)


def node(name: str, **changes: Any) -> Node:
    """A node of 4 CPU and 16 GiB."""
    labels = {"kubernetes.io/hostname": name, **changes.pop("labels", {})}
    room = {"cpu": 4000, "memory": 16 * GIB, "pods": 110, **changes.pop("allocatable", {})}
    return Node(name, labels, allocatable=room, **changes)


def nodes(count: int) -> tuple[Node, ...]:
    return tuple(node(f"node-{i + 1}") for i in range(count))


def budget(minimum: int | str | None = None, maximum: int | str | None = None) -> Any:
    """A PodDisruptionBudget with minAvailable or maxUnavailable."""
    return PodDisruptionBudget(
        "default",
        "web",
        LabelSelector({"app": "web"}),
        None if minimum is None else amount(minimum),
        None if maximum is None else amount(maximum),
    )


def scenario(
    change: Any = "steady",
    on: int | Sequence[Node] = 1,
    of: Workload | None = None,
    mutations: Iterable[str] = (),
    **changes: Any,
) -> Scenario:
    """One workload on some nodes under a change, which may be given by its kind."""
    plain = Scenario(
        "test",
        of or workload(),
        nodes(on) if isinstance(on, int) else tuple(on),
        Change(change) if isinstance(change, str) else change,
        faults=changes.pop("faults", Faults()),
        prompt=changes.pop("prompt", False),
        mutations=frozenset(mutations),
    )
    return replace(plain, **changes)


@dataclass(frozen=True)
class World:
    """The system of a scenario, spoken to by names."""

    scenario: Scenario

    @cached_property
    def instance(self) -> Instance:
        return cluster.workload(self.scenario)

    @property
    def system(self) -> System:
        return self.instance.system

    def function(self, name: str) -> StateFunction:
        return next(f for f in self.system.functions if f.name == name)

    def state(self, pods: Sequence[Pod] | None = None, **values: object) -> State:
        """The initial state with some functions changed.

        `pods` are put in the first slots and replace every pod of the initial state. A function
        of one element takes a value for each of its first elements, one without takes a value.
        No sync is under way unless the values say so.
        """
        state = list(self.system.initial[0])
        if pods is not None:
            slots = self.function("phase").size
            rows = [*pods, *([("Absent", "", 1)] * (slots - len(pods)))]
            revisions = self.function("owner").type
            assert isinstance(revisions, ElementType)
            values = {
                **values,
                "phase": [phase for phase, _, _ in rows],
                "node": [name for _, name, _ in rows],
                "owner": [revisions.sort.elements[revision - 1] for _, _, revision in rows],
            }
        for status in ("statusAvailable", "statusReplicas"):
            if status in values:
                values = {f"decided {status}": values[status], **values}
        for name, value in values.items():
            function = self.function(name.replace("__", " ").replace("_", "-"))
            column = value if isinstance(value, list) else [value]
            for position, each in enumerate(column):
                state[self.system.offsets[function] + position] = _number(function.type, each)
        return tuple(state)

    def read(self, state: State, name: str) -> Any:
        """The values of a function in a state, as names; of one without arguments, its value."""
        function = self.function(name)
        start = self.system.offsets[function]
        shown = [_name(function.type, v) for v in state[start : start + function.size]]
        return shown if function.domain else shown[0]

    def pods(self, state: State) -> list[Pod]:
        """The pods that exist, sorted."""
        rows = zip(*(self.read(state, name) for name in ("phase", "node", "owner")), strict=True)
        return sorted(
            (phase, at, int(owner[-1]) if owner[-1].isdecimal() else 1)
            for phase, at, owner in rows
            if phase != "Absent"
        )

    def steps(self, state: State) -> list[tuple[Step, State]]:
        return list(steps(self.system, state))

    def enabled(self, state: State, actor: str = "") -> set[str]:
        """The names of the actions that are possible, of one actor or of all."""
        return {s.action.name for s, _ in self.steps(state) if actor in ("", s.action.actor)}

    def choices(self, state: State, name: str, parameter: int = 0) -> set[str]:
        """The elements that an action may choose for one of its parameters."""
        return {
            s.action.sorts[parameter].elements[s.arguments[parameter]]
            for s, _ in self.steps(state)
            if s.action.name == name
        }

    def chosen_slots(self, state: State, name: str, parameter: int = 0) -> set[int]:
        """The positions of the pods that an action may choose, counting from 0."""
        return {s.arguments[parameter] for s, _ in self.steps(state) if s.action.name == name}

    def after(self, state: State, *path: str) -> State:
        """The state after some steps, each named by its action; the first choice of each."""
        for name in path:
            found = [end for step, end in self.steps(state) if step.action.name == name]
            assert found, f"{name!r} is not possible, only {sorted(self.enabled(state))}"
            state = found[0]
        return state

    def take(self, state: State, name: str, *arguments: str) -> State | None:
        """The state after one action with given elements, None if it is not possible."""
        action = next(a for a in self.system.actions if a.name == name)
        chosen = tuple(
            sort.elements.index(argument)
            for sort, argument in zip(action.sorts, arguments, strict=True)
        )
        return successor(self.system, state, Step(action, chosen))

    def holds(self, state: State, name: str) -> bool:
        """Whether the formula of an `always` property is true in a state."""
        return holds(self.system, self.system.property(name).p, state)

    def reachable(self, limit: int = 20_000) -> dict[State, int]:
        """Every reachable state and its depth, by naive search. Fails beyond the limit."""
        depth = dict.fromkeys(self.system.initial, 0)
        frontier = list(depth)
        while frontier:
            found = []
            for state in frontier:
                for _, end in steps(self.system, state):
                    if end not in depth:
                        depth[end] = depth[state] + 1
                        found.append(end)
            assert len(depth) <= limit, "too many states for a naive search"
            frontier = found
        return depth


def _number(type: Type, value: object) -> int:
    if isinstance(type, EnumType) and isinstance(value, str):
        return type.values.index(value)
    if isinstance(type, ElementType) and isinstance(value, str):
        return type.sort.elements.index(value) if value else -1
    assert isinstance(value, int)
    return int(value)


def _name(type: Type, value: int) -> Any:
    if isinstance(type, EnumType):
        return type.values[value]
    if isinstance(type, ElementType):
        return type.sort.elements[value] if value >= 0 else ""
    return value
