"""The formats of a report by name. Modules are imported only when a format is used.

A new format is a module with one function (see `contract`) and a row in `RENDERERS`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from counterexamples.render.contract import Renderer

#: Name to "module:function".
RENDERERS: dict[str, str] = {
    "text": "counterexamples.render.text:render",
    "json": "counterexamples.render.json:render",
    "itf": "counterexamples.render.itf:render",
    "trace": "counterexamples.render.trace:render",
    "html": "counterexamples.render.html:render",
    "junit": "counterexamples.render.junit:render",
    "sarif": "counterexamples.render.sarif:render",
    "github": "counterexamples.render.github:render",
    "gitlab": "counterexamples.render.gitlab:render",
    "markdown": "counterexamples.render.markdown:render",
}


def renderer(name: str) -> Renderer:
    """The renderer of that name. Raises KeyError."""
    module, _, attribute = RENDERERS[name].partition(":")
    found: Renderer = getattr(import_module(module), attribute)
    return found
