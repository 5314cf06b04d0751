"""One reduction after another."""

from __future__ import annotations

from checker.reduce.contract import Reduced


def then(first: Reduced, second: Reduced) -> Reduced:
    """Both: `second` reduces the system of `first`."""
    return Reduced(
        second.system,
        lambda trace: first.lift(second.lift(trace)),
        (*first.says, *second.says),
        first.shortest and second.shortest,
        first.unsure | second.unsure,
    )
