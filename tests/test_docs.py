"""Documents that are printed by the code, or that show what it prints, are current."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from checker.cli import run
from checker.engines import ENGINES
from model.properties import PROPERTIES
from model.properties.page import page
from tests.shipped import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def transcripts() -> list[tuple[str, str]]:
    """(command, output) of each console block of the README that shows what `check` prints."""
    blocks = re.findall(r"```console\n\$ (check [^\n]+)\n(.+?)```", README, re.DOTALL)
    return [(command, output) for command, output in blocks]


def timeless(text: str) -> str:
    """The text without what differs between runs, and without marks at the ends of lines."""
    text = re.sub(r"\d[\d.]*( ms| s\b)", "… s", text)
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


@pytest.mark.parametrize(("command", "output"), transcripts())
def test_readme_transcript(
    command: str, output: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the README shows is what the command prints, times apart; UPDATE_GOLDEN=1 updates it."""
    monkeypatch.chdir(ROOT)
    run(shlex.split(command)[1:])
    if os.environ.get("UPDATE_GOLDEN"):
        printed = capsys.readouterr().out
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        (ROOT / "README.md").write_text(text.replace(output, printed), encoding="utf-8")
        return
    assert timeless(capsys.readouterr().out) == timeless(output)


def test_readme_has_transcripts() -> None:
    """The test above is not empty."""
    assert len(transcripts()) >= 2


def test_properties_page() -> None:
    """docs/properties.md is what `python -m model.properties.page` prints."""
    assert (ROOT / "docs/properties.md").read_text(encoding="utf-8") == page()
    for name in PROPERTIES:
        assert f"\n## {name}\n" in page()


def test_ci_calls_the_readme_test_command() -> None:
    """One test command, in one wording."""
    command = "python -m pytest -n auto"
    assert command in README
    assert command in Path(ROOT / ".ci/run").read_text(encoding="utf-8")


def test_architecture_names_real_files() -> None:
    """Every file or folder that ARCHITECTURE.md names exists, and every engine is named."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:model|checker|counterexamples|specs|tests|docs)/[^`*{]*)`", text):
        assert (ROOT / path).exists(), path
    for name in ENGINES:
        assert f"`{name}`" in text
