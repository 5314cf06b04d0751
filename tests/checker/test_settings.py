"""`.planecheck.yaml`, the options that it stands for, and `check config`."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from checker.checking import check
from checker.cli import run
from checker.settings import SETTINGS
from model.load import config, schema
from tests.checker.conftest import CommandLine

ROOT = Path(__file__).parents[2]


def _settings(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, tuple[object, str]]:
    assert run(["config", "--format", "json", *arguments]) == 0
    document = json.loads(capsys.readouterr().out)
    return {row["name"]: (row["value"], row["from"]) for row in document["settings"]}


def test_every_field_is_an_option() -> None:
    """Each field of the file stands for a parameter of the main job."""
    assert SETTINGS.keys() == config.CONFIG.keys()
    assert set(SETTINGS.values()) <= {param.name for param in check.params}


def test_the_schema_is_current() -> None:
    """`python -m model.load.schema config` writes docs/config.schema.json."""
    jsonschema.Draft202012Validator.check_schema(schema.config())
    committed = json.loads((ROOT / "docs" / "config.schema.json").read_text())
    assert committed == json.loads(json.dumps(schema.config()))


def test_the_command_line_wins(manifest: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Then the file, then the default; and each is told with its place."""
    Path(".planecheck.yaml").write_text("timeout: 30\nnodes: 5\nskip: [surge-bounded]\n")
    found = _settings(capsys, "--timeout", "2s", manifest)
    assert found["timeout"] == ("2s", "command line")
    assert found["nodes"] == ("5", ".planecheck.yaml:2")
    assert found["skip"] == (["surge-bounded"], ".planecheck.yaml:3")
    assert found["engine"] == ("auto", "default")
    assert found["paths"] == (["web.yaml"], "command line")
    assert run(["config", manifest]) == 0
    assert "nodes 5 .planecheck.yaml:2" in " ".join(capsys.readouterr().out.split())


def test_the_file_is_found_upward(
    manifest: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the first path, up to the root of the repository and no further."""
    deep = Path("repository/k8s/web")
    deep.mkdir(parents=True)
    (deep / "web.yaml").write_text(Path(manifest).read_text())
    Path(".planecheck.yaml").write_text("nodes: 7\n")
    assert _settings(capsys, str(deep))["nodes"] == ("7", ".planecheck.yaml:1")
    assert _settings(capsys, str(deep / "web.yaml"), "x.yaml")["nodes"][0] == "7"
    assert _settings(capsys, "-")["nodes"][0] == "7"
    assert _settings(capsys, "--config", "none", str(deep))["nodes"] == (None, "default")
    Path("repository/.git").mkdir()
    assert _settings(capsys, str(deep))["nodes"] == (None, "default")
    Path("repository/.planecheck.yaml").write_text("nodes: 8\n")
    assert _settings(capsys, str(deep))["nodes"] == ("8", "repository/.planecheck.yaml:1")
    monkeypatch.chdir(deep)
    assert _settings(capsys)["nodes"] == ("8", "../../.planecheck.yaml:1")


def test_paths_and_excludes_are_the_files(
    manifest: str,
    command_line: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both are relative to the file, wherever the run starts, and paths on the command line
    replace those of the file."""
    for name in ("k8s/a.yaml", "k8s/vendor/b.yaml"):
        Path(name).parent.mkdir(exist_ok=True)
        text = Path(manifest).read_text().replace("name: web}", f"name: {Path(name).stem}}}", 1)
        Path(name).write_text(text)
    Path(".planecheck.yaml").write_text("paths: [k8s]\nexclude: [k8s/vendor/]\n")
    for folder in (".", "k8s"):
        monkeypatch.chdir(Path(manifest).parent / folder if folder == "." else folder)
        command_line("--format", "json")
        document = json.loads(capsys.readouterr().out)
        assert {r["subject"] for r in document["results"]} == {"Deployment/default/a"}
        assert [Path(each["path"]).name for each in document["skipped"]] == ["vendor"]
    monkeypatch.chdir("..")
    command_line("--format", "json", "web.yaml")
    document = json.loads(capsys.readouterr().out)
    assert {r["subject"] for r in document["results"]} == {"Deployment/default/web"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("timeot: 3\n", 1, "unknown field `timeot`"),
        ("nodes: 3\ntimeout: soon\n", 2, "`timeout`"),
        ("nodes: 3\nengine: magic\n", 2, "`engine`"),
        ("memory: much\n", 1, "`memory`"),
        ("\nskip: [replicas-convrge]\n", 2, "unknown property"),
        ("failOn: sometimes\n", 1, "unknown value"),
        ("depth: 0\n", 1, "must be from 1"),
        ("timeout: [1]\n", 1, "must be a string"),
        ("exclude: [a, '!']\n", 1, "`exclude`"),
        ("- a\n", 1, "a mapping"),
        ("timeout: [\n", 2, "P010"),
    ],
)
def test_mistakes_have_their_lines(
    manifest: str, capsys: pytest.CaptureFixture[str], text: str, line: int, said: str
) -> None:
    """Each is a diagnostic of the file, whichever reader found it."""
    Path(".planecheck.yaml").write_text(text)
    for arguments in ([manifest], ["config", manifest]):
        assert run(arguments) == 2
        shown = capsys.readouterr().err
        assert f".planecheck.yaml:{line}:" in shown
        assert said in shown


