"""Why a write waits: who is up and connected, and how many it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from model.instance import Belief, Remark
from model.ir.quantifier import count
from model.ir.reading import Reading
from model.ir.system import State, System
from model.words import counted, listed, verb

if TYPE_CHECKING:
    from model.etcd.availability import Members


def remarks(members: Members, system: System, state: State, prop: str) -> tuple[Remark, ...]:  # noqa: ARG001
    """How many members a write takes and how many reach each other, and where the others are."""
    reading = Reading(system, state)
    return *_waits(members, reading), *_away(members, reading)


def beliefs(members: Members, system: System, state: State, actor: str) -> tuple[Belief, ...]:
    """Who leads a term that is not the newest; `actor` is "etcd" or a member."""
    reading = Reading(system, state)
    newest = next(map(str, reading.those(members.Member, members.leads_now)), "nobody")
    old = reading.those(members.Member, lambda m: members.leads[m] & ~members.current[m])
    return tuple(
        Belief(str(m), f"etcd/{m}.leads", True, f"{newest} leads the newest term")
        for m in old
        if actor in ("etcd", str(m))
    )


def _waits(members: Members, reading: Reading) -> Iterator[Remark]:
    plane = members.scenario.control_plane
    together = max(
        reading.value(lambda m: count(members.Member, lambda o: members.reaches(m, o)), m)
        for m in reading.those(members.Member, lambda _: True)
    )
    reach = f"{together} of {counted(plane.members, 'member')} {verb(together, 'is', 'are')}"
    reach += " up and connected"
    if together >= plane.votes:
        text = f"a client's write waits though {reach}, and {plane.votes} are enough"
    elif plane.quorum is None:
        text = f"a client's write waits, and only {reach}: {plane.votes} are a majority"
    else:
        text = (
            f"a client's write waits, and only {reach}: spec.controlPlane.quorum is {plane.votes}"
        )
    yield Remark(text, ())


def _away(members: Members, reading: Reading) -> Iterator[Remark]:
    gone = reading.those(members.Member, members.gone)
    down = [m for m in reading.those(members.Member, lambda m: ~members.up[m]) if m not in gone]
    cut = reading.those(members.Member, lambda m: members.cut_off[m] & members.up[m])
    if gone and members.lost is not None:
        zones = reading.those(members.lost.domain[0], members.lost.__getitem__)
        where = f"{verb(zones, 'zone', 'zones')} {listed(zones)}"
        yield Remark(f"{listed(gone)} {verb(gone, 'is', 'are')} lost with {where}", ())
    if down:
        yield Remark(f"{listed(down)} {verb(down, 'is', 'are')} down, and need not come back", ())
    if cut:
        text = f"{listed(cut)} {verb(cut, 'is', 'are')} on the other side of a partition"
        yield Remark(text, ())
