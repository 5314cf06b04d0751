"""Where the pods of a deployed workload can be at the start."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.engines import engine
from model import cluster
from model.api.change import Change
from model.api.node import Node
from model.api.pod import AntiAffinityTerm, PodTemplate
from model.plugins import filters
from model.scenario import Faults, Scenario
from model.scheduler.placements import FEW, placements, told
from tests.effort import busy
from tests.model import worlds
from tests.model.worlds import node, template, workload

MANY = 2000


def scenario(*given: Any, **changes: Any) -> Scenario:
    """A scenario as users have them, with the reductions that they get."""
    return worlds.scenario(*given, prompt=True, **changes)


def counts(given: Scenario, placed: tuple[int | None, ...]) -> tuple[int, ...]:
    """How many pods are on each node, and how many are pending."""
    return (*(placed.count(n) for n in range(len(given.nodes))), placed.count(None))


def reachable(given: Scenario) -> set[tuple[int, ...]]:
    """What the scheduler can come to, by trying: one pod after the other on any node that takes
    it, until they are all placed or none takes another."""
    pod, nodes = given.workload.template, given.nodes

    def takes(on: tuple[int, ...], n: int) -> bool:
        apart = (
            filters.same_domain(pod, nodes[n], other)
            for other, pods in zip(nodes, on, strict=True)
            if pods
        )
        return not filters.refusals(pod, nodes[n], on[n]) and not any(apart)

    found: set[tuple[int, ...]] = set()
    level = {(0,) * len(nodes)}
    for left in range(given.workload.replicas, -1, -1):
        after: set[tuple[int, ...]] = set()
        for on in level:
            more = [n for n in range(len(nodes)) if takes(on, n)]
            if left == 0 or not more:
                found.add((*on, left))
            after |= {(*on[:n], on[n] + 1, *on[n + 1 :]) for n in more}
        level = after
    return found


def same(given: Scenario, one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether an exchange of equal nodes to which the same happens makes one of the other."""

    terms = given.workload.template.anti_affinity
    domains = {term.topology_key for term in terms} - {filters.HOSTNAME}

    def kind(n: int) -> object:
        host = given.nodes[n]
        place = given.change.nodes.index(host.name) if host.name in given.change.nodes else None
        return (
            place,
            {key: host.labels.get(key) for key in domains},
            host.taints,
            host.unschedulable,
            host.allocatable,
        )

    where = range(len(given.nodes))
    return one[-1] == other[-1] and any(
        all(one[n] == other[m] and kind(n) == kind(m) for n, m in zip(where, order, strict=True))
        for order in permutations(where)
    )


NODES = st.lists(
    st.builds(
        lambda zone, rack, pods: ({"zone": zone, "rack": rack}, {"pods": pods}),
        st.sampled_from("ab"),
        st.sampled_from("rs"),
        st.sampled_from((0, 1, 2, 9)),
    ),
    min_size=1,
    max_size=4,
)

TEMPLATES = st.sampled_from(
    (
        template(),
        template(host_ports=(("", "TCP", 80),)),
        template(anti_affinity=(AntiAffinityTerm(filters.HOSTNAME),)),
        template(anti_affinity=(AntiAffinityTerm("zone"),)),
        template(anti_affinity=(AntiAffinityTerm("zone"), AntiAffinityTerm("rack"))),
    )
)


@settings(deadline=None, max_examples=150)
@given(NODES, TEMPLATES, st.integers(1, 5), st.booleans())
def test_all_that_the_scheduler_can_come_to(
    hosts: list[tuple[dict[str, str], dict[str, int]]],
    pod: PodTemplate,
    replicas: int,
    drained: bool,
) -> None:
    """Every placement that some order of bindings gives is there up to symmetry, and no other."""
    on = [node(f"n{i}", labels=labels, allocatable=room) for i, (labels, room) in enumerate(hosts)]
    change = Change("drain", nodes=("n0",)) if drained else "steady"
    # All nodes are told apart where they may crash.
    given_ = scenario(change, on, workload(replicas, pod=pod), faults=Faults(node_crashes=1))
    found = placements(given_, MANY)
    assert not found.limit
    ours = [counts(given_, each) for each in found.found]
    theirs = reachable(given_)
    assert set(ours) <= theirs
    assert all(any(same(given_, each, known) for known in ours) for each in theirs)
    assert not any(
        same(given_, one, other) for i, one in enumerate(ours) for other in ours[i + 1 :]
    )


