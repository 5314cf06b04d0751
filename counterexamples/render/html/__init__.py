"""The report as one HTML file that needs nothing else: no network, no fonts, no other file.

Without JavaScript the page is the report as text, every step in a list. With it, each violation
gets a sequence diagram and a slider through its states. The page's policy allows only the style
and the script that are in it, by their hashes. Texts from manifests are escaped in the markup; the
data for the script is JSON in which no markup can begin, and the script only sets text.

Equal runs give equal bytes but for the times.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from counterexamples.render.contract import Look
from counterexamples.render.html.violation import Violation, violations
from counterexamples.render.paint import safe
from counterexamples.render.verdicts import duration, plural, suppressed_by
from model import KUBERNETES

if TYPE_CHECKING:
    from checker.report import Report, Result

_COLUMNS = ("Verdict", "Property", "Subject", "Scenario", "How")
_MARKS = {"proved": "✓", "holds": "✓", "violated": "✗", "unknown": "?"}


def render(report: Report, look: Look) -> str:
    """See `contract.Renderer`."""
    from checker import TOOL

    found = violations(report, look)
    told = f"{TOOL}, models Kubernetes {KUBERNETES}; exit code {report.exit}"
    parts = (
        _diagnostics(report),
        _verdicts(report, found),
        *(violation.markup() for violation in found),
        _basis(report),
    )
    return page(_summary(report), told, ("Skip to the verdicts", "verdicts"), parts, found)


def page(
    title: str, told: str, skip: tuple[str, str], parts: Sequence[str], found: Sequence[Violation]
) -> str:
    """A whole page: a title and a line below it, which are text, and then markup, in which `found`
    are the violations. `skip` is the text of a link to the element of an id."""
    style, script = _asset("page.css"), _asset("page.js")
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{_text(title)} · planecheck</title>",
        f"<style>{style}</style></head><body>",
        f'<a class="skip" href="#{skip[1]}">{_text(skip[0])}</a>',
        f"<header><h1>{_text(title)}</h1>",
        f"<p>{_text(told)}</p></header><main>",
        *parts,
        "</main>",
        f'<script type="application/json" id="data">{_data([v.data() for v in found])}</script>',
        f"<script>{script}</script></body></html>",
    ]
    return "\n".join(lines) + "\n"


def _asset(name: str) -> str:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    assert "</s" not in text.lower(), "an asset would end its own element"
    return text


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data(document: Any) -> str:
    """JSON that ends no element and starts no comment, wherever it stands in a page."""
    plain = json.dumps(document, separators=(",", ":"))
    return plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _text(text: str) -> str:
    return escape(safe(text))


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
        f'<li><b>{_text(d.severity)} {_text(d.code)}</b> <span class="place">'
        f"{_text(d.source.file)}:{d.source.line}:{d.source.column}</span> {_text(d.message)}"
        + (f" <i>{_text(d.hint)}</i>" if d.hint else "")
        + (f"<pre><code>{_text(d.excerpt)}</code></pre>" if d.excerpt else "")
        + "</li>"
        for d in report.diagnostics
    ]
    heading = '<h2 id="input">Input</h2>'
    return f'<section aria-labelledby="input">{heading}<ul>{"".join(rows)}</ul></section>'


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
    name = _text(result.claim.name)
    if anchor:
        name = f'<a href="#{anchor}">{name}</a>'
    limits = []
    if verdict.outcome in ("holds", "unknown") and verdict.extent is not None:
        depth = verdict.extent.depth
        limits += [f"up to {plural(depth, 'step')}"] if depth is not None else []
        limits += verdict.extent.limits
    said = "; ".join(filter(None, (verdict.reason, *limits)))
    how = f"{verdict.engine}, {duration(verdict.seconds)}"
    if result.shared is not None:
        how = f"as {result.shared.subject}, {result.shared.scenario.name}"
    cells = (
        f'<td class="{verdict.outcome}"><b>{_MARKS[verdict.outcome]} {verdict.outcome}</b>'
        + (f" <small>{_text(said)}</small>" if said else "")
        + (f" <small>{_text(suppressed_by(accepted))}</small>" if accepted else "")
        + "</td>",
        f'<th scope="row">{name}<small> {_text(result.claim.text)}</small></th>',
        f"<td>{_text(result.subject)}</td><td>{_text(result.scenario)}</td><td>{_text(how)}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"


def _basis(report: Report) -> str:
    lists = {
        "Assumed": [a for r in report.results for a in r.assumptions],
        "Left out of the model": [o for r in report.results for o in r.omissions],
        "Not checked yet": list(report.unchecked),
    }
    parts = [
        f"<details><summary>{title} ({len(sentences)})</summary><ul>"
        + "".join(f"<li>{_text(sentence)}</li>" for sentence in sentences)
        + "</ul></details>"
        for title, listed in lists.items()
        if (sentences := list(dict.fromkeys(listed)))
    ]
    if not parts:
        return ""
    heading = '<h2 id="basis">What the verdicts rest on</h2>'
    return f'<section aria-labelledby="basis">{heading}{"".join(parts)}</section>'
