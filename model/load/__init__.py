"""From the files that a user wrote to typed scenarios, or to diagnostics.

May enter: reading, positions, defaults, validation, and the plan of what to check.
May not enter: how Kubernetes behaves (that is `model/controllers` and its neighbours).

Reading order: `library` (what is read, and what belongs together), `folder` with
`kustomization` and `rendering` (what a folder stands for), `foreign` (what is no manifest),
`files` (paths to text), `compose` (text to `tree`), `objects` (trees to Kubernetes
objects, with `kinds`, `shape` and `fields`), `validation` (what the API server refuses),
`workload`, `pod`, `resources`, `affinity` and `cluster` (objects to `model.api` types),
`check` and `spec` (the Check document), `suppressions` and `baseline` (what is accepted), `nodes`
and `plan` (everything to scenarios).

Follows Kubernetes 1.36: each module names the upstream files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TextIO

from model.api.source import Source
from model.api.workload import Workload
from model.load.diagnostics import CODES, Diagnostic
from model.load.folder import Exclusion
from model.plan import Plan

if TYPE_CHECKING:
    from model.invariant import Invariant
    from model.load.config import Config
    from model.load.diagnostics import Report
    from model.load.unit import Unit

__all__ = ["CODES", "Diagnostic", "Exclusion", "LoadOptions", "Loaded", "load"]

#: Fields of `LoadOptions` with names of properties, and the options that they stand for.
_OPTIONS = {"properties": "--property", "skip": "--skip"}


@dataclass(frozen=True)
class LoadOptions:
    """What the command line says over the spec."""

    #: `--nodes`: a count, or a count and sizes, such as `5x8cpu,32Gi`.
    nodes: str | None = None
    #: `--property`, as often as given.
    properties: tuple[str, ...] = ()
    #: `--exclude`: patterns of what is left out of folders.
    exclude: tuple[Exclusion, ...] = ()
    #: `--allow-omitted`, as often as given: names of `model.omissions`, or "all".
    accepted: tuple[str, ...] = ()
    #: `--skip`, as often as given.
    skip: tuple[str, ...] = ()
    #: `--from`, as often as given: paths of the manifests as they were before.
    before: tuple[str, ...] = ()
    #: `--invariant`, as often as given.
    invariants: tuple[str, ...] = ()
    #: What a file says of those of them that it gives.
    config: Config | None = None

    def at(self, field: str) -> tuple[Source, ...]:
        """Where each of the properties of a field is given."""
        option = Source(_OPTIONS[field], 1)
        places = {} if self.config is None else self.config.places
        names = range(len(getattr(self, field)))
        return tuple(places.get(f"{field}[{number}]", option) for number in names)


@dataclass(frozen=True)
class Loaded:
    """`plan` is None exactly when a diagnostic is an error; they are sorted by place."""

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]
    #: File name to its text, for what is found out later about its lines.
    texts: Mapping[str, str] = field(default_factory=dict)
    #: Those of them that no file holds: what kustomizations and charts came to.
    rendered: Mapping[str, str] = field(default_factory=dict)


def load(
    paths: Sequence[str],
    *,
    property_names: Sequence[str],
    stdin: TextIO | None = None,
    options: LoadOptions = LoadOptions(),
) -> Loaded:
    """Read files, folders and standard input ("-"), and say what is to be checked.

    `property_names` are the properties that may be asked for. Whatever the user got wrong is a
    diagnostic, all of it at once; an exception is a bug.
    """
    from model.load import idle, nodes, plan
    from model.load.diagnostics import Report
    from model.load.library import Library
    from model.load.planner import Overrides
    from model.load.unit import read_unit

    report = Report()
    group = None if options.nodes is None else nodes.parse_override(options.nodes, report)
    idle.check_omissions(options.accepted, report)
    library = Library(property_names, stdin, report, options.exclude)
    library.read(paths)
    units = [read_unit(lot, property_names, report) for lot in library.lots()]
    units = [_after(unit, property_names, report) for unit in units]
    claimed: tuple[Invariant, ...] = ()
    if options.invariants:
        from model.load.invariants import given

        claimed = given(options.invariants, report)
    written = (name for unit in units if unit.check is not None for name in unit.check.claimed)
    names = (*property_names, *written, *(each.name for each in claimed))
    if options.config is not None:
        report.texts[options.config.file] = options.config.text
    for given_by in _OPTIONS:
        idle.check_properties(options.at(given_by), getattr(options, given_by), names, report)
    chosen = (*options.properties, *(each.name for each in claimed))
    before = _before(property_names, options, units, report) if options.before else {}
    overrides = Overrides(group, chosen, options.accepted, options.skip, before, claimed)
    planned = plan.make_plan(units, overrides, report)
    planned = replace(planned, skipped=tuple(library.skipped))
    return Loaded(
        None if report.failed else planned, report.sorted(), report.texts, library.rendered
    )


def _after(unit: Unit, property_names: Sequence[str], report: Report) -> Unit:
    """A unit as it is once a step of its Check has applied another version of its workloads."""
    if unit.check is None or not unit.check.applied:
        return unit
    from model.load import applied

    return applied.after(unit, property_names, report)


def _before(
    property_names: Sequence[str], options: LoadOptions, now: Sequence[Unit], report: Report
) -> dict[str, Workload]:
    """The workloads as they were before, by their subjects. Their mistakes count, and so does what
    cannot be changed; what is merely odd about them does not."""
    from model.load import updates
    from model.load.diagnostics import Report as Findings
    from model.load.library import Library
    from model.load.unit import read_unit

    own = Findings()
    library = Library(property_names, None, own, options.exclude)
    library.read(options.before)
    units = [read_unit(lot, property_names, own) for lot in library.lots()]
    for unit in now:
        updates.check((each for old in units for each in old.objects), unit.objects, report)
    for found in own.sorted():
        if found.severity == "error":
            report.texts.update(own.texts)
            report.error(found.code, found.message, found.source, found.hint)
    before = {workload.subject: workload for unit in units for workload in unit.workloads}
    return updates.relabelled(
        before,
        (workload for unit in now for workload in unit.workloads),
        (found for unit in (*now, *units) for found in unit.objects),
    )
