"""The ladder of sizes keeps the shape of a scenario."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.api.change import Change
from model.api.intstr import IntOrPercent
from model.api.node import Node, Taint
from model.api.pod import AntiAffinityTerm, PodTemplate
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.apiserver.room import roomy
from model.controllers.budgetstatus import healthy_needed
from model.plugins.filters import HOSTNAME, refusals, same_domain
from model.scenario import Scenario
from model.sizes.rungs import sizes, smaller
from tests.model.worlds import budget, node, template, workload
from tests.model.worlds import scenario as scenario_of
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


#: Nodes in zones of two, a few of which take no pods, or few.
CLUSTERS = st.lists(
    st.builds(
        lambda zone, taint, pods: (zone, taint, pods),
        st.sampled_from("abcdefgh"),
        st.sampled_from((False, False, False, True)),
        st.sampled_from((0, 1, 2, 110, 110)),
    ),
    min_size=1,
    max_size=12,
).map(
    lambda rows: [
        node(
            f"node-{i}",
            labels={"zone": zone},
            taints=(Taint("gpu", "", "NoSchedule"),) if taint else (),
            allocatable={"pods": pods},
        )
        for i, (zone, taint, pods) in enumerate(rows)
    ]
)
PODS = st.sampled_from(
    (
        template(),
        template(anti_affinity=(AntiAffinityTerm(HOSTNAME),)),
        template(anti_affinity=(AntiAffinityTerm("zone"),)),
        template(host_ports=(("", "TCP", 80),)),
        template(requests={"cpu": 3000}),
    )
)


def placed(given_: Scenario, pods: int) -> int:
    """How many of so many pods get in, one after the other, each on the first node that no filter
    and no pod in a domain of it refuses."""
    pod, on = given_.workload.template, [0] * len(given_.nodes)
    for _ in range(pods):
        for i, host in enumerate(given_.nodes):
            near = (other for n, other in zip(on, given_.nodes, strict=True) if n)
            if not refusals(pod, host, on[i]) and not any(
                same_domain(pod, host, other) for other in near
            ):
                on[i] += 1
                break
    return sum(on)


@settings(deadline=None, max_examples=120)
@given(st.integers(3, 14), st.sampled_from(("apply", "rollout")), PODS, CLUSTERS)
def test_rungs_have_room_where_the_whole_has(
    replicas: int, change: str, pod: PodTemplate, hosts: list[Node]
) -> None:
    """As many pods stay pending, none, one or more, by the filters one pod after the other."""
    given_ = scenario_of(change, hosts, workload(replicas, 1, 1, pod), prompt=True)
    for rung in smaller(given_):
        pending = [
            min(2, one.workload.replicas - placed(one, one.workload.replicas))
            for one in (given_, rung)
        ]
        assert pending[0] == pending[1], sizes(rung, given_)


def test_nodes_that_take_none_take_none_on_rungs() -> None:
    """Nodes that are made smaller stay as they are where there is nothing to take away."""
    hosts = [node(f"node-{i}", allocatable={"pods": 4 if i else 0}) for i in range(6)]
    rungs = list(smaller(scenario_of("steady", hosts, workload(20))))
    assert rungs
    assert {n.allocatable["pods"] for rung in rungs for n in rung.nodes if n.name == "node-0"} <= {
        0
    }


def test_drained_nodes_leave_others_of_their_kind() -> None:
    """A kind of which some nodes are drained keeps some that are not."""
    drained = tuple(f"node-{i + 1}" for i in range(6))
    whole = scenario_of(Change("drain", nodes=drained), 12, workload(24))
    rungs = list(smaller(whole))
    assert rungs
    for rung in rungs:
        assert 2 <= len(rung.change.nodes) < len(rung.nodes)


def test_kinds_of_nodes_are_what_the_scheduler_reads() -> None:
    """Labels that nothing reads make no kind; those that a selector reads do."""
    hosts = [node(f"node-{i}", labels={"id": f"i-{i}", "disk": "ab"[i % 2]}) for i in range(20)]
    plain = scenario_of("steady", hosts, workload(20))
    picky = scenario_of("steady", hosts, workload(20, pod=template(node_selector={"disk": "a"})))
    assert len(next(smaller(plain)).nodes) == 3
    for rung in smaller(picky):
        assert {n.labels["disk"] for n in rung.nodes} == {"a", "b"}


@pytest.mark.parametrize(
    ("surge", "unavailable"), [("25%", "25%"), ("10%", 0), (3, 0), (0, 3), (0, "5%"), (1, "100%")]
)
def test_strategies_keep_none_one_or_more(surge: int | str, unavailable: int | str) -> None:
    """Each limit comes to none, to one, or to more than one pod, as in the whole."""
    whole = scenario_of("rollout", 20, workload(20, surge, unavailable))
    rungs = list(smaller(whole))
    assert rungs
    for rung in rungs:
        few = [[min(2, n) for n in one.workload.rounded] for one in (rung, whole)]
        assert few[0] == few[1]


@pytest.mark.parametrize(
    ("minimum", "maximum"), [("50%", None), (None, "30%"), (10, None), (None, 1), (None, 0)]
)
def test_budgets_want_some_and_spare_some(
    minimum: int | str | None, maximum: int | str | None
) -> None:
    """A budget that wants pods wants some on every rung, and spares none, one, or more."""
    drain = Change("drain", nodes=("node-1",))
    whole = scenario_of(drain, 10, workload(20), budgets=(budget(minimum, maximum),))
    rungs = list(smaller(whole))
    assert rungs
    for rung in rungs:
        wanted, spare = zip(
            *(
                (needed > 0, min(2, one.workload.replicas - needed))
                for one in (rung, whole)
                for needed in [healthy_needed(one.budgets[0], one.workload.replicas)]
            ),
            strict=True,
        )
        assert len(set(wanted)) == len(set(spare)) == 1


def test_small_scenarios_have_no_rungs_below_two() -> None:
    """Two replicas are the smallest rung."""
    base = scenario("benchmarks/large-rollout.yaml")
    for replicas in (0, 1, 2):
        workload = replace(base.workload, replicas=replicas)
        assert list(smaller(replace(base, workload=workload))) == []


@pytest.mark.parametrize("replicas", [30, 31, 32])
def test_pods_that_are_spread_come_out_as_even_on_rungs(replicas: int) -> None:
    """Over all zones, with room for their share in each, and as many more in the fullest ones."""
    base = scenario("benchmarks/hundred-nodes.yaml")
    whole = replace(base, workload=replace(base.workload, replicas=replicas))
    rungs = list(smaller(whole))
    assert rungs
    for rung in rungs:
        assert rung.workload.replicas % 3 == replicas % 3
        zones = Counter(n.labels["topology.kubernetes.io/zone"] for n in rung.nodes if not n.taints)
        assert zones.keys() == {"a", "b", "c"}
        assert min(zones.values()) >= -(-rung.workload.replicas // 3)


def test_sizes_in_words() -> None:
    """A rung names what it covers of what."""
    whole = scenario("benchmarks/large-rollout.yaml")
    assert sizes(next(smaller(whole)), whole) == "2 of 100 replicas on 3 of 100 nodes"
    wide = scenario_of("rollout", 20, workload(60))
    assert sizes(next(smaller(wide)), wide) == (
        "4 of 60 replicas (maxSurge 2, maxUnavailable 2) on 3 of 20 nodes"
    )
    full = scenario_of("steady", [node(f"n{i}", allocatable={"pods": 4}) for i in range(3)])
    full = replace(full, workload=workload(20))
    assert sizes(next(smaller(full)), full).endswith(
        "replicas on nodes that take at most 2 pods each"
    )


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
