"""A pod that no node takes in the end of a counterexample: what kube-scheduler says of it, in every
format for people and for programs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from checker.cli import run

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
EVENT = (
    "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: "
    "0/3 nodes are available: 3 No preemption victims found for incoming pod."
)


def said(spec: str, format_: str, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    options = ["--property", "every-pod-scheduled", "--explain", "0s", "--format", format_]
    assert run([str(ROOT / "specs" / "broken" / f"{spec}.yaml"), *options, *more]) == 1
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "spec",
    ["no-room", "untolerated-taint", "anti-affinity", "daemonset-full-node", "statefulset-zones"],
)
def test_transcript(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    """From that heading on; UPDATE_GOLDEN=1 updates them."""
    text = said(spec, "text", capsys)
    block = text[text.index("  What kube-scheduler says of ") : text.index("  Reproduce: ")]
    path = GOLDEN / f"pending-{spec}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(block, encoding="utf-8")
    assert block == path.read_text(encoding="utf-8")


DEMANDING = """
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: rollout}
spec:
  scenario: {rollout: {}}
  cluster:
    nodes:
NODES
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        resources: {requests: {cpu: 1500m}}
"""


def told(nodes: str, path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What is said of two violations of a Deployment that no node takes."""
    path.write_text(DEMANDING.replace("NODES", nodes), encoding="utf-8")
    asked = ["--property", "rollout-completes", "--property", "every-pod-scheduled"]
    assert run([str(path), *asked, "--explain", "0s"]) == 1
    return capsys.readouterr().out.split(" is violated. ")[1:]


def test_nodes_that_are_alike_are_told_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line, however many there are."""
    first, _ = told('    - {count: 12, cpu: "1"}', tmp_path / "web.yaml", capsys)
    assert first.count("    node-1, node-2, node-3 and 9 more  never\n") == 1
    assert first.count("node-1, node-2, node-3 and 9 more") == 4
    assert "--format json" not in first


def test_what_differs_is_told_of_a_few(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taints = "[{key: team-%d, effect: NoSchedule}]"
    each = (f'    - {{count: 1, cpu: "2", taints: {taints % at}}}' for at in range(12))
    first, _ = told("\n".join(each), tmp_path / "web.yaml", capsys)
    assert first.count("TaintToleration: ") == 8
    assert first.count("and 4 more: --format json\n") == 2


def test_the_same_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another violation of the same workload refers to what was said of the pod before."""
    first, second = told('    - {count: 2, cpu: "1"}', tmp_path / "web.yaml", capsys)
    assert "  What kube-scheduler says of default/web-pod1:\n" in first
    assert "  What kube-scheduler says of default/web-pod1 is as for rollout-completes" in second
    assert "What would let it onto a node" not in second


def test_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    (result,) = json.loads(said("no-room", "json", capsys))["results"]
    pending = result["trace"]["pending"]
    assert (pending["pod"], pending["event"]) == ("default/web-pod4", EVENT)
    assert [each["name"] for each in pending["nodes"]] == ["node-1", "node-2", "node-3"]
    for each in pending["nodes"]:
        minding = {name: said for name, said in each["filters"].items() if said is not None}
        assert minding == {
            "NodeResourcesFit": {
                "code": "Unschedulable",
                "reasons": ["Insufficient cpu"],
                "detail": "cpu 500m, 400m of 900m left",
            }
        }
    assert {"node": None, "changes": ["add a node like node-1"]} in pending["remedies"]


def test_no_pod_waits(capsys: pytest.CaptureFixture[str]) -> None:
    """A run that breaks a property otherwise leaves no pod pending."""
    spec = str(ROOT / "specs" / "broken" / "probe-never-succeeds.yaml")
    assert run([spec, "--format", "json", "--explain", "0s"]) == 1
    results = json.loads(capsys.readouterr().out)["results"]
    traces = [result["trace"] for result in results if result["verdict"] == "violated"]
    assert traces
    assert all(trace["pending"] is None for trace in traces)


def test_for_pages(capsys: pytest.CaptureFixture[str]) -> None:
    page = said("no-room", "html", capsys)
    assert f"<p>{EVENT}</p>" in page
    assert '<th scope="col">NodeResourcesFit</th>' in page
    assert '<td><span class="mark violated">no</span></td>' in page
    assert "add a node like node-1" in page


def test_for_comments(capsys: pytest.CaptureFixture[str]) -> None:
    comment = said("no-room", "markdown", capsys)
    assert f"- default/web-pod4: {EVENT}\n" in comment
    assert "It would go onto a node after any of these: node-1, node-2, node-3: request " in comment
