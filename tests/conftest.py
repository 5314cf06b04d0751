"""What all tests share: a memory limit that counts from the beginning of each."""

from __future__ import annotations

import pytest

from checker import budget

#: Bytes that a fresh process of the command line may hold at most.
_FRESH = 300 * 2**20


@pytest.fixture(autouse=True)
def _own_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What earlier tests have left in the solvers of this process does not count."""
    resident = budget.resident
    before = max(0, resident() - _FRESH)
    monkeypatch.setattr(budget, "resident", lambda: max(0, resident() - before))
