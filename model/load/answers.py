"""What the API server answers to a mistake: the field, the kind of mistake, the value, and why.

These are its words, so that they can be searched for. A diagnostic has them beside what is said
here (`model.load.diagnostics`), where they are known to be the same:
`tests/conformance/answers.jsonl.gz` has what the real code answers.

Source: apimachinery v0.36.3 `pkg/util/validation/field/errors.go`,
`pkg/util/validation/validation.go`, `pkg/api/validate/content/`; kubernetes v1.36.3
`pkg/apis/core/validation/validation.go`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Answers = tuple[str, ...]

_ALNUM = "must start and end with an alphanumeric character"
_PART = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_OF_PART = f"must consist of alphanumeric characters, '-', '_' or '.', and {_ALNUM}"
_OF_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.',"
    f" and {_ALNUM}"
)
_OF_LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    f"{_ALNUM}"
)

GREATER_THAN_ZERO = "must be greater than zero"
NOT_NEGATIVE = "must be greater than or equal to 0"
PORT = "must be between 1 and 65535, inclusive"
EMPTY = "can not be empty"


def quoted(value: str) -> str:
    import json  # only mistakes pay for it

    return json.dumps(value, ensure_ascii=False)


def invalid(path: str, value: str | int, why: str) -> str:
    shown = quoted(value) if isinstance(value, str) else str(value)
    return f"{path}: Invalid value: {shown}: {why}"


def required(path: str, why: str = "") -> str:
    return f"{path}: Required value{': ' if why else ''}{why}"


def unsupported(path: str, value: str, allowed: Sequence[str]) -> str:
    listed = ", ".join(map(quoted, allowed))
    return f"{path}: Unsupported value: {quoted(value)}: supported values: {listed}"


def duplicate(path: str, value: str) -> str:
    return f"{path}: Duplicate value: {quoted(value)}"


def forbidden(path: str, why: str) -> str:
    return f"{path}: Forbidden: {why}"


def _examples(*texts: str) -> str:
    return ",  or ".join(f"'{text}'" for text in texts)


def _regex(why: str, pattern: str, *examples: str) -> str:
    told = f"{_examples(*examples)}, regex used for validation is '{pattern}'"
    return f"{why} (e.g. {told})"


def _longest(number: int, unit: str = "bytes") -> str:
    return f"must be no more than {number} {unit}"


def label_value(path: str, value: str) -> Answers:
    """To what is no value of a label."""
    why = []
    if len(value.encode()) > 63:
        why.append(_longest(63))
    if not re.fullmatch(f"({_PART})?", value):
        own = f"a valid label must be an empty string or {_OF_PART.removeprefix('must ')}"
        why.append(_regex(own, f"({_PART})?", "MyValue", "my_value", "12345"))
    return tuple(invalid(path, value, each) for each in why)


def qualified(path: str, key: str) -> Answers:
    """To what is no name with perhaps a prefix, as labels, taints and resources have."""
    prefix, slash, name = key.partition("/")
    if not slash:
        prefix, name = "", key
    if "/" in name:
        own = f"a valid label key {_OF_PART}"
        told = _regex(own, _PART, "MyName", "my.name", "123-abc")
        both = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return (invalid(path, key, f"{told} {both}"),)
    why = []
    if slash and not prefix:
        why.append("prefix part must be non-empty")
    elif slash:
        why += [f"prefix part {each}" for each in _subdomain(prefix)]
    if not name:
        why.append("name part must be non-empty")
    elif len(name.encode()) > 63:
        why.append(f"name part {_longest(63)}")
    if not re.fullmatch(_PART, name):
        why.append(_regex(f"name part {_OF_PART}", _PART, "MyName", "my.name", "123-abc"))
    return tuple(invalid(path, key, each) for each in why)


def _subdomain(name: str, unit: str = "bytes") -> list[str]:
    why = [_longest(253, unit)] if len(name.encode()) > 253 else []
    if not re.fullmatch(_SUBDOMAIN, name):
        why.append(_regex(_OF_SUBDOMAIN, _SUBDOMAIN, "example.com"))
    return why


def subdomain(path: str, name: str) -> Answers:
    """To what is no name as most objects have it."""
    return tuple(invalid(path, name, each) for each in _subdomain(name, "characters"))


def dns_label(path: str, name: str) -> Answers:
    """To what is no name as namespaces have it."""
    why = [_longest(63, "characters")] if len(name.encode()) > 63 else []
    if not re.fullmatch(_LABEL, name):
        why.append(_regex(_OF_LABEL, _LABEL, "my-name", "123-abc"))
    return tuple(invalid(path, name, each) for each in why)


def amount(text: str) -> Answers:
    """To what is no quantity. It comes before any field is looked at, so that it names none."""
    if text and re.fullmatch(r"[+-]?[0-9]*(\.[0-9]*)?[eEinumkKMGTP]*[-+]?[0-9]*", text):
        return ("unable to parse quantity's suffix",)
    pattern = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
    return (f"quantities must match the regular expression '{pattern}'",)


def port_name(path: str, name: str) -> Answers:
    """To what is no name of a port."""
    why = []
    if len(name) > 15:
        why.append("must be no more than 15 characters")
    if not re.fullmatch("[-a-z0-9]+", name):
        why.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", name):
        why.append("must contain at least one letter (a-z)")
    if "--" in name:
        why.append("must not contain consecutive hyphens")
    if name.startswith("-") or name.endswith("-"):
        why.append("must not begin or end with a hyphen")
    return tuple(invalid(path, name, each) for each in why)
