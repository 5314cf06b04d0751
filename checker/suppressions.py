"""What the user accepts, held against what came out of a run.

A suppression is useless where everything that it is about was looked at, and nothing of that has
the verdict that it accepts; or where nothing is what it is about, though nothing was left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from checker.report import Result
from model.api.source import Source
from model.plan import Plan
from model.suppression import Suppression

if TYPE_CHECKING:
    from model.load.diagnostics import Report as Diagnostics

#: The reason of what a new baseline accepts, until somebody gives a better one.
NO_REASON = "found when the baseline was written; nobody has given a reason yet"


def today() -> date:
    """The day that it is in UTC."""
    return datetime.now(UTC).date()


class Suppressions:
    """Those of a plan and of a baseline, and which of the plan's properties and scenarios were
    selected (all, if there are none)."""

    def __init__(
        self,
        plan: Plan,
        baseline: Sequence[Suppression],
        properties: Sequence[str],
        scenarios: Sequence[str],
        day: date,
    ) -> None:
        self._plan, self._baseline = plan, baseline
        self._properties, self._scenarios = properties, scenarios
        self._day = day

    def applied(self, results: Iterable[Result]) -> tuple[Result, ...]:
        """The results, each with the first suppression that accepts it and has not expired."""
        return tuple(replace(result, suppressed=self._accepting(result)) for result in results)

    def report(self, results: Sequence[Result], said: Diagnostics) -> None:
        """Warn of what has expired and of what is useless."""
        written = (s for scenario in self._plan.scenarios for s in scenario.suppressions)
        for entry in dict.fromkeys((*written, *self._baseline)):
            if entry.expired(self._day):
                message = f"this suppression of {entry.property} expired after {entry.until}"
                hint = "remove it, or decide anew until when it counts"
                said.warning("P311", message, entry.source, hint)
            elif useless := self._useless(entry, results):
                message, hint = useless
                said.warning("P312", message, entry.source, hint)

    def rewritten(
        self, earlier: Sequence[Suppression], results: Sequence[Result]
    ) -> tuple[Suppression, ...]:
        """A baseline of every violation that nothing else accepts: sorted, with the entries of an
        earlier one as far as they are not useless, expired ones included."""
        kept = [entry for entry in earlier if not self._useless(entry, results)]
        for result in results:
            if result.verdict.outcome != "violated" or result.verdict.conflict:
                continue
            if result.suppressed is not None and result.suppressed.origin != "baseline":
                continue
            if not any(_accepts(entry, result) for entry in kept):
                known = (entry for entry in self._baseline if _accepts(entry, result))
                kept.append(next(known, None) or _new(result))
        return tuple(sorted(kept, key=_order))

    def _accepting(self, result: Result) -> Suppression | None:
        if result.verdict.conflict:
            return None
        entries = (*result.instance.scenario.suppressions, *self._baseline)
        fitting = (entry for entry in entries if _accepts(entry, result))
        return next((entry for entry in fitting if not entry.expired(self._day)), None)

    def _useless(self, entry: Suppression, results: Sequence[Result]) -> tuple[str, str] | None:
        """In words and with a hint, why an entry is useless; None if it is not, or who knows."""
        about = [result for result in results if _concerns(entry, result)]
        if not about:
            if self._properties or self._scenarios or self._left_out(entry):
                return None
            return (
                f"nothing here is what this suppression of {entry.property} is about",
                "remove it, or mend its names",
            )
        outcomes = {result.verdict.outcome for result in about}
        open_ = {"violated", "unknown"} if entry.verdict == "violated" else {"unknown"}
        if outcomes & open_ or not self._complete(entry):
            return None
        message = f"nothing that this suppression of {entry.property} covers is {entry.verdict}"
        if entry.verdict == "unknown":
            return message, "remove it"
        if "holds" in outcomes:
            return f"{message} within the bounds of this run", "remove it, if it is fixed"
        return message, "fixed: remove it"

    def _complete(self, entry: Suppression) -> bool:
        """Whether all that an entry is about was selected."""
        if self._properties and entry.property not in self._properties:
            return False
        if not self._scenarios or entry.scenario is not None:
            return not self._scenarios or entry.scenario in self._scenarios
        names = {
            scenario.name
            for scenario in self._plan.scenarios
            if entry.origin == "baseline" or entry in scenario.suppressions
        }
        return names <= set(self._scenarios)

    def _left_out(self, entry: Suppression) -> bool:
        """Whether the property of an entry is skipped; or a Check, by its own list, does not look
        at that of an entry that is not its own."""
        if any(entry.property in scenario.skipped for scenario in self._plan.scenarios):
            return True
        return entry.origin != "spec" and any(
            scenario.properties is not None and entry.property not in scenario.properties
            for scenario in self._plan.scenarios
            if entry.scenario in (None, scenario.name)
        )


def _concerns(entry: Suppression, result: Result) -> bool:
    scenario = (result.whole or result.instance).scenario
    return entry.names(result.claim.name, result.subject, scenario.name) and (
        entry.origin == "baseline" or entry in scenario.suppressions
    )


def _accepts(entry: Suppression, result: Result) -> bool:
    return entry.verdict == result.verdict.outcome and _concerns(entry, result)


def _new(result: Result) -> Suppression:
    scenario = (result.whole or result.instance).scenario
    return Suppression(
        result.claim.name,
        NO_REASON,
        "baseline",
        Source("-", 1),
        result.subject,
        scenario.name,
    )


def _order(entry: Suppression) -> tuple[str, ...]:
    return (
        entry.property,
        entry.subject or "",
        entry.scenario or "",
        entry.verdict,
        str(entry.until or ""),
        entry.reason,
    )
