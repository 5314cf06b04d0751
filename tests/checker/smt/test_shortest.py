"""Several steps in one layer: found at less depth, and still the fewest steps."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.budget import Budget
from checker.engines.bmc import BoundedModelChecker
from checker.smt import shortest, step
from checker.smt.gates import Gates
from checker.smt.sat import core
from checker.smt.shortest import _Excess
from checker.smt.step import Dependence, Transition
from checker.verdict import Verdict
from model.ir.builder import Builder
from model.ir.expr import conj, disj
from model.ir.system import Property, System, assign
from model.ir.types import BOOL, IntType
from tests.checker.smt.naive import shortest as by_brute_force
from tests.systems import two_phase_commit


def lamps(count: int, need: int) -> System:
    """Lamps that are turned on independently. Either `need` of them are on, or a wire that is
    laid in so many steps, one after the other, is finished."""
    build = Builder("lamps")
    on = [build.function(f"lamp {i}", (), BOOL, 0) for i in range(count)]
    wire = build.function("wire", (), IntType(0, count), 0)
    for i, lamp in enumerate(on):
        build.action(f"turn on {i}", "user", [], ~lamp(), [assign(lamp(), True)])
    build.action("lay", "user", [], wire() < count, [assign(wire(), wire() + 1)])
    lit = conj(*(lamp() for lamp in on))
    build.properties.append(Property("never", "always", ~disj(lit, wire() == need)))
    return build.build()


def only(system: System, depth: int) -> Verdict:
    (verdict,) = BoundedModelChecker().check(system, system.properties, Budget(depth=depth))
    return verdict


def test_independent_steps_share_a_layer() -> None:
    """Five steps that do not depend on each other are found at depth 1."""
    verdict = only(lamps(5, 5), 1)
    assert verdict.outcome == "violated"
    assert len(verdict.trace.steps) == 5
    assert verdict.reason == ""


@pytest.mark.parametrize("need", [2, 3, 4])
def test_a_run_of_more_layers_may_have_fewer_steps(need: int) -> None:
    """What is found first, five steps in one layer, is not what is reported."""
    verdict = only(lamps(5, need), 5)
    assert len(verdict.trace.steps) == need
    assert verdict.reason == ""


def test_a_trace_that_may_not_be_the_shortest_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without effort for shortening the answer stays, with its doubt."""
    system = two_phase_commit(3)
    system = type(system)(
        system.name,
        system.functions,
        system.initial,
        system.actions,
        (Property("never", "always", ~system.property("can commit").p),),
    )
    monkeypatch.setattr(shortest, "EFFORT", 0)
    verdict = only(system, 8)
    assert verdict.outcome == "violated"
    steps = by_brute_force(system, 10)[system.properties[0]]
    assert len(verdict.trace.steps) == steps or verdict.reason == "a shorter trace may exist"


def test_one_at_a_time_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit changes depths, not answers."""
    together = only(lamps(4, 3), 4)
    monkeypatch.setattr(step, "MOST_TOGETHER", 0)
    alone = only(lamps(4, 3), 4)
    assert alone.outcome == together.outcome == "violated"
    assert len(alone.trace.steps) == len(together.trace.steps) == 3
    assert only(lamps(4, 3), 2).outcome == "holds"


def test_what_a_step_reads_another_may_not_write() -> None:
    """Only the two steps on one lamp and wire depend on each other."""
    transition = Transition(lamps(3, 3), Budget())
    assert list(Dependence(transition.instances).pairs()) == []
    everything = (1 << len(transition.cells)) - 1
    assert len(list(Dependence(transition.instances, everything).pairs())) == 6


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=3))
@settings(deadline=None, max_examples=40)
def test_steps_are_counted(layers: list[list[bool]]) -> None:
    """For every run whose layers have a step, and every number that it is compared with."""
    layers = [row if any(row) else [True, *row[1:]] for row in layers]
    gates = Gates(core(None, Budget()))
    literals = [[gates.fresh() for _ in row] for row in layers]
    limit = 4
    count = _Excess(gates, limit)
    count.extend(literals[:1])
    count.extend(literals)
    total = sum(map(sum, layers))
    fixed = [
        literal if value else -literal
        for row, values in zip(literals, layers, strict=True)
        for literal, value in zip(row, values, strict=True)
    ]
    for steps in range(len(layers) + limit + 1):
        model = gates.core.solve([*fixed, count.fewer(steps)])
        assert (model is not None) == (total < steps)
