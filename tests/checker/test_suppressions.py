"""What is accepted does not count, and what is accepted for nothing is said."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import model.cluster
from checker.budget import Budget
from checker.engines import ENGINES
from checker.exits import UNDECIDED
from checker.run import Options, run
from checker.suppressions import NO_REASON
from tests.checker import fakes
from tests.checker.conftest import CommandLine

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8")
)
DAY = date(2027, 1, 31)
#: What the hand-made cluster violates.
BOTH = ("surge-bounded", "replicas-converge")


def annotate(manifest: str, **reasons: str) -> None:
    """Give the Deployment an annotation for each property, `_` standing for `-`."""
    path = Path(manifest)
    lines = [
        f"    planecheck.dev/suppress.{name.replace('_', '-')}: {json.dumps(reason)}\n"
        for name, reason in reasons.items()
    ]
    given = "metadata:\n  name: web\n  annotations:\n" + "".join(lines)
    path.write_text(path.read_text().replace("metadata: {name: web}\n", given, 1))


def specify(manifest: str, *entries: str, **fields: str) -> None:
    """Add a Check named `mine` with these suppressions and fields."""
    path = Path(manifest)
    spec = "".join(f"  {name}: {value}\n" for name, value in fields.items())
    spec += "  suppressions:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries)
    head = "---\napiVersion: planecheck.dev/v1alpha1\nkind: Check\nmetadata: {name: mine}\nspec:\n"
    path.write_text(path.read_text() + head + spec)


def baseline(*entries: dict[str, str], path: str = "known.json") -> str:
    content = {"format": "planecheck baseline", "version": 1, "suppressions": list(entries)}
    Path(path).write_text(json.dumps(content, indent=1))
    return path


def accept(property: str, reason: str = "known", **more: str) -> dict[str, str]:
    return {"property": property, "reason": reason, **more}


class Seen:
    """The JSON report of a run, and its exit code."""

    def __init__(self, command_line: CommandLine, capsys: pytest.CaptureFixture[str]) -> None:
        self._command_line, self._capsys = command_line, capsys

    def __call__(self, *arguments: str, engine: str = "Naive") -> Any:
        self._capsys.readouterr()
        code = self._command_line("--format", "json", *arguments, engine=engine)
        document = json.loads(self._capsys.readouterr().out)
        jsonschema.validate(document, SCHEMA)
        assert document["exit"] == code
        return document


@pytest.fixture
def manifest(manifest: str) -> str:
    """The Deployment alone: there is nothing else to say of it."""
    path = Path(manifest)
    path.write_text(path.read_text().partition("---\n")[0])
    return manifest


@pytest.fixture
def seen(command_line: CommandLine, capsys: pytest.CaptureFixture[str]) -> Seen:
    return Seen(command_line, capsys)


def codes(document: Any) -> list[str]:
    return [found["code"] for found in document["diagnostics"]]


def accepted(document: Any) -> set[tuple[str, str]]:
    """Property and scenario of each suppressed result."""
    return {(r["property"], r["scenario"]) for r in document["results"] if r["suppressed"]}


def test_an_annotation_accepts_in_every_scenario(manifest: str, seen: Seen) -> None:
    """The verdict stays, with the reason and its place beside it; the exit code passes once
    everything that is violated is accepted."""
    annotate(manifest, surge_bounded="see issue 12 (until 9999-12-31)")
    document = seen(manifest)
    assert document["exit"] == 1
    assert {name for name, _ in accepted(document)} == {"surge-bounded"}
    for result in document["results"]:
        if result["property"] == "surge-bounded":
            assert result["verdict"] == "violated"
            assert result["trace"]["steps"]
            assert result["suppressed"] == {
                "reason": "see issue 12",
                "until": "9999-12-31",
                "origin": "annotation",
                "source": {"file": "web.yaml", "line": 6},
            }
        else:
            assert result["suppressed"] is None
    annotate_again = Path(manifest).read_text().replace("surge-bounded", "replicas-converge")
    Path(manifest).write_text(annotate_again)
    assert seen("--property", "surge-bounded", manifest)["exit"] == 1
    document = seen("--property", "replicas-converge", manifest)
    assert (document["exit"], codes(document)) == (0, [])


@pytest.mark.parametrize("scenario", ["mine", "other"])
def test_a_spec_accepts_by_subject_and_scenario(manifest: str, seen: Seen, scenario: str) -> None:
    """A name that does not fit suppresses nothing, and is reported."""
    both = [f"property: {name}, scenario: {scenario}, reason: known" for name in BOTH]
    specify(manifest, *both, scenario="{apply: {}}")
    document = seen(manifest)
    if scenario == "mine":
        assert (document["exit"], codes(document)) == (0, [])
        assert accepted(document) == {(name, "mine") for name in BOTH}
    else:
        assert (document["exit"], codes(document)) == (1, ["P312", "P312"])
        assert accepted(document) == set()
    assert codes(seen("--scenario", "mine", manifest)) == []
    assert codes(seen("--property", "surge-bounded", manifest)) == []


def test_a_baseline_accepts(manifest: str, seen: Seen) -> None:
    """By property, subject and scenario; anything is meant where nothing is given."""
    path = baseline(
        accept("surge-bounded", subject="Deployment/default/web", scenario="rollout"),
        accept("replicas-converge"),
    )
    document = seen("--baseline", path, manifest)
    assert document["exit"] == 1
    scenarios = {r["scenario"] for r in document["results"]}
    assert accepted(document) == {
        ("surge-bounded", "rollout"),
        *(("replicas-converge", name) for name in scenarios),
    }
    source = {"file": path, "line": 5}
    assert source in [r["suppressed"]["source"] for r in document["results"] if r["suppressed"]]
    assert seen("--baseline", path, "--property", "replicas-converge", manifest)["exit"] == 0


def test_violated_and_unknown_do_not_hide_each_other(manifest: str, seen: Seen) -> None:
    """Each is accepted by entries of its own; what has no answer is then no exit code 3."""
    both = [accept(name) for name in (*BOTH, "no-overcommit")]
    path = baseline(*both)
    document = seen("--baseline", path, manifest, engine="Hungry")
    assert (document["exit"], accepted(document), codes(document)) == (3, set(), [])
    path = baseline(*(entry | {"verdict": "unknown"} for entry in both))
    assert seen("--baseline", path, manifest, engine="Hungry")["exit"] == 0
    document = seen("--baseline", path, manifest)
    assert (document["exit"], accepted(document)) == (1, set())
    assert codes(document) == ["P312"] * 3
    assert {found["hint"] for found in document["diagnostics"]} == {"remove it"}


def test_an_interrupted_run_is_no_pass(manifest: str, seen: Seen) -> None:
    """Accepting what has no answer does not turn half a run into a pass."""
    entries = [accept(name, verdict="unknown") for name in (*BOTH, "no-overcommit")]
    document = seen("--baseline", baseline(*entries), manifest, engine="Interrupted")
    assert document["exit"] == UNDECIDED
    assert all(result["suppressed"] for result in document["results"])


@pytest.mark.parametrize(("until", "passes"), [(DAY, True), (date(2027, 1, 30), False)])
def test_the_last_day_is_the_last(
    manifest: str, monkeypatch: pytest.MonkeyPatch, until: date, passes: bool
) -> None:
    """On its last day a suppression counts; afterwards it is a warning at its place, and the
    violation counts again."""
    annotate(manifest, surge_bounded=f"known (until {until})")
    monkeypatch.setattr(model.cluster, "parts", fakes.parts)
    monkeypatch.setitem(ENGINES, "explicit", "tests.checker.fakes:Naive")
    options = Options("explicit", ("surge-bounded",), day=DAY)
    report = run([manifest], options, Budget(), io.StringIO())
    assert report.exit == (0 if passes else 1)
    assert all(bool(result.suppressed) == passes for result in report.results)
    found = [(d.severity, d.code, d.source.line) for d in report.diagnostics]
    assert found == ([] if passes else [("warning", "P311", 6)])
    if not passes:
        assert "planecheck.dev/suppress" in report.diagnostics[0].excerpt


def test_today_is_the_day_of_the_command_line(manifest: str, seen: Seen) -> None:
    """Without a date from a test, it is the clock's."""
    path = baseline(*(accept(name, until="2000-01-01") for name in BOTH))
    document = seen("--baseline", path, manifest)
    assert (document["exit"], codes(document)) == (1, ["P311", "P311"])
    assert {d["location"]["file"] for d in document["diagnostics"]} == {path}
    path = baseline(*(accept(name, until="9999-12-31") for name in BOTH))
    assert seen("--baseline", path, manifest)["exit"] == 0


