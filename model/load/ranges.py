"""What a Check leaves open: ranges of counts and amounts, and the scenarios that they fit.

A range of counts without an upper limit is read as its first few values, and marked as endless.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from model.api import quantity
from model.api.source import Source
from model.api.workload import Workload
from model.configurations import AMOUNTS, choices, narrowed, says
from model.load.diagnostics import Report
from model.load.nodes import COUNT, NodeGroup
from model.load.tree import Mapping, is_null
from model.scenario import Range, Scenario

if TYPE_CHECKING:
    from model.load.check import Check

#: Values of a range without an upper limit that are looked at.
FEW = {"replicas": 6, "maxSurge": 3, "maxUnavailable": 3, "nodes": 3}
#: Distance between the amounts of a range, in the units of `Node.allocatable`.
STEPS = {"cpu": 100, "memory": 1 << 28}
#: More configurations than anybody waits for.
MOST = 2000


def read_open(
    tree: Mapping | None,
    values: Dictionary[str, Dictionary[str, Any]],
    places: Dictionary[str, Source],
    report: Report,
) -> dict[str, Range]:
    """The ranges that are written in `spec.open`, whose values with their defaults are `values`."""
    found = {}
    for name, given in values.items():
        written = None if tree is None else tree.at(name)
        if written is None or is_null(written):
            continue
        path = f"spec.open.{name}"
        place = places.get(path, written.source)
        read = _amounts if name in STEPS else _counts
        numbers = read(name, given, place, report)
        if numbers is None:
            continue
        if not numbers.values:
            end = places.get(f"{path}.to", place)
            report.error("P200", f"`{path}`: `to` is less than `from`", end, "swap them")
        elif len(numbers.values) > MOST:
            message = (
                f"`{path}` has {len(numbers.values):,} values, at most {MOST:,} can be checked"
            )
            report.error("P200", message, place, "bring `from` and `to` nearer to each other")
        else:
            found[name] = numbers
    return found


def _counts(name: str, given: Dictionary[str, Any], place: Source, report: Report) -> Range | None:
    low, high = given["from"], given["to"]
    if high is not None:
        values = tuple(range(low, high + 1))
    elif name in FEW:
        values = tuple(range(low, low + FEW[name]))
    else:
        report.error("P104", f"`spec.open.{name}.to` is required", place)
        return None
    if name == "nodes" and low == 0:
        report.error("P200", "`spec.open.nodes.from` must be at least 1", place)
        return None
    names = tuple(map(str, values)) if name in AMOUNTS else ()
    return Range(values, names, endless=high is None)


def _amounts(name: str, given: Dictionary[str, Any], place: Source, report: Report) -> Range | None:
    for end in ("from", "to"):
        if given[end] is None:
            report.error("P104", f"`spec.open.{name}.{end}` is required", place)
            return None
    low, high = (quantity.units(name, given[end]) for end in ("from", "to"))
    step = STEPS[name] if given["step"] is None else quantity.units(name, given["step"])
    if step == 0:
        report.error("P200", f"`spec.open.{name}.step` must be greater than 0", place)
        return None
    if low > high:
        return Range(())
    # A range of any length is cut before it fills the memory; one this long is refused.
    steps = range(low, high, step)[: MOST + 1]
    values = (*steps, high)
    return Range(values, tuple(quantity.show(name, value) for value in values))


def suits(check: Check, workload: Workload, given: bool, report: Report) -> bool:
    """Whether a workload can have what a Check leaves open; `given` says that there are Node
    objects. Mistakes go to `report`."""

    def wrong(name: str, message: str, hint: str = "") -> None:
        place = check.places.get(f"spec.open.{name}", check.source)
        report.error("P203", f"`spec.open.{name}`: {message}", place, hint)

    before = report.failed
    rolls = workload.kind == "Deployment" and workload.strategy == "RollingUpdate"
    for name in ("maxSurge", "maxUnavailable"):
        if name in check.open and not rolls:
            wrong(name, f"{workload.subject} has no rolling update", "leave it out")
    if not workload.by_replicasets:
        for name in check.open:
            wrong(name, f"{workload.subject} is checked with one value", "leave it out")
    if "nodes" in check.open and given:
        wrong("nodes", "there are Node objects", "leave them out, or their number as it is")
    elif "nodes" in check.open and len(check.groups) > 1:
        wrong("nodes", "there are several kinds of nodes", "describe one in spec.cluster.nodes")
    return before or not report.failed


def largest(check: Check, workload: Workload) -> Workload:
    """The workload with the most replicas that a Check leaves open."""
    values = check.open.get("replicas")
    return workload if values is None else replace(workload, replicas=values.values[-1])


def overridden(check: Check, override: NodeGroup | None) -> Check:
    """The Check without the ranges that the command line gives values for."""
    if override is None:
        return check
    gone = {"nodes", *override.allocatable}
    return replace(check, open={k: v for k, v in check.open.items() if k not in gone})


def groups(check: Check, override: NodeGroup | None) -> tuple[Check, NodeGroup | None]:
    """The kinds of nodes with the largest open values: those of the Check if it describes some,
    otherwise what is to be assumed."""
    amounts = {name: check.open[name].values[-1] for name in AMOUNTS if name in check.open}
    count = check.open["nodes"].values[-1] if "nodes" in check.open else None

    def enlarged(group: NodeGroup) -> NodeGroup:
        allocatable = {**group.allocatable, **amounts}
        return replace(group, count=count or group.count, allocatable=allocatable)

    if not amounts and not count:
        return check, override
    if check.groups and override is None:
        return replace(check, groups=tuple(map(enlarged, check.groups))), None
    return check, enlarged(override or NodeGroup(COUNT, {}, {}, ()))


def opened(scenario: Scenario, check: Check, report: Report) -> Scenario:
    """The scenario with the ranges of its Check; mistakes go to `report`."""
    place = check.places.get("spec.open", check.source)
    number = 1
    for values in check.open.values():
        number *= len(values.values)
    if number > MOST:
        message = f"`spec.open` has {number:,} configurations, at most {MOST:,} can be checked"
        report.error("P200", message, place, "narrow a range, or leave fewer fields open")
        return scenario
    found = narrowed(scenario, check.open)
    count = len(choices(found))
    if not count:
        message = "`spec.open` leaves no configuration: maxSurge and maxUnavailable are both 0"
        report.error("P203", message, place, "raise one of them to 1")
        return scenario
    endless = [name for name, values in check.open.items() if values.endless]
    several = "configurations" if count > 1 else "configuration"
    sentence = f"left open (spec.open): {says(check.open)}, {count:,} {several} in all"
    if endless:
        sentence += f"; larger {', '.join(endless)} are covered only where the verdict is proved"
    return replace(found, assumptions=(sentence, *scenario.assumptions))


def fewest(check: Check | None) -> int | None:
    """How many nodes there are in every configuration; None where their number is not open."""
    values = None if check is None else check.open.get("nodes")
    return None if values is None else values.values[0]
