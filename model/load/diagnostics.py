"""What the loader says about a user's mistakes: coded, placed, with a way out.

A code is stable: scripts and documentation may refer to it. P0 is about files and YAML, P1 about
the shape of objects, P2 about what Kubernetes' validation refuses, P3 about the Check document
and the command line's overrides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from model.api.source import Source

Severity = Literal["error", "warning", "note"]

#: Code to the kind of mistake that it stands for.
CODES: dict[str, str] = {
    "P001": "file or folder cannot be read",
    "P002": "file is too large",
    "P003": "file is not text",
    "P004": "input holds no objects",
    "P005": "skipped, because not checked (yet)",
    "P006": "kustomization or chart that cannot be rendered here",
    "P007": "kustomization or chart that cannot be rendered",
    "P010": "broken YAML",
    "P011": "duplicate key",
    "P012": "aliases expand too far",
    "P013": "nesting too deep",
    "P014": "unsupported key, tag or alias",
    "P015": "too many findings",
    "P016": "time or memory ended, or the user, before there was anything to check",
    "P017": "YAML that only kubectl takes",
    "P100": "not a Kubernetes object",
    "P101": "unknown kind or apiVersion",
    "P102": "unknown field",
    "P103": "wrong type",
    "P104": "required field missing",
    "P105": "apiVersion that upstream removed",
    "P106": "the same object twice",
    "P200": "value out of range",
    "P201": "value not among those allowed",
    "P202": "selector",
    "P203": "fields that contradict each other",
    "P204": "bad quantity",
    "P205": "duplicate name inside an object",
    "P206": "bad name or label",
    "P207": "field that cannot be changed",
    "P300": "property that concerns nothing",
    "P301": "unknown property, mutation or omission",
    "P302": "nothing to check",
    "P303": "unknown node",
    "P304": "command line override",
    "P305": "no such pod, or more than one",
    "P310": "suppression without a reason, or with a wrong date",
    "P311": "suppression that has expired",
    "P312": "suppression of nothing",
    "P313": "not a baseline",
    "P320": "not an expression of the Common Expression Language",
    "P321": "name or field that an expression cannot read",
    "P322": "expression of the wrong type, or that cannot be decided",
}

#: The place of what no file speaks of.
NOWHERE = Source("-", 1)

#: Further findings are not shown: they help nobody, and hostile input could ask for millions.
MAX_FOUND = 1000


@dataclass(frozen=True)
class Diagnostic:
    """One finding. `hint` is a phrase that says how to mend it, `excerpt` the line it is on,
    `answers` what Kubernetes says of it, in its own words, where that is known."""

    severity: Severity
    code: str
    message: str
    source: Source
    hint: str = ""
    excerpt: str = ""
    answers: tuple[str, ...] = ()

    def render(self) -> str:
        """The lines, as they are: what they hold of a file may end lines as well."""
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """Compiler style: place and message, the line with a caret, and the hint; no colour."""
        place = f"{self.source.file}:{self.source.line}:{self.source.column}: "
        if self.source.file.startswith("--"):  # an option of the command line has no lines
            place = f"{self.source.file}: "
        elif self.source == NOWHERE:
            place = ""
        lines = [f"{place}{self.severity}[{self.code}]: {self.message}"]
        if self.excerpt:
            number = str(self.source.line)
            shown, caret = _window(self.excerpt, self.source.column - 1)
            lines.append(f"  {number} | {shown}")
            lines.append(f"  {' ' * len(number)} | {' ' * caret}^")
        if self.hint:
            lines.append(f"  help: {self.hint}")
        lines += [f"  Kubernetes: {answer}" for answer in self.answers]
        return lines


def _window(line: str, caret: int, width: int = 100) -> tuple[str, int]:
    """The part of a line around a caret that fits `width`, and the caret's place in it."""
    start = max(0, caret - width // 2) if len(line) > width else 0
    return line[start : start + width].replace("\t", " "), caret - start


class Report:
    """Collects diagnostics while files are read; the same finding is kept once."""

    def __init__(self) -> None:
        #: File name to its text, for excerpts.
        self.texts: dict[str, str] = {}
        self._lines: dict[str, list[str]] = {}
        self._found: dict[tuple[Source, str, str], Diagnostic] = {}

    def error(
        self,
        code: str,
        message: str,
        source: Source,
        hint: str = "",
        answers: tuple[str, ...] = (),
    ) -> None:
        self._add("error", code, message, source, hint, answers=answers)

    def warning(self, code: str, message: str, source: Source, hint: str = "") -> None:
        self._add("warning", code, message, source, hint)

    @property
    def failed(self) -> bool:
        return any(found.severity == "error" for found in self._found.values())

    @property
    def count(self) -> int:
        """How many findings there are."""
        return len(self._found)

    @property
    def full(self) -> bool:
        """Whether further findings will not be shown anyway."""
        return len(self._found) > MAX_FOUND

    def failed_in(self, file: str) -> bool:
        return any(
            found.severity == "error" and found.source.file == file
            for found in self._found.values()
        )

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Everything found, by file, line and column."""
        return tuple(sorted(self._found.values(), key=lambda found: (found.source, found.code)))

    def _add(
        self,
        severity: Severity,
        code: str,
        message: str,
        source: Source,
        hint: str,
        *,
        answers: tuple[str, ...] = (),
    ) -> None:
        if code not in CODES:
            raise KeyError(f"diagnostic code {code} is not in CODES")
        if self.full:
            return
        if len(self._found) == MAX_FOUND:
            code, message, hint, answers = (
                "P015",
                f"more than {MAX_FOUND} findings: the rest is left out",
                "",
                (),
            )
        found = Diagnostic(severity, code, message, source, hint, self._line(source), answers)
        self._found.setdefault((source, code, message), found)

    def _line(self, source: Source) -> str:
        lines = self._lines.get(source.file)
        if lines is None:
            lines = self.texts.get(source.file, "").split("\n")
            self._lines[source.file] = lines
        return lines[source.line - 1].rstrip("\r") if source.line <= len(lines) else ""


@cache
def _nearest(name: str, known: frozenset[str]) -> str:
    from difflib import get_close_matches  # only mistakes pay for it

    names = sorted(known)
    lowered = {candidate.lower(): candidate for candidate in reversed(names)}
    close = get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    return f"did you mean `{lowered[close[0]]}`?" if close else ""


def suggest(name: str, known: Iterable[str]) -> str:
    """A hint that offers the nearest of `known`, or the empty string."""
    return _nearest(name, frozenset(known)) if len(name) < 100 else ""
