"""Neighbours that stay where they are."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from checker.budget import Budget
from checker.engines import engine
from checker.thinning import ENOUGH, FEW, thinned
from model import cluster
from model.api.change import Change
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.selector import LabelSelector
from model.api.workload import Workload
from model.scenario import Apart, Scenario
from model.sizes import background, rungs
from model.sizes.alike import workload_key
from tests.model.test_groups import job
from tests.model.test_neighbours import named
from tests.model.worlds import node, scenario


def group(*others: Workload, cpu: int = 2000, own: int = 1) -> Scenario:
    places = tuple(node(f"node-{i}", allocatable={"cpu": cpu, "pods": 9}) for i in (1, 2, 3))
    made = scenario("drain", nodes=places, workload=named("web", own, 300))
    made = replace(made, nodes=places, change=Change("steady"), prompt=None)
    return replace(made, neighbours=others, meetings=("meet",))


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 9)), min_size=1, max_size=8),
    st.integers(0, 8),
)
def test_room_is_what_others_leave(sizes: list[tuple[int, int]], number: int) -> None:
    """No node gives more than it has, and what is taken is what pods of the others request, all of
    them where they fit."""
    others = [named(f"w{i}", pods, 100 * cpu) for i, (pods, cpu) in enumerate(sizes)]
    whole = group(*others)
    small = background.beside(whole, number)
    kept = [each.subject for each in others[:number]]
    assert [each.subject for each in small.neighbours] == kept
    assert list(small.background) == [each.subject for each in others[number:]]
    left = [each.allocatable["cpu"] for each in small.nodes]
    taken = sum(before.allocatable["cpu"] for before in whole.nodes) - sum(left)
    rest = sum(pods * 100 * cpu for pods, cpu in sizes[number:])
    assert min(left) >= 0
    assert taken <= rest
    largest = max((100 * cpu for _, cpu in sizes[number:]), default=0)
    if taken < rest:
        assert min(left) < largest, "a pod was left out although there was room"
    if number >= len(others):
        assert small is whole


def test_who_meets_otherwise_takes_part() -> None:
    """Those that keep pods off nodes, and those that a budget counts; Jobs take no room, as they
    go."""
    others = [named(f"w{i}", 1, 500) for i in range(4)]
    whole = group(*others, job(2, 2))
    whole = replace(
        whole,
        apart=(Apart("Deployment/default/web", "Deployment/default/w3", ""),),
        budgets=(PodDisruptionBudget("default", "b", LabelSelector({"app": "w2"})),),
    )
    small = background.beside(whole, 0)
    assert [each.name for each in small.neighbours] == ["w2", "w3"]
    assert small.apart == whole.apart
    assert sum(each.allocatable["cpu"] for each in small.nodes) == 3 * 2000 - 2 * 500
    assert background.says(small).endswith("stay where they are, and Jobs among them are over")


def test_verdicts_name_how_many_take_part() -> None:
    """What is proved beside a few holds for these, and says so; smaller ones leave more where they
    are."""
    whole = group(*(named(f"w{i}", 1, 500 + i) for i in range(5)), own=2)
    small = background.beside(whole, 2)
    made = cluster.workload(replace(small, prompt=True))
    (prop,) = (p for p in made.system.properties if p.name == "no-overcommit")
    (verdict,) = engine("explicit").check(made.system, (prop,), Budget(60))
    assert verdict.outcome == "holds"
    assert verdict.extent is not None
    assert background.says(small) in verdict.extent.limits
    assert background.says(small).startswith("beside 2 of 5 ")
    (smaller,) = rungs.smaller(small)
    assert background.says(smaller).startswith("beside 1 of 5 ")
    assert rungs.sizes(smaller, small) == background.says(smaller)
    assert workload_key(small) != workload_key(replace(small, background=small.background[1:]))


def test_groups_are_thinned_where_the_time_is_short() -> None:
    """By what the user gives, not by what a machine does in it: large groups, and no others."""
    large = group(*(named(f"w{i}", 1, 500 + i) for i in range(FEW + 2)))
    small = group(named("w0", 1, 500))
    both = [large, small]
    assert thinned(both, Budget(None)) == both
    assert thinned(both, Budget(2 * ENOUGH)) == both
    first, second = thinned(both, Budget(ENOUGH))
    assert second is small
    assert (len(first.neighbours), first.prompt) == (FEW, True)
    (kept,) = thinned([replace(large, prompt=False)], Budget(1))
    assert kept.prompt is False
