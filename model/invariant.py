"""An invariant that a user writes in a Check, or on the command line: texts, and where they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from model.api.source import Source

#: What is said of an expression. `step` is about the states before and after each step.
Form = Literal[
    "always", "never", "eventually", "leadsTo", "alwaysEventually", "eventuallyAlways", "step"
]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True)
class Invariant:
    """Expressions of the Common Expression Language, which `model.properties.invariants` reads.

    `leads to` has a second one: what follows the first.
    """

    name: str
    form: Form
    p: str
    q: str = ""
    #: What to say of a state that violates it, an expression as well; empty where nobody says.
    message: str = ""
    severity: Literal["error", "warning"] = "error"
    #: Where it is in the Check document; empty for one of the command line.
    path: str = field(default="", compare=False, repr=False)
    source: Source = field(default=Source("-", 1), compare=False, repr=False)

    @property
    def said(self) -> str:
        """It in one line."""
        p, q = (" ".join(text.split()) for text in (self.p, self.q))
        return f"{self.form}: {p} ~> {q}" if self.form == "leadsTo" else f"{self.form}: {p}"
