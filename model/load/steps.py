"""The user's steps of a Check: from the values of its fields to typed steps, and what is wrong with
them.

What kubectl refuses depends on the steps before, so it is found by following them
(`model.stages`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from model import changes, stages
from model.api.change import Change, stepwise
from model.api.node import Node, Taint
from model.api.source import Source
from model.api.steps import (
    NODES,
    RESIZES,
    TEMPLATE,
    AddNode,
    Apply,
    Cordon,
    Delete,
    DeletePod,
    Drain,
    Load,
    PutLabel,
    PutTaint,
    RemoveNode,
    Resume,
    SetPartition,
    Step,
    TakeLabel,
    TakeTaint,
    Uncordon,
)
from model.api.workload import Workload
from model.changes.workload import SCALE
from model.load.diagnostics import Report
from model.load.labels import is_label_value, is_qualified
from model.scenario import Faults
from model.words import listed

_PATH = "spec.scenario.steps"
#: Steps that change what another version may say otherwise.
_OBJECT = (*TEMPLATE, *RESIZES, SetPartition)
#: Steps of one Check at most.
MOST = 30


def read_steps(
    values: Sequence[tuple[str, Mapping[str, Any]]],
    places: dict[str, Source],
    report: Report,
    *,
    any_order: bool,
) -> Change | None:
    """The change that they make; None where they are none. A step that names several nodes is as
    many steps: `places` then has the place of each."""
    place = places[_PATH]
    if not values and report.failed:
        return None  # something else than a list of steps
    if not values:
        report.error("P203", f"`{_PATH}` is empty", place, "name a step such as `- scale: 5`")
        return None
    if len(values) > MOST:
        report.error("P200", f"`{_PATH}` must have at most {MOST} steps", place)
        return None
    steps: list[Step] = []
    where: list[Source] = []
    for index, (name, given) in enumerate(values):
        path = f"{_PATH}[{index}]"
        if name == "apply":
            _whole(given, f"{path}.{name}", places.get(f"{path}.{name}", places[path]), report)
        if name in ("label", "unlabel"):
            _label(given, f"{path}.{name}", places, report)
        elif "key" in given:
            read_taint(given, f"{path}.{name}", places, report)
        steps += changes.ROWS[name].read(given)
        where += [places[path]] * (len(steps) - len(where))
    places.update((f"{_PATH}[{number}]", place) for number, place in enumerate(where))
    _agree(steps, place, report)
    _begun(steps, where, report, any_order=any_order)
    _told_apart(steps, where, report, any_order=any_order)
    _still_there(steps, where, report, any_order=any_order)
    _not_yet_there(steps, where, report, any_order=any_order)
    return stepwise(tuple(steps), any_order=any_order)


def read_taint(
    values: Mapping[str, Any], path: str, places: Mapping[str, Source], report: Report
) -> Taint:
    """A taint of effect NoExecute; mistakes go to `report`."""
    key, value = values["key"], values["value"]
    if not is_qualified(key):
        message = f"`{path}.key`: `{key}` is not a valid taint key"
        report.error("P206", message, places[f"{path}.key"])
    if not is_label_value(value):
        message = f"`{path}.value` is not a valid label value"
        report.error("P206", message, places[f"{path}.value"])
    return Taint(key, value, "NoExecute")


def _label(
    given: Mapping[str, Any], path: str, places: Mapping[str, Source], report: Report
) -> None:
    """Mistakes in a label go to `report`."""
    if given["key"] is not None and not is_qualified(given["key"]):
        message = f"`{path}.key`: `{given['key']}` is not a valid label key"
        report.error("P206", message, places[f"{path}.key"])
    if not is_label_value(given.get("value") or ""):
        report.error("P206", f"`{path}.value` is not a valid label value", places[f"{path}.value"])


def _whole(given: Mapping[str, Any], path: str, place: Source, report: Report) -> None:
    """What `apply` has to say, in one way."""
    ways = [name for name in ("manifest", "spec") if given[name] is not None]
    fields = [name for name in ("image", "replicas") if given[name] is not None]
    if len(ways) + bool(fields) > 1:
        message = f"`{path}` says in several ways what the workload is to be"
        hint = f"leave out all but one of {listed(f'`{name}`' for name in (*ways, *fields))}"
        report.error("P203", message, place, hint)
    elif not ways and len(fields) < 2 and not report.failed:
        message = f"`{path}` must hold `image` and `replicas`, or a `manifest`, or a `spec`"
        hint = "for one of image and replicas there are `setImage` and `scale`"
        report.error("P104", message, place, hint)


def _begun(
    steps: Sequence[Step], where: Sequence[Source], report: Report, *, any_order: bool
) -> None:
    """Reports a patch that is applied to a workload that steps may have changed: what it leaves
    alone stays as these made it. So does the partition, unless a manifest gives another."""
    for number, others in whole(steps, any_order=any_order):
        step = steps[number]
        assert isinstance(step, Apply)
        if not any(isinstance(each, _OBJECT if step.patch else SetPartition) for each in others):
            continue
        message = f"`{_PATH}` changes the workload before another version of it is applied"
        hint = "put `apply` first, with `order: given`, or have steps of single fields only"
        if step.patch:
            hint = "give a whole `manifest`, or put `apply` first, with `order: given`"
        report.error("P203", message, where[number], hint)


def whole(steps: Sequence[Step], *, any_order: bool) -> Iterator[tuple[int, Sequence[Step]]]:
    """The places of the steps that apply another version, and those that may come before each."""
    for number, step in enumerate(steps):
        if isinstance(step, Apply) and step.whole:
            yield number, [e for e in steps if e is not step] if any_order else steps[:number]


def changed_before(change: Change, kinds: tuple[type, ...] = _OBJECT) -> bool:
    """Whether steps of some kinds may come before one that applies another version."""
    found = whole(change.steps, any_order=change.any_order)
    return any(isinstance(each, kinds) for _, others in found for each in others)


def _agree(steps: Sequence[Step], place: Source, report: Report) -> None:
    """What the model keeps once for all steps about nodes."""
    if len({step.taint for step in steps if isinstance(step, PutTaint | TakeTaint)}) > 1:
        message = f"the steps of `{_PATH}` are about several taints"
        report.error("P203", message, place, "name one taint, and check the others apart")
    if len({step.uncordon for step in steps if isinstance(step, Drain)}) > 1:
        message = f"some drains of `{_PATH}` have `uncordon` and some have not"
        report.error("P203", message, place, "give all the same, or add `uncordon` steps")
    if any(isinstance(step, Load) for step in steps) and any(
        isinstance(step, Apply) and step.whole for step in steps
    ):
        message = f"`{_PATH}` applies a whole version, and changes the load"
        hint = "give `apply` an image and replicas, or use `setImage` if the manifest has none"
        report.error("P203", message, place, hint)
    tainted: set[str] = set()
    drained: set[str] = set()
    if any(isinstance(step, Delete) for step in steps) and any(
        isinstance(step, Drain | PutTaint) for step in steps
    ):
        message = f"`{_PATH}` deletes the workload, and drains or taints nodes"
        hint = "check them apart: what budgets say of pods without their workload is not modelled"
        report.error("P203", message, place, hint)
    for step in steps:
        if isinstance(step, PutTaint):
            tainted |= set(step.nodes)
        elif isinstance(step, TakeTaint) and not set(step.nodes) <= tainted:
            message = f"no step before takes care that `{step.nodes[0]}` has the taint"
            report.error("P203", message, place, "put `taint` before `untaint`")
        elif isinstance(step, Drain):
            if set(step.nodes) & drained:
                message = f"`{_PATH}` drains `{step.nodes[0]}` twice"
                report.error("P203", message, place, "name each node in one drain")
            drained |= set(step.nodes)


def _told_apart(
    steps: Sequence[Step], where: Sequence[Source], report: Report, *, any_order: bool
) -> None:
    """Reports nodes of which nobody could tell, once they are cordoned, whether for a drain: those
    that are cordoned by themselves as well, and uncordoned."""
    for number, step in enumerate(steps):
        if not isinstance(step, Cordon):
            continue
        others = steps if any_order else steps[:number]
        drains = [each for each in others if isinstance(each, Drain) and step.node in each.nodes]
        freed = any(isinstance(each, Uncordon) and each.node == step.node for each in others)
        if drains and (freed or drains[0].uncordon):
            message = f"`{_PATH}` drains `{step.node}`, uncordons it, and cordons it by itself"
            hint = "leave out `cordon`, or put it before the drain, with `order: given`"
            report.error("P203", message, where[number], hint)


def _still_there(
    steps: Sequence[Step], where: Sequence[Source], report: Report, *, any_order: bool
) -> None:
    """Reports steps about nodes that an earlier one has removed, or with any order may have."""
    for number, step in enumerate(steps):
        if not isinstance(step, NODES):
            continue
        before = [*steps[:number], *(steps[number + 1 :] if any_order else ())]
        gone = {each.node for each in before if isinstance(each, RemoveNode)}
        if about := gone & set(_nodes(step)):
            message = f"`{_PATH}`: `{step}` is about `{min(about)}`, which another step removes"
            hint = "put it before `removeNode`, with `order: given`, or leave it out"
            report.error("P203", message, where[number], hint)


def _not_yet_there(
    steps: Sequence[Step], where: Sequence[Source], report: Report, *, any_order: bool
) -> None:
    """Reports steps about nodes that have yet to join, or with any order may have."""
    for number, step in enumerate(steps):
        if not isinstance(step, NODES):
            continue
        after = [*steps[number + 1 :], *(steps[:number] if any_order else ())]
        coming = {each.node for each in after if isinstance(each, AddNode)}
        if about := coming & set(_nodes(step)):
            message = f"`{_PATH}`: `{step}` is about `{min(about)}`, which another step adds"
            hint = "put it after `addNode`, with `order: given`; each node joins once"
            report.error("P203", message, where[number], hint)


def _nodes(step: Step) -> tuple[str, ...]:
    """The nodes that a step is about."""
    match step:
        case Drain() | PutTaint() | TakeTaint():
            return step.nodes
        case Cordon() | Uncordon() | RemoveNode() | AddNode() | PutLabel() | TakeLabel():
            return (step.node,)
    return ()


def check_labels(
    change: Change,
    faults: Faults,
    nodes: Sequence[Node],
    places: Mapping[str, Source],
    report: Report,
) -> None:
    """Reports steps that leave nodes as they are labelled from the start, and faults that would
    bring nodes with their first labels."""
    labels = {node.name: node.labels for node in nodes}
    seen: set[tuple[str, str]] = set()
    for number, step in enumerate(change.steps):
        if not isinstance(step, PutLabel | TakeLabel) or step.node not in labels:
            continue
        place, given = places.get(f"{_PATH}[{number}]", places[_PATH]), labels[step.node]
        if faults.node_removals:
            message = f"`{_PATH}` labels nodes, and `spec.faults.nodeRemovals` replaces some"
            report.error("P203", message, place, "check them apart: a new node has other labels")
            return
        value = step.value if isinstance(step, PutLabel) else None
        first = (step.node, step.key) not in seen and not change.any_order
        if first and given.get(step.key) == value:
            has = f"has no label `{step.key}`"
            if value is not None:
                has = f"has the label `{step.key}={value}` already"
            message = f"`{_PATH}`: `{step}` does nothing: `{step.node}` {has}"
            report.error("P203", message, place, "leave it out")
        seen.add((step.node, step.key))


def unsuited(change: Change, workload: Workload) -> str:
    """Why a kind of workload is not checked under these steps; empty if it is."""
    for name, row in changes.ROWS.items():
        if change.has(row.kind) and workload.kind not in row.workloads:
            return f"`{name}` is checked for {listed(f'{each}s' for each in row.workloads)}"
    if workload.kind not in SCALE.workloads and any(
        isinstance(step, Apply) and step.replicas is not None for step in change.given
    ):
        return f"a {workload.kind} has no replicas to `apply`: give a `manifest` or a `spec`"
    return ""


def follow(
    change: Change, workload: Workload, places: Mapping[str, Source], report: Report
) -> bool:
    """Whether each of the steps does something to a workload; if not, that goes to `report`."""
    place = places[_PATH]
    if report.failed:
        return False
    path, found = f"`{_PATH}`", stages.stages_for(change, workload)
    for number, refusal in found.refused:
        where = places.get(f"{_PATH}[{number}]", place)
        step, reason, hint = change.steps[number], refusal, "leave it out"
        if isinstance(step, Resume):
            # What the manifest says is an omission, or leaves the workload out.
            halt, halted = ("suspend", "suspended") if workload.job else ("pause", "paused")
            reason = f"no step has {workload.subject} {halted} then"
            hint = f"put `{halt}` before it; that a manifest has {halted} it is not followed"
        report.error("P203", f"{path}: `{step}` does nothing: {reason}", where, hint)
    _known_pods(change, workload, found.sizes, places, report)
    many = ("Deployment", "StatefulSet")
    if len(found.revisions) > 2 and workload.kind not in many and not found.refused:
        message = f"{path}: {workload.subject} would get {len(found.revisions)} revisions"
        report.error(
            "P203", message, place, "more than two are checked for Deployments and StatefulSets"
        )
    return not report.failed


def _known_pods(
    change: Change,
    workload: Workload,
    sizes: Sequence[int],
    places: Mapping[str, Source],
    report: Report,
) -> None:
    """Reports names of pods that a workload never has."""
    first, most = (workload.stateful.start, max(sizes, default=0)) if workload.stateful else (0, 0)
    known = [f"{workload.name}-{first + position}" for position in range(most)]
    hint = f"name one of `{known[0]}` to `{known[-1]}`" if known else "leave out the name"
    for number, step in enumerate(change.steps):
        if isinstance(step, DeletePod) and step.pod and step.pod not in known:
            where = places.get(f"{_PATH}[{number}]", places[_PATH])
            message = f"`{_PATH}`: {workload.subject} has no pod that is called `{step.pod}`"
            report.error("P203", message, where, hint)


def largest(change: Change | None, workload: Workload) -> Workload:
    """The workload with the most replicas that it is scaled to."""
    sizes = change.scaled_to if change is not None else ()
    return replace(workload, replicas=max(workload.replicas, *sizes)) if sizes else workload
