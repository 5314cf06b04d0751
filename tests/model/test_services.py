"""Requests to Services: which pods the rules send to, and when pods take no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from model.api.change import Change, stepwise
from model.api.selector import LabelSelector
from model.api.service import Service
from model.api.steps import RemoveNode
from model.apiserver.routing import ANSWERS, STOPPED
from model.scenario import Faults, Scenario
from tests.model.load.helpers import deployment, plan_of, workload_of
from tests.model.worlds import World, nodes, scenario, template, workload
from tests.outcomes import outcomes

WEB = Service("default", "web", {"app": "web"})
BOTH = (ANSWERS, STOPPED)


def requests(of: Any = None, change: Any = "rollout", **changes: Any) -> Scenario:
    """A Deployment under traffic."""
    named = Change("rollout", "web:2") if change == "rollout" else change
    given = {"services": (WEB,), "properties": BOTH, **changes}
    return scenario(named, 1, of or workload(1), **given)


def hooked(seconds: int | None, grace: int = 30) -> Any:
    """A Deployment of one pod with preStop hooks."""
    pod = template(pre_stop_seconds=seconds, termination_grace_seconds=grace)
    return workload(1, pod=pod)


def test_rules_are_up_to_date_in_the_beginning() -> None:
    world = World(requests(workload(2)))
    begun = world.state()
    assert world.read(begun, "rule")[:2] == ["Ready", "Ready"]
    assert "update rules" not in world.enabled(begun)


def test_a_pod_that_stops_is_gone_only_after_that() -> None:
    """It takes requests until it is told to stop, and its object stays until then."""
    world = World(requests(workload(1), "steady", faults=Faults()))
    going = world.state([("Terminating", "node-1", 1)], rule=["Ready"], lingers=[1])
    assert world.holds(going, STOPPED)
    assert world.holds(going, ANSWERS)
    assert "pod stopped" not in world.enabled(going)
    stopped = world.after(going, "tell to stop")
    assert not world.holds(stopped, STOPPED)
    assert not world.holds(stopped, ANSWERS)
    assert "pod stopped" in world.enabled(stopped)
    gone = world.after(stopped, "pod stopped")
    assert world.read(gone, "rule") == ["None"] * len(world.read(gone, "rule"))


@pytest.mark.parametrize(
    ("seconds", "grace", "lag", "waits"),
    [
        (0, 30, 0, False),
        (None, 30, 0, False),
        (5, 30, 0, True),
        (5, 30, 5, True),
        (5, 30, 6, False),
        (60, 30, 30, True),
        (60, 30, 31, False),
        (5, 0, 0, False),
    ],
)
def test_a_hook_waits_for_the_rules(seconds: int | None, grace: int, lag: int, waits: bool) -> None:
    """If it sleeps for as long as they take, and within the grace period."""
    world = World(requests(hooked(seconds, grace), "steady", proxy_lag=lag))
    pod = [("Terminating", "node-1", 1)]
    late = world.state(pod, rule=["Ready"], lingers=[1])
    assert ("tell to stop" in world.enabled(late)) == (not waits)
    known = world.state(pod, rule=["Terminating"], lingers=[1])
    assert "tell to stop" in world.enabled(known)


def test_terminating_pods_serve_where_no_other_does() -> None:
    """As long as they take requests; not beside a ready one."""
    world = World(requests(workload(2), "steady"))
    pods = [("Terminating", "node-1", 1), ("Pending", "node-1", 1)]
    alone = world.state(pods, rule=["Terminating", "None"], lingers=[1])
    assert world.holds(alone, ANSWERS)
    pods[1] = ("Ready", "node-1", 1)
    beside = world.state(pods, rule=["Terminating", "Ready"], lingers=[0])
    assert world.holds(beside, STOPPED)
    pods[1] = ("Pending", "node-1", 1)
    only = world.state(pods, rule=["Terminating", "None"], lingers=[0])
    assert not world.holds(only, STOPPED)


def test_without_grace_a_pod_is_cut_off() -> None:
    """It is gone with its containers while requests are still sent to it."""
    found = outcomes(requests(hooked(5, grace=0)), STOPPED)
    assert found == {STOPPED: "violated"}
    assert outcomes(requests(hooked(5)), STOPPED) == {STOPPED: "proved"}


def test_pods_of_a_node_that_is_removed_are_cut_off() -> None:
    """Its machine runs on, and nobody tells the rules before the pods are collected."""
    steps = stepwise((RemoveNode("node-2"),))
    given = replace(requests(hooked(5), steps), nodes=nodes(2))
    assert outcomes(given, STOPPED) == {STOPPED: "violated"}


@pytest.mark.parametrize(
    ("of", "outcome"),
    [
        (workload(1), "violated"),
        (hooked(5), "proved"),
        (replace(hooked(5), strategy="Recreate"), "violated"),
        (replace(hooked(5), kind="ReplicaSet"), "proved"),
    ],
    ids=["plain", "hooked", "Recreate", "ReplicaSet"],
)
def test_somebody_answers(of: Any, outcome: str) -> None:
    """In a rollout one pod after the other; a drain of the only node is another matter."""
    change = "rollout" if of.kind == "Deployment" else "steady"
    found = outcomes(requests(of, change), ANSWERS)
    assert found == {ANSWERS: outcome if change == "rollout" else "unknown"}


@pytest.mark.parametrize(
    "service",
    [
        replace(WEB, selector={"app": "api"}),
        replace(WEB, selector={}),
        replace(WEB, namespace="other"),
        replace(WEB, external=True),
        replace(WEB, target=("http", "TCP")),
    ],
)
def test_services_that_are_no_matter(service: Service) -> None:
    """They select others, or are another's name."""
    world = World(requests(services=(service,)))
    assert [each.name for each in world.system.properties] == []


