"""`recheck` and `replay` judge what the model leaves out as `check` does, and believe no file that
it may be left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker.cli import run
from tests.shipped import ROOT

AUTOSCALER = """\
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 1
  maxReplicas: 9
"""
PROOF = (ROOT / "specs" / "default-strategy.yaml").read_text(encoding="utf-8") + AUTOSCALER
TRACE = (ROOT / "specs" / "broken" / "anti-affinity.yaml").read_text(encoding="utf-8")
PAUSED = TRACE.replace("  replicas:", "  paused: true\n  replicas:")
#: For each job: manifests, the options that write its file, the omission, and what it says.
JOBS = {
    "recheck": (
        PROOF,
        ("--engine", "induction", "--property", "surge-bounded", "--certificates"),
        "autoscaler",
        "HorizontalPodAutoscaler/default/web is not modelled",
    ),
    "replay": (
        PAUSED,
        ("--engine", "explicit", "--property", "every-pod-scheduled", "--traces"),
        "paused",
        "violated in the model, but spec.paused is not modelled",
    ),
}
#: What `check` answers with the omission accepted.
ANSWERS = {"recheck": 0, "replay": 1}


@pytest.fixture(params=JOBS)
def job(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    """A job, and a file for it that was written because somebody accepted the omission; the
    manifests are `web.yaml`."""
    monkeypatch.chdir(tmp_path)
    name = str(request.param)
    text, words, omission, _ = JOBS[name]
    Path("web.yaml").write_text(text)
    accepted = f"--allow-omitted={omission}"
    assert run([accepted, *words, "written", "web.yaml"]) == ANSWERS[name]
    (file,) = Path("written").iterdir()
    return name, str(file)


def test_a_file_says_what_it_leaves_out(job: tuple[str, str]) -> None:
    """By the names that users accept it by."""
    name, file = job
    assert json.loads(Path(file).read_text())["leavingOut"] == [JOBS[name][2]]


def test_a_file_decides_nothing(job: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """That its writer accepts an omission is no reason for its reader; the reason names the field,
    and the option that would do."""
    name, file = job
    *_, omission, reason = JOBS[name]
    capsys.readouterr()
    assert run([name, "--input", "web.yaml", file]) == 3
    said = capsys.readouterr().out
    assert f"{file}: not decided: " in said
    assert f"{reason} (web.yaml:" in said
    assert f"(it was written with --allow-omitted={omission})" in said
    data = json.loads(Path(file).read_text())
    del data["leavingOut"]
    Path("older.json").write_text(json.dumps(data))
    assert run([name, "--input", "web.yaml", "older.json"]) == 3
    assert f"(the model's answer: --allow-omitted={omission})" in capsys.readouterr().out


@pytest.mark.parametrize("accepting", ["option", "all", "manifests"])
def test_readers_accept_omissions(
    job: tuple[str, str], accepting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the option or in the manifests, as for `check`; the answer says what it leaves out."""
    name, file = job
    omission = JOBS[name][2]
    words = {"option": [f"--allow-omitted={omission}"], "all": ["--allow-omitted"]}
    if accepting == "manifests":
        text = Path("web.yaml").read_text()
        assert "\n  scenario:" in text
        Path("web.yaml").write_text(
            text.replace("\n  scenario:", f"\n  accept: [{omission}]\n  scenario:", 1)
        )
    capsys.readouterr()
    assert run([name, "--input", "web.yaml", *words.get(accepting, []), file]) == 0
    assert f", leaving out {omission}\n" in capsys.readouterr().out


def test_unknown_omissions_are_mistakes(
    job: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As they are for `check`."""
    name, file = job
    assert run([name, "--input", "web.yaml", "--allow-omitted=sun", file]) == 2
    assert "unknown omission `sun`" in capsys.readouterr().err
