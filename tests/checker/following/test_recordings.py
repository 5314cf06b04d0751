"""What a real control plane was recorded doing is admitted; where the recordings came from is in
`data/README.md`. Changed in one place they are refused."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checker.following import report
from checker.following.command import follow, read
from checker.following.recording import parsed
from tests.checker.following.changes import changes

DATA = Path(__file__).parent / "data"
NAMES = sorted(path.name.removesuffix(".ndjson.gz") for path in DATA.glob("*.gz"))

Line = dict[str, Any]


def path(name: str) -> Path:
    return DATA / f"{name}.ndjson.gz"


@cache
def lines(name: str) -> list[Line]:
    with gzip.open(path(name), "rt") as file:
        return [json.loads(line) for line in file]


def found(told: list[Line]) -> report.Found:
    texts = ((number, json.dumps(line)) for number, line in enumerate(told, 1))
    return follow(Path("run.ndjson"), parsed(texts))


@pytest.mark.parametrize("name", NAMES)
def test_a_real_control_plane_is_admitted(name: str) -> None:
    outcome = follow(path(name), read(path(name)))
    assert outcome.admitted, "\n".join(report.as_text(outcome, verbose=True))
    assert not outcome.unfollowed


#: Where a change takes long to be refused, or little.
QUICK = sorted(set(NAMES) - {"strategies-change", "status-refused"})


@pytest.mark.parametrize("name", QUICK)
def test_changed_in_one_place_it_is_refused(name: str) -> None:
    tried = set[str]()
    for change in changes(lines(name)):
        if change.kind in tried:
            continue
        outcome = found(change.lines)
        assert not outcome.admitted, change.said
        assert not outcome.open, change.said
        tried.add(change.kind)
    assert {"other node", "pod twice", "other actor"} <= tried


def changed(name: str, kind: str, where: str, *at: str, value: object) -> list[Line]:
    """The recording with another value of a field in every line about some objects."""
    result = json.loads(json.dumps(lines(name)))
    for line in result:
        if line.get("kind") == kind and line["name"].startswith(where) and "object" in line:
            inner = line["object"]
            for step in at[:-1]:
                inner = inner.setdefault(step, {})
            inner[at[-1]] = value
    return result


#: What is changed of an object, and what then is no step.
OTHERWISE: dict[str, tuple[list[Line], str]] = {
    "Replace is Forbid": (
        changed("cronjobs", "CronJob", "replace", "spec", "concurrencyPolicy", value="Forbid"),
        "CronJobs",
    ),
    "suspended": (changed("cronjobs", "CronJob", "", "spec", "suspend", value=True), "CronJobs"),
    "every hour": (
        changed("cronjobs", "CronJob", "", "spec", "schedule", value="59 23 31 12 *"),
        "CronJobs",
    ),
    "another index": (
        changed(
            "jobs-end",
            "Job",
            "success",
            "spec",
            "successPolicy",
            value={"rules": [{"succeededIndexes": "3"}]},
        ),
        "Job/shop/success",
    ),
    "no deadline": (
        changed("jobs-end", "Job", "deadline", "spec", "activeDeadlineSeconds", value=None),
        "Job/shop/deadline",
    ),
    "deleted pods are replaced": (
        changed(
            "jobs-end",
            "Job",
            "replaced",
            "spec",
            "podReplacementPolicy",
            value="TerminatingOrFailed",
        ),
        "Job/shop/replaced",
    ),
    "no taint": (
        changed("node-lost", "Node", "", "spec", "taints", value=[]),
        "DaemonSet/shop/agent",
    ),
    "never Recreate": (
        changed(
            "strategies-change",
            "Deployment",
            "web",
            "spec",
            "strategy",
            value={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        ),
        "Deployment/shop/web",
    ),
}


@pytest.mark.parametrize("kind", OTHERWISE)
def test_with_another_spec_it_is_refused(kind: str) -> None:
    told, refused = OTHERWISE[kind]
    outcome = found(told)
    last = list(report.as_text(outcome, verbose=False))[-1]
    assert last.startswith("not admitted: ")
    assert refused in last


def test_a_run_is_made_once_and_in_its_time() -> None:
    """A Job of another minute is none that a CronJob makes."""
    told = lines("cronjobs")
    first = next(line for line in told if line.get("kind") == "Job" and line["type"] == "ADDED")
    name, minute = first["name"].rsplit("-", 1)
    other = f"{name}-{int(minute) + 1}"
    text = json.dumps(told).replace(first["name"], other)
    outcome = found(json.loads(text))
    assert outcome.crons.wrong is not None
    assert outcome.crons.wrong.said == f"makes Job {other}"
    assert f"make Job {first['name']}" in outcome.crons.wrong.possible


def test_without_an_audit_log_a_status_may_have_been_refused() -> None:
    """Nobody knows of conflicts then, so any may have been."""
    silent = [line for line in lines("status-refused") if line["type"] != "REQUEST"]
    assert found(silent).admitted
