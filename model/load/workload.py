"""Deployments and other workloads, defaulted and validated as the API server does.

Source: kubernetes 1.36 `pkg/apis/apps/v1/defaults.go` (SetDefaults_Deployment,
SetDefaults_ReplicaSet), `pkg/apis/core/v1/defaults.go` (SetDefaults_ReplicationController),
`pkg/apis/apps/validation/validation.go` (ValidateDeploymentSpec, ValidateRollingUpdateDeployment,
ValidateReplicaSetSpec), `pkg/apis/core/validation/validation.go`
(ValidateReplicationControllerSpec).
"""

from __future__ import annotations

import re
from typing import Literal

from model.api.intstr import IntOrPercent
from model.api.job import Job
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.source import Source
from model.api.workload import Kind, Workload
from model.load import cronjob, daemonset, job, labels, pod, statefulset
from model.load.diagnostics import Report, suggest
from model.load.objects import Object
from model.load.tree import Mapping, Scalar, as_int, as_mapping, as_text

_PERCENT = re.compile(r"[0-9]{1,9}%")
_DEFAULT = IntOrPercent(25, percent=True)

KINDS: dict[str, Kind] = {
    "CronJob": "CronJob",
    "DaemonSet": "DaemonSet",
    "Deployment": "Deployment",
    "Job": "Job",
    "Pod": "Pod",
    "ReplicaSet": "ReplicaSet",
    "ReplicationController": "ReplicationController",
    "StatefulSet": "StatefulSet",
}

#: Pods of the largest cluster that Kubernetes is made for ("Considerations for large clusters").
MAX_REPLICAS = 150_000


def read_workload(found: Object, report: Report) -> Workload:
    """The workload that an object says.

    After a mistake the result is well-typed but meaningless; the report says so.
    """
    kind = KINDS[found.kind]
    if kind == "Pod":
        return _pod(found, report)
    if kind == "Job":
        return _job(found, report)
    if kind == "CronJob":
        return _cron(found, report)
    spec = as_mapping(found.tree.at("spec"))
    if spec is None:
        report.error("P104", "`spec` is required", found.tree.place("spec"))
        spec = Mapping(found.source)
        selector, template = LabelSelector(), PodTemplate()
    else:
        template = _template(spec, found.namespace, report)
        selector = _selector(spec, kind, template, report)
    strategy, surge, unavailable = _strategy(spec, report)
    if kind == "DaemonSet":
        surge, unavailable = daemonset.limits(spec, report)
        template = daemonset.made(template, spec)
    min_ready = _count(spec, "minReadySeconds", 0, report)
    deadline = _deadline(spec, min_ready, report) if kind == "Deployment" else None
    return Workload(
        kind=kind,
        namespace=found.namespace,
        name=found.name,
        replicas=_count(spec, "replicas", 1, report),
        selector=selector,
        template=template,
        strategy=strategy,
        max_surge=surge,
        max_unavailable=unavailable,
        min_ready_seconds=min_ready,
        history_limit=_count(spec, "revisionHistoryLimit", 10, report),
        progress_deadline=deadline,
        stateful=statefulset.read(spec) if kind == "StatefulSet" else None,
        daemon=daemonset.read(spec) if kind == "DaemonSet" else None,
        source=found.source,
        fields=_places(spec),
    )


def _pod(found: Object, report: Report) -> Workload:
    """A pod that nothing controls."""
    return Workload(
        kind="Pod",
        namespace=found.namespace,
        name=found.name,
        replicas=1,
        selector=LabelSelector(),
        template=pod.read_template(found.tree, found.namespace, report, ""),
        source=found.source,
    )


def _job(found: Object, report: Report) -> Workload:
    """A Job, whose pods at a time are its replicas."""
    spec = as_mapping(found.tree.at("spec"))
    if spec is None:
        report.error("P104", "`spec` is required", found.tree.place("spec"))
        spec = Mapping(found.source)
        template, read = PodTemplate(), Job()
    else:
        template = job.made(_template(spec, found.namespace, report), found.name, spec)
        read = job.read(spec)
    return Workload(
        kind="Job",
        namespace=found.namespace,
        name=found.name,
        replicas=read.at_once,
        selector=job.selector(spec, found.name, template, report),
        template=template,
        job=read,
        source=found.source,
        fields=job.places(spec),
    )


