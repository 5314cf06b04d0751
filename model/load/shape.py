"""Checks a tree against the fields and types that Kubernetes knows.

Upstream refuses unknown fields and wrong types while decoding, before any validation; so does
this. Afterwards readers may take what they find at its word.
"""

from __future__ import annotations

import re
from datetime import datetime

from model.load import answers, quantities
from model.load.diagnostics import Report, suggest
from model.load.fields import fields_of
from model.load.tree import Mapping, Scalar, Sequence, Value, as_int, describe, is_null

_EXPECTED = {
    "s": "a string",
    "i": "an integer",
    "l": "an integer",
    "t": "a time such as 2026-01-31T12:00:00Z",
    "b": "true or false",
    "q": 'a quantity such as 100m, 1.5 or "16Gi"',
    "x": 'an integer or a percentage such as "25%"',
}
_INT32 = 2**31


def check(value: Value, kind: str, report: Report) -> bool:
    """Report every unknown field and wrong type of an object of a type in the table; whether there
    are none."""
    before = report.count
    _check(value, kind, "", report)
    return report.count == before


def _check(value: Value, kind: str, path: str, report: Report) -> None:
    if is_null(value) or kind == "any" or report.full:
        return
    if kind in _EXPECTED:
        _check_scalar(value, kind, path, report)
    elif kind.startswith("["):
        if not isinstance(value, Sequence):
            _wrong(value, path, "a list", report)
            return
        for index, item in enumerate(value.items):
            _check(item, kind[1:-1], f"{path}[{index}]", report)
    elif not isinstance(value, Mapping):
        _wrong(value, path, "a mapping", report)
    elif kind.startswith("{"):
        for key, item in value.entries.items():
            _check(item, kind[1:-1], f"{path}.{key}", report)
    else:
        _check_fields(value, kind, path, report)


def _check_fields(value: Mapping, kind: str, path: str, report: Report) -> None:
    known = fields_of(kind)
    for key, item in value.entries.items():
        place = f"{path}.{key}" if path else key
        if key in known:
            _check(item, known[key], place, report)
        elif report.full:
            return
        elif not key.startswith("\0"):  # such a key has been reported already
            where = f" in `{path}`" if path else ""
            hint = suggest(key, known) or _elsewhere(key, kind)
            report.error("P102", f"unknown field `{key}`{where}", value.keys[key], hint)


def _elsewhere(key: str, kind: str) -> str:
    """A hint for a field that was put one level too high or too low."""
    homes = {
        "DeploymentSpec": ("PodSpec", "spec.template.spec"),
        "ReplicaSetSpec": ("PodSpec", "spec.template.spec"),
        "StatefulSetSpec": ("PodSpec", "spec.template.spec"),
        "DaemonSetSpec": ("PodSpec", "spec.template.spec"),
        "JobSpec": ("PodSpec", "spec.template.spec"),
        "PodTemplateSpec": ("PodSpec", "spec.template.spec"),
        "PodSpec": ("Container", "a container"),
        "Deployment": ("DeploymentSpec", "spec"),
        "ReplicaSet": ("ReplicaSetSpec", "spec"),
        "StatefulSet": ("StatefulSetSpec", "spec"),
        "DaemonSet": ("DaemonSetSpec", "spec"),
        "Job": ("JobSpec", "spec"),
        "CronJobSpec": ("JobSpec", "spec.jobTemplate.spec"),
        "CronJob": ("CronJobSpec", "spec"),
        "DeploymentStrategy": ("RollingUpdateDeployment", "strategy.rollingUpdate"),
        "Container": ("ResourceRequirements", "resources"),
    }
    home, where = homes.get(kind, ("", ""))
    return f"`{key}` belongs in {where}" if home and key in fields_of(home) else ""


def _check_scalar(value: Value, kind: str, path: str, report: Report) -> None:
    held = value.value if isinstance(value, Scalar) else None
    if kind == "q":
        if not isinstance(value, Scalar) or isinstance(held, bool):
            _wrong(value, path, _EXPECTED[kind], report)
        elif quantities.of_value(value) is None:
            message = f"`{path}`: {describe(value)} is not a quantity"
            answer = answers.amount(quantities.text_of(value))
            report.error("P204", message, value.source, f"write {_EXPECTED[kind]}", answer)
        return
    number = as_int(value)
    fits = (
        (kind == "s" and isinstance(held, str))
        or (kind == "b" and isinstance(held, bool))
        or (kind in ("i", "l") and number is not None)
        or (kind == "t" and isinstance(held, str) and _is_time(held))
        or (kind == "x" and (isinstance(held, str) or number is not None))
    )
    if not fits:
        _wrong(value, path, _EXPECTED[kind], report)
    elif number is not None and kind in ("x", "i") and not -_INT32 <= number < _INT32:
        report.error("P200", f"`{path}` does not fit 32 bits", value.source)
    elif number is not None and kind == "l" and not -(2**63) <= number < 2**63:
        report.error("P200", f"`{path}` does not fit 64 bits", value.source)


def _is_time(text: str) -> bool:
    """Whether a text is a time as RFC 3339 has it."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)", text):
        return False
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return True


def _wrong(value: Value, path: str, expected: str, report: Report) -> None:
    message = f"`{path}` must be {expected}, not {describe(value)}"
    report.error("P103", message, value.source, _type_hint(value, expected))


def _type_hint(value: Value, expected: str) -> str:
    if not isinstance(value, Scalar):
        return ""
    if expected == _EXPECTED["s"] and not isinstance(value.value, str):
        return f'put it in quotes: "{value.text}"'
    if isinstance(value.value, str) and expected in (_EXPECTED["i"], _EXPECTED["b"]):
        from model.load.resolve import resolve

        if value.text and not isinstance(resolve(value.text), str):
            return "leave out the quotes"
    return ""
