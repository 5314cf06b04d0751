"""Manifests without nodes: there are enough of those that are assumed, and where there are not,
that is nobody's violation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checker.cli import run
from model.load import nodes

CASES = Path(__file__).parent
ANTI_AFFINITY = """
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - topologyKey: {key}
            labelSelector: {{matchLabels: {{app: web}}}}
"""
ZONE = "topology.kubernetes.io/zone"


def deployment(replicas: int, strategy: str = "{}", pod: str = "", container: str = "") -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  strategy: {strategy}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:{pod or " "}
      containers: [{{name: web, image: "registry.example/web:1"{container}}}]
"""


#: What must be alone to its manifest and the number of nodes that it takes.
ALONE = {
    "on a node, with a surge pod": (
        deployment(3, pod=ANTI_AFFINITY.format(key="kubernetes.io/hostname")),
        4,
    ),
    "on a node, one after the other": (
        deployment(
            5,
            "{rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}",
            ANTI_AFFINITY.format(key="kubernetes.io/hostname"),
        ),
        6,
    ),
    "in a zone": (deployment(3, pod=ANTI_AFFINITY.format(key=ZONE)), 4),
    "in a rack": (deployment(4, pod=ANTI_AFFINITY.format(key="example.com/rack")), 5),
    "by a host port": (
        deployment(3, container=", ports: [{containerPort: 80, hostPort: 80}]"),
        4,
    ),
    "by its size, twice at once": (
        deployment(
            4,
            "{rollingUpdate: {maxSurge: 100%}}",
            container=", resources: {requests: {cpu: 3}}",
        ),
        4,
    ),
    "by a device": (
        deployment(2, container=", resources: {limits: {example.com/gpu: 1}}"),
        3,
    ),
    "not at all": (deployment(3), 3),
}


def check(capsys: pytest.CaptureFixture[str], text: str, *arguments: str) -> Any:
    Path("web.yaml").write_text(text)
    capsys.readouterr()
    code = run(["--format", "json", "--explain", "0", *arguments, "web.yaml"])
    document = json.loads(capsys.readouterr().out)
    assert document["exit"] == code
    return document


@pytest.mark.parametrize("name", ALONE)
def test_enough_nodes(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every everyday scenario goes well, on nodes whose number is printed."""
    monkeypatch.chdir(tmp_path)
    text, count = ALONE[name]
    document = check(capsys, text)
    assert document["exit"] == 0, [r for r in document["results"] if r["verdict"] == "violated"]
    told = [a for a in document["results"][0]["assumptions"] if a.startswith("assumed")]
    assert told[0].startswith(f"assumed {count} nodes of ")


def test_zones_are_assumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anti-affinity by zone forbids something: with fewer zones than pods the rollout hangs. That
    the nodes are in zones is said, and zones that the pods list are those."""
    monkeypatch.chdir(tmp_path)
    text = deployment(3, pod=ANTI_AFFINITY.format(key=ZONE))
    asked = ["--property", "rollout-completes", "--scenario", "rollout"]
    document = check(capsys, text, *asked, "--nodes", "3")
    assert document["exit"] == 1
    assert (
        f"each assumed node is in a domain of its own by {ZONE}"
        in (document["results"][0]["assumptions"])
    )
    only = (
        "        nodeAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n"
        "            nodeSelectorTerms:\n            - matchExpressions:\n"
        f"              - {{key: {ZONE}, operator: In, values: [a, b]}}\n"
    )
    listed = deployment(1, pod=ANTI_AFFINITY.format(key=ZONE) + only)
    results = check(capsys, listed)["results"]
    assert "violated" not in {result["verdict"] for result in results}
    assert f"the assumed nodes are in a, b in turn, by {ZONE}" in results[0]["assumptions"]


def test_too_few_assumed_nodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Were there too few, the verdict would say from how many on all is well; only who is strict
    about assumptions has a violation, and so has who gave that number."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(nodes, "assumed_count", lambda *_: 3)
    text, _ = ALONE["on a node, with a surge pod"]
    asked = ["--property", "rollout-completes", "--scenario", "rollout"]
    document = check(capsys, text, *asked)
    (result,) = document["results"]
    assert (document["exit"], result["verdict"], result["enoughNodes"]) == (3, "unknown", 4)
    assert "from 4 on it is proved" in result["reason"]
    document = check(capsys, text, *asked, "--strict-assumptions")
    (result,) = document["results"]
    assert (document["exit"], result["verdict"], result["enoughNodes"]) == (1, "violated", 4)
    assert result["trace"]["steps"]
    assert check(capsys, text, *asked, "--nodes", "3")["results"][0]["enoughNodes"] is None


def test_the_fewest_nodes_that_suffice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The number is searched for, however far it is from what is assumed: five pods and a surge pod
    that must be alone take six nodes. Those that were tried are named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(nodes, "assumed_count", lambda *_: 3)
    text = deployment(
        5,
        "{rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
        ANTI_AFFINITY.format(key="kubernetes.io/hostname"),
    )
    asked = ["--property", "rollout-completes", "--scenario", "rollout"]
    (result,) = check(capsys, text, *asked)["results"]
    assert (result["verdict"], result["enoughNodes"]) == ("unknown", 6)
    assert "violated on the 3 nodes that are assumed; from 6 on" in result["reason"]
    assert "6 and 8 were tried" in result["reason"]


def test_what_more_nodes_do_not_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A budget that lets nobody go is violated on any number of nodes."""
    monkeypatch.chdir(tmp_path)
    budget = (
        "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\n"
        "spec: {maxUnavailable: 0, selector: {matchLabels: {app: web}}}\n"
    )
    document = check(capsys, deployment(2) + budget, "--property", "drain-completes")
    assert document["exit"] == 1
    assert {r["enoughNodes"] for r in document["results"]} == {None}


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("drain node-1", "a drained node stays cordoned"),
        ("node crash", "a crashed node comes back in the end"),
    ],
)
def test_whether_nodes_come_back_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    scenario: str,
    said: str,
) -> None:
    """As an assumption of the scenario that takes one away, and of no other."""
    monkeypatch.chdir(tmp_path)
    document = check(capsys, deployment(1))
    for result in document["results"]:
        told = any(said in sentence for sentence in result["assumptions"])
        assert told == (result["scenario"] == scenario)
