"""How two candidates come to act as the leader of one lease, and who of them is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from model.instance import Belief, Remark
from model.ir.reading import Element, Reading
from model.ir.system import State, System

if TYPE_CHECKING:
    from model.etcd.lease import Election


def remarks(election: Election, system: System, state: State, prop: str) -> tuple[Remark, ...]:  # noqa: ARG001
    """Who still acts though the record is another's, and how it came to be another's."""
    reading = Reading(system, state)
    acting = reading.those(election.Candidate, election.acts)
    holding = [c for c in acting if reading.value(election.holds.__getitem__, c)]
    return (
        *(_still_acts(election, reading, c) for c in acting if c not in holding),
        *(remark for c in holding for remark in _taken_over(election, reading, c)),
    )


def beliefs(election: Election, system: System, state: State, actor: str) -> tuple[Belief, ...]:
    """Who acts as the holder of a record that names another; `actor` is "candidate" or one."""
    reading = Reading(system, state)
    holder = next(map(str, reading.those(election.Candidate, election.holds.__getitem__)), None)
    wrong = reading.those(election.Candidate, lambda c: election.acts(c) & ~election.holds[c])
    return tuple(
        Belief(str(c), "lease.holder", str(c), holder)
        for c in wrong
        if actor in ("candidate", str(c))
    )


def _still_acts(election: Election, reading: Reading, c: Element) -> Remark:
    if reading.value(election.paused.__getitem__, c):
        text = f"{c} is paused before a write as the leader, and makes it when it goes on"
        return Remark(text, ("spec.faults.leaderPauses",))
    pace = 1 + election.scenario.faults.clock_skew / 100 * c.position
    left = reading.value(election.left.__getitem__, c) * election.seconds * pace
    long = f"for {left:.3g} s more of its own clock" if left else "though its time is over"
    return Remark(f"{c} still acts as the leader {long}, and does not hold the lease any more", ())


def _taken_over(election: Election, reading: Reading, c: Element) -> Iterator[Remark]:
    lease, faults = election.scenario.control_plane.lease, election.scenario.faults
    waited = reading.value(election.lease.__getitem__, c) * election.seconds
    skewed = c.position and faults.clock_skew
    fast = (
        f"; its clock runs {faults.clock_skew}% fast, so that took {waited:.4g} s" if skewed else ""
    )
    acts = lease.renew_deadline + lease.retry_period + faults.response_delay
    delay = f" + responseDelay {faults.response_delay}" if faults.response_delay else ""
    yield Remark(
        f"{c} took the lease over: it saw no change for leaseDuration {lease.duration} s{fast}",
        (),
    )
    yield Remark(
        f"a leader acts for up to {acts} s after a renewal (renewDeadline {lease.renew_deadline} "
        f"+ retryPeriod {lease.retry_period}{delay})",
        (),
    )
