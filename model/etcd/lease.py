"""Leader election by a lease: two candidates, one record in the store, and a clock each.

The record is only ever compared with what a candidate saw last. Who does not hold it waits until it
has seen no change for LeaseDuration, and then takes it over; who holds it renews it, and stops
where that has failed for RenewDeadline. Each counts with its own clock, of which one may run faster
by `spec.faults.clockSkew` percent.

Clocks run down: `left` and `patience` are what is left of a wait in real time, in the largest unit
of which all durations are multiples. Time may pass by any number of units between two steps. All
guards compare with the end of a wait, so nothing else can happen between two units that could not
happen at one (Henzinger, Manna and Pnueli, "What good are digital clocks?").

A candidate that stops, or crashes, is replaced by a new one, to which the record is somebody
else's. The store takes the updates of a record one after the other, and refuses one that is based
on an older record.

Source: client-go of kubernetes v1.36 `tools/leaderelection/leaderelection.go` (acquire, renew,
tryAcquireOrRenew, isLeaseValid). After a renewal the holder waits for RetryPeriod before it tries
for RenewDeadline again, so it may act for the sum of both; the package's comment speaks of
LeaseDuration / RenewDeadline as the tolerated ratio of clocks "approximately".

Omits: ReleaseOnCancel, coordinated leader election; more than two candidates, of which two would
have to act at once as well; clocks that change their pace, or jump.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import gcd

from model.etcd.names import UNIQUE_LEADER
from model.etcd.remarks import lease as remarks
from model.instance import Instance, Wanted
from model.ir.builder import Builder
from model.ir.expr import FALSE, Expr, disj, greatest, ite, variable
from model.ir.quantifier import count, exists, forall
from model.ir.system import Property, StateFunction, Table, assign
from model.ir.types import BOOL, IntType, Sort
from model.mutation import Mutation
from model.scenario import Scenario

RENEW_DEADLINE_IGNORED = Mutation(
    "renew-deadline-ignored", "a leader goes on leading though it can't renew its lease"
)
LEASE_CONFLICTS_IGNORED = Mutation(
    "lease-conflicts-ignored", "a candidate takes over a lease that was renewed since it looked"
)
RENEWALS_UNSEEN = Mutation(
    "renewals-unseen", "a candidate does not wait anew when the lease was renewed"
)


SUBJECT = "ControlPlane/leader-election"
FIELDS = ("spec.faults.clockSkew", "spec.faults.leaderPauses", "spec.faults.responseDelay")
LEASE = "spec.controlPlane.lease"


@dataclass
class Election:
    """The system under construction and its symbols."""

    scenario: Scenario
    builder: Builder
    Candidate: Sort
    #: Amounts of time that may pass at once, and the units that each stands for.
    Span: Sort
    units: Table
    #: How long a unit is.
    seconds: float
    #: [c]: units of the waits of a candidate: until it takes over, until it stops after it became
    #: the leader, and until it stops after a renewal.
    lease: Table
    first: Table
    later: Table
    #: Whether there is a record, and whose it is.
    created: StateFunction
    holds: StateFunction
    #: [c]: whether a candidate leads as far as it knows, and how long it does.
    leads: StateFunction
    left: StateFunction
    #: [c]: whether it has seen the record as it is, and how long it goes on waiting.
    seen: StateFunction
    patience: StateFunction
    #: [c]: whether it is paused, with something under way that it does as the leader.
    paused: StateFunction

    def mutated(self, fault: Mutation) -> bool:
        return fault in self.scenario.mutations

    def acts(self, c: Expr) -> Expr:
        """Whether a candidate may do what only the leader may do."""
        ends = FALSE if self.mutated(RENEW_DEADLINE_IGNORED) else self.left[c] == 0
        return self.leads[c] & (~ends | self.paused[c])


def instance(
    scenario: Scenario, texts: dict[str, str], wanted: Wanted = lambda _: True
) -> Instance:
    """Leader election in a control plane, with the wanted ones of its properties.

    `texts` are their lines of help by name.
    """
    election = _election(scenario)
    for part in (_record, _holder, _time):
        part(election)
    builder = election.builder
    builder.omit(
        "leader election: leases that are released, coordinated election, clocks that jump"
    )
    if not scenario.faults.response_delay:
        builder.assumptions.append(
            "leader election: renewals are answered at once; give spec.faults.responseDelay"
        )
    waits = exists(
        election.Candidate,
        lambda c: (
            election.seen[c]
            & ~election.holds[c]
            & exists(election.Candidate, lambda o: (o != c) & election.acts(o))
        ),
    )
    unique = Property(
        UNIQUE_LEADER,
        "always",
        count(election.Candidate, election.acts) <= 1,
        witness=waits,
        text=texts.get(UNIQUE_LEADER, ""),
        occasion="a candidate waits while another leads",
    )
    builder.properties += [unique] if wanted(UNIQUE_LEADER) else []
    fields = (*FIELDS, f"{LEASE}.leaseDuration", f"{LEASE}.renewDeadline", f"{LEASE}.retryPeriod")
    system = builder.build()
    return Instance(
        scenario,
        system,
        SUBJECT,
        {UNIQUE_LEADER: fields},
        partial(remarks.remarks, election, system),
        partial(remarks.beliefs, election, system),
    )


def _election(scenario: Scenario) -> Election:
    """A store without a record and two candidates, the second with the faster clock."""
    lease, faults = scenario.control_plane.lease, scenario.faults
    paces = (100, 100 + faults.clock_skew)
    waits = (
        lease.duration,
        lease.renew_deadline,
        lease.renew_deadline + lease.retry_period + faults.response_delay,
    )
    # A duration by a clock of pace p takes 100 / p as long in real time; all times the product.
    real = [[wait * paces[1 - c] for c in (0, 1)] for wait in waits]
    unit = gcd(*(value for row in real for value in row))
    scaled = [[value // unit for value in row] for row in real]
    most = max(max(row) for row in scaled)
    seconds = unit / paces[1]
    builder = Builder(SUBJECT)
    candidate = Sort("Candidate", ("candidate-1", "candidate-2"))
    span = Sort("Span", tuple(_span(k * seconds, paces[1] / 100) for k in range(1, most + 1)))
    timer = IntType(0, most)

    def of_candidate(name: str, type: IntType | None = None) -> StateFunction:
        unit = "" if type is None else f" (times {seconds:.4g} s)"
        return builder.function(name, (candidate,), type or BOOL, 0, f"{{0}}.{name}{unit}")

    def table(name: str, values: list[int]) -> Table:
        return builder.table(name, (candidate,), timer, values)

    return Election(
        scenario,
        builder,
        candidate,
        span,
        builder.table("units", (span,), timer, range(1, most + 1)),
        seconds,
        table("leaseDuration", scaled[0]),
        table("renewDeadline", scaled[1]),
        table("retried", scaled[2]),
        builder.function("created", (), BOOL, 0, "lease.created"),
        builder.function("holds", (candidate,), BOOL, 0, "lease.holder[{0}]"),
        of_candidate("leads"),
        of_candidate("left", timer),
        of_candidate("seen"),
        of_candidate("patience", timer),
        of_candidate("paused"),
    )


def _span(seconds: float, pace: float) -> str:
    """An amount of time, by both clocks if they differ."""
    fast = "" if pace == 1 else f" ({round(seconds * pace, 3):g} s for candidate-2)"
    return f"{round(seconds, 3):g} s{fast}"


def _record(election: Election) -> None:
    """A candidate sees the record, and takes it over."""
    builder, lease = election.builder, election.scenario.control_plane.lease
    c, each = variable("candidate", election.Candidate), variable("each", election.Candidate)
    waits = ~election.leads[c] & ~election.holds[c]
    builder.action(
        "see the record",
        "candidate",
        (c,),
        waits & election.created() & ~election.seen[c],
        [assign(election.seen[c], True), assign(election.patience[c], election.lease[c])],
        text=f"{{candidate}} sees the new record, and waits {lease.duration} s from then on",
        why="it looks every RetryPeriod, and starts to count LeaseDuration anew",
    )
    # Who found the lease expired writes without looking again, unless the store compares.
    kept = _expired(election, each) if election.mutated(LEASE_CONFLICTS_IGNORED) else FALSE
    builder.action(
        "take over",
        "candidate",
        (c,),
        waits & disj(~election.created(), _expired(election, c)),
        [
            assign(election.created(), True),
            assign(election.holds[each], each == c, each),
            assign(election.leads[c], True),
            assign(election.left[c], election.first[c]),
            assign(election.seen[each], (each == c) | kept, each),
            assign(election.patience[each], 0, each),
        ],
        text=f"{{candidate}} takes the lease and leads for {lease.renew_deadline} s "
        "unless it renews",
        why="nobody holds it, or it has not changed for LeaseDuration by the clock of {candidate}",
    )


def _expired(election: Election, c: Expr) -> Expr:
    """Whether a candidate has seen no change for long enough."""
    return election.seen[c] & (election.patience[c] == 0)


def _holder(election: Election) -> None:
    """The holder renews, stops, and may be paused."""
    builder = election.builder
    c, each = variable("candidate", election.Candidate), variable("each", election.Candidate)
    runs = election.leads[c] & ~election.paused[c]
    others = FALSE if election.mutated(RENEWALS_UNSEEN) else each != c
    builder.action(
        "renew",
        "candidate",
        (c,),
        runs & election.holds[c] & (election.left[c] > 0),
        [
            assign(election.left[c], election.later[c]),
            assign(election.seen[each], False, each, where=others),
            assign(election.patience[each], 0, each, where=others),
        ],
        text="{candidate} renews the lease",
        why="it holds the lease, and RenewDeadline is not over by its clock",
    )
    builder.action(
        "stop",
        "candidate",
        (c,),
        runs,
        [
            assign(election.leads[c], False),
            assign(election.left[c], 0),
            assign(election.holds[c], False),
            assign(election.seen[c], False),
        ],
        text="{candidate} stops, and is started again as another",
        why="a process may end at any moment, and its Deployment or kubelet restarts it",
    )
    budget = election.scenario.faults.leader_pauses
    if not budget:
        return
    pauses = builder.function("pausesLeft", (), IntType(0, budget), budget)
    builder.action(
        "pause",
        "fault",
        (c,),
        runs & (election.left[c] > 0) & (pauses() > 0),
        [assign(election.paused[c], True), assign(pauses(), pauses() - 1)],
        text="{candidate} is paused before a write as the leader",
        why="spec.faults.leaderPauses leaves another pause",
    )
    builder.action(
        "go on",
        "candidate",
        (c,),
        election.paused[c],
        [assign(election.paused[c], False)],
        text="{candidate} goes on, and notices the time",
        why="a pause ends",
    )


def _time(election: Election) -> None:
    builder = election.builder
    span, c = variable("span", election.Span), variable("candidate", election.Candidate)
    units = election.units[span]

    def after(wait: Expr) -> Expr:
        return ite(wait > units, greatest(wait - units, 0), 0)

    builder.action(
        "time passes",
        "clock",
        (span,),
        ~forall(
            election.Candidate,
            lambda o: (election.left[o] < units) & (election.patience[o] < units),
        ),
        [
            assign(election.left[c], after(election.left[c]), c),
            assign(election.patience[c], after(election.patience[c]), c),
        ],
        text="{span} pass",
        why="some candidate waits at least as long",
    )
