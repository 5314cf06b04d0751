"""Engines that contradict each other: neither is believed, and what to report is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from checker.output import Output, write
from checker.report import Report, Result
from checker.verdict import Verdict
from model.ir.builder import Builder
from model.ir.expr import ite, least
from model.ir.show import show_system
from model.ir.system import assign
from model.ir.types import IntType
from tests.checker import fakes

ROOT = Path(__file__).parents[2]
SCRIPT = "import sys; from tests.checker.racers import main; sys.exit(main(sys.argv[1:]))"
#: One claims that everything holds for some steps; the other finds a violation before that.
LIARS = ("explicit=Looking", "swarm=Finding")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": ""}
    command = [sys.executable, "-c", SCRIPT, *LIARS, "--", *arguments]
    return subprocess.run(
        command, env=env, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_lying_engine(manifest: str) -> None:
    """Exit code 4, one sentence that names the folder, and all other answers as ever; the folder
    has the verdicts with their traces, the system, the input, the report and the versions."""
    run = _run("--timeout", "3s", "--scenario", "apply", manifest)
    assert run.returncode == 4
    assert "unknown: engines disagree: looking says holds and finding says violated" in " ".join(
        run.stdout.split()
    )
    assert "; holds within" in " ".join(run.stdout.split())
    (folder,) = Path().glob("planecheck-disagreement-*")
    assert run.stderr == (
        "engines contradict each other about surge-bounded: a mistake of this program; "
        f"please report it with the folder {folder}\n"
    )
    verdicts = (folder / "1-surge-bounded.txt").read_text(encoding="utf-8")
    assert "looking says holds" in verdicts
    assert "finding says violated" in verdicts
    assert "1 replicaset-controller: create pod [" in verdicts
    assert "property surge-bounded: always" in (folder / "1-surge-bounded.system.txt").read_text(
        encoding="utf-8"
    )
    assert (folder / "input" / "1-web.yaml").read_text() == Path(manifest).read_text()
    document = json.loads((folder / "report.json").read_text())
    jsonschema.validate(document, json.loads((ROOT / "docs/report.schema.json").read_text()))
    assert document["exit"] == 4
    about = (folder / "about.txt").read_text()
    assert "numpy" in about
    assert "check --scenario apply --property surge-bounded web.yaml" in about


def test_a_folder_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report is written all the same, and the exit code stays."""

    def full(report: Report, texts: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("checker.disagreement.keep", full)
    instance = fakes.instance(fakes.scenario())
    claim = instance.system.properties[0]
    pair = Verdict(claim.name, "proved", "one", 0.0), Verdict(claim.name, "violated", "two", 0.0)
    verdict = Verdict(claim.name, "unknown", "auto", 0.0, conflict=pair)
    assert write(Report(results=(Result(instance, claim, verdict),)), Output(), {}) == 4
    said = capsys.readouterr()
    assert "1 check: 1 unknown" in said.out
    assert said.err.endswith("cannot be written here: No space left on device\n")


def test_a_system_as_text() -> None:
    """Everything that a verdict can depend on is in it."""
    text = show_system(fakes.pods_system())
    assert "sort Pod: web-1, web-2\n  symmetric\n" in text
    assert "action kubelet: start pod[pod], fairness none\n  when (phase[pod] == Pending)" in text
    assert "  phase[pod] := Running\n" in text
    assert "property replicas-converge: eventually always p = forall(" in text


def test_what_expressions_share_is_shown_once() -> None:
    """In full each step would make this text longer by far; differences deep inside show."""

    def text(last: int) -> str:
        b = Builder("deep")
        value = b.function("value", (), IntType(0, 9), 0)
        deep = value()
        for limit in (*range(1, 8), last):
            deep = ite(deep < limit, deep, least(deep + 1, 9))
        b.action("go", "somebody", (), value() < 9, (assign(value(), deep),))
        return show_system(b.build())

    assert len(text(3)) < 10_000
    assert text(3) != text(4)
