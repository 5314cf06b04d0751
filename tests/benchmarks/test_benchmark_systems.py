"""What benchmarks run on is what it says: right where it should be, and of the size stated."""

from __future__ import annotations

import pytest

from benchmarks.systems import Fault, raft_election
from checker.budget import Budget
from checker.engines import engine
from checker.explicit.search import explore


@pytest.mark.parametrize(
    ("members", "terms", "crashes", "states", "orbits"),
    [(2, 2, 1, 222, 114), (3, 1, 1, 304, 63), (3, 2, 1, 7_965, 1_372), (3, 2, 2, 23_487, 4_011)],
)
def test_election_has_known_sizes(
    members: int, terms: int, crashes: int, states: int, orbits: int
) -> None:
    """The numbers of states with and without symmetry."""
    system = raft_election(members, terms, crashes=crashes)
    for symmetric, count in ((False, states), (True, orbits)):
        exploration = explore(system, [], Budget(), symmetric=symmetric)
        assert (exploration.complete, exploration.count) == (True, count)


def test_right_election_is_safe() -> None:
    """Nobody leads a term twice, up to the bound on terms; every action and every leader occurs."""
    system = raft_election(3, 2)
    safety, *witnesses = engine("explicit").check(system, system.properties, Budget())
    assert safety.outcome == "holds"
    assert safety.extent is not None
    assert (safety.extent.depth, safety.extent.limits) == (None, ("at most 2 terms",))
    assert safety.idle == ()
    assert [each.outcome for each in witnesses] == ["proved", "proved"]


@pytest.mark.parametrize(("fault", "steps"), [("votes-twice", 6), ("vote-forgotten", 8)])
@pytest.mark.parametrize("name", ["explicit", "bmc"])
def test_wrong_election_is_caught(fault: Fault, steps: int, name: str) -> None:
    """Each seeded fault gives two leaders of one term, by a shortest run."""
    system = raft_election(3, 2, fault=fault)
    (safety,) = engine(name).check(system, system.properties[:1], Budget(depth=10))
    assert safety.outcome == "violated"
    assert safety.trace is not None
    assert len(safety.trace.steps) == steps
