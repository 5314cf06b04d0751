"""Suppressions in a Check and in annotations of a workload.

An annotation `planecheck.dev/suppress.PROPERTY: "reason (until 2027-01-31)"` covers its workload in
every scenario. Kubernetes takes any annotation whose key is a qualified name, and 256 KiB of them
(v1.36.3, `staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go`, ValidateAnnotations).
The Deployment controller copies a Deployment's annotations to its ReplicaSets
(`pkg/controller/deployment/util/deployment_util.go`, SetNewReplicaSetAnnotations), so those of
ReplicaSets that a Deployment owns say nothing new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Sequence as Names
from datetime import date
from typing import Any, Literal

from model.api.source import Source
from model.load.diagnostics import Report, suggest
from model.load.kinds import WORKLOADS
from model.load.labels import check_text
from model.load.objects import Object
from model.load.tree import Mapping, Sequence, Value, as_text
from model.suppression import Suppression

#: What every annotation of this program begins with, and those that suppress.
DOMAIN = "planecheck.dev/"
PREFIX = f"{DOMAIN}suppress."

_DATED = re.compile(r"(.*)\(\s*until\b([^()]*)\)\s*", re.DOTALL)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: A last day that is written in another way, and would not be read.
_MISREAD = re.compile(rf"\b(?:until|till|til)\b\W*{_DATE.pattern}", re.IGNORECASE)


def read_suppressions(
    written: Value | None,
    values: list[dict[str, Any]],
    origin: Literal["spec", "baseline"],
    report: Report,
) -> tuple[Suppression, ...]:
    """The entries of a list, of which `values` has the fields by `spec.SUPPRESSION`.

    After a mistake the result is well-typed but meaningless; the report says so.
    """
    items = written.items if isinstance(written, Sequence) else [written]
    trees = [item for item in items if isinstance(item, Mapping)]
    found = []
    for tree, value in zip(trees, values, strict=True):
        reason = value["reason"] or ""
        # A reason that is absent has been reported.
        if value["reason"] is not None:
            _check_reason(reason, tree.place("reason"), report)
        until = value["until"]
        if until is not None:
            until = _date(until, tree.entries["until"].source, report)
        found.append(
            Suppression(
                value["property"] or "",
                reason.strip(),
                origin,
                tree.source,
                value["subject"],
                value["scenario"],
                until,
                value["verdict"],
            )
        )
    return tuple(found)


def annotated(
    found: Object, subject: str, property_names: Names[str], report: Report
) -> list[Suppression]:
    """The suppressions in the annotations of a workload; mistakes go to `report`."""
    suppressions = []
    for key, text, place in _annotations(found.tree, "metadata"):
        if not key.startswith(PREFIX):
            known = [f"{PREFIX}{name}" for name in property_names]
            hint = suggest(key, known) or f"known: {PREFIX}PROPERTY"
            report.error("P102", f"unknown annotation `{key}`", place, hint)
            continue
        name = key.removeprefix(PREFIX)
        if name not in property_names:
            hint = suggest(name, property_names) or f"known: {', '.join(property_names) or 'none'}"
            report.error("P301", f"`{key}`: unknown property `{name}`", place, hint)
        dated = _DATED.fullmatch(text)
        reason = dated[1] if dated else text
        check_text(reason, key, place, report)
        _check_reason(reason, place, report)
        if _MISREAD.search(reason):
            hint = 'end the text with it in brackets: "… (until 2027-01-31)"'
            report.error("P310", f"`{key}`: the last day would not be read", place, hint)
        until = _date(dated[2].strip(), place, report) if dated else None
        suppressions.append(
            Suppression(name, reason.strip(), "annotation", place, subject, until=until)
        )
    for key, _, place in _annotations(found.tree, "spec", "template", "metadata"):
        _report_stray(f"`{key}` of pods suppresses nothing", place, report)
    return suppressions


def report_stray(found: Object, report: Report) -> None:
    """Warn of annotations that suppress nothing, because their object is not checked itself."""
    if found.read and found.kind in WORKLOADS:
        return
    for key, _, place in _annotations(found.tree, "metadata"):
        if key.startswith(PREFIX):
            _report_stray(f"`{key}` of {found.label} suppresses nothing", place, report)


def _report_stray(message: str, place: Source, report: Report) -> None:
    hint = "annotate a Deployment, or a ReplicaSet that no Deployment owns"
    report.warning("P312", message, place, hint)


def _annotations(tree: Mapping, *path: str) -> Iterator[tuple[str, str, Source]]:
    """Key, text and place of each annotation that is for this program."""
    written = tree.at(*path, "annotations")
    for key, value in written.entries.items() if isinstance(written, Mapping) else ():
        if key.startswith(DOMAIN):
            assert isinstance(written, Mapping)
            yield key, as_text(value), written.keys[key]


def _check_reason(reason: str, place: Source, report: Report) -> None:
    if not reason.strip():
        message = "a suppression needs a reason"
        report.error("P310", message, place, "say why this is accepted, for who reads it later")


def _date(text: str, place: Source, report: Report) -> date | None:
    """The date, or None after a diagnostic."""
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    hint = "write a day that exists as year-month-day, such as 2027-01-31"
    report.error("P310", f"`{text}` is no date", place, hint)
    return None
