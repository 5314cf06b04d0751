"""The baseline as a file: what is written is read again, and nothing else is taken for one."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.baseline import document, keep_baseline
from model.api.source import Source
from model.load.baseline import read_baseline
from model.load.diagnostics import Report
from model.load.files import MAX_BYTES
from model.load.schema import baseline as baseline_schema
from model.suppression import Suppression
from tests.model.load.helpers import PROPERTIES

COMMITTED = Path(__file__).parents[3] / "docs" / "baseline.schema.json"
SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

#: Any text that a name or a reason in a manifest can hold.
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
ENTRIES = st.builds(
    Suppression,
    property=st.sampled_from(PROPERTIES),
    reason=TEXTS.map(str.strip).filter(bool),
    origin=st.just("baseline"),
    source=st.just(Source("-", 1)),
    subject=st.none() | TEXTS,
    scenario=st.none() | TEXTS,
    until=st.none() | st.dates(min_value=date(1000, 1, 1)),
    verdict=st.sampled_from(["violated", "unknown"]),
)
ENTRY = {"property": "surge-bounded", "reason": "known"}


def read(path: Path, text: str | bytes) -> tuple[tuple[Suppression, ...], Report]:
    """What is read from a file with that content, and what is said of it."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    report = Report()
    return read_baseline(str(path), PROPERTIES, report), report


def content(**changes: Any) -> dict[str, Any]:
    """A baseline of one entry as JSON data, with some of its fields changed."""
    whole = {"format": "planecheck baseline", "version": 1, "suppressions": [ENTRY]}
    return {name: value for name, value in (whole | changes).items() if value is not None}


@SAME_FOLDER
@given(st.lists(ENTRIES, max_size=4))
def test_what_is_written_is_read_again(tmp_path: Path, entries: list[Suppression]) -> None:
    """Whatever reasons and names hold; and the file is what its schema says, in ASCII."""
    text = document(entries)
    assert text.isascii()
    jsonschema.validate(json.loads(text), baseline_schema())
    found, report = read(tmp_path / "b.json", text)
    assert not report.sorted()
    bare = [vars(entry) | {"source": None} for entry in found]
    assert bare == [vars(entry) | {"source": None} for entry in entries]


def test_entries_have_their_lines(tmp_path: Path) -> None:
    """A warning about an entry points at it."""
    entries = [Suppression("surge-bounded", "known", "baseline", Source("-", 1))] * 2
    (first, second), _ = read(tmp_path / "b.json", document(entries))
    assert (first.source.line, second.source.line) == (5, 10)


@SAME_FOLDER
@given(st.integers(0, 400), st.sampled_from(["cut", "flip"]), st.integers(0, 255))
def test_damage_is_told_and_nothing_is_suppressed(
    tmp_path: Path, place: int, damage: str, byte: int
) -> None:
    """A file that is cut short is refused; one with another byte is refused or read, never more."""
    entry = Suppression(
        "surge-bounded", "known", "baseline", Source("-", 1), until=date(2027, 1, 1)
    )
    data = document([entry, entry]).encode()
    place %= len(data) - 2
    changed = data[:place] if damage == "cut" else data[:place] + bytes([byte]) + data[place + 1 :]
    found, report = read(tmp_path / "b.json", changed)
    if damage == "cut" or report.failed:
        assert report.failed
        assert found == ()
    for said in report.sorted():
        assert said.source.file == str(tmp_path / "b.json")


FOREIGN = {
    "another format": json.dumps(content(format="planecheck trace")),
    "no format": json.dumps(content(format=None)),
    "a report": json.dumps({"version": 1, "tool": "planecheck 0.1.0", "results": []}),
    "a manifest": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    "a list": "[]",
    "a word": "known",
    "empty": "",
    "two documents": f"{json.dumps(content())}\n---\n{json.dumps(content())}\n",
    "another version": json.dumps(content(version=2)),
    "no version": json.dumps(content(version=None)),
    "a version as text": json.dumps(content(version="1")),
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN.keys())
def test_foreign_files_are_refused(tmp_path: Path, text: str) -> None:
    """One diagnostic says that it is no baseline, or not of this version."""
    found, report = read(tmp_path / "b.json", text)
    assert found == ()
    (said,) = report.sorted()
    assert (said.severity, said.code) == ("error", "P313")
    assert said.hint


WRONG = {
    "no entries": ("P104", content(suppressions=None)),
    "entries as text": ("P103", content(suppressions="all")),
    "a field of none": ("P102", content(suppressed=[])),
    "a field of an entry": ("P102", content(suppressions=[ENTRY | {"file": "web.yaml"}])),
    "no reason": ("P104", content(suppressions=[{"property": "surge-bounded"}])),
    "a blank reason": ("P310", content(suppressions=[ENTRY | {"reason": "\t"}])),
    "an unknown property": ("P301", content(suppressions=[ENTRY | {"property": "surge-bound"}])),
    "a wrong date": ("P310", content(suppressions=[ENTRY | {"until": "2027-13-01"}])),
    "a verdict": ("P201", content(suppressions=[ENTRY | {"verdict": "proved"}])),
}


def test_an_entry_needs_a_property_and_a_reason(tmp_path: Path) -> None:
    """Everything else has its default: any subject, any scenario, violated, for ever."""
    ((entry,), report) = read(tmp_path / "b.json", json.dumps(content()))
    assert not report.sorted()
    assert entry.names("surge-bounded", "Deployment/default/web", "apply")
    assert (entry.verdict, entry.until) == ("violated", None)


@pytest.mark.parametrize(("code", "data"), WRONG.values(), ids=WRONG.keys())
def test_wrong_entries_are_refused(tmp_path: Path, code: str, data: dict[str, Any]) -> None:
    """Each mistake has its code; nothing else of the file is used."""
    found, report = read(tmp_path / "b.json", json.dumps(data, indent=1))
    assert found == ()
    assert [said.code for said in report.sorted()] == [code]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"x" * (MAX_BYTES + 1), "P002"),
        (b"\xff", "P003"),
        (b'{"format": "\x00"}', "P003"),
        (b"[" * 200, "P013"),
        (b'{"format": 1, "format": 1}', "P011"),
    ],
    ids=["oversized", "binary", "control character", "deep", "twice"],
)
def test_hostile_files_are_refused(tmp_path: Path, data: bytes, code: str) -> None:
    """The limits of manifests hold for baselines too."""
    found, report = read(tmp_path / "b.json", data)
    assert found == ()
    assert code in [said.code for said in report.sorted()]
    assert report.failed


@pytest.mark.parametrize("name", ["missing.json", ".", "a\0b"])
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str) -> None:
    """A missing file, a folder, and what is no path."""
    report = Report()
    assert read_baseline(str(tmp_path / name), PROPERTIES, report) == ()
    assert [said.code for said in report.sorted()] == ["P001"]


def test_keeping_says_how_many(tmp_path: Path) -> None:
    """The sentence counts entries; equal entries give equal bytes."""
    entry = Suppression("surge-bounded", "known", "baseline", Source("-", 1))
    path = tmp_path / "b.json"
    assert keep_baseline(str(path), [entry]) == f"{path}: 1 suppression written"
    first = path.read_bytes()
    assert keep_baseline(str(path), [entry]) == f"{path}: 1 suppression written"
    assert path.read_bytes() == first


def test_the_committed_schema_is_current() -> None:
    """`python -m model.load.schema baseline` writes docs/baseline.schema.json."""
    jsonschema.Draft202012Validator.check_schema(baseline_schema())
    assert json.loads(COMMITTED.read_text()) == json.loads(json.dumps(baseline_schema()))
