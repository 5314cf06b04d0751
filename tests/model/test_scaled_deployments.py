"""Deployments that are scaled and paused: what the model's controller writes, one by one."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache

import pytest

from model.api.change import stepwise
from model.api.intstr import IntOrPercent
from model.api.steps import Pause, Restart, Resume, Scale, SetImage, Step, Undo
from model.controllers import rollout, scaling
from model.ir.system import State
from model.ir.types import EnumType
from tests.model.worlds import Pod, World, scenario, workload

#: A write of the Deployment controller: which ReplicaSet, and the replicas that it is given.
Write = tuple[int, int]


@cache
def stepped(replicas: int, *steps: Step, surge: int = 1, unavailable: int = 1) -> World:
    return World(scenario(stepwise(steps), 1, workload(replicas, surge, unavailable)))


def sends(world: World, state: State) -> list[Write]:
    """The requests of one sync that resizes, while nothing else happens."""
    found: list[Write] = []
    while "resize" in world.enabled(state, "deployment-controller"):
        if found and not any(world.read(state, "toResize")):
            break  # the next one begins another sync
        (name,) = world.choices(state, "resize")
        state = world.after(state, "resize")
        index = int(name.removeprefix("web-rev")) - 1
        found.append((index, world.read(state, "replicas")[index]))
    return found


@pytest.mark.parametrize(
    ("before", "after", "sets", "available", "writes"),
    [
        # What a real controller of 1.36.3 wrote, with maxSurge 1.
        (6, 12, (5, 2), (5, 0), [(0, 9), (1, 4)]),
        (12, 5, (9, 4), (5, 0), [(0, 4), (1, 2)]),
        (5, 9, (4, 2), (4, 0), [(0, 7), (1, 3)]),
        (9, 3, (7, 3), (4, 0), [(0, 3), (1, 1)]),
        (3, 0, (2, 2), (2, 0), [(0, 0), (1, 0)]),
        (3, 6, (2, 2), (2, 0), [(1, 4), (0, 3)]),
        (4, 2, (4, 0), (4, 0), [(0, 2)]),
        # One ReplicaSet alone that is as large as it should be keeps its annotation.
        (3, 2, (2, 0), (2, 0), []),
    ],
)
def test_as_recorded(
    before: int,
    after: int,
    sets: tuple[int, int],
    available: tuple[int, int],
    writes: list[Write],
) -> None:
    world = stepped(before, SetImage("web:2"), Scale(after))
    state = world.state(
        [],
        change=f"web:2, {after} replica{'s' * (after != 1)}",
        exists=[1, 1],
        replicas=list(sets),
        desiredReplicas=[before, before],
        statusAvailable=list(available),
    )
    assert sends(world, state) == writes


def test_paused_and_scaled_as_recorded() -> None:
    """2 + 3 of 4 became 3 + 4 of 6, and the template that came meanwhile had no ReplicaSet before
    the Deployment was resumed."""
    steps = (SetImage("web:2"), Pause(), SetImage("web:3"), Scale(6), Resume())
    world = stepped(4, *steps)
    sized = {"replicas": [3, 2, 0], "desiredReplicas": [4, 4, 0]}
    there = {"exists": [1, 1, 0], "statusAvailable": [3, 2, 0]}
    state = world.state([], change="web:3, 6 replicas, paused", **there, **sized)
    assert sends(world, state) == [(0, 4), (1, 3)]
    resized = world.after(state, "resize", "resize")
    assert world.enabled(resized, "deployment-controller") == set()
    resumed = world.after(resized, "resume")
    assert world.choices(resumed, "create ReplicaSet") == {"web-rev3"}


def _last(world: World) -> str:
    """What the Deployment says after all steps."""
    says = world.function("change").type
    assert isinstance(says, EnumType)
    return says.values[-1]


def _reading(seed: int) -> tuple[World, State, scaling.Sync, list[scaling.Marked]]:
    """What a controller may read, as a state and in numbers."""
    rng = random.Random(seed)
    count = rng.choice((2, 3))
    before, after = rng.sample(range(7), 2)
    surge, unavailable = rng.choice(((1, 0), (0, 1), (1, 1), (2, 1)))
    paused = rng.random() < 0.3
    steps: list[Step] = [SetImage(f"web:{i}") for i in range(2, count + 1)]
    if paused:
        steps.append(Pause())
    steps.append(Scale(after))
    world = stepped(before, *steps, surge=surge, unavailable=unavailable)
    there = [True] * (count - 1) + [rng.random() < 0.7]
    sizes = [rng.randrange(6) if here else 0 for here in there]
    ready = [rng.randrange(size + 1) for size in sizes]
    stamps = [rng.choice((before, after)) if here else 0 for here in there]
    state = world.state(
        [],
        change=_last(world),
        exists=list(map(int, there)),
        replicas=sizes,
        desiredReplicas=stamps,
        statusAvailable=ready,
    )
    sets = [
        scaling.marked(
            rollout.seen(i == count - 1, there[i], sizes[i], ready[i]),
            stamps[i],
            stamps[i] + surge,
        )
        for i in range(count)
    ]
    limits = scaling.limits(after, IntOrPercent(surge), IntOrPercent(unavailable))
    decided = scaling.sync(scaling.Deployment(after, *limits, paused), sets)
    return world, state, decided, sets


@pytest.mark.parametrize("seed", range(150))
def test_steps_are_the_requests_of_the_decision(seed: int) -> None:
    """The text that the real controller's answers are compared with, read on numbers, asks for what
    the model sends, in the same order."""
    world, state, decided, sets = _reading(seed)
    wanted = [(each.position, each.replicas) for each in scaling.requests(decided, sets)]
    scales = bool(scaling.number(decided.scales))
    if scales:
        assert sends(world, state) == wanted
        assert not world.enabled(state, "deployment-controller") - {"resize"}
    else:
        assert "resize" not in world.enabled(state, "deployment-controller")
        assert bool(world.enabled(state, "deployment-controller")) == bool(wanted)


def test_a_request_that_is_refused_ends_the_scaling() -> None:
    """A status that is written between both updates: the other one is decided anew."""
    world = stepped(4, SetImage("web:2"), Scale(6))
    pods: list[Pod] = [("Ready", "node-1", 1)] * 3 + [("Ready", "node-1", 2)] * 2
    state = world.state(
        pods,
        change="web:2, 6 replicas",
        exists=[1, 1],
        replicas=[3, 2],
        desiredReplicas=[4, 4],
        statusAvailable=[3, 1],
    )
    first = world.after(state, "resize")
    assert world.read(first, "syncReplicas") == 6
    written = world.take(first, "update status", "web-rev2")
    assert written is not None
    assert world.read(written, "syncReplicas") == 0
    assert sum(world.read(written, "toResize")) == 0
    assert world.choices(written, "resize") == {"web-rev2"}


def test_a_sync_under_way_writes_what_it_read() -> None:
    """The user scales again between its requests: the next one is still for the old number."""
    world = stepped(4, SetImage("web:2"), Scale(6), Scale(2))
    state = world.state(
        [],
        change="web:2, 6 replicas",
        exists=[1, 1],
        replicas=[3, 2],
        desiredReplicas=[4, 4],
        statusAvailable=[0, 0],
    )
    state = world.after(state, "resize", "scale 2", "resize")
    assert world.read(state, "desiredReplicas") == [6, 6]
    assert world.read(state, "replicas") == [4, 3]
    assert sends(world, state) == [(0, 2), (1, 1)]


def test_a_replicaset_of_its_own_is_scaled_at_once() -> None:
    alone = replace(workload(2), kind="ReplicaSet")
    world = World(scenario(stepwise((Scale(3), Scale(1))), 1, alone))
    state = world.after(world.state(), "scale")
    assert world.read(state, "replicas") == [3]
    assert world.read(world.after(state, "scale 2"), "replicas") == [1]


def test_an_undo_finds_the_earlier_replicaset() -> None:
    world = stepped(2, SetImage("web:2"), SetImage("web:3"), Undo(1))
    state = world.after(world.state(), "change template", "change template 2", "roll back")
    assert world.enabled(state, "deployment-controller") == set(), "it never noticed"
    assert len(stepped(2, Restart(), Restart()).scenario.change.steps) == 2


def test_what_is_owed_while_the_user_scales() -> None:
    """As many as before until more were there, and fewer as soon as fewer are asked for."""
    world = stepped(3, SetImage("web:2"), Scale(5), Scale(2))
    assert world.read(world.state(), "owedAvailable") == 2
    up = world.after(world.state(), "change template", "scale")
    assert world.read(up, "owedAvailable") == 2
    pods: list[Pod] = [("Ready", "node-1", 1)] * 3 + [("Running", "node-1", 2)]
    grown = world.state(pods, change="web:2, 5 replicas", exists=[1, 1], replicas=[4, 2])
    gained = world.after(grown, "pod ready")
    assert world.read(gained, "owedAvailable") == 4
    late = world.state(pods, change="web:2, 5 replicas", exists=[1, 1], replicas=[2, 2])
    assert world.read(world.after(late, "pod ready"), "owedAvailable") == 2, "one is to go"
    assert world.read(world.after(gained, "scale 2"), "owedAvailable") == 1


def test_revisions_of_recreate_never_overlap_whichever_they_are() -> None:
    recreate = replace(workload(2), strategy="Recreate")
    world = World(scenario(stepwise((SetImage("web:2"), SetImage("web:3"))), 1, recreate))
    for one, other in ((1, 2), (1, 3), (2, 3)):
        pods: list[Pod] = [("Ready", "node-1", one), ("Pending", "", other)]
        assert not world.holds(world.state(pods), "revisions-never-overlap")
        assert world.holds(world.state(pods[:1]), "revisions-never-overlap")


def test_what_is_left_over_goes_to_one_replicaset() -> None:
    """A paused Deployment shares itself out beyond its replicas: what the largest ReplicaSet has
    then are no duplicates, but one pod more than it was asked for in all is."""
    world = stepped(3, SetImage("web:2"), Pause(), surge=2)
    values = {"change": "web:2, paused", "exists": [1, 1], "replicas": [1, 4]}
    for number, holds in ((4, True), (5, True), (6, False)):
        pods: list[Pod] = [("Running", "node-1", 2)] * number
        assert world.holds(world.state(pods, **values), "no-duplicate-pods") == holds
