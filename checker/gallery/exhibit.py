"""A story with what the checker finds in its spec."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from checker.budget import Budget
from checker.gallery.story import Mistake, Story
from checker.report import Report
from checker.run import Options, run
from counterexamples.render.contract import Look
from counterexamples.render.findings import findings, is_violation, story
from counterexamples.render.html.violation import Violation, violations
from counterexamples.trace import document

#: How the specs are searched: by the engine whose answers depend on no clock.
ENGINE = "explicit"
#: Seconds to look for repairs. They are far more than it takes; what is not explained by then is a
#: mistake, as another machine might have the time.
EXPLAIN = 3600.0


@dataclass(frozen=True)
class Exhibit:
    """A story, its trace as a document, its report as text, and how the page shows it."""

    story: Story
    trace: dict[str, Any]
    report: str
    violation: Violation


def exhibit(told: Story) -> Exhibit:
    """What the checker finds. Raises Mistake if that is not the story's violation."""
    report = run((told.spec,), Options(engine=ENGINE, explain=EXPLAIN), Budget(), None)
    if report.diagnostics:
        raise Mistake(f"{told.spec}: {report.diagnostics[0].message}")
    alone = _alone(report, told)
    (finding,) = filter(is_violation, findings(alone))
    (violation,) = violations(alone, Look())
    return Exhibit(
        told, document(alone, alone.results[0], {}), story(alone, finding, Look()), violation
    )


def _alone(report: Report, told: Story) -> Report:
    """The report with nothing but the violation of a story, explained in full: the first one, where
    several workloads come to the same end."""
    violated = [
        result
        for result in report.results
        if result.claim.name == told.violated and result.verdict.outcome == "violated"
    ]
    if not violated or violated[0].counterexample is None:
        raise Mistake(f"{told.spec}: {told.violated} is not violated")
    diagnosis = violated[0].counterexample.diagnosis
    if diagnosis is None or not diagnosis.complete or diagnosis.undecided:
        raise Mistake(f"{told.spec}: there was not the time to explain {told.violated}")
    return replace(report, results=tuple(violated[:1]))
