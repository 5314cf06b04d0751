"""The lines of the manifests that a violation points at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from counterexamples.excerpt import absent, label, source_line
from counterexamples.explain import Place
from counterexamples.render.contract import Look
from counterexamples.render.html.page import text
from counterexamples.render.paint import safe

#: Lines of a manifest shown before and after the one that matters.
_AROUND = 2
#: Letters shown of a line.
_LONGEST = 400


def places(found: Sequence[Place], look: Look) -> str:
    """A section with an excerpt for each place; empty if there are none."""
    if not found:
        return ""
    figures = "".join(_place(place, look) for place in found)
    return f'<div class="places"><h3>Where to look</h3>{figures}</div>'


def _place(place: Place, look: Look) -> str:
    source, rows = place.source, []
    blamed = source_line(source, look.texts)
    for number in range(max(1, source.line - _AROUND), source.line + _AROUND + 1):
        line = source_line(replace(source, line=number), look.texts)
        if line is None:
            continue
        if number != source.line:
            rows.append(f'<span class="line"> {number:>5} | {_shown(line)}</span>')
            continue
        rows.append(f'<mark class="line blamed">▶{number:>5} | {_shown(line)}</mark>')
        if now := label(place, line):
            # An escaped character is longer than what it stands for.
            before = len(_fit(line[: source.column - 1]))
            caret = f'<span aria-hidden="true">{" " * (9 + before)}^ </span>'
            rows.append(f'<span class="line now-is">{caret}<span>{text(now)}</span></span>')
    named = f'role="group" aria-label="Lines of {text(source.file)}"'
    excerpt = f'<pre class="wide" tabindex="0" {named}>{"".join(rows)}</pre>' if rows else ""
    if blamed is None and place.now:
        excerpt += f'<p class="now-is">{text(place.now)}</p>'
    given = " (not given)" if absent(place, blamed) else ""
    return (
        f'<figure><figcaption><span class="place">{text(source.file)}:{source.line}</span> '
        f"{text(place.path)}{given}</figcaption>{excerpt}</figure>"
    )


def _shown(line: str) -> str:
    return text(_fit(line))


def _fit(line: str) -> str:
    """A line, or the part of it before a column, as it is shown."""
    return safe(line[:_LONGEST].replace("\t", " "))
