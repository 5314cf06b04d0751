"""Autoscalers that follow a load: what a sync may set, which are read, and what comes of it."""

from __future__ import annotations

import pytest

from model.api.horizontalpodautoscaler import (
    SCALE_DOWN,
    SCALE_UP,
    Behavior,
    Bounds,
    Policy,
    Rules,
    Tolerances,
)
from model.api.horizontalpodautoscaler import HorizontalPodAutoscaler as Autoscaler
from model.controllers.horizontalpodautoscaler import numbers, settled
from model.scenario import Scenario
from model.stages import stages
from tests.model.load.helpers import check_document, deployment, load_text, plan_of
from tests.outcomes import outcomes

ONE = Autoscaler("a", Bounds(2, 8))
LOW, HIGH = Autoscaler("low", Bounds(1, 2)), Autoscaler("high", Bounds(3, 5))
CAREFUL = Behavior(Rules((Policy("Pods", 1, 60),)), SCALE_DOWN)
ONLY_UP = Behavior(SCALE_UP, Rules(SCALE_DOWN.policies, "Disabled"))


@pytest.mark.parametrize(
    ("one", "load", "current", "alone", "expected"),
    [
        # Any number on the way: metrics may be late, or not of all pods.
        (ONE, 4, 2, True, [3, 4]),
        (ONE, 2, 4, True, [3, 2]),
        (ONE, 3, 3, True, []),
        # Without `behavior` replicas at most double, or rise to 4.
        (ONE, 8, 3, True, [4, 5, 6]),
        (ONE, 8, 2, True, [3, 4]),
        # Bounds come before the load, at once; 0 replicas are let be.
        (ONE, 9, 8, True, []),
        (ONE, 0, 3, True, [2]),
        (ONE, 5, 1, True, [2]),
        (ONE, 5, 20, True, [8]),
        (ONE, 5, 0, True, []),
        # A load that is a tenth more is let be, unless a tolerance is set.
        (Autoscaler("a", Bounds(1, 20)), 11, 10, True, []),
        (Autoscaler("a", Bounds(1, 20), None, Tolerances(0.1, 0.05)), 11, 10, True, [11]),
        # What policies and selectPolicy forbid at once.
        (Autoscaler("a", Bounds(1, 9), CAREFUL), 6, 3, True, [4]),
        (Autoscaler("a", Bounds(1, 9), ONLY_UP), 1, 3, True, []),
        # Where another one controls the same pods there are only bounds.
        (ONE, 5, 3, False, []),
        (ONE, 5, 9, False, [8]),
    ],
)
def test_numbers(
    one: Autoscaler, load: int, current: int, alone: bool, expected: list[int]
) -> None:
    assert list(numbers(one, load, current, alone=alone)) == expected


def test_settled() -> None:
    assert [settled([ONE], n) for n in (0, 1, 3, 9)] == [0, 2, 3, 8]
    assert settled([LOW, HIGH], 4) == 2


def scaler(bounds: str, name: str = "web", kind: str = "Deployment", more: str = "") -> str:
    return (
        f"---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: "
        f"{{name: {name}}}\nspec: {{{bounds}, scaleTargetRef: {{kind: {kind}, name: web}}{more}}}\n"
    )


TWO_TO_THREE = scaler("minReplicas: 2, maxReplicas: 3")


def asked(steps: str, scalers: str, replicas: str = "", kind: str = "Deployment") -> str:
    written = "".join(f"  - {step}\n" for step in steps.split("; "))
    check = check_document(f"scenario:\n  steps:\n{written}cluster:\n  nodes: {{count: 1}}\n")
    return deployment(replicas, kind=kind) + scalers + "---\n" + check


def scenario(steps: str, scalers: str, replicas: str = "", kind: str = "Deployment") -> Scenario:
    (found,) = plan_of(asked(steps, scalers, replicas, kind)).scenarios
    return found


def test_an_autoscaler_that_is_followed_is_nothing_left_out() -> None:
    plan = plan_of(asked("load: 3", TWO_TO_THREE))
    (found,) = plan.scenarios
    assert plan.unchecked == ()
    assert not {use.name for use in found.omitted} & {"autoscaler", "autoscaler-bounds"}
    # Whoever leaves the replicas out has as many as the autoscaler wants at least.
    assert found.workload.replicas == 2
    assert {each.stage.replicas for each in stages(found).positions} == {2, 3}


def test_without_a_load_it_is_left_out() -> None:
    plan = plan_of(asked("scale: 3", TWO_TO_THREE))
    (found,) = plan.scenarios
    assert plan.unchecked == ()
    assert "autoscaler" in {use.name for use in found.omitted}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (asked("load: 3", ""), "no HorizontalPodAutoscaler has the workload as its target"),
        (asked("load: 2", TWO_TO_THREE), "the load is that of 2 pods already"),
        (asked("load: 3", scaler("minReplicas: 4, maxReplicas: 3")), "from 4 to 3 replicas"),
        (
            asked("load: 3; apply: {spec: {minReadySeconds: 5}}", TWO_TO_THREE),
            "applies a whole version, and changes the load",
        ),
        (asked("load: 3", scaler("maxReplicas: 0")), "from 1 to 0 replicas"),
        (asked("load: 3", scaler("maxReplicas: three")), "from 1 to three replicas"),
    ],
)
def test_mistakes(text: str, said: str) -> None:
    loaded = load_text(text)
    assert loaded.plan is None
    assert any(said in each.render() for each in loaded.diagnostics)


@pytest.mark.parametrize(
    ("steps", "replicas", "outcome"),
    [
        # A manifest without replicas changes the template only.
        ("load: 3; setImage: nginx:2", "", "proved"),
        ("load: 3; apply: {image: nginx:2, replicas: 2}", "replicas: 2", "violated"),
        # A user who scales by hand is somebody else, too.
        ("load: 3; scale: 2", "", "violated"),
        # To 0 and from there: who does that switches the autoscaler off, and on.
        ("load: 3; scale: 0; scale: 2", "", "proved"),
    ],
)
def test_who_scales(steps: str, replicas: str, outcome: str) -> None:
    found = scenario(steps, TWO_TO_THREE, replicas)
    assert outcomes(found, "nobody-else-scales") == {"nobody-else-scales": outcome}


def test_nobody_but_the_autoscaler_scales_a_statefulset() -> None:
    one = scaler("minReplicas: 2, maxReplicas: 3", kind="StatefulSet")
    found = scenario("load: 3; load: 2", one, "serviceName: web", "StatefulSet")
    names = ("nobody-else-scales", "autoscaler-settles", "replicas-converge")
    assert outcomes(found, *names) == dict.fromkeys(names, "proved")


def test_two_autoscalers_that_disagree() -> None:
    """Their bounds alone move the replicas to and fro, for ever."""
    both = scaler("maxReplicas: 1", "low") + scaler("minReplicas: 2, maxReplicas: 3", "high")
    found = scenario("load: 3", both)
    names = ("nobody-else-scales", "autoscaler-settles", "replicas-converge")
    assert outcomes(found, *names) == dict.fromkeys(names, "violated")


def test_two_autoscalers_that_agree_measure_nothing() -> None:
    both = scaler("maxReplicas: 3", "one") + scaler("minReplicas: 1, maxReplicas: 3", "other")
    assert {each.stage.replicas for each in stages(scenario("load: 3", both)).positions} == {1}
