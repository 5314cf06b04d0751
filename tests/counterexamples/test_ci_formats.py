"""The formats of continuous integration: they say what the exit code says, on the right line, and
nothing from a manifest can break out of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checker.budget import Budget
from checker.output import Output, write
from checker.report import Report, Result
from checker.run import check
from checker.verdict import Verdict
from counterexamples.render import renderer
from counterexamples.render.contract import Look
from counterexamples.render.findings import findings, suppressed
from counterexamples.render.github import LONGEST, MOST
from counterexamples.render.markdown import COMMENT, document
from model.load.diagnostics import Diagnostic
from model.scenario import Source
from model.suppression import Suppression
from tests.checker.fakes import Naive, instance, scenario

ROOT = Path(__file__).parents[2]
WEB = "kind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n"
LOOK = Look(texts={"web.yaml": WEB})
FORMATS = ("junit", "sarif", "github", "gitlab", "markdown")


def _results(*names: str, **more: str) -> tuple[Result, ...]:
    return check([instance(scenario(name, **more)) for name in names], Naive(), Budget())


def _unknown(result: Result, reason: str = "out of time") -> Result:
    verdict = Verdict(result.claim.name, "unknown", "explicit", 1.0, reason=reason)
    return replace(result, verdict=verdict, counterexample=None)


def _report(*results: Result, **more: Any) -> Report:
    return replace(Report(results, arguments=("web.yaml",), seconds=0.31), **more)


def _accepted(result: Result, reason: str = "see issue 12", **more: Any) -> Result:
    """The result, suppressed by line 3 of its file."""
    kept = Suppression(
        result.claim.name, reason, "annotation", Source("web.yaml", 3), until=date(2031, 1, 2)
    )
    return replace(result, suppressed=replace(kept, **more))


CLEAN = _report(*(r for r in _results("apply") if r.verdict.outcome == "proved"))
BROKEN = _report(*_results("apply"))
OPEN = _report(*CLEAN.results, _unknown(CLEAN.results[0]))
WRONG = _report(
    diagnostics=(Diagnostic("error", "P102", "unknown field", Source("a b.yaml", 7, 3), "use x"),)
)
ACCEPTED = _report(
    *map(_accepted, BROKEN.results[:1]),
    *CLEAN.results,
    _accepted(_unknown(CLEAN.results[0]), origin="baseline", verdict="unknown"),
)
REPORTS = {"clean": CLEAN, "broken": BROKEN, "open": OPEN, "wrong": WRONG, "accepted": ACCEPTED}


def _render(format: str, report: Report, look: Look = LOOK) -> str:
    return renderer(format)(report, look)


# What SARIF 2.1.0 (OASIS, sarif-schema-2.1.0.json) and GitHub's code scanning demand of what is
# used here; unknown members are refused, so that a slip of the pen shows.
_LOCATION = {"$ref": "#/$defs/location"}


def _object(required: str, optional: str = "", **properties: Any) -> dict[str, Any]:
    names = {name: {} for name in (required + " " + optional).split()}
    return {
        "type": "object",
        "required": required.split(),
        "properties": names | properties,
        "additionalProperties": False,
    }


_COUNT = {"type": "integer", "minimum": 1}
_TEXT = _object("text", "markdown", text={"type": "string", "minLength": 1})
_NOTIFICATION = _object(
    "level message descriptor",
    "locations",
    message=_TEXT,
    level={"enum": ["none", "note", "warning", "error"]},
    locations={"type": "array", "items": _LOCATION},
)
_FLOW_STEP = _object(
    "location executionOrder",
    "state",
    location=_LOCATION,
    executionOrder={"type": "integer", "minimum": 0},
    state={"type": "object", "additionalProperties": _TEXT},
)
SARIF = {
    "$defs": {
        "location": _object(
            "physicalLocation",
            "id message logicalLocations",
            message=_TEXT,
            physicalLocation=_object(
                "artifactLocation region",
                artifactLocation=_object(
                    "uri", "uriBaseId", uri={"type": "string", "pattern": "^[!-~]+$"}
                ),
                region=_object(
                    "startLine",
                    "startColumn endLine endColumn snippet",
                    startLine=_COUNT,
                    startColumn=_COUNT,
                    endLine=_COUNT,
                    endColumn=_COUNT,
                ),
            ),
        )
    },
    **_object(
        "$schema version runs",
        version={"const": "2.1.0"},
        runs={
            "type": "array",
            "items": _object(
                "tool columnKind originalUriBaseIds invocations results",
                columnKind={"enum": ["unicodeCodePoints", "utf16CodeUnits"]},
                tool=_object(
                    "driver",
                    driver=_object(
                        "name version semanticVersion rules",
                        rules={
                            "type": "array",
                            "uniqueItems": True,
                            "items": _object(
                                "id shortDescription fullDescription help helpUri",
                                "defaultConfiguration properties",
                                shortDescription=_TEXT,
                                fullDescription=_TEXT,
                                help=_TEXT,
                            ),
                        },
                    ),
                ),
                invocations={
                    "type": "array",
                    "items": _object(
                        "executionSuccessful",
                        "exitCode",
                        executionSuccessful={"type": "boolean"},
                        toolExecutionNotifications={"items": _NOTIFICATION},
                        toolConfigurationNotifications={"items": _NOTIFICATION},
                    ),
                },
                results={
                    "type": "array",
                    "items": _object(
                        "ruleId ruleIndex level kind message locations partialFingerprints "
                        "suppressions",
                        "",
                        suppressions={
                            "type": "array",
                            "uniqueItems": True,
                            "items": _object(
                                "kind",
                                "status justification location",
                                kind={"enum": ["inSource", "external"]},
                                status={"enum": ["accepted", "underReview", "rejected"]},
                                justification={"type": "string", "minLength": 1},
                                location=_LOCATION,
                            ),
                        },
                        message=_TEXT,
                        kind={"const": "fail"},
                        locations={"type": "array", "minItems": 1, "items": _LOCATION},
                        relatedLocations={"type": "array", "items": _LOCATION},
                        partialFingerprints={"additionalProperties": {"type": "string"}},
                        codeFlows={
                            "items": _object(
                                "threadFlows",
                                threadFlows={
                                    "items": _object(
                                        "locations",
                                        locations={"minItems": 1, "items": _FLOW_STEP},
                                    )
                                },
                            )
                        },
                    ),
                },
            ),
        },
    ),
}


def _sarif(report: Report, look: Look = LOOK) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_render("sarif", report, look))
    jsonschema.validate(document, SARIF)
    (run,) = document["runs"]
    return dict(run)


@pytest.mark.parametrize("name", REPORTS)
def test_sarif_is_valid_and_counts_violations(name: str) -> None:
    """One result for each violation, none for a clean run; what else there is to say is in the
    invocation, which says whether the run succeeded."""
    report = REPORTS[name]
    run = _sarif(report)
    violated = [r for r in report.results if r.verdict.outcome == "violated"]
    assert [r["ruleId"] for r in run["results"]] == [r.claim.name for r in violated]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    (invocation,) = run["invocations"]
    assert invocation["exitCode"] == report.exit
    assert invocation["executionSuccessful"] == (report.exit != 2)
    assert len(invocation["toolExecutionNotifications"]) == (name in ("open", "accepted"))
    assert all(bool(r["suppressions"]) == (name == "accepted") for r in run["results"])
    assert len(invocation["toolConfigurationNotifications"]) == (name == "wrong")


def test_sarif_points_at_the_line_and_tells_the_steps() -> None:
    """The place is the blamed field's line; the code flow has every step in order."""
    run = _sarif(BROKEN)
    for result, asked in zip(run["results"], findings(BROKEN), strict=True):
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "web.yaml", "uriBaseId": "%SRCROOT%"}
        assert (place["region"]["startLine"], place["region"]["startColumn"]) == (5, 3)
        assert place["region"]["snippet"]["text"] == "  replicas: 2"
        assert asked.result is not None
        assert asked.result.counterexample is not None
        steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
        moves = asked.result.counterexample.moves
        assert [s["location"]["message"]["text"] for s in steps] == [
            f"{m.index}. {m.actor}: {m.text}" for m in moves
        ]
        assert set(steps[0]["state"]) == {change.label for change in moves[0].changes}


