"""Label selectors, node selectors, tolerations.

Source: apimachinery v0.36 `pkg/labels/selector.go`, component-helpers v0.36
`scheduling/corev1/nodeaffinity`, k8s.io/api v0.36 `core/v1/toleration.go` (ToleratesTaint),
kubernetes v1.36.3 `plugin/pkg/admission/defaulttolerationseconds/admission.go`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

Toleration = Mapping[str, Any]
NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"


def meets(labels: Mapping[str, str], key: str, operator: str, values: Sequence[str]) -> bool:
    """Whether labels meet one requirement."""
    value = labels.get(key)
    if operator == "In":
        return value is not None and value in values
    if operator == "NotIn":
        return value is None or value not in values
    if operator == "Exists":
        return value is not None
    if operator == "DoesNotExist":
        return value is None
    if value is None or not _number(value) or not _number(values[0]):
        return False
    return int(value) > int(values[0]) if operator == "Gt" else int(value) < int(values[0])


def _number(text: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]+", text) is not None


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """A label selector: null selects nothing, an empty one everything."""
    if selector is None:
        return False
    if any(labels.get(k) != v for k, v in (selector.get("matchLabels") or {}).items()):
        return False
    return all(
        meets(labels, e["key"], e["operator"], e.get("values") or ())
        for e in selector.get("matchExpressions") or ()
    )


def node_term(term: Mapping[str, Any], name: str, labels: Mapping[str, str]) -> bool:
    """A term of a node selector; an empty one matches nothing."""
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    return all(
        meets(labels, e["key"], e["operator"], e.get("values") or ()) for e in expressions
    ) and all(
        meets({"metadata.name": name}, e["key"], e["operator"], e.get("values") or ())
        for e in fields
    )


def tolerates(toleration: Toleration, taint: Mapping[str, Any]) -> bool:
    """Whether one toleration matches one taint; Lt and Gt are alpha in 1.36 and off."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Equal":
        return (toleration.get("value") or "") == (taint.get("value") or "")
    return bool(operator == "Exists")


def tolerated(tolerations: Sequence[Toleration], taint: Mapping[str, Any]) -> bool:
    return any(tolerates(toleration, taint) for toleration in tolerations)


def admitted(tolerations: Sequence[Toleration]) -> list[Toleration]:
    """Tolerations of a pod once admission has added those of 300 seconds."""
    found = list(tolerations)
    for key in (NOT_READY, UNREACHABLE):
        names_it = any(
            (t.get("key") or key) == key and (t.get("effect") or "NoExecute") == "NoExecute"
            for t in tolerations
        )
        if not names_it:
            seconds = {"effect": "NoExecute", "tolerationSeconds": 300}
            found.append({"key": key, "operator": "Exists", **seconds})
    return found


def seconds_borne(
    tolerations: Sequence[Toleration], taints: Sequence[Mapping[str, Any]]
) -> float | None:
    """How long a pod stays beside NoExecute taints; None for ever.

    Of the tolerations of one taint the first counts. Source: kubernetes v1.36.3
    `pkg/controller/tainteviction/taint_eviction.go` (processPodOnNode, getMinTolerationTime).
    """
    used = []
    for taint in taints:
        first = next((t for t in tolerations if tolerates(t, taint)), None)
        if first is None:
            return 0
        used.append(first)
    limits = [
        max(0, t["tolerationSeconds"]) for t in used if t.get("tolerationSeconds") is not None
    ]
    return min(limits, default=None)
