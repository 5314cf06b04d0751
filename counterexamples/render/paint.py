"""Lines for a terminal: wrapped to a width, coloured or not, and safe whatever they hold.

Omits: characters that take two columns or none; names in Kubernetes are ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from counterexamples.render.contract import Look

Style = Literal["", "bold", "dim", "good", "bad", "doubt", "place"]
#: A text and the style of all of it.
Piece = tuple[str, Style]

_SGR: dict[Style, str] = {
    "bold": "1",
    "dim": "2",
    "good": "32",
    "bad": "1;31",
    "doubt": "33",
    "place": "36",
}
_ASCII = str.maketrans({"✓": "+", "✗": "x", "→": "->", "·": "|", "\u00d7": "x", "…": "..."})

#: What GitHub takes for a command: `::error::` where a line begins, also after blanks, as any part
#: of a text may where it is wrapped, and `##[error]` anywhere (actions/runner `ActionCommand.cs`).
_COMMAND = re.compile(r"::(?=[a-z-]+(?: [^:]*)?::)|##\[")


def safe(text: str) -> str:
    """The text with everything that could move the cursor, switch the direction of writing, end
    the line or, at the start of one, be a command to GitHub shown as an escape (`\\x1b`, `\\n`,
    `\\u202e`, `\\x3a:error::`)."""
    if "::" in text or "##[" in text:
        text = _COMMAND.sub(lambda found: f"\\x{ord(found[0][0]):x}{found[0][1:]}", text)
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def ascii_only(text: str) -> str:
    """The text for terminals that know ASCII only."""
    plain = unicodedata.normalize("NFKD", text.translate(_ASCII))
    return plain.encode("ascii", "backslashreplace").decode("ascii")


class Canvas:
    """Collects lines; `text` is what they come to."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._lines: list[str] = []

    def blank(self) -> None:
        """An empty line, unless there is one already or nothing is above it."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def line(self, *pieces: Piece, indent: int = 0, hang: int = 2) -> None:
        """Pieces one after the other, wrapped at blanks; what is wrapped starts `hang` columns
        further in than `indent`. Words longer than a line are cut."""
        words = [(word, style) for text, style in pieces for word in _words(self._fit(text))]
        start, column = indent, indent
        row: list[Piece] = []
        for word, style in words:
            pending, room = word, self._look.width
            if column + len(pending.rstrip()) > room and column > start:
                self._put(indent if start == indent else start, row)
                start = column = indent + hang
                row = []
                pending = pending.lstrip()
            while start + len(pending.rstrip()) > room and column == start:
                cut = max(1, room - start)
                self._put(start, [(pending[:cut], style)])
                pending = pending[cut:]
                start = column = indent + hang
            row.append((pending, style))
            column += len(pending)
        self._put(start, row)

    def verbatim(self, *pieces: Piece, indent: int = 0) -> None:
        """One line that is not wrapped, for what is copied or lined up with a caret."""
        self._put(indent, [(self._fit(text), style) for text, style in pieces])

    def text(self) -> str:
        """All lines, each ended."""
        while self._lines and not self._lines[-1]:
            self._lines.pop()
        return "".join(line + "\n" for line in self._lines)

    def _fit(self, text: str) -> str:
        clean = safe(text)
        return clean if self._look.unicode else ascii_only(clean)

    def _put(self, indent: int, row: Iterable[Piece]) -> None:
        pieces = [(text, style) for text, style in row if text]
        while pieces and not pieces[-1][0].rstrip():
            pieces.pop()
        if pieces:
            pieces[-1] = (pieces[-1][0].rstrip(), pieces[-1][1])
        self._lines.append(" " * indent + "".join(map(self._paint, _joined(pieces))))

    def _paint(self, piece: Piece) -> str:
        text, style = piece
        if not style or not self._look.color or not text.strip():
            return text
        return f"\x1b[{_SGR[style]}m{text}\x1b[0m"


def _words(text: str) -> list[str]:
    """The words of a text, each with the blanks after it; leading blanks are a word."""
    words: list[str] = []
    for part in text.split(" "):
        words.append(part + " ")
    if words:
        words[-1] = words[-1][:-1]
    return [word for word in words if word]


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbours of one style as one piece, so that a line holds few escape sequences."""
    result: list[Piece] = []
    for text, style in pieces:
        if result and result[-1][1] == style:
            result[-1] = (result[-1][0] + text, style)
        else:
            result.append((text, style))
    return result