def test_sarif_addresses_files_by_relative_uris() -> None:
    """Names are percent-encoded; a file below the working folder is relative to it, however it
    was named; one elsewhere has its whole address."""
    for file, uri in {
        "k8s/a b#1?.yaml": "k8s/a%20b%231%3F.yaml",
        str(Path.cwd() / "k8s" / "ä.yaml"): "k8s/%C3%A4.yaml",
        "./x/../web.yaml": "web.yaml",
        "/elsewhere/web.yaml": "file:///elsewhere/web.yaml",
        "<stdin>": "%3Cstdin%3E",
    }.items():
        (first, *_) = _sarif(_report(*_results("apply", file=file)))["results"]
        assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_fifty_violations_fit_into_a_megabyte() -> None:
    """A folder with many violations stays far below what code scanning accepts."""
    results = [r for n in range(25) for r in _results("apply", workload="web", file=f"{n}.yaml")]
    run = _sarif(_report(*results))
    assert len(run["results"]) == 50
    assert len(_render("sarif", _report(*results))) < 1_000_000


def test_fingerprints_outlive_edits_elsewhere() -> None:
    """Lines that move change no fingerprint; another file, scenario or workload does; none is
    given twice."""

    def moved(result: Result, by: int) -> Result:
        workload = result.instance.scenario.workload
        fields = {p: replace(s, line=s.line + by) for p, s in workload.fields.items()}
        source = replace(workload.source, line=workload.source.line + by)
        workload = replace(workload, fields=fields, source=source)
        of = replace(result.instance.scenario, workload=workload)
        (again,) = [
            r for r in check([instance(of)], Naive(), Budget()) if r.claim.name == result.claim.name
        ]
        return again

    def marks(*results: Result) -> list[str]:
        return [found.fingerprint for found in findings(_report(*results))]

    first = next(r for r in _results("apply") if r.verdict.outcome == "violated")
    assert findings(_report(moved(first, 9)))[0].source == Source("web.yaml", 14, 3)
    assert marks(first) == marks(moved(first, 9))
    assert marks(first) == [
        r["partialFingerprints"]["primaryLocationLineHash"].removesuffix(":1")
        for r in _sarif(_report(first))["results"]
    ]
    others = [
        *_results("rollout"),
        *_results("apply", workload="api"),
        *_results("apply", file="b.yaml"),
    ]
    several = marks(first, *(r for r in others if r.verdict.outcome == "violated"))
    assert len(set(several)) == len(several) > 4
    twice = marks(_unknown(first), _unknown(first))
    assert len(set(twice)) == 2


