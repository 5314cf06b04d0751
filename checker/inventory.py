"""What the input holds besides what was checked, as diagnostics that come first in a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from model.scenario import Plan

if TYPE_CHECKING:
    from checker.report import Result
    from model.load.diagnostics import Diagnostic


def inventory(plan: Plan, results: Sequence[Result]) -> tuple[Diagnostic, ...]:
    """A note on the objects that are not checked yet, or a warning that nothing was checked, which
    says what there is instead."""
    from model.load.diagnostics import NOWHERE, Diagnostic

    kinds = Counter(name.partition("/")[0] for name in plan.unchecked)
    listed = ", ".join(f"{kind} \u00d7{number}" for kind, number in sorted(kinds.items()))
    if results:
        said = f"not checked yet: {listed}"
        return (Diagnostic("note", "P005", said, NOWHERE),) if listed else ()
    missing = "there is no Deployment or ReplicaSet with replicas"
    if plan.scenarios:
        missing = "no property was left to check"
    said = f"nothing was checked: {missing}{f', only {listed}' if listed else ''}"
    hint = "--allow-empty takes this for passed"
    return (Diagnostic("warning", "P302", said, NOWHERE, hint),)
