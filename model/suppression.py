"""What a user accepts although it does not pass, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from model.api.source import Source


@dataclass(frozen=True)
class Suppression:
    """A verdict that does not count for the exit code.

    Where subject or scenario is None, any is meant: of its Check if it is written in a spec, of the
    whole run if it is in a baseline.
    """

    property: str
    reason: str
    origin: Literal["spec", "annotation", "baseline"]
    source: Source
    subject: str | None = None
    scenario: str | None = None
    #: The last day on which it counts; None is for ever.
    until: date | None = None
    verdict: Literal["violated", "unknown"] = "violated"

    def names(self, property: str, subject: str, scenario: str) -> bool:
        """Whether it is about this property of this subject in this scenario."""
        return (
            self.property == property
            and self.subject in (None, subject)
            and self.scenario in (None, scenario)
        )

    def expired(self, today: date) -> bool:
        return self.until is not None and self.until < today
