"""Durations and sizes as the command line reads them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.options import parse_duration, parse_size
from checker.run import Options


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30), ("30s", 30), ("2m", 120), ("1m30s", 90), ("500ms", 0.5), ("1.5h", 5400)],
)
def test_durations(text: str, seconds: float) -> None:
    """Bare numbers are seconds; units may be put together."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1024", 1024),
        ("2GiB", 2 * 2**30),
        ("2Gi", 2 * 2**30),
        ("2g", 2 * 2**30),
        ("2GB", 2 * 10**9),
        ("0.5 MiB", 2**19),
    ],
)
def test_sizes(text: str, size: int) -> None:
    """Bare numbers are bytes; `GiB` is binary, `GB` decimal."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "s", "-1s", "0", "1d", "3 weeks", "1e9", "nan", "9" * 400])
def test_bad_durations(text: str) -> None:
    """Everything else is refused with a hint of what to write."""
    with pytest.raises(ValueError, match=r"30s|at most a year"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["", "GiB", "-1", "0", "2XiB", "inf", "9" * 400])
def test_bad_sizes(text: str) -> None:
    """Everything else is refused with a hint of what to write."""
    with pytest.raises(ValueError, match="512MiB"):
        parse_size(text)


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.text(max_size=20), st.from_regex(r"[0-9]{1,4}(\.[0-9])?[a-zA-Z]{0,3}")))
def test_parsers_raise_value_errors_only(text: str) -> None:
    """Whatever is written, the answer is a positive number or a ValueError."""
    for parse in (parse_duration, parse_size):
        with contextlib.suppress(ValueError):
            assert parse(text) > 0


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 10**5))
def test_units_agree(number: int) -> None:
    """A minute is 60 seconds, a KiB 1,024 bytes, in any number."""
    assert parse_duration(f"{number}s") * 60 == pytest.approx(parse_duration(f"{number * 60}s"))
    assert parse_size(f"{number}KiB") == 1024 * parse_size(f"{number}B")


def test_arguments_reproduce_what_shapes_verdicts() -> None:
    """Only options that differ from the defaults are repeated, and odd paths stay paths."""
    assert Options().arguments(["web.yaml"]) == ("web.yaml",)
    options = Options("bmc", ("p",), ("s",), "5x8cpu", 7, 3)
    assert options.arguments(["-", "-odd.yaml"]) == (
        *("--engine", "bmc", "--nodes", "5x8cpu", "--depth", "7", "--seed", "3"),
        *("--", "-", "-odd.yaml"),
    )
