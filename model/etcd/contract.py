"""What the cluster may expect of etcd: one linearizable store that sometimes takes no writes.

The cluster model never sees members, terms or logs. It sees `serving`: while a leader with a
quorum exists, a write is atomic and the next read sees it; while none does, every write is
refused. The store loses its leader at most once for each member crash or partition of the
budget, and gets one back if enough members can vote. `model.etcd.quorum` is the other side.

Source: etcd's API guarantees (etcd.io, v3.6 `learning/api_guarantees`): strict serializability
of operations, no write without a majority.

Omits: requests that time out with unknown outcome; serializable (stale) reads by clients.
"""

from __future__ import annotations

from model.ir.expr import FALSE, TRUE, Expr
from model.ir.system import Builder, assign
from model.ir.types import BOOL, IntType
from model.scenario import Scenario

OMISSIONS = (
    "API requests whose outcome the client never learns",
    "whether the etcd quorum keeps the contract that the cluster relies on: that is assumed",
)


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
    outages = builder.function("outagesLeft", (), IntType(0, budget), budget)
    builder.action(
        "lose leader",
        "etcd",
        (),
        serving() & (outages() > 0),
        [assign(serving(), False), assign(outages(), outages() - 1)],
        text="the leader crashes or is cut off: no writes until another is elected",
    )
    builder.action(
        "elect leader",
        "etcd",
        (),
        ~serving(),
        [assign(serving(), True)],
        fairness="weak",
        text="a majority elects a leader: writes resume",
    )
    return serving()
