"""Known numbers of states."""

from __future__ import annotations

import pytest

from checker.budget import Budget
from checker.explicit.search import explore
from tests.systems import peterson, rollout, semaphore, token_ring, two_phase_commit


def count(system: object, *, symmetric: bool = True) -> int:
    exploration = explore(system, [], Budget(), symmetric=symmetric)  # type: ignore[arg-type]
    assert exploration.complete
    return exploration.count


@pytest.mark.parametrize(("managers", "states"), [(3, 288), (5, 8_832), (7, 296_448)])
def test_two_phase_commit(managers: int, states: int) -> None:
    """The numbers that TLC and stateright report for 3, 5 and 7 resource managers."""
    assert count(two_phase_commit(managers)) == states


@pytest.mark.parametrize(("managers", "states"), [(3, 80), (5, 314)])
def test_two_phase_commit_up_to_symmetry(managers: int, states: int) -> None:
    """The numbers of orbits. Stateright reports 665 for 5: it sorts the managers by their own
    state only, so that managers in one state that the coordinator has heard of or not come in
    any order."""
    assert count(two_phase_commit(managers, symmetric=True)) == states
    assert count(two_phase_commit(managers, symmetric=True), symmetric=False) > states


def test_small_protocols() -> None:
    """Counts that can be checked by hand."""
    assert count(peterson()) == 20
    assert count(semaphore(3, fairness="weak")) == 4
    assert count(token_ring(7)) == 7


def test_references_between_symmetric_sorts() -> None:
    """Pods that refer to nodes: every state is recognised up to renaming of both."""
    assert count(rollout(4, 2)) == 1_776
    assert count(rollout(4, 2), symmetric=False) == 63_792
