"""etcd: the contract that the cluster relies on, and the quorum behind it."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from model.etcd import quorum
from model.instance import Instance
from model.ir.interpret import holds, steps, successor
from model.ir.system import State, System
from model.ir.types import ElementType, EnumType
from model.scenario import Bounds, ControlPlane, Faults
from tests.model.worlds import World, scenario, workload


def test_a_store_without_faults_always_serves() -> None:
    """Without a budget for outages there is no state of the store at all."""
    world = World(scenario("steady", of=workload(1)))
    assert not any(action.actor == "etcd" for action in world.system.actions)


@pytest.mark.parametrize(("crashes", "partitions"), [(1, 0), (0, 2), (1, 1)])
def test_outages_are_counted_and_end(crashes: int, partitions: int) -> None:
    """Each crash or partition can cost the leader once, and another is elected for sure."""
    faults = Faults(member_crashes=crashes, member_partitions=partitions)
    world = World(scenario("steady", of=workload(1), faults=faults))
    state = world.state()
    for _ in range(crashes + partitions):
        state = world.after(state, "lose leader")
        assert world.read(state, "serving") == 0
        assert "lose leader" not in world.enabled(state)
        state = world.after(state, "elect leader")
    assert "lose leader" not in world.enabled(state)
    assert world.system.action("etcd", "elect leader").fairness == "weak"
    assert world.system.action("etcd", "lose leader").fairness == "none"


def test_too_few_members_never_serve() -> None:
    """A quorum larger than the cluster takes no write at all."""
    plane = ControlPlane(members=2, quorum=3)
    world = World(scenario("apply", of=workload(1), control_plane=plane))
    assert world.enabled(world.state()) == set()


@pytest.mark.parametrize(("members", "votes"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (7, 4)])
def test_majorities(members: int, votes: int) -> None:
    """A quorum is more than half."""
    assert ControlPlane(members).votes == votes


class Plane:
    """A quorum spoken to by names: members a, b, c as 0, 1, 2, revisions from 0."""

    def __init__(
        self,
        members: int = 3,
        mutations: tuple[str, ...] = (),
        bounds: Bounds | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.instance: Instance = quorum.instance(
            scenario(
                control_plane=ControlPlane(members),
                faults=faults or Faults(),
                mutations=mutations,
                bounds=bounds or Bounds(terms=4, log=2),
            )
        )
        self.system: System = self.instance.system
        (self.initial,) = self.system.initial

    def run(self, *path: tuple[Any, ...], start: State | None = None) -> State:
        """The state after (action, arguments...) steps."""
        state = self.initial if start is None else start
        for name, *arguments in path:
            after = self.step(state, name, *arguments)
            assert after is not None, f"{name} {arguments} is not possible"
            state = after
        return state

    def step(self, state: State, name: str, *arguments: int) -> State | None:
        from model.ir.interpret import Step

        action = next(a for a in self.system.actions if a.name == name)
        return successor(self.system, state, Step(action, arguments))

    def can(self, state: State, name: str, *arguments: int) -> bool:
        return self.step(state, name, *arguments) is not None

    def read(self, state: State, name: str, *arguments: int) -> Any:
        function = next(f for f in self.system.functions if f.name == name)
        value = state[self.system.cell(function, arguments)]
        return function.type.show(value) if isinstance(function.type, EnumType) else value

    def log(self, state: State, member: int) -> list[int]:
        """The terms of a member's writes."""
        return [self.read(state, "entryTerm", member, i) for i in range(2)]

    def safe(self, state: State) -> bool:
        return holds(self.system, self.system.properties[0].p, state)


A, B, C = 0, 1, 2
A_LEADS = (("campaign", A), ("vote", B, A), ("win", A))
CRASHES = Faults(member_crashes=3)


def test_a_leader_needs_a_majority() -> None:
    """A candidate's own vote is not enough among three; alone it is."""
    plane = Plane()
    candidate = plane.run(("campaign", A))
    assert plane.read(candidate, "term", A) == 1
    assert plane.read(candidate, "role", A) == "Candidate"
    assert not plane.can(candidate, "win", A)
    assert plane.read(plane.run(*A_LEADS), "role", A) == "Leader"
    single = Plane(members=1)
    assert single.can(single.run(("campaign", 0)), "win", 0)


def test_one_vote_a_term() -> None:
    """Who has voted in a term votes for nobody else in it, but does in a later one."""
    plane = Plane()
    state = plane.run(("campaign", A), ("campaign", C), ("vote", B, A))
    assert not plane.can(state, "vote", B, C)
    later = plane.run(("campaign", C), start=state)
    assert plane.read(later, "term", C) == 2
    assert plane.can(later, "vote", B, C)
    twice = Plane(mutations=("votes-twice",))
    assert twice.can(twice.run(("campaign", A), ("campaign", C), ("vote", B, A)), "vote", B, C)


