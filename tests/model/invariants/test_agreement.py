"""Expressions mean what an independent implementation of the language says, in every state.

The other implementation is Google's, in C++: it reads the same states as plain objects that are
written down without the schema.
"""

from __future__ import annotations

import re
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from cel_expr_python import cel

from model.ir.interpret import memoised
from model.ir.system import State, System
from model.properties.invariants.checking import Checker
from model.properties.invariants.syntax import parse
from model.properties.invariants.typed import View
from model.properties.invariants.values import Truth
from tests.effort import effort
from tests.model.invariants.expressions import Maker
from tests.model.invariants.objects import SET, TEXTS, TWO, cluster, objects

WORKLOADS = {TWO: ("deployment_web", "deployment_api"), SET: ("statefulset_db",)}
_NAMED = re.compile(r"\b(deployment|statefulset)_(\w+)")


def states(system: System, random: Random, number: int) -> list[State]:
    """States with any values whatever, and the initial ones."""
    found = list(system.initial[:2])
    while len(found) < number:
        found.append(
            tuple(random.randint(f.type.lo, f.type.hi) for f, _ in system.cells),
        )
    return found


def environment(data: dict[str, Any]) -> cel.Env:
    kinds = dict.fromkeys(data, cel.Type.DYN)
    return cel.NewEnv(variables=kinds)


class TooMuch(Exception):
    """The other implementation gives up on an expression that takes too long."""


def theirs(compiled: cel.Expression, data: dict[str, Any]) -> bool | None:
    """What the other implementation says; None where it says that there is an error."""
    try:
        found = compiled.eval(data=data)
    except RuntimeError as problem:
        raise TooMuch from problem
    if found.type() == cel.Type.ERROR:
        return None
    value = found.plain_value()
    assert isinstance(value, bool), (value, found.type())
    return value


def ours(found: Truth, system: System, state: State) -> bool | None:
    """What the compiled form says; None where it says that there is no value."""
    value = memoised(system, state)
    return None if value(found.missing, {}) else bool(value(found.value, {}))


def agree(model: str, expression: str, among: list[State]) -> set[bool | None]:
    """Compare them in some states; returns what they say."""
    made, system = cluster(model)
    written = _NAMED.sub(r"\1('\2')", expression)
    found = Checker().check(parse(written)).truth(View(made))
    env = environment(objects(model, among[0]))
    compiled = env.compile(expression)
    answers = set()
    for state in among:
        wanted = theirs(compiled, objects(model, state))
        assert ours(found, system, state) == wanted, (written, objects(model, state))
        answers.add(wanted)
    return answers


@pytest.mark.parametrize("seed", range(effort(20, 400)))
def test_random_expressions_mean_the_same_in_random_states(seed: int) -> None:
    random = Random(seed)
    seen: set[bool | None] = set()
    for model in TEXTS:
        _, system = cluster(model)
        among = states(system, random, 8)
        for _ in range(20):
            maker = Maker(random, WORKLOADS[model])
            with suppress(TooMuch):
                seen |= agree(model, maker.truth(random.choice((2, 2, 3)), {}), among)
    assert seen == {True, False, None}
