"""What clients see of Raft: held against the contract, and the contract against what it forbids."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.engines import engine
from checker.verdict import Verdict
from model.api.controlplane import ControlPlane
from model.cluster import control_plane
from model.scenario import Bounds, Faults, Scenario
from tests.effort import busy
from tests.shipped import scenario


def _judged(given: Scenario, name: str) -> Verdict:
    system = control_plane(replace(given, properties=(name,))).system
    (verdict,) = engine("explicit").check(system, system.properties, busy(120))
    return verdict


@pytest.mark.parametrize(
    ("mutation", "bounds", "steps"),
    [
        ("quorum-too-small", Bounds(terms=2, log=1), 4),
        ("votes-twice", Bounds(terms=2, log=1), 9),
        ("stale-log-elected", Bounds(terms=3, log=1), 11),
        ("minority-commits", Bounds(terms=2, log=1), 5),
        ("commit-beyond-log", Bounds(terms=2, log=2), 7),
        ("conflicts-kept", Bounds(terms=3, log=2), 11),
        ("read-index-before-own-term-commit", Bounds(terms=2, log=1), 13),
        ("read-index-without-quorum", Bounds(terms=2, log=2), 16),
    ],
)
def test_a_wrong_raft_breaks_the_contract(mutation: str, bounds: Bounds, steps: int) -> None:
    """Clients can tell: some run does what the contract does not allow, after so many steps. The
    same bounds without the fault hold."""
    given = replace(scenario("specs/etcd-refines-contract.yaml"), bounds=bounds)
    verdict = _judged(replace(given, mutations=frozenset({mutation})), "refines-contract")
    assert verdict.outcome == "violated"
    assert verdict.trace is not None
    assert len(verdict.trace.steps) == steps
    if bounds.terms * bounds.log < 6:
        assert _judged(given, "refines-contract").outcome == "holds"


@pytest.mark.parametrize(
    ("plane", "faults", "mutations", "outcome"),
    [
        (ControlPlane(1), Faults(), (), "holds"),
        (ControlPlane(4), Faults(), (), "holds"),
        (ControlPlane(3), Faults(lost_writes=1), (), "holds"),
        (ControlPlane(3), Faults(lost_disks=1), (), "violated"),
        (ControlPlane(3), Faults(lost_writes=1), ("acknowledged-before-synced",), "violated"),
        (ControlPlane(3), Faults(lost_writes=1), ("vote-forgotten",), "violated"),
    ],
)
def test_the_contract_rests_on_disks(
    plane: ControlPlane, faults: Faults, mutations: tuple[str, ...], outcome: str
) -> None:
    """A crash that loses what was not synced is not seen by clients, unless members answered
    before; a lost disk is."""
    given = replace(
        scenario("specs/etcd-refines-contract.yaml"),
        control_plane=plane,
        faults=faults,
        mutations=frozenset(mutations),
        bounds=Bounds(terms=2, log=1),
    )
    assert _judged(given, "refines-contract").outcome == outcome


def test_reads_change_nothing() -> None:
    """Without reads, the states are those with reads that have none under way: a read neither
    opens nor closes a way for members."""
    given = replace(scenario("specs/etcd-reads.yaml"), bounds=Bounds(terms=2, log=1))
    bare = _judged(given, "no-split-brain-writes")
    both = control_plane(
        replace(given, properties=("no-split-brain-writes", "linearizable-reads"))
    ).system
    (verdict,) = engine("explicit").check(both, [both.property("no-split-brain-writes")], busy(120))
    assert verdict.outcome == bare.outcome == "holds"
    assert verdict.states == bare.states


def test_only_serializable_reads_lag_in_one_term() -> None:
    """While one member leads, a member that lags serves an old state only to who did not ask the
    leader."""
    given = replace(scenario("specs/etcd-reads.yaml"), bounds=Bounds(terms=1, log=1))
    assert _judged(given, "linearizable-reads").outcome == "holds"
    serializable = replace(given.control_plane, reads="serializable")
    verdict = _judged(replace(given, control_plane=serializable), "linearizable-reads")
    assert verdict.outcome == "violated"