def test_equal_runs_are_one_finding() -> None:
    """The same run in another scenario is named, not counted again; with another line to look at
    it is a finding of its own."""
    same = findings(_report(*_results("apply", "rollout")))
    assert [found.likewise for found in same] == [("rollout",)] * 2
    other = (*_results("apply"), *_results("rollout", file="b.yaml"))
    assert [found.likewise for found in findings(_report(*other))] == [()] * 4


@pytest.mark.parametrize("name", REPORTS)
def test_junit_is_green_exactly_when_the_exit_code_is_0(name: str) -> None:
    """Violations are failures with their text; what has no answer, and mistakes, are errors."""
    report = REPORTS[name]
    root = ElementTree.fromstring(_render("junit", report))
    failures = root.findall(".//failure")
    assert len(failures) == int(root.get("failures", "")) == 2 * (name == "broken")
    skipped = root.findall(".//skipped")
    assert len(skipped) == sum(int(s.get("skipped", "")) for s in root) == 2 * (name == "accepted")
    errors = root.findall(".//error")
    assert len(errors) == int(root.get("errors", "")) == (name in ("open", "wrong"))
    assert int(root.get("tests", "")) == len(root.findall(".//testcase"))
    assert (not failures and not errors) == (report.exit == 0)
    for failure in failures:
        assert "Reproduce: check --scenario apply" in str(failure.text)
    interrupted = _render("junit", replace(CLEAN, interrupted=True))
    assert ElementTree.fromstring(interrupted).get("errors") == "1"


def test_gitlab_has_what_gitlab_demands() -> None:
    """Description, check, fingerprint, severity, path and line of each finding; none when clean."""
    assert json.loads(_render("gitlab", CLEAN)) == []
    found = json.loads(_render("gitlab", BROKEN))
    assert [(f["check_name"], f["severity"]) for f in found] == [
        ("surge-bounded", "critical"),
        ("replicas-converge", "major"),
    ]
    for one in found:
        assert one["location"] == {"path": "web.yaml", "lines": {"begin": 5}}
        assert re.fullmatch("[0-9a-f]{40}", one["fingerprint"])
        assert one["description"].startswith(one["check_name"])
    (unknown,) = json.loads(_render("gitlab", OPEN))
    (mistake,) = json.loads(_render("gitlab", WRONG))
    assert (unknown["severity"], mistake["severity"]) == ("info", "blocker")
    assert mistake["location"] == {"path": "a b.yaml", "lines": {"begin": 7}}


