"""Violations that come about in one way: told once, with who else has them.

Results are alike where their systems differ in names only and the same property of them is
violated; so are those of several scenarios of one subject in which the very same happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from model.words import listed

if TYPE_CHECKING:
    from checker.report import Result

#: Subjects that are named one by one before the rest is counted.
MOST_SUBJECTS = 8


def group(result: Result) -> object:
    """Equal for results that are alike but for names. What a workload's own manifests leave open
    can make its answer another one."""
    system = id(result.shared or result.instance)
    return system, result.claim.name, result.verdict.outcome, result.suppressed


def others(results: Sequence[Result], first: Result) -> list[Result]:
    """The first result of each other subject whose violation is like one of a subject's, in the
    order of the report."""
    found: dict[str, Result] = {}
    for result in results:
        if result.subject != first.subject and group(result) == group(first):
            found.setdefault(result.subject, result)
    return list(found.values())


def sentence(alike: Sequence[Result]) -> str:
    """Who else has a violation, each with the line to look at; empty for nobody."""
    if not alike:
        return ""
    names = [_named(result) for result in alike[:MOST_SUBJECTS]]
    if len(alike) > MOST_SUBJECTS:
        names.append(f"{len(alike) - MOST_SUBJECTS} more")
    return f"Violated in the same way: {listed(names, whole=True)}."


def _named(result: Result) -> str:
    place = result.location
    return result.subject if place is None else f"{result.subject} ({place.file}:{place.line})"
