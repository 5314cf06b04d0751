"""Runs: any order of steps for a while, then fair rounds until nothing is left to do, or until a
state comes back and so may for ever."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from tests.simulator import deployment as deployments
from tests.simulator.apiserver import Refused
from tests.simulator.objects import Deployment, Node, Pod, ReplicaSet
from tests.simulator.world import Call, CreatePod, DeletePod, Report, Step, World, steps

Watcher = Callable[[World], None]
#: Rounds after which a run is given up.
ROUNDS = 120


@dataclass
class Ending:
    """How a fair run ends: the states that come again and again (one, where nothing moves); if
    it was given up, the states of its second half."""

    loop: list[World] = field(default_factory=list)
    given_up: bool = False


def take(world: World, step: Step) -> None:
    with suppress(Refused):  # whoever asked will ask again
        step.run(world)


def rest(world: World, random: Random) -> None:
    """Let everybody finish, with no change and no fault."""
    for _ in range(60):
        if not round_of(world, random, lambda _: None, quiet=True):
            return


def wander(world: World, random: Random, length: int, see: Watcher, log: list[str]) -> None:
    """Any steps, those of users and faults among them: how often is drawn for each run, and how
    fast everybody else is in comparison, now and then anew."""
    often = random.choice((0.03, 0.1, 0.3))
    speeds: dict[tuple[str, str], float] = {}
    for _ in range(length):
        possible = steps(world)
        if not possible:
            return
        if random.random() < 0.05:
            speeds.clear()
        fair, unfair = ([s for s in possible if s.fair is kind] for kind in (True, False))
        if unfair and (not fair or random.random() < often):
            step = random.choice(unfair)
        else:
            keys = [(s.actor, s.about if s.actor != "kube-scheduler" else "") for s in fair]
            for key in keys:
                speeds.setdefault(key, 10 ** random.uniform(-3, 0))
            step = random.choices(fair, [speeds[key] for key in keys])[0]
        log.append(str(step))
        take(world, step)
        see(world)


def round_of(
    world: World,
    random: Random,
    see: Watcher,
    log: list[str] | None = None,
    *,
    quiet: bool = False,
) -> bool:
    """One round: everybody who has something to do does one step of it. Whether anybody had."""

    def possible() -> list[Step]:
        found = [s for s in steps(world) if s.fair]
        return [s for s in found if s.actor not in ("user", "fault")] if quiet else found

    turns = list(dict.fromkeys((s.actor, s.action, s.about) for s in possible()))
    random.shuffle(turns)
    for turn in turns:
        mine = [s for s in possible() if (s.actor, s.action, s.about) == turn]
        if mine:
            step = random.choice(mine)
            if log is not None:
                log.append(str(step))
            take(world, step)
            see(world)
    return bool(turns)


def finish(world: World, random: Random, see: Watcher, log: list[str]) -> Ending:
    """Fair rounds, with no further change and no further fault."""
    seen: dict[object, int] = {}
    states: list[World] = []
    for _ in range(ROUNDS):
        key = canonical(world)
        if key in seen:
            return Ending(states[seen[key] :])
        seen[key] = len(states)
        log.append("-- round")

        def keep(now: World) -> None:
            see(now)
            states.append(now.copy())

        if not round_of(world, random, keep, log):
            return Ending([world.copy()])
    return Ending(states[len(states) // 2 :], given_up=True)


def canonical(world: World) -> object:
    """What tells states apart that differ in more than names and versions. Equal values mean
    states with the same futures; the same state may have several values."""

    made = {(r.name, r.created): True for r in world.store.all(ReplicaSet)}

    def looks(pod: Pod) -> tuple[object, ...]:
        drained = pod.name in (world.drain.listed or ())
        chosen = world.assumed.get(pod.name, "")
        return (
            pod.owner,
            pod.node,
            pod.phase,
            pod.ready,
            pod.settled,
            pod.terminating,
            pod.admitted,
            drained,
            chosen,
            pod.name in world.cursed,
            pod.orphaned,
            made.get((pod.owner, pod.made_by), False),
        )

    pods = sorted(
        (p for p in world.pods() if p.phase != "Failed"), key=lambda p: (looks(p), p.name)
    )
    numbers = {pod.name: index for index, pod in enumerate(pods)}
    sets = {r.name: r for r in world.store.all(ReplicaSet)}
    newest = sorted({r.revision for r in sets.values()})

    def call(each: Call) -> tuple[object, ...]:
        if isinstance(each, DeletePod):
            return ("delete", numbers.get(each.name, -1))
        if isinstance(each, CreatePod):
            return ("create", each.replicaset, (each.replicaset, each.made) in made)
        if isinstance(each, Report):
            there = sets.get(each.replicaset)
            current = there is not None and there.generation == each.status.observed
            said = each.status
            return ("report", each.replicaset, said.replicas, said.ready, said.available, current)
        if isinstance(each, deployments.Create):
            return ("make", each.template, each.replicas)
        name = each.replicaset.name
        written = world.own.get(name, each.replicaset.version)
        fresh = name in sets and sets[name].version == written
        asked = each.replicas if isinstance(each, deployments.Scale) else "annotate"
        return ("scale", name, asked, fresh)

    syncs = tuple(
        (key, tuple(tuple(sorted(map(repr, map(call, batch)))) for batch in sync))
        for key, sync in sorted(world.syncs.items())
    )
    return (
        tuple(looks(pod) for pod in pods),
        tuple(
            (
                r.name,
                r.replicas,
                newest.index(r.revision),
                r.status_replicas,
                r.status_ready,
                r.status_available,
                r.observed == r.generation,
                r.desired,
                r.deletion,
                r.orphaned,
            )
            for r in sets.values()
        ),
        tuple((n.name, n.taints, n.unschedulable, n.ready) for n in world.store.all(Node)),
        syncs,
        world.stage,
        world.deleted,
        bool(world.store.all(Deployment)),
        world.taken,
        world.owed,
        world.drain.node,
        world.drain.begun,
        world.drain.listed is None,
        world.tainted,
        tuple(world.machines),
        world.gone,
        world.down,
        world.cut_off,
        world.members_down,
        world.store.serving,
        tuple(watch.view is None for watch in world.store.watches.values()),
    )
