"""When etcd takes writes: members crash and are cut off, and a majority elects and commits.

A system of its own beside `model.etcd.raft`, which says what never goes wrong, whatever happens;
this one says what happens in the end. It has neither terms nor log indices, so it has no bounds:
of a member's log counts how it compares with the last acknowledged write, and of its term whether
it is the newest one.

An election that can be won is won in the end: timeouts are random. Who hears from a leader neither
campaigns nor votes (pre-vote), and a leader that reaches no quorum steps down (check-quorum).

Source: etcd-io/raft at cdfbeed `raft.go` (Step and hup with PreVote and CheckQuorum, tickHeartbeat,
maybeCommit); etcd v3.6 `server/embed/config.go` (both are on by default).

Omits: entries that a leader which has been succeeded still gives to members that have not heard of
it; which of two unacknowledged entries of earlier leaders is newer (either may be elected);
partitions into more than two parts; links that fail one way; zones that are cut off
or come back; membership changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from model.etcd.names import RESUME, ZONES
from model.etcd.remarks import availability as remarks
from model.instance import Instance
from model.ir.builder import Builder
from model.ir.expr import FALSE, TRUE, Expr, ite, variable
from model.ir.quantifier import count, exists, forall
from model.ir.system import Property, StateFunction, Table, assign
from model.ir.types import BOOL, ElementType, IntType, Sort
from model.mutation import Mutation
from model.scenario import Scenario

ELECTIONS_DISRUPT = Mutation(
    "elections-disrupt", "an etcd member campaigns although a leader reaches it, and is voted for"
)


SUBJECT = "ControlPlane/availability"
FIELDS = (
    "spec.controlPlane.quorum",
    "spec.faults.memberCrashes",
    "spec.faults.memberPartitions",
    "spec.controlPlane.members",
)
ZONE_FIELDS = ("spec.controlPlane.zones", "spec.faults.zoneLosses", "spec.controlPlane.members")
OMISSIONS = (
    "etcd availability: partitions into more than two parts, one-way links, zones that come back,"
    " membership changes",
)

#: A log: without the last acknowledged write; with it; with an entry of an earlier leader behind
#: it; with one of the newest leader.
LACKS, HAS, OLDER, NEWEST = range(4)


@dataclass(frozen=True)
class Members:
    """The system under construction and its symbols."""

    scenario: Scenario
    builder: Builder
    Member: Sort
    up: StateFunction
    #: [m]: whether m is on the other side of a partition.
    cut_off: StateFunction
    leads: StateFunction
    #: [m]: whether m knows of the newest term.
    current: StateFunction
    #: [m]: one of LACKS to NEWEST.
    log: StateFunction
    #: Whether a client waits for a write.
    requested: StateFunction
    #: [m]: the zone of m; [z]: whether z is lost for good. None where no zone can be.
    zone: Table | None
    lost: StateFunction | None

    def reaches(self, a: Expr, b: Expr) -> Expr:
        return self.up[a] & self.up[b] & (self.cut_off[a] == self.cut_off[b])

    def hears(self, m: Expr) -> Expr:
        """Whether some leader reaches a member."""
        return exists(self.Member, lambda o: self.leads[o] & self.reaches(o, m))

    def connected(self) -> Expr:
        """Whether a majority is up and on one side."""

        def most(m: Expr) -> Expr:
            return 2 * count(self.Member, lambda o: self.reaches(m, o)) > self.Member.size

        return exists(self.Member, most)

    def gone(self, m: Expr) -> Expr:
        """Whether a member was in a zone that is lost."""
        if self.zone is None or self.lost is None:
            return FALSE
        return self.lost[self.zone[m]]

    def intact(self) -> Expr:
        """Whether all who were in no lost zone are up and on one side."""
        return forall(self.Member, lambda m: self.gone(m) | (self.up[m] & ~self.cut_off[m]))

    def leads_now(self, m: Expr) -> Expr:
        return self.up[m] & self.leads[m] & self.current[m]


def instance(
    scenario: Scenario, texts: Mapping[str, str], wanted: Callable[[str], bool] = lambda _: True
) -> Instance:
    """The control plane's availability. `texts` are lines of help by property name."""
    members = _members(scenario)
    for part in (_elections, _writes, _faults):
        part(members)
    builder, waits = members.builder, members.requested()
    builder.omit(*OMISSIONS)
    faults = scenario.faults
    builder.assumptions.append(
        f"etcd: at most {faults.member_crashes} crashes of members, and {faults.member_partitions}"
        " times that one is cut off; it may or may not come back; an election that can be won is"
        " won in the end"
    )
    if members.zone is not None:
        builder.assumptions.append(f"etcd: at most {faults.zone_losses} zones are lost for good")
    if wanted(RESUME):
        builder.properties.append(
            Property(
                RESUME,
                "leads to",
                waits & members.connected(),
                ~waits | ~members.connected(),
                witness=waits & members.connected(),
                text=texts[RESUME],
                occasion="a client waits for a write while a majority is connected",
            )
        )
    if wanted(ZONES) and members.zone is not None:
        lost = exists(members.Member, members.gone)
        builder.properties.append(
            Property(
                ZONES,
                "leads to",
                waits & lost & members.intact(),
                ~waits | ~members.intact(),
                witness=waits & lost & members.intact(),
                text=texts[ZONES],
                occasion="a client waits for a write when a zone is lost and all others are up",
            )
        )
    system = builder.build()
    return Instance(
        scenario,
        system,
        SUBJECT,
        {RESUME: FIELDS, ZONES: ZONE_FIELDS},
        partial(remarks.remarks, members, system),
        partial(remarks.beliefs, members, system),
    )


