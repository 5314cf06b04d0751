"""What of a plan the user asked for by name: scenarios and properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from inspect import getdoc
from typing import TYPE_CHECKING

from checker.making import Making
from checker.report import Result
from model.api.source import Source
from model.plan import Plan

if TYPE_CHECKING:
    from model.load.diagnostics import Report

_PROPERTY = Source("--property", 1)


def select(plan: Plan, names: Sequence[str], report: Report) -> Plan:
    """The plan with only the scenarios of these names (all, if there are none); names that it does
    not have go to `report`."""
    if not names:
        return plan
    from model.load.diagnostics import suggest

    known = tuple(dict.fromkeys(scenario.name for scenario in plan.scenarios))
    choices = ", ".join(f"`{name}`" for name in sorted(known))
    for name in names:
        if name not in known:
            hint = suggest(name, known) or (f"there are {choices}" if choices else "")
            message = f"there is no scenario `{name}` here"
            report.error("P304", message, Source("--scenario", 1), hint)
    return replace(plan, scenarios=tuple(s for s in plan.scenarios if s.name in names))


def telling(results: Sequence[Result]) -> tuple[Result, ...]:
    """The results but for those on workloads that an invariant of a user says nothing about, where
    it does of others: most select the pods of one of them."""
    said: dict[str, set[str]] = {}
    for result in results:
        if not result.verdict.vacuous:
            said.setdefault(result.claim.name, set()).add(result.subject)
    return tuple(
        result
        for result in results
        if result.subject in said.get(result.claim.name, {result.subject})
        or all(each.name != result.claim.name for each in result.instance.scenario.invariants)
    )


def check_offered(
    plan: Plan, making: Making, options: Mapping[str, Source], report: Report
) -> None:
    """Report each property that was asked for, skipped or not, and concerns nothing in the plan: a
    silent pass would claim that it was checked. `options` are those that are not asked for in a
    Check, with their places."""
    from model.properties import PROPERTIES

    asked: dict[str, Source] = {}
    for scenario in plan.scenarios:
        for number, name in enumerate(scenario.properties or ()):
            place = scenario.fields.get(f"spec.properties[{number}]", _PROPERTY)
            asked.setdefault(name, options.get(name, _PROPERTY) if options else place)
    claimed = {
        each.name: each
        for scenario in plan.scenarios
        for each in scenario.invariants
        if scenario.properties is None or each.name in scenario.properties
    }
    for name, invariant in claimed.items():
        asked[name] = invariant.source
    if not asked:
        return
    for _ in making.batches():
        pass
    if making.left:
        return
    here = [
        f"`{name}`"
        for name, row in sorted(PROPERTIES.items())
        if row.build and any(row.concerns(scenario) for scenario in plan.scenarios)
    ]
    for name, place in asked.items():
        if name not in making.offered:
            code = "P304" if options or place is _PROPERTY else "P300"
            message = f"property `{name}` concerns nothing in this input"
            about = "a workload that it names or selects pods of, in no scenario here"
            if name not in claimed:
                about = " ".join((getdoc(PROPERTIES[name].concerns) or "").split())
            hint = f"it concerns {about}; here are {', '.join(here)}"
            report.error(code, message, place, hint)