def test_what_is_fixed_is_reported(manifest: str, seen: Seen) -> None:
    """Where all that an entry is about was looked at and passes; without changing the exit code."""
    annotate(manifest, no_overcommit="known")
    arguments = ("--property", "no-overcommit", manifest)
    document = seen(*arguments)
    assert (document["exit"], codes(document)) == (0, ["P312"])
    (found,) = document["diagnostics"]
    assert (found["severity"], found["hint"]) == ("warning", "fixed: remove it")
    assert found["location"]["line"] == 6
    assert codes(seen("--scenario", "apply", *arguments)) == []
    assert codes(seen("--property", "surge-bounded", manifest)) == []
    scenarios = {r["scenario"] for r in document["results"]}
    every = [word for name in scenarios for word in ("--scenario", name)]
    assert codes(seen(*every, *arguments)) == ["P312"]


def test_what_is_still_open_is_not_called_fixed(manifest: str, seen: Seen) -> None:
    """Without an answer nobody knows."""
    annotate(manifest, no_overcommit="known")
    assert codes(seen(manifest, engine="Hungry")) == []


def test_what_is_about_nothing_is_reported(manifest: str, seen: Seen) -> None:
    """A name that nothing has, unless something was left out that might have it: on the command
    line, or by the list of a Check."""
    path = baseline(accept("surge-bounded", subject="Deployment/default/api"))
    document = seen("--baseline", path, manifest)
    assert codes(document) == ["P312"]
    assert document["diagnostics"][0]["location"] == {"file": path, "line": 5, "column": 3}
    assert codes(seen("--baseline", path, "--scenario", "apply", manifest)) == []
    assert codes(seen("--baseline", path, "--property", "surge-bounded", manifest)) == []
    specify(manifest, "property: surge-bounded, reason: known", properties="[no-overcommit]")
    document = seen("--baseline", path, manifest)
    assert [d["location"]["file"] for d in document["diagnostics"]] == ["web.yaml"]


