"""Rules of where pods go: affinity, spread, tolerations.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (validateAffinity and what it
calls, validateTopologySpreadConstraints, ValidateTolerations), feature gates at their defaults.
"""

from __future__ import annotations

from collections.abc import Mapping

from model.load import answers, labels
from model.load.diagnostics import suggest
from model.load.tree import Mapping as Tree
from model.load.tree import as_mapping, as_text, mappings_of, texts_of
from model.load.validation.contract import At

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
#: What a toleration means without a key.
_EVERYTHING = '"match all values and all keys"'


def affinity(pod: At) -> None:
    whole = pod.child("affinity")
    if whole is None:
        return
    nodes = whole.child("nodeAffinity")
    if nodes is not None:
        required = nodes.child(_REQUIRED)
        if required is not None:
            if not list(required.children("nodeSelectorTerms")):
                path = required.at("nodeSelectorTerms")
                answer = answers.required(path, "must have at least one node selector term")
                message = f"`{path}` needs at least one term"
                place = required.place("nodeSelectorTerms")
                pod.report.error("P104", message, place, answers=(answer,))
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
    weight = at.number("weight")
    if not 1 <= weight <= 100:
        answer = answers.invalid(at.at("weight"), weight, "must be in the range 1-100")
        at.invalid("weight", "must be from 1 to 100", answers=(answer,))


def _node_term(at: At, *, strict: bool) -> None:
    """A term of a node selector; preferences are not `strict` about values."""
    for field, operators in (
        ("matchExpressions", labels.NODE_OPERATORS),
        ("matchFields", ("In", "NotIn")),
    ):
        labels.read_requirements(at.tree, field, at.path, operators, at.report, strict=strict)


def _pod_term(at: At) -> None:
    key, path = at.text("topologyKey"), at.at("topologyKey")
    if not key:
        hint = "for one pod a node: kubernetes.io/hostname"
        absent = answers.required(path, answers.EMPTY)
        said = (absent, *answers.qualified(path, key))
        at.required("topologyKey", hint=hint, answers=said)
    elif not labels.is_qualified(key):
        said = answers.qualified(path, key)
        at.misnamed("topologyKey", f"`{key}` is not a valid label key", answers=said)
    for field in ("labelSelector", "namespaceSelector"):
        selector = as_mapping(at.tree.at(field))
        if selector is not None:
            labels.read_selector(selector, at.at(field), at.report)
    for index, name in enumerate(at.texts("namespaces")):
        if not labels.is_dns_label(name):
            said = answers.dns_label(at.at("namespace"), name)
            why = f"`{name}` is not the name of a namespace"
            at.wrong_item("P206", "namespaces", index, why, answers=said)
    _label_keys(at)


def _label_keys(at: At) -> None:
    """matchLabelKeys and mismatchLabelKeys beside a label selector."""
    selector = as_mapping(at.tree.at("labelSelector"))
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        keys = at.texts(field)
        if keys and selector is None:
            why = "must not be specified when labelSelector is not set"
            said = answers.forbidden(at.at(field), why)
            at.forbidden(field, "needs a labelSelector beside it", answers=(said,))
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
    seen: dict[tuple[str, str], str] = {}
    for constraint in pod.children("topologySpreadConstraints"):
        key, action = constraint.text("topologyKey"), constraint.text("whenUnsatisfiable")
        for field in ("maxSkew", "minDomains"):
            number = constraint.number(field)
            if number < 1 and (field == "maxSkew" or constraint.given(field)):
                why = answers.invalid(constraint.at(field), number, answers.GREATER_THAN_ZERO)
                constraint.invalid(field, "must be at least 1", answers=(why,))
        if not key:
            said = answers.required(constraint.at("topologyKey"), answers.EMPTY)
            constraint.required("topologyKey", answers=(said,))
        allowed = ("DoNotSchedule", "ScheduleAnyway")
        constraint.one_of("whenUnsatisfiable", allowed, needed=True, answered=allowed)
        if key and (key, action) in seen:
            both = f"{seen[key, action]}.{{topologyKey, whenUnsatisfiable}}"
            said = answers.duplicate(both, f"{{{key}, {action}}}")
            why = f"`{key}` with {action} is given twice"
            constraint.twice("topologyKey", why, answers=(said,))
        seen[key, action] = constraint.path
        if constraint.given("minDomains") and action == "ScheduleAnyway":
            number, told = constraint.number("minDomains"), "goes with whenUnsatisfiable"
            only = "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway"
            said = answers.invalid(constraint.at("minDomains"), number, only)
            constraint.forbidden("minDomains", f"{told} DoNotSchedule only", answers=(said,))
        for field in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            needed, policies = constraint.given(field), ("Honor", "Ignore")
            constraint.one_of(field, policies, needed=needed, answered=policies)
        _label_keys(constraint)
        selector = as_mapping(constraint.tree.at("labelSelector"))
        if selector is not None:
            path = constraint.at("labelSelector")
            labels.read_selector(selector, path, constraint.report)


def tolerations(pod: At) -> None:
    for each in pod.children("tolerations"):
        key, value, effect = each.text("key"), each.text("value"), each.text("effect")
        operator, path = each.text("operator", default="Equal"), each.at("operator")
        known = ("Equal", "Exists")
        if operator in ("Lt", "Gt"):
            gate = "TaintTolerationComparisonOperators, off by default"
            why = f"must be Equal or Exists: {operator} needs the feature gate {gate}"
            said = answers.unsupported(path, operator, (*known, "Lt", "Gt"))
            each.wrong("P201", "operator", why, answers=(said,))
        elif operator not in known:
            hint, said = suggest(operator, known), answers.unsupported(path, operator, known)
            why = f"must be Equal or Exists, not `{operator}`"
            each.wrong("P201", "operator", why, hint, (said,))
        if not key and operator != "Exists":
            why = f"operator must be Exists when `key` is empty, which means {_EVERYTHING}"
            said = answers.invalid(path, operator, why)
            each.forbidden("operator", "must be Exists without a key", answers=(said,))
        if operator == "Exists" and value:
            said = answers.invalid(path, value, "value must be empty when `operator` is 'Exists'")
            each.forbidden("value", "must be empty when the operator is Exists", answers=(said,))
        if operator == "Equal" and not labels.is_label_value(value):
            why = f"`{value}` is not a valid label value"
            each.misnamed("value", why, answers=answers.label_value(path, value))
        if key and not labels.is_qualified(key):
            why = f"`{key}` is not a valid taint key"
            each.misnamed("key", why, answers=answers.qualified(each.at("key"), key))
        if effect:
            each.one_of("effect", _EFFECTS, answered=_EFFECTS)
        if each.given("tolerationSeconds") and effect != "NoExecute":
            why = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            said = answers.invalid(each.at("effect"), effect, why)
            each.forbidden("tolerationSeconds", "goes with effect NoExecute only", answers=(said,))
