"""Whether everything that is checked together stays within a ResourceQuota or a LimitRange.

Source: kubernetes v1.36.3 `pkg/quota/v1/evaluator/core/pods.go` (Constraints, PodUsageFunc,
podMatchesScopeFunc), `plugin/pkg/admission/limitranger/admission.go` (mergePodResourceRequirements,
PodValidateLimitFunc).

Omits: pods that end, of which a quota of `pods` counts none for longer than their grace period.
"""

from __future__ import annotations

from typing import Any

from model.api import quantity
from model.api.selector import LabelSelector
from model.apiserver.room import largest
from model.omission import rolled_out
from model.setting import Manifest, Pods, Setting, mapping, mappings, texts
from model.stages import sizes

#: Resources of which every container has to say what it wants, once a quota limits them.
_SAID = ("cpu", "memory")
#: Objects beside pods that a quota may count, and the most that one Deployment keeps of them where
#: it does not say how many old ones to keep.
_REPLICASETS = "count/replicasets.apps"
_KEPT = 10
#: What counts the Jobs that CronJobs make, and the claims that StatefulSets make.
_JOBS = "count/jobs.batch"
_CLAIMS = ("persistentvolumeclaims", "count/persistentvolumeclaims", "requests.storage")
_OF_CLASS = ".storageclass.storage.k8s.io/"


def about_pods(resource: str) -> bool:
    """Whether a quota's resource counts pods, ReplicaSets, or what pods ask for."""
    amounts = resource.startswith(("requests.", "limits.", "hugepages-"))
    counted = (*_SAID, "ephemeral-storage", "pods", "count/pods", _REPLICASETS)
    return resource in counted or (amounts and resource != "requests.storage")


def is_ample(quota: Manifest, setting: Setting) -> bool:
    """Whether the workload's pods are sure to be within a quota, whatever its neighbours do."""
    scopes = texts(quota.value("spec.scopes"))
    if "Terminating" in scopes:
        # Pods of Deployments and ReplicaSets never have a deadline.
        return True
    hard = mapping(quota.value("spec.hard"))
    if any(_counts_made(resource, setting.own.manifest) for resource in hard):
        return False
    return all(_suffices(resource, hard[resource], setting) for resource in hard)


def _counts_made(resource: str, own: Manifest) -> bool:
    """Whether a quota's resource counts something else than pods and ReplicaSets that the workload
    needs and that its controller makes, or, of a Job, the Job itself."""
    if own.kind in ("Job", "CronJob"):
        return resource == _JOBS
    claims = own.kind == "StatefulSet" and own.value("spec.volumeClaimTemplates")
    return bool(claims) and (resource in _CLAIMS or _OF_CLASS in resource)


def _suffices(resource: str, given: Any, setting: Setting) -> bool:
    if not about_pods(resource):
        return True
    nanos = quantity.parse(str(given))
    if nanos is None:
        return False
    total = 0
    for pods in setting.around.selected(LabelSelector(), setting.own.namespace):
        used = _used(resource, pods, setting)
        if used is None:
            return False
        total += used
    return total <= nanos


def _used(resource: str, pods: Pods, setting: Setting) -> int | None:
    """The most that pods of an object use of a quota's resource, in nanos; None where that is not
    known, or where they do not say so and are refused."""
    if resource == _REPLICASETS:
        kept = pods.manifest.value("spec.revisionHistoryLimit")
        return ((kept if isinstance(kept, int) else _KEPT) + 2) * quantity.NANOS
    count = pods.count
    if count is None:
        return None
    if pods is setting.own:
        count = max(count, sizes(setting.scenario)[-1])
        if rolled_out(setting.scenario):
            count += largest(setting.scenario).rounded[0]
    if resource in ("pods", "count/pods"):
        # What ends is counted by the second until it is gone.
        return count * quantity.NANOS * (2 if resource == "count/pods" else 1)
    name = resource.removeprefix("requests.").removeprefix("limits.")
    one = _asked(name, pods, "limits" if resource.startswith("limits.") else "requests")
    return None if one is None else count * one


def _asked(name: str, pods: Pods, kind: str) -> int | None:
    """Nanos of a resource that all containers of a pod ask for together."""
    root = "spec" if pods.manifest.kind == "Pod" else "spec.template.spec"
    if pods.manifest.value(f"{root}.resources") or pods.manifest.value(f"{root}.overhead"):
        return None
    total = 0
    for field in ("containers", "initContainers"):
        for container in pods.manifest.written(f"{root}.{field}[*]"):
            resources = mapping(mapping(container.value).get("resources"))
            said = mapping(resources.get(kind)).get(name)
            if said is None and kind == "requests":
                said = mapping(resources.get("limits")).get(name)
            if said is None:
                if name in _SAID:
                    return None
                continue
            nanos = quantity.parse(str(said))
            if nanos is None:
                return None
            total += nanos
    return total


def changes_nothing(limits: Manifest, setting: Setting) -> bool:
    """Whether a LimitRange neither refuses the workload's pods nor gives them anything."""
    resources = [
        mapping(mapping(container.value).get("resources"))
        for field in ("containers", "initContainers")
        for container in setting.own.manifest.written(f"spec.template.spec.{field}[*]")
    ]
    for item in mappings(limits.value("spec.limits")):
        if item.get("type") not in ("Pod", "Container"):
            continue
        if any(item.get(bound) for bound in ("min", "max", "maxLimitRequestRatio")):
            return False
        for kind, field in (("limits", "default"), ("requests", "defaultRequest")):
            given = mapping(item.get(field))
            if any(set(given) - set(mapping(each.get(kind))) for each in resources):
                return False
    return True
