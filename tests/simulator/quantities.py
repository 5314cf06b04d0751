"""Quantities and percentages.

Source: apimachinery v0.36 `pkg/api/resource/quantity.go` (ParseQuantity, Value, MilliValue) and
`pkg/util/intstr/intstr.go` (GetScaledValueFromIntOrPercent).
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import cache

_SUFFIXES = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "": Fraction(1),
    **{letter: Fraction(10 ** (3 * (i + 1))) for i, letter in enumerate("kMGTPE")},
    **{f"{letter}i": Fraction(2 ** (10 * (i + 1))) for i, letter in enumerate("KMGTPE")},
}


@cache
def amount(resource: str, written: str) -> int:
    """A quantity as the scheduler counts it, rounded up: cpu in thousandths, all else in units."""
    number, exponent, suffix = re.fullmatch(
        r"([+-]?[0-9.]+)(?:[eE]([+-]?[0-9]+))?([A-Za-z]*)", written
    ).groups()  # type: ignore[union-attr]
    value = Fraction(number) * Fraction(10) ** int(exponent or 0) * _SUFFIXES[suffix]
    return math.ceil(value * 1000) if resource == "cpu" else math.ceil(value)


def scaled(limit: int | str, total: int, *, up: bool) -> int:
    """A count, or a percentage of `total` rounded up or down."""
    if isinstance(limit, int):
        return limit
    share = Fraction(int(limit.rstrip("%")) * total, 100)
    return math.ceil(share) if up else math.floor(share)