def test_help_needs_no_file(manifest: str) -> None:
    """A mistake in the file stops no help."""
    Path(".planecheck.yaml").write_text("timeot: 3\n")
    assert run(["--help"]) == 0
    assert run(["--list"]) == 0


def test_without_a_path(manifest: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What to give is said; a file that lists no paths is none."""
    Path(".planecheck.yaml").write_text("nodes: 3\n")
    assert run([]) == 2
    assert "`paths` in a .planecheck.yaml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("engine", "mode", "code"),
    [
        ("Naive", "violated", 1),
        ("Naive", "unknown", 1),
        ("Naive", "never", 0),
        ("Hungry", "violated", 0),
        ("Hungry", "unknown", 3),
        ("Hungry", "never", 0),
        ("Interrupted", "violated", 3),
        ("Interrupted", "never", 0),
        ("Broken", "never", 4),
    ],
)
def test_what_fails(
    manifest: str, command_line: CommandLine, engine: str, mode: str, code: int
) -> None:
    """`--fail-on` decides; mistakes and internal errors always fail."""
    assert command_line("--fail-on", mode, manifest, engine=engine) == code
    Path(".planecheck.yaml").write_text(f"failOn: {mode}\n")
    assert command_line(manifest, engine=engine) == code
    assert command_line("--fail-on", mode, "nowhere.yaml", engine=engine) == 2


def test_an_empty_run_is_no_pass_for_violations_only(
    manifest: str, command_line: CommandLine
) -> None:
    """Who asks for violations only wants to have looked for them."""
    Path("empty.yaml").write_text("# nothing\n")
    assert command_line("--fail-on", "violated", "empty.yaml") == 3
    assert command_line("--fail-on", "never", "empty.yaml") == 0


def test_skipped_properties(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are not checked, asked for or not; without any left nothing was checked."""
    command_line("--format", "json", "--skip", "surge-bounded", manifest)
    document = json.loads(capsys.readouterr().out)
    assert {r["property"] for r in document["results"]} == {"no-overcommit", "replicas-converge"}
    asked = ["--property", "no-overcommit", "--property", "surge-bounded"]
    assert command_line(*asked, "--skip", "surge-bounded", manifest) == 0
    assert command_line("--property", "surge-bounded", "--skip", "surge-bounded", manifest) == 3
    absent = ["--property", "every-pod-scheduled", "--skip", "every-pod-scheduled"]
    assert command_line(*absent, manifest) == 2
    assert "`every-pod-scheduled` concerns nothing" in capsys.readouterr().err
    assert command_line("--skip", "surge-bound", manifest) == 2
    assert "did you mean `surge-bounded`?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["version"], "check --version"),
        (["-f", "web.yaml"], "check web.yaml"),
        (["https://example.com/web.yaml"], "curl -sSL https://example.com/web.yaml | check -"),
        (["k8s/*.yaml"], "pattern"),
        (["wb.yaml"], "did you mean `web.yaml`?"),
    ],
)
def test_what_was_meant(
    manifest: str, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """A path at which there is nothing comes with a hint."""
    assert run(arguments) == 2
    assert said in capsys.readouterr().err
