"""What all tests share: a memory limit that counts from the beginning of each."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from checker import budget

#: Bytes that a fresh process of the command line may hold at most.
_FRESH = 300 * 2**20


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """What earlier tests have left in the solvers of this process does not count, neither for a
    test nor for the fixtures that are made before it."""
    resident = budget.resident
    before = max(0, resident() - _FRESH)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(budget, "resident", lambda: max(0, resident() - before))
        return (yield)
