"""Traces and certificates that somebody else wrote choose nothing that is read, how long it takes,
or what a log takes for a command."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker import certificates
from checker.cli import run
from model.load import files

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
"""
JUNK: list[Any] = [
    None,
    True,
    -1,
    2**70,
    1e300,
    float("nan"),
    "",
    "\x1b[31mx\n::error::y\r\u202e",
    "{0}%s",
    "/dev/zero",
    "\ud800",
    [],
    {},
    [[[["a"]]]],
    {"a": {"b": [1]}},
]


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("web.yaml").write_text(WEB)
    return "web.yaml"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that the loader opens."""
    found: list[str] = []
    read = files._read_file
    monkeypatch.setattr(
        files, "_read_file", lambda path, *more: (found.append(path), read(path, *more))[1]
    )
    return found


def trace_of(**fields: Any) -> dict[str, Any]:
    """A trace that is well-formed, of a property of `WEB`."""
    return {
        "format": "planecheck trace",
        "version": 1,
        "tool": "planecheck 0.1.0",
        "kubernetes": "1.36",
        "model": "0" * 64,
        "property": {"name": "replicas-converge"},
        "subject": "Deployment/default/web",
        "scenario": "apply",
        "sizes": None,
        "command": {"paths": ["web.yaml"], "nodes": None, "properties": []},
        "inputs": {"web.yaml": "0" * 64},
        "initial": {},
        "steps": [{"index": 1, "actor": "a", "action": "b", "params": {}, "changes": []}],
        "loop": None,
        "truth": {"p": [True, True]},
        **fields,
    }


def certificate_of(**fields: Any) -> dict[str, Any]:
    """The same for a certificate."""
    lemma = {"formula": "0 <= a", "if": {}, "sum": {"a": -1}, "atMost": 0}
    return {
        "format": "planecheck certificate",
        "version": 1,
        "property": "no-overcommit",
        "subject": "Deployment/default/web",
        "scenario": "apply",
        "paths": ["web.yaml"],
        "nodes": None,
        "inputs": {},
        "forEvery": "pods",
        "model": "0" * 64,
        "parts": [{"like": None, "tracked": ["phase"], "lemmas": [lemma]}],
        **fields,
    }


JOBS: dict[str, Callable[..., dict[str, Any]]] = {"replay": trace_of, "recheck": certificate_of}


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What was printed; every line is of this program, and printable."""
    said = capsys.readouterr()
    lines = (said.out + said.err).split("\n")
    assert lines.pop() == ""
    assert all(line.startswith(("a.json: ", "  ")) for line in lines), lines
    assert all(line.isprintable() for line in lines), lines
    assert not any(line.lstrip().startswith("::") for line in lines), lines
    return lines


@pytest.mark.parametrize("job", JOBS)
def test_paths_of_strangers_are_not_read(
    job: str, web: str, opened: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither for manifests, with or without --input, nor for their digests."""
    os.mkfifo("endless")
    secret = Path("secret")
    secret.write_text("PASSWORD=1")
    given = JOBS[job](inputs={"endless": "0" * 64, "/dev/zero": "0" * 64})
    for field in (given, given.get("command", {})):
        field["paths"] = ["secret", "/proc/self/environ", "endless"]
    Path("a.json").write_text(json.dumps(given))
    assert run([job, "a.json"]) == 2
    assert "name the manifests" in lines_of(capsys)[0]
    assert run([job, "--input", web, "a.json"]) == 1
    assert "PASSWORD" not in "".join(lines_of(capsys))
    assert opened == [web]


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("field", ["subject", "scenario", "tool", "model", "paths"])
def test_texts_of_strangers_are_on_one_line(
    job: str, field: str, web: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever they hold, a log has one line of ours, and a terminal's cursor stays where it is."""
    hostile = "\x1b[31mhi\u202e::error::x\n::error::y\r\n##[error]z"
    given = JOBS[job](**{field: [hostile] if field == "paths" else hostile})
    given.get("command", {})["paths"] = [hostile]
    Path("a.json").write_text(json.dumps(given))
    for inputs in ([], ["--input", web]):
        assert run([job, *inputs, "a.json"]) in (1, 2)
        lines_of(capsys)


@pytest.mark.parametrize("job", JOBS)
def test_manifests_are_quoted_on_their_lines(
    job: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The manifests may be a stranger's, too: a message repeats what they say."""
    monkeypatch.chdir(tmp_path)
    Path("web.yaml").write_text(WEB.replace("name: web}", 'name: "a\\n::error::b\\e[1m"}', 1))
    Path("a.json").write_text(json.dumps(JOBS[job]()))
    assert run([job, "--input", "web.yaml", "a.json"]) == 2
    assert "P206" in "".join(lines_of(capsys))


@pytest.mark.parametrize("job", JOBS)
def test_files_without_end_are_refused(
    job: str, web: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A device is read up to a limit, a pipe until the time is over, a folder not at all."""
    monkeypatch.setattr(certificates, "MOST_BYTES", 1 << 20)
    os.mkfifo("a.json")
    assert run([job, "--input", web, "--timeout", "50ms", "a.json"]) == (3)
    assert "out of time" in lines_of(capsys)[0]
    assert run([job, "--input", web, "/"]) == 2
    if os.path.exists("/dev/zero"):
        assert run([job, "--input", web, "/dev/zero"]) == 2
        assert "too large" in (said := capsys.readouterr().err) or "larger than" in said


@pytest.mark.parametrize("job", JOBS)
def test_any_damage_gets_a_sentence(job: str, web: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each place of a file with junk in it, or without it: an answer, and never a traceback."""
    draw = random.Random(7)
    whole = JOBS[job]()
    for place in _places(whole):
        given = copy.deepcopy(whole)
        inside: Any = given
        for key in place[:-1]:
            inside = inside[key]
        if draw.random() < 0.2:
            del inside[place[-1]]
        else:
            inside[place[-1]] = draw.choice(JUNK)
        Path("a.json").write_text(json.dumps(given))
        assert run([job, "--input", web, "a.json"]) in (1, 2), place
        lines_of(capsys)


def _places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items: Any = data.items() if isinstance(data, dict) else enumerate(data)
    inside = [((*path, key), value) for key, value in items]
    deeper = [_places(value, at) for at, value in inside if isinstance(value, dict | list)]
    return [at for at, _ in inside] + [at for found in deeper for at in found]
