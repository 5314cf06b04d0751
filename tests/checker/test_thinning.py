"""Large groups where the time is short: every verdict is there, and names who took part."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from checker.budget import Budget
from checker.cli import run as command
from checker.ladder import Climb, spoken_for
from checker.run import Options, run
from checker.verdict import Verdict
from model.cluster import workload
from model.instance import Instance
from model.ir.interpret import Step, steps
from model.ir.trace import Trace
from model.load import LoadOptions, load
from model.properties import PROPERTIES
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


def drained(path: Path) -> Instance:
    """A workload beside three of four while two nodes are drained, one after the other."""
    head = HEAD.replace("apply: {}", "drain: {node: [node-1, node-2], uncordon: true}").replace(
        "no-overcommit, every-pod-scheduled", "maintenance-keeps-available"
    )
    path.write_text(head + "".join(WORKLOAD.format(i, 2, 100) for i in range(2)), encoding="utf-8")
    loaded = load([str(path)], property_names=tuple(PROPERTIES), options=LoadOptions())
    assert loaded.plan is not None
    first, *_ = loaded.plan.scenarios
    return workload(replace(first, background=("Deployment/default/other",)))


@pytest.mark.parametrize("ends", [False, True])
def test_a_run_in_which_a_drain_ends_is_none_beside_all(tmp_path: Path, ends: bool) -> None:
    """The drain waits for pods that stay where they are beside a few, and go elsewhere beside all:
    what comes after that is not known. Before, they may linger for as long as it takes."""
    instance = drained(tmp_path / "drain.yaml")
    system, state = instance.system, instance.system.initial[0]
    taken: list[Step] = []
    states = [state]
    while not taken or (ends and taken[-1].action.name != "uncordon"):
        enabled = [each for each in steps(system, state) if each[0].action.fairness == "weak"]
        due = enabled or [each for each in steps(system, state) if each[0].action.name == "cordon"]
        step, state = due[0]
        taken.append(step)
        states.append(state)
    run = Trace(tuple(states), tuple(taken), None)
    verdict = Verdict("maintenance-keeps-available", "violated", "explicit", 0.0, trace=run)
    (answer,), unconfirmed = spoken_for(instance, Climb((verdict,)))
    assert answer.outcome == ("unknown" if ends else "violated")
    assert [found for _, found in unconfirmed] == ([verdict] if ends else [])
    assert ("a drain waits" in answer.reason) == ends