def test_votes_go_to_logs_that_are_not_behind() -> None:
    """A later last term wins, in the same term the longer log; equal logs are good enough."""
    stale = Plane(mutations=("stale-log-elected",), faults=CRASHES)
    for plane, behind_wins in ((Plane(faults=CRASHES), False), (stale, True)):
        state = plane.run(*A_LEADS, ("write", A, 0), ("replicate", A, B))
        state = plane.run(("campaign", C), ("campaign", C), start=state)
        assert plane.can(state, "vote", B, C) is behind_wins
        # B holds what A holds, so A may vote for it once it has stepped down.
        state = plane.run(("campaign", B), ("step down", A, B), start=state)
        assert plane.can(state, "vote", A, B)
        # A write more makes B's log the shorter one of the same term.
        longer = plane.run(*A_LEADS, ("write", A, 0), ("replicate", A, B), ("write", A, 1))
        longer = plane.run(("campaign", B), ("step down", A, B), start=longer)
        assert plane.can(longer, "vote", A, B) is behind_wins


def test_a_newer_term_ends_leadership() -> None:
    """A leader that hears of a newer term follows, with its vote free again."""
    plane = Plane()
    state = plane.run(*A_LEADS, ("campaign", C))
    assert not plane.can(state, "step down", A, C)
    state = plane.run(("campaign", C), ("step down", A, C), start=state)
    read = (
        plane.read(state, "role", A),
        plane.read(state, "term", A),
        plane.read(state, "vote", A),
    )
    assert read == ("Follower", 2, -1)


def test_writes_are_appended_in_order_by_leaders_only() -> None:
    """A leader fills the next revision with its own term; followers take no writes."""
    plane = Plane()
    state = plane.run(*A_LEADS)
    assert not plane.can(state, "write", A, 1)
    assert not plane.can(state, "write", B, 0)
    state = plane.run(("write", A, 0), ("write", A, 1), start=state)
    assert plane.log(state, A) == [1, 1]
    assert not plane.can(state, "write", A, 1)


def test_followers_take_the_leaders_log() -> None:
    """Missing writes are added; a conflict replaces the follower's log by the leader's; a longer
    log that agrees is kept."""
    plane = Plane()
    state = plane.run(*A_LEADS, ("write", A, 0), ("write", A, 1), ("replicate", A, B))
    assert plane.log(state, B) == [1, 1]
    # C leads in term 2 with B's vote taken before the writes: its own write conflicts with A's.
    state = plane.run(*A_LEADS, ("write", A, 0), ("write", A, 1))
    state = plane.run(("campaign", C), ("campaign", C), ("vote", B, C), ("win", C), start=state)
    state = plane.run(("write", C, 0), ("replicate", C, A), start=state)
    assert plane.log(state, A) == [2, 0]
    assert plane.read(state, "role", A) == "Follower"
    # A leader with less than the follower, but in agreement, truncates nothing.
    state = plane.run(*A_LEADS, ("write", A, 0), ("replicate", A, B), ("replicate", A, C))
    state = plane.run(("write", A, 1), ("campaign", C), ("vote", B, C), ("win", C), start=state)
    state = plane.run(("replicate", C, A), start=state)
    assert (plane.log(state, A), plane.log(state, C)) == ([1, 1], [1, 0])
    assert plane.read(state, "role", A) == "Follower"


def test_old_leaders_reach_nobody_in_a_newer_term() -> None:
    """A member of a newer term ignores what an old leader sends."""
    plane = Plane()
    state = plane.run(*A_LEADS, ("write", A, 0), ("campaign", C), ("campaign", C))
    assert not plane.can(state, "replicate", A, C)
    assert plane.can(state, "replicate", A, B)


def test_commits_need_copies_of_a_majority() -> None:
    """A write is committed once a majority holds it, with all before it."""
    plane = Plane()
    state = plane.run(*A_LEADS, ("write", A, 0), ("write", A, 1))
    assert not plane.can(state, "commit", A, 0)
    state = plane.run(("replicate", A, B), ("commit", A, 1), start=state)
    assert [plane.read(state, "chosenTerm", i) for i in range(2)] == [1, 1]
    assert plane.safe(state)
    hasty = Plane(mutations=("minority-commits",))
    assert hasty.can(hasty.run(*A_LEADS, ("write", A, 0)), "commit", A, 0)


#: Figure 8 of the Raft paper among three: A's write of term 1 is on a majority in term 3, and C,
#: whose own write is of term 2, can still be elected.
FIGURE_8 = (
    *A_LEADS,
    ("write", A, 0),
    ("member crashes", A),
    ("campaign", C),
    ("campaign", C),
    ("vote", B, C),
    ("win", C),
    ("write", C, 0),
    ("member crashes", C),
    ("member restarts", A),
    ("campaign", A),
    ("campaign", A),
    ("vote", B, A),
    ("win", A),
    ("replicate", A, B),
)


