"""Where in a user's files something is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Source:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int = 1


#: Field path inside an object, as a user would write it ("spec.strategy.type"), to its place.
Fields = Mapping[str, Source]
