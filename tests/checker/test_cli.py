"""The command line's contract: exit codes, formats, and what it says when something is wrong."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

from checker import VERSION
from checker.cli import run
from checker.jobs import JOBS
from counterexamples.render import RENDERERS
from model.properties import PROPERTIES
from tests.checker import fakes
from tests.checker.conftest import CommandLine

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text())


def _json(capsys: pytest.CaptureFixture[str]) -> Any:
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    return document


@pytest.mark.parametrize("format", sorted(RENDERERS))
@pytest.mark.parametrize(
    "case",
    [
        (0, "Naive", ["--property", "no-overcommit", "web.yaml"]),
        (1, "Naive", ["web.yaml"]),
        (2, "Naive", ["nowhere.yaml"]),
        (2, "Naive", ["--scenario", "nothing", "web.yaml"]),
        (2, "Naive", ["--property", "nothing", "web.yaml"]),
        (2, "Naive", ["--property", "drain-completes", "web.yaml"]),
        (3, "Endless", ["--timeout", "50ms", "web.yaml"]),
        (3, "Hungry", ["web.yaml"]),
        (3, "Interrupted", ["web.yaml"]),
        (3, "Terminated", ["web.yaml"]),
        (4, "Broken", ["web.yaml"]),
        (4, "Lying", ["web.yaml"]),
    ],
)
def test_exit_codes_are_the_same_for_every_format(
    manifest: str, command_line: CommandLine, format: str, case: tuple[int, str, list[str]]
) -> None:
    """Each class of outcome has its exit code, whatever the format."""
    code, engine, arguments = case
    assert command_line("--format", format, *arguments, engine=engine) == code


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--no-such-option", "web.yaml"],
        ["--timeout", "soon", "web.yaml"],
        ["--max-memory", "lots", "web.yaml"],
        ["--depth", "0", "web.yaml"],
        ["--engine", "magic", "web.yaml"],
        ["--format", "nothing", "web.yaml"],
        ["--output", "json", "web.yaml"],
        ["--output", "json=no/such/folder.json", "web.yaml"],
        ["--quiet", "--verbose", "web.yaml"],
    ],
)
def test_wrong_usage_exits_with_2(
    manifest: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Usage mistakes exit with 2, say so on standard error, and are no tracebacks."""
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Error:" in said.err
    assert "Traceback" not in said.err


