"""The line of a manifest that a verdict points at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from model.api.source import Source

if TYPE_CHECKING:
    from counterexamples.explain import Place

#: Files beyond this many bytes are not read for the sake of one line.
MAX_BYTES = 10 * 2**20


def source_line(source: Source, texts: Mapping[str, str]) -> str | None:
    """The text of a source's line without its end, from `texts` (by file name) or the file.

    None if there is no such line, or the file cannot be read (any more).
    """
    text = texts.get(source.file)
    if text is None:
        try:
            with open(source.file, encoding="utf-8-sig", errors="replace") as file:
                text = file.read(MAX_BYTES)
        except (OSError, ValueError):
            return None
    lines = text.split("\n", source.line)
    if source.line > len(lines):
        return None
    return lines[source.line - 1].rstrip("\r")


def window(line: str, column: int, width: int) -> tuple[str, int]:
    """The part of a line around a column (from 1) that fits `width`, and the column's place in
    it, from 0. Tabs become blanks, so that a caret below stays in line."""
    caret = column - 1
    start = max(0, min(caret - width // 2, len(line) - width)) if len(line) > width else 0
    return line[start : start + width].replace("\t", " "), caret - start


def absent(place: Place, line: str | None) -> bool:
    """Whether a manifest leaves a field out, so that its place is where it would be."""
    field = place.path.rpartition(".")[2].partition("[")[0]
    return line is not None and field not in line and not place.path.endswith("]")


def label(place: Place, line: str) -> str:
    """What a field comes to, unless its line says so itself."""
    return "" if place.now in line else place.now