def _cron(found: Object, report: Report) -> Workload:
    """A CronJob, with what it says of its Jobs."""
    spec = as_mapping(found.tree.at("spec"))
    if spec is None:
        report.error("P104", "`spec` is required", found.tree.place("spec"))
        spec = Mapping(found.source)
    inner = as_mapping(spec.at("jobTemplate", "spec")) or Mapping(found.source)
    tree = as_mapping(inner.at("template"))
    template = PodTemplate()
    if tree is not None:
        path = "spec.jobTemplate.spec.template."
        template = pod.read_template(tree, found.namespace, report, path)
    elif inner.keys:
        message = "`spec.jobTemplate.spec.template` is required"
        report.error("P104", message, inner.place("template"))
    told, read = cronjob.read(spec), job.read(inner)
    return Workload(
        kind="CronJob",
        namespace=found.namespace,
        name=found.name,
        replicas=read.at_once if told.comes and not told.suspended else 0,
        selector=LabelSelector({job.NAME_LABELS[0]: found.name}),
        template=template,
        job=read,
        cron=told,
        source=found.source,
        fields=cronjob.places(spec),
    )


def _count(spec: Mapping, field: str, default: int, report: Report) -> int:
    number = as_int(spec.at(field))
    if number is None:
        return default
    if not -(2**31) <= number < 2**31:
        return default  # `shape` has said so
    if number < 0:
        place = labels.place_of_value(spec, field)
        report.error("P200", f"`spec.{field}` must not be negative", place)
        return default
    return number


def _template(spec: Mapping, namespace: str, report: Report) -> PodTemplate:
    tree = as_mapping(spec.at("template"))
    if tree is None:
        report.error("P104", "`spec.template` is required", spec.place("template"))
        return PodTemplate()
    return pod.read_template(tree, namespace, report)


def _selector(spec: Mapping, kind: str, template: PodTemplate, report: Report) -> LabelSelector:
    tree = as_mapping(spec.at("selector"))
    place = spec.place("selector")
    if kind == "ReplicationController":
        # Equality only, and the template's labels where it is not given.
        held = labels.read_labels(tree, "spec.selector", report) or template.labels
        selector = LabelSelector(held)
        if not held:
            hint = "give the template labels: they are the selector where none is given"
            report.error("P104", "`spec.selector` is required", place, hint)
        elif not selector.selects(template.labels):
            message = "`spec.selector` does not match `spec.template.metadata.labels`"
            report.error("P202", message, place, _mismatch(selector, template))
        return selector
    if tree is None:
        hint = "usually the template's labels: `selector: {matchLabels: {...}}`"
        report.error("P104", "`spec.selector` is required", place, hint)
        return LabelSelector()
    selector = labels.read_selector(tree, "spec.selector", report)
    if labels.is_empty(selector):
        report.error("P202", f"an empty selector is not allowed in a {kind}", place)
    elif not selector.selects(template.labels):
        report.error(
            "P202",
            "`spec.selector` does not match `spec.template.metadata.labels`",
            place,
            _mismatch(selector, template),
        )
    return selector


def _mismatch(selector: LabelSelector, template: PodTemplate) -> str:
    for key, value in selector.match_labels.items():
        if template.labels.get(key) != value:
            return f"give the template the label `{key}: {value}`"
    return "give the template labels that the selector matches"


