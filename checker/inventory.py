"""What the input holds besides what was checked, as diagnostics that come first in a report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from model.plan import Plan, Skipped
from model.words import listed

if TYPE_CHECKING:
    from checker.report import Result
    from model.load.diagnostics import Diagnostic

#: Files that are named one by one.
MOST_NAMED = 4


def inventory(
    plan: Plan, results: Sequence[Result], *, cut_short: bool = False
) -> tuple[Diagnostic, ...]:
    """Notes on the files that were skipped and on the objects that are not checked (yet), or a
    warning that nothing was checked, which says what there is instead, unless the run was
    `cut_short`."""
    from model.load import foreign
    from model.load.diagnostics import NOWHERE, Diagnostic

    found: list[Diagnostic] = []
    if plan.skipped:
        found.append(Diagnostic("note", "P005", f"skipped: {_listed(plan.skipped)}", NOWHERE))
    kinds = Counter(name.partition("/")[0] for name in plan.unchecked if name not in plan.reasons)
    numbers = ", ".join(f"{kind} \u00d7{number}" for kind, number in sorted(kinds.items()))
    if results or cut_short:
        said = f"not checked yet: {numbers}"
        found += [Diagnostic("note", "P005", said, NOWHERE)] if numbers else []
        return (*found, *_explained(plan))
    missing = "there is no Deployment, other workload with pods, or Pod"
    if plan.scenarios:
        missing = "no property was left to check"
    said = f"nothing was checked: {missing}{f', only {numbers}' if numbers else ''}"
    hint = "--allow-empty takes this for passed"
    if "Kustomization" in kinds:
        hint = f"{foreign.RENDERED['a kustomization']}; {hint}"
    return (Diagnostic("warning", "P302", said, NOWHERE, hint), *found)


def _explained(plan: Plan) -> Iterator[Diagnostic]:
    """The objects that are not checked for a reason, by that."""
    from model.load.diagnostics import NOWHERE, Diagnostic

    for reason in dict.fromkeys(plan.reasons.values()):
        names = [name for name, why in plan.reasons.items() if why == reason]
        yield Diagnostic("note", "P005", f"not checked: {listed(names)}: {reason}", NOWHERE)


def _listed(skipped: Sequence[Skipped]) -> str:
    """Each file with what it is; how many there are of each, where they are many."""
    if len(skipped) <= MOST_NAMED:
        return ", ".join(f"{each.path} ({each.what})" for each in skipped)
    kinds = Counter(re.sub("^an? ", "", each.what) for each in skipped)
    return ", ".join(f"{kind} \u00d7{number}" for kind, number in sorted(kinds.items()))
