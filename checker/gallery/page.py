"""The stories as a list in Markdown, and with their runs as one page of HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from checker.gallery.exhibit import Exhibit
from checker.gallery.story import STORY, Story
from counterexamples.render.html.page import page

_TITLE = "Incidents, found again"
_TOLD = (
    "What has gone wrong in clusters: each is a spec that planecheck finds violated, with the run "
    "that shows it, what to change, and where to read about it."
)
#: Where the repository's root is, from the gallery.
_ROOT = "../.."


def listing(stories: Sequence[Story]) -> str:
    """The gallery's README.md."""
    rows = [
        f"| [{each.title}]({each.name}/{STORY}) | `{each.violated}` | "
        f"[text]({each.name}/report.txt), [trace]({each.name}/trace.json) | "
        f"[violated]({_ROOT}/{each.spec}), [fixed]({_ROOT}/{each.twin}) |"
        for each in stories
    ]
    return "\n".join(
        (
            "# Gallery",
            "",
            _TOLD,
            "",
            "[index.html](index.html) shows all of it on one page, with diagrams and each state.",
            "",
            "`python -m checker.gallery` in the repository's root makes everything here anew, but",
            "for the stories (`story.md`); a test compares it with what is found now, and has",
            "`check replay` take every trace. [How to add one](../../docs/gallery.md).",
            "",
            "| what happens | property | report | specs |",
            "|---|---|---|---|",
            *rows,
            "",
        )
    )


def document(exhibits: Sequence[Exhibit]) -> str:
    """The gallery's index.html."""
    found = [
        replace(each.violation, number=number) for number, each in enumerate(exhibits, start=1)
    ]
    links = [f'<li><a href="#{e.story.name}">{_inline(e.story.title)}</a></li>' for e in exhibits]
    parts = [f'<nav aria-label="Incidents"><ol id="incidents">{"".join(links)}</ol></nav>']
    for each, violation in zip(exhibits, found, strict=True):
        name = each.story.name
        parts += [
            f'<article id="{name}" aria-labelledby="{name}-title">',
            _story(each.story),
            violation.markup(),
            "</article>",
        ]
    return page(_TITLE, _TOLD, parts, found)


def _story(told: Story) -> str:
    sources = ", ".join(_source(each) for each in told.sources)
    stages = "".join(
        f"<li>{_inline(text)} <small>steps {', '.join(map(str, numbers))}</small></li>"
        for text, numbers in told.stages.items()
    )
    rows = {
        "What to change": _inline(told.fix),
        "Violated": f"<code>{escape(told.violated)}</code> in {_file(told.spec)}",
        "Holds": f"in {_file(told.twin)}: {_inline(told.difference)}",
        "Smallest known": f"{_inline(told.known)}. {_inline(told.here)}",
        "Read more": sources,
    }
    return (
        f'<h2 id="{told.name}-title">{_inline(told.title)}</h2>'
        + "".join(f"<p>{_inline(each)}</p>" for each in told.paragraphs)
        + (f"<p>In fewer words:</p><ol>{stages}</ol>" if stages else "")
        + "<dl>"
        + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows.items())
        + "</dl>"
    )


def _inline(text: str) -> str:
    """Plain Markdown of one line: text with `code` in it."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def _file(path: str) -> str:
    return f'<a href="{_ROOT}/{escape(path)}">{escape(path)}</a>'


def _source(text: str) -> str:
    if not text.startswith("https://"):
        return _inline(text)
    return f'<a href="{escape(text)}">{escape(text.removeprefix("https://"))}</a>'
