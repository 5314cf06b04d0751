"""What the API server refuses to change in an object that is there, and changes that nobody acts
on: `--from` compares with it.

Source: kubernetes v1.36.3 `pkg/apis/apps/validation/validation.go` (ValidateStatefulSetUpdate,
ValidateDaemonSetSpecUpdate, ValidateDeploymentUpdate, ValidateReplicaSetUpdate),
`pkg/apis/batch/validation/validation.go` (ValidateJobSpecUpdate, validateCompletions), and the
defaults of these fields in `pkg/apis/apps/v1/defaults.go`, `pkg/apis/batch/v1/defaults.go`,
`pkg/apis/core/v1/defaults.go` (SetDefaults_PersistentVolumeClaimSpec);
`pkg/apis/batch/validation/validation.go` (validatePodTemplateUpdate), `pkg/apis/core/validation/
validation.go` (ValidatePodUpdate, validateOnlyAddedTolerations); `pkg/controller/replicaset/
replica_set.go` (syncReplicaSet compares no templates), `pkg/controller/cronjob/utils.go`
(getJobFromTemplate2), `pkg/kubelet/kuberuntime/kuberuntime_manager.go` (computePodActions: a
container whose hash differs is killed and started).

Omits: fields of objects that are no workloads; of the templates of Jobs and of Pods what the model
does not read; node selectors and affinity of Pods, which may change while a Pod is gated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from model.api import quantity
from model.api.cronjob import CronJob
from model.api.job import Job
from model.api.pod import PodTemplate, Toleration
from model.api.workload import Workload
from model.load.diagnostics import Report
from model.load.kinds import group_of
from model.load.objects import Object
from model.load.tree import Mapping as Tree
from model.load.tree import Sequence, Value, as_text, items_of, mappings_of, plain

#: How to have such a change all the same.
_AGAIN = "keep it, or delete the object and create it anew, or give the new one another name"


@dataclass(frozen=True)
class Fixed:
    """A field that cannot be changed. `path` is without `spec.`."""

    path: str
    #: What it is where nobody says.
    default: object = None
    #: What of its plain value matters to upstream.
    read: Callable[[Any], Any] = lambda value: value
    #: Whether it may be changed in an object that says this as well.
    free: Callable[[Object], bool] = lambda _: False


def _claims(value: Any) -> Any:
    """volumeClaimTemplates: defaulted, without what is not kept, amounts as numbers."""
    return [_claim(each) for each in value] if isinstance(value, list) else value


def _claim(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    found = {key: held for key, held in value.items() if key in ("metadata", "spec")}
    spec = dict(found.get("spec") or {})
    spec["volumeMode"] = spec.get("volumeMode") or "Filesystem"
    resources = spec.get("resources")
    if isinstance(resources, dict):
        spec["resources"] = {
            key: {name: _amount(each) for name, each in held.items()}
            if isinstance(held, dict)
            else held
            for key, held in resources.items()
        }
    return {**found, "spec": spec}


def _amount(value: Any) -> Any:
    return quantity.parse(str(value)) or str(value)


def _elastic(job: Object) -> bool:
    """An Indexed Job that is to have as many completions as it has pods at a time."""
    if job.value("spec.completionMode") != "Indexed":
        return False
    return bool(job.value("spec.completions") == job.value("spec.parallelism"))


#: What the API server lets users change in a Job, and in a CronJob.
_OF_JOBS: Mapping[str, Callable[[Job], object]] = {
    "parallelism": lambda job: job.parallelism,
    "completions": lambda job: job.completions,
    "backoffLimit": lambda job: job.backoff,
    "activeDeadlineSeconds": lambda job: job.deadline,
    "suspend": lambda job: job.suspended,
}
_OF_CRONJOBS: Mapping[str, Callable[[CronJob], object]] = {
    "schedule": lambda cron: cron.schedule,
    "concurrencyPolicy": lambda cron: cron.policy,
    "startingDeadlineSeconds": lambda cron: cron.deadline,
    "suspend": lambda cron: cron.suspended,
}

_SELECTOR = Fixed("selector")

#: (group, kind) to what cannot be changed.
FIXED: Mapping[tuple[str, str], tuple[Fixed, ...]] = {
    ("apps", "Deployment"): (_SELECTOR,),
    ("apps", "ReplicaSet"): (_SELECTOR,),
    ("apps", "DaemonSet"): (_SELECTOR,),
    ("apps", "StatefulSet"): (
        _SELECTOR,
        Fixed("serviceName"),
        Fixed("podManagementPolicy", "OrderedReady"),
        Fixed("volumeClaimTemplates", read=_claims),
    ),
    ("batch", "Job"): (
        _SELECTOR,
        Fixed("completions", free=_elastic),
        Fixed("completionMode", "NonIndexed"),
        Fixed("podFailurePolicy"),
        Fixed("backoffLimitPerIndex"),
        Fixed("managedBy"),
        Fixed("successPolicy"),
    ),
}


def check(before: Iterable[Object], now: Iterable[Object], report: Report) -> None:
    """Reports what cannot be changed and is, of objects that are in both."""
    known = {_key(found): found for found in before if found.name}
    for found in now:
        old = known.get(_key(found))
        if old is None:
            continue
        for field in FIXED.get((group_of(found.api_version), found.kind), ()):
            if _value(old, field) != _value(found, field) and not field.free(found):
                path = f"spec.{field.path}"
                place = found.tree.place("spec", field.path)
                message = f"`{path}` of {found.label} differs from the one before"
                report.error(
                    "P207", message, place, f"the API server refuses to change it: {_AGAIN}"
                )


def check_template(before: Workload | None, now: Workload, report: Report) -> None:
    """Reports that the template of a Job that is not suspended differs from the one before, or what
    a Pod may not change: all but images, and tolerations that are added."""
    if before is None or now.cron is not None or (before.job and before.job.suspended):
        return
    if now.job is not None and before.job is not None:
        changed = replace(before.template, fields={}) != replace(now.template, fields={})
        path, again = "spec.template", "delete the Job first, or give the new one another name"
    elif now.is_pod:
        kept = {_without_seconds(each) for each in before.template.tolerations}
        lost = kept - {_without_seconds(each) for each in now.template.tolerations}
        changed = bool(lost) or _fixed(before.template) != _fixed(now.template)
        path, again = "spec", "delete the Pod first, or give the new one another name"
    else:
        return
    if changed:
        place = now.fields.get(path, now.source)
        message = f"`{path}` of {now.subject} differs from the one before"
        but = " but for images and further tolerations" if now.is_pod else ""
        report.error("P207", message, place, f"the API server refuses to change it{but}: {again}")


def relabelled(
    before: Mapping[str, Workload], now: Iterable[Workload], objects: Iterable[Object]
) -> dict[str, Workload]:
    """The workloads as they were before, with the labels that their pods get now where none of all
    `objects` selects by what differs."""
    selected = {key for each in objects for key in _selected(each.tree)}
    found = dict(before)
    for new in now:
        old = before.get(new.subject)
        if old is None:
            continue
        differ = {key for key, _ in old.labels.items() ^ new.labels.items()}
        if differ and not differ & selected:
            template = replace(old.template, labels=new.template.labels)
            found[new.subject] = replace(old, template=template)
    return found


def _selected(value: Value) -> Iterator[str]:
    """The keys of labels that anything in an object selects by, of whatever."""
    if isinstance(value, Sequence):
        for item in value.items:
            yield from _selected(item)
    if not isinstance(value, Tree):
        return
    for name, held in value.entries.items():
        if name in ("selector", "matchLabels") and isinstance(held, Tree):
            yield from held.entries
        elif name in ("matchLabelKeys", "mismatchLabelKeys"):
            yield from (as_text(item) for item in items_of(held))
        elif name == "matchExpressions":
            yield from (as_text(each.at("key")) for _, each in mappings_of(held))
        yield from _selected(held)


def tell_of_unfollowed(before: Workload, now: Workload, report: Report) -> None:
    """Reports what differs from the version before and no scenario carries out."""
    if not now.rolls_out and (hint := _kept(before, now)):
        path = now.path("spec.template.spec" if now.is_pod else "spec.template")
        message = f"`{path}` of {now.subject} differs from the one before"
        report.warning("P302", message, now.fields.get(path, now.source), hint)
    for path, was, here in _unfollowed(before, now):
        if was != here:
            message = f"`{path}` of {now.subject} changes from {_said(was)} to {_said(here)}"
            place = now.fields.get(path, now.source)
            hint = f"the change is not followed: everything is checked with {_said(here)}"
            report.warning("P302", message, place, hint)


def _unfollowed(before: Workload, now: Workload) -> Iterator[tuple[str, object, object]]:
    """Fields of which no scenario carries out a change, with the values of both versions."""
    yield "spec.minReadySeconds", before.min_ready_seconds, now.min_ready_seconds
    if now.job is not None and before.job is not None:
        elastic = now.job.indexed and now.job.completions == now.job.parallelism
        for name, of in _OF_JOBS.items():
            if name == "completions" and not elastic:
                continue  # The API server refuses it.
            yield now.path(f"spec.{name}"), of(before.job), of(now.job)
    elif now.daemon is None:
        yield "spec.replicas", before.replicas, now.replicas
    if now.cron is not None and before.cron is not None:
        for name, says in _OF_CRONJOBS.items():
            yield f"spec.{name}", says(before.cron), says(now.cron)
    if now.stateful is not None and before.stateful is not None:
        yield "spec.ordinals.start", before.stateful.start, now.stateful.start


def _said(value: object) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kept(before: Workload, now: Workload) -> str:
    """What becomes of pods of another template that nobody replaces, and of which the model has
    none; empty where there are none."""
    if now.is_pod:
        if before.template.images == now.template.images:
            return ""
        return (
            "its kubelet starts containers of another image anew, on the same node: that is not "
            "followed, and the Pod is checked with the new images"
        )
    if replace(before.template, fields={}) == replace(now.template, fields={}):
        return ""
    if now.cron is not None:
        return "Jobs that are there keep theirs: everything is checked with Jobs of the new one"
    if now.job is not None:
        return ""
    return (
        "pods that are there keep theirs, and only new ones get it: everything is checked with "
        "pods of the new one; delete the old ones, or have a Deployment replace them"
    )


def _without_seconds(toleration: Toleration) -> Toleration:
    return replace(toleration, seconds=None)


def _fixed(template: PodTemplate) -> PodTemplate:
    """What a Pod has to keep of a template."""
    free = replace(template, labels={}, images=(), tolerations=(), fields={})
    return replace(free, node_selector={}, node_affinity=None)


def _key(found: Object) -> tuple[str, ...]:
    return group_of(found.api_version), found.kind, found.namespace, found.name


def _value(found: Object, field: Fixed) -> Any:
    value = found.tree.at("spec", field.path)
    return _normal(field.read(field.default if value is None else plain(value)))


def _normal(value: Any) -> Any:
    """Without what is null or empty: to upstream it is as good as absent."""
    if isinstance(value, dict):
        kept = {key: _normal(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in (None, "", [], {})} or None
    if isinstance(value, list):
        return [_normal(each) for each in value] or None
    return None if value == "" else value
