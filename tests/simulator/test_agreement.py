"""`check` and the simulator agree, on random scenarios and on those that once they did not on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator.compare import Compared, compare
from tests.simulator.generator import scenario

PINNED = sorted((Path(__file__).parent / "pinned").glob("*.yaml"))
#: What some run of these violates.
SEEN = {
    "both-pods-on-one-node": {"maintenance-keeps-available"},
    "late-request": {"surge-bounded"},
    "no-quorum-left": {"replicas-converge"},
    "recreate-taken-back": {"revisions-never-overlap"},
}
#: How many random scenarios are in every run, and how many runs each has.
SCENARIOS, SCHEDULES = 16, 10


def disagreements(found: list[Compared]) -> list[str]:
    """What `check` calls proved and a run violates, and what it calls violated and can't be
    followed."""
    said = []
    for each in found:
        said += [f"{name}, proved, is violated by {log}" for name, log in each.refuted.items()]
        said += [f"{name}, violated: {lost}" for name, lost in each.lost.items()]
    return said


@pytest.mark.parametrize("number", range(SCENARIOS))
def test_random_scenario(number: int) -> None:
    """Nothing proved is violated in a run; every violation can be followed."""
    assert disagreements(compare(scenario(number), SCHEDULES)) == []


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.stem)
def test_scenario_of_an_old_disagreement(path: Path) -> None:
    """The same; what was called proved is seen to be violated."""
    (found,) = compare(path.read_text(encoding="utf-8"), 215)
    assert found.violated >= SEEN.get(path.stem, set())
    assert disagreements([found]) == []