SAID = "suppressed by web.yaml:3: see issue 12 (until 2031-01-02)"


def test_what_is_suppressed_is_said_and_does_not_count() -> None:
    """Every format says that it is suppressed, why and where, or leaves it out; none treats it as
    something to act on."""
    assert ACCEPTED.exit == 0
    assert findings(ACCEPTED) == []
    assert [found.severity for found in suppressed(ACCEPTED)] == ["note", "note"]
    assert json.loads(_render("gitlab", ACCEPTED)) == []
    ((command, _, text),) = _commands(_render("github", ACCEPTED))
    assert (command, text) == ("notice", "3 checks: 1 proved, 2 suppressed (exit code 0)")
    first, last = ElementTree.fromstring(_render("junit", ACCEPTED)).findall(".//skipped")
    assert first.get("message") == f"violated, {SAID}"
    assert last.get("message") == f"unknown, {SAID}"
    comment = _render("markdown", ACCEPTED)
    assert "✅ **3 checks: 1 proved, 2 suppressed" in comment
    listed = comment.partition("### Suppressed\n\n")[2].split("\n\n")[0].split("\n")
    assert [row.startswith("- `") for row in listed] == [True, True]
    assert all("see issue 12 (until 2031-01-02)" in row for row in listed)
    assert "### surge-bounded is violated" not in comment


@pytest.mark.parametrize(
    ("origin", "kind"), [("spec", "inSource"), ("annotation", "inSource"), ("baseline", "external")]
)
def test_sarif_says_where_a_suppression_is(origin: str, kind: str) -> None:
    """A suppressed violation stays a result, with the reason and its place."""
    run = _sarif(_report(*(_accepted(r, origin=origin) for r in BROKEN.results[:1])))
    (suppression,) = run["results"][0]["suppressions"]
    assert (suppression["kind"], suppression["status"]) == (kind, "accepted")
    assert suppression["justification"] == "see issue 12"
    place = suppression["location"]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "web.yaml"
    assert place["region"]["startLine"] == 3


def test_suppressed_and_other_violations_are_apart() -> None:
    """The same run in two scenarios, suppressed in one of them, is a finding for the other alone;
    fingerprints are those of the run without suppression."""
    one, other = (_results(name)[0] for name in ("apply", "rollout"))
    report = _report(_accepted(one), other)
    assert [(f.result, f.likewise) for f in findings(report)] == [(other, ())]
    assert [f.likewise for f in suppressed(report)] == [()]
    marks = [f.fingerprint for f in (*suppressed(report), *findings(report))]
    assert marks == [f.fingerprint for r in (one, other) for f in findings(_report(r))]


