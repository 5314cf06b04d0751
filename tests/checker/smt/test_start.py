"""Many initial states as few choices."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.budget import Budget
from checker.smt.gates import Gates
from checker.smt.layout import Layout
from checker.smt.sat import core
from checker.smt.start import begin, factors
from model.ir.builder import Builder
from model.ir.system import State, System
from model.ir.types import BOOL, IntType


def cells(states: list[State]) -> System:
    """A system without actions over a bool and three integers."""
    build = Builder("cells")
    build.function("on", (), BOOL, 0)
    for name in ("a", "b", "c"):
        build.function(name, (), IntType(-1, 3), 0)
    system = build.build()
    return type(system)(system.name, system.functions, tuple(states), ())


def starts(system: System) -> list[State]:
    """Every state that the clauses allow, found one after the other."""
    gates = Gates(core(None, Budget()))
    layout = Layout(system)
    bits = begin(gates, layout, system.initial)
    found = []
    while (model := gates.core.solve()) is not None:
        state = layout.state(model, bits)
        found.append(state)
        gates.core.add([[-bit if model[bit] else bit for bit in bits]])
    return found


states = st.tuples(st.integers(0, 1), *[st.integers(-1, 3)] * 3)


@given(st.lists(states, min_size=1, max_size=30, unique=True))
@settings(deadline=None, max_examples=60)
def test_the_starts_are_the_initial_states(initial: list[State]) -> None:
    """Each of them once, and no other."""
    assert sorted(starts(cells(initial))) == sorted(initial)


@pytest.mark.parametrize(
    ("initial", "groups"),
    [
        ([(0, 0, 0, 0)], []),
        (list(product([0], range(3), range(3), range(3))), [[1], [2], [3]]),
        # The second integer follows the first; the third is free.
        ([(0, a, 3 - a, c) for a in range(3) for c in range(2)], [[1, 2], [3]]),
        # Any two are independent, the three are not.
        ([(a ^ b, a, b, 0) for a in (0, 1) for b in (0, 1)], [[0, 1, 2]]),
    ],
)
def test_independent_choices_are_told_apart(initial: list[State], groups: list[list[int]]) -> None:
    """A product of ranges takes the sum of their sizes, not their product."""
    assert factors(np.array(initial)) == groups
    assert sorted(starts(cells(initial))) == sorted(initial)
