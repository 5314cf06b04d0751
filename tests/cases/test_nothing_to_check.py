"""Inputs in which no workload is checked: that is no pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker.cli import run

CASES = Path(__file__).parent

#: File to what is said of it.
EMPTY = {
    "controller-only.yaml": "only PodDisruptionBudget \u00d71, Rollout \u00d71",
    "kustomization.yaml": "only Kustomization \u00d71",
    "no-replicas.yaml": "there is no Deployment, other workload with pods, or Pod",
    "no-objects.yaml": "no Kubernetes object in this file",
}


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_to_check(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3, and what there is instead; 0 only for who asks for it."""
    assert run([str(CASES / name)]) == 3
    said = capsys.readouterr().out
    assert "nothing was checked" in said
    assert EMPTY[name] in said
    assert run(["--allow-empty", str(CASES / name)]) == 0


def test_a_kustomization_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Its folder is what can be checked."""
    run([str(CASES / "kustomization.yaml")])
    said = " ".join(capsys.readouterr().out.split())
    assert "a kustomization is checked by its folder" in said


def test_machines_are_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON names what was skipped; JUnit's reader sees an error."""
    name = str(CASES / "controller-only.yaml")
    assert run(["--format", "json", name]) == 3
    document = json.loads(capsys.readouterr().out)
    assert document["exit"] == 3
    assert document["unchecked"] == [
        "Rollout/db",
        "PodDisruptionBudget/default/db",
    ]
    assert "Rollout" in document["diagnostics"][0]["message"]
    run(["--format", "junit", name])
    assert '<error type="empty"' in capsys.readouterr().out


def test_an_empty_folder(tmp_path: Path) -> None:
    """No file at all is no pass either."""
    assert run([str(tmp_path)]) == 3
    assert run(["--allow-empty", str(tmp_path)]) == 0