def test_too_many_are_named() -> None:
    """Twenty pods on ten unlike nodes: what stands for all is said."""
    on = [node(f"n{i}", labels={"rack": str(i)}) for i in range(10)]
    named = template(node_selector={"rack": "0"})
    assert not placements(scenario("steady", on, workload(20, pod=named)), MANY).limit
    crash = scenario("steady", 10, workload(20), faults=Faults(node_crashes=1))
    found = placements(crash, 300)
    assert "of more than 300 placements" in found.limit
    assert [counts(crash, each)[:-1] for each in found.found] == [
        (2,) * 10,
        (8, 8, 4, *(0,) * 7),
    ]
    system = cluster.workload(crash).system
    assert [bound.name for bound in system.bounds].count("placements") == 0
    many = scenario("steady", 20, workload(40), faults=Faults(node_crashes=1))
    system = cluster.workload(many).system
    assert [bound.name for bound in system.bounds].count("placements") == 1


def test_nodes_that_nothing_happens_to_are_one() -> None:
    """Of a drain the pods on the drained node count, of a rollout nothing."""
    many = workload(12)
    drain = scenario(Change("drain", nodes=("node-3",)), 20, many)
    assert told(drain) == [n == 2 for n in range(20)]
    assert {counts(drain, each)[2] for each in placements(drain, MANY).found} == set(range(9))
    assert len(placements(scenario("rollout", 20, many), MANY).found) == 1
    assert len(placements(scenario("rollout", 3, workload(4)), MANY).found) == 4
    for other in (
        scenario("steady", 20, many, faults=Faults(node_crashes=1)),
        replace(drain, prompt=False),
    ):
        assert all(told(other))


@pytest.mark.parametrize(
    "given_",
    [
        scenario(Change("drain", nodes=("node-1",)), 4, workload(5)),
        scenario(Change("drain", nodes=("node-1", "node-2")), 4, workload(4)),
        scenario("rollout", 4, workload(5, 2, 0)),
        scenario(
            "rollout",
            [node(f"n{i}", allocatable={"pods": 2}) for i in range(3)],
            workload(5, 1, 0),
        ),
    ],
    ids=["drain", "two drains", "rollout", "rollout on full nodes"],
)
def test_no_verdict_changes(given_: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nodes that are not told apart save changes no verdict, of any property."""

    def verdicts() -> tuple[int, list[tuple[str, str, int | None]]]:
        system = cluster.workload(given_).system
        found = engine("explicit").check(system, system.properties, busy(120))
        steps = [v.trace and len(v.trace.steps) for v in found]
        states = max(v.states or 0 for v in found)
        return states, [(v.property, v.outcome, n) for v, n in zip(found, steps, strict=True)]

    monkeypatch.setattr("model.scheduler.placements.FEW", 0)
    assert not all(told(given_))
    fewer, ours = verdicts()
    monkeypatch.setattr("model.scheduler.placements.FEW", 10 * MANY)
    assert all(told(given_))
    all_, theirs = verdicts()
    assert ours == theirs
    assert fewer <= all_


def test_few_are_all_explored() -> None:
    """Up to so many placements every node is told apart, whatever the scenario."""
    for replicas, on in product((1, 3, 6), (1, 3)):
        assert all(told(scenario("rollout", on, workload(replicas))))
    assert FEW < MANY


def test_pods_start_on_different_nodes() -> None:
    """The first pods are on different nodes, the first nodes have the most."""
    found = placements(scenario("rollout", 3, workload(4)), MANY).found
    assert found == ((0, 1, 2, 0), (0, 1, 0, 1), (0, 1, 0, 0), (0, 0, 0, 0))
    lone = [
        Node("a", {filters.HOSTNAME: "a"}, allocatable={"pods": 1, "cpu": 4000, "memory": 2**40})
    ]
    assert placements(scenario("steady", lone, workload(3)), MANY).found == ((0, None, None),)
