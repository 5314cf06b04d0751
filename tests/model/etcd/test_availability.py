"""When etcd takes writes, and what keeps it from doing so."""

from __future__ import annotations

from typing import Any

from checker.engines import engine
from model.api.controlplane import ControlPlane
from model.etcd import availability, names
from model.ir.interpret import Step, steps, successor
from model.ir.system import State
from model.scenario import Faults
from tests.effort import busy
from tests.model.etcd.groups import A, B, C, Path
from tests.model.worlds import scenario

TEXTS = dict.fromkeys(names.AVAILABILITY, "")


class Plane:
    """The availability of some members, with budgets for a few faults."""

    def __init__(
        self, members: int = 3, *mutations: str, quorum: int | None = None, faults: int = 2
    ) -> None:
        given = scenario(
            control_plane=ControlPlane(members, quorum),
            faults=Faults(member_crashes=faults, member_partitions=faults),
            mutations=mutations,
        )
        self.system = availability.instance(given, TEXTS).system

    def run(self, *path: tuple[Any, ...], start: State | None = None) -> State:
        (state,) = self.system.initial if start is None else (start,)
        for name, *arguments in path:
            after = self.step(state, name, *arguments)
            assert after is not None, f"{name} {arguments} is not possible"
            assert after != state, f"{name} {arguments} changes nothing"
            state = after
        return state

    def step(self, state: State, name: str, *arguments: int) -> State | None:
        action = next(a for a in self.system.actions if a.name == name)
        return successor(self.system, state, Step(action, arguments))

    def can(self, state: State, name: str, *arguments: int) -> bool:
        return self.step(state, name, *arguments) is not None

    def read(self, state: State, name: str, *arguments: int) -> int:
        function = next(f for f in self.system.functions if f.name == name)
        return state[self.system.cell(function, arguments)]


WRITTEN: Path = (
    *(("elect", A), ("request",), ("append", A), ("replicate", A, B)),
    ("commit", A),
)


def test_a_write_needs_a_leader_and_copies_of_a_quorum() -> None:
    """Who waits has its answer once a majority holds the write."""
    plane = Plane()
    assert not plane.can(plane.run(("request",)), "append", A)
    state = plane.run(("elect", A), ("request",), ("append", A))
    assert not plane.can(state, "commit", A)
    state = plane.run(("replicate", A, B), ("commit", A), start=state)
    assert plane.read(state, "requested") == 0
    assert [plane.read(state, "log", m) for m in (A, B, C)] == [1, 1, 0]


def test_without_a_quorum_writes_stop() -> None:
    """No step acknowledges a write while no majority is up on one side."""
    plane = Plane()
    for fault in ("crash", "cut off"):
        state = plane.run(*WRITTEN[:4], (fault, B), (fault, C))
        if fault == "cut off":
            # B and C are on the other side together: they can go on, A cannot.
            assert plane.can(plane.run(("elect", B), start=state), "append", B)
        else:
            assert not plane.can(state, "elect", A)
        assert not plane.can(state, "commit", A)


def test_elections_need_votes_of_logs_that_are_not_ahead() -> None:
    """Who lacks an acknowledged write is not elected by those who hold it."""
    plane = Plane()
    state = plane.run(*WRITTEN, ("crash", A))
    assert not plane.can(state, "elect", C)
    assert plane.can(state, "elect", B)
    state = plane.run(("restart", A), start=state)
    assert plane.can(state, "elect", A)


def test_who_hears_a_leader_does_not_campaign() -> None:
    """A leader is left in peace as long as it is heard; not so with the seeded fault."""
    plane, faulty = Plane(), Plane(3, "elections-disrupt")
    assert not plane.can(plane.run(("elect", A)), "elect", B)
    assert faulty.can(faulty.run(("elect", A)), "elect", B)
    assert plane.can(plane.run(("elect", A), ("crash", A)), "elect", B)


def test_leaders_step_down() -> None:
    """A leader that reaches no quorum, or hears of a newer term, leads no more; no other does."""
    plane = Plane()
    state = plane.run(("elect", A))
    assert not plane.can(state, "step down", A)
    state = plane.run(("cut off", A), start=state)
    assert plane.can(state, "step down", A)
    state = plane.run(("elect", B), ("heal",), start=state)
    assert plane.can(state, "step down", A)
    assert not plane.can(state, "step down", B)
    assert not plane.can(state, "append", A)
    state = plane.run(("replicate", B, A), start=state)
    assert not plane.can(state, "step down", A)


def test_leaders_hold_what_was_acknowledged() -> None:
    """In every reachable state the newest leader lacks no acknowledged write, and is alone."""
    plane = Plane(faults=1)
    (initial,) = plane.system.initial
    seen, frontier = {initial}, [initial]
    while frontier:
        ends = {end for state in frontier for _, end in steps(plane.system, state)} - seen
        seen |= ends
        frontier = list(ends)
    for state in seen:
        newest = [
            m
            for m in (A, B, C)
            if all(plane.read(state, name, m) for name in ("up", "leads", "inNewestTerm"))
        ]
        assert len(newest) <= 1
        assert all(plane.read(state, "log", m) >= availability.HAS for m in newest)
    (verdict,) = engine("explicit").check(plane.system, plane.system.properties, busy(60))
    assert verdict.outcome == "proved"


def test_a_quorum_of_all_does_not_survive_a_crash() -> None:
    """The majority that is left is not enough, and its writes wait for ever."""
    plane = Plane(quorum=3, faults=1)
    (verdict,) = engine("explicit").check(plane.system, plane.system.properties, busy(60))
    assert verdict.outcome == "violated"


def zoned(**zones: int) -> Plane:
    """Members in zones, of which one may be lost."""
    given = scenario(
        control_plane=ControlPlane(sum(zones.values()), zones=zones),
        faults=Faults(member_crashes=1, zone_losses=1),
    )
    plane = Plane()
    plane.system = availability.instance(given, TEXTS).system
    return plane


def test_a_lost_zone_takes_its_members_and_none_comes_back() -> None:
    """Those of other zones stay; they may still crash and restart."""
    plane = zoned(a=2, b=1)
    state = plane.run(("elect", A), ("lose a zone", 0))
    assert [plane.read(state, "up", m) for m in (A, B, C)] == [0, 0, 1]
    assert plane.read(state, "leads", A) == 0
    assert not plane.can(state, "restart", A)
    assert not plane.can(state, "lose a zone", 1)
    assert not plane.can(state, "elect", C)
    assert plane.can(plane.run(("crash", C), start=state), "restart", C)


def test_writes_survive_the_loss_of_a_zone_without_the_majority() -> None:
    """Whichever zone is lost, if none holds half of the members or more."""
    for zones, outcome in (
        ({"a": 1, "b": 1, "c": 1}, "proved"),
        ({"a": 2, "b": 1}, "violated"),
        ({"a": 2, "b": 2}, "violated"),
        ({"a": 2, "b": 2, "c": 1}, "proved"),
    ):
        system = zoned(**zones).system
        prop = system.property(names.ZONES)
        (verdict,) = engine("explicit").check(system, [prop], busy(60))
        assert verdict.outcome == outcome, zones
