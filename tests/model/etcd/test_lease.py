"""Leader election: two leaders at once exactly where the durations and clocks say so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.engines import engine
from model.api.controlplane import ControlPlane, Lease
from model.etcd import lease
from model.ir.interpret import steps
from model.scenario import Faults
from tests.effort import busy
from tests.shipped import scenario

EVERYDAY = scenario("specs/leader-lease.yaml")


def _outcome(times: Lease, faults: Faults) -> str:
    given = replace(EVERYDAY, control_plane=ControlPlane(lease=times), faults=faults)
    system = lease.instance(given, {}).system
    (verdict,) = engine("explicit").check(system, system.properties, busy(60))
    return verdict.outcome


@pytest.mark.parametrize(
    ("times", "faults"),
    [
        (times, Faults(clock_skew=skew, response_delay=delay))
        for times in (Lease(15, 10, 0), Lease(15, 10, 2), Lease(6, 3, 1), Lease(4, 3, 2))
        for skew in (0, 20, 25, 30, 50, 60, 100)
        for delay in (0, 1)
    ],
)
def test_two_leaders_exactly_where_the_leader_outlasts_the_lease(
    times: Lease, faults: Faults
) -> None:
    """A leader may act for retryPeriod + renewDeadline after a renewal, and longer by the delay of
    its answer; by the faster clock that is longer than leaseDuration, or it is not."""
    longest = times.retry_period + times.renew_deadline + faults.response_delay
    two = (100 + faults.clock_skew) * longest > 100 * times.duration
    assert _outcome(times, faults) == ("violated" if two else "proved")


def test_a_pause_needs_no_skew() -> None:
    """What a leader was about to do when it was paused it does as a second leader."""
    assert _outcome(Lease(), Faults(leader_pauses=1)) == "violated"


def test_the_lease_changes_hands() -> None:
    """The lease is taken over from a leader that stops renewing, and that leader acts no more."""
    given = replace(EVERYDAY, control_plane=ControlPlane(lease=Lease(4, 3, 1)), faults=Faults())
    system = lease.instance(given, {}).system
    leads = next(function for function in system.functions if function.name == "leads")
    both = [system.cell(leads, (c,)) for c in (0, 1)]
    seen, fresh = set(system.initial), list(system.initial)
    while fresh:
        after = {state for s in fresh for _, state in steps(system, s)}
        fresh = [state for state in after if state not in seen]
        seen.update(fresh)
    assert any(all(state[cell] for cell in both) for state in seen)
