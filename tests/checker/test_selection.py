"""What is asked for by name and is not there is a mistake, with its place and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker.cli import run
from checker.selection import select
from model.load.diagnostics import Report
from model.plan import Plan
from model.properties import PROPERTIES
from tests.checker.fakes import scenario
from tests.model.load.helpers import deployment

CHECK = """\
apiVersion: planecheck.dev/v1alpha1
kind: Check
metadata: {name: mine}
spec:
  scenario:
    {scenario}
  properties:
    - no-overcommit
    - {name}
---
"""
JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: work}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}
"""
SCALED_IN = "steps: [scale: {replicas: 1}]"


Said = Callable[..., str]


@pytest.fixture
def folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Said:
    """What the command line says of a wrong `a.yaml` of this text."""
    monkeypatch.chdir(tmp_path)

    def said(text: str, *arguments: str) -> str:
        Path("a.yaml").write_text(text)
        assert run(["a.yaml", *arguments]) == 2
        return capsys.readouterr().err

    return said


def text(change: str, name: str) -> str:
    return CHECK.replace("{scenario}", change).replace("{name}", name)


@pytest.mark.parametrize(
    ("change", "name", "workload", "why"),
    [
        ("apply: {}", "surge-bounded", JOB, "changes of a Deployment's template"),
        (SCALED_IN, "every-pod-scheduled", deployment("replicas: 2"), "pods are made"),
        ("apply: {}", "writes-survive-zone-loss", JOB, "control planes with zones"),
    ],
)
def test_of_a_check(folder: Said, change: str, name: str, workload: str, why: str) -> None:
    """The line of its name, what it concerns, and which properties there are."""
    said = folder(text(change, name) + workload).splitlines()
    assert said[0] == f"a.yaml:9:7: error[P300]: property `{name}` concerns nothing in this input"
    assert said[1:3] == [f"  9 |     - {name}", "    |       ^"]
    assert why in said[3]
    assert "here are `" in said[3]
    assert "`no-overcommit`" in said[3]
    assert f"`{name}`" not in said[3]


def test_selecting_scenarios() -> None:
    """Known names select, in the plan's order; unknown ones are mistakes with a suggestion."""
    plan = Plan((scenario("apply"), scenario("rollout")))
    report = Report()
    chosen = select(plan, ["rollout", "rolout"], report)
    assert [s.name for s in chosen.scenarios] == ["rollout"]
    assert [found.hint for found in report.sorted()] == ["did you mean `rollout`?"]


def test_of_an_option(folder: Said) -> None:
    """An option counts in place of what the Check says, and is the place."""
    said = folder(text("apply: {}", "job-completes") + JOB, "--property", "surge-bounded")
    assert said.startswith("--property: error[P304]: property `surge-bounded` concerns nothing")


def test_every_property_says_what_it_concerns() -> None:
    """Without that a user would not learn why it is not there."""
    assert all(row.concerns.__doc__ for row in PROPERTIES.values())
