"""Certificates, traces and reports of each kind of workload can be written and read again."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from checker.cli import run
from counterexamples.render import RENDERERS
from tests.shipped import ROOT

SCHEMA = json.loads((ROOT / "docs/report.schema.json").read_text(encoding="utf-8"))
PROVED = ["statefulset-rollout", "replicationcontroller", "unmanaged-pod"]
VIOLATED = [
    "statefulset-scale",
    "daemonset-full-node",
    "job-restarts",
    "cronjob-replace",
    "unmanaged-pod",
]


@pytest.mark.parametrize("name", PROVED)
def test_certificates(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec, folder = str(ROOT / "specs" / f"{name}.yaml"), tmp_path / "certificates"
    asked = ("--engine", "induction", "--property", "no-overcommit", "--certificates", str(folder))
    assert run([*asked, spec]) == 0
    (written,) = folder.iterdir()
    capsys.readouterr()
    assert run(["recheck", "--input", spec, str(written)]) == 0
    assert "valid: no-overcommit of" in capsys.readouterr().out


@pytest.mark.parametrize("name", VIOLATED)
def test_traces_and_reports(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec, folder = str(ROOT / "specs/broken" / f"{name}.yaml"), tmp_path / "traces"
    outputs = [f"--output={each}={tmp_path / each}" for each in RENDERERS]
    assert run(["--explain", "0", "--traces", str(folder), *outputs, spec]) == 1
    written = [str(each) for each in folder.iterdir()]
    capsys.readouterr()
    assert run(["replay", "--input", spec, *written]) == 0
    assert capsys.readouterr().out.count("accepted: ") == len(written) > 0
    texts = {each: (tmp_path / each).read_text(encoding="utf-8") for each in RENDERERS}
    report = json.loads(texts["json"])
    jsonschema.validate(report, SCHEMA)
    broken = {each["property"] for each in report["results"] if each["verdict"] == "violated"}
    assert all(name in text for text in texts.values() for name in broken)
    assert ElementTree.fromstring(texts["junit"]).findall(".//failure")
    for text in (*texts["itf"].splitlines(), texts["sarif"], texts["gitlab"]):
        json.loads(text)


def test_without_certificates_nothing_is_advised_that_was_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who has asked for induction is not told to ask for it."""
    spec, folder = str(ROOT / "specs/job.yaml"), str(tmp_path / "none")
    asked = ("--engine", "induction", "--property", "job-completes", "--certificates", folder)
    assert run([*asked, spec]) == 3
    assert "no proof has a certificate\n" in capsys.readouterr().err
