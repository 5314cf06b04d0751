"""Hard topology spread of a workload over its own pods: in systems as in `podtopologyspread`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.api import pod as api
from model.api.node import Node, Taint
from model.api.selector import LabelSelector
from model.api.topologyspread import HardSpread, TopologySpreadConstraint
from model.apiserver.room import roomy
from model.plugins import filters, spreading
from model.plugins.podtopologyspread import spread
from model.plugins.snapshot import Snapshot
from model.scenario import Faults, Scenario
from model.scheduler.placements import placements
from tests.model import worlds
from tests.model.worlds import Pod, World, node, template, workload

HASH = "pod-template-hash"
APP = LabelSelector({"app": "web"})

SPREADS = st.lists(
    st.builds(
        HardSpread,
        topology_key=st.sampled_from((filters.HOSTNAME, "zone", "rack")),
        max_skew=st.integers(1, 2),
        min_domains=st.sampled_from((1, 1, 1, 2, 3)),
        honors_affinity=st.booleans(),
        honors_taints=st.booleans(),
        match_label_keys=st.sampled_from(((), (HASH,), ("app",), ("other",))),
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda each: each.topology_key,
)


def _host(number: int, zone: str, rack: str, tainted: bool, disk: str) -> Node:
    labels = {key: value for key, value in (("zone", zone), ("rack", rack)) if value}
    taints = (Taint("gpu", "", "NoSchedule"),) if tainted else ()
    return node(f"n{number}", labels={**labels, "disk": disk}, taints=taints)


HOSTS = st.lists(
    st.tuples(
        st.sampled_from(("a", "a", "b", "")),
        st.sampled_from(("r", "s", "s", "")),
        st.sampled_from((False, False, True)),
        st.sampled_from(("ssd", "ssd", "hdd")),
    ),
    min_size=1,
    max_size=4,
).map(lambda rows: [_host(i, *row) for i, row in enumerate(rows)])

PHASES = ("Running", "Ready", "Terminating", "Terminating", "Available")


def constraint(each: HardSpread) -> TopologySpreadConstraint:
    """The same as a pod has it."""
    return TopologySpreadConstraint(
        each.max_skew,
        each.topology_key,
        "DoNotSchedule",
        APP,
        each.min_domains,
        "Honor" if each.honors_affinity else "Ignore",
        "Honor" if each.honors_taints else "Ignore",
        each.match_label_keys,
    )


def concrete(scenario: Scenario, name: str, pod: Pod) -> api.Pod:
    """A pod of the scenario's Deployment as an object."""
    phase, at, revision = pod
    of = scenario.workload.template
    labelled = replace(of, labels={**of.labels, HASH: str(revision)})
    return api.Pod(
        "default",
        name,
        labelled,
        node=at,
        spread=tuple(map(constraint, of.spread)),
        terminating=phase == "Terminating",
    )


def takes(scenario: Scenario, pods: list[Pod], revision: int) -> set[str]:
    """The nodes onto which the filters let a pod of a revision, by the plugin's own function."""
    bound = [concrete(scenario, f"p{i}", pod) for i, pod in enumerate(pods)]
    snapshot = Snapshot.of(scenario.nodes, [pod for pod in bound if pod.node])
    prepared = spread(snapshot, concrete(scenario, "new", ("Pending", "", revision)))
    assert prepared is not None
    pod = scenario.workload.template
    return {
        info.name
        for info in snapshot.nodes
        if prepared.filtering.check(info) is None
        and not filters.refusals(pod, info.node, len(info.pods))
    }


@settings(deadline=None, max_examples=300)
@given(st.data(), HOSTS, SPREADS, st.booleans())
def test_the_guard_is_the_plugin(
    data: st.DataObject, hosts: list[Node], given: list[HardSpread], picky: bool
) -> None:
    """A pod can be bound to a node where PodTopologySpread and the other filters let it."""
    selector = {"disk": "ssd"} if picky else {}
    of = workload(3, surge=3, pod=template(spread=tuple(given), node_selector=selector))
    scenario = worlds.scenario("rollout", hosts, of)
    assert spreading.constraints(scenario) == tuple(given)
    world = World(scenario)
    slots = world.function("phase").size
    pods: list[Pod] = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from(PHASES),
                st.sampled_from([host.name for host in hosts]),
                st.integers(1, 2),
            ),
            max_size=min(slots - 1, 5),
        )
    )
    revision = data.draw(st.integers(1, 2))
    state = world.state([*pods, ("Pending", "", revision)])
    assert world.choices(state, "bind", 1) == takes(scenario, pods, revision)


