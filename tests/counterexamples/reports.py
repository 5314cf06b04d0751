"""Reports of every kind, for the tests of formats of continuous integration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from checker.budget import Budget
from checker.report import Report, Result
from checker.run import check
from checker.verdict import Verdict
from counterexamples.render import renderer
from counterexamples.render.contract import Look
from model.api.source import Source
from model.load.diagnostics import Diagnostic
from model.suppression import Suppression
from tests.checker.fakes import Naive, instance, scenario

WEB = "kind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n"
LOOK = Look(texts={"web.yaml": WEB})


def checked(*names: str, **more: str) -> tuple[Result, ...]:
    return check([instance(scenario(name, **more)) for name in names], Naive(), Budget())


def unanswered(result: Result, reason: str = "out of time") -> Result:
    verdict = Verdict(result.claim.name, "unknown", "explicit", 1.0, reason=reason)
    return replace(result, verdict=verdict, counterexample=None)


def report_of(*results: Result, **more: Any) -> Report:
    return replace(Report(results, arguments=("web.yaml",), seconds=0.31), **more)


def accept(result: Result, reason: str = "see issue 12", **more: Any) -> Result:
    """The result, suppressed by line 3 of its file."""
    kept = Suppression(
        result.claim.name, reason, "annotation", Source("web.yaml", 3), until=date(2031, 1, 2)
    )
    return replace(result, suppressed=replace(kept, **more))


CLEAN = report_of(*(r for r in checked("apply") if r.verdict.outcome == "proved"))
BROKEN = report_of(*checked("apply"))
OPEN = report_of(*CLEAN.results, unanswered(CLEAN.results[0]))
WRONG = report_of(
    diagnostics=(Diagnostic("error", "P102", "unknown field", Source("a b.yaml", 7, 3), "use x"),)
)
ACCEPTED = report_of(
    *map(accept, BROKEN.results[:1]),
    *CLEAN.results,
    accept(unanswered(CLEAN.results[0]), origin="baseline", verdict="unknown"),
)
REPORTS = {"clean": CLEAN, "broken": BROKEN, "open": OPEN, "wrong": WRONG, "accepted": ACCEPTED}


def render(format: str, report: Report, look: Look = LOOK) -> str:
    return renderer(format)(report, look)


def commands_of(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
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