def test_pods_of_a_neighbour_do_not_answer_for_the_workload() -> None:
    """Each Service is asked about by itself; those of neighbours only are no matter."""
    of = replace(hooked(5), strategy="Recreate")
    labels = {"app": "api"}
    pod = replace(of.template, labels=labels)
    api = replace(of, name="api", selector=LabelSelector(labels), template=pod)
    beside = Service("default", "api", labels)
    found = outcomes(requests(of, neighbours=(api,), services=(WEB, beside)), ANSWERS)
    assert found == {ANSWERS: "violated"}


def test_each_service_over_the_workload_has_to_answer() -> None:
    """Here both select the pods before a rollout, and one of them those after it."""
    of = hooked(5)
    named = replace(of, template=replace(of.template, port_names=(("http", "TCP"),)))
    by_name = replace(WEB, name="named", target=("http", "TCP"))
    lost = requests(of, before=named, services=(WEB, by_name))
    assert outcomes(lost, ANSWERS) == {ANSWERS: "violated"}
    assert outcomes(replace(lost, services=(WEB,)), ANSWERS) == {ANSWERS: "proved"}
    assert outcomes(replace(lost, before=None, workload=named), ANSWERS) == {ANSWERS: "proved"}


def test_rules_are_no_state_unless_somebody_asks() -> None:
    """What is left then is whether there is a ready pod that the Service selects."""
    world = World(requests(properties=None))
    assert all(f.name != "rule" for f in world.system.functions)
    assert {p.name for p in world.system.properties} & set(BOTH) == {ANSWERS}
    assert world.holds(world.state([("Ready", "node-1", 1)]), ANSWERS)
    assert not world.holds(world.state([("Running", "node-1", 1)]), ANSWERS)
    assert not world.holds(world.state([("Terminating", "node-1", 1)]), ANSWERS)


@pytest.mark.parametrize(
    ("hook", "seconds"),
    [
        ("", 0),
        ("lifecycle: {preStop: {sleep: {seconds: 7}}}", 7),
        ("lifecycle: {preStop: {exec: {command: [sleep, '8']}}}", 8),
        ("lifecycle: {preStop: {exec: {command: [/bin/sleep, '8']}}}", 8),
        ("lifecycle: {preStop: {exec: {command: [/bin/sh, -c, sleep 9]}}}", 9),
        ("lifecycle: {preStop: {exec: {command: [nginx, -s, quit]}}}", None),
        ("lifecycle: {preStop: {httpGet: {path: /drain, port: 80}}}", None),
        ("lifecycle: {postStart: {exec: {command: [sleep, '9']}}}", 0),
    ],
)
def test_how_long_a_hook_sleeps(hook: str, seconds: int | None) -> None:
    assert workload_of(deployment(container=hook)).template.pre_stop_seconds == seconds


