"""Counterexamples of scenarios that leave sizes open name the configuration, and blame it."""

from __future__ import annotations

import json

import pytest

from checker.cli import run

SPEC = "specs/broken/open-capacity.yaml"
ARGUMENTS = ["--engine", "explicit", "--property", "rollout-completes", SPEC]
#: Three pods fill the only node, and of two configurations this has the smaller surge.
SMALLEST = {"replicas": 3, "maxSurge": 1, "maxUnavailable": 0, "nodes": 1, "cpu": "1500m"}


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    """The configuration comes first, before the steps; what is left open is what to look at."""
    assert run(ARGUMENTS) == 1
    text = capsys.readouterr().out
    before, _, after = text.partition(
        "With replicas 3, maxSurge 1, maxUnavailable 0, nodes 1, cpu 1500m:"
    )
    assert "rollout-completes is violated" in before
    assert after.lstrip().startswith("1  user")
    assert f"{SPEC}:15  spec.open.cpu" in before
    assert f"{SPEC}:14  spec.open.nodes" in before
    assert "left open (spec.open): replicas 1 to 3, maxSurge 0 to 2" in " ".join(after.split())


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Machines read it in the trace."""
    assert run(["--format", "json", *ARGUMENTS]) == 1
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result["trace"]["configuration"] == SMALLEST


def test_nothing_is_said_where_nothing_is_open(capsys: pytest.CaptureFixture[str]) -> None:
    """A closed scenario has no configuration to name."""
    closed = "specs/broken/no-room.yaml"
    assert run(["--format", "json", "--engine", "explicit", closed]) == 1
    results = json.loads(capsys.readouterr().out)["results"]
    traces = [result["trace"] for result in results if result["trace"]]
    assert traces
    assert all(trace["configuration"] == {} for trace in traces)
