"""Which ResourceQuotas the pods of a workload may run out of, and how many of them each lets in.

Followed are quotas of which the manifests say all that decides. Pods of others that count as well
are there, as many as they ask for. What is not followed is an omission (`model.apiserver.omitted`).

Source: as `model.apiserver.quotausage` and `model.apiserver.quotaadmission` say.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from model.api import quantity
from model.api.amounts import Amounts, add
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
from model.setting import Manifest, Pods, Setting, mapping, mappings, texts

#: Scopes that a pod's manifest decides; PriorityClass only where it names one.
_DECIDED = (TERMINATING, NOT_TERMINATING, BEST_EFFORT, NOT_BEST_EFFORT, PRIORITY)


#: What is assumed where others' pods count for a quota as well.
SHARED = (
    "other workloads of the namespace have all the pods that they ask for, and count for its quotas"
)
#: Kinds whose pods are as many as their objects say, for as long as nobody changes these.
_STEADY = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "Pod")


def limits(setting: Setting) -> tuple[PodQuota, ...]:
    """The quotas that a scenario follows."""
    found = (_limited(each, setting) for each in setting.beside("ResourceQuota"))
    return tuple(each for each in found if isinstance(each, PodQuota))


def is_followed(quota: Manifest, setting: Setting) -> bool:
    """Whether the scenario has all that a quota may do to a workload's pods, be it nothing."""
    found = _limited(quota, setting)
    if isinstance(found, PodQuota):
        return any(
            (each.namespace, each.name) == (found.namespace, found.name)
            for each in setting.scenario.quotas
        )
    return found is None


def _limited(quota: Manifest, setting: Setting) -> PodQuota | Literal[False] | None:
    """How a quota limits the workload's pods: None if it does not, False if that is not known."""
    if is_ample(quota, setting):
        return None
    scenario, item, limited = setting.scenario, _item(setting.own), _read(quota)
    given = any(not changes_nothing(each, setting) for each in setting.beside("LimitRange"))
    simple = scenario.workload.by_replicasets and not (scenario.open or scenario.before)
    if not simple or given or item is None or limited is None:
        return False
    if not _is_decided(limited, item, setting):
        return False
    taken = _taken(limited, setting)
    return False if taken is None else _limit(limited, item, taken, quota)


def _taken(quota: ResourceQuota, setting: Setting) -> Amounts | None:
    """What pods of others use of a quota, by resource; None where that is not known, or changes."""
    total: Amounts = {}
    for pods in setting.around.selected(LabelSelector(), setting.own.namespace):
        if pods is setting.own:
            continue
        item = _item(pods) if pods.manifest.kind in _STEADY else None
        if item is None or pods.count is None or pods in setting.inside:
            return None
        if PRIORITY in {scope.name for scope in quota.scopes} and not item.classes:
            return None
        if not scoped(quota, item) or item.unnamed & set(quota.hard):
            continue  # What does not name what is limited has no pods.
        add(total, {name: amount * pods.count for name, amount in item.usage.items()})
    return total


def _limit(
    quota: ResourceQuota, item: Item, taken: Amounts, manifest: Manifest
) -> PodQuota | Literal[False] | None:
    """How what is left of a quota limits pods that are all like one."""
    if not scoped(quota, item):
        return None
    made = PodQuota(
        quota.namespace,
        quota.name,
        0,
        "",
        shared=bool(taken),
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
        name: (quota.hard[name] - taken.get(name, 0)) // item.usage[name]
        for name in asked
        if item.usage.get(name, 0) > 0
    }
    if not rooms:
        return None
    if min(rooms.values()) < 0:
        return False  # The others cannot have all of their pods themselves.
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


def _item(pods: Pods) -> Item | None:
    """One of some pods as quotas see it; None where that is not known."""
    manifest = pods.manifest
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
    return Pod(
        containers,
        init,
        limited=manifest.value(f"{root}.activeDeadlineSeconds") is not None,
        priority_class=name if isinstance(name, str) else "",
    ).item


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