def reachable(scenario: Scenario) -> set[tuple[int, ...]]:
    """How many pods are on each node, and pending, whatever the order of bindings, by trying."""
    names = [host.name for host in scenario.nodes]
    found: set[tuple[int, ...]] = set()
    level: set[tuple[int, ...]] = {(0,) * len(names)}
    for left in range(scenario.workload.replicas, -1, -1):
        after = set()
        for on in level:
            pods: list[Pod] = [
                ("Ready", name, 1) for name, n in zip(names, on, strict=True) for _ in range(n)
            ]
            taking = takes(scenario, pods, 1)
            if not left or not taking:
                found.add((*on, left))
            for i, name in enumerate(names):
                if name in taking:
                    after.add((*on[:i], on[i] + 1, *on[i + 1 :]))
        level = after
    return found


@settings(deadline=None, max_examples=60)
@given(HOSTS, SPREADS, st.integers(1, 5))
def test_placements_are_what_bindings_lead_to(
    hosts: list[Node], given: list[HardSpread], replicas: int
) -> None:
    """Each placement is reached, and each that is reached is there but for an exchange of nodes,
    which leaves as many placements of each multiset."""
    of = workload(replicas, pod=template(spread=tuple(given)))
    scenario = worlds.scenario("rollout", hosts, of, prompt=True)
    where = range(len(hosts))
    found = {
        (*(placed.count(n) for n in where), placed.count(None))
        for placed in placements(scenario, 2000).found
    }
    tried = reachable(scenario)
    assert found <= tried
    assert {tuple(sorted(each)) for each in found} == {tuple(sorted(each)) for each in tried}


ZONE = HardSpread("zone", 1)
ONE = [node("a", labels={"zone": "a"}), node("b", labels={"zone": "b"})]


@pytest.mark.parametrize(
    ("given", "changes"),
    [
        (replace(ZONE, selects_own=False), {}),
        (replace(ZONE, honors_taints=True), {"faults": Faults(node_crashes=1)}),
        (replace(ZONE, min_domains=2), {"faults": Faults(node_removals=1)}),
    ],
)
def test_what_is_not_followed(given: HardSpread, changes: dict[str, Any]) -> None:
    """Then no constraint is: each counts only nodes that have the labels of all."""
    of = workload(2, pod=template(spread=(ZONE, given)))
    assert spreading.constraints(worlds.scenario("rollout", ONE, of, **changes)) == ()
    assert spreading.constraints(worlds.scenario("rollout", ONE, of)) != () or not given.selects_own


@pytest.mark.parametrize(("key", "counts"), [("node.kubernetes.io/not-ready", True), ("x", False)])
def test_taints_that_every_pod_bears_for_a_while(key: str, counts: bool) -> None:
    """Admission gives pods tolerations of them, so their nodes count where taints do."""
    tainted = replace(ONE[1], taints=(Taint(key, "", "NoExecute"),))
    given = replace(ZONE, honors_taints=True)
    (found,) = spreading.domains(template(), (given,), [ONE[0], tainted])
    assert [domain != spreading.NOWHERE for domain in found.counted] == [True, counts]


@pytest.mark.parametrize(
    ("kind", "keys", "same"),
    [
        ("Deployment", (HASH,), True),
        ("Deployment", ("app",), False),
        ("ReplicaSet", (HASH,), False),
        ("StatefulSet", ("controller-revision-hash",), True),
        ("StatefulSet", (HASH,), False),
    ],
)
def test_labels_of_revisions(kind: Any, keys: tuple[str, ...], same: bool) -> None:
    """Each controller has its own label for them; nobody puts one on a ReplicaSet's pods."""
    of = replace(workload(), kind=kind)
    assert spreading.by_revision(of, replace(ZONE, match_label_keys=keys)) == same


def test_pods_of_a_node_that_is_gone_do_not_count() -> None:
    """Nor is its domain the emptiest one."""
    of = workload(3, surge=3, pod=template(spread=(ZONE,)))
    world = World(worlds.scenario("rollout", ONE, of, faults=Faults(node_removals=1)))
    pods: list[Pod] = [("Ready", "a", 1), ("Pending", "", 1)]
    assert world.choices(world.state(pods), "bind", 1) == {"b"}
    gone = world.state(pods, registered=[1, 0])
    assert world.choices(gone, "bind", 1) == {"a"}


@pytest.mark.parametrize(("pods", "expected"), [(110, True), (4, False)])
def test_whether_anybody_waits_for_pods_on_their_way_out(pods: int, expected: bool) -> None:
    """Room on another node is of no use to a pod that has to go to this one."""
    of = workload(3, surge=1, unavailable=0, pod=template(spread=(ZONE,)))
    on = [replace(each, allocatable={**each.allocatable, "pods": pods}) for each in ONE * 3]
    hosts = [replace(each, name=f"{each.name}{i}") for i, each in enumerate(on)]
    scenario = worlds.scenario("rollout", hosts, of, prompt=True)
    assert roomy(scenario) == expected
    faulty = replace(scenario, mutations=frozenset({"terminating-pods-spread"}))
    assert not roomy(faulty)
