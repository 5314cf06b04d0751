"""Another version of a workload, which a step applies: a manifest, or a patch of its spec.

A unit whose Check has such a step is read as it is afterwards, with its workloads as they were
beside it, as `--from` has them.

Source: kubernetes v1.36.3 `staging/src/k8s.io/kubectl/pkg/cmd/patch/patch.go`,
`staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go` (mergeMap, mergeSliceHandler);
k8s.io/api v0.36 `core/v1/types.go` (patchMergeKey of the lists of pods).

Omits: directives of patches ($patch, $setElementOrder, $retainKeys).
"""

from __future__ import annotations

from collections.abc import Mapping as Values
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from model.api.change import Change
from model.api.source import Source
from model.api.steps import RESIZES
from model.changes.workload import APPLY, SCALE, applies_all
from model.load import steps, updates
from model.load.diagnostics import Report
from model.load.kinds import group_of
from model.load.library import Lot
from model.load.objects import Object, objects_of
from model.load.tree import Mapping, Value, equal, is_null, plain
from model.load.tree import Sequence as Items
from model.load.unit import Unit, read_unit
from model.words import listed

_STEPS = "spec.scenario.steps"
_KINDS = listed(f"{kind}s" for kind in APPLY.workloads)
#: Whose spec a patch is for: the first of these kinds that are there.
PATCHED = (("Deployment", "StatefulSet"), ("DaemonSet",))
#: Lists of pods whose items are known by a field of theirs.
MERGED = {
    "containers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "hostAliases": "ip",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "ports": "containerPort",
    "resourceClaims": "name",
    "schedulingGates": "name",
    "topologySpreadConstraints": "topologyKey",
    "volumeDevices": "devicePath",
    "volumeMounts": "mountPath",
    "volumes": "name",
}


@dataclass(frozen=True)
class Applied:
    """What a step applies: the objects of a manifest, or what the spec is to say otherwise."""

    path: str
    spec: Mapping | None
    #: Where the step is, or the field with the path.
    source: Source
    objects: tuple[Object, ...] = ()


def read_applied(
    given_steps: Sequence[tuple[str, Values[str, Any]]], places: Values[str, Source]
) -> tuple[Applied, ...]:
    """What the steps say that apply another version."""
    found = []
    for index, (name, given) in enumerate(given_steps):
        if name == "apply" and applies_all(given):
            step = f"spec.scenario.steps[{index}]"
            place = places.get(f"{step}.apply.manifest", places[step])
            found.append(Applied(given["manifest"] or "", given["spec"], place))
    return tuple(found)


def after(unit: Unit, names: Sequence[str], report: Report) -> Unit:
    """The unit as it is once its Check's first such step has applied a version, with what was
    before; the same where it has no such step. `names` are those of all properties."""
    if unit.check is None or not unit.check.applied:
        return unit
    applied, *further = unit.check.applied
    here = {_key(found): found for found in unit.objects if found.kind in APPLY.workloads}
    if applied.spec is not None:
        here = {key: found for key, found in here.items() if found.kind in _patched_kinds(unit)}
        others = [_patched(found, applied.spec, report) for found in here.values()]
    else:
        others = list(applied.objects)
        _tell_of_others(unit, applied, report)
    now = {_key(found): found for found in others if _key(found) in here}
    if not now and report.failed:
        return unit  # nothing could be read
    if not now:
        known = listed([found.label for found in here.values()], whole=True)
        place = applied.source
        hint = f"workloads here: {known}" if here else f"another version is applied of {_KINDS}"
        report.error("P303", "there is no workload that this is another version of", place, hint)
        return unit
    same = [found for key, found in now.items() if equal(_spec(here[key]), _spec(found))]
    if len(same) == len(now):
        message = f"what is applied says the same of {same[0].label} as what is there"
        report.error("P203", message, applied.source, "leave out the step, or change something")
    objects = [now.get(_key(found), found) for found in unit.objects]
    found = read_unit(Lot(objects, unit.check, unit.origin), names, report)
    updates.check(unit.objects, now.values(), report)
    changed = {found.label for found in now.values()}
    before = {each.subject: each for each in unit.workloads if each.subject in changed}
    everything = (*unit.objects, *now.values())
    before = updates.relabelled(before, found.workloads, everything)
    kept = {new.label for key, new in now.items() if _same_template(here[key], new)}
    if unit.check.change is not None and steps.changed_before(unit.check.change):
        _begun(unit.check.change, here, now, unit.check.applied, report)
    back: dict[str, tuple[bool, ...]] = {}
    for each in further:
        # What is a patch, or was not read, is a mistake already.
        for key, new in now.items() if each.objects else ():
            again = _is_back(each, here[key], new, report)
            back[new.label] = (*back.get(new.label, ()), again)
    return replace(found, before=before, kept=frozenset(kept), back=back)


