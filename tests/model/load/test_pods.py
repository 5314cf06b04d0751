"""ReplicationControllers and single pods as the loader reads them."""

from __future__ import annotations

import pytest

from model.api.selector import LabelSelector
from tests.model.load.helpers import deployment, findings, load_text, marked, plan_of

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: one
  labels: {app: one}
spec:
  containers: [{name: one, image: "one:1", resources: {requests: {cpu: 500m}}}]
"""


def controller(spec: str = "") -> str:
    return f"""\
apiVersion: v1
kind: ReplicationController
metadata: {{name: web}}
spec:
  replicas: 2
  {spec}
  template:
    metadata: {{labels: {{app: web, tier: front}}}}
    spec: {{containers: [{{name: web, image: "web:1"}}]}}
"""


def test_a_replicationcontroller() -> None:
    """It does not roll out; where it has no selector, the labels of its template are it."""
    found = plan_of(controller()).scenarios
    assert [s.name for s in found] == ["apply", "drain node-1", "node crash"]
    assert found[0].workload.selector == LabelSelector({"app": "web", "tier": "front"})
    found = plan_of(controller("selector: {app: web}")).scenarios
    assert found[0].workload.selector == LabelSelector({"app": "web"})


def test_a_single_pod() -> None:
    """Nobody promises more of it than that it is scheduled."""
    (found,) = plan_of(POD).scenarios
    assert (found.name, found.workload.subject) == ("apply", "Pod/default/one")
    assert (found.workload.replicas, found.workload.template.requests["cpu"]) == (1, 500)


@pytest.mark.parametrize(
    "text",
    [
        controller("selector: {matchLabels: {app: web}}  # <- P103"),
        controller("selector: {app: other}  # <- P202"),
        controller("minReadySeconds: -1  # <- P200"),
        controller().replace("{containers", "{restartPolicy: Never, containers") + "  # <- P201",
        POD.replace("spec:\n", "spec:\n  restartPolicy: Sometimes  # <- P201\n"),
        POD.replace("spec:\n", "spec:\n  replicas: 2  # <- P102\n"),
        POD.partition("spec:")[0] + "spec: {nodeName: node-1}  # <- P104",
    ],
)
def test_mistakes(text: str) -> None:
    text = text.replace('"web:1"}]}\n  # <-', '"web:1"}]}  # <-')
    assert findings(load_text(text)) == marked(text)


def test_paths_are_those_of_pods() -> None:
    """A pod has no template: mistakes, and what is left out, are told by its own paths."""
    wrong = load_text(POD.replace("500m", "-1"))
    assert "`spec.containers[0].resources" in wrong.diagnostics[0].message
    gated = plan_of(POD + "  schedulingGates: [{name: a.b/c}]\n").scenarios[0]
    assert [use.what for use in gated.omitted] == ["spec.schedulingGates"]


@pytest.mark.parametrize(
    "more",
    [
        "ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: x, uid: u, "
        "controller: true}]",
        'annotations: {kubernetes.io/config.mirror: "abc"}',
    ],
)
def test_pods_of_others_are_no_workloads(more: str) -> None:
    """What a controller, or a node itself, made of something else."""
    pod = POD.replace("spec:\n", f"  {more}\nspec:\n  nodeName: node-1\n")
    plan = plan_of(deployment() + "---\n" + pod)
    assert plan.unchecked == ("Pod/default/one",)


def test_pods_that_have_ended_are_no_workloads() -> None:
    plan = plan_of(deployment() + "---\n" + POD + "status: {phase: Succeeded}\n")
    assert plan.unchecked == ("Pod/default/one",)


def test_a_drain_refuses_nodes_with_single_pods() -> None:
    """So where one may be it takes part, unless it may end by itself at any time."""
    drained = deployment() + "---\n" + POD
    (found,) = (s for s in plan_of(drained).scenarios if s.change.kind == "drain")
    assert [each.subject for each in found.neighbours] == ["Pod/default/one"]
    ends = drained.replace(
        "spec:\n  containers: [{name: one",
        "spec:\n  restartPolicy: Never\n  containers: [{name: one",
    )
    (found,) = (s for s in plan_of(ends).scenarios if s.change.kind == "drain")
    assert [use.name for use in found.omitted] == ["unmanaged-pods"]
    away = POD.replace("spec:\n", "spec:\n  nodeSelector: {zone: other}\n")
    (found,) = (
        s for s in plan_of(deployment() + "---\n" + away).scenarios if s.change.kind == "drain"
    )
    assert not found.omitted
    assert not found.neighbours
