"""Scenarios that leave counts and amounts open are all of their configurations at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.engines import engine
from checker.engines.contract import Engine
from checker.engines.explicit import Explicit
from checker.verdict import Verdict
from model.api.change import Change
from model.cluster import workload as instance_of
from model.configurations import choices, closed, narrowed, says, smaller
from model.instance import Instance
from model.scenario import Faults, Range, Scenario
from tests.effort import busy, effort
from tests.model.worlds import GIB, amount, budget, node, scenario, workload

ROLLOUT = Change("rollout", "web:2")
#: Without the reductions, by which configurations that make no difference count once.
EXPLORER = Explicit()

Answers = dict[str, Verdict]


def ranges(**values: Sequence[int]) -> dict[str, Range]:
    """Ranges by name; amounts of memory and CPU are named by their numbers."""
    named = ("cpu", "memory", "pods")
    return {
        name: Range(tuple(row), tuple(map(str, row)) if name in named else ())
        for name, row in values.items()
    }


def opened(base: Scenario, **values: Sequence[int]) -> Scenario:
    return narrowed(base, ranges(**values))


def verdicts(instance: Instance, which: Engine = EXPLORER, depth: int | None = None) -> Answers:
    system = instance.system
    found = which.check(system, system.properties, busy(120, depth=depth))
    return {verdict.property: verdict for verdict in found}


# -- which configurations there are ----------------------------------------------------------------
def test_small_configurations_come_first() -> None:
    """By the sum of the positions in the ranges, then by the values."""
    found = choices(opened(scenario(), replicas=(2, 3), nodes=(1, 2)))
    assert [tuple(choice.values()) for choice in found] == [(2, 1), (2, 2), (3, 1), (3, 2)]


def test_what_the_api_server_refuses_does_not_exist() -> None:
    """maxSurge and maxUnavailable are not both 0; percentages may both come to 0."""
    both = opened(scenario(), maxSurge=(0, 1), maxUnavailable=(0, 1))
    assert {"maxSurge": 0, "maxUnavailable": 0} not in choices(both)
    assert len(choices(both)) == 3
    given_as = scenario(of=workload(2, 1, 0))
    assert choices(opened(given_as, maxSurge=(0, 1))) == [{"maxSurge": 1}]
    rounded = scenario(of=workload(2, "25%", "25%"))
    assert {"maxSurge": 0} in choices(opened(rounded, maxSurge=(0, 1)))


def test_nothing_open_is_one_configuration() -> None:
    """A scenario that leaves nothing open stands for itself."""
    assert choices(scenario()) == [{}]
    assert closed(scenario(), {}) == scenario()


def test_a_closed_scenario_has_the_values() -> None:
    """Each value is in the field that it stands for, and nothing stays open."""
    ways = opened(scenario(on=3), replicas=(1, 5), maxSurge=(0, 4), nodes=(1, 3), cpu=(500, 900))
    one = closed(ways, {"replicas": 5, "maxSurge": 4, "nodes": 1, "cpu": 500})
    assert (one.workload.replicas, one.workload.max_surge) == (5, amount(4))
    assert [n.allocatable["cpu"] for n in one.nodes] == [500]
    assert not one.open
    assert (ways.workload.replicas, len(ways.nodes)) == (5, 3)


def test_words() -> None:
    """Ranges are named in one order, by what the user wrote."""
    found = {"cpu": Range((500, 2000), ("500m", "2")), **ranges(nodes=(3,), replicas=(1, 2, 3))}
    assert says(found) == "replicas 1 to 3, nodes 3, cpu 500m to 2"


def test_rungs_have_the_first_values_of_each_range() -> None:
    """Smaller instances ascend, and their configurations are among those of the whole."""
    whole = opened(scenario(on=4), replicas=range(1, 8), nodes=range(1, 5))
    rungs = list(smaller(whole))
    sizes = [len(choices(rung)) for rung in rungs]
    assert sizes == sorted(set(sizes))
    assert 0 < sizes[0] <= sizes[-1] < len(choices(whole))
    for rung in rungs:
        assert all(choice in choices(whole) for choice in choices(rung))


# -- the system of all of them ---------------------------------------------------------------------
def test_each_configuration_is_an_initial_state() -> None:
    """The states say which configuration they are of, and no step changes it."""
    ways = opened(scenario(ROLLOUT, on=2), replicas=(1, 2), nodes=(1, 2), cpu=(1000, 4000))
    instance = instance_of(ways)
    shown = [instance.configuration(state) for state in instance.system.initial]
    found = [{**each, "cpu": int(each["cpu"])} for each in shown]
    # One after the other, each for all the placements that it has.
    assert [each for each, _ in groupby(found)] == choices(ways)
    open_ = {f for f in instance.system.functions if f.name.startswith(("open ", "registered"))}
    assert len(open_) == 4
    written = {update.function for action in instance.system.actions for update in action.updates}
    assert not open_ & written


def test_a_closed_scenario_has_no_trace_of_it() -> None:
    """Where nothing is open there is one initial state, and nothing is said of configurations."""
    instance = instance_of(scenario(ROLLOUT))
    assert len(instance.system.initial) == 1
    assert instance.configuration(instance.system.initial[0]) == {}
    assert instance.member() is None


BASES = {
    "rollout": scenario(ROLLOUT, on=2, prompt=True),
    "every interleaving": scenario(ROLLOUT, on=2),
    "crash": scenario("steady", on=2, faults=Faults(node_crashes=1), prompt=True),
    "drain": scenario(
        Change("drain", nodes=("node-1",)), on=2, prompt=True, budgets=(budget(minimum="50%"),)
    ),
    "apply": scenario("apply", on=2, prompt=True),
    "small nodes": scenario(
        ROLLOUT, on=[node(f"node-{i}", allocatable={"pods": 3}) for i in (1, 2)], prompt=True
    ),
    "recreate": scenario(ROLLOUT, on=2, of=workload(strategy="Recreate"), prompt=True),
}

OPEN = {
    "replicas": st.sets(st.integers(1, 3), min_size=1),
    "maxSurge": st.sets(st.integers(0, 2), min_size=1),
    "maxUnavailable": st.sets(st.integers(0, 2), min_size=1),
    "nodes": st.sets(st.integers(1, 2), min_size=1),
    "cpu": st.sets(st.sampled_from((400, 600, 1100, 4000)), min_size=1),
    "memory": st.sets(st.sampled_from((GIB // 8, GIB // 2, 4 * GIB)), min_size=1),
    "pods": st.sets(st.integers(1, 4), min_size=1),
}


@st.composite
def open_scenarios(draw: st.DrawFn) -> Scenario:
    """A base with up to three things open, of few values each."""
    base = BASES[draw(st.sampled_from(sorted(BASES)))]
    if base.workload.strategy == "RollingUpdate":
        strategy = draw(st.sampled_from(((1, 0), (0, 1), ("25%", "25%"), ("50%", "34%"))))
        surge, unavailable = map(amount, strategy)
        of = replace(base.workload, max_surge=surge, max_unavailable=unavailable)
        base = replace(base, workload=of)
    rolls = base.workload.strategy == "RollingUpdate"
    names = [name for name in OPEN if rolls or not name.startswith("max")]
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    values: dict[str, Sequence[int]] = {}
    for name in chosen:
        found = draw(OPEN[name])
        counted = name not in ("cpu", "memory", "pods")
        # Counts come without gaps, as from a spec.
        values[name] = range(min(found), max(found) + 1) if counted else sorted(found)
    return opened(base, **values)


def joined(each: Mapping[str, list[str]]) -> dict[str, str]:
    """The outcome for all configurations of a property: violated if one is; proved if each is
    proved or says nothing, and one is proved."""
    order = ("violated", "unknown", "holds", "proved", "vacuous")
    return {name: min(outcomes, key=order.index) for name, outcomes in each.items()}


def outcome(verdict: Verdict) -> str:
    return "vacuous" if verdict.vacuous else verdict.outcome


@settings(deadline=None, max_examples=effort(25, 400), suppress_health_check=list(HealthCheck))
@given(open_scenarios())
def test_open_is_the_same_as_each_closed(ways: Scenario) -> None:
    """The explorer visits the states of every configuration, and no others, and a property is
    violated where it is violated in one of them."""
    if not choices(ways):
        return
    whole = verdicts(instance_of(ways))
    each: dict[str, list[str]] = {name: [] for name in whole}
    states, bounded = 0, False
    for choice in choices(ways):
        found = verdicts(instance_of(closed(ways, choice)))
        states += next(iter(found.values())).states or 0
        bounded |= any(verdict.outcome == "holds" for verdict in found.values())
        for name, verdict in found.items():
            each[name].append(outcome(verdict))
    for name, expected in joined(each).items():
        if expected in ("violated", "proved", "vacuous"):
            assert outcome(whole[name]) == expected, (name, ways.open)
    # Where a configuration ran out of pod slots, the whole, which has more, goes further.
    if not bounded:
        assert {verdict.states for verdict in whole.values()} == {states}


@settings(deadline=None, max_examples=5, suppress_health_check=list(HealthCheck))
@given(open_scenarios())
def test_bounded_search_agrees(ways: Scenario) -> None:
    """Up to a few steps the bounded model checker finds what the explorer finds in them."""
    depth = 3
    if not choices(ways):
        return
    instance = instance_of(ways)
    exhaustive = verdicts(instance)
    for name, verdict in verdicts(instance, engine("bmc"), depth).items():
        known = exhaustive[name]
        if verdict.outcome == "violated":
            assert known.outcome == "violated", (name, ways.open)
        elif known.trace is not None and instance.system.property(name).is_safety:
            assert len(known.trace.steps) > depth, (name, ways.open)


def test_a_configuration_that_fails_alone_is_found() -> None:
    """Of many configurations one has no room for the surge, and the trace is of that one."""
    base = scenario(ROLLOUT, of=workload(1, 1, 0), prompt=True)
    ways = opened(base, replicas=(2, 3), pods=(3, 4))
    instance = instance_of(ways)
    trace = verdicts(instance)["rollout-completes"].trace
    assert trace is not None
    assert instance.configuration(trace.states[0]) == {"replicas": 3, "pods": "3"}


@pytest.mark.parametrize("count", [1, 2])
def test_nodes_that_are_not_there_say_nothing(count: int) -> None:
    """Why a pod waits is said of the nodes of its configuration."""
    small = [node(f"node-{i}", allocatable={"pods": 1}) for i in (1, 2)]
    instance = instance_of(opened(scenario("apply", on=small, of=workload(3)), nodes=(1, 2)))
    trace = next(
        found.trace
        for state in instance.system.initial
        if instance.configuration(state) == {"nodes": count}
        for found in EXPLORER.check(
            replace(instance.system, initial=(state,)),
            [instance.system.property("every-pod-scheduled")],
            busy(60),
        )
    )
    assert trace is not None
    text = instance.remarks(trace.states[-1], "every-pod-scheduled")[0].text
    assert ("the only node" if count == 1 else f"none of {count} nodes") in text
