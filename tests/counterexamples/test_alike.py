"""Reports about many workloads: what is well is one line each, what is alike is told once."""

from __future__ import annotations

import re

import pytest

from checker.budget import Budget
from checker.report import Report, Result
from checker.run import check
from counterexamples.render import renderer
from counterexamples.render.contract import Look
from counterexamples.render.text import render
from tests.checker.fakes import Naive, instance, scenario

NAMES = tuple(f"web{number}" for number in range(20))
LOOK = Look(width=200)


def _report(name: str, *workloads: str) -> Report:
    instances = [instance(scenario(name, workload)) for workload in workloads]
    return Report(check(instances, Naive(), Budget()), arguments=("web.yaml",), seconds=0.3)


def _well(report: Report) -> Report:
    return Report(tuple(r for r in report.results if r.verdict.outcome == "proved"))


def test_what_is_well_is_one_line_each() -> None:
    lines = render(_well(_report("apply", *NAMES)), LOOK).splitlines()
    ticks = [line for line in lines if line.startswith("✓")]
    assert len(ticks) == len(NAMES)
    assert all(re.search(r": \d+ proved", line) for line in ticks)


def test_verbose_has_every_property() -> None:
    report = _well(_report("apply", *NAMES))
    text = render(report, Look(width=200, detail="verbose"))
    assert all(text.count(r.claim.name) >= len(NAMES) for r in report.results)


def test_alike_violations_are_told_once_with_who_has_them() -> None:
    """All of them are named or counted, and the report hardly grows with their number."""
    one, many = (render(_report("rollout", *names), LOOK) for names in (NAMES[:1], NAMES))
    assert many.count(" is violated.") == one.count(" is violated.")
    joined = " ".join(many.split())
    (said, *_) = re.findall(r"Violated in the same way: [^✗]*? more\.", joined)
    assert "Deployment/default/web1" in said
    assert said.endswith("and 11 more.")
    grows = many.count("\n") - one.count("\n")
    assert grows < 2 * len(NAMES)


def test_other_violations_are_told_apart() -> None:
    """Results are alike only where the system is the same."""
    found = _report("rollout", "web", "api")
    apart = [_alone(result) for result in found.results]
    text = render(Report(tuple(apart), arguments=("web.yaml",)), LOOK)
    assert "Violated in the same way" not in text


def _alone(result: Result) -> Result:
    from dataclasses import replace

    return replace(result, shared=None)


@pytest.mark.parametrize("name", ["html", "markdown", "sarif", "junit", "json"])
def test_every_format_has_all_subjects(name: str) -> None:
    """Machines get each of them; the page tells one and names the others."""
    text = renderer(name)(_report("rollout", *NAMES[:4]), Look())
    assert all(f"Deployment/default/{workload}" in text for workload in NAMES[:4])


def test_the_page_has_violations_first() -> None:
    text = renderer("html")(_report("rollout", "web"), Look())
    assert text.index('class="violation"') < text.index('id="verdicts"')