def test_json_has_every_field(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """The JSON of a violation follows the schema and carries the trace with real names."""
    command_line("--format", "json", "--scenario", "apply", manifest)
    document = _json(capsys)
    assert document["exit"] == 1
    assert document["unchecked"] == ["ConfigMap/default/settings"]
    surge = next(r for r in document["results"] if r["property"] == "surge-bounded")
    assert (surge["verdict"], surge["kind"], surge["bound"]) == ("violated", "safety", None)
    assert surge["location"] == {"file": "web.yaml", "line": 5}
    assert surge["trace"]["loop"] is None
    assert surge["trace"]["steps"][0] == {
        "index": 1,
        "actor": "replicaset-controller",
        "action": "create pod",
        "params": {"pod": "web-1"},
        "changes": {"Pod/web-1.status.phase": ["absent", "Pending"]},
        "why": "there is one pod too few, web-1",
        "needs": [],
        "believed": [],
    }
    converge = next(r for r in document["results"] if r["property"] == "replicas-converge")
    assert converge["trace"]["loop"] == len(converge["trace"]["steps"])


def test_json_is_deterministic(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two runs give the same bytes."""
    command_line("--format", "json", manifest)
    first = capsys.readouterr().out
    command_line("--format", "json", manifest)
    assert capsys.readouterr().out == first


def test_bad_input_is_json_too(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong with the input arrives as JSON where JSON was asked for."""
    Path("bad.yaml").write_text("kind: Deployment\nspec: [\n")
    assert command_line("--format", "json", "bad.yaml") == 2
    document = _json(capsys)
    assert document["exit"] == 2
    assert document["results"] == []
    assert document["diagnostics"][0]["location"]["file"] == "bad.yaml"


def test_text_of_bad_input_goes_to_standard_error(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output is for results: a mistake in a name is told on standard error."""
    assert command_line("--scenario", "rolout", manifest) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("--scenario: error[P304]: there is no scenario `rolout` here\n")
    assert "did you mean `rollout`?" in said.err


def test_output_files(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every --output is written, beside the format on standard output."""
    command_line("--output", "json=a.json", "--output", "text=b.txt", manifest)
    assert "surge-bounded" in capsys.readouterr().out
    jsonschema.validate(json.loads(Path("a.json").read_text()), SCHEMA)
    assert "✗ surge-bounded is violated" in Path("b.txt").read_text(encoding="utf-8")


def test_internal_error_says_what_to_report(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """One plain sentence, then version, command line and traceback, on standard error."""
    assert command_line(manifest, engine="Broken") == 4
    said = capsys.readouterr()
    assert said.out == ""
    first, _, rest = said.err.partition("\n")
    assert first.startswith(f"planecheck {VERSION} stopped because of a mistake of its own")
    assert "command: check --engine explicit web.yaml" in rest
    assert "RuntimeError: a bug of this engine" in rest


def test_interrupted_run_prints_what_it_knows(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """After Ctrl-C the verdicts so far are printed, and the rest is unknown for that reason."""
    assert command_line(manifest, engine="Interrupted") == 3
    text = capsys.readouterr().out
    assert "unknown: interrupted" in text
    assert "Interrupted: the answers above are partial." in text


def test_property_and_scenario_select(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """--property and --scenario leave exactly what they name, and only what it needs is run."""
    command_line(
        "--format", "json", "--property", "surge-bounded", "--scenario", "rollout", manifest
    )
    results = _json(capsys)["results"]
    assert [(r["property"], r["scenario"]) for r in results] == [("surge-bounded", "rollout")]


def test_identical_systems_are_checked_once(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scenarios with systems of one structure cost one search, and verbose output says so."""
    other = Path(manifest).read_text().replace("web", "api").partition("---")[0]
    Path("api.yaml").write_text(other)
    before = fakes.Naive.calls
    command_line("--verbose", manifest, "api.yaml")
    assert fakes.Naive.calls == before + 1
    text = capsys.readouterr().out
    assert "same system as Deployment/default/web, apply: checked once" in text
    assert "creates pod api-1" in text
    command_line(manifest, "api.yaml")
    assert "violated, as Deployment/default/web" in " ".join(capsys.readouterr().out.split())


def test_the_real_model_and_engine(manifest: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without any fake: a Deployment of two replicas never exceeds its surge in a rollout."""
    selection = ["--scenario", "rollout", "--property", "surge-bounded"]
    assert run(["--format", "json", *selection, manifest]) == 0
    (result,) = _json(capsys)["results"]
    assert (result["verdict"], result["engine"]) == ("proved", "explicit")
    assert result["states"] > 1
    assert result["location"] == {"file": "web.yaml", "line": 5}


def test_version_help_list_and_completion(capsys: pytest.CaptureFixture[str]) -> None:
    """The options that only print do so and exit with 0."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"planecheck {VERSION}, models Kubernetes 1.36\n"
    assert run(["--help"]) == 0
    assert "helm template ./chart | check -" in capsys.readouterr().out
    assert run(["--list"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in PROPERTIES)
    for shell, marker in (("bash", "complete"), ("zsh", "#compdef check"), ("fish", "complete")):
        assert run(["--completion", shell]) == 0
        assert marker in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [("check --eng", "--engine"), ("check --property surge", "surge-bounded")],
)
def test_words_are_completed(
    words: str,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The script that --completion prints gets options and property names from the program."""
    monkeypatch.setenv("_CHECK_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    monkeypatch.setattr("checker.terminal.abandon", lambda _: None)
    assert run([]) == 0
    assert expected in capfd.readouterr().out


def test_version_is_that_of_the_distribution() -> None:
    """The constant that the program prints is the version that is packaged."""
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_a_job_hides_a_file_of_its_name_only_when_bare(
    manifest: str,
    command_line: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`check NAME` is the job, `check ./NAME` the file, and any other PATH the main job."""
    monkeypatch.setitem(JOBS, "replay", "tests.checker.test_cli:_job")
    Path("replay").write_text(Path(manifest).read_text())
    assert run(["replay", "argument"]) == 0
    assert capsys.readouterr().out == "job argument\n"
    assert command_line("--property", "no-overcommit", "./replay") == 0
    assert "Deployment/default/web · 5 scenarios: 1 proved" in capsys.readouterr().out
    assert run(["--help"]) == 0
    assert "check replay --help" in capsys.readouterr().out


@click.command()
@click.argument("word")
def _job(word: str) -> None:
    click.echo(f"job {word}")
