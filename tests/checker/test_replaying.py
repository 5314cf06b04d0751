"""`check --traces` writes runs, `check replay` takes them again and says where it cannot."""

from __future__ import annotations

import copy
import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.cli import run
from checker.engines import engine
from checker.report import Report, Result
from counterexamples import trace_file
from counterexamples.trace import documents
from tests.effort import busy
from tests.shipped import ROOT, checked, scenario

SCHEMA = json.loads((ROOT / "docs" / "trace.schema.json").read_text(encoding="utf-8"))
STEM = "deployment-default-web-anti-affinity"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A manifest, and the traces of its violations in `traces`."""
    folder = tmp_path_factory.mktemp("replay")
    shutil.copy(ROOT / "specs" / "broken" / "anti-affinity.yaml", folder / "web.yaml")
    traces = str(folder / "traces")
    assert run(["--engine", "explicit", "--traces", traces, str(folder / "web.yaml")]) == 1
    return folder


@pytest.fixture(scope="module")
def trace(folder: Path) -> Path:
    return folder / "traces" / f"{STEM}.rollout-completes.trace.json"


def altered(trace: Path, to: Path, *path: str | int, value: object) -> str:
    """A copy of a trace in which the value at a path differs."""
    data = json.loads(trace.read_text())
    inside = data
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    to.write_text(json.dumps(data))
    return str(to)


def named(file: str | Path) -> list[str]:
    """The arguments for a trace: it, and the manifests that it says it is about."""
    try:
        text = Path(file).read_bytes().decode("utf-8", "replace").lstrip()
        paths = json.JSONDecoder().raw_decode(text)[0]["command"]["paths"]
        given = [word for path in paths for word in ("--input", path) if isinstance(path, str)]
    except (ValueError, TypeError, KeyError, RecursionError):
        given = []
    return [*given, str(file)]


def test_traces_are_accepted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file for each violation, of a stable name, and all of them are runs."""
    names = sorted(path.name for path in (folder / "traces").iterdir())
    assert names == [
        f"{STEM}.every-pod-scheduled.trace.json",
        f"{STEM}.rollout-completes.trace.json",
    ]
    files = [str(folder / "traces" / name) for name in names]
    assert run(["replay", "--input", str(folder / "web.yaml"), *files]) == 0
    said = capsys.readouterr().out
    assert said.count("is violated after 3 steps, when nothing more happens") == 2


def test_documents_follow_the_schema(folder: Path) -> None:
    """What is written is what docs/trace.schema.json says, and the schema is one."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for path in (folder / "traces").iterdir():
        document = json.loads(path.read_text())
        jsonschema.Draft202012Validator(SCHEMA).validate(document)
        assert len(document["truth"]["p"]) == len(document["steps"]) + 1
        assert document["steps"][2]["changes"] == [
            {
                "object": "Pod/web-pod4",
                "field": "status.phase",
                "old": "Absent",
                "new": "Pending",
            }
        ]


@pytest.mark.parametrize(
    ("spec", "more"),
    [
        ("raft-lost-vote", []),
        ("open-capacity", ["--property", "every-pod-scheduled"]),
        ("two-leaders-by-pause", []),
        ("no-room", ["--nodes", "1x1cpu,1Gi", "--explain", "0"]),
    ],
)
def test_every_kind_of_model_is_replayed(spec: str, more: list[str], tmp_path: Path) -> None:
    """Systems beside the workload's, open sizes and options of the command line are rebuilt as they
    were; several documents in one file are all replayed."""
    path = str(ROOT / "specs" / "broken" / f"{spec}.yaml")
    file = tmp_path / "all.json"
    assert run(["--engine", "explicit", *more, "--output", f"trace={file}", path]) == 1
    for line in file.read_text().splitlines():
        jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(line))
    assert run(["replay", *named(file)]) == 0


def test_smaller_sizes_are_rebuilt(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run of a smaller instance names it, and one that does not exist is a mistake."""
    path = str(ROOT / "specs" / "broken" / "probe-never-succeeds.yaml")
    (whole, *_) = checked(scenario(path))
    small, _ = next(iter(whole.smaller()))
    claim = small.system.property("rollout-completes")
    (verdict,) = engine("explicit").check(small.system, [claim], busy(60))
    result = Result(small, claim, verdict, whole=whole)
    ((name, document),) = documents(Report((result,), paths=(path,)), {}).items()
    assert document["sizes"] == small.scenario.name
    (tmp_path / name).write_text(json.dumps(document))
    assert run(["replay", *named(tmp_path / name)]) == 0
    assert small.scenario.name in capsys.readouterr().out
    assert (
        run(["replay", *named(altered(trace, tmp_path / "a.json", "sizes", value="web, huge"))])
        == 2
    )


