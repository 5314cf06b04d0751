"""Runs without what they do not need."""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.budget import Budget
from checker.explicit.layout import Layout, Mask, Matrix
from checker.swarm.follow import Follower
from checker.swarm.live import Watch
from checker.swarm.runs import Integers, Numbering
from checker.swarm.shorten import Shortener
from model.ir.builder import Builder
from model.ir.expr import variable
from model.ir.interpret import Step, steps, successor
from model.ir.system import Property, System, assign
from model.ir.types import ElementType, IntType, Sort


@cache
def lamps() -> System:
    """Counters of three lamps go up, and down again; a pointer moves between them."""
    b = Builder("lamps")
    lamp = Sort("Lamp", ("a", "b", "c"))
    n = b.function("n", (lamp,), IntType(0, 4), 0)
    here = b.function("here", (), ElementType(lamp), 0)
    x, y = variable("x", lamp), variable("y", lamp)
    b.action("up", "it", [x], (here() == x) & (n[x] < 4), [assign(n[x], n[x] + 1)])
    b.action("down", "it", [x], n[x] > 0, [assign(n[x], n[x] - 1)])
    b.action("move", "it", [x, y], here() == x, [assign(here(), y)])
    b.properties.append(Property("lit", "eventually", n[x := here()] == 4))
    return b.build()


def walk(choices: list[int]) -> tuple[Integers, tuple[int, ...]]:
    """The numbers of the steps of a run that the choices make, and its last state."""
    system = lamps()
    numbering = Numbering(Layout(system))
    state, numbers = system.initial[0], []
    for choice in choices:
        possible = list(steps(system, state))
        step, state = possible[choice % len(possible)]
        numbers.append(number_of(numbering, step))
    return np.array(numbers, np.int64), state


def number_of(numbering: Numbering, step: Step) -> int:
    action = lamps().actions.index(step.action)
    arguments = [np.array([value]) for value in step.arguments]
    return int(numbering.numbers(action, arguments, 1)[0])


def test_numbers_of_steps() -> None:
    """Every choice has its own number, which names it."""
    system = lamps()
    numbering = Numbering(Layout(system))
    every = [Step(a, (x,)) for a in system.actions[:2] for x in range(3)]
    every += [Step(system.actions[2], (x, y)) for x in range(3) for y in range(3)]
    assert [number_of(numbering, step) for step in every] == list(range(15))
    assert [numbering.step(i) for i in range(15)] == every


def shortened(path: Integers, wanted: tuple[int, ...], watch: Watch | None = None) -> list[Step]:
    """What is left of a run that must end in a state with the wanted first cells."""
    system = lamps()
    layout = Layout(system)
    numbering = Numbering(layout)
    follower = Follower(layout, numbering, watch or Watch(system, []))

    def goal(C: Matrix, _: Mask) -> Mask:
        reached = [tuple(column[: len(wanted)]) == wanted for column in C.T.tolist()]
        return np.array(reached, bool)

    left = Shortener(follower, system.initial[0], goal).shorten(path, Budget())
    return [numbering.step(number) for number in left.tolist()]


def end(run: list[Step]) -> tuple[int, ...] | None:
    system = lamps()
    state: tuple[int, ...] | None = system.initial[0]
    for step in run:
        state = None if state is None else successor(system, state, step)
    return state


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 20), max_size=40), st.integers(1, 3))
def test_what_is_left_is_needed(choices: list[int], cells: int) -> None:
    """What is left is a run to the goal; without any one of its steps it is not."""
    path, last = walk(choices)
    left = shortened(path, last[:cells])
    reached = end(left)
    assert reached is not None
    assert reached[:cells] == last[:cells]
    for index in range(len(left)):
        without = end(left[:index] + left[index + 1 :])
        assert without is None or without[:cells] != last[:cells]


def test_detours_are_left_out() -> None:
    """Three steps do what a walk of many did."""
    numbering = Numbering(Layout(lamps()))
    up, down, move = lamps().actions
    run = [Step(up, (0,)), Step(move, (0, 1)), Step(up, (1,)), Step(up, (1,)), Step(move, (1, 2))]
    run += [Step(up, (2,)), Step(down, (1,)), Step(move, (2, 0)), Step(up, (0,)), Step(up, (0,))]
    path = np.array([number_of(numbering, step) for step in run])
    assert list(map(str, shortened(path, (3,)))) == ["up"] * 3
    assert shortened(path[:0], (0,)) == []
    assert end(run) == (3, 1, 1, 0)
