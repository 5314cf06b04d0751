"""What a table of edits yields: fields of a user's files, each with other values for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from model.scenario import Scenario

Shift = Literal[-1, 0, 1]


@dataclass(frozen=True)
class Edit:
    """Another value for one field, as an order to the user: "set spec.replicas to 4"."""

    text: str
    change: Callable[[Scenario], Scenario]
    #: Whether the field's value, if that has an order, is lower (-1) or higher (1) with it.
    shift: Shift = 0
    #: The same for every value from there on, all at once: the scenario leaves the field open.
    wider: Edit | None = None


@dataclass(frozen=True)
class Knob:
    """A field that a violation may be to blame on.

    `edits` are values that a user could give it, the smallest change first; they change nothing
    else. `without` leaves out what the field says, whether or not that is a sensible thing to do:
    where a violation comes about all the same, the field does not matter to it.
    """

    #: The field as in `Instance.fields`, or a pattern as in `Instance.written`.
    field: str
    #: What it is about, to be named in a list: "the host ports", "PodDisruptionBudget web".
    what: str
    #: Its value, in words that fit behind "now": "25%, which of 3 rounds down to 0".
    now: str
    edits: tuple[Edit, ...] = ()
    without: Edit | None = None
    #: Whether no edit helps where `without` does not: it goes furthest in their direction.
    furthest: bool = False
    #: Whether nothing else is to blame where an edit helps: a fault that was put into the model.
    decisive: bool = False


#: A row of the table: the knobs that one part of a scenario has.
Knobs = Callable[[Scenario], Iterator[Knob]]


def nearest(value: int, low: int, high: int) -> list[int]:
    """The other whole numbers from `low` to `high`, by their distance from a value, larger ones
    before smaller ones."""
    others = (n for n in range(low, high + 1) if n != value)
    return sorted(others, key=lambda n: (abs(n - value), n < value))
