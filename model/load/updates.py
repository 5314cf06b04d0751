"""What the API server refuses to change in an object that is there: `--from` compares with it.

Source: kubernetes v1.36.2 `pkg/apis/apps/validation/validation.go` (ValidateStatefulSetUpdate,
ValidateDaemonSetSpecUpdate, ValidateDeploymentUpdate, ValidateReplicaSetUpdate),
`pkg/apis/batch/validation/validation.go` (ValidateJobSpecUpdate, validateCompletions), and the
defaults of these fields in `pkg/apis/apps/v1/defaults.go`, `pkg/apis/batch/v1/defaults.go`,
`pkg/apis/core/v1/defaults.go` (SetDefaults_PersistentVolumeClaimSpec).

Omits: the template of a Job (see `model.load.job`); fields of objects that are no workloads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from model.api import quantity
from model.load.diagnostics import Report
from model.load.kinds import group_of
from model.load.objects import Object
from model.load.tree import plain

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
