"""The formats of continuous integration: they say what the exit code says, on the right line, and
nothing from a manifest can break out of them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checker.output import Output, write
from checker.report import Report
from counterexamples.render.contract import Look
from counterexamples.render.findings import findings, suppressed
from counterexamples.render.github import LONGEST, MOST
from counterexamples.render.markdown import COMMENT, document
from model.api.source import Source
from model.load.diagnostics import Diagnostic
from tests.checker.fakes import instance, scenario
from tests.counterexamples.reports import (
    ACCEPTED,
    BROKEN,
    CLEAN,
    LOOK,
    OPEN,
    REPORTS,
    WEB,
    WRONG,
    accept,
    checked,
    commands_of,
    render,
    report_of,
    unanswered,
)
from tests.counterexamples.sarif import SARIF
from tests.counterexamples.test_html import with_facts

FORMATS = ("junit", "sarif", "github", "gitlab", "markdown")


@pytest.mark.parametrize("name", REPORTS)
def test_junit_is_green_exactly_when_the_exit_code_is_0(name: str) -> None:
    """Violations are failures with their text; what has no answer, and mistakes, are errors."""
    report = REPORTS[name]
    root = ElementTree.fromstring(render("junit", report))
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
    interrupted = render("junit", replace(CLEAN, interrupted=True))
    assert ElementTree.fromstring(interrupted).get("errors") == "1"


def test_gitlab_has_what_gitlab_demands() -> None:
    """Description, check, fingerprint, severity, path and line of each finding; none when clean."""
    assert json.loads(render("gitlab", CLEAN)) == []
    found = json.loads(render("gitlab", BROKEN))
    assert [(f["check_name"], f["severity"]) for f in found] == [
        ("surge-bounded", "critical"),
        ("replicas-converge", "major"),
    ]
    for one in found:
        assert one["location"] == {"path": "web.yaml", "lines": {"begin": 5}}
        assert re.fullmatch("[0-9a-f]{40}", one["fingerprint"])
        assert one["description"].startswith(one["check_name"])
    (unknown,) = json.loads(render("gitlab", OPEN))
    (mistake,) = json.loads(render("gitlab", WRONG))
    assert (unknown["severity"], mistake["severity"]) == ("info", "blocker")
    assert mistake["location"] == {"path": "a b.yaml", "lines": {"begin": 7}}


SAID = "suppressed by web.yaml:3: see issue 12 (until 2031-01-02)"


def test_what_is_suppressed_is_said_and_does_not_count() -> None:
    """Every format says that it is suppressed, why and where, or leaves it out; none treats it as
    something to act on."""
    assert ACCEPTED.exit == 0
    assert findings(ACCEPTED) == []
    assert [found.severity for found in suppressed(ACCEPTED)] == ["note", "note"]
    assert json.loads(render("gitlab", ACCEPTED)) == []
    ((command, _, text),) = commands_of(render("github", ACCEPTED))
    assert (command, text) == ("notice", "3 checks: 1 proved, 2 suppressed (exit code 0)")
    first, last = ElementTree.fromstring(render("junit", ACCEPTED)).findall(".//skipped")
    assert first.get("message") == f"violated, {SAID}"
    assert last.get("message") == f"unknown, {SAID}"
    comment = render("markdown", ACCEPTED)
    assert "✅ **3 checks: 1 proved, 2 suppressed" in comment
    listed = comment.partition("### Suppressed\n\n")[2].split("\n\n")[0].split("\n")
    assert [row.startswith("- `") for row in listed] == [True, True]
    assert all("see issue 12 (until 2031-01-02)" in row for row in listed)
    assert "### surge-bounded is violated" not in comment


def test_github_commands() -> None:
    """Every line is a command: errors with place and story, then the summary."""
    first, second, last = commands_of(render("github", BROKEN))
    assert first[0] == second[0] == "error"
    assert first[1] == {"file": "web.yaml", "line": "5", "col": "3", "title": "surge-bounded"}
    assert "\n1. replicaset-controller: creates pod web-" in first[2]
    assert "\nReproduce: check --scenario apply" in first[2]
    assert last[:2] == ("notice", {"title": "planecheck"})
    assert last[2] == "3 checks: 1 proved, 2 violated (exit code 1)"
    assert [c[0] for c in commands_of(render("github", OPEN))] == ["warning", "notice"]
    assert [c[0] for c in commands_of(render("github", WRONG))] == ["error", "notice"]
    assert [c[0] for c in commands_of(render("github", CLEAN))] == ["notice"]


def test_github_stays_within_the_limits_of_a_step() -> None:
    """The tenth error says how many follow; no message is longer than what is shown."""
    results = [r for n in range(8) for r in checked("apply", file=f"{n}.yaml")]
    commands = list(commands_of(render("github", report_of(*results))))
    assert [c[0] for c in commands] == ["error"] * 17 + ["notice"]
    assert "7 more" in commands[MOST - 1][2]
    result = results[0]
    assert result.counterexample is not None
    long = replace(result, counterexample=replace(result.counterexample, remarks=("x" * 9000,)))
    (command, _) = commands_of(render("github", report_of(long)))
    assert len(command[2]) <= LONGEST
    assert "Reproduce: " in command[2]


def test_markdown_tells_it_with_a_diagram() -> None:
    """Summary, sentence, diagram, and the text as the terminal has it."""
    text = render("markdown", BROKEN)
    assert "❌ **3 checks: 1 proved, 2 violated (exit code 1)**" in text
    assert "### surge-bounded is violated" in text
    assert "`Deployment/default/web`, scenario `apply` at `web.yaml:5`" in text
    assert text.count("```mermaid\nsequenceDiagram\n  participant a0 as ") == 2
    assert "  Note over a0,a0: Then nothing more happens#58;" in text
    assert "5 |   replicas: 2" in text
    assert "❌" not in render("markdown", CLEAN)


def test_markdown_stays_within_its_limit() -> None:
    """What does not fit is left out as a whole, and counted."""
    report = report_of(*(r for n in range(60) for r in checked("apply", file=f"{n}.yaml")))
    comment = render("markdown", report)
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
    (first, second, third) = checked("apply")
    of = replace(scenario(text, workload="web", file=text), assumptions=(text,))
    scheme = instance(of)
    found = []
    for result in (first, second, third):
        counter = with_facts(result, text).counterexample
        if counter is not None:
            moves = tuple(replace(m, actor=text, text=text, why=text) for m in counter.moves)
            places = tuple(p._replace(path=text, source=Source(text, 1)) for p in counter.places)
            counter = replace(counter, moves=moves, remarks=(text,), places=places)
        claim = replace(result.claim, text=text)
        found.append(replace(result, instance=scheme, claim=claim, counterexample=counter))
    mistake = Diagnostic("warning", "P102", text, Source(text, 1), text, text)
    accepted = [
        accept(r, text, source=Source(text, 1))
        for r in (found[0], unanswered(found[1], text), replace(found[0], counterexample=None))
    ]
    unknown = unanswered(found[1], text)
    return report_of(*found, unknown, *accepted, diagnostics=(mistake,), arguments=(text,))


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=40) | st.text("`|<>&%:#[]{}()@$!;\"'\n\r\\-end ", min_size=1))
@example(MISCHIEF)
def test_nothing_breaks_out(text: str) -> None:
    """Whatever names hold, each format has the form that it has with a harmless name."""
    report, tame, look = _hostile(text), _hostile("tame"), Look(texts={text: text, "tame": "x"})
    for format in FORMATS:
        shown = render(format, report, look)
        assert all(c == "\n" or c.isprintable() for c in shown)
    jsonschema.validate(json.loads(render("sarif", report, look)), SARIF)
    assert len(json.loads(render("gitlab", report, look))) == 4
    assert [c[0] for c in commands_of(render("github", report, look))] == [
        c[0] for c in commands_of(render("github", tame, look))
    ]
    shapes = [
        [(e.tag, sorted(e.attrib)) for e in ElementTree.fromstring(render("junit", r, look)).iter()]
        for r in (report, tame)
    ]
    assert shapes[0] == shapes[1]
    _same_markdown(render("markdown", report, look), render("markdown", tame, look))


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
