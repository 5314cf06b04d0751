"""Which ResourceQuotas the pods of a workload may run out of, and how many of them each lets in.

Followed are quotas that count the workload's pods alone, where its manifest says all that decides.
The others are omissions (`model.apiserver.omitted`).

Source: as `model.apiserver.quotausage` and `model.apiserver.quotaadmission` say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from model.api import quantity
from model.api.amounts import Amounts
from model.api.resourcequota import PodQuota, ResourceQuota, Scope
from model.api.selector import LabelSelector
from model.apiserver.quota import about_pods, changes_nothing, is_ample
from model.apiserver.quotaadmission import scoped
from model.apiserver.quotausage import (
    BEST_EFFORT,
    NOT_BEST_EFFORT,
    NOT_TERMINATING,
    ONE,
    PODS,
    PRIORITY,
    TERMINATING,
    Item,
    Pod,
    Resources,
    tracks,
)
from model.setting import Manifest, Setting, mapping, mappings, texts

#: Scopes that a pod's manifest decides; PriorityClass only where it names one.
_DECIDED = (TERMINATING, NOT_TERMINATING, BEST_EFFORT, NOT_BEST_EFFORT, PRIORITY)


def limits(setting: Setting) -> tuple[PodQuota, ...]:
    """The quotas that a scenario follows."""
    scenario = setting.scenario
    others = setting.strangers(setting.around.selected(LabelSelector(), setting.own.namespace))
    simple = scenario.workload.by_replicasets and not (scenario.open or scenario.before)
    given = any(not changes_nothing(each, setting) for each in setting.beside("LimitRange"))
    if not simple or others or given or len(setting.inside) > 1:
        return ()
    return tuple(_limits(setting))


def _limits(setting: Setting) -> Iterator[PodQuota]:
    found: Item | None = None
    for quota in setting.beside("ResourceQuota"):
        if is_ample(quota, setting):
            continue
        found = found or _item(setting)
        limited = found and _read(quota)
        if found and limited and _is_decided(limited, found, setting):
            limit = _limit(limited, found, quota)
            if limit is not None:
                yield limit


def _limit(quota: ResourceQuota, item: Item, manifest: Manifest) -> PodQuota | None:
    """How a quota limits pods that are all like one; None if it does not."""
    if not scoped(quota, item):
        return None
    made = PodQuota(
        quota.namespace,
        quota.name,
        0,
        "",
        to_the_end=f"count/{PODS}" in quota.hard,
        source=manifest.source,
        fields={
            f"spec.hard[{name}]": each.source
            for name in quota.hard
            for each in manifest.written(f'spec.hard["{name}"]')
        },
    )
    asked = [name for name in quota.hard if tracks(PODS, name)]
    for name in sorted(set(asked) & item.unnamed):
        return replace(made, resource=name, unnamed=True)
    rooms = {
        name: quota.hard[name] // item.usage[name] for name in asked if item.usage.get(name, 0) > 0
    }
    if not rooms:
        return None
    tightest = min(rooms, key=lambda name: (rooms[name], name))
    return replace(made, most=rooms[tightest], resource=tightest)


def _is_decided(quota: ResourceQuota, item: Item, setting: Setting) -> bool:
    """Whether what a quota counts of a pod is known, and is all that it refuses of the workload."""
    names = [scope.name for scope in quota.scopes]
    if any(name not in _DECIDED for name in names):
        return False
    if PRIORITY in names and not item.classes:
        return False  # The cluster may have a class for pods that name none.
    others = [name for name in quota.hard if about_pods(name) and not tracks(PODS, name)]
    # Of what is lost with a node it is not told when it stops counting.
    lingers = f"count/{PODS}" in quota.hard and setting.scenario.losable
    return not others and not lingers


def _read(manifest: Manifest) -> ResourceQuota | None:
    hard = _amounts(manifest.value("spec.hard"))
    if hard is None:
        return None
    scopes = [Scope(name) for name in texts(manifest.value("spec.scopes"))]
    for each in mappings(manifest.value("spec.scopeSelector.matchExpressions")):
        operator = each.get("operator")
        if operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
            return None
        scopes.append(Scope(str(each.get("scopeName")), operator, tuple(texts(each.get("values")))))
    return ResourceQuota(manifest.namespace, manifest.name, hard, tuple(scopes), manifest.source)


def _item(setting: Setting) -> Item | None:
    """A pod of the workload as quotas see it; None where that is not known."""
    manifest = setting.own.manifest
    root = "spec" if manifest.kind == "Pod" else "spec.template.spec"
    groups: list[list[Resources]] = []
    for field in ("containers", "initContainers"):
        found = []
        for container in manifest.written(f"{root}.{field}[*]"):
            said = _resources(mapping(container.value))
            if said is None:
                return None
            found.append(said)
        groups.append(found)
    whole, overhead = (
        mapping(manifest.value(f"{root}.resources")),
        manifest.value(f"{root}.overhead"),
    )
    if whole or overhead:
        return None
    name = manifest.value(f"{root}.priorityClassName")
    containers, init = groups
    return Pod(containers, init, priority_class=name if isinstance(name, str) else "").item


def _resources(container: dict[str, Any]) -> Resources | None:
    """What a container asks for: a limit is a request too, where that is not said."""
    said = mapping(container.get("resources"))
    requests, limits = _amounts(said.get("requests")), _amounts(said.get("limits"))
    if requests is None or limits is None:
        return None
    return Resources({**limits, **requests}, limits, container.get("restartPolicy") == "Always")


def _amounts(given: Any) -> Amounts | None:
    """Nanos by resource, as the API server keeps them; None where some text is no amount."""
    found: Amounts = {}
    for name, amount in mapping(given).items():
        nanos = quantity.parse(str(amount))
        if nanos is None:
            return None
        found[name] = quantity.ceil(nanos, ONE // 1000) * (ONE // 1000)
    return found
