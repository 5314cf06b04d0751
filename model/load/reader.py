"""Reads values of fields by a table of them: of a Check, a configuration, a baseline."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence as Names
from typing import Any, NamedTuple

from model.api.source import Source
from model.field import Field
from model.load import quantities
from model.load.diagnostics import Report, suggest
from model.load.labels import check_text
from model.load.spec import SPEC
from model.load.tree import (
    Mapping,
    Scalar,
    Sequence,
    Value,
    as_int,
    as_mapping,
    as_text,
    describe,
    is_null,
)


class Variant(NamedTuple):
    """One of several fields, its value, and those of the fields beside it."""

    name: str
    value: Any
    aside: dict[str, Any]


class Reader:
    """Values of fields with their defaults; a wrong value is reported and read as the default."""

    def __init__(self, tables: Dictionary[str, Callable[[], Names[str]]], report: Report) -> None:
        self.tables = tables
        self.report = report
        self.places: dict[str, Source] = {}

    def object(
        self,
        value: Value,
        fields: Dictionary[str, Field],
        path: str,
        only: Names[str] | None = None,
    ) -> dict[str, Any]:
        """The values of all fields, or of `only` some of them."""
        found: dict[str, Any] = {}
        if not isinstance(value, Mapping):
            if not is_null(value):
                self._wrong(value, path, "a mapping")
            value = Mapping(value.source)
        for key, place in value.keys.items():
            if key not in fields and not key.startswith("\0"):
                message = f"unknown field `{key}` in `{path}`"
                self.report.error("P102", message, place, self._hint(key, fields))
        for key, field in fields.items():
            if only is not None and key not in only:
                continue
            where = f"{path}.{key}"
            item = value.at(key)
            if key in value.keys:
                self.places[where] = value.keys[key]
            if field.required and item is None:
                self.report.error("P104", f"`{where}` is required", value.source)
            found[key] = self.value(item, field, where, value.keys.get(key))
        return found

    def _hint(self, key: str, fields: Dictionary[str, Field]) -> str:
        home = next((name for name, field in SPEC.items() if key in field.fields), "")
        near = suggest(key, fields)
        known = ", ".join(fields)
        return near or (f"`{key}` belongs in spec.{home}" if home else f"known here: {known}")

    def value(self, value: Value | None, field: Field, path: str, place: Source | None) -> Any:
        if field.short and value is not None and not is_null(value) | isinstance(value, Mapping):
            short, value = value, Mapping(value.source)
            value.entries[field.short], value.keys[field.short] = short, short.source
        if field.type == "object":
            return self.object(value or Scalar(Source("", 0), "", None), field.fields, path)
        if field.type == "tree":
            if value is not None and not isinstance(value, Mapping):
                self._wrong(value, path, "a mapping")
            return as_mapping(value)
        if field.type == "variant":
            return self._variant(value, field, path, place)
        if field.type == "variants":
            return self._variants(value, field, path)
        if field.type == "objects":
            items = value.items if isinstance(value, Sequence) else [value] if value else []
            return [
                self.object(item, field.fields, f"{path}[{index}]")
                for index, item in enumerate(items)
                if isinstance(item, Mapping) or self._wrong(item, path, "a mapping")
            ]
        if field.type == "words" and isinstance(value, Scalar) and not is_null(value):
            one, value = value, Sequence(value.source)
            value.items.append(one)
        if field.type in ("strings", "words"):
            return self._strings(value, field, path)
        if field.type in ("labels", "counts"):
            return self._mapping(value, field, path)
        return field.default if value is None else self._scalar(value, field, path)

    def _scalar(self, value: Value, field: Field, path: str) -> Any:
        if field.type == "integer":
            number = as_int(value)
            if number is None:
                self._wrong(value, path, "an integer")
                return field.default
            low, high = field.minimum or 0, field.maximum
            if number < low or (high is not None and number > high):
                message = f"`{path}` must be from {low} to {high}"
                self.report.error("P200", message, value.source)
                return field.default
            return number
        if field.type == "quantity":
            nanos = quantities.of_value(value)
            if nanos is None or nanos < 0:
                message = f"`{path}`: {describe(value)} is not an amount"
                hint = 'write a quantity such as 500m, 4 or "16Gi"'
                self.report.error("P204", message, value.source, hint)
                return field.default
            return nanos
        if field.type == "text" and isinstance(value, Scalar) and not is_null(value):
            return value.text
        wanted, expected = (bool, "true or false") if field.type == "boolean" else (str, "a string")
        if not isinstance(value, Scalar) or not isinstance(value.value, wanted):
            self._wrong(value, path, expected)
            return field.default
        self._check_name(as_text(value), field, path, value.source)
        check_text(as_text(value), path, value.source, self.report)
        return value.value

    def _strings(self, value: Value | None, field: Field, path: str) -> list[str]:
        if value is not None and not isinstance(value, Sequence):
            self._wrong(value, path, "a list")
        found = []
        for index, item in enumerate(value.items if isinstance(value, Sequence) else ()):
            if isinstance(item, Scalar) and isinstance(item.value, str):
                self._check_name(item.value, field, path, item.source)
                check_text(item.value, f"{path}[{index}]", item.source, self.report)
                self.places[f"{path}[{index}]"] = item.source
                found.append(item.value)
            else:
                self._wrong(item, f"{path}[{index}]", "a string")
        return found

    def _mapping(self, value: Value | None, field: Field, path: str) -> dict[str, Any]:
        if value is not None and not isinstance(value, Mapping):
            self._wrong(value, path, "a mapping")
        found: dict[str, Any] = {}
        for key, item in value.entries.items() if isinstance(value, Mapping) else ():
            assert isinstance(value, Mapping)
            self.places[f"{path}.{key}"] = value.keys[key]
            parts = field.parts(key)
            if parts and isinstance(item, Mapping):
                part = Field(field.type, "", names=parts)
                inner = self._mapping(item, part, f"{path}.{key}")
                found.update({f"{key}.{name}": number for name, number in inner.items()})
                continue
            self._check_name(key, field, path, value.keys[key])
            check_text(key, path, value.keys[key], self.report)
            kind = "integer" if field.type == "counts" else "string"
            if path.endswith(".resources"):
                kind = "quantity"
            entry = Field(kind, "", 0 if kind == "integer" else "", 0, 1000)
            found[key] = self._scalar(item, entry, f"{path}.{key}")
        return found

    def _variant(
        self, value: Value | None, field: Field, path: str, place: Source | None
    ) -> Variant | None:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            hint = ""
            if isinstance(value, Scalar) and value.text in field.fields:
                hint = f"write `{value.text}: {{}}`"
                hint += " below it" if field.type == "variant" else ""
            self._wrong(value, path, "a mapping", hint)
            return None
        names = [name for name, each in field.fields.items() if not each.aside]
        known = [key for key in value.entries if key in names]
        aside = [name for name in field.fields if name not in names]
        everything = self.object(value, field.fields, path, [*known, *aside])
        if len(known) != 1:
            message = f"`{path}` must hold exactly one of {', '.join(names)}"
            if known or set(value.keys) <= set(aside):
                self.report.error("P203", message, place or value.source)
            return None
        return Variant(known[0], everything[known[0]], {name: everything[name] for name in aside})

    def _variants(self, value: Value | None, field: Field, path: str) -> list[Variant]:
        if value is not None and not isinstance(value, Sequence):
            self._wrong(value, path, "a list")
        found = []
        for index, item in enumerate(value.items if isinstance(value, Sequence) else ()):
            where = f"{path}[{index}]"
            self.places[where] = item.source
            one = self._variant(item, field, where, item.source)
            if one is not None:
                found.append(one)
            elif is_null(item):
                self._wrong(item, where, "a mapping")
        return found

    def _check_name(self, name: str, field: Field, path: str, source: Source) -> None:
        names = self.tables[field.names]() if isinstance(field.names, str) else field.whole
        if (isinstance(field.names, str) or names) and name not in names:
            what = field.names if isinstance(field.names, str) else "value"
            code = "P301" if isinstance(field.names, str) else "P201"
            hint = suggest(name, names) or f"known: {', '.join(names) or 'none'}"
            self.report.error(code, f"`{path}`: unknown {what} `{name}`", source, hint)

    def _wrong(self, value: Value, path: str, expected: str, hint: str = "") -> bool:
        message = f"`{path}` must be {expected}, not {describe(value)}"
        self.report.error("P103", message, value.source, hint)
        return False
