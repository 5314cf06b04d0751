"""The counter form has every run of a system: checked against the interpreter, step by step."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from checker.budget import Budget
from checker.smt import terms
from checker.smt.abstract import Abstract
from checker.smt.certificate import choices
from checker.smt.counters import Chosen
from checker.smt.inductive import Conditions, Goal
from checker.smt.linear import Bit, Linear, number
from checker.smt.moves import Unsupported
from model.ir.builder import Builder
from model.ir.family import Family
from model.ir.interpret import Step, evaluate, holds, steps
from model.ir.quantifier import count
from model.ir.system import Property, State, System
from model.ir.types import BOOL, ElementType, EnumType, ModelError, Sort
from tests.effort import busy, effort
from tests.shipped import PASSING, checked, scenario
from tests.systems import random_system, rollout, two_phase_commit


def walk(system: System, seed: int, length: int) -> Iterator[tuple[State, Step, State]]:
    """The steps of a random run."""
    chance, state = random.Random(seed), system.initial[0]
    for _ in range(length):
        try:
            possible = list(steps(system, state))
        except ModelError:
            return
        if not possible:
            return
        step, after = chance.choice(possible)
        yield state, step, after
        state = after


class Watch:
    """What a counter form says of the states and steps of a system of its family."""

    def __init__(self, system: System, goal: Goal, seconds: float = 60) -> None:
        self.system, self.goal = system, goal
        self.conditions = Conditions(goal, busy(seconds))

    def seen(self, state: State) -> dict[str, int]:
        form = self.goal.form
        like = None if self.goal.chosen is None else self.goal.chosen.like
        found = form.see(self.system, np.array([state]).T, like)
        values = {name: int(array[0]) for name, array in found.items()}
        for table in form.parameters:
            values[table.name] = table.values[0]
        for sort, table in form.sizes.items():
            size = next(s.size for s in self.system.sorts if s.name == sort.name)
            values[table.name] = size
        return values

    def equal(self, variable: object, value: int) -> Bit:
        if isinstance(variable, Linear):
            return self.conditions.integers.equal(variable, number(value))
        return variable if value else terms.negate(variable)

    def at(self, state: State) -> list[Bit]:
        """That the counter form is in a state of the system."""
        before = self.conditions.before
        return [
            self.equal(before.get(name, Linear(((name, 1),))), value)
            for name, value in self.seen(state).items()
        ]

    def possible(self, *bits: Bit) -> bool:
        solver = self.conditions.solver()
        solver.add(*bits, *self.conditions.closed.sides)
        return solver.check() is not None

    def agrees(self, state: State) -> None:
        """The property may be as true as it is, and the axioms hold."""
        prop, chosen = self.goal.prop, self.goal.chosen
        if chosen is None:
            true = holds(self.system, prop.p, state)
        else:
            name = prop.p.payload[0]
            true = bool(evaluate(self.system, prop.p.args[0], state, {name: chosen.like}))
        claim = self.conditions.claim
        assert self.possible(*self.at(state), claim if true else terms.negate(claim))

    def allows(self, before: State, step: Step, after: State) -> None:
        """Some move of the action leads from the one state to the other."""
        old, new = self.seen(before), self.seen(after)
        if old == new:
            return
        found = []
        for move in self.conditions.moves:
            action = move.action
            if (action.actor, action.name) == (step.action.actor, step.action.name):
                arrives = [
                    self.equal(move.after.get(name, variable), new[name])
                    for name, variable in self.conditions.before.items()
                ]
                found.append(terms.conj((*move.conditions, *arrives)))
        assert self.possible(*self.at(before), terms.disj(found)), str(step)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("seed", range(40))
def test_random_systems_step_within_their_counter_form(seed: int, symmetric: bool) -> None:
    """Whatever is tracked, no step is lost and every property may have its true value."""
    system = random_system(seed, 2, symmetric=symmetric)
    chance = random.Random(seed)
    for prop in [p for p in system.properties if p.kind == "always"][:2]:
        family = Family(system)
        tracked = frozenset(f for f in system.functions if chance.random() < 0.75)
        for chosen in choices(family, prop)[:2]:
            try:
                watch = Watch(system, Goal(family, prop, tracked, chosen))
            except Unsupported:
                continue
            for before, step, after in walk(system, seed, 8):
                watch.agrees(before)
                watch.allows(before, step, after)


@pytest.mark.parametrize(
    "system",
    [two_phase_commit(3, symmetric=True), rollout(3, 2)],
    ids=lambda system: system.name,
)
def test_textbook_systems_step_within_their_counter_form(system: System) -> None:
    """With everything tracked, long runs stay inside."""
    prop = next(p for p in system.properties if p.kind == "always")
    watch = Watch(system, Goal(Family(system), prop, frozenset(system.functions)))
    for seed in range(3):
        for before, step, after in walk(system, seed, 12):
            watch.agrees(before)
            watch.allows(before, step, after)


#: Specs whose workloads are made of different components; the others are stepped through at night.
STEPPED = [
    f"specs/{name}.yaml"
    for name in (
        "default-strategy",
        "drain",
        "maintenance-dip",
        "node-crash",
        "recreate",
        "taint-loop-nodename",
        "taints",
        # Where there is one node, "elsewhere" and "here" are more values than it has elements.
        "broken/host-port",
    )
]
#: The interpreter needs seconds for each of their steps.
SLOW = ("benchmarks/large-rollout.yaml", "specs/lagging-pods.yaml")
#: Victims are ranked by how many pods share their nodes: with both tracked, the sums over all nodes
#: are hard for the solver.
RANKED = {"node", "victim"}


def _family(spec: str) -> tuple[System, Family, Property]:
    """A workload, its family, and a property to look at; skips what has none."""
    system = checked(scenario(spec))[0].system
    family = system.family()
    if family is None:
        pytest.skip("no workload")
    names = ("no-overcommit", "surge-bounded", "no-duplicate-pods")
    found = [p for n in names for p in family.member.properties if p.name == n]
    if not found:
        pytest.skip("none of the properties")
    return system, family, found[0]


@pytest.mark.parametrize("spec", [spec for spec in PASSING if spec not in SLOW])
def test_a_workload_starts_as_its_family(spec: str) -> None:
    _, family, _ = _family(spec)
    assert family.initial is not None
    for initial in family.member.initial:
        assert holds(family.member, family.where, initial)
        assert holds(family.member, family.initial, initial)


@pytest.mark.parametrize(
    "spec", effort(STEPPED, sorted({*STEPPED, *PASSING} - {*SLOW, "specs/duplicate-create.yaml"}))
)
@pytest.mark.parametrize("nodes", [False, True])
def test_a_workload_steps_within_its_family(spec: str, nodes: bool) -> None:
    """It starts as the family says, and its steps are some of the counter form's: where pods are is
    tracked alone, and everything else without it."""
    system, family, prop = _family(spec)
    functions = frozenset(
        f for f in family.member.functions if (f.name == "node" if nodes else f.name not in RANKED)
    )
    moved = 0
    for chosen in choices(family, prop)[: effort(1, None)]:
        watch = Watch(system, Goal(family, prop, functions, chosen), 600)
        for initial in system.initial:
            solver = watch.conditions.initially()
            solver.add(*watch.at(initial))
            assert solver.check() is not None
        for before, step, after in walk(system, 1, 14):
            watch.allows(before, step, after)
            moved += watch.seen(before) != watch.seen(after)
    assert moved or nodes


def _pods() -> tuple[System, Goal]:
    b = Builder("pods")
    pod, node = Sort("Pod", ("p", "q", "r"), True), Sort("Node", ("m", "n"), True)
    phase = b.function("phase", (pod,), EnumType("Phase", ("Off", "On")), 0)
    b.function("on", (pod,), ElementType(node, optional=True), [0, -1, 1])
    b.function("open", (), BOOL, 1)
    claim = count(pod, lambda q: phase[q].is_in("On")) <= 3
    prop = Property("few", "always", claim)
    b.properties.append(prop)
    system = b.build()
    return system, Goal(Family(system), prop, frozenset(system.functions), Chosen(node, 1))


def test_counters_count() -> None:
    """Elements with equal values are counted together; the chosen element is told apart."""
    system, goal = _pods()
    seen = goal.form.see(system, np.array([system.initial[0]]).T, 1)
    there = {name: int(values[0]) for name, values in seen.items() if values[0]}
    assert there == {
        "#Pod(phase=Off, on=none)": 1,
        "#Pod(phase=Off, on=elsewhere)": 1,
        "#Pod(phase=Off, on=here)": 1,
        "#Node()": 1,
        "#Node(chosen)": 1,
        "open": 1,
    }


def test_what_is_dropped_may_be_anything() -> None:
    """A function that is not tracked gives no information, and the same question one answer."""
    system, goal = _pods()
    conditions = Conditions(Goal(goal.family, goal.prop, frozenset()), Budget())
    reading = Abstract(conditions.form, conditions.integers, conditions.before, lambda: None)
    flag = next(f for f in system.functions if f.name == "open")()
    bit = reading.bit(flag, {})
    solver = conditions.solver()
    assert solver.check(bit) is not None
    assert solver.check(terms.negate(bit)) is not None
    assert reading.bit(flag, {}) is bit
