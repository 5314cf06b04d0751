"""Names and numbers in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

#: Names that are listed one by one before the rest is counted.
NAMED = 3


def listed(names: Iterable[object], *, whole: bool = False) -> str:
    """Names in a row: "a", "a and b", "a, b and c", "a, b, c and 4 more"; or the whole row."""
    known = [str(name) for name in names]
    if len(known) > NAMED + 1 and not whole:
        known = [*known[:NAMED], f"{len(known) - NAMED} more"]
    *first, last = known or ["nobody"]
    return f"{', '.join(first)} and {last}" if first else last


def verb(names: Sequence[object] | int, one: str, several: str) -> str:
    """The verb that suits so many."""
    number = names if isinstance(names, int) else len(names)
    return one if number == 1 else several


def counted(number: int, noun: str, several: str = "") -> str:
    """ "1 pod", "3 pods"."""
    return f"{number} {noun if number == 1 else several or noun + 's'}"


def apart(names: Iterable[str]) -> Iterator[str]:
    """Names that are told apart, with "again" where one came before."""
    seen: set[str] = set()
    for name in names:
        other = name
        while other in seen:
            other = f"{other} again"
        seen.add(other)
        yield other
