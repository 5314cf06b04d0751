"""What is too large to be written down is looked at in a smaller size, which the verdict names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checker.cli import run

JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: work}
spec:
  completions: 100000
  parallelism: 3
  completionMode: Indexed
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: a, image: "a:1", resources: {requests: {cpu: 100m}}}]
"""
SIZES = "5 of 100000 completions"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def checked(
    capsys: pytest.CaptureFixture[str], text: str, *options: str
) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and the results on the Job."""
    Path("job.yaml").write_text(text)
    code = run(["--explain", "0", "--format", "json", *options, "job.yaml"])
    results = json.loads(capsys.readouterr().out)["results"]
    return code, [each for each in results if each["subject"].startswith("Job")]


def test_what_holds_names_the_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    """Not a system of a hundred thousand indexes, nor its proof."""
    text = JOB.replace("parallelism: 3", "parallelism: 2")
    code, results = checked(capsys, text, "--scenario", "apply")
    assert code == 0
    assert {each["verdict"] for each in results} == {"holds"}
    assert all(SIZES in str(each["bound"]) for each in results)
    assert all("too large" in each["reason"] for each in results)


def test_what_is_violated_is_not_confirmed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It is violated in the smaller size, of which the run is; it can be replayed. Of the whole
    nothing is known."""
    options = ("--scenario", "node crash", "--property", "job-completes")
    text = JOB.replace("parallelism: 3", "parallelism: 2").replace(
        "backoffLimit: 0", "backoffLimit: 1"
    )
    code, (whole, small) = checked(capsys, text, *options, "--traces", "traces")
    assert code == 1
    assert whole["verdict"] == "unknown"
    assert whole["reason"].startswith("violated with ")
    assert whole["trace"] is None
    assert small["verdict"] == "violated"
    assert small["scenario"].startswith("node crash, ")
    (trace,) = (tmp_path / "traces").iterdir()
    assert run(["replay", "--input", "job.yaml", str(trace)]) == 0


def test_the_same_size_asked_for_is_proved(capsys: pytest.CaptureFixture[str]) -> None:
    """A Job of that size has the same system, and its own verdict beside the large one's."""
    text = JOB.replace("parallelism: 3", "parallelism: 2")
    small = text.replace("name: work", "name: small").replace("100000", "5")
    code, results = checked(capsys, f"{text}---\n{small}", "--scenario", "apply")
    assert code == 0
    found = {(each["subject"], each["verdict"]) for each in results}
    assert found == {("Job/default/work", "holds"), ("Job/default/small", "proved")}
