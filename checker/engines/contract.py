"""What an engine implements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from checker.budget import Budget
from checker.verdict import Verdict
from model.ir.system import Property, System


class Engine(Protocol):
    """One way of answering properties. A new one is a module and a row in `ENGINES`.

    Engines are deterministic: the same system, properties, depth and seed give the same
    verdicts and traces (unless time or memory ran out). An engine that stops early answers
    `unknown`, with the extent that it did cover; `holds` up to a depth is for who asked for it.
    """

    name: str

    def refuses(self, system: System, prop: Property) -> str | None:
        """Why this engine cannot answer the property at all; None if it can try."""

    def check(
        self, system: System, properties: Sequence[Property], budget: Budget
    ) -> tuple[Verdict, ...]:
        """One verdict for each property, in their order.

        Properties come together so that one exploration can serve them all. Traces start in a
        state of `system.initial` and are accepted by `model.ir.trace.replay`. A `proved` or
        `violated` that is known before the others is handed to `budget.answer` at once.
        """
