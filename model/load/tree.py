"""Documents as trees whose every key and value knows its place in a file.

Readers walk these trees after `shape.check` has reported every wrong type, so the accessors here
answer None instead of raising when a value is absent, null or not of the type asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from model.api.source import Source

Plain = None | bool | int | float | str


class Value:
    """A YAML value. `size` counts the values in it with every alias expanded."""

    __slots__ = ("size", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.size = 1


class Scalar(Value):
    """A plain value and the text that it was written as."""

    __slots__ = ("text", "value")

    def __init__(self, source: Source, text: str, value: Plain) -> None:
        super().__init__(source)
        self.text = text
        self.value = value


class Sequence(Value):
    __slots__ = ("items",)

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.items: list[Value] = []


class Mapping(Value):
    """`entries` by key, and the place of each key in `keys`; both in the order of the file."""

    __slots__ = ("entries", "keys")

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.entries: dict[str, Value] = {}
        self.keys: dict[str, Source] = {}

    def at(self, *path: str) -> Value | None:
        """The value under nested keys; None where one is absent or null."""
        found: Value | None = self
        for key in path:
            if not isinstance(found, Mapping):
                return None
            found = found.entries.get(key)
        return None if is_null(found) else found

    def place(self, *path: str) -> Source:
        """The place of the deepest key of `path` that exists, else of the mapping itself."""
        place, found = self.source, self
        for key in path:
            if key not in found.keys:
                break
            place = found.keys[key]
            child = found.entries[key]
            if not isinstance(child, Mapping):
                break
            found = child
        return place


def is_null(value: Value | None) -> bool:
    return value is None or (isinstance(value, Scalar) and value.value is None)


def as_text(value: Value | None, default: str = "") -> str:
    return value.value if isinstance(value, Scalar) and isinstance(value.value, str) else default


def as_int(value: Value | None) -> int | None:
    """The integer that a scalar holds; YAML's booleans are not integers."""
    if isinstance(value, Scalar):
        held = value.value
        if isinstance(held, float) and held.is_integer():
            return int(held)
        if isinstance(held, int) and not isinstance(held, bool):
            return held
    return None


def as_bool(value: Value | None, default: bool = False) -> bool:
    return value.value if isinstance(value, Scalar) and isinstance(value.value, bool) else default


def as_mapping(value: Value | None) -> Mapping | None:
    return value if isinstance(value, Mapping) else None


def items_of(value: Value | None) -> list[Value]:
    return value.items if isinstance(value, Sequence) else []


def mappings_of(value: Value | None) -> Iterator[tuple[int, Mapping]]:
    """The mappings among a sequence's items, with their indices; null stands for an empty one."""
    for index, item in enumerate(items_of(value)):
        if isinstance(item, Mapping):
            yield index, item
        elif is_null(item):
            yield index, Mapping(item.source)


def texts_of(value: Value | None) -> dict[str, str]:
    """A mapping of strings to strings, in which null is the empty one; entries of other types are
    left out."""
    if not isinstance(value, Mapping):
        return {}
    return {
        key: item.value or ""
        for key, item in value.entries.items()
        if isinstance(item, Scalar) and isinstance(item.value, str | None)
    }


def equal(one: Value, other: Value) -> bool:
    """Whether two values are the same, wherever they are written."""
    waiting = [(one, other)]
    while waiting:
        a, b = waiting.pop()
        if a is b:
            continue
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            if a.entries.keys() != b.entries.keys():
                return False
            waiting += [(value, b.entries[key]) for key, value in a.entries.items()]
        elif isinstance(a, Sequence) and isinstance(b, Sequence):
            if len(a.items) != len(b.items):
                return False
            waiting += zip(a.items, b.items, strict=True)
        elif not (isinstance(a, Scalar) and isinstance(b, Scalar) and _same(a.value, b.value)):
            return False
    return True


def _same(one: Plain, other: Plain) -> bool:
    # To Python, True is 1.
    return type(one) is type(other) and one == other


def describe(value: Value) -> str:
    """What a value is, for messages: `the string "3"`, `a list`."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Sequence):
        return "a list"
    assert isinstance(value, Scalar)
    shown = value.text if len(value.text) <= 40 else value.text[:37] + "..."
    if value.value is None:
        return "null"
    if isinstance(value.value, str):
        return f'the string "{shown}"'
    kind = {bool: "boolean", int: "integer", float: "number"}[type(value.value)]
    return f"the {kind} {shown}"


def plain(value: Value | None) -> Any:
    """The value as Python's own dictionaries, lists and scalars."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.entries.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value.items]
    return value.value if isinstance(value, Scalar) else None


_SEGMENT = re.compile(r'\[\*\]|\["(?P<quoted>[^"]*)"\]|(?P<plain>[^.\[\]]+)')


def find(tree: Value, path: str) -> Iterator[tuple[str, Value, Source]]:
    """The values that a path means: their own paths, and the places of their keys.

    "[*]" stands for any index of a list, ["KEY"] for a key that has dots. Null is no value.
    """
    found = [("", tree, tree.source)]
    for segment in _segments(path):
        found = list(_inside(found, segment))
    yield from ((where, value, place) for where, value, place in found if not is_null(value))


@cache
def _segments(path: str) -> tuple[re.Match[str], ...]:
    return tuple(_SEGMENT.finditer(path))


def _inside(
    found: list[tuple[str, Value, Source]], segment: re.Match[str]
) -> Iterator[tuple[str, Value, Source]]:
    key = segment["plain"] if segment["quoted"] is None else segment["quoted"]
    for where, value, _ in found:
        if key is None:
            for index, item in enumerate(items_of(value)):
                yield f"{where}[{index}]", item, item.source
        elif isinstance(value, Mapping) and key in value.entries:
            dot = "." if where and segment["quoted"] is None else ""
            yield f"{where}{dot}{segment[0]}", value.entries[key], value.keys[key]