def test_a_leader_commits_only_writes_of_its_own_term_by_counting() -> None:
    """A write of an earlier term is not committed by its copies alone: another leader could still
    replace it. With the seeded fault it is, and two writes meet at one revision."""
    right = Plane(faults=CRASHES)
    state = right.run(*FIGURE_8)
    assert not right.can(state, "commit", A, 0)
    state = right.run(("write", A, 1), ("replicate", A, B), ("commit", A, 1), start=state)
    assert [right.read(state, "chosenTerm", i) for i in range(2)] == [1, 3]
    wrong = Plane(mutations=("old-term-commit",), faults=CRASHES)
    state = wrong.run(*FIGURE_8, ("commit", A, 0))
    assert wrong.safe(state)
    state = wrong.run(
        ("member restarts", C),
        ("member crashes", A),
        ("campaign", C),
        ("campaign", C),
        ("vote", B, C),
        ("win", C),
        ("replicate", C, B),
        ("commit", C, 0),
        start=state,
    )
    assert not wrong.safe(state)


def test_what_a_member_keeps_when_it_restarts() -> None:
    """Term, vote and log are on disk; its role is not. The seeded fault loses the vote."""
    forgetful = Plane(mutations=("vote-forgotten",), faults=CRASHES)
    for plane, vote in ((Plane(faults=CRASHES), A), (forgetful, -1)):
        state = plane.run(*A_LEADS, ("write", A, 0), ("member crashes", A), ("member restarts", A))
        assert plane.read(state, "role", A) == "Follower"
        assert plane.read(state, "vote", A) == vote
        assert plane.read(state, "term", A) == 1
        assert plane.log(state, A) == [1, 0]


def test_members_that_are_down_or_cut_off_are_out_of_reach() -> None:
    """Nobody hears a member that is down, or on the other side of a partition."""
    plane = Plane(faults=Faults(member_crashes=1, member_partitions=1))
    for fault, back in (
        ("member crashes", ("member restarts", B)),
        ("cut off", ("partition heals",)),
    ):
        state = plane.run(("campaign", A), (fault, B))
        assert not plane.can(state, "vote", B, A)
        assert plane.can(plane.run(back, start=state), "vote", B, A)
    state = plane.run(*A_LEADS, ("write", A, 0), ("replicate", A, B), ("cut off", B))
    assert not plane.can(state, "commit", A, 0)
    # A down member does nothing itself.
    down = plane.run(("member crashes", A))
    assert not any(
        step.arguments[:1] == (A,)
        for step, _ in steps(plane.system, down)
        if step.action.name in ("campaign", "win", "write")
    )


def test_the_bounds_say_where_they_bite() -> None:
    """Terms and revisions that have run out are reported as bounds that were reached."""
    plane = Plane(bounds=Bounds(terms=1, log=1))
    terms, log = plane.system.bounds
    assert not holds(plane.system, terms.reached, plane.initial)
    campaigned = plane.run(("campaign", A))
    assert holds(plane.system, terms.reached, campaigned)
    assert not plane.can(campaigned, "campaign", A)
    written = plane.run(*A_LEADS, ("write", A, 0))
    assert not holds(plane.system, log.reached, plane.run(*A_LEADS))
    assert holds(plane.system, log.reached, written)


def canonical(system: System, state: State) -> State:
    """The least state that renaming the members makes of a state."""
    rows = [(f, args, system.cell(f, args)) for f, args in system.cells]
    members = next(s for s in system.sorts if s.name == "Member")
    best: State | None = None
    for renaming in permutations(range(members.size)):
        renamed = [0] * len(state)
        for function, args, position in rows:
            value = state[position]
            kind = function.type
            if isinstance(kind, ElementType) and kind.sort == members and value >= 0:
                value = renaming[value]
            where = tuple(
                renaming[a] if sort == members else a
                for sort, a in zip(function.domain, args, strict=True)
            )
            renamed[system.cell(function, where)] = value
        if best is None or tuple(renamed) < best:
            best = tuple(renamed)
    assert best is not None
    return best


@pytest.mark.parametrize(
    ("mutations", "safe"), [((), True), (("votes-twice",), False), (("minority-commits",), False)]
)
def test_small_quorums_never_split(mutations: tuple[str, ...], safe: bool) -> None:
    """Three members, one term, one write: every reachable state keeps the property, and the
    seeded faults break it. States are counted up to renaming of the members."""
    plane = Plane(mutations=mutations, bounds=Bounds(terms=1, log=1))
    seen = {plane.initial}
    frontier = [plane.initial]
    broken = False
    while frontier and not broken:
        found = []
        for state in frontier:
            for _, end in steps(plane.system, state):
                broken = broken or not plane.safe(end)
                key = canonical(plane.system, end)
                if key not in seen:
                    seen.add(key)
                    found.append(key)
        frontier = found
    assert broken is not safe
