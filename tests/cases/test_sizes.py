"""Inputs that are too large to exhaust in the time there is: what is said of them is true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checker.cli import run

CASES = Path(__file__).parent

#: File to the outcome of each property.
VIOLATED = {"fourteen-in-thirteen-zones.yaml": ("every-pod-scheduled", "replicas-converge")}
#: File to properties that are violated deeper than a short time reaches.
DEEP = {"too-deep-for-the-time.yaml": ("rollout-keeps-available",)}


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = run(["--format", "json", "--explain", "0", *arguments])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", VIOLATED)
def test_what_only_the_whole_violates(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Smaller sizes have the shape of the whole, and the whole is walked: no pass."""
    code, document = checked(capsys, str(CASES / name))
    found = {result["property"]: result["verdict"] for result in document["results"]}
    assert (code, found) == (1, dict.fromkeys(VIOLATED[name], "violated"))


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize(
    "options", [("--timeout", "3s"), ("--timeout", "3s", "--engine", "explicit")]
)
def test_the_end_of_the_time_is_no_pass(
    name: str, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Found or not, never held; how far the search came is said."""
    code, document = checked(capsys, *options, str(CASES / name))
    assert [r["property"] for r in document["results"]] == [*DEEP[name]]
    assert code in (1, 3)
    for result in document["results"]:
        assert result["verdict"] in ("violated", "unknown")
        assert result["verdict"] == "violated" or "out of time" in result["reason"]


@pytest.mark.parametrize("name", DEEP)
def test_a_depth_that_was_asked_for_is_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Who asks for a depth gets an answer about it."""
    code, document = checked(capsys, "--depth", "2", str(CASES / name))
    (result,) = document["results"]
    assert (code, result["verdict"], result["bound"]["depth"]) == (0, "holds", 2)
