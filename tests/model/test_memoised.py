"""The interpreter that keeps values gives the same ones as the one that does not."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.ir.interpret import Step, evaluate, memoised, steps, successor
from tests.shipped import PASSING, checked, scenario
from tests.systems import random_system


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32 - 1))
def test_on_random_systems(seed: int) -> None:
    """Every choice of every action, enabled or not, and every property, in the states near the
    start; whatever was asked before."""
    system = random_system(seed)
    states = list(system.initial[:2])
    for state in list(states):
        states += [after for _, after in steps(system, state)][:3]
    for state in states:
        value = memoised(system, state)
        for action in system.actions:
            for arguments in product(*(range(sort.size) for sort in action.sorts)):
                step = Step(action, arguments)
                plain = successor(system, state, step)
                assert successor(system, state, step, value) == plain
                assert successor(system, state, step, value) == plain
        for prop in system.properties:
            assert value(prop.p, {}) == evaluate(system, prop.p, state, {})


@pytest.mark.parametrize("spec", [s for s in PASSING if "etcd" not in s][:8])
def test_on_shipped_specs(spec: str) -> None:
    """The steps from the start are those of the plain interpreter."""
    for instance in checked(scenario(spec)):
        system = instance.system
        state = system.initial[0]
        plain = [
            (action.name, arguments)
            for action in system.actions
            for arguments in product(*(range(sort.size) for sort in action.sorts))
            if successor(system, state, Step(action, arguments)) is not None
        ]
        assert [(s.action.name, s.arguments) for s, _ in steps(system, state)] == plain
