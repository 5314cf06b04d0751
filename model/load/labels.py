"""Labels, names and selectors: reading, validating, matching.

Source: apimachinery v0.36 `pkg/util/validation/validation.go`,
`pkg/apis/meta/v1/validation/validation.go`, `pkg/labels/selector.go`.
"""

from __future__ import annotations

import re

from model.api.selector import LabelSelector, Requirement
from model.api.source import Source
from model.load import answers
from model.load.diagnostics import Report, suggest
from model.load.tree import Mapping, Scalar, as_mapping, as_text, items_of, mappings_of, texts_of

_PART = r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)"
_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_VALUE = re.compile(f"{_PART}?")
_NAME = re.compile(_SUBDOMAIN)
_QUALIFIED = re.compile(f"({_SUBDOMAIN}/)?{_PART}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANKS = str.maketrans("\n\t", "  ")
_DNS_LABEL = re.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?")

_ONE_NAME = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
#: Operators of label selectors and, with two more, of node selectors.
LABEL_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
NODE_OPERATORS = (*LABEL_OPERATORS, "Gt", "Lt")


def is_name(name: str) -> bool:
    """Whether a text is a DNS subdomain: what most objects may be called."""
    return len(name) <= 253 and bool(_NAME.fullmatch(name))


def check_name(
    name: str, what: str, source: Source, report: Report, *, answered: bool = False
) -> None:
    """A DNS subdomain. `answered` is whether the API server is known to say no more of it."""
    if not is_name(name):
        hint = "use lower-case letters, digits, `-` and `.`; begin and end with a letter or digit"
        message = f"`{what}`: `{name}` is not a valid name"
        said = answers.subdomain(what, name) if answered else ()
        report.error("P206", message, source, hint, said)


def is_dns_label(name: str) -> bool:
    return len(name) <= 63 and bool(_DNS_LABEL.fullmatch(name))


def check_dns_label(name: str, what: str, source: Source, report: Report) -> None:
    if not is_dns_label(name):
        hint = "use at most 63 lower-case letters, digits and `-`"
        report.error("P206", f"`{what}`: `{name}` is not a valid name", source, hint)


def check_text(text: str, what: str, source: Source, report: Report, *, lines: bool = True) -> None:
    """A text that reports, commands and files' names repeat: free of control characters, but for
    ends of lines where there may be several."""
    bad = _CONTROL.search(text.translate(_BLANKS) if lines else text)
    if bad:
        message = f"`{what}` must not hold the character U+{ord(bad.group()):04X}"
        report.error("P206", message, source, "leave it out")


def is_qualified(key: str) -> bool:
    """Whether a key may name a label, a taint or a resource."""
    prefix, slash, name = key.rpartition("/")
    return (
        bool(_QUALIFIED.fullmatch(key))
        and len(name) <= 63
        and len(prefix) <= 253
        and (not slash or bool(prefix))
    )


def is_label_value(value: str) -> bool:
    return len(value) <= 63 and bool(_VALUE.fullmatch(value))


def is_deletion_cost(text: str) -> bool:
    """Whether an annotation is a pod's deletion cost: an integer of 32 bits, plainly written."""
    return bool(re.fullmatch("-?[1-9][0-9]{0,9}|0|-0+[0-9]{1,9}", text)) and (
        -(2**31) <= int(text) < 2**31
    )


def read_labels(
    tree: Mapping | None, path: str, report: Report, *, answered: bool = True
) -> dict[str, str]:
    """A mapping of labels; keys and values are checked. `answered` is whether they are an object's
    that the API server is to take."""
    labels = texts_of(tree)
    for key, value in labels.items():
        assert tree is not None
        if not is_qualified(key):
            message = f"`{path}`: `{key}` is not a valid label key"
            said = answers.qualified(_stored(path), key) if answered else ()
            report.error("P206", message, tree.keys[key], answers=said)
        if not is_label_value(value):
            report.error(
                "P206",
                f"`{path}.{key}`: `{value}` is not a valid label value",
                tree.entries[key].source,
                "use at most 63 letters, digits, `-`, `_` and `.`",
                answers.label_value(_stored(path), value) if answered else (),
            )
    return labels


def _stored(path: str) -> str:
    """How the API server calls the labels at a path: for those of a template it leaves a part
    out."""
    return path.replace("template.metadata.labels", "template.labels")


def read_selector(tree: Mapping, path: str, report: Report) -> LabelSelector:
    labels = read_labels(as_mapping(tree.at("matchLabels")), f"{path}.matchLabels", report)
    expressions = read_requirements(tree, "matchExpressions", path, LABEL_OPERATORS, report)
    return LabelSelector(labels, expressions)


def read_requirements(
    tree: Mapping,
    field: str,
    path: str,
    operators: tuple[str, ...],
    report: Report,
    *,
    strict: bool = True,
) -> tuple[Requirement, ...]:
    """The match expressions under `field`; those that are wrong are reported and left out. Unless
    it is `strict`, any text may be a value: that is so in preferences."""
    found = []
    for index, item in mappings_of(tree.at(field)):
        where = f"{path}.{field}[{index}]"
        requirement = _requirement(item, where, operators, field == "matchFields", report)
        if requirement is not None:
            found.append(requirement)
            if strict or requirement.field:
                _check_values(item, requirement, where, report)
    return tuple(found)


def _check_values(tree: Mapping, found: Requirement, path: str, report: Report) -> None:
    """A value of a label, or the name of a node."""
    check = is_name if found.field else is_label_value
    what = "name of a node" if found.field else "label value"
    for index, item in enumerate(items_of(tree.at("values"))):
        if not check(as_text(item)):
            text, where = as_text(item), f"{path}.values[{index}]"
            message = f"`{where}`: `{text}` is not a valid {what}"
            answer = answers.subdomain if found.field else answers.label_value
            report.error("P206", message, item.source, answers=answer(where, text))


def _requirement(
    tree: Mapping, path: str, operators: tuple[str, ...], is_field: bool, report: Report
) -> Requirement | None:
    key, operator = as_text(tree.at("key")), as_text(tree.at("operator"))
    values = tuple(as_text(item) for item in items_of(tree.at("values")))
    if not key:
        unnamed = answers.qualified(f"{path}.key", key)
        report.error("P104", f"`{path}.key` is required", tree.place("key"), answers=unnamed)
        return None
    if operator not in operators:
        message = f"`{path}.operator` must be one of {', '.join(operators)}"
        place, said = tree.place("operator"), f"{path}.operator"
        said = answers.invalid(said, operator, "not a valid selector operator")
        report.error("P201", message, place, suggest(operator, operators), (said,))
        return None
    problem, said = _values_problem(operator, values, f"{path}.values")
    if is_field and (key != "metadata.name" or len(values) != 1):
        problem = "matches `metadata.name` with exactly one value"
        said = answers.required(f"{path}.values", _ONE_NAME)
        if key != "metadata.name":
            said = answers.invalid(f"{path}.key", key, "not a valid field selector key")
    elif not is_field and not is_qualified(key):
        message = f"`{path}.key`: `{key}` is not a valid label key"
        unnamed = answers.qualified(f"{path}.key", key)
        report.error("P206", message, tree.place("key"), answers=unnamed)
        return None
    if problem:
        message = f"`{path}`: {operator} {problem}"
        report.error("P202", message, tree.place("values"), answers=(said,))
        return None
    return Requirement(key, operator, values, is_field)  # type: ignore[arg-type]


def _values_problem(operator: str, values: tuple[str, ...], path: str) -> tuple[str, str]:
    """What is wrong with the number of values, here and as the API server says it."""
    if operator in ("In", "NotIn") and not values:
        why = "must be specified when `operator` is 'In' or 'NotIn'"
        return "needs at least one value", answers.required(path, why)
    if operator in ("Exists", "DoesNotExist") and values:
        why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        return "takes no values", answers.forbidden(path, why)
    if operator in ("Gt", "Lt") and len(values) != 1:
        why = "must be specified single value when `operator` is 'Lt' or 'Gt'"
        return "needs exactly one integer, written as a string", answers.required(path, why)
    return "", ""


def is_empty(selector: LabelSelector) -> bool:
    return not selector.match_labels and not selector.match_expressions


def place_of_value(tree: Mapping, *path: str) -> Source:
    """The place of a value, or of the nearest key above it."""
    found = tree.at(*path)
    return found.source if isinstance(found, Scalar) else tree.place(*path)
