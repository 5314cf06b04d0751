"""The JSON Schemas (draft 2020-12) of the Check document, for editors, of the baseline and of
`.planecheck.yaml`.

`python -m model.load.schema > docs/spec.schema.json` writes the first, and with the argument
`baseline` or `config` the others (`docs/baseline.schema.json`, `docs/config.schema.json`); a test
keeps the files current.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from model.field import Field
from model.load.baseline import BASELINE
from model.load.config import CONFIG
from model.load.kinds import CHECK_VERSION
from model.load.spec import SPEC

_STRINGS = {"type": "object", "additionalProperties": {"type": "string"}}
_LIST = {"type": "array", "items": {"type": "string"}}
_QUANTITY = {"type": ["string", "number"]}


def schema() -> dict[str, Any]:
    """The schema as JSON data. Property and mutation names are left open: they grow."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Check",
        "description": "What planecheck is to check, and under which assumptions.",
        "type": "object",
        "additionalProperties": False,
        "required": ["apiVersion", "kind"],
        "properties": {
            "apiVersion": {"const": CHECK_VERSION},
            "kind": {"const": "Check"},
            "metadata": {"type": "object"},
            "spec": _nullable(_object(SPEC)),
        },
    }


def baseline() -> dict[str, Any]:
    """The schema of the file that `check --baseline` reads, as JSON data."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Baseline",
        "description": "What planecheck found and somebody accepted, with the reasons.",
        **_object(BASELINE),
    }


def config() -> dict[str, Any]:
    """The schema of `.planecheck.yaml`, as JSON data."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "planecheck",
        "description": "What a repository is to be checked with.",
        **_object(CONFIG),
    }


def _object(fields: Mapping[str, Field]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _field(name, field) for name, field in fields.items()},
    }
    required = [name for name, field in fields.items() if field.required]
    return {**found, "required": required} if required else found


def _variant(fields: Mapping[str, Field]) -> dict[str, Any]:
    """Exactly one of the fields, and any of those that are no variants."""
    aside = sum(field.aside for field in fields.values())
    found = {**_object(fields), "minProperties": 1, "maxProperties": 1 + aside}
    if not aside:
        return found
    names = [name for name, field in fields.items() if not field.aside]
    return {**found, "oneOf": [{"required": [name]} for name in names]}


def _nullable(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "type": [found["type"], "null"]}


def _field(name: str, field: Field) -> dict[str, Any]:
    described = {"description": field.help, **_type(name, field)}
    if field.default is not None:
        described["default"] = field.default
    return described


def _count(count: dict[str, Any], parts: tuple[str, ...]) -> dict[str, Any]:
    """A number, or one for each part."""
    if not parts:
        return count
    each = dict.fromkeys(parts, count)
    return {"anyOf": [count, {"type": "object", "additionalProperties": False, "properties": each}]}


def _type(name: str, field: Field) -> dict[str, Any]:
    if field.type == "integer":
        return {"type": "integer", "minimum": field.minimum, "maximum": field.maximum}
    if field.type in ("quantity", "text"):
        return _QUANTITY
    if field.type == "strings":
        return _LIST
    if field.type == "words":
        return {"anyOf": [{"type": "string"}, _LIST]}
    if field.type == "labels":
        return {**_STRINGS, "additionalProperties": _QUANTITY} if name == "resources" else _STRINGS
    if field.type == "counts":
        count = {"type": "integer", "minimum": 0, "maximum": 1000}
        properties = {name: _count(count, field.parts(name)) for name in field.whole}
        return {"type": "object", "additionalProperties": False, "properties": properties}
    if field.type == "object" and field.short:
        short = _type(field.short, field.fields[field.short])
        return {"anyOf": [*short.get("anyOf", [short]), _nullable(_object(field.fields))]}
    if field.type == "object":
        return _nullable(_object(field.fields))
    if field.type == "tree":
        return {"type": "object"}
    if field.type == "objects":
        one = _object(field.fields)
        return {"anyOf": [one, {"type": "array", "items": one}]}
    if field.type == "variant":
        return _variant(field.fields)
    if field.type == "variants":
        return {"type": "array", "items": _variant(field.fields)}
    scalar: dict[str, Any] = {"type": field.type}
    if field.names and not isinstance(field.names, str):
        scalar["enum"] = list(field.names)
    return scalar


if __name__ == "__main__":
    made = {"baseline": baseline, "config": config}
    print(json.dumps(made[sys.argv[1]]() if sys.argv[1:] else schema(), indent=2))