def _commands(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """What GitHub's runner reads: command, properties and message of each line."""

    def back(value: str) -> str:
        for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")):
            value = value.replace(code, char)
        return value.replace("%25", "%")

    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        match = re.fullmatch("::(error|warning|notice) ([^:]*)::(.*)", line)
        assert match, line
        pairs = (pair.split("=", 1) for pair in match[2].split(","))
        yield match[1], {name: back(value) for name, value in pairs}, back(match[3])


def test_github_commands() -> None:
    """Every line is a command: errors with place and story, then the summary."""
    first, second, last = _commands(_render("github", BROKEN))
    assert first[0] == second[0] == "error"
    assert first[1] == {"file": "web.yaml", "line": "5", "col": "3", "title": "surge-bounded"}
    assert "\n1. replicaset-controller: creates pod web-" in first[2]
    assert "\nReproduce: check --scenario apply" in first[2]
    assert last[:2] == ("notice", {"title": "planecheck"})
    assert last[2] == "3 checks: 1 proved, 2 violated (exit code 1)"
    assert [c[0] for c in _commands(_render("github", OPEN))] == ["warning", "notice"]
    assert [c[0] for c in _commands(_render("github", WRONG))] == ["error", "notice"]
    assert [c[0] for c in _commands(_render("github", CLEAN))] == ["notice"]


def test_github_stays_within_the_limits_of_a_step() -> None:
    """The tenth error says how many follow; no message is longer than what is shown."""
    results = [r for n in range(8) for r in _results("apply", file=f"{n}.yaml")]
    commands = list(_commands(_render("github", _report(*results))))
    assert [c[0] for c in commands] == ["error"] * 17 + ["notice"]
    assert "7 more" in commands[MOST - 1][2]
    result = results[0]
    assert result.counterexample is not None
    long = replace(result, counterexample=replace(result.counterexample, remarks=("x" * 9000,)))
    (command, _) = _commands(_render("github", _report(long)))
    assert len(command[2]) <= LONGEST
    assert "Reproduce: " in command[2]


def test_markdown_tells_it_with_a_diagram() -> None:
    """Summary, sentence, diagram, and the text as the terminal has it."""
    text = _render("markdown", BROKEN)
    assert "❌ **3 checks: 1 proved, 2 violated (exit code 1)**" in text
    assert "### surge-bounded is violated" in text
    assert "`Deployment/default/web`, scenario `apply` at `web.yaml:5`" in text
    assert text.count("```mermaid\nsequenceDiagram\n  participant a0 as ") == 2
    assert "  Note over a0,a0: Then nothing more happens#58;" in text
    assert "5 |   replicas: 2" in text
    assert "❌" not in _render("markdown", CLEAN)


def test_markdown_stays_within_its_limit() -> None:
    """What does not fit is left out as a whole, and counted."""
    report = _report(*(r for n in range(60) for r in _results("apply", file=f"{n}.yaml")))
    comment = _render("markdown", report)
    assert len(comment.encode()) <= COMMENT
    assert "parts are left out here for their length" in comment
    assert comment.count("```mermaid") == comment.count("The whole story")
    assert len(document(report, LOOK, 1000).encode()) <= 1000


def test_the_step_summary_is_appended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """GitHub's summary gets the Markdown after what is there, never beyond a mebibyte, and only
    with the format `github`."""
    path = tmp_path / "summary"
    path.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    assert write(BROKEN, Output(format="json"), {}) == 1
    assert path.read_text() == "before\n"
    assert write(BROKEN, Output(format="github"), {"web.yaml": WEB}) == 1
    assert path.read_text(encoding="utf-8").startswith("before\n## planecheck\n")
    path.write_text("x" * 1_000_000)
    assert write(BROKEN, Output(format="github"), {}) == 1
    assert path.stat().st_size == 1_000_000
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "none" / "summary"))
    capsys.readouterr()
    assert write(BROKEN, Output(format="github"), {}) == 2
    assert "cannot be written" in capsys.readouterr().err


MISCHIEF = (
    "\"><script>'&amp;]]>\n::error::x\r##[add-path]/\u202e\x00```\n| end; %0A::x @octo #1 [a](b)"
)


def _hostile(text: str) -> Report:
    """A report in which whatever comes from the input is that text."""
    (first, second, third) = _results("apply")
    of = replace(scenario(text, workload="web", file=text), assumptions=(text,))
    scheme = instance(of)
    found = []
    for result in (first, second, third):
        counter = result.counterexample
        if counter is not None:
            moves = tuple(replace(m, actor=text, text=text, why=text) for m in counter.moves)
            places = tuple(p._replace(path=text, source=Source(text, 1)) for p in counter.places)
            counter = replace(counter, moves=moves, remarks=(text,), places=places)
        claim = replace(result.claim, text=text)
        found.append(replace(result, instance=scheme, claim=claim, counterexample=counter))
    mistake = Diagnostic("warning", "P102", text, Source(text, 1), text, text)
    accepted = [
        _accepted(r, text, source=Source(text, 1))
        for r in (found[0], _unknown(found[1], text), replace(found[0], counterexample=None))
    ]
    unknown = _unknown(found[1], text)
    return _report(*found, unknown, *accepted, diagnostics=(mistake,), arguments=(text,))


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=40) | st.text("`|<>&%:#[]{}()@$!;\"'\n\r\\-end ", min_size=1))
@example(MISCHIEF)
def test_nothing_breaks_out(text: str) -> None:
    """Whatever names hold, each format has the form that it has with a harmless name."""
    report, tame, look = _hostile(text), _hostile("tame"), Look(texts={text: text, "tame": "x"})
    for format in FORMATS:
        shown = _render(format, report, look)
        assert all(c == "\n" or c.isprintable() for c in shown)
    jsonschema.validate(json.loads(_render("sarif", report, look)), SARIF)
    assert len(json.loads(_render("gitlab", report, look))) == 4
    assert [c[0] for c in _commands(_render("github", report, look))] == [
        c[0] for c in _commands(_render("github", tame, look))
    ]
    shapes = [
        [
            (e.tag, sorted(e.attrib))
            for e in ElementTree.fromstring(_render("junit", r, look)).iter()
        ]
        for r in (report, tame)
    ]
    assert shapes[0] == shapes[1]
    _same_markdown(_render("markdown", report, look), _render("markdown", tame, look))