def _strategy(
    spec: Mapping, report: Report
) -> tuple[Literal["RollingUpdate", "Recreate"], IntOrPercent, IntOrPercent]:
    kind = as_text(spec.at("strategy", "type")) or "RollingUpdate"
    rolling = as_mapping(spec.at("strategy", "rollingUpdate"))
    if kind == "Recreate":
        if rolling is not None:
            report.error(
                "P203",
                "`spec.strategy.rollingUpdate` is not allowed when the type is Recreate",
                spec.place("strategy", "rollingUpdate"),
                "leave it out, or use type RollingUpdate",
            )
        return "Recreate", _DEFAULT, _DEFAULT
    if kind != "RollingUpdate":
        place = labels.place_of_value(spec, "strategy", "type")
        message = "`spec.strategy.type` must be RollingUpdate or Recreate"
        report.error("P201", message, place, suggest(kind, ("RollingUpdate", "Recreate")))
    path = "spec.strategy.rollingUpdate"
    surge = unavailable = None
    if rolling is not None:
        surge = read_int_or_percent(rolling, "maxSurge", path, report)
        unavailable = read_int_or_percent(rolling, "maxUnavailable", path, report)
        check_at_most_whole(unavailable, rolling, "maxUnavailable", path, report)
    surge, unavailable = surge or _DEFAULT, unavailable or _DEFAULT
    if surge.value == 0 and unavailable.value == 0:
        report.error(
            "P203",
            f"`{path}.maxUnavailable` must not be 0 when maxSurge is 0",
            spec.place("strategy", "rollingUpdate", "maxUnavailable"),
            "raise one of them to 1: otherwise no pod could ever be replaced",
        )
    return "RollingUpdate", surge, unavailable


def read_int_or_percent(
    tree: Mapping, field: str, path: str, report: Report
) -> IntOrPercent | None:
    """A count or a percentage, neither negative; None when absent or wrong."""
    value = tree.at(field)
    number = as_int(value)
    if number is not None:
        if number < 0:
            place = labels.place_of_value(tree, field)
            report.error("P200", f"`{path}.{field}` must not be negative", place)
            return None
        return IntOrPercent(number)
    text = as_text(value)
    if not isinstance(value, Scalar) or not isinstance(value.value, str):
        return None
    if not _PERCENT.fullmatch(text):
        message = f"`{path}.{field}` must be an integer or a percentage, not `{text}`"
        hint = "leave out the quotes" if text.isdecimal() else 'write 1 or "25%"'
        report.error("P200", message, value.source, hint)
        return None
    return IntOrPercent(int(text[:-1]), percent=True)


def check_at_most_whole(
    amount: IntOrPercent | None, tree: Mapping, field: str, path: str, report: Report
) -> None:
    if amount is not None and amount.percent and amount.value > 100:
        place = labels.place_of_value(tree, field)
        report.error("P200", f"`{path}.{field}` must not be greater than 100%", place)


def _deadline(spec: Mapping, min_ready: int, report: Report) -> int | None:
    """The seconds after which a rollout that does not progress is called one that failed, where the
    spec says so; the largest number is for none."""
    deadline = _count(spec, "progressDeadlineSeconds", 600, report)
    if deadline <= min_ready:
        place = labels.place_of_value(spec, "progressDeadlineSeconds")
        message = (
            f"`spec.progressDeadlineSeconds` ({deadline}) must be greater than "
            f"minReadySeconds ({min_ready})"
        )
        report.error("P203", message, place)
    given = as_int(spec.at("progressDeadlineSeconds")) is not None
    return deadline if given and deadline < 2**31 - 1 else None


def _places(spec: Mapping) -> dict[str, Source]:
    """The places of the fields that a verdict may point at; absent ones point at their parent."""
    paths = (
        ("replicas",),
        ("selector",),
        ("strategy",),
        ("strategy", "type"),
        ("strategy", "rollingUpdate"),
        ("strategy", "rollingUpdate", "maxSurge"),
        ("strategy", "rollingUpdate", "maxUnavailable"),
        ("minReadySeconds",),
        ("revisionHistoryLimit",),
        ("progressDeadlineSeconds",),
        ("podManagementPolicy",),
        ("ordinals", "start"),
        ("updateStrategy",),
        ("updateStrategy", "rollingUpdate", "partition"),
        ("updateStrategy", "rollingUpdate", "maxSurge"),
        ("updateStrategy", "rollingUpdate", "maxUnavailable"),
    )
    found = {".".join(("spec", *path)): spec.place(*path) for path in paths}
    template = as_mapping(spec.at("template"))
    if template is not None:
        found["spec.template"] = spec.place("template")
    return found
