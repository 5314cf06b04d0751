"""What a report asks to be done: each thing once, with a fingerprint that lasts."""

from __future__ import annotations

from dataclasses import replace

from checker.budget import Budget
from checker.report import Result
from checker.run import check
from counterexamples.render.findings import findings, suppressed
from model.api.source import Source
from tests.checker.fakes import Naive, instance
from tests.counterexamples.reports import accept, checked, report_of, unanswered
from tests.counterexamples.sarif import sarif_of


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
        return [found.fingerprint for found in findings(report_of(*results))]

    first = next(r for r in checked("apply") if r.verdict.outcome == "violated")
    assert findings(report_of(moved(first, 9)))[0].source == Source("web.yaml", 14, 3)
    assert marks(first) == marks(moved(first, 9))
    assert marks(first) == [
        r["partialFingerprints"]["primaryLocationLineHash"].removesuffix(":1")
        for r in sarif_of(report_of(first))["results"]
    ]
    others = [
        *checked("rollout"),
        *checked("apply", workload="api"),
        *checked("apply", file="b.yaml"),
    ]
    several = marks(first, *(r for r in others if r.verdict.outcome == "violated"))
    assert len(set(several)) == len(several) > 4
    twice = marks(unanswered(first), unanswered(first))
    assert len(set(twice)) == 2


def test_equal_runs_are_one_finding() -> None:
    """The same run in another scenario is named, not counted again; with another line to look at
    it is a finding of its own."""
    same = findings(report_of(*checked("apply", "rollout")))
    assert [found.likewise for found in same] == [("rollout",)] * 2
    other = (*checked("apply"), *checked("rollout", file="b.yaml"))
    assert [found.likewise for found in findings(report_of(*other))] == [()] * 4


def test_suppressed_and_other_violations_are_apart() -> None:
    """The same run in two scenarios, suppressed in one of them, is a finding for the other alone;
    fingerprints are those of the run without suppression."""
    one, other = (checked(name)[0] for name in ("apply", "rollout"))
    report = report_of(accept(one), other)
    assert [(f.result, f.likewise) for f in findings(report)] == [(other, ())]
    assert [f.likewise for f in suppressed(report)] == [()]
    marks = [f.fingerprint for f in (*suppressed(report), *findings(report))]
    assert marks == [f.fingerprint for r in (one, other) for f in findings(report_of(r))]
