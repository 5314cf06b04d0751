"""Raft as etcd runs it: a system of its own beside the cluster's.

Members, their logs and what they have heard are in `state`; each other file adds steps. Nothing in
it knows of Kubernetes but the names that a scenario gives.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from model.etcd.raft import changes, clients, durability, elections, replication, snapshots
from model.etcd.raft.properties import properties
from model.etcd.raft.state import LEADER, Raft, raft
from model.instance import Belief, Instance, Remark
from model.ir.quantifier import exists
from model.ir.system import Bound, State, System
from model.scenario import Faults, Scenario

#: The parts of Raft, in the order in which they add to its system.
PARTS: tuple[Callable[[Raft], None], ...] = (
    elections.add,
    replication.add,
    changes.add,
    durability.add,
    snapshots.add,
)
#: What its properties are about.
SUBJECT = "ControlPlane/etcd"
#: Fields of a spec to look at first.
FIELDS: tuple[str, ...] = (
    "spec.controlPlane.quorum",
    "spec.controlPlane.changes",
    "spec.faults.lostDisks",
    "spec.faults.lostWrites",
    "spec.controlPlane.members",
)

OMISSIONS = (
    "etcd: requests for votes and commit indices that arrive after their sender is in another term",
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
    whole = "" if group.compaction else "compaction and snapshots (spec.controlPlane.compaction); "
    builder.omit(*OMISSIONS, f"etcd: {whole}members that return after they were removed")
    builder.assumptions.extend(_assumptions(scenario.faults))
    stuck = exists(
        group.Member,
        lambda m: (group.role[m] != LEADER) & (group.term[m] == bounds.terms),
    )
    full = exists(
        group.Member, lambda m: (group.role[m] == LEADER) & (group.length(m) == bounds.log)
    )
    builder.bounds.append(Bound("terms", stuck, f"at most {bounds.terms} etcd terms"))
    entries = "entry" if bounds.log == 1 else "entries"
    builder.bounds.append(Bound("log", full, f"etcd logs of at most {bounds.log} {entries}"))
    asked = scenario.properties or ()
    builder.properties += properties(group, wanted, texts)
    builder.properties += clients.properties(group, lambda n: n in asked and wanted(n), texts)
    fields = {prop.name: FIELDS for prop in builder.properties}
    if clients.READS in fields:
        fields[clients.READS] = ("spec.controlPlane.reads", *FIELDS)
    system = builder.build()
    return Instance(
        scenario,
        system,
        SUBJECT,
        fields,
        partial(_remarks, group, system),
        partial(_beliefs, group, system),
    )


def _remarks(group: Raft, system: System, state: State, prop: str) -> tuple[Remark, ...]:
    from model.etcd.raft.remarks import remarks

    return remarks(group, system, state, prop)


def _beliefs(group: Raft, system: System, state: State, actor: str) -> tuple[Belief, ...]:
    from model.etcd.raft.remarks import beliefs

    return beliefs(group, system, state, actor)


def _assumptions(faults: Faults) -> list[str]:
    any_number = "etcd: any number of crashes, and of messages that are lost, late, twice or out of"
    found = [f"{any_number} order, as in any partition"]
    if faults.lost_writes:
        found.append(f"etcd: crashes lose what was not synced {_times(faults.lost_writes)}")
    if faults.lost_disks:
        found.append(f"etcd: a member loses its disk {_times(faults.lost_disks)}")
    return found


def _times(most: int) -> str:
    return "at most once" if most == 1 else f"at most {most} times"
