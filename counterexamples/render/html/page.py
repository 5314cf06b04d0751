"""One HTML file around some parts and violations: its style, its script and its policy.

The policy allows only the style and the script that are in the page, by their hashes. The data for
the script is JSON in which no markup can begin, and the script only sets text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from counterexamples.render.paint import safe

if TYPE_CHECKING:
    from counterexamples.render.html.violation import Violation


def page(title: str, note: str, parts: Sequence[str], violations: Sequence[Violation]) -> str:
    """A page of that title and a note below it, both plain texts, which holds `parts`, all markup.

    The markup of the violations is among the parts; their anchors differ.
    """
    style, script = _asset("page.css"), _asset("page.js")
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{text(title)} · planecheck</title>",
        f"<style>{style}</style></head><body>",
        '<a class="skip" href="#main">Skip to the content</a>',
        f"<header><h1>{text(title)}</h1><p>{text(note)}</p></header>",
        '<main id="main">',
        *parts,
        "</main>",
        f'<script type="application/json" id="data">{_data([v.data() for v in violations])}'
        "</script>",
        f"<script>{script}</script></body></html>",
    ]
    return "\n".join(lines) + "\n"


def text(said: str) -> str:
    """A text as markup that shows it and does nothing else, in an attribute as well."""
    return escape(safe(said))


def _asset(name: str) -> str:
    content = files(__package__).joinpath(name).read_text(encoding="utf-8")
    assert "</s" not in content.lower(), "an asset would end its own element"
    return content


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _data(document: Any) -> str:
    """JSON that ends no element and starts no comment, wherever it stands in a page."""
    plain = json.dumps(document, separators=(",", ":"))
    return plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
