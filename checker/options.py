"""How durations, sizes and files are written on the command line, as click's parameter types."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import click

from counterexamples.render import RENDERERS

_SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BYTES |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
#: Kubernetes' and the shell's shorter spellings.
_BYTES |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_BYTES |= {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_FOLDED = {unit.lower(): factor for unit, factor in _BYTES.items()}

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)", re.ASCII)
_COMPOUND = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+", re.ASCII)
#: Longer than anybody waits; keeps arithmetic on clocks far from overflow.
_MAX_SECONDS = 366 * 24 * 3600.0


def parse_duration(text: str) -> float:
    """Seconds, from `30s`, `2m`, `1m30s`, `500ms`, `1h` or a bare number of seconds.

    Raises ValueError, saying what was expected, for anything else, zero and more than a year.
    """
    stripped = text.strip()
    quantity = _QUANTITY.fullmatch(stripped)
    if quantity and quantity[2] in _SECONDS:
        seconds = float(quantity[1]) * _SECONDS[quantity[2]]
    elif _COMPOUND.fullmatch(stripped):
        parts = re.findall(r"([0-9.]+)([a-z]+)", stripped)
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    else:
        raise ValueError(f"{text!r} is not a duration; write it like 30s, 2m or 1m30s")
    if not 0 < seconds <= _MAX_SECONDS:
        raise ValueError(f"{text!r} must be more than nothing and at most a year")
    return seconds


def parse_pause(text: str) -> float:
    """Seconds as for `parse_duration`; `0` is allowed. Raises ValueError."""
    return 0.0 if text.strip() in ("0", "0s") else parse_duration(text)


def parse_size(text: str) -> int:
    """Bytes, from `2GiB`, `512MiB`, `2G` (binary) or `2GB` (decimal); a bare number is bytes.

    Raises ValueError, saying what was expected, for anything else and for less than one byte.
    """
    quantity = _QUANTITY.fullmatch(text.strip())
    factor = _FOLDED.get(quantity[2].lower()) if quantity else None
    if quantity is None or factor is None:
        raise ValueError(f"{text!r} is not a size; write it like 512MiB or 2GiB")
    size = float(quantity[1]) * factor
    if not 1 <= size < 2**63:
        raise ValueError(f"{text!r} is out of range; write a size like 512MiB or 2GiB")
    return int(size)


class _Written(click.ParamType):  # type: ignore[type-arg] # generic in newer ones only
    """What a function reads, which raises ValueError with what was expected."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as wrong:
            self.fail(str(wrong), param, ctx)


def _writable(path: str) -> str:
    """A path that can be written to, as far as can be told before. Raises ValueError."""
    # A pipe or device is written to; a file is replaced, which takes its folder.
    special = os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)
    target = path if special else os.path.dirname(os.path.realpath(path))
    if os.path.isdir(path) or not os.path.exists(target) or not os.access(target, os.W_OK):
        raise ValueError(f"{path!r} cannot be written")
    return path


def _output(text: str) -> tuple[str, str]:
    """`FORMAT=FILE` as a pair. Raises ValueError."""
    name, equals, path = text.partition("=")
    if not equals or not path or name not in RENDERERS:
        raise ValueError(f"{text!r}: write FORMAT=FILE with a format of {', '.join(RENDERERS)}")
    return name, _writable(path)


DURATION = _Written("TIME", parse_duration)
PAUSE = _Written("TIME", parse_pause)
SIZE = _Written("SIZE", parse_size)
NEW_FILE = _Written("FILE", _writable)
OUTPUT = _Written("FORMAT=FILE", _output)
