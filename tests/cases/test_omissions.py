"""Inputs that ask for what the model leaves out: no answer, with the field and its line.

A line of an input that ends with `# <- NAME` is the place of an omission of that name.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from checker.cli import run

CASES = Path(__file__).parent / "omissions"

#: File to its exit code and to the verdicts, by the end of the subject and the property.
EXPECTED: dict[str, tuple[int, dict[str, str]]] = {
    "affinity-to-nobody.yaml": (
        3,
        {
            "web every-pod-scheduled": "unknown",
            "web replicas-converge": "unknown",
            "web no-overcommit": "proved",
            "web placement-respected": "proved",
        },
    ),
    "spread-by-no-label.yaml": (
        3,
        {
            "web every-pod-scheduled": "unknown",
            "web replicas-converge": "unknown",
            "web no-duplicate-pods": "proved",
        },
    ),
    "gated.yaml": (1, {"web every-pod-scheduled": "violated", "web replicas-converge": "violated"}),
    "readiness-gates.yaml": (
        3,
        {"web every-pod-scheduled": "proved", "web replicas-converge": "unknown"},
    ),
    "gated-and-too-large.yaml": (
        1,
        {"web every-pod-scheduled": "violated", "web replicas-converge": "violated"},
    ),
    "paused.yaml": (
        3,
        {
            "web rollout-completes": "unknown",
            "web placement-respected": "proved",
            "web surge-bounded": "proved",
            "beside rollout-completes": "proved",
        },
    ),
    "full-quota.yaml": (
        3,
        {
            "small/web rollout-completes": "unknown",
            "small/web every-pod-scheduled": "proved",
            "ample/web rollout-completes": "proved",
        },
    ),
    "followed-quota.yaml": (
        1,
        {
            "small/web rollout-completes": "violated",
            "small/web surge-bounded": "proved",
            "patient/web rollout-completes": "proved",
        },
    ),
    "one-node-for-two.yaml": (
        1,
        {"first every-pod-scheduled": "proved", "second every-pod-scheduled": "violated"},
    ),
    "kept-from-others.yaml": (
        1,
        {"web every-pod-scheduled": "violated", "cache every-pod-scheduled": "violated"},
    ),
    "budget-over-two.yaml": (
        1,
        {
            "one drain-completes": "violated",
            "two drain-completes": "violated",
            "alone drain-completes": "violated",
        },
    ),
    "claim-of-one-node.yaml": (
        3,
        {
            "db rollout-completes": "unknown",
            "db every-pod-scheduled": "proved",
            "recreated rollout-completes": "proved",
        },
    ),
}


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The report of a run as data."""
    run(["--explain", "0", "--format", "json", *arguments])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    return {
        f"{result['subject'].partition('/')[2]} {result['property']}": result["verdict"]
        for result in document["results"]
    }


def marks(path: Path) -> set[tuple[str, int]]:
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    return {(mark[1], number) for number, line in lines if (mark := re.search(r"# <- (\S+)", line))}


@pytest.mark.parametrize("name", EXPECTED)
def test_verdicts(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What can be wrong has no answer, and says because of what; everything else has one."""
    path = CASES / name
    document = checked(capsys, str(path))
    exit_code, expected = EXPECTED[name]
    assert document["exit"] == exit_code
    given = verdicts(document)
    for end, outcome in expected.items():
        assert {v for key, v in given.items() if f"/{key}".endswith(f"/{end}")} == {outcome}, end
    named = {
        (each["name"], each["location"]["line"])
        for result in document["results"]
        for each in result["omitted"]
    }
    assert named == marks(path)
    for result in document["results"]:
        if result["omitted"]:
            first = result["omitted"][0]
            assert result["location"] == first["location"]
            line = first["location"]["line"]
            assert f"{first['what']} is not modelled ({path}:{line})" in result["reason"]


@pytest.mark.parametrize("name", [n for n, (code, _) in EXPECTED.items() if code == 3])
def test_what_is_accepted(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Accepting it by name, or all, gives an answer, which says what it leaves out."""
    path = str(CASES / name)
    names = sorted({mark for mark, _ in marks(Path(path))})
    for options in (["--allow-omitted"], [f"--allow-omitted={each}" for each in names]):
        document = checked(capsys, *options, path)
        assert document["exit"] == 0
        accepted = [each for r in document["results"] for each in r["omitted"]]
        assert {each["name"] for each in accepted} == set(names)
        assert all(each["accepted"] for each in accepted)
    assert run([*options, "--explain", "0", path]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"proved, leaving out {names[0]}" in said


def test_a_spec_accepts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`spec.accept` does as well, for its own Check; a name that is unknown is a mistake."""
    text = (CASES / "readiness-gates.yaml").read_text(encoding="utf-8")
    file = tmp_path / "readiness-gates.yaml"
    file.write_text(text.replace("spec:\n", "spec:\n  accept: [readiness-gates]\n", 1))
    assert checked(capsys, str(file))["exit"] == 0
    file.write_text(text.replace("spec:\n", "spec:\n  accept: [readiness-gate]\n", 1))
    assert run([str(file)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "unknown omission `readiness-gate`" in said
    assert "did you mean `readiness-gates`?" in said
    assert run(["--allow-omitted=paus", str(file)]) == 2
    assert "did you mean `paused`?" in capsys.readouterr().err


def test_an_ordinary_chart(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing that it asks for is left out."""
    document = checked(capsys, str(CASES / "chart.yaml"))
    assert document["exit"] != 1
    assert [result for result in document["results"] if result["omitted"]] == []


def test_the_command_to_check_again(capsys: pytest.CaptureFixture[str]) -> None:
    """It accepts what was accepted."""
    path = str(CASES / "gated-and-too-large.yaml")
    run(["--explain", "0", "--allow-omitted", path])
    assert "--allow-omitted=all" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["junit", "sarif", "github", "gitlab", "markdown", "html"])
def test_every_format_names_the_field(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever reads the report."""
    run(["--explain", "0", "--format", form, str(CASES / "readiness-gates.yaml")])
    assert "spec.template.spec.readinessGates is not modelled" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["junit", "github", "markdown", "html", "text"])
def test_every_format_names_what_is_accepted(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """So that no pass looks like one without exceptions."""
    arguments = ["--allow-omitted=readiness-gates", "--explain", "0", "--format", form]
    assert run([*arguments, str(CASES / "readiness-gates.yaml")]) == 0
    assert "leaving out readiness-gates" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("engine", ["auto", "explicit", "bmc", "induction"])
def test_no_engine_knows_better(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No answer is any engine's answer."""
    path = str(CASES / "paused.yaml")
    document = checked(capsys, "--engine", engine, "--depth", "3", path)
    given = verdicts(document)
    assert given["default/web rollout-completes"] == "unknown"
