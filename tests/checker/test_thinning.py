"""Large groups where the time is short: every verdict is there, and names who took part."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker.budget import Budget
from checker.cli import run as command
from checker.run import Options, run
from model.sizes import background

HEAD = """
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: c}
spec:
  cluster: {nodes: {count: 2, cpu: "2"}}
  scenario: {apply: {}}
  properties: [no-overcommit, every-pod-scheduled]
"""
WORKLOAD = """---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: w{0}}}
spec:
  replicas: {1}
  selector: {{matchLabels: {{app: w{0}}}}}
  template:
    metadata: {{labels: {{app: w{0}}}}}
    spec: {{containers: [{{name: c, image: c, resources: {{requests: {{cpu: {2}m}}}}}}]}}
"""


def test_every_verdict_names_who_took_part(tmp_path: Path) -> None:
    """All workloads are answered, each beside the nearest few, and the rest is told."""
    sizes = [WORKLOAD.format(i, 1 + i % 2, 500 + 10 * i) for i in range(6)]
    path = tmp_path / "many.yaml"
    path.write_text(HEAD + "".join(sizes), encoding="utf-8")
    report = run([str(path)], Options(), Budget(17), None)
    assert len(report.results) == 12
    for result in report.results:
        assert (len(result.neighbours), len(result.staying)) == (3, 2)
        said = background.says(result.instance.scenario)
        bounds = result.verdict.extent.limits if result.verdict.extent else ()
        assert said in bounds or said in result.verdict.reason
    first = report.together[0]
    assert first.startswith("Deployment/default/w0 with Deployment/default/w1, ")
    stay = "the pods of Deployment/default/w4 and Deployment/default/w5 stay where they are"
    assert first.endswith(f"; {stay}")


def test_a_run_beside_a_few_is_rebuilt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run of a thinned group says that it is one, and is replayed on the same."""
    head = HEAD.replace("apply: {}", 'rollout: {image: "c:2"}').replace(
        "no-overcommit, every-pod-scheduled", "rollout-keeps-available"
    )
    path = tmp_path / "many.yaml"
    sizes = [WORKLOAD.format(i, 2, 390 + 10 * i) for i in range(5)]
    path.write_text(head + "".join(sizes), encoding="utf-8")
    traces = tmp_path / "traces"
    assert command([str(path), "--timeout", "10s", "--traces", str(traces)]) == 1
    (file, *_) = sorted(traces.iterdir())
    assert json.loads(file.read_text())["sizes"].startswith("beside 3 of 4 ")
    capsys.readouterr()
    assert command(["replay", "--input", str(path), str(file)]) == 0
