"""Quantities as YAML has them.

Source: apimachinery v0.36 `pkg/api/resource/quantity.go` (UnmarshalJSON).
"""

from __future__ import annotations

from model.api.quantity import parse
from model.load.tree import Scalar, Value, is_null


def text_of(value: Value | None) -> str:
    """What stands there, without quotes."""
    if not isinstance(value, Scalar):
        return ""
    return value.value if isinstance(value.value, str) else value.text


def of_value(value: Value | None) -> int | None:
    """Nanos of a YAML value; numbers are read as they were written."""
    if not isinstance(value, Scalar) or value.value is None or isinstance(value.value, bool):
        return None
    if isinstance(value.value, int):
        return parse(str(value.value))
    return parse(
        value.value.strip() if isinstance(value.value, str) else value.text.replace("_", "")
    )


def in_map(value: Value | None) -> int | None:
    """Nanos of a value in a map of resources, where null is 0."""
    return 0 if is_null(value) else of_value(value)
