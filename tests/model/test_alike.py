"""What is told alike before systems are made is alike when they are."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import pytest

from checker.making import structure
from model import cluster
from model.api.affinity import PodAffinityTerm
from model.api.change import Change
from model.api.controlplane import ControlPlane
from model.api.node import Taint
from model.api.pod import AntiAffinityTerm, Toleration
from model.api.selector import LabelSelector
from model.api.service import Service
from model.api.source import Source
from model.api.steps import DeletePod
from model.api.topologyspread import HardSpread
from model.api.workload import Workload
from model.apiserver.routing import ANSWERS, STOPPED
from model.instance import Part
from model.plugins.interpodaffinity import matches
from model.scenario import Bounds, Faults, Scenario
from model.sizes.alike import control_plane_key, workload_key
from tests.model.worlds import budget, node, nodes, scenario, template, workload
from tests.shipped import PASSING
from tests.shipped import scenario as shipped


def renamed(given: Scenario) -> Scenario:
    """The scenario with other names and, but for steps, images, from other places and files."""
    place = Source("other.yaml", 7)

    def near(terms: tuple[PodAffinityTerm, ...]) -> tuple[PodAffinityTerm, ...]:
        app = {True: "api", False: "other"}
        return tuple(
            replace(
                term,
                selector=LabelSelector({"app": app[matches(term, given.workload, {})]}),
                namespaces=frozenset({"shop"}),
            )
            for term in terms
        )

    def neighbour(each: Workload) -> Workload:
        guarded = any(budget.guards(each) for budget in given.budgets)
        labels = {"app": "api"} if guarded else {"app": "other"}
        of = replace(each.template, labels=labels, near=near(each.template.near))
        return replace(each, namespace="shop", name=f"next to {each.name}", template=of)

    def routing(each: Service) -> Service:
        app = "api" if each.routes_to(given.workload) else "other"
        return replace(each, namespace="shop", name="api", selector={"app": app})

    # Steps may be about the image that the workload has.
    images = given.workload.template.images if given.change.given else ("api:9",)
    pod = replace(
        given.workload.template,
        labels={"app": "api"},
        images=images,
        near=near(given.workload.template.near),
        fields={"spec": place},
    )
    return replace(
        given,
        name="other",
        workload=replace(given.workload, namespace="shop", name="api", template=pod, source=place),
        neighbours=tuple(map(neighbour, given.neighbours)),
        nodes=tuple(replace(n, source=place) for n in given.nodes),
        change=replace(
            given.change,
            image=given.change.image and "api:10",
            given=tuple(
                replace(step, pod=step.pod.replace(given.workload.name, "api", 1))
                if isinstance(step, DeletePod)
                else step
                for step in given.change.given
            ),
        ),
        budgets=tuple(
            replace(b, namespace="shop", name="api", selector=LabelSelector({"app": "api"}))
            for b in given.budgets
        ),
        services=tuple(map(routing, given.services)),
        assumptions=("something",),
        source=place,
        fields={"spec.scenario": place},
    )


#: One scenario, and what differs from it in one thing that systems are made of.
PLAIN = scenario("rollout", 2, workload(2, 1, 0))
DIFFERENT: dict[str, Scenario] = {
    "replicas": replace(PLAIN, workload=workload(3, 1, 0)),
    "surge": replace(PLAIN, workload=workload(2, 2, 0)),
    "unavailable": replace(PLAIN, workload=workload(2, 1, 1)),
    "seconds": replace(PLAIN, workload=workload(2, 1, 0, min_ready_seconds=5)),
    "strategy": replace(PLAIN, workload=workload(2, 1, 0, strategy="Recreate")),
    "requests": replace(PLAIN, workload=workload(2, 1, 0, template(requests={"cpu": 4000}))),
    "ports": replace(PLAIN, workload=workload(2, 1, 0, template(host_ports=(("", "TCP", 80),)))),
    "alone": replace(
        PLAIN, workload=workload(2, 1, 0, template(anti_affinity=(AntiAffinityTerm("zone"),)))
    ),
    "spread": replace(PLAIN, workload=workload(2, 1, 0, template(spread=(HardSpread("zone", 1),)))),
    "named": replace(PLAIN, workload=workload(2, 1, 0, template(node_name="node-2"))),
    "selector": replace(PLAIN, workload=workload(2, 1, 0, template(node_selector={"a": "b"}))),
    "nodes": replace(PLAIN, nodes=nodes(3)),
    "taints": replace(PLAIN, nodes=(node("node-1", taints=(Taint("a", "", "NoSchedule"),)),)),
    "cordoned": replace(PLAIN, nodes=(node("node-1", unschedulable=True), node("node-2"))),
    "room": replace(PLAIN, nodes=(node("node-1", allocatable={"cpu": 500}), node("node-2"))),
    "rollback": replace(PLAIN, change=Change("rollout", rollback=True)),
    "drain": replace(PLAIN, change=Change("drain", nodes=("node-1",))),
    "other drain": replace(PLAIN, change=Change("drain", nodes=("node-2",))),
    "budget": replace(PLAIN, change=Change("drain", nodes=("node-1",)), budgets=(budget(1),)),
    "crashes": replace(PLAIN, faults=Faults(node_crashes=1)),
    "pod failures": replace(PLAIN, faults=Faults(pod_failures=1)),
    "lag": replace(PLAIN, faults=Faults(slow_watches={"deployment-controller": 1})),
    "members": replace(PLAIN, control_plane=ControlPlane(5)),
    "lost writes": replace(PLAIN, faults=Faults(lost_writes=1)),
    "terms": replace(PLAIN, bounds=Bounds(terms=3)),
    "slots": replace(PLAIN, bounds=Bounds(pods=9)),
    "prompt": replace(PLAIN, prompt=True),
    "choice": replace(PLAIN, choice="best"),
    "invariants": replace(PLAIN, invariants=shipped("specs/invariants.yaml").invariants[1:2]),
    "fault": replace(PLAIN, mutations=frozenset({"surge-one-too-many"})),
    "tolerant": replace(
        PLAIN, workload=workload(2, 1, 0, template(tolerations=(Toleration(operator="Exists"),)))
    ),
    "properties": replace(PLAIN, properties=("surge-bounded", "election-safety")),
}


def parts_of(given: Scenario) -> list[Part]:
    return list(cluster.parts(given))


@pytest.mark.parametrize("spec", PASSING[::4])
def test_renamed_scenarios_have_equal_keys_and_systems(spec: str) -> None:
    """Names, images and places are what keys leave out, and no system depends on them, but for what
    users claim of names: an invariant is a text that nobody renames."""
    # Scores read names and labels as well, so workloads whose pods they place are each their own.
    given = replace(shipped(spec), invariants=())
    scored = given.choice == "best"
    for one, other in zip(parts_of(given), parts_of(renamed(given)), strict=True):
        if not isinstance(one.key, tuple) and not (scored and one.subject != "ControlPlane/etcd"):
            assert one.key == other.key
        assert structure(one.make()) == structure(other.make())


def test_equal_keys_have_equal_systems() -> None:
    """Whatever differs in a system differs in its key."""
    for key_of, index in ((workload_key, 0), (control_plane_key, 1)):
        found: dict[Hashable, bytes] = {}
        for given in (PLAIN, *DIFFERENT.values()):
            made = structure(parts_of(given)[index].make())
            assert found.setdefault(key_of(given), made) == made


@pytest.mark.parametrize("name", [*DIFFERENT])
def test_what_systems_are_made_of_is_in_the_key(name: str) -> None:
    """One change, another key."""
    assert workload_key(DIFFERENT[name]) != workload_key(PLAIN)


@pytest.mark.parametrize("name", ["members", "lost writes", "terms", "fault", "properties"])
def test_control_planes_have_keys_of_their_own(name: str) -> None:
    """What etcd is told of makes another one; workloads and their faults do not."""
    assert control_plane_key(DIFFERENT[name]) != control_plane_key(PLAIN)


@pytest.mark.parametrize("name", ["replicas", "nodes", "drain", "crashes", "lag", "prompt"])
def test_equal_control_planes_are_one(name: str) -> None:
    """The scenarios of a cluster share its control plane."""
    given: Any = DIFFERENT[name]
    assert control_plane_key(given) == control_plane_key(PLAIN)


def test_who_selects_the_pods_before_a_rollout_matters() -> None:
    """Labels are names, but for what a Service or a budget makes of those of the old template."""
    new = {"app": "web", "track": "new"}
    own = workload(2, pod=template(labels=new))
    guard = replace(budget(minimum=1), selector=LabelSelector({"track": "new"}))
    service = Service("default", "web", {"track": "new"})

    def rolled(labels: dict[str, str], **given: Any) -> Scenario:
        before = workload(2, pod=template(labels=labels, requests={"cpu": 100}))
        return scenario(Change("rollout", "web:2"), 2, own, before=before, **given)

    old, made = {"app": "web"}, cluster.workload
    asked: dict[str, Any] = {"services": (service,), "properties": (ANSWERS, STOPPED)}
    assert workload_key(rolled(new, **asked)) != workload_key(rolled(old, **asked))
    assert structure(made(rolled(new, **asked))) != structure(made(rolled(old, **asked)))
    # Who evicts nobody asks no budget, so that the systems are the same here.
    assert workload_key(rolled(new, budgets=(guard,))) != workload_key(
        rolled(old, budgets=(guard,))
    )
    assert workload_key(rolled(new)) == workload_key(rolled(old))
