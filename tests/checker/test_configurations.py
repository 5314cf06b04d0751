"""What verdicts say of scenarios that leave sizes open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.budget import Budget
from checker.configurations import settled
from checker.engines import engine
from checker.verdict import Extent, Verdict
from model.api.change import Change
from model.cluster import workload as instance_of
from model.configurations import choices, narrowed
from model.instance import Instance
from model.scenario import Range, Scenario
from tests.effort import busy
from tests.model.worlds import scenario, workload

ROLLOUT = Change("rollout", "web:2")
NAME = "rollout-completes"


def opened(base: Scenario, endless: str = "", **values: Sequence[int]) -> Scenario:
    ranges = {
        name: Range(tuple(row), tuple(map(str, row)) if name == "pods" else (), name == endless)
        for name, row in values.items()
    }
    return narrowed(base, ranges)


def answer(instance: Instance, name: str) -> Verdict:
    prop = instance.system.property(name)
    (verdict,) = engine("explicit").check(instance.system, [prop], busy(60))
    return verdict


def said(instance: Instance, verdict: Verdict, budget: Budget, asked: str = "auto") -> Verdict:
    (found,) = settled(instance, [verdict], engine(asked), budget)
    return found


@settings(deadline=None, max_examples=8)
@given(
    st.sets(st.integers(1, 4), min_size=1),
    st.sets(st.integers(1, 5), min_size=1),
    st.integers(1, 2),
)
def test_the_smallest_configuration_is_found(replicas: set[int], pods: set[int], most: int) -> None:
    """Of all configurations that violate a property the first in order is shown, and it has the
    trace that it has alone."""
    counts = range(min(replicas), max(replicas) + 1)
    base = scenario(ROLLOUT, on=most, of=workload(1, 1, 0), prompt=True)
    instance = instance_of(
        opened(base, replicas=counts, nodes=range(1, most + 1), pods=sorted(pods))
    )
    system = instance.system
    failing = [
        state
        for state in system.initial
        if answer(replace(instance, system=replace(system, initial=(state,))), NAME).outcome
        == "violated"
    ]
    whole = said(instance, answer(instance, NAME), busy(60))
    if not failing:
        assert whole.outcome != "violated"
        return
    assert whole.trace is not None
    assert whole.trace.states[0] == failing[0]


def test_closed_scenarios_are_left_alone() -> None:
    """Where nothing is open a verdict stays what it is."""
    instance = instance_of(scenario(ROLLOUT))
    verdict = answer(instance, "surge-bounded")
    assert said(instance, verdict, Budget()) is verdict


def test_ranges_with_an_end_are_proved_by_exhaustion() -> None:
    """All of their configurations were searched."""
    instance = instance_of(opened(scenario(ROLLOUT), replicas=(1, 2)))
    verdict = answer(instance, NAME)
    assert verdict.outcome == "proved"
    assert said(instance, verdict, Budget()) is verdict


def test_endless_ranges_hold_for_the_sizes_that_were_searched() -> None:
    """Exhaustion of the first sizes proves nothing of the others, and the verdict names them."""
    ways = opened(scenario(ROLLOUT), "replicas", replicas=(1, 2, 3))
    instance = instance_of(ways)
    verdict = said(instance, answer(instance, NAME), Budget())
    assert verdict.outcome == "holds"
    assert verdict.extent is not None
    assert verdict.extent.limits == ("replicas 1 to 3",)


def test_endless_ranges_are_proved_by_induction() -> None:
    """A proof for every size covers those that were not searched."""
    ways = opened(scenario(ROLLOUT), "replicas", replicas=(1, 2))
    instance = instance_of(ways)
    verdict = said(instance, answer(instance, "surge-bounded"), Budget())
    assert (verdict.outcome, verdict.engine) == ("proved", "induction")
    assert "every number of" in verdict.reason


def test_too_many_configurations_are_proved_by_induction() -> None:
    """Where the search was cut short a proof for every size covers all configurations."""
    instance = instance_of(opened(scenario(ROLLOUT), replicas=(1, 2)))
    cut = Verdict("surge-bounded", "holds", "explicit", 0.0, extent=Extent(5), reason="out of time")
    verdict = said(instance, cut, Budget())
    assert (verdict.outcome, verdict.engine) == ("proved", "induction")


def test_an_end_makes_a_difference() -> None:
    """What is proved of ranges with an end is not shared with the same ones without."""
    from checker.memo import structural_key

    ways = [opened(scenario(ROLLOUT), endless, replicas=(1, 2)) for endless in ("", "replicas")]
    systems = [instance_of(each).system for each in ways]
    one, other = (structural_key(system, system.properties) for system in systems)
    assert one != other


def test_no_proof_where_nodes_differ_in_size() -> None:
    """A family has nodes of the kinds that its member has, so it says nothing of other sizes."""
    ways = opened(scenario(ROLLOUT), "replicas", replicas=(1, 2), pods=(50, 60))
    instance = instance_of(ways)
    assert instance.member() is None
    verdict = said(instance, answer(instance, "surge-bounded"), Budget())
    assert verdict.outcome == "holds"


def test_smaller_sizes_are_not_named_as_larger_ones() -> None:
    """A verdict that holds for fewer sizes than the ranges have keeps its own."""
    ways = opened(scenario(ROLLOUT), "replicas", replicas=(1, 2, 3))
    instance = instance_of(ways)
    rung = Verdict(NAME, "holds", "explicit", 0.0, extent=Extent(None, ("replicas 1 to 2",)))
    assert said(instance, rung, Budget()) == rung


def test_an_engine_that_was_asked_for_answers_alone() -> None:
    """Induction does not speak for another engine."""
    instance = instance_of(opened(scenario(ROLLOUT), "replicas", replicas=(1, 2)))
    verdict = said(instance, answer(instance, "surge-bounded"), Budget(), "explicit")
    assert (verdict.outcome, verdict.engine) == ("holds", "explicit")


@pytest.mark.parametrize("outcome", ["violated", "unknown"])
def test_answers_without_a_trace_stay(outcome: str) -> None:
    """What has no trace has no configuration either."""
    instance = instance_of(opened(scenario(ROLLOUT), "replicas", replicas=(1, 2)))
    assert len(choices(instance.scenario)) == 2
    verdict = Verdict(NAME, outcome, "explicit", 0.0)  # type: ignore[arg-type]
    assert said(instance, verdict, Budget()) is verdict
