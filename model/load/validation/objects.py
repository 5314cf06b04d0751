"""Rules of whole objects: their metadata, and what their specifications are not read for.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (ValidateNode, ValidateNamespace),
`pkg/apis/policy/validation/validation.go`, `pkg/apis/apps/validation/validation.go`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from model.load import labels
from model.load.resources import is_counted, read_pod_requests
from model.load.tree import as_mapping, texts_of
from model.load.validation import addresses, cronjob, daemonset, job, metadata, pod, statefulset
from model.load.validation.contract import At
from model.load.validation.resources import amounts
from model.load.validation.service import service as _service


def _metadata(at: At, kind: str, *, namespaced: bool = True) -> None:
    if not at.text("metadata", "name") and not at.text("metadata", "generateName"):
        at.report.error("P104", "`metadata.name` is required", at.tree.place("metadata"))
    head = at.child("metadata")
    if head is not None:
        metadata.check(head, kind, namespaced=namespaced)


def deployment(at: At) -> None:
    _metadata(at, "Deployment")
    _workload(at)


def daemon_set(at: At) -> None:
    _metadata(at, "DaemonSet")
    _workload(at)
    spec = at.child("spec")
    if spec is not None:
        daemonset.spec(spec)


def replica_set(at: At) -> None:
    _metadata(at, "ReplicaSet")
    _workload(at)


def replication_controller(at: At) -> None:
    _metadata(at, "ReplicationController")
    _workload(at)


def single_pod(at: At) -> None:
    _metadata(at, "Pod")
    spec = at.child("spec")
    if spec is not None:
        pod.spec(spec)
        _ends(spec)
        if not at.given("metadata", "uid"):
            pod.created(spec, texts_of(at.tree.at("metadata", "labels")))


def _ends(spec: At) -> None:
    """When a pod ends, where that is for the user to say."""
    known = ("Always", "Never", "OnFailure")
    spec.one_of("restartPolicy", known, answered=("Always", "OnFailure", "Never"))
    spec.within("activeDeadlineSeconds", 1, 2**31 - 1)


def stateful_set(at: At) -> None:
    _metadata(at, "StatefulSet")
    spec = at.child("spec")
    if spec is not None:
        statefulset.spec(spec)
        _workload(at, statefulset.claims(spec))


def batch_job(at: At) -> None:
    _metadata(at, "Job")
    spec = at.child("spec")
    if spec is not None:
        job.spec(spec)
        job.named(at, spec)
        job.template(spec)


def cron_job(at: At) -> None:
    _metadata(at, "CronJob")
    spec = at.child("spec")
    if spec is not None:
        cronjob.spec(spec)
        cronjob.named(at)


def _workload(at: At, claims: Mapping[str, At] | None = None) -> None:
    template = at.child("spec", "template")
    if template is not None:
        pod.template(template, claims or {})
        pod.in_workload(template)


def pod_template(at: At) -> None:
    _metadata(at, "PodTemplate")
    template = at.child("template")
    if template is None or not template.given("spec"):
        at.required("template", "spec")
        return
    pod.template(template)
    for path in (("metadata", "labels"), ("spec", "nodeSelector")):
        held = as_mapping(template.tree.at(*path))
        labels.read_labels(held, template.at(*path), template.report)
    found = template.child("spec")
    if found is not None:
        read_pod_requests(found.tree, found.path, found.report)
    if found is not None:
        _ends(found)
        if not list(found.children("containers")):
            found.required("containers")


def budget(at: At) -> None:
    _metadata(at, "PodDisruptionBudget")
    spec = at.child("spec")
    if spec is not None:
        policy = "unhealthyPodEvictionPolicy"
        spec.one_of(policy, ("AlwaysAllow", "IfHealthyBudget"), needed=spec.given(policy))


def service(at: At) -> None:
    _metadata(at, "Service")
    _service(at)


def namespace(at: At) -> None:
    _metadata(at, "Namespace", namespaced=False)
    spec = at.child("spec")
    for index, name in enumerate(spec.texts("finalizers") if spec is not None else ()):
        if spec is not None and not (
            labels.is_qualified(name) and ("/" in name or name in metadata.FINALIZERS)
        ):
            spec.wrong_item("P206", "finalizers", index, f"`{name}` is no standard finalizer")


def node(at: At) -> None:
    _metadata(at, "Node", namespaced=False)
    status, spec = at.child("status"), at.child("spec")
    if status is not None:
        for field in ("capacity", "allocatable"):
            for name, nanos in amounts(status, field).items():
                if is_counted(name) and nanos % 10**9:
                    message = f"`{status.at(field)}.{name}` must be a whole number"
                    at.report.error("P200", message, status.tree.place(field, name))
        _features(status)
        if status.given("nodeInfo", "swap", "capacity"):
            swap = status.child("nodeInfo", "swap")
            if swap is not None and swap.number("capacity") < 1:
                swap.invalid("capacity", "must be at least 1")
    if spec is not None:
        _networks(spec)


def _features(status: At) -> None:
    names = status.texts("declaredFeatures")
    for index, name in enumerate(names):
        if not re.fullmatch(r"[A-Z][a-zA-Z0-9]*(/[a-zA-Z][a-zA-Z0-9]*)*", name):
            status.wrong_item("P206", "declaredFeatures", index, f"`{name}` is no feature's name")
        elif index and name <= names[index - 1]:
            why = "must be in alphabetical order, once"
            status.wrong_item("P200", "declaredFeatures", index, why)


def _networks(spec: At) -> None:
    networks, first, field = spec.texts("podCIDRs"), spec.text("podCIDR"), "podCIDRs"
    if first and first not in networks[:1]:
        networks, field = [first], "podCIDR"
    for text in networks:
        if not addresses.is_network(text):
            spec.invalid(field, f"has `{text}`, which is not a network such as 10.0.0.0/8")
            return
    if len(networks) > 2 or len(set(map(addresses.version, networks))) < len(networks):
        spec.invalid(field, "may have one network of each family")