def _members(scenario: Scenario) -> Members:
    builder = Builder(SUBJECT)
    names = tuple(f"etcd-{i + 1}" for i in range(scenario.control_plane.members))
    member = Sort("Member", names, symmetric=True)

    def mark(name: str, initial: int) -> StateFunction:
        return builder.function(name, (member,), BOOL, initial, f"etcd/{{0}}.{name}")

    return Members(
        scenario,
        builder,
        member,
        mark("up", 1),
        mark("cutOff", 0),
        mark("leads", 0),
        mark("inNewestTerm", 1),
        builder.function("log", (member,), IntType(LACKS, NEWEST), HAS),
        builder.function("requested", (), BOOL, 0, "client.waits"),
        *_zones(scenario, builder, member),
    )


def _zones(
    scenario: Scenario, builder: Builder, member: Sort
) -> tuple[Table, StateFunction] | tuple[None, None]:
    """Where each member is, and which zones are lost; nothing where none can be."""
    sizes = scenario.control_plane.zones
    if not sizes or not scenario.faults.zone_losses:
        return None, None
    zone = Sort("Zone", tuple(sizes))
    places = [index for index, size in enumerate(sizes.values()) for _ in range(size)]
    table = builder.table("zone", (member,), ElementType(zone), places)
    return table, builder.function("lost", (zone,), BOOL, 0, "zone/{0}.lost")


def _elections(members: Members) -> None:
    builder, votes = members.builder, members.scenario.control_plane.votes
    m, o = variable("member", members.Member), variable("other", members.Member)
    disrupts = ELECTIONS_DISRUPT in members.scenario.mutations
    for_it = count(
        members.Member, lambda v: members.reaches(m, v) & (members.log[m] >= members.log[v])
    )
    builder.action(
        "elect",
        "etcd",
        (m,),
        members.up[m]
        & ~members.leads[m]
        & (TRUE if disrupts else ~members.hears(m))
        & (for_it >= votes),
        [
            assign(members.leads[o], o == m, o, where=members.reaches(m, o)),
            assign(members.current[o], members.reaches(m, o), o),
            assign(members.log[o], OLDER, o, where=members.log[o] == NEWEST),
        ],
        fairness="weak",
        text="{member} campaigns and is elected",
        why=f"{votes} of {members.Member.size} votes are enough",
    )
    newer = exists(members.Member, lambda x: members.reaches(m, x) & members.current[x])
    alone = count(members.Member, lambda x: members.reaches(m, x)) < votes
    builder.action(
        "step down",
        "etcd",
        (m,),
        members.leads[m] & (alone | (~members.current[m] & newer)),
        [assign(members.leads[m], False)],
        fairness="weak",
        fair_for=(m,),
        text="{member} steps down",
        why="{member} reaches no quorum (check-quorum), or hears of a newer term",
    )


