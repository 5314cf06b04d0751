"""What the model does is admitted; what nobody could have done is not."""

import json
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from checker.following import report
from checker.following.command import follow
from checker.following.recording import parsed
from tests.checker.following.changes import KINDS, changes
from tests.checker.following.recorder import Recorder


def found(lines: list[dict[str, Any]]) -> report.Found:
    texts = ((number, json.dumps(line)) for number, line in enumerate(lines, 1))
    return follow(Path("run.ndjson"), parsed(texts))


@cache
def recorded(seed: int, length: int) -> list[dict[str, Any]]:
    return Recorder(seed).run(length)


@pytest.mark.parametrize("seed", range(12))
def test_runs_of_the_model_are_admitted(seed: int) -> None:
    """With stalled watches, conflicts, deletions by users, and syncs whose requests are late."""
    outcome = found(recorded(seed, 100))
    assert outcome.admitted, "\n".join(report.as_text(outcome, verbose=True))
    assert sum(sum(each.explained.values()) for each in outcome.outcomes) > 30


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"forbidden eviction"}))
def test_changed_runs_are_refused(kind: str) -> None:
    tried = 0
    for seed in range(6):
        lines = recorded(seed, 60)
        for change in islice((c for c in changes(lines) if c.kind == kind), 3):
            outcome = found(change.lines)
            assert not outcome.admitted, f"seed {seed}: {change.said}"
            assert not outcome.open
            tried += 1
    assert tried