def _begun(
    change: Change,
    here: Values[tuple[str, ...], Object],
    now: Values[tuple[str, ...], Object],
    applied: Sequence[Applied],
    report: Report,
) -> None:
    """Reports what a rollout under way would have to mind, and what is left to other steps."""
    for key, new in now.items():
        if _besides(here[key]) != _besides(new):
            message = f"`{_STEPS}` changes {new.label} before another version of it is applied"
            hint = "which differs in more than template and replicas: a rollout that is under way "
            hint += "is checked with one strategy; put `apply` first, with `order: given`"
            report.error("P203", message, applied[-1].source, hint)
    for each in applied:
        for found in each.objects if steps.changed_before(change, RESIZES) else ():
            if found.kind not in SCALE.workloads or _key(found) not in now:
                continue
            if found.tree.at("spec", "replicas") is None:
                message = f"`{_STEPS}` changes the replicas of {found.label}, and applies a version"
                hint = "say `spec.replicas` in it: else they stay as other steps made them"
                report.error("P203", message, each.source, hint)


def _besides(found: Object) -> dict[str, object]:
    spec = plain(_spec(found))
    kept = spec.items() if isinstance(spec, dict) else ()
    return {key: value for key, value in kept if key not in ("replicas", "template")}


def _is_back(applied: Applied, old: Object, new: Object, report: Report) -> bool:
    """Whether a further step gives a workload the version of the start again; else it is the one
    that the first step gave it."""
    given = next((each for each in applied.objects if _key(each) == _key(new)), None)
    if given is not None and equal(_spec(given), _spec(old)):
        return True
    if given is None or not equal(_spec(given), _spec(new)):
        message = f"`{_STEPS}` applies a third version of {new.label}"
        message = message if given else f"`{_STEPS}` applies {new.label} only once"
        hint = "two versions are checked at a time: apply the first, or the second one again"
        report.error("P203", message, applied.source, hint)
    return False


def _tell_of_others(unit: Unit, applied: Applied, report: Report) -> None:
    """Objects of a manifest that are applied by no step: those that are not there as they are."""
    known = {_key(found): found for found in unit.objects}
    for each in applied.objects:
        there = known.get(_key(each))
        if each.kind in APPLY.workloads or (there and equal(there.tree, each.tree)):
            continue
        hint = "name it in spec.manifests: then it is there from the start"
        message = f"{each.label} is not applied: only {_KINDS} are"
        report.warning("P302", message, each.source, hint)


def _patched_kinds(unit: Unit) -> Sequence[str]:
    """The kinds of the workloads that a patch is for."""
    there = {found.kind for found in unit.objects}
    return next((kinds for kinds in PATCHED if there.intersection(kinds)), ())


def _patched(found: Object, spec: Mapping, report: Report) -> Object:
    tree = Mapping(found.source)
    tree.entries, tree.keys = dict(found.tree.entries), dict(found.tree.keys)
    tree.entries["spec"] = merged(found.tree.entries.get("spec"), spec)
    tree.keys.setdefault("spec", spec.source)
    (patched,) = objects_of([tree], report)
    return patched


def merged(old: Value | None, new: Value, key: str = "") -> Value:
    """A value with what a patch says otherwise; `key` is the field that holds it."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found = Mapping(old.source)
        found.entries, found.keys = dict(old.entries), dict(old.keys)
        for name, value in new.entries.items():
            if is_null(value):
                found.entries.pop(name, None)
                found.keys.pop(name, None)
            else:
                found.entries[name] = merged(old.entries.get(name), value, name)
                found.keys[name] = new.keys[name]
        return found
    if isinstance(old, Items) and isinstance(new, Items) and key in MERGED:
        return _items(old, new, MERGED[key])
    return new


def _items(old: Items, new: Items, key: str) -> Items:
    """Two lists: items of the same name are one, others come after."""
    found = Items(old.source)
    found.items = list(old.items)
    for item in new.items:
        for place, known in enumerate(found.items):
            if _same(known, item, key):
                found.items[place] = merged(known, item)
                break
        else:
            found.items.append(item)
    return found


def _same(one: Value, other: Value, key: str) -> bool:
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)):
        return False
    mine, theirs = one.at(key), other.at(key)
    return mine is not None and theirs is not None and equal(mine, theirs)


def _same_template(old: Object, new: Object) -> bool:
    """Whether no new revision comes of it; what the model does not read counts as well."""
    one, other = (each.tree.at("spec", "template") for each in (old, new))
    return one is not None and other is not None and equal(one, other)


def _spec(found: Object) -> Value:
    return found.tree.at("spec") or Mapping(found.source)


def _key(found: Object) -> tuple[str, ...]:
    return group_of(found.api_version), found.kind, found.namespace, found.name