def _writes(members: Members) -> None:
    builder, votes = members.builder, members.scenario.control_plane.votes
    m, o = variable("leader", members.Member), variable("follower", members.Member)
    each = variable("each", members.Member)
    builder.action(
        "request",
        "client",
        (),
        ~members.requested(),
        [assign(members.requested(), True)],
        text="a client sends a write",
        why="no other write waits",
    )
    builder.action(
        "append",
        "etcd",
        (m,),
        members.leads_now(m) & members.requested() & (members.log[m] < NEWEST),
        [assign(members.log[m], NEWEST)],
        fairness="weak",
        fair_for=(m,),
        text="{leader} appends the write to its log",
        why="{leader} leads the newest term, and a write waits",
    )
    builder.action(
        "replicate",
        "etcd",
        (m, o),
        members.leads_now(m)
        & (m != o)
        & members.reaches(m, o)
        & ((members.log[o] != members.log[m]) | ~members.current[o]),
        [
            assign(members.log[o], members.log[m]),
            assign(members.current[o], True),
            assign(members.leads[o], False),
        ],
        fairness="weak",
        fair_for=(m, o),
        text="{leader} brings {follower} up to date",
        why="{leader} leads the newest term, and {follower} has another log or is in an older term",
    )
    copies = count(members.Member, lambda x: members.reaches(m, x) & (members.log[x] == NEWEST))
    builder.action(
        "commit",
        "etcd",
        (m,),
        members.leads_now(m) & members.requested() & (copies >= votes),
        [
            assign(members.log[each], ite(members.log[each] == NEWEST, HAS, LACKS), each),
            assign(members.requested(), False),
        ],
        fairness="weak",
        fair_for=(m,),
        text="{leader} commits the write and tells the client",
        why=f"{votes} of {members.Member.size} members hold it",
    )


def _faults(members: Members) -> None:
    builder, faults = members.builder, members.scenario.faults
    m, each = variable("member", members.Member), variable("each", members.Member)
    if faults.member_crashes:
        most = faults.member_crashes
        left = builder.function("crashesLeft", (), IntType(0, most), most)
        builder.action(
            "crash",
            "fault",
            (m,),
            members.up[m] & (left() > 0),
            [
                assign(members.up[m], False),
                assign(members.leads[m], False),
                assign(left(), left() - 1),
            ],
            text="{member} crashes",
            why="spec.faults.memberCrashes leaves another crash",
        )
        builder.action(
            "restart",
            "fault",
            (m,),
            ~members.up[m] & ~members.gone(m),
            [assign(members.up[m], True)],
            text="{member} restarts with what it had on disk",
            why="a member that is down may return",
        )
    if faults.member_partitions:
        most = faults.member_partitions
        left = builder.function("cutsLeft", (), IntType(0, most), most)
        builder.action(
            "cut off",
            "fault",
            (m,),
            ~members.cut_off[m] & (left() > 0),
            [assign(members.cut_off[m], True), assign(left(), left() - 1)],
            text="{member} is now on the other side of a partition",
            why="spec.faults.memberPartitions leaves another partition",
        )
        builder.action(
            "heal",
            "fault",
            (),
            exists(members.Member, lambda x: members.cut_off[x]),
            [assign(members.cut_off[each], False, each)],
            text="the partition heals",
            why="a partition may end",
        )
    if members.zone is not None and members.lost is not None:
        most = faults.zone_losses
        left = builder.function("zoneLossesLeft", (), IntType(0, most), most)
        zone = members.lost.domain[0]
        z = variable("zone", zone)
        inside = members.zone[each] == z
        builder.action(
            "lose a zone",
            "fault",
            (z,),
            ~members.lost[z] & (left() > 0),
            [
                assign(members.lost[z], True),
                assign(members.up[each], False, each, where=inside),
                assign(members.leads[each], False, each, where=inside),
                assign(left(), left() - 1),
            ],
            text="zone {zone} is lost for good, with its members",
            why="spec.faults.zoneLosses leaves another zone to lose",
        )
