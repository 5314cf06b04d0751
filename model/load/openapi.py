"""Makes `fields.txt` from the OpenAPI document of a Kubernetes release.

    python -m model.load.openapi kubernetes/api/openapi-spec/swagger.json v1.36.3

That document is part of Kubernetes (Apache License 2.0). Of it only the names of types and fields
and their types are kept, of the types that the objects that are read are made of.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from model.load.kinds import READ

_WIDTH = 100
#: Types that are written otherwise than as what they are in the document.
_SPECIAL = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "q",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "any",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "t",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "t",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "x",
}
_PLAIN = {
    ("string", None): "s",
    ("boolean", None): "b",
    ("integer", "int32"): "i",
    ("integer", "int64"): "l",
}
_GROUPS = {
    "v1": "core.v1",
    "apps/v1": "apps.v1",
    "batch/v1": "batch.v1",
    "policy/v1": "policy.v1",
}


def paragraphs(definitions: Mapping[str, Any], roots: Iterable[str]) -> Iterator[str]:
    """A paragraph for each type that the types of `roots` are made of, in alphabetical order."""
    found: dict[str, dict[str, str]] = {}
    todo = list(roots)
    while todo:
        whole = todo.pop()
        name = _short(whole)
        if name in found:
            continue
        fields = found[name] = {}
        for field, schema in definitions[whole].get("properties", {}).items():
            fields[field] = _type(schema, todo)
    for name, fields in sorted(found.items()):
        yield _folded(f"{name}:", [f"{field}:{kind}" for field, kind in fields.items()])


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _type(schema: Mapping[str, Any], todo: list[str]) -> str:
    """How a field's type is written; types that it names are added to `todo`."""
    if "$ref" in schema:
        whole = schema["$ref"].removeprefix("#/definitions/")
        if whole in _SPECIAL:
            return _SPECIAL[whole]
        todo.append(whole)
        return _short(whole)
    if schema["type"] == "array":
        return f"[{_type(schema['items'], todo)}]"
    if schema["type"] == "object":
        return f"{{{_type(schema['additionalProperties'], todo)}}}"
    return _PLAIN[schema["type"], schema.get("format")]


def _folded(head: str, words: list[str]) -> str:
    lines = [head]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _WIDTH:
            lines.append(" ")
        lines[-1] += f" {word}"
    return "\n".join(lines)


def main() -> None:
    path, version = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        definitions = json.load(file)["definitions"]
    roots = [f"io.k8s.api.{_GROUPS[home]}.{kind}" for kind, (home, _) in sorted(READ.items())]
    print(f"# Made by `python -m model.load.openapi` from Kubernetes {version},")
    print("# api/openapi-spec/swagger.json (Apache License 2.0); see `model/load/fields.py`.")
    print("\n".join(paragraphs(definitions, roots)))


if __name__ == "__main__":
    main()
