"""The report as one HTML file that needs nothing else: no network, no fonts, no other file.

Without JavaScript the page is the report as text, every step in a list. With it, each violation
gets a sequence diagram and a slider through its states. Texts from manifests are escaped.

Equal runs give equal bytes but for the times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterexamples.render.contract import Look
from counterexamples.render.html.page import page, text
from counterexamples.render.html.violation import Violation, violations
from counterexamples.render.verdicts import duration, leaving_out, plural, suppressed_by
from model import KUBERNETES

if TYPE_CHECKING:
    from checker.report import Report, Result
    from model.load.diagnostics import Diagnostic

_COLUMNS = ("Verdict", "Property", "Subject", "Scenario", "How")
_MARKS = {"proved": "✓", "holds": "✓", "violated": "✗", "unknown": "?"}


def render(report: Report, look: Look) -> str:
    """See `contract.Renderer`."""
    from checker import TOOL

    found = violations(report, look)
    parts = (
        _diagnostics(report),
        *(violation.markup() for violation in found),
        _verdicts(report, found),
        _basis(report),
    )
    note = f"{TOOL}, models Kubernetes {KUBERNETES}; exit code {report.exit}"
    return page(_summary(report), note, [part for part in parts if part], found)


def _summary(report: Report) -> str:
    if any(found.severity == "error" for found in report.diagnostics):
        return "The input is wrong"
    if not report.results:
        return "Nothing was checked"
    counts, outcomes = report.counts, ("violated", "unknown", "holds", "proved", "suppressed")
    listed = ", ".join(f"{counts[o]} {o}" for o in outcomes if counts[o])
    return f"{plural(len(report.results), 'check')}: {listed}"


def _diagnostics(report: Report) -> str:
    if not report.diagnostics:
        return ""
    rows = [
        f"<li><b>{text(d.severity)} {text(d.code)}</b> {_place(d)}{text(d.message)}"
        + (f" <i>{text(d.hint)}</i>" if d.hint else "")
        + (f"<pre><code>{text(d.excerpt)}</code></pre>" if d.excerpt else "")
        + "</li>"
        for d in report.diagnostics
    ]
    heading = '<h2 id="input">Input</h2>'
    return f'<section aria-labelledby="input">{heading}<ul>{"".join(rows)}</ul></section>'


def _place(found: Diagnostic) -> str:
    if found.source.file == "-":
        return ""
    place = f"{found.source.file}:{found.source.line}:{found.source.column}"
    return f'<span class="place">{text(place)}</span> '


def _verdicts(report: Report, found: list[Violation]) -> str:
    anchors = {id(result): violation.anchor for violation in found for result in violation.results}
    rows = [_row(result, anchors.get(id(result))) for result in report.results]
    stopped = "<p>Interrupted: these answers are partial.</p>" if report.interrupted else ""
    titles = "".join(f'<th scope="col">{title}</th>' for title in _COLUMNS)
    table = (
        '<div class="wide" tabindex="0" role="region" aria-label="Table of verdicts">'
        '<table class="verdicts">'
        f"<thead><tr>{titles}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
    return (
        '<section aria-labelledby="verdicts"><h2 id="verdicts">Verdicts</h2>'
        f"{stopped}{table if rows else '<p>There are none.</p>'}</section>"
    )


def _row(result: Result, anchor: str | None) -> str:
    verdict, accepted = result.verdict, result.suppressed
    name = text(result.claim.name)
    if anchor:
        name = f'<a href="#{anchor}">{name}</a>'
    limits = []
    if verdict.outcome in ("holds", "unknown") and verdict.extent is not None:
        depth = verdict.extent.depth
        limits += [f"up to {plural(depth, 'step')}"] if depth is not None else []
        limits += verdict.extent.limits
    said = "; ".join(filter(None, (verdict.reason, *limits, leaving_out((verdict,)))))
    how = f"{verdict.engine}, {duration(verdict.seconds)}"
    if result.shared is not None:
        how = f"as {result.shared.subject}, {result.shared.scenario.name}"
    cells = (
        f'<td class="{verdict.outcome}"><b>{_MARKS[verdict.outcome]} {verdict.outcome}</b>'
        + (f" <small>{text(said)}</small>" if said else "")
        + (f" <small>{text(suppressed_by(accepted))}</small>" if accepted else "")
        + "</td>",
        f'<th scope="row">{name}<small> {text(result.claim.text)}</small></th>',
        f"<td>{text(result.subject)}</td><td>{text(result.scenario)}</td><td>{text(how)}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"


def _basis(report: Report) -> str:
    lists = {
        "Checked together": list(report.together),
        "Assumed": [a for r in report.results for a in r.assumptions],
        "Left out of the model": [o for r in report.results for o in r.omissions],
        "Not checked yet": list(report.unchecked),
    }
    parts = [
        f"<details><summary>{title} ({len(sentences)})</summary><ul>"
        + "".join(f"<li>{text(sentence)}</li>" for sentence in sentences)
        + "</ul></details>"
        for title, listed in lists.items()
        if (sentences := list(dict.fromkeys(listed)))
    ]
    if not parts:
        return ""
    heading = '<h2 id="basis">What the verdicts rest on</h2>'
    return f'<section aria-labelledby="basis">{heading}{"".join(parts)}</section>'
