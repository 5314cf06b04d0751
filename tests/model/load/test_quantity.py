"""Quantities are exact and round as upstream's do."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.api import quantity

NANO = Fraction(1, 10**9)
SUFFIXES = {
    "": Fraction(1),
    "n": NANO,
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "P": Fraction(10**15),
    "E": Fraction(10**18),
    **{
        name: Fraction(1024**power)
        for power, name in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)
    },
    **{f"e{power}": Fraction(10) ** power for power in range(-12, 13)},
}


def away_from_zero(value: Fraction) -> int:
    whole = -(-abs(value.numerator) // value.denominator)
    return whole if value >= 0 else -whole


@given(
    sign=st.sampled_from(["", "+", "-"]),
    whole=st.integers(0, 10**20),
    fraction=st.text("0123456789", max_size=15),
    suffix=st.sampled_from(sorted(SUFFIXES)),
)
@settings(deadline=None, max_examples=300)
def test_agrees_with_rational_arithmetic(sign: str, whole: int, fraction: str, suffix: str) -> None:
    """Every well-formed quantity is the rational number that it spells, in nanos, capped."""
    text = f"{sign}{whole}{'.' + fraction if fraction else ''}{suffix}"
    exact = Fraction(f"{whole}.{fraction or '0'}") * SUFFIXES[suffix]
    nanos = min(away_from_zero(exact / NANO), quantity.MAX_NANOS)
    assert quantity.parse(text) == (-nanos if sign == "-" else nanos)


@given(nanos=st.integers(-(10**22), 10**22), resource=st.sampled_from(["cpu", "memory"]))
@settings(deadline=None, max_examples=200)
def test_units_round_away_from_zero(nanos: int, resource: str) -> None:
    """cpu is counted in thousandths, everything else in ones, rounded as MilliValue and Value."""
    unit = Fraction(1, 1000) if resource == "cpu" else Fraction(1)
    assert quantity.units(resource, nanos) == away_from_zero(Fraction(nanos) * NANO / unit)


@pytest.mark.parametrize(
    ("text", "resource", "units"),
    [
        ("100m", "cpu", 100),
        ("0.1", "cpu", 100),
        ("1.5", "cpu", 1500),
        ("0.0001", "cpu", 1),
        ("1", "cpu", 1000),
        ("16Gi", "memory", 16 * 2**30),
        ("1.5Gi", "memory", 3 * 2**29),
        ("1e3", "memory", 1000),
        ("1E3", "memory", 1000),
        ("1E", "memory", 10**18),
        ("500n", "memory", 1),
        ("100m", "memory", 1),
        ("1e-12", "memory", 1),
        ("0", "memory", 0),
        (".5", "cpu", 500),
        ("10E", "memory", 2**63 - 1),
        ("1e999999999", "memory", 2**63 - 1),
        ("m", "cpu", 0),
        ("-", "cpu", 0),
        (".", "cpu", 0),
        ("E2", "memory", 0),
    ],
)
def test_units_by_hand(text: str, resource: str, units: int) -> None:
    """Rows worked out by hand from quantity.go's rounding and its cap at 64 bits."""
    nanos = quantity.parse(text)
    assert nanos is not None
    assert quantity.units(resource, nanos) == units


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1g",
        "1KI",
        "1ki",
        "1 Gi",
        "1Gib",
        "0x10",
        "1e",
        "1.2.3",
        "\u0661",
        "1" * 999,
    ],
)
def test_what_is_not_a_quantity(text: str) -> None:
    """Spelling mistakes are no quantities, and neither are texts too long to be meant."""
    assert quantity.parse(text) is None


@pytest.mark.parametrize(
    ("resource", "amount", "shown"),
    [
        ("cpu", 4000, "4"),
        ("cpu", 1500, "1500m"),
        ("memory", 16 * 2**30, "16Gi"),
        ("memory", 900 * 10**6, "900M"),
        ("memory", 2 * 10**9, "2G"),
        ("memory", 1000, "1000"),
        ("memory", 3 * 2**29, "1536Mi"),
        ("pods", 110, "110"),
    ],
)
def test_shown_as_people_write_it(resource: str, amount: int, shown: str) -> None:
    """What is shown parses back to the same units."""
    assert quantity.show(resource, amount) == shown
    nanos = quantity.parse(shown)
    assert nanos is not None
    assert quantity.units(resource, nanos) == amount
