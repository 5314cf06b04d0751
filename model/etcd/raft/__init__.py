"""Raft as etcd runs it: a system of its own beside the cluster's.

Members, their logs and what they have heard are in `state`; each other file adds steps. Nothing in
it knows of Kubernetes but the names that a scenario gives.
"""

from __future__ import annotations

from collections.abc import Callable

from model.etcd.raft import changes, durability, elections, replication
from model.etcd.raft.properties import properties
from model.etcd.raft.state import LEADER, Raft, raft
from model.instance import Instance
from model.ir.quantifier import exists
from model.ir.system import Bound
from model.scenario import Scenario

#: The parts of Raft, in the order in which they add to its system.
PARTS: tuple[Callable[[Raft], None], ...] = (
    elections.add,
    replication.add,
    changes.add,
    durability.add,
)
FIELDS = ("spec.controlPlane.quorum", "spec.controlPlane.members")

OMISSIONS = (
    "etcd: requests for votes and commit indices that arrive after their sender is in another term",
    "etcd: snapshots and compaction, membership changes, reads",
)


def instance(
    scenario: Scenario, texts: dict[str, str], wanted: Callable[[str], bool] = lambda _: True
) -> Instance:
    """The control plane's etcd, with the wanted ones of its properties.

    `texts` are their lines of help by name.
    """
    group = raft(scenario)
    for part in PARTS:
        part(group)
    builder, bounds = group.builder, scenario.bounds
    builder.omit(*OMISSIONS)
    builder.assumptions.append(
        "etcd: any crashes and restarts; any messages lost, late, twice or out of order, and so any"
        " partition"
    )
    stuck = exists(
        group.Member,
        lambda m: (group.role[m] != LEADER) & (group.term[m] == bounds.terms),
    )
    full = exists(
        group.Member, lambda m: (group.role[m] == LEADER) & (group.length(m) == bounds.log)
    )
    builder.bounds.append(Bound("terms", stuck, f"at most {bounds.terms} etcd terms"))
    builder.bounds.append(Bound("log", full, f"at most {bounds.log} writes to etcd"))
    builder.properties += properties(group, wanted, texts)
    fields = {prop.name: FIELDS for prop in builder.properties}
    return Instance(scenario, builder.build(), "ControlPlane/etcd", fields)
