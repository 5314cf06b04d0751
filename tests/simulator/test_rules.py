"""The simulator decides as the real code does, on recorded answers of Kubernetes 1.36.3."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.simulator.vectors import KINDS, rows

SAMPLE = Path(__file__).parent.parent / "conformance" / "rules.jsonl.gz"


def test_every_decision_is_the_real_one() -> None:
    """Syncs, victims, filters, admission, budgets, taints: all rows agree, and most are asked."""
    asked: Counter[str] = Counter()
    for row in rows(SAMPLE):
        agrees = KINDS[row["kind"]](row)
        assert agrees is not False, row
        asked[row["kind"]] += bool(agrees)
    assert all(asked[kind] >= 15 for kind in KINDS), asked
