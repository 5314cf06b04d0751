"""What the cluster may expect of etcd: one linearizable store that sometimes takes no writes.

The cluster model never sees members, terms or logs. It sees `serving`: while a leader with a
quorum exists, a write is atomic and the next read sees it; while none does, every write is
refused. The store loses its leader at most once for each member crash or partition of the
budget, and gets one back if enough members can vote: members that crash may stay down, unless the
budget says that they return; partitions heal.

`Contract` says the same of single events that clients see; `model.etcd.raft.clients` holds what
Raft does against it. What the cluster sees is a special case: a write that is acknowledged as soon
as it is requested, reads that see it, and refusals, which the contract always allows.

Source: etcd's API guarantees (etcd.io, v3.6 `learning/api_guarantees`): strict serializability
of operations, no write without a majority.

Omits: requests that time out with unknown outcome; serializable (stale) reads by clients.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from model.ir.builder import Builder
from model.ir.expr import FALSE, TRUE, Expr, conj, disj, variable
from model.ir.quantifier import count, forall
from model.ir.system import StateFunction, Table, Update, assign
from model.ir.types import BOOL, ElementType, IntType, Sort
from model.scenario import Scenario

OMISSIONS = (
    "API requests whose outcome the client never learns",
    "whether etcd keeps the contract that the cluster relies on is assumed here; property"
    " refines-contract shows it of bounded terms and logs",
)


class Write(NamedTuple):
    """What identifies a write at its revision: who took it, and in which term."""

    term: Expr
    leader: Expr


@dataclass(frozen=True)
class Contract:
    """One store: a write at each revision, without gaps, from when it is acknowledged for good.

    Allowed at any time, since they change nothing that a client may rely on: a write is requested,
    is refused, or gets no answer. Everything else is an event below.
    """

    Revision: Sort
    #: [i]: the number that a revision stands for; [i, j]: whether i comes before j.
    position: Table
    before: Table
    #: [i]: the write at a revision; term 0 is none.
    term: StateFunction
    leader: StateFunction
    #: How many writes had been acknowledged when the read began that is under way.
    due: StateFunction

    def is_stored(self, i: Expr, write: Write) -> Expr:
        return (self.term[i] == write.term) & (self.leader[i] == write.leader)

    def may_acknowledge(
        self, i: Expr, write: Callable[[Expr], Write], requested: Callable[[Expr], Expr]
    ) -> Expr:
        """Whether all writes up to a revision may be acknowledged: each has been requested, and
        none takes the place of another."""

        def fits(j: Expr) -> Expr:
            return conj(requested(j), disj(self.term[j] == 0, self.is_stored(j, write(j))))

        return forall(self.Revision, lambda j: self._up_to(j, i).implies(fits(j)))

    def acknowledges(self, i: Expr, write: Callable[[Expr], Write]) -> list[Update]:
        """The store afterwards."""
        j = variable("acknowledged", self.Revision)
        new = self._up_to(j, i) & (self.term[j] == 0)
        return [
            assign(self.term[j], write(j).term, j, where=new),
            assign(self.leader[j], write(j).leader, j, where=new),
        ]

    def begins_to_read(self) -> Update:
        return assign(self.due(), count(self.Revision, lambda i: self.term[i] > 0))

    def may_read(self, last: Expr, write: Callable[[Expr], Write]) -> Expr:
        """Whether the read under way may see these writes up to a revision: nothing that was
        acknowledged before it began is missing."""

        def seen(i: Expr) -> Expr:
            return (self.position[i] <= last) & self.is_stored(i, write(i))

        return forall(self.Revision, lambda i: (self.position[i] <= self.due()).implies(seen(i)))

    def may_lag(self, last: Expr, write: Callable[[Expr], Write]) -> Expr:
        """Whether a serializable read, or a watch, may see these writes up to a revision: all that
        the store has up to there, in its order."""
        return forall(
            self.Revision,
            lambda i: (self.position[i] <= last).implies(self.is_stored(i, write(i))),
        )

    def _up_to(self, j: Expr, i: Expr) -> Expr:
        return (j == i) | self.before[j, i]


def contract(builder: Builder, position: Table, before: Table, term: IntType, by: Sort) -> Contract:
    """An empty store; its writes are known by terms and by who took them."""
    (revision,) = position.domain
    assert isinstance(revision, Sort)
    someone = ElementType(by, optional=True)
    return Contract(
        revision,
        position,
        before,
        builder.function("storedTerm", (revision,), term, 0, "store[{0}].term"),
        builder.function("storedLeader", (revision,), someone, -1, "store[{0}].leader"),
        builder.function("readDue", (), IntType(0, revision.size), 0),
    )


#: The step in which etcd loses its leader.
OUTAGE = "lose leader"


def ends_writes(scenario: Scenario) -> bool:
    """Whether an outage may be for good: so many members may crash that too few are left, and they
    may stay down."""
    faults, plane = scenario.faults, scenario.control_plane
    return not faults.members_return and faults.member_crashes > plane.members - plane.votes


def availability(builder: Builder, scenario: Scenario) -> Expr:
    """Adds the store's outages to a system; returns the condition under which it takes writes."""
    faults, plane = scenario.faults, scenario.control_plane
    builder.omit(*OMISSIONS)
    budget = faults.member_crashes + faults.member_partitions
    if plane.members < plane.votes:
        return FALSE
    if not budget:
        return TRUE
    serving = builder.function("serving", (), BOOL, 1, "etcd.hasLeader")
    quorum: Expr = TRUE
    if not ends_writes(scenario):
        _outage(builder, serving, OUTAGE, budget)
    else:
        quorum = _losing_quorum(builder, scenario, serving)
    if faults.member_crashes and not faults.members_return:
        kept = "" if quorum is TRUE else ", and then nobody may be left to take writes"
        builder.assumptions.append(
            f"members of etcd that crash may stay down{kept} (spec.faults.membersReturn)"
        )
    builder.action(
        "elect leader",
        "etcd",
        (),
        ~serving() & quorum,
        [assign(serving(), True)],
        fairness="weak",
        text="a majority elects a leader: writes resume",
        why="enough members are left to elect one",
    )
    return serving()


def _losing_quorum(builder: Builder, scenario: Scenario, serving: StateFunction) -> Expr:
    """Outages after which too few members may be up to elect a leader, as long as none returns;
    whether enough are."""
    faults, plane = scenario.faults, scenario.control_plane
    most = min(plane.members, faults.member_crashes)
    down = builder.function("membersDown", (), IntType(0, most), 0, "etcd.membersDown")
    crash = assign(down(), down() + 1)
    _outage(builder, serving, OUTAGE, most, crash, how="crashes")
    if faults.member_partitions:
        cuts, how = faults.member_partitions, "is cut off for a while"
        _outage(builder, serving, "cut leader off", cuts, how=how, budget="cutsLeft")
    builder.action(
        "member returns",
        "fault",
        (),
        down() > 0,
        [assign(down(), down() - 1)],
        text="a member of etcd that was down is back",
        why="a member that crashed may return",
    )
    return down() <= plane.members - plane.votes


def _outage(
    builder: Builder,
    serving: StateFunction,
    name: str,
    most: int,
    *more: Update,
    how: str = "is lost",
    budget: str = "outagesLeft",
) -> None:
    """Adds that the leader may be lost so many times."""
    left = builder.function(budget, (), IntType(0, most), most)
    builder.action(
        name,
        "etcd",
        (),
        serving() & (left() > 0),
        [assign(serving(), False), assign(left(), left() - 1), *more],
        text=f"the leader {how}: no writes until another is elected",
        why="spec.faults leaves another crash or partition of a member",
    )