def test_changed_manifests_are_the_likely_cause(
    trace: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What no longer fits is named."""
    there = tmp_path / "web.yaml"
    shutil.copy(folder / "web.yaml", there)
    file = altered(trace, tmp_path / "a.json", "command", "paths", value=[str(there)])
    assert run(["replay", *named(file)]) == 0
    there.write_text(there.read_text().replace("replicas: 3", "replicas: 2"))
    capsys.readouterr()
    assert run(["replay", *named(file)]) == 1
    said = capsys.readouterr().out
    assert "the initial state: phase of web-pod3 is Absent, was Ready" in said
    assert "these manifests give another model than those it was written for" in said
    assert run(["replay", "--input", str(folder / "web.yaml"), file]) == 0


def test_a_repair_rejects_the_trace(
    trace: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the anti-affinity the pod is bound at once, so nothing rests any more."""
    text = (folder / "web.yaml").read_text()
    start = text.index("      affinity:")
    end = text.index("      containers:", start)
    repaired = tmp_path / "web.yaml"
    repaired.write_text(text[:start] + text[end:])
    assert run(["replay", "--input", str(repaired), str(trace)]) == 1
    said = capsys.readouterr().out
    assert "after step 3" in said
    assert "another model than those it was written for" in said


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            ("steps", 1, "action"),
            "dance",
            "step 2 (deployment-controller: dance): the model has no",
        ),
        (("steps", 2, "params"), {}, "step 3 (replicaset-controller"),
        (("steps", 0, "changes"), [], "step 1 (user: change template): it does something else"),
        (("steps", 1, "changes", 0, "new"), True, "step 2"),
        (("initial", "replicas"), {}, "the initial state"),
        (("initial", "unheard"), 1, "the model has no `unheard`"),
        (("initial", "replicas", "web-rev1"), 2, "replicas of web-rev1 is 3, was 2"),
        (("loop",), 0, "the loop does not close"),
        (("loop",), None, "needs a loop"),
        (("truth", "p"), [False] * 4, "after step"),
    ],
)
def test_altered_traces_are_rejected(
    *,
    trace: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    path: tuple[str | int, ...],
    value: object,
    said: str,
) -> None:
    """The first step at fault is named; as nothing else changed, the file did."""
    assert run(["replay", *named(altered(trace, tmp_path / "a.json", *path, value=value))]) == 1
    out = capsys.readouterr().out
    assert said in out
    assert "the file was altered" in out


