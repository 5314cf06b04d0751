"""Several workloads on nodes: what keeps pods apart, where they start, and what the model makes of
it, each against the plainest form of the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from model.api.change import Change
from model.api.node import Node
from model.api.selector import LabelSelector
from model.api.workload import Workload
from model.cluster import workload as system_of
from model.ir.interpret import steps
from model.plugins import filters
from model.plugins.sharing import Sharing
from model.scenario import Apart, Scenario
from model.scheduler import crowds, placements
from tests.model.worlds import node, scenario, template, workload

NAMES = ("web", "api", "cart")


def named(name: str, replicas: int, cpu: int) -> Workload:
    pod = template(labels={"app": name}, requests={"cpu": cpu})
    return workload(replicas, pod=pod, name=name, selector=LabelSelector({"app": name}))


@st.composite
def crowded(draw: st.DrawFn) -> Scenario:
    """Two or three workloads of up to two pods on two or three nodes, some of which keep apart."""
    count = draw(st.integers(2, 3))
    workloads = [
        named(name, draw(st.integers(1, 2)), draw(st.sampled_from((400, 600, 1100))))
        for name in NAMES[:count]
    ]
    places = tuple(
        node(
            f"node-{i + 1}",
            allocatable={"cpu": draw(st.sampled_from((1000, 1200, 2000)))},
            labels={"zone": draw(st.sampled_from("ab"))},
        )
        for i in range(draw(st.integers(2, 3)))
    )
    key = draw(st.sampled_from(("", "kubernetes.io/hostname", "zone")))
    pairs = draw(st.sets(st.sampled_from([(0, 1), (1, 2), (0, 2)]), max_size=2))
    apart = tuple(
        Apart(workloads[a].subject, workloads[b].subject, key) for a, b in pairs if b < count
    )
    own, *others = workloads
    found = scenario("drain", nodes=places, workload=own)
    change = Change("drain", nodes=(places[0].name,))
    return replace(found, nodes=places, change=change, neighbours=tuple(others), apart=apart)


def refused(scenario: Scenario, there: Sequence[Sequence[int]], which: int, at: Node) -> bool:
    """As the filters' rules have it, in so many words."""
    workloads, nodes = scenario.workloads, scenario.nodes
    here = nodes.index(at)
    used = sum(n * w.template.requests["cpu"] for n, w in zip(there[here], workloads, strict=True))
    if used + workloads[which].template.requests["cpu"] > at.allocatable["cpu"]:
        return True
    for pair in scenario.apart:
        for one, other in ((pair.one, pair.other), (pair.other, pair.one)):
            if workloads[which].subject != one:
                continue
            for row, near in zip(there, nodes, strict=True):
                same = near is at
                if pair.topology_key:
                    same = near.labels[pair.topology_key] == at.labels[pair.topology_key]
                if same and row[[w.subject for w in workloads].index(other)]:
                    return True
    return False


@settings(max_examples=60, deadline=None)
@given(crowded(), st.data())
def test_what_takes_a_pod(scenario: Scenario, data: st.DataObject) -> None:
    """By the rules in plain words, and there is a reason exactly where a node takes none."""
    sharing = Sharing(scenario.workloads, scenario.nodes, scenario.apart)
    row = st.lists(st.integers(0, 2), min_size=len(NAMES), max_size=len(NAMES))
    there = [data.draw(row)[: len(scenario.workloads)] for _ in scenario.nodes]
    for which in range(len(scenario.workloads)):
        for index, at in enumerate(scenario.nodes):
            takes = sharing.takes(there, which, index)
            assert takes == (not refused(scenario, there, which, at))
            assert takes == (sharing.refusal(there, which, index) is None)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.sampled_from((300, 700, 1500)), st.booleans())
def test_one_workload_alone_is_as_the_filters_have_it(pods: int, cpu: int, on_ports: bool) -> None:
    ports = (("", "TCP", 80),) if on_ports else ()
    pod = template(requests={"cpu": cpu}, host_ports=ports)
    alone = scenario("drain", nodes=(node("node-1"),), workload=workload(1, pod=pod))
    (at,) = alone.nodes
    sharing = Sharing((alone.workload,), (at,), ())
    assert sharing.takes([[pods]], 0, 0) == (not filters.refusals(pod, at, pods))


@settings(max_examples=40, deadline=None)
@given(crowded(), st.randoms(use_true_random=False))
def test_whatever_order_pods_are_bound_in_is_a_placement(
    scenario: Scenario, random: object
) -> None:
    """One pod after the other onto any node that takes it, until none does: in some exchange of
    nodes that nothing tells apart, that is among the placements."""
    crowd = crowds._Crowd(scenario, Sharing(scenario.workloads, scenario.nodes, scenario.apart))
    found = crowd.all(10_000)
    assert found is not None
    left = [workload.replicas for workload in scenario.workloads]
    counts = tuple((0,) * len(left) for _ in scenario.nodes)
    while True:
        ways = [(w, n) for w, number in enumerate(left) if number for n in crowd._takers(counts, w)]
        if not ways:
            break
        which, at = random.choice(ways)  # type: ignore[attr-defined]
        counts = crowds._with(counts, at, which)
        left[which] -= 1
    assert placements.canonical(crowd._kinds, counts) in found


def test_a_workload_without_neighbours_starts_as_before() -> None:
    """Where all nodes are told apart the two searches find the same placements."""
    alone = scenario("drain", workload=workload(3, pod=template(requests={"cpu": 1500})))
    shared = crowds.placements(alone, 1000)
    spread = placements.placements(alone, 1000)

    def numbers(found: placements.Placements) -> list[list[int]]:
        return sorted(
            sorted(pods.count(i) for i in range(len(alone.nodes))) for pods in found.found
        )

    assert numbers(shared) == numbers(spread)


@settings(max_examples=15, deadline=None)
@given(crowded(), st.randoms(use_true_random=False))
def test_the_model_binds_where_the_rules_let_it(scenario: Scenario, random: object) -> None:
    """Along random runs, pods of any workload are bound to exactly the nodes that take one."""
    instance = system_of(scenario)
    system = instance.system
    owner, at = (next(f for f in system.functions if f.name == n) for n in ("owner", "node"))
    phase = next(f for f in system.functions if f.name == "phase")
    cordoned = next(f for f in system.functions if f.name == "unschedulable")
    order = [w.subject for w in scenario.workloads]
    sharing = Sharing(scenario.workloads, scenario.nodes, scenario.apart)
    state = random.choice(system.initial)  # type: ignore[attr-defined]
    for _ in range(12):
        possible = list(steps(system, state))
        bound = {
            (step.arguments[0], step.arguments[1])
            for step, _ in possible
            if step.action.name == "bind"
        }
        cells = {f: state[system.offsets[f] :][: f.size] for f in (owner, at, phase, cordoned)}
        rows = [[0] * len(order) for _ in scenario.nodes]
        for of, where in zip(cells[owner], cells[at], strict=True):
            if where >= 0:
                rows[where][of] += 1
        expected = {
            (pod, index)
            for pod, (of, where, now) in enumerate(
                zip(cells[owner], cells[at], cells[phase], strict=True)
            )
            if where < 0 and now == 1
            for index in range(len(scenario.nodes))
            if sharing.takes(rows, of, index) and not cells[cordoned][index]
        }
        assert bound == expected
        if not possible:
            return
        _, state = random.choice(possible)  # type: ignore[attr-defined]
