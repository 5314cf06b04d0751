"""SARIF is valid, points at the right lines, and stays small."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checker.report import Report
from counterexamples.explain import Place
from counterexamples.render.findings import findings
from model.api.source import Source
from tests.counterexamples.reports import BROKEN, REPORTS, accept, checked, render, report_of
from tests.counterexamples.sarif import sarif_of
from tests.counterexamples.test_html import walk


@pytest.mark.parametrize("name", REPORTS)
def test_sarif_is_valid_and_counts_violations(name: str) -> None:
    """One result for each violation, none for a clean run; what else there is to say is in the
    invocation, which says whether the run succeeded."""
    report = REPORTS[name]
    run = sarif_of(report)
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
    run = sarif_of(BROKEN)
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
        assert set(steps[0]["state"]) == {str(change.label) for change in moves[0].changes}


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
        (first, *_) = sarif_of(report_of(*checked("apply", file=file)))["results"]
        assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize(
    ("origin", "kind"), [("spec", "inSource"), ("annotation", "inSource"), ("baseline", "external")]
)
def test_sarif_says_where_a_suppression_is(origin: str, kind: str) -> None:
    """A suppressed violation stays a result, with the reason and its place."""
    run = sarif_of(report_of(*(accept(r, origin=origin) for r in BROKEN.results[:1])))
    (suppression,) = run["results"][0]["suppressions"]
    assert (suppression["kind"], suppression["status"]) == (kind, "accepted")
    assert suppression["justification"] == "see issue 12"
    place = suppression["location"]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "web.yaml"
    assert place["region"]["startLine"] == 3


def test_fifty_long_violations_fit_into_a_megabyte() -> None:
    """A folder with many violations stays below what code scanning accepts, even if each takes 50
    steps in a cluster of 10 nodes."""
    (result,) = walk(50, 10).results
    example = result.counterexample
    assert example is not None
    found = [
        replace(result, counterexample=replace(example, places=(Place("spec", place),)))
        for place in (Source(f"k8s/{number}.yaml", 5, 3) for number in range(50))
    ]
    report = Report(tuple(found))
    assert len(sarif_of(report)["results"]) == 50
    assert len(render("sarif", report).encode()) < 1_000_000
