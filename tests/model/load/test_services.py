"""Services and the pods of the same folder: what is wrong between them, and what is not checked."""

from __future__ import annotations

import pytest

from model.plan import Plan
from tests.model.load.helpers import check_document, deployment, findings, load_text, plan_of

SERVICE = """---
apiVersion: v1
kind: Service
metadata: {name: web%s}
spec: {%s}
"""
PORTS = "ports: [{port: 80%s}]"
HTTP = "ports: [{name: http, containerPort: 80}]"


def beside(spec: str, *, metadata: str = "", container: str = HTTP, name: str = "web") -> str:
    return deployment(container=container, name=name) + SERVICE % (metadata, spec)


def selecting(selector: str, port: str = "") -> str:
    return f"selector: {{{selector}}}, {PORTS % port}"


def why(plan: Plan) -> str:
    return plan.reasons.get("Service/default/web", "")


@pytest.mark.parametrize(
    ("spec", "metadata", "said", "hint"),
    [
        (
            selecting("app: wep"),
            "",
            "`spec.selector`: no pod in namespace default has app=wep: the Service has no "
            "endpoints",
            "",
        ),
        (
            selecting("app: web, tier: front"),
            "",
            "`spec.selector`: no pod in namespace default has app=web, tier=front: the Service has "
            "no endpoints",
            "pods of Deployment/default/web have no label tier",
        ),
        (
            selecting("app: web"),
            ", namespace: shop",
            "`spec.selector`: no pod in namespace shop has app=web: the Service has no endpoints",
            "those of Deployment/default/web have; a Service selects pods of its own namespace "
            "only",
        ),
        (
            selecting("app: web", ", targetPort: htpp"),
            "",
            "`spec.ports[0].targetPort`: no container of Deployment/default/web names a port "
            "`htpp` (TCP): the Service has no endpoints there",
            "did you mean `http`?",
        ),
        (
            selecting("app: web", ", targetPort: http, protocol: UDP"),
            "",
            "`spec.ports[0].targetPort`: no container of Deployment/default/web names a port "
            "`http` (UDP): the Service has no endpoints there",
            "the port of that name has protocol TCP",
        ),
    ],
)
def test_a_service_without_endpoints_is_warned_of(
    spec: str, metadata: str, said: str, hint: str
) -> None:
    (found,) = load_text(beside(spec, metadata=metadata)).diagnostics
    assert (found.severity, found.message, found.hint) == ("warning", said, hint)
    assert found.source.line == 18


@pytest.mark.parametrize(
    "spec",
    [
        selecting("app: web"),
        selecting("app: web", ", targetPort: http"),
        selecting("app: web", ", targetPort: 8080"),
        selecting("app: web, pod-template-hash: abc"),
        PORTS % "",
        "type: ExternalName, externalName: db.example.com, selector: {app: other}",
        "clusterIP: None, selector: {app: web}",
    ],
)
def test_others_are_not(spec: str) -> None:
    assert findings(load_text(beside(spec))) == []


def test_pods_of_kinds_that_are_not_checked_are_selected_too() -> None:
    """Those of custom resources, and of workloads without replicas."""
    custom = (
        "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: api}\n"
        "spec: {template: {metadata: {labels: {app: api}}}}\n"
    )
    text = beside(selecting("app: api"))
    assert findings(load_text(text)) == [(18, "P202")]
    assert findings(load_text(text + custom)) == []
    idle = deployment("replicas: 0", HTTP, name="api").replace("app: web", "app: api")
    assert "P202" not in {code for _, code in findings(load_text(f"{text}---\n{idle}"))}


def test_where_there_are_no_pods_nothing_is_missed() -> None:
    assert "P202" not in {code for _, code in findings(load_text(SERVICE % ("", "")))}


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (selecting("app: web"), ""),
        (selecting("app: other"), "no pod here is selected"),
        (PORTS % "", "no selector: others write their endpoints"),
        (
            "type: ExternalName, externalName: db.example.com",
            "type ExternalName: another name for something outside",
        ),
        (
            "clusterIP: None, selector: {app: web}",
            "headless: clients take addresses of pods from DNS",
        ),
        (
            selecting("app: web") + ", publishNotReadyAddresses: true",
            "publishNotReadyAddresses: requests go to pods that are not ready as well",
        ),
        (
            selecting("app: web") + ", internalTrafficPolicy: Local",
            "a traffic policy Local: nothing promises each node a pod",
        ),
        (
            selecting("app: web, pod-template-hash: abc"),
            "a selector by what controllers label: which of the pods that is, is not known",
        ),
    ],
)
def test_why_a_service_is_not_checked(spec: str, reason: str) -> None:
    plan = plan_of(beside(spec))
    assert why(plan) == reason
    assert plan.unchecked == (("Service/default/web",) if reason else ())


def test_a_service_that_nobody_promises_a_pod() -> None:
    recreated = deployment("strategy: {type: Recreate}") + SERVICE % ("", selecting("app: web"))
    said = (
        "no field promises a pod throughout a rollout or a drain, and nobody asks for "
        "service-always-answers by name"
    )
    assert why(plan_of(recreated)) == said
    asked = check_document("properties: [drain-completes]\nscenario: {drain: {}}")
    assert why(plan_of(f"{asked}---\n{beside(selecting('app: web'))}")) == said


@pytest.mark.parametrize(
    ("pod", "more", "unchecked"),
    [
        ("priorityClassName: high", "", ()),
        ("", "globalDefault: true", ()),
        ("", "", ("PriorityClass/high",)),
        ("priorityClassName: low", "globalDefault: true", ("PriorityClass/high",)),
    ],
)
def test_a_priority_that_pods_have_is_read(pod: str, more: str, unchecked: tuple[str, ...]) -> None:
    given = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\n"
    plan = plan_of(f"{deployment(pod=pod)}---\n{given}value: 10\n{more}\n")
    assert plan.unchecked == tuple(plan.reasons) == unchecked