def test_steps_that_cannot_be_taken_are_named(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A step without the one before it is not enabled."""
    data = json.loads(trace.read_text())
    del data["steps"][1]
    data["steps"][1]["index"] = 2
    data["loop"] = 2
    for values in data["truth"].values():
        values.pop()
    file = tmp_path / "a.json"
    file.write_text(json.dumps(data))
    assert run(["replay", *named(file)]) == 1
    said = capsys.readouterr().out
    assert "step 2 (replicaset-controller: " in said
    assert "cannot be taken here any more" in said


def test_another_version_is_the_likely_cause(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A trace of another release that does not fit says of which."""
    file = altered(trace, tmp_path / "a.json", "tool", value="planecheck 0.0.7")
    assert run(["replay", *named(file)]) == 0
    assert run(["replay", *named(altered(Path(file), tmp_path / "b.json", "loop", value=0))]) == 1
    assert "it was written by planecheck 0.0.7, Kubernetes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("version",), 2, "version 2"),
        (("version",), True, "version True"),
        (("format",), "ITF", "is no planecheck trace"),
        (("steps",), None, "no list `steps`"),
        (("steps", 0, "index"), 7, "step 7 in place of step 1"),
        (("loop",), 9, "no number from 0 to 3"),
        (("truth", "p"), [True], "4 times true or false"),
        (("command", "paths"), ["missing.yaml"], "missing.yaml"),
        (("command", "paths"), [], "name the manifests"),
        (("scenario",), "another", "there is no rollout-completes of"),
        (("property", "name"), "unheard", "there is no unheard of"),
        (("inputs",), {"a": 1}, "no text"),
    ],
)
def test_wrong_files_are_mistakes(
    *,
    trace: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    path: tuple[str | int, ...],
    value: object,
    said: str,
) -> None:
    """What cannot be replayed at all is the user's mistake, and the message says which."""
    assert run(["replay", *named(altered(trace, tmp_path / "a.json", *path, value=value))]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b"{}", "is no planecheck trace"),
        (b"1 1 1 1", "is no planecheck trace"),
        (b"kind: Deployment\n", "is not JSON"),
        (b'{"format": "planecheck trace", "version": 1' + b"1" * 9999 + b"}", "is not JSON"),
    ],
)
def test_foreign_files_are_mistakes(
    content: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other files, and what is left of damaged ones, get a diagnostic."""
    file = tmp_path / "a.json"
    file.write_bytes(content)
    assert run(["replay", *named(file)]) == 2
    assert said in capsys.readouterr().err


def test_missing_and_endless_files_are_mistakes(
    trace: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No file, a folder, too large a file, too many steps or traces, and nothing at all."""
    assert run(["replay"]) == 2
    assert run(["replay", str(tmp_path / "none.json"), str(tmp_path)]) == 2
    many = tmp_path / "many.json"
    many.write_text(trace.read_text() * 3)
    for limit, value in (("MOST_BYTES", 100), ("MOST_STEPS", 2), ("MOST_TRACES", 2)):
        with monkeypatch.context() as patch:
            patch.setattr(trace_file, limit, value)
            assert run(["replay", *named(many)]) == 2
    said = capsys.readouterr().err
    assert "is larger than" in said
    assert "more than 2 steps" in said
    assert "more than 2 traces" in said
    assert run(["replay", *named(many)]) == 0


def test_a_truncated_file_is_a_mistake(trace: Path, tmp_path: Path) -> None:
    """No beginning of a trace is one."""
    text, half = trace.read_text().rstrip(), tmp_path / "half.json"
    for size in range(0, len(text), 97):
        half.write_text(text[:size])
        assert run(["replay", *named(half)]) == 2


def _places(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path inside a document."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    inside = [((*path, key), value) for key, value in items]
    deeper = [_places(value, at) for at, value in inside if isinstance(value, dict | list)]
    return [at for at, _ in inside] + [at for found in deeper for at in found]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_damage_is_a_traceback(
    data: st.DataObject, trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever stands in any place of a document, replay accepts, rejects or complains, and what it
    prints cannot move a terminal's cursor."""
    document = json.loads(trace.read_text())
    place = data.draw(st.sampled_from(_places(document)))
    file = tmp_path / "a.json"
    junk = data.draw(JUNK)
    assert run(["replay", *named(altered(trace, file, *place, value=copy.deepcopy(junk)))]) in (
        0,
        1,
        2,
    )
    printed = capsys.readouterr()
    text = printed.out + printed.err
    assert "\x1b" not in text
    assert "Traceback" not in text


def test_standard_input_can_be_given(
    trace: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Manifests come from standard input as they do for a check."""
    data = (folder / "web.yaml").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
    assert run(["replay", "--input", "-", str(trace)]) == 0


def test_folders_that_cannot_be_written_are_mistakes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report is written in any case."""
    inside = str(folder / "web.yaml" / "traces")
    assert run(["--engine", "explicit", "--traces", inside, str(folder / "web.yaml")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_equal_runs_give_equal_bytes(trace: Path, folder: Path, tmp_path: Path) -> None:
    """A trace has no times and no chance in it; nothing violated makes no folder."""
    again = tmp_path / "again"
    run(["--engine", "explicit", "--traces", str(again), str(folder / "web.yaml")])
    assert (again / trace.name).read_bytes() == trace.read_bytes()
    none = tmp_path / "none"
    asked = ["--engine", "explicit", "--property", "no-overcommit", "--traces", str(none)]
    assert run([*asked, str(folder / "web.yaml")]) == 0
    assert not none.exists()
