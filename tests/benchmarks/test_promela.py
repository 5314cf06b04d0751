"""The Promela texts are the systems that they are compared with, as far as SPIN can tell."""

from __future__ import annotations

import pytest

from benchmarks import spin
from benchmarks.systems import raft_election
from checker.budget import Budget
from checker.engines import engine
from checker.explicit.search import explore
from tests.systems import two_phase_commit

pytestmark = pytest.mark.skipif(spin.missing() is not None, reason=str(spin.missing()))


@pytest.mark.parametrize("managers", [3, 5])
def test_two_phase_commit_has_the_same_states(managers: int) -> None:
    """SPIN stores as many states as we visit, and finds no inconsistency either."""
    ours = explore(two_phase_commit(managers), [], Budget())
    theirs = spin.search("two-phase-commit", {"MANAGERS": managers})
    assert (theirs.states, theirs.violated) == (ours.count, False)


@pytest.mark.parametrize(("members", "terms", "crashes"), [(2, 2, 1), (2, 3, 0), (3, 2, 2)])
def test_raft_election_has_the_same_states(members: int, terms: int, crashes: int) -> None:
    """SPIN stores as many states as we visit without symmetry, and no two leaders either."""
    system = raft_election(members, terms, crashes=crashes, symmetric=False)
    definitions = {"MEMBERS": members, "TERMS": terms, "CRASHES": crashes}
    ours, theirs = explore(system, [], Budget()), spin.search("raft-election", definitions)
    assert (theirs.states, theirs.violated) == (ours.count, False)


@pytest.mark.parametrize(("number", "fault"), [(1, "votes-twice"), (2, "vote-forgotten")])
def test_seeded_faults_are_the_same(number: int, fault: str) -> None:
    """Both find two leaders of one term. By how many steps is in the test of the systems."""
    system = raft_election(3, 2, fault=fault)  # type: ignore[arg-type]
    (ours,) = engine("explicit").check(system, system.properties[:1], Budget())
    theirs = spin.search("raft-election", {"FAULT": number})
    assert (ours.outcome, theirs.violated) == ("violated", True)
