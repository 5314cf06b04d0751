"""What is asked for and comes to nothing: Checks of no workload, workloads without pods, faults
that make no difference, names that nobody knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from model.api.source import Source
from model.api.workload import Workload
from model.faults import FAULTS
from model.load.diagnostics import Report, suggest
from model.omissions import EVERYTHING, OMISSIONS
from model.scenario import Scenario

if TYPE_CHECKING:
    from model.load.check import Check
    from model.load.unit import Unit


def without_pods(workload: Workload, report: Report) -> None:
    """Reports that a workload is left out, as it has no pods."""
    said, field = "has no replicas to check", "spec.replicas"
    if workload.cron is not None and workload.cron.suspended:
        said, field = "is suspended, so it has no Jobs to check", "spec.suspend"
    elif workload.cron is not None and not workload.cron.comes:
        said, field = "has a schedule that is never due", "spec.schedule"
    elif workload.job is not None and workload.job.suspended:
        said, field = "is suspended, so it has no pods to check", "spec.suspend"
        if workload.cron is not None:
            said, field = "makes Jobs that are suspended", "spec.jobTemplate.spec.suspend"
    elif workload.job is not None:
        said = "has no pods to check: its parallelism or its completions are 0"
        field = "spec.completions" if workload.job.parallelism else "spec.parallelism"
    place = workload.fields.get(workload.path(field), workload.source)
    report.warning("P302", f"{workload.subject} {said}", place)


def require_workloads(unit: Unit, check: Check, report: Report) -> None:
    """Reports a Check without workloads, or whose rollout none of them can make."""
    if not unit.workloads:
        hint = "name files with a Deployment, a StatefulSet or the like in spec.manifests"
        report.error("P302", "this Check finds no workload to check", check.source, hint)
    elif (
        check.change is not None
        and check.change.kind == "rollout"
        and not any(workload.rolls_out for workload in unit.workloads)
    ):
        place = check.places.get("spec.scenario.rollout", check.source)
        hint = f"a {unit.workloads[0].kind} does not roll out: use apply, drain, taint or steady"
        report.error("P302", "a rollout needs a Deployment, StatefulSet or DaemonSet", place, hint)


def _any(kinds: Sequence[str]) -> str:
    """One of some kinds, in words."""
    if len(kinds) > 3:
        return "workload that is to run for ever"
    return " or ".join(filter(None, [", ".join(kinds[:-1]), kinds[-1]]))


def faults(unit: Unit, check: Check, scenario: Scenario, report: Report) -> None:
    """Reports faults that make no difference to any workload of a Check."""
    kinds = {workload.kind for workload in unit.workloads}
    for fault in FAULTS:
        if fault.kinds and kinds.isdisjoint(fault.kinds) and fault.allowed(scenario):
            _, _, field, *name = fault.field.split(".", 3)
            place = check.places.get(fault.field) or check.places.get(
                f"spec.faults.{field}", check.source
            )
            message = f"`{fault.field}` makes no difference: no {_any(fault.kinds)} is checked"
            about = [other.field for other in FAULTS if other.kinds and kinds & set(other.kinds)]
            same = [e for e in about if e.startswith(f"spec.faults.{field}.") and e.count(".") == 3]
            hint = f"{name[0]} has nothing to do here; {' or '.join(same)} has" if same else ""
            report.warning("P302", message, place, hint)


def check_properties(
    places: Sequence[Source], names: Sequence[str], known: Sequence[str], report: Report
) -> None:
    """Report the names that are not known, each at its place."""
    for name, place in zip(names, places, strict=True):
        if name not in known:
            hint = suggest(name, known) or f"known: {', '.join(known) or 'none'}"
            report.error("P301", f"unknown property `{name}`", place, hint)


def check_omissions(names: Sequence[str], report: Report) -> None:
    """Report the names given with `--allow-omitted` that are not known."""
    known = (EVERYTHING, *OMISSIONS)
    for name in names:
        if name not in known:
            hint = suggest(name, known) or f"known: {', '.join(known)}"
            place = Source("--allow-omitted", 1)
            report.error("P301", f"unknown omission `{name}`", place, hint)
