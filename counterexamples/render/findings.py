"""What a report says that somebody has to act on, for the formats of continuous integration.

Of violations of one property of one subject that come about in the same way in several scenarios,
and point at the same lines, the first is the finding and names the others. What is suppressed
needs no act: it is apart from the rest.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from counterexamples.excerpt import source_line
from counterexamples.explain import Place
from counterexamples.render.contract import Look
from counterexamples.render.diagnosis import MOST_REPAIRS, repairs
from counterexamples.render.example import put_command, put_example, put_heading
from counterexamples.render.paint import Canvas, safe
from counterexamples.render.verdicts import leaving_out, plural, suppressed_by, tally
from model.api.source import Source

if TYPE_CHECKING:
    from checker.report import Report, Result
    from model.load.diagnostics import Diagnostic
    from model.suppression import Suppression

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """A violation (`error`), a question without an answer (`warning`), one of them that is
    suppressed (`note`), two engines that contradict each other (`error`), or a diagnostic of the
    input. `rule` is a property's name or a code."""

    rule: str
    severity: Severity
    #: One sentence, fit to be shown.
    title: str
    #: What to look at first; None for what no file speaks of.
    source: Source | None
    #: Hexadecimal; the same as long as rule, file, subject and scenario are the same, whatever is
    #: edited around them; no two findings of a report have the same.
    fingerprint: str
    #: None for a diagnostic.
    result: Result | None = None
    #: Other scenarios with the same violation.
    likewise: tuple[str, ...] = ()
    diagnostic: Diagnostic | None = None

    @property
    def suppressed(self) -> Suppression | None:
        """Why it does not count; None if it does."""
        return self.result.suppressed if self.result else None


def findings(report: Report) -> list[Finding]:
    """Everything to act on: diagnostics first, then violations, then what has no answer."""
    return [found for found in _everything(report) if not found.suppressed]


def suppressed(report: Report) -> list[Finding]:
    """The violations, and then what has no answer, that the user accepts."""
    return [found for found in _everything(report) if found.suppressed]


def _everything(report: Report) -> Iterator[Finding]:
    # One count for both lists, so that no two of all findings have the same fingerprint.
    seen: dict[str, int] = {}
    for diagnostic in report.diagnostics:
        yield _diagnosed(diagnostic, seen)
    for result, likewise in _violations(report):
        yield _answered(result, likewise, seen)
    for result in report.results:
        if result.verdict.outcome == "unknown":
            yield _answered(result, (), seen)


def is_violation(finding: Finding) -> bool:
    """Whether it is a property that was shown not to hold."""
    return finding.result is not None and finding.result.verdict.outcome == "violated"


def _violations(report: Report) -> Iterator[tuple[Result, tuple[str, ...]]]:
    groups: dict[object, list[Result]] = {}
    for number, result in enumerate(report.results):
        if result.verdict.outcome != "violated":
            continue
        example = result.counterexample
        # Nothing is known about violations without a run that could make them the same.
        happens: object = number
        if example:
            happens = example.run, example.pointed, None if example.pointed else result.location
        same = (result.claim.name, result.subject, result.suppressed, happens)
        groups.setdefault(same, []).append(result)
    for first, *others in groups.values():
        names = dict.fromkeys(other.scenario for other in others)
        yield first, tuple(name for name in names if name != first.scenario)


def _answered(result: Result, likewise: tuple[str, ...], seen: dict[str, int]) -> Finding:
    verdict, name = result.verdict, result.claim.name
    place = result.location or result.instance.scenario.workload.source
    source = place if place.line >= 1 and place.file not in ("", "-") else None
    severity: Severity = "error" if verdict.outcome == "violated" or verdict.conflict else "warning"
    if result.severity == "warning" and not verdict.conflict:
        severity = "warning"
    severity = "note" if result.suppressed else severity
    if verdict.outcome == "violated":
        title = f"{name} is violated for {result.subject} in scenario {result.scenario}"
    else:
        reason = f": {verdict.reason}" if verdict.reason else ""
        title = f"{name} has no answer for {result.subject} in scenario {result.scenario}{reason}"
    if result.suppressed is not None:
        title += f"; {suppressed_by(result.suppressed)}"
    file = source.file if source else ""
    mark = fingerprint(seen, name, verdict.outcome, file, result.subject, result.scenario)
    return Finding(name, severity, safe(title), source, mark, result, likewise)


def _diagnosed(found: Diagnostic, seen: dict[str, int]) -> Finding:
    title = safe(found.message + (f" ({found.hint})" if found.hint else ""))
    mark = fingerprint(seen, found.code, found.source.file, found.message)
    # An option of the command line has no lines.
    somewhere = not found.source.file.startswith("--") and found.source.file != "-"
    source = found.source if somewhere else None
    return Finding(found.code, found.severity, title, source, mark, diagnostic=found)


def fingerprint(seen: dict[str, int], *words: str) -> str:
    """A hash of some words, and of how often `seen` has had them before."""
    from hashlib import sha256

    text = "\0".join(words)
    seen[text] = seen.get(text, 0) + 1
    return sha256(f"{text}\0{seen[text]}".encode("utf-8", "surrogatepass")).hexdigest()[:40]


def relative(file: str) -> str:
    """The file's name as from the working folder, with slashes; the name itself where it is not
    below that folder. It may hold anything."""
    if os.path.isabs(file):
        below = os.path.relpath(file)
        return file if below.startswith("..") else below.replace(os.sep, "/")
    return os.path.normpath(file).replace(os.sep, "/")


def story(report: Report, finding: Finding, look: Look) -> str:
    """A violation in plain text, as the text format tells it in 80 columns, without colour."""
    result = finding.result
    assert result is not None
    canvas = Canvas(Look(texts=look.texts))
    put_heading(canvas, result, finding.likewise)
    if result.counterexample is not None:
        scenario = result.scenario if finding.likewise else ""
        put_example(canvas, result.counterexample, Look(texts=look.texts), scenario)
    put_command(canvas, report.reproduce(result))
    return canvas.text()


def fixes(finding: Finding, most: int = MOST_REPAIRS) -> list[str]:
    """The first repairs of a violation as sentences, which name the scenario that was asked about
    where the finding is about others as well."""
    result = finding.result
    example = result.counterexample if result else None
    if result is None or example is None:
        return []
    within = f" in scenario {result.scenario}" if finding.likewise else ""
    return [safe(f"Fix{within}: {each}") for each in repairs(example.diagnosis, most)]


def excerpt(place: Place, look: Look) -> str | None:
    """The line of a manifest that a place is on, with nothing in it that could end it."""
    line = source_line(place.source, look.texts)
    return None if line is None else safe(line.replace("\t", " "))


def summary(report: Report) -> str:
    """What came out, in one line."""
    told = tally(report)
    mistakes = sum(found.severity == "error" for found in report.diagnostics)
    told += [f"{plural(mistakes, 'mistake')} in the input"] if mistakes else []
    told += ["interrupted"] if report.interrupted else []
    told += filter(None, [leaving_out(result.verdict for result in report.results)])
    listed = ", ".join(told) or "nothing was checked"
    return f"{plural(len(report.results), 'check')}: {listed} (exit code {report.exit})"
