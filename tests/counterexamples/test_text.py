"""What people read: golden transcripts, widths, colours, and texts that mean mischief.

After a wanted change, `UPDATE_GOLDEN=1 pytest tests/counterexamples` writes the transcripts anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.budget import Budget
from checker.engines.contract import Engine
from checker.report import Report, Result
from checker.run import check
from checker.verdict import Extent, Verdict
from counterexamples.render import RENDERERS, renderer
from counterexamples.render.contract import Look
from counterexamples.render.text import render
from model.api.source import Source
from model.load.diagnostics import Diagnostic
from model.suppression import Suppression
from tests.checker.fakes import Naive, instance, scenario

GOLDEN = Path(__file__).parents[1] / "golden"
WEB = "kind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n"
PLAIN = Look(texts={"web.yaml": WEB})


def _results(*names: str, engine: Engine | None = None) -> tuple[Result, ...]:
    instances = [instance(scenario(name)) for name in names]
    return check(instances, engine or Naive(), Budget())


def _report(results: Sequence[Result], **more: object) -> Report:
    report = Report(tuple(results), arguments=("web.yaml",), seconds=0.31)
    return replace(report, **more)  # type: ignore[arg-type]


def _outcomes() -> Report:
    """One result of every kind that has no counterexample."""
    first, second, third = _results("rollout")
    limits = ("at most 12 pods exist at once",)
    answers = [
        (first, Verdict("", "proved", "explicit", 0.04, 5024)),
        (second, Verdict("", "holds", "bmc", 3.2, extent=Extent(12, limits))),
        (third, Verdict("", "unknown", "explicit", 200.0, reason="out of time (200 s)")),
    ]
    return _report(
        [replace(r, verdict=v, counterexample=None) for r, v in answers],
        unchecked=("Service/default/web", "ConfigMap/default/a", "ConfigMap/default/b"),
    )


def _golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_violation_transcript() -> None:
    """A violation says what, how, and which line, and how to see it again."""
    results = [r for r in _results("apply", "rollout") if r.claim.name != "no-overcommit"]
    _golden("violation.txt", render(_report(results), PLAIN))


def test_passing_transcript() -> None:
    """A pass is short."""
    results = [r for r in _results("apply") if r.verdict.outcome == "proved"]
    text = render(_report(results), PLAIN)
    _golden("pass.txt", text)
    assert text.count("\n") < 12


def test_outcomes_transcript() -> None:
    """Bounds and reasons stand beside their verdicts."""
    _golden("outcomes.txt", render(_outcomes(), PLAIN))


def test_verbose_transcript() -> None:
    """Verbose output adds reasons, omissions, idle actions, and what was checked once."""
    _golden(
        "verbose.txt",
        render(
            _report(_results("apply", "rollout"), unchecked=("Service/default/web",)),
            replace(PLAIN, detail="verbose"),
        ),
    )


def test_quiet_transcript() -> None:
    """Quiet output keeps what went wrong, and the summary."""
    _golden("quiet.txt", render(_outcomes(), replace(PLAIN, detail="quiet")))


def test_who_never_acts_is_said_once() -> None:
    """One line for a block, where half of the actors have nothing to do in any of its scenarios;
    none where the engine did not look, or where each of them acts somewhere."""
    one, other = (_results(name)[1] for name in ("apply", "rollout"))
    still, creates = ("kubelet: start pod",), ("replicaset-controller: create pod",)

    def text(*idle: tuple[str, ...] | None) -> str:
        results = [
            replace(r, verdict=Verdict("", "proved", "explicit", 0.0, idle=i))
            for r, i in zip((one, other), idle, strict=True)
        ]
        return render(_report(results), PLAIN)

    assert text(still, still).count("never acts in any covered run: kubelet\n") == 1
    for idle in ((still, creates), ((), still), ((), ()), (None, None)):
        assert "never acts" not in text(*idle)


def test_reductions_are_verbose() -> None:
    """What was done to the system before the search is for those who ask."""
    result = replace(_results("apply")[1], counterexample=None)
    says = ("cone of influence: 12 of 20 functions",)
    results = [replace(result, verdict=replace(result.verdict, reductions=says))]
    look = replace(PLAIN, width=120)
    assert "cone of influence" not in render(_report(results), look)
    verbose = render(_report(results), replace(look, detail="verbose"))
    assert "reduced before the search: cone of influence: 12 of 20 functions\n" in verbose


def test_diagnostics_transcript() -> None:
    """Mistakes come before everything else; errors leave nothing else to say."""
    source = Source("web.yaml", 5, 3)
    found = Diagnostic("error", "P102", "unknown field `replcas`", source, "did you mean ...?", "x")
    text = render(_report((), diagnostics=(found,)), PLAIN)
    assert text.startswith("web.yaml:5:3: error[P102]: unknown field `replcas`\n")
    assert "Nothing was checked" not in text


def test_nothing_to_check_is_said() -> None:
    """A run without results does not look like a pass."""
    assert "Nothing was checked" in render(_report(()), PLAIN)


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120])
def test_width_is_respected(width: int) -> None:
    """No line is wider than asked, but for commands that are to be copied."""
    for report in (_report(_results("apply")), _outcomes()):
        for line in render(report, replace(PLAIN, width=width)).splitlines():
            assert len(line) <= width or "Reproduce: " in line


def test_colours_only_add_escape_sequences() -> None:
    """Without its colours the coloured text is the plain text."""
    report = _report(_results("apply"))
    colored = render(report, replace(PLAIN, color=True))
    assert "\x1b[1;31m" in colored
    assert re.sub("\x1b\\[[0-9;]*m", "", colored) == render(report, PLAIN)


def test_ascii_terminals_get_ascii() -> None:
    """A terminal that knows ASCII only can show every character."""
    assert render(_outcomes(), replace(PLAIN, unicode=False)).isascii()


def test_unreadable_sources_leave_the_excerpt_out() -> None:
    """A file that is gone costs the excerpt, not the report."""
    text = render(_report(_results("apply")), Look())
    assert "web.yaml:5  spec.replicas" in text
    assert "5 |" not in text


def _suppression(result: Result, text: str) -> Suppression:
    return Suppression(result.claim.name, text, "annotation", Source(text, 1))


HOSTILE = "\x1b[2J\x1b]0;owned\x07evil\nall proved\r\u202e\u2028\x9b1m\t"


@pytest.mark.parametrize("format", sorted(RENDERERS))
def test_hostile_names_cannot_break_out(format: str) -> None:
    """Escape sequences and line ends in names, excerpts, reasons and diagnostics stay inert."""
    tame = scenario("apply", workload="evil", file="evil")
    hostile = scenario(HOSTILE, workload=HOSTILE, file=HOSTILE)
    reports = []
    for of in (tame, hostile):
        mark = "evil" if of is tame else HOSTILE
        results = check([instance(replace(of, assumptions=(mark,)))], Naive(), Budget())
        unknown = Verdict("p", "unknown", "e", 0.0, reason=mark)
        place = Source(mark, 1)
        reports.append(
            _report(
                (
                    *results,
                    replace(results[1], verdict=unknown),
                    *(replace(r, suppressed=_suppression(r, mark)) for r in results[:1]),
                ),
                unchecked=(f"{mark}/a/b",),
                diagnostics=(Diagnostic("warning", "P102", mark, place, mark, mark),),
            )
        )
    look = Look(width=10_000, texts={"evil": "x\n" * 5, HOSTILE: f"\n\n\n\n  {HOSTILE}\n"})
    expected, text = (renderer(format)(report, look) for report in reports)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", text)
    # What holds the text in 80 columns wraps longer names; test_ci_formats looks at their form.
    if format not in ("junit", "markdown"):
        assert text.count("\n") == expected.count("\n")


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60), st.integers(20, 100))
def test_any_reason_keeps_the_form(reason: str, width: int) -> None:
    """Whatever a text holds, lines are printable and no wider than asked."""
    (result,) = [r for r in _results("apply") if r.claim.name == "no-overcommit"]
    unknown = Verdict("p", "unknown", "explicit", 0.0, reason=reason)
    open_ = replace(result, verdict=unknown)
    known = replace(result, suppressed=_suppression(result, reason))
    text = render(_report([open_, known]), replace(PLAIN, width=width))
    for line in text.split("\n"):
        assert line == "" or line.isprintable()
        assert len(line) <= width
