"""Files of vectors: a line each, in plain text or gzip'd, read one line at a time."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from checker.conformance.contract import Vector

SUFFIXES = (".jsonl", ".jsonl.gz")
#: No real vector comes near; a line without end must not fill the memory.
MAX_LINE = 16 * 2**20


@dataclass(frozen=True)
class Unreadable:
    """Why a line, or the rest of a file, is no vector."""

    problem: str


def files(folder: Path) -> list[Path]:
    """The files of vectors in a folder, sorted; folders in it are not looked into."""
    return sorted(
        path for path in folder.iterdir() if path.name.endswith(SUFFIXES) and path.is_file()
    )


def read(path: Path) -> Iterator[tuple[int, Vector | Unreadable]]:
    """Each line of a file with its number; empty lines are skipped. Ends at what is no text."""
    number = 0
    try:
        with _opened(path) as file:
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    yield number, Unreadable(f"the line is longer than {MAX_LINE:,} bytes")
                    return
                if line.strip():
                    yield number, parse(line)
    except (OSError, EOFError, zlib.error) as problem:
        yield (
            number + 1,
            Unreadable(f"cannot be read: {getattr(problem, 'strerror', None) or problem}"),
        )


def _opened(path: Path) -> BinaryIO:
    opened = gzip.open if path.name.endswith(".gz") else open
    return cast(BinaryIO, opened(path, "rb"))


def parse(line: bytes) -> Vector | Unreadable:
    """One line as a vector."""
    try:
        found = json.loads(line)
    except ValueError as problem:
        return Unreadable(f"not JSON: {problem}")
    except RecursionError:
        return Unreadable("nested too deeply")
    if not isinstance(found, dict):
        return Unreadable("a vector is a JSON object")
    missing = [name for name in ("kind", "input", "output") if name not in found]
    if missing:
        return Unreadable(f"a vector has {', '.join(missing)}")
    seed, family = found.get("seed"), found.get("family")
    if not isinstance(found["kind"], str):
        return Unreadable("`kind` must be a string")
    return Vector(
        found["kind"],
        found["input"],
        found["output"],
        seed if isinstance(seed, int) else None,
        family if isinstance(family, str) else "",
    )
