"""What an adapter of vectors is: a function from one line to an outcome for each component.

A vector is an input and what real code answered to it. An adapter hands the input to the very
functions that the model uses and compares. What the model does not do is `unsupported`, with the
reason; it is never left out, and never counted as agreement. An adapter may assume that the line
has the form of its kind: where it has not, whatever `KeyError` or the like comes of it is told as
a line that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["agree", "disagree", "unsupported"]


@dataclass(frozen=True)
class Vector:
    """One line: `input` and `output` are as JSON has them."""

    kind: str
    input: Any
    output: Any
    seed: int | None = None
    family: str = ""


@dataclass(frozen=True)
class Outcome:
    """How one component fares on one line. `expected` is what the real code answered."""

    verdict: Verdict
    reason: str = ""
    expected: object = None
    got: object = None


#: From a vector to what each component makes of it, by the component's name.
Adapter = Callable[[Vector], Mapping[str, Outcome]]

AGREE = Outcome("agree")


class Unmodelled(Exception):
    """What a line asks for is not modelled; the message says what, in a few words."""


def compared(expected: object, got: object) -> Outcome:
    """Agreement if both are equal."""
    return AGREE if expected == got else Outcome("disagree", "", expected, got)


def unsupported(reason: str) -> Outcome:
    return Outcome("unsupported", reason)


def together(parts: Iterable[Outcome]) -> Outcome:
    """One outcome for a line of several parts: the first that disagrees, else the first that is
    unsupported, else agreement."""
    found = AGREE
    for part in parts:
        if part.verdict == "disagree":
            return part
        if found.verdict == "agree":
            found = part
    return found


def without(component: str, reason: str) -> Adapter:
    """The adapter of a kind that nothing in the model answers."""
    return lambda _: {component: unsupported(reason)}
