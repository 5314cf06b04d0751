"""What is not known is free: where pods are, which node the scheduler takes, who comes back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checker.cli import run

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      {pod}
      containers: [{{name: web, image: "web:1", resources: {{requests: {{cpu: 1}}}}}}]
---
"""

BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: web}}
spec: {{{limit}, selector: {{matchLabels: {{app: web}}}}}}
---
"""

NODE = """
apiVersion: v1
kind: Node
metadata: {{name: {name}, labels: {{kubernetes.io/hostname: {name}, zone: {zone}, rack: {rack}}}}}
spec: {{taints: [{taint}]}}
status: {{allocatable: {{cpu: "{cpu}", memory: 16Gi, pods: "110"}}}}
---
"""

CHECK = """
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {{name: case}}
spec:
  {spec}
"""

APART = (
    "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: ["
    "{topologyKey: zone, labelSelector: {matchLabels: {app: web}}},"
    "{topologyKey: rack, labelSelector: {matchLabels: {app: web}}}]}}"
)
SPOT = "{key: spot, effect: PreferNoSchedule}"
FOR_A_MINUTE = "tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]"
FOR_EVER = "tolerations: [{key: a, operator: Exists, effect: NoExecute}]"


def web(replicas: int, pod: str = "", limit: str = "") -> str:
    text = DEPLOYMENT.format(replicas=replicas, pod=pod or "{}".strip("{}"))
    return text + (BUDGET.format(limit=limit) if limit else "")


def node(name: str, zone: str = "z", rack: str = "r", taint: str = "", cpu: int = 4) -> str:
    return NODE.format(name=name, zone=zone, rack=rack, taint=taint, cpu=cpu)


def asked(scenario: str, *properties: str, rest: str = "") -> str:
    names = ", ".join(properties)
    return CHECK.format(spec=f"scenario: {scenario}\n  properties: [{names}]\n  {rest}")


THREE = "cluster: {nodes: {count: 3, cpu: 4, memory: 16Gi}}"
TAINTED = (
    "cluster: {nodes: {count: 2, cpu: 4, memory: 16Gi, taints: [{key: a, effect: NoExecute}]}}"
)

#: What is given, and the verdicts by property; several scenarios have one verdict each.
CASES: dict[str, tuple[str, dict[str, list[str]]]] = {
    "the only pod may be on the node that is drained, whichever it is": (
        web(1, limit="minAvailable: 1")
        + asked("{drain: {node: node-2}}", "drain-completes", rest=THREE),
        {"drain-completes": ["violated"]},
    ),
    "a budget with one to spare lets every drain end": (
        web(3, limit="maxUnavailable: 1")
        + asked("{drain: {node: node-3}}", "drain-completes", rest=THREE),
        {"drain-completes": ["proved"]},
    ),
    "two pods may share the node, and then only one may go at a time": (
        web(2, limit="minAvailable: 1")
        + asked("{drain: {node: node-2}}", "drain-completes", "budget-respected", rest=THREE),
        {"drain-completes": ["proved"], "budget-respected": ["proved"]},
    ),
    "a drain of no node in particular is one of each kind": (
        web(1, limit="minAvailable: 1")
        + node("a", cpu=4)
        + node("b", cpu=4)
        + node("c", cpu=8)
        + asked("{drain: {}}", "drain-completes"),
        {"drain-completes": ["violated", "violated"]},
    ),
    "where the scheduler prefers the node that keeps both others off": (
        web(2, APART)
        + node("a", "z1", "r1")
        + node("b", "z1", "r2", SPOT, 8)
        + node("c", "z2", "r1", SPOT, 8)
        + asked("{apply: {}}", "every-pod-scheduled"),
        {"every-pod-scheduled": ["violated"]},
    ),
    "the same where each way to begin leaves a node": (
        web(2, APART)
        + node("a", "z1", "r1")
        + node("b", "z2", "r2", SPOT, 8)
        + node("c", "z3", "r3", SPOT, 8)
        + asked("{apply: {}}", "every-pod-scheduled"),
        {"every-pod-scheduled": ["proved"]},
    ),
    "two pods that share the node that crashes fit on the other": (
        web(2)
        + asked(
            "{steady: {}}",
            "replicas-converge",
            rest="cluster: {nodes: {count: 2, cpu: 2, memory: 16Gi}}\n"
            "  faults: {nodeCrashes: 1, nodesReturn: false}",
        ),
        {"replicas-converge": ["proved"]},
    ),
    "one member that crashes ends all writes": (
        web(1)
        + asked(
            "{apply: {}}",
            "replicas-converge",
            rest="controlPlane: {members: 1}\n  faults: {memberCrashes: 1}",
        ),
        {"replicas-converge": ["violated"]},
    ),
    "but not if it returns": (
        web(1)
        + asked(
            "{apply: {}}",
            "replicas-converge",
            rest="controlPlane: {members: 1}\n  faults: {memberCrashes: 1, membersReturn: true}",
        ),
        {"replicas-converge": ["proved"]},
    ),
    "writes may end before a pod is bound, though binding is quick": (
        web(1) + asked("{apply: {}}", "every-pod-scheduled", rest="faults: {memberCrashes: 2}"),
        {"every-pod-scheduled": ["violated"]},
    ),
    "two of three end writes, one does not": (
        web(1)
        + asked("{apply: {}}", "replicas-converge", rest="faults: {memberCrashes: 2}")
        + "---\n"
        + asked("{apply: {}}", "replicas-converge", rest="faults: {memberCrashes: 1}").replace(
            "name: case", "name: other"
        ),
        {"replicas-converge": ["violated", "proved"]},
    ),
    "a taint from the start that is borne for a minute": (
        web(2, FOR_A_MINUTE)
        + asked("{apply: {}}", "replicas-converge", "no-eviction-loop", rest=TAINTED),
        {"replicas-converge": ["violated"], "no-eviction-loop": ["violated"]},
    ),
    "a taint from the start that is borne for ever": (
        web(2, FOR_EVER) + asked("{apply: {}}", "replicas-converge", rest=TAINTED),
        {"replicas-converge": ["proved"]},
    ),
    "one such node is enough, as the scheduler may take it again and again": (
        web(1, FOR_A_MINUTE)
        + node("a", taint="{key: a, effect: NoExecute}")
        + node("b")
        + asked("{steady: {}}", "replicas-converge"),
        {"replicas-converge": ["violated"]},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_free(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each input's verdicts are those of a cluster."""
    text, expected = CASES[name]
    path = tmp_path / "case.yaml"
    path.write_text(text, encoding="utf-8")
    run(["--format", "json", "--explain", "0", str(path)])
    document: Any = json.loads(capsys.readouterr().out)
    assert not document.get("diagnostics"), document["diagnostics"]
    found: dict[str, list[str]] = {}
    for result in document["results"]:
        found.setdefault(result["property"], []).append(result["verdict"])
    assert found == expected


def test_the_trace_says_where_the_pods_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where it matters, and in every format that tells a run."""
    path = tmp_path / "case.yaml"
    path.write_text(next(iter(CASES.values()))[0], encoding="utf-8")
    for form in ("text", "markdown", "html"):
        run(["--format", form, "--explain", "0", str(path)])
        assert "At the start: " in capsys.readouterr().out
    run(["--format", "json", "--explain", "0", str(path)])
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result["trace"]["placement"] == "web-pod1 on node-2"
