"""What the fields of workloads promise Services, where nobody asks for it by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from model.api.change import Change
from model.api.daemonset import DaemonSet
from model.api.selector import LabelSelector
from model.api.service import Service
from model.api.statefulset import StatefulSet
from model.apiserver.routing import ANSWERS
from model.controllers.deployment_view import UNAVAILABLE_ONE_TOO_MANY
from model.controllers.disruption import EVICTION_IGNORES_BUDGET
from model.properties.promises import promised
from model.scenario import Faults
from tests.model.worlds import World, budget, scenario, template, workload
from tests.outcomes import outcomes

WEB = Service("default", "web", {"app": "web"})
ROLLOUT = Change("rollout", "web:2")
DRAIN = Change("drain", nodes=("node-1",))


def stateful(replicas: int, **changes: Any) -> Any:
    return workload(replicas, kind="StatefulSet", stateful=StatefulSet(**changes))


def daemon(**changes: Any) -> Any:
    limits = {"surge": 0, "unavailable": 1}
    return workload(2, **limits, kind="DaemonSet", daemon=DaemonSet(**changes))


PROMISING = [
    (workload(1), ROLLOUT, ()),
    (workload(2, unavailable=1), ROLLOUT, ()),
    (stateful(2), ROLLOUT, ()),
    (stateful(2, parallel=True), ROLLOUT, ()),
    (daemon(), ROLLOUT, ()),
    (workload(2), DRAIN, (budget(minimum=1),)),
    (workload(2), DRAIN, (budget(maximum=1),)),
]


@pytest.mark.parametrize(("of", "change", "budgets"), PROMISING)
def test_what_is_promised_is_kept(of: Any, change: Change, budgets: Any) -> None:
    made = scenario(change, 2, of, services=(WEB,), budgets=budgets)
    assert promised(made) == (WEB,)
    assert outcomes(made, ANSWERS) == {ANSWERS: "proved"}


@pytest.mark.parametrize(
    ("of", "change", "budgets"),
    [
        (workload(1, unavailable=1), ROLLOUT, ()),
        (workload(1, surge=0, unavailable="25%"), ROLLOUT, ()),
        (workload(2, strategy="Recreate"), ROLLOUT, ()),
        (stateful(1), ROLLOUT, ()),
        (stateful(2, on_delete=True), ROLLOUT, ()),
        (daemon(on_delete=True), ROLLOUT, ()),
        (workload(2), DRAIN, ()),
        (workload(2), DRAIN, (budget(maximum=2),)),
        (workload(2), Change("steady"), ()),
        (workload(2), Change("apply"), ()),
    ],
)
def test_what_is_not_promised_is_not_asked(of: Any, change: Change, budgets: Any) -> None:
    made = scenario(change, 2, of, services=(WEB,), budgets=budgets, faults=Faults(node_crashes=1))
    assert promised(made) == ()
    assert ANSWERS not in {each.name for each in World(made).system.properties}


@pytest.mark.parametrize(
    "service",
    [
        replace(WEB, headless=True),
        replace(WEB, publishes_unready=True),
        replace(WEB, local=("spec.internalTrafficPolicy",)),
        replace(WEB, selector={"app": "api"}),
    ],
)
def test_services_that_nothing_is_promised_to(service: Service) -> None:
    assert promised(scenario(ROLLOUT, 1, workload(1), services=(service,))) == ()


def test_a_budget_over_others_promises_the_workload_nothing() -> None:
    """Theirs may be the pods that are left."""
    near = workload(2, name="api", pod=template(labels={"app": "api", "tier": "x"}))
    own = workload(2, pod=template(labels={"app": "web", "tier": "x"}))
    shared = replace(budget(minimum=1), selector=LabelSelector({"tier": "x"}))
    given = {"services": (WEB,), "budgets": (shared,)}
    assert promised(scenario(DRAIN, 2, own, **given)) == (WEB,)
    assert promised(scenario(DRAIN, 2, own, neighbours=(near,), **given)) == ()


@pytest.mark.parametrize(
    ("of", "change", "fault"),
    [
        (workload(1), ROLLOUT, UNAVAILABLE_ONE_TOO_MANY),
        (workload(2), DRAIN, EVICTION_IGNORES_BUDGET),
    ],
)
def test_who_breaks_a_promise_is_caught(of: Any, change: Change, fault: Any) -> None:
    made = scenario(change, 2, of, (fault,), services=(WEB,), budgets=(budget(minimum=1),))
    assert outcomes(made, ANSWERS) == {ANSWERS: "violated"}


def test_a_service_of_one_revision_is_told_what_it_selects() -> None:
    """Before a rollout to the port that it names, no pod has it: so it is from the start."""
    named = workload(2, pod=template(port_names=(("www", "TCP"),)))
    by_name = replace(
        WEB,
        target=("www", "TCP"),
        port="spec.ports[0].targetPort",
        fields={"spec.ports[0].targetPort": WEB.source},
    )
    made = scenario(ROLLOUT, 1, named, before=workload(2), services=(by_name,))
    world = World(made)
    assert outcomes(made, ANSWERS) == {ANSWERS: "violated"}
    said = world.instance.remarks(world.state(), ANSWERS)
    assert [each.text for each in said] == [
        "Service/default/web (target port www) has no ready pod",
        "2 ready pods are there, of which no container names a port www (TCP)",
    ]
    assert said[1].fields[0] == "Service/web.spec.ports[0].targetPort"
    assert said[1].fields[0] in world.instance.fields
    labelled = replace(WEB, selector={"app": "web", "version": "2"})
    newer = workload(2, pod=template(labels={"app": "web", "version": "2"}))
    made = scenario(ROLLOUT, 1, newer, before=workload(2), services=(labelled,))
    world = World(made)
    said = world.instance.remarks(world.state(), ANSWERS)
    assert said[1].text == (
        "2 ready pods are there with no label version; Service/default/web selects version=2"
    )
    assert said[1].fields[0] == "Service/web.spec.selector.version"
