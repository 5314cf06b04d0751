"""A story: what happened once, told by a person, and the specs that show it.

A file `story.md` has YAML between two lines `---`, the fields of `Story` but for its name and text,
and then a few paragraphs of plain Markdown: text, `code`, nothing else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

STORY = "story.md"


class Mistake(Exception):
    """What is wrong with a story, and in which file."""


@dataclass(frozen=True)
class Story:
    """An incident and its spec."""

    #: The folder's.
    name: str
    title: str
    #: Where to read about it: addresses, or words where there is none.
    sources: tuple[str, ...]
    #: The spec that shows it, and the property that is violated there.
    spec: str
    violated: str
    #: The spec that satisfies the property, and what is different there.
    twin: str
    difference: str
    #: What to do about it, to whoever runs a cluster.
    fix: str
    #: The smallest shape that is known of it, and how this one compares.
    known: str
    here: str
    text: str
    #: The number of steps in the smallest known shape, if it is known by that.
    steps: int | None = None
    #: Those steps, and which ones of the trace each stands for; empty if they are the same.
    stages: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def paragraphs(self) -> list[str]:
        """The text's paragraphs, each in one line."""
        return [" ".join(each.split()) for each in self.text.split("\n\n") if each.strip()]


def read(path: Path) -> Story:
    """The story of a file. Raises Mistake."""
    _, mark, rest = path.read_text(encoding="utf-8").partition("---\n")
    head, end, text = rest.partition("\n---\n")
    if not mark or not end:
        raise Mistake(f"{path}: has no fields between two lines ---")
    try:
        given = yaml.safe_load(head)
    except yaml.YAMLError as wrong:
        raise Mistake(f"{path}: {wrong}") from None
    return _story(path, given, text.strip())


def _story(path: Path, given: Any, text: str) -> Story:
    fields = {each.name: each for each in dataclasses.fields(Story)}
    written = set(fields) - {"name", "text"}
    needed = {
        name
        for name in written
        if fields[name].default is dataclasses.MISSING
        and fields[name].default_factory is dataclasses.MISSING
    }
    if not isinstance(given, dict) or not needed <= set(given) <= written:
        raise Mistake(f"{path}: needs {', '.join(sorted(needed))}; takes {', '.join(written)}")
    stages = {str(name): tuple(steps) for name, steps in given.pop("stages", {}).items()}
    sources = tuple(given.pop("sources"))
    return Story(name=path.parent.name, text=text, sources=sources, stages=stages, **given)
