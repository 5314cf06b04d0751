"""A toy kind of objects: somebody who deletes some ready pods of a namespace."""

from __future__ import annotations

from dataclasses import dataclass

from model.api.kind import Kind
from model.api.source import Source
from model.field import count


@dataclass(frozen=True)
class Reaper:
    namespace: str
    name: str
    #: How many pods it deletes in all.
    pods: int
    source: Source


KIND = Kind(
    "Reaper",
    "example.dev/v1",
    {"pods": count("how many pods are deleted in all", 1)},
    lambda namespace, name, spec, source: Reaper(namespace, name, spec["pods"], source),
)