@pytest.mark.parametrize(
    ("second", "seconds"),
    [("ports: [{containerPort: 80}]", 0), ("env: []", 7)],
    ids=["answers", "does not"],
)
def test_the_containers_with_ports_answer(second: str, seconds: int) -> None:
    containers = (
        "- name: web\n  image: web:1\n  ports: [{containerPort: 8080}]\n"
        "  lifecycle: {preStop: {sleep: {seconds: 7}}}\n"
        f"- name: side\n  image: side:1\n  {second}"
    )
    assert workload_of(deployment(containers=containers)).template.pre_stop_seconds == seconds


SERVICE = """
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]%s}
"""


@pytest.mark.parametrize(
    ("more", "followed", "local"),
    [
        ("", True, ()),
        (", clusterIP: None", False, ()),
        (", publishNotReadyAddresses: true", False, ()),
        (", type: NodePort, externalTrafficPolicy: Local", True, ("spec.externalTrafficPolicy",)),
        (", internalTrafficPolicy: Local", True, ("spec.internalTrafficPolicy",)),
    ],
)
def test_what_is_read_of_a_service(more: str, followed: bool, local: tuple[str, ...]) -> None:
    plan = plan_of(deployment() + SERVICE % more)
    (service,) = plan.scenarios[0].services
    assert (service.followed, service.local) == (followed, local)
    assert ("Service/default/web" in plan.unchecked) == (not followed or bool(local))


def test_each_service_is_answered_by_its_own_pods() -> None:
    """Pods of a neighbour that another Service selects answer for nobody else; those that the same
    Service selects do."""
    beside = workload(1, name="other", pod=template(labels={"app": "other"}))
    other, all_ = Service("default", "other", {"app": "other"}), Service("default", "all", {})
    every = replace(all_, selector={"tier": "x"})
    for services, answered in (((WEB, other), False), ((WEB,), False), ((every,), True)):
        tier = {"tier": "x"} if every in services else {}
        own = workload(1, pod=template(labels={"app": "web", **tier}))
        near = replace(beside, template=template(labels={"app": "other", **tier}))
        world = World(requests(own, "steady", services=services, neighbours=(near,)))
        pods = [("Pending", "", 1), ("Ready", "node-1", 2)]
        rule = "Ready" if answered else "None"
        assert world.read(world.state(), "rule")[:2] == ["Ready", rule]
        state = world.state(pods, rule=["None", rule])
        assert world.holds(state, ANSWERS) == answered
    both = (WEB, every)
    own = workload(1, pod=template(labels={"app": "web", "tier": "x"}))
    near = replace(beside, template=template(labels={"app": "other", "tier": "x"}))
    world = World(requests(own, "steady", services=both, neighbours=(near,)))
    pods = [("Pending", "", 1), ("Ready", "node-1", 2)]
    state = world.state(pods, rule=["None", "Ready"])
    assert not world.holds(state, ANSWERS), "of two Services one has no pod"
    pods[0] = ("Ready", "node-1", 1)
    assert world.holds(world.state(pods, rule=["Ready", "Ready"]), ANSWERS)
    # The other one's ready pods are no reason not to send to this one's terminating ones.
    going = [("Terminating", "node-1", 1), ("Ready", "node-1", 2)]
    last = world.state(going, rule=["Terminating", "Ready"], lingers=[1, 0])
    assert world.holds(last, ANSWERS)


def test_a_named_target_port_is_one_that_the_pods_have() -> None:
    """Of the same protocol; in a container or a sidecar, not in another init container."""
    ports = "ports: [{name: a, port: 80}, {name: b, port: 81, targetPort: %s}]"
    services = SERVICE.replace("ports: [{port: 80}]", ports)
    named = (
        "ports: [{name: http, containerPort: 80}, {name: dns, containerPort: 53, protocol: UDP}]"
    )
    for target, reached in (("http", True), ("dns", False), ("8080", True), ("other", False)):
        (scenario, *_) = plan_of(deployment(container=named) + services % (target, "")).scenarios
        found = {each.target: each.routes_to(scenario.workload) for each in scenario.services}
        by_name = {} if target == "8080" else {(target, "TCP"): reached}
        assert found == {None: True, **by_name}
    init = "initContainers: [{name: a, image: a:1, ports: [{name: http, containerPort: 80}]%s}]"
    for more, names in (("", ()), (", restartPolicy: Always", (("http", "TCP"),))):
        assert workload_of(deployment(pod=init % more)).template.port_names == names
