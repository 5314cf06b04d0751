"""Rules of where pods go: affinity, spread, tolerations.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (validateAffinity and what it
calls, validateTopologySpreadConstraints, ValidateTolerations), feature gates at their defaults.
"""

from __future__ import annotations

from collections.abc import Mapping

from model.load import labels
from model.load.diagnostics import suggest
from model.load.tree import Mapping as Tree
from model.load.tree import as_mapping, as_text, mappings_of, texts_of
from model.load.validation.contract import At

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def affinity(pod: At) -> None:
    whole = pod.child("affinity")
    if whole is None:
        return
    nodes = whole.child("nodeAffinity")
    if nodes is not None:
        required = nodes.child(_REQUIRED)
        if required is not None:
            if not list(required.children("nodeSelectorTerms")):
                message = f"`{required.at('nodeSelectorTerms')}` needs at least one term"
                pod.report.error("P104", message, required.place("nodeSelectorTerms"))
            for term in required.children("nodeSelectorTerms"):
                _node_term(term, strict=True)
        for preferred in nodes.children(_PREFERRED):
            _weight(preferred)
            term_ = preferred.child("preference")
            if term_ is not None:
                _node_term(term_, strict=False)
    for kind in ("podAffinity", "podAntiAffinity"):
        pods = whole.child(kind)
        if pods is None:
            continue
        for term in pods.children(_REQUIRED):
            _pod_term(term)
        for preferred in pods.children(_PREFERRED):
            _weight(preferred)
            found = preferred.child("podAffinityTerm")
            if found is None:
                preferred.required("podAffinityTerm", hint="with a topologyKey")
            else:
                _pod_term(found)


def _weight(at: At) -> None:
    if not 1 <= at.number("weight") <= 100:
        at.invalid("weight", "must be from 1 to 100")


def _node_term(at: At, *, strict: bool) -> None:
    """A term of a node selector; preferences are not `strict` about values."""
    for field, operators in (
        ("matchExpressions", labels.NODE_OPERATORS),
        ("matchFields", ("In", "NotIn")),
    ):
        labels.read_requirements(at.tree, field, at.path, operators, at.report, strict=strict)


def _pod_term(at: At) -> None:
    key = at.text("topologyKey")
    if not key:
        at.required("topologyKey", hint="for one pod a node: kubernetes.io/hostname")
    elif not labels.is_qualified(key):
        at.misnamed("topologyKey", f"`{key}` is not a valid label key")
    for field in ("labelSelector", "namespaceSelector"):
        selector = as_mapping(at.tree.at(field))
        if selector is not None:
            labels.read_selector(selector, at.at(field), at.report)
    for index, name in enumerate(at.texts("namespaces")):
        if not labels.is_dns_label(name):
            at.wrong_item("P206", "namespaces", index, f"`{name}` is not the name of a namespace")
    _label_keys(at)


def _label_keys(at: At) -> None:
    """matchLabelKeys and mismatchLabelKeys beside a label selector."""
    selector = as_mapping(at.tree.at("labelSelector"))
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        keys = at.texts(field)
        if keys and selector is None:
            at.forbidden(field, "needs a labelSelector beside it")
            continue
        for index, key in enumerate(keys):
            if not labels.is_qualified(key):
                at.wrong_item("P206", field, index, f"`{key}` is not a valid label key")
    matched = at.texts("matchLabelKeys")
    for index, key in enumerate(matched):
        if key in at.texts("mismatchLabelKeys"):
            at.wrong_item("P203", "matchLabelKeys", index, f"`{key}` is in mismatchLabelKeys too")
    named = _named(selector)
    for index, key in enumerate(matched):
        # The controller's pods have one more of them, and are refused.
        if named.count(key) > 1:
            at.wrong_item("P203", "matchLabelKeys", index, f"`{key}` is in labelSelector too")


def label_keys(pod: At, own: Mapping[str, str]) -> None:
    """Keys of matchLabelKeys that a pod has and that the selector beside them names too: what is
    made of the former would be in the selector twice."""
    terms = list(pod.children("topologySpreadConstraints"))
    for kind in ("podAffinity", "podAntiAffinity"):
        pods = pod.child("affinity", kind)
        if pods is not None:
            terms += pods.children(_REQUIRED)
            weighted = (each.child("podAffinityTerm") for each in pods.children(_PREFERRED))
            terms += (term for term in weighted if term is not None)
    for term in terms:
        named = _named(as_mapping(term.tree.at("labelSelector")))
        for index, key in enumerate(term.texts("matchLabelKeys")):
            if key in own and key in named:
                term.wrong_item("P203", "matchLabelKeys", index, f"`{key}` is in labelSelector too")


def _named(selector: Tree | None) -> list[str]:
    """The keys of a label selector."""
    if selector is None:
        return []
    expressions = mappings_of(selector.at("matchExpressions"))
    return [*texts_of(selector.at("matchLabels")), *(as_text(e.at("key")) for _, e in expressions)]


def spread(pod: At) -> None:
    seen: set[tuple[str, str]] = set()
    for constraint in pod.children("topologySpreadConstraints"):
        key, action = constraint.text("topologyKey"), constraint.text("whenUnsatisfiable")
        if constraint.number("maxSkew") < 1:
            constraint.invalid("maxSkew", "must be at least 1")
        constraint.need("topologyKey")
        constraint.one_of("whenUnsatisfiable", ("DoNotSchedule", "ScheduleAnyway"), needed=True)
        if key and (key, action) in seen:
            constraint.twice("topologyKey", f"`{key}` with {action} is given twice")
        seen.add((key, action))
        constraint.at_least(1, "minDomains")
        if constraint.given("minDomains") and action == "ScheduleAnyway":
            constraint.forbidden("minDomains", "goes with whenUnsatisfiable DoNotSchedule only")
        for field in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            constraint.one_of(field, ("Honor", "Ignore"), needed=constraint.given(field))
        _label_keys(constraint)
        selector = as_mapping(constraint.tree.at("labelSelector"))
        if selector is not None:
            path = constraint.at("labelSelector")
            labels.read_selector(selector, path, constraint.report)


def tolerations(pod: At) -> None:
    for each in pod.children("tolerations"):
        key, value, effect = each.text("key"), each.text("value"), each.text("effect")
        operator = each.text("operator", default="Equal")
        if operator in ("Lt", "Gt"):
            gate = "TaintTolerationComparisonOperators, off by default"
            why = f"must be Equal or Exists: {operator} needs the feature gate {gate}"
            each.wrong("P201", "operator", why)
        elif operator not in ("Equal", "Exists"):
            hint = suggest(operator, ("Equal", "Exists"))
            each.wrong("P201", "operator", f"must be Equal or Exists, not `{operator}`", hint)
        if not key and operator != "Exists":
            each.forbidden("operator", "must be Exists without a key")
        if operator == "Exists" and value:
            each.forbidden("value", "must be empty when the operator is Exists")
        if operator == "Equal" and not labels.is_label_value(value):
            each.misnamed("value", f"`{value}` is not a valid label value")
        if key and not labels.is_qualified(key):
            each.misnamed("key", f"`{key}` is not a valid taint key")
        if effect:
            each.one_of("effect", _EFFECTS)
        if each.given("tolerationSeconds") and effect != "NoExecute":
            each.forbidden("tolerationSeconds", "goes with effect NoExecute only")