def _same_markdown(text: str, tame: str) -> None:
    """The same blocks, without links, mentions or HTML that the tame text has not."""
    outside, inside = _outside(text), _outside(tame)
    for pattern in (
        "<[a-z/!]",
        "^#+ ",
        "^- ",
        r"(?<!\\)\|",
        r"(?<!\\)\[",
        "@",
        "://",
        r"(?<!&)#\d",
    ):
        found = (len(re.findall(pattern, _uncoded(t), re.M)) for t in (outside, inside))
        assert len(set(found)) == 1, pattern
    diagrams = [re.findall(r"```mermaid\n(.*?)```", t, re.S) for t in (text, tame)]
    form = [[re.sub(r"(: \d+\.| as|,a\d+:) .*", "", d) for d in found] for found in diagrams]
    assert form[0] == form[1]
    for drawn in diagrams[0]:
        assert not re.search(r"[<>;`%{}](?<!->>)", re.sub(r"#\d+;|->>", "", drawn))


def _outside(text: str) -> str:
    """The Markdown without its fenced blocks, which have to be as many as were opened."""
    kept, fence = [], ""
    for line in text.split("\n"):
        match = re.match("`{3,}", line)
        if fence:
            fence = "" if line == fence else fence
        elif match:
            fence = match[0]
        else:
            kept.append(line)
    assert not fence
    return "\n".join(kept)


def _uncoded(text: str) -> str:
    """The Markdown with its code, and the `<code>` of what cannot be written so, left out."""
    return re.sub("<code>.*?</code>|`[^`\n]*`", "CODE", text)


ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("code", "strict", "expected"),
    [(0, "true", 0), (1, "false", 1), (3, "true", 3), (3, "false", 0)],
)
def test_the_action_hands_on_the_exit_code(
    code: int, strict: str, expected: int, tmp_path: Path
) -> None:
    """The action's own script: paths and arguments arrive whole, nothing in them is a command,
    and the step ends with the exit code of `check`."""
    (step,) = [s for s in ACTION["runs"]["steps"] if s.get("id") == "check"]
    program, said = tmp_path / "check", tmp_path / "said"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{said}"\nexit {code}\n')
    program.chmod(0o755)
    output = tmp_path / "output"
    environment = {
        "PATH": os.environ["PATH"],
        "PROGRAM": str(program),
        "PATHS": 'a b.yaml\n$(touch "owned")\n',
        "ARGUMENTS": "--timeout\n2m",
        "SARIF": "x.sarif",
        "FAIL_ON_UNKNOWN": strict,
        "BASELINE": "known faults.json",
        "GITHUB_OUTPUT": str(output),
    }
    assert set(step["env"]) == set(environment) - {"PATH", "GITHUB_OUTPUT"}
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(script, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == expected
    assert output.read_text() == f"exit={code}\n"
    assert said.read_text().split("\n") == [
        *("--format", "github", "--output", "sarif=x.sarif"),
        *("--baseline", "known faults.json", "--timeout", "2m", "--"),
        *("a b.yaml", '$(touch "owned")', ""),
    ]
    assert not (tmp_path / "owned").exists()


def test_no_input_of_the_action_is_pasted_into_a_script() -> None:
    """Inputs reach scripts as variables only, and every one of them is used."""
    steps = ACTION["runs"]["steps"]
    assert not [step for step in steps if "${{" in step.get("run", "")]
    used = re.findall(r"inputs\.([a-z-]+)", json.dumps(steps))
    assert sorted(used) == sorted(ACTION["inputs"])


def test_the_hook_runs_check_once() -> None:
    """The pre-commit hook is the console script, with all files in one process."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["entry"], hook["language"], hook["require_serial"]) == ("check", "python", True)
