"""The ladder of sizes keeps the shape of a scenario."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from model.apiserver.room import roomy
from model.disruption import healthy_needed
from model.rungs import sizes, smaller
from model.scenario import Change, IntOrPercent, PodDisruptionBudget, Scenario
from tests.shipped import scenario

AMOUNTS = st.builds(IntOrPercent, st.integers(0, 100), st.booleans())


def large(replicas: int, surge: IntOrPercent, unavailable: IntOrPercent) -> Scenario:
    base = scenario("benchmarks/large-rollout.yaml")
    workload = replace(
        base.workload, replicas=replicas, max_surge=surge, max_unavailable=unavailable
    )
    return replace(base, workload=workload, nodes=base.nodes[:20])


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 60), AMOUNTS, AMOUNTS)
def test_rungs_keep_the_shape(replicas: int, surge: IntOrPercent, lost: IntOrPercent) -> None:
    """Every rung is smaller, ascends, and surges, loses replicas and has room as the whole does."""
    whole = large(replicas, surge, lost)
    before = 0
    for rung in smaller(whole):
        assert before < rung.workload.replicas < replicas
        before = rung.workload.replicas
        assert [n > 0 for n in rung.workload.rounded] == [n > 0 for n in whole.workload.rounded]
        assert roomy(rung) == roomy(whole)
        assert {n.name for n in rung.nodes} <= {n.name for n in whole.nodes}


def test_small_scenarios_have_no_rungs_below_two() -> None:
    """Two replicas are the smallest rung."""
    base = scenario("benchmarks/large-rollout.yaml")
    for replicas in (0, 1, 2):
        workload = replace(base.workload, replicas=replicas)
        assert list(smaller(replace(base, workload=workload))) == []


def test_sizes_in_words() -> None:
    """A rung names what it covers of what."""
    whole = scenario("benchmarks/large-rollout.yaml")
    assert sizes(next(smaller(whole)), whole) == "2 of 100 replicas on 3 of 100 nodes"


def test_budgets_keep_what_they_spare() -> None:
    """A budget of 19 of 20 allows one eviction, and so it does on every rung."""
    base = scenario("specs/drain.yaml")
    workload = replace(base.workload, replicas=20)
    budget = replace(base.budgets[0], min_available=IntOrPercent(19), max_unavailable=None)
    assert isinstance(budget, PodDisruptionBudget)
    whole = replace(base, workload=workload, budgets=(budget,))
    rungs = list(smaller(whole))
    assert rungs
    for rung in rungs:
        (own,) = rung.budgets
        replicas = rung.workload.replicas
        assert replicas - healthy_needed(own, replicas) == 1
        assert rung.change == base.change
        assert set(base.change.nodes) <= {node.name for node in rung.nodes}


def test_several_drained_nodes_are_drained_on_rungs_too() -> None:
    """In the same order, those that a rung has; and some node is left alone."""
    base = scenario("benchmarks/large-rollout.yaml")
    names = tuple(node.name for node in base.nodes[7:0:-1])
    whole = replace(base, nodes=base.nodes[:20], change=Change("drain", nodes=names))
    rungs = list(smaller(whole))
    assert rungs
    for rung in rungs:
        kept = {node.name for node in rung.nodes}
        assert rung.change.nodes == tuple(name for name in names if name in kept)
        assert 1 < len(rung.change.nodes) < len(kept)
