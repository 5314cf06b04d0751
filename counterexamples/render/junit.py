"""JUnit XML, as Jenkins, GitLab and others read it: a suite for each subject and scenario, a test
case for each property.

A violation is a failure, with the text of its counterexample. A property without an answer is an
error, not skipped: the run ends with exit code 3, and a report of skipped tests would be green.
What is suppressed is skipped, and so is what users claim with the severity of a warning.
Mistakes in the input are errors of the suite `input`; so is a run that was interrupted, or found
nothing to check where that does not pass. What is proved, or
holds up to its bound, passes; the bound is in the test case's output.

Follows the schema of Jenkins' xunit plugin (jenkinsci/xunit-plugin, `junit-10.xsd`).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from counterexamples.render.contract import Look
from counterexamples.render.findings import Finding, findings, relative, story
from counterexamples.render.paint import safe
from counterexamples.render.verdicts import TOLD_ONLY, answer, leaving_out, suppressed_by

if TYPE_CHECKING:
    from checker.report import Report, Result


def render(report: Report, look: Look) -> str:
    """See `contract.Renderer`."""
    root = Element("testsuites", name="planecheck", time=f"{report.seconds:.3f}")
    stories = {
        id(found.result): story(report, found, look)
        for found in findings(report)
        if found.result is not None and found.result.verdict.outcome == "violated"
    }
    _put_input(root, report)
    for _, own in groupby(report.results, key=lambda result: id(result.instance)):
        _put_suite(root, list(own), report, stories)
    for kind in ("tests", "failures", "errors"):
        root.set(kind, str(sum(int(suite.get(kind, "0")) for suite in root)))
    indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _put_input(root: Element, report: Report) -> None:
    found = [f for f in findings(report) if f.diagnostic is not None]
    undecided = {}
    if report.interrupted:
        undecided["interrupted"] = "the answers are partial"
    elif not report.results and report.exit == 3:
        undecided["empty"] = "nothing was checked"
    if not found and not undecided:
        return
    suite = SubElement(root, "testsuite", name="input")
    for finding in found:
        _put_diagnostic(suite, finding)
    for kind, message in undecided.items():
        case = SubElement(suite, "testcase", name="whole run", classname="input", time="0")
        SubElement(case, "error", type=kind, message=message)
    _count(suite)


def _put_diagnostic(suite: Element, finding: Finding) -> None:
    place = ""
    if finding.source:
        place = f"{safe(relative(finding.source.file))}:{finding.source.line}: "
    text = f"{place}{finding.title}"
    case = SubElement(suite, "testcase", name=f"{finding.rule} {text}", classname="input", time="0")
    if finding.severity == "error":
        SubElement(case, "error", type=finding.rule, message=finding.title).text = text
    else:
        SubElement(case, "system-out").text = f"{finding.severity}: {text}"


def _put_suite(
    root: Element, results: list[Result], report: Report, stories: dict[int, str]
) -> None:
    name = safe(f"{results[0].subject} {results[0].scenario}")
    suite = SubElement(root, "testsuite", name=name)
    for result in results:
        verdict = result.verdict
        case = SubElement(
            suite,
            "testcase",
            name=safe(result.claim.name),
            # A dot would begin a package in most viewers.
            classname=name.replace(".", "_"),
            time=f"{0.0 if result.shared else verdict.seconds:.3f}",
        )
        if result.suppressed is not None:
            message = f"{verdict.outcome}, {suppressed_by(result.suppressed)}"
            SubElement(case, "skipped", message=safe(message))
        elif verdict.outcome in ("violated", "unknown") and result.severity == "warning":
            SubElement(case, "skipped", message=safe(f"{answer(verdict)}, {TOLD_ONLY}"))
        elif verdict.outcome == "violated":
            told = stories.get(id(result))
            if told is None:
                told = f"It comes about as in another scenario.\n{report.reproduce(result)}"
            claim = safe(result.claim.text) or "violated"
            SubElement(case, "failure", type="violated", message=claim).text = "\n" + safe_lines(
                told
            )
        elif verdict.outcome == "unknown":
            kind = "contradiction" if verdict.conflict else "unknown"
            SubElement(case, "error", type=kind, message=safe(verdict.reason) or kind)
        elif verdict.outcome == "holds":
            extent = verdict.extent
            bounds = list(extent.limits) if extent else []
            if extent and extent.depth is not None:
                bounds.insert(0, f"runs of up to {extent.depth} steps")
            bounds += filter(None, (verdict.reason, leaving_out((verdict,))))
            SubElement(case, "system-out").text = safe(f"holds: {'; '.join(bounds)}")
        elif verdict.omitted:
            SubElement(case, "system-out").text = safe(answer(verdict))
    _count(suite)


def safe_lines(text: str) -> str:
    """The text with its line ends and nothing else that XML 1.0 forbids."""
    return "\n".join(map(safe, text.split("\n")))


def _count(suite: Element) -> None:
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in suite):.3f}")