def test_warnings_name_the_line_of_standard_input(
    manifest: str,
    monkeypatch: pytest.MonkeyPatch,
    command_line: CommandLine,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The line is shown even where it cannot be read twice."""
    annotate(manifest, no_overcommit="known")
    stdin = io.TextIOWrapper(io.BytesIO(Path(manifest).read_bytes()))
    monkeypatch.setattr("sys.stdin", stdin)
    assert command_line("--property", "no-overcommit", "-") == 0
    said = capsys.readouterr().out
    assert "<stdin>:6:5: warning[P312]: nothing that this suppression" in said
    assert '6 |     planecheck.dev/suppress.no-overcommit: "known"' in said


@pytest.mark.parametrize("content", ["", "{", '{"version": 1}', "a: [", None])
def test_a_wrong_baseline_is_a_mistake(
    manifest: str,
    command_line: CommandLine,
    capsys: pytest.CaptureFixture[str],
    content: str | None,
) -> None:
    """Exit code 2 and a diagnostic, for reading and for writing, and the file stays as it is."""
    if content is not None:
        Path("b.json").write_text(content)
        assert command_line("--write-baseline", "b.json", manifest) == 2
        assert "b.json:" in capsys.readouterr().err
        assert Path("b.json").read_text() == content
    assert command_line("--baseline", "b.json", manifest) == 2
    said = capsys.readouterr().err
    assert "b.json:" in said
    assert "Traceback" not in said


def test_a_baseline_is_written_and_accepts(
    manifest: str, seen: Seen, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """One entry for each violation, sorted; the run that writes it still counts them; the next one
    with it passes; and to write it again changes no byte."""
    assert command_line("--write-baseline", "b.json", manifest) == 1
    content = Path("b.json").read_bytes()
    entries = json.loads(content)["suppressions"]
    said = capsys.readouterr().err
    assert (
        said
        == f"b.json: {len(entries)} suppressions written; {len(entries)} without a reason yet\n"
    )
    document = seen("--baseline", "b.json", manifest)
    assert (document["exit"], codes(document)) == (0, [])
    violated = sorted(
        (r["property"], r["subject"], r["scenario"])
        for r in document["results"]
        if r["verdict"] == "violated"
    )
    assert [(e["property"], e["subject"], e["scenario"]) for e in entries] == violated
    assert {e["reason"] for e in entries} == {NO_REASON}
    for more in ([], ["--baseline", "b.json"]):
        command_line(*more, "--write-baseline", "b.json", manifest)
        assert Path("b.json").read_bytes() == content


def test_writing_again_keeps_reasons_and_drops_what_is_fixed(
    manifest: str, seen: Seen, command_line: CommandLine
) -> None:
    """Reasons and dates stay, expired or not; what is fixed, or about nothing, goes; what was not
    looked at stays."""
    fixed = accept("no-overcommit", "once upon a time")
    gone = accept("surge-bounded", subject="Deployment/default/api")
    expired = accept("replicas-converge", "was known", until="2000-01-01")
    mine = accept("surge-bounded", "issue 12", subject="Deployment/default/web", scenario="apply")
    path = baseline(fixed, gone, expired, mine)
    command_line("--write-baseline", path, "--property", "replicas-converge", manifest)
    entries = json.loads(Path(path).read_text())["suppressions"]
    assert {(e["property"], e["reason"]) for e in entries} == {
        (e["property"], e["reason"]) for e in (fixed, gone, expired, mine)
    }
    command_line("--write-baseline", path, manifest)
    entries = json.loads(Path(path).read_text())["suppressions"]
    assert [e for e in entries if e["reason"] != NO_REASON] == [
        expired | {"verdict": "violated"},
        mine | {"verdict": "violated"},
    ]
    assert {e["property"] for e in entries if e["reason"] == NO_REASON} == {"surge-bounded"}
    document = seen("--baseline", path, manifest)
    assert document["exit"] == 1
    assert codes(document) == ["P311"]


def test_a_baseline_leaves_out_what_is_accepted_elsewhere(
    manifest: str, command_line: CommandLine
) -> None:
    """Or the date of an annotation would end nothing."""
    annotate(manifest, surge_bounded="known (until 9999-12-31)")
    command_line("--write-baseline", "b.json", manifest)
    entries = json.loads(Path("b.json").read_text())["suppressions"]
    assert {e["property"] for e in entries} == {"replicas-converge"}


def test_a_second_baseline_takes_over_reasons(manifest: str, command_line: CommandLine) -> None:
    """What the first one accepts is accepted by the second for the same reason."""
    first = baseline(accept("surge-bounded", "issue 12"), path="first.json")
    command_line("--baseline", first, "--write-baseline", "second.json", manifest)
    entries = json.loads(Path("second.json").read_text())["suppressions"]
    assert accept("surge-bounded", "issue 12", verdict="violated") in entries
    assert sum(e["property"] == "surge-bounded" for e in entries) == 1


@pytest.mark.parametrize("path", ["none/b.json", ".", ""])
def test_a_baseline_that_cannot_be_written(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    """Exit code 2, and it is said."""
    assert command_line("--write-baseline", path, manifest) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_nothing_is_written_after_a_mistake(manifest: str, command_line: CommandLine) -> None:
    """A baseline of a run that did not happen would accept nothing, and drop reasons."""
    assert command_line("--write-baseline", "b.json", "--scenario", "none", manifest) == 2
    assert not Path("b.json").exists()


def test_text_tells_it(
    manifest: str, command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the table with its reason; its run only with --verbose; not at all with --quiet; and
    counted in the summary."""
    annotate(manifest, surge_bounded="see issue 12", replicas_converge="known")
    assert command_line(manifest) == 0
    text = capsys.readouterr().out
    assert "✗ surge-bounded      violated after 3 steps\n" in text
    assert "      suppressed by web.yaml:6: see issue 12\n" in text
    assert "is violated" not in text
    assert text.splitlines()[-1].startswith("15 checks: 5 proved, 10 suppressed (")
    assert command_line("--verbose", manifest) == 0
    assert "✗ surge-bounded is violated" in capsys.readouterr().out
    assert command_line("--quiet", manifest) == 0
    quiet = capsys.readouterr().out
    assert "surge-bounded" not in quiet
    assert "10 suppressed" in quiet
