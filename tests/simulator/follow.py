"""A counterexample of `check`, followed in the simulator step by step.

Both are reduced to what anybody can see: pods, ReplicaSets, nodes, the user's change. From the
simulator's worlds that look as the model does before a step, a search through the simulator's
steps finds those that look as the model does after it. What the model does in one step may take
several, none of which leads away from where the model goes; what nobody sees (a sync that begins,
a list that is made) may happen at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from checker.report import Result
from model.ir.system import State, System
from model.ir.types import ElementType, EnumType
from tests.simulator import replicaset as replicasets
from tests.simulator.controllers import new_pod
from tests.simulator.deployment import surge
from tests.simulator.judge import LIVENESS, SAFETY, Verdicts, owe
from tests.simulator.objects import Deployment, Node, Pod, ReplicaSet
from tests.simulator.runs import canonical, finish, take
from tests.simulator.setups import armed, empty
from tests.simulator.world import Setup, Step, World, steps

#: Most steps of the simulator for one of the model, most worlds that are kept or looked at.
DEEP, KEPT, LOOKED_AT = 9, 300, 6000
#: What can be seen of a node that was removed.
GONE = ("Gone", False, False)


class View(NamedTuple):
    """What can be seen of a state."""

    #: (phase, node, ReplicaSet) of the pods that there are, sorted.
    pods: tuple[tuple[str, str, str], ...]
    #: (name, replicas asked for, replicas reported available) of the ReplicaSets that there are.
    sets: tuple[tuple[str, int, int], ...]
    #: (name, health, cordoned, tainted by the user) of each node.
    nodes: tuple[tuple[str, str, bool, bool], ...]
    #: How many steps the user has taken that change the workload.
    taken: int
    serving: bool

    def distance(self, other: View, *, loosely: bool) -> int:
        """In how many pods, ReplicaSets, nodes and so on two states differ; `loosely` whatever is
        reported of the ReplicaSets."""
        mine, theirs = Counter(self.pods), Counter(other.pods)
        apart = max((mine - theirs).total(), (theirs - mine).total())
        sets, others = ({s[: 2 if loosely else 3] for s in v.sets} for v in (self, other))
        apart += len(sets ^ others)
        apart += sum(a != b for a, b in zip(self.nodes, other.nodes, strict=True))
        return apart + (self.taken != other.taken) + (self.serving != other.serving)


# -- the model's states -----------------------------------------------------------------------
@dataclass(frozen=True)
class Reader:
    """Reads the model's states by the names of its functions."""

    setup: Setup
    system: System

    def values(self, state: State, name: str) -> list[object] | None:
        """A function's values, in the order of its elements; None if there is no such function."""
        function = next((f for f in self.system.functions if f.name == name), None)
        if function is None:
            return None
        begin = self.system.offsets[function]
        found: list[object] = []
        for value in state[begin : begin + function.size]:
            if isinstance(function.type, EnumType):
                found.append(function.type.values[value])
            elif isinstance(function.type, ElementType):
                found.append("" if value < 0 else function.type.sort.elements[value])
            else:
                found.append(value)
        return found

    def _taken(self, state: State) -> int:
        """How many steps the user has taken that change the workload: they come in one order."""
        for name in ("stepsTaken", "change"):
            function = next((f for f in self.system.functions if f.name == name), None)
            if function is not None:
                return state[self.system.offsets[function]]
        return 0

    def view(self, state: State) -> View:
        def column(name: str, default: object) -> Iterator[object]:
            found = self.values(state, name)
            return iter(found) if found is not None else iter(lambda: default, 0)

        replicas = self.system.functions
        names = next(f.domain[0].elements for f in replicas if f.name == "replicas")
        pods = zip(
            self.values(state, "phase") or (),
            self.values(state, "node") or (),
            self.values(state, "owner") or (),
            strict=True,
        )
        sets = zip(
            names,
            column("exists", 1),
            column("replicas", 0),
            column("statusAvailable", 0),
            strict=False,
        )
        there = self.setup.scenario.nodes
        given = [n.unschedulable for n in there]
        cordons = self.values(state, "unschedulable") or given
        nodes = zip(there, column("health", "Up"), cordons, column("tainted", "none"), strict=False)
        known = column("registered", 1)
        return View(
            tuple(sorted((str(p), str(n), str(o)) for p, n, o in pods if p != "Absent")),
            tuple((n, int(str(r)), int(str(s))) for n, e, r, s in sets if e),
            tuple(
                (n.name, str(h), bool(c), t != "none") if next(known) else (n.name, *GONE)
                for n, h, c, t in nodes
            ),
            self._taken(state),
            bool(next(column("serving", 1))),
        )


# -- the simulator's states -------------------------------------------------------------------
def view(world: World) -> View:
    there = {n.name: n for n in world.store.all(Node)}
    return View(
        tuple(sorted(look for p in world.pods() if (look := _look(world, p)))),
        tuple(
            sorted((r.name, r.replicas, r.status_available) for r in world.store.all(ReplicaSet))
        ),
        tuple(
            (name, _health(world, n), n.unschedulable, name in world.marked)
            if (n := there.get(name))
            else (name, *GONE)
            for name in (each.name for each in world.setup.scenario.nodes)
        ),
        world.taken,
        world.store.serving,
    )


def _look(world: World, pod: Pod) -> tuple[str, str, str] | None:
    if pod.phase == "Failed":
        return None
    named = pod.manifest["spec"].get("nodeName")
    node = "" if named and not pod.admitted else pod.node
    if pod.terminating:
        return ("Terminating", pod.node, pod.owner)
    phase: str = pod.phase
    if pod.ready:
        phase = "Available" if pod.settled and world.setup.min_ready else "Ready"
    return (phase, node, pod.owner)


def _health(world: World, node: Node) -> str:
    if node.name not in world.down:
        return "Up"
    return "Crashed" if node.ready else "Unreachable"


def start(setup: Setup, seen: View) -> World:
    """A world at rest that looks like an initial state of the model."""
    world = empty(setup)
    if setup.scenario.change.kind != "apply":
        for name, replicas, available in seen.sets:
            if setup.scenario.workload.kind == "Deployment":
                found = ReplicaSet(
                    name,
                    setup.templates["rev1"],
                    "rev1",
                    replicas,
                    min_ready_seconds=setup.min_ready,
                )
                (deployment,) = world.store.all(Deployment)
                rolling = deployment.strategy == "RollingUpdate"
                most = replicas + (surge(deployment) if rolling else 0)
                found = replace(found, desired=replicas, maximum=most)
                world.store.create(found)
            owner = world.store.get(ReplicaSet, name)
            for phase, node, _ in seen.pods:
                world.store.create(_deployed(world, owner, phase, node))
                world.pods_made += 1
            active = [p for p in world.pods() if p.active]
            report = replicasets.status(owner, active)
            assert report.available == available
            world.store.update(
                replace(
                    owner,
                    status_replicas=report.replicas,
                    status_ready=report.ready,
                    status_available=report.available,
                    observed=report.observed,
                )
            )
    return armed(world)


def _deployed(world: World, owner: ReplicaSet, phase: str, node: str) -> Pod:
    pod = new_pod(world, owner)
    runs = phase in ("Running", "Ready", "Available")
    return replace(
        pod,
        node=node or pod.node,
        phase="Running" if runs else "Pending",
        ready=phase in ("Ready", "Available"),
        settled=phase == "Available",
        admitted=runs,
    )


# -- following --------------------------------------------------------------------------------
@dataclass
class Followed:
    """How far a counterexample could be followed; `lost` says where and why not further."""

    taken: int = 0
    lost: str = ""
    #: Whether only what ReplicaSets report had to be let differ.
    loosely: bool = False


def follow(setup: Setup, result: Result, seed: int = 0) -> Followed:
    """Follow the trace of a violation, and see the violation at its end.

    Where that is not possible, once more with any numbers in the statuses of ReplicaSets: the
    model leaves out reports that change nothing for what is asked.
    """
    found = _follow(setup, result, seed, loosely=False)
    return _follow(setup, result, seed, loosely=True) if found.lost else found


def _follow(setup: Setup, result: Result, seed: int, *, loosely: bool) -> Followed:
    trace = result.verdict.trace
    assert trace is not None
    reader = Reader(setup, result.instance.system)
    worlds = [start(setup, reader.view(trace.states[0]))]
    for index, step in enumerate(trace.steps):
        target = reader.view(trace.states[index + 1])
        action = f"{step.action.actor}: {step.action.name}"
        found = _reach(worlds, target, step.action.name, loosely=loosely)
        if not found:
            return Followed(index, f"step {index + 1}, {action} ({step}): not possible")
        worlds = found
    if not _shows(result.claim.name, worlds, trace.loop, len(trace.steps), seed):
        return Followed(len(trace.steps), f"{result.claim.name} is not violated at its end")
    return Followed(len(trace.steps), loosely=loosely)


def _shows(name: str, worlds: list[World], loop: int | None, length: int, seed: int) -> bool:
    if name in SAFETY:
        return any(not SAFETY[name](world) for world in worlds)
    if name not in LIVENESS:
        return True
    if loop is not None and loop < length:
        return True  # its loop was followed: the model goes round it for ever
    for number, world in enumerate(worlds[:20]):
        verdicts = Verdicts([name])
        verdicts.see(world)
        trial = world.copy()
        ending = finish(trial, Random(seed + number), verdicts.see, [])
        verdicts.end(ending)
        # A run that only grows never comes back to a state: nothing is said of it.
        if name in verdicts.violated or ending.given_up:
            return True
    return False


def _reach(worlds: Iterable[World], target: View, action: str, *, loosely: bool) -> list[World]:
    """Worlds that look like `target`, after at most so many steps, none of which leads away."""
    seen: set[object] = set()
    level = list(worlds)
    found: dict[object, World] = {}
    for _ in range(DEEP):
        following: list[World] = []
        for world in level:
            distance = view(world).distance(target, loosely=loosely)
            if distance == 0:
                found[canonical(world), world.breaches, _lag(world)] = world
            for step in steps(world):
                if not _may(step, action):
                    continue
                after = world.copy()
                take(after, step)
                owe(after)
                if view(after).distance(target, loosely=loosely) > distance:
                    continue
                key = (canonical(after), after.breaches, _lag(after))
                if key not in seen:
                    seen.add(key)
                    following.append(after)
            if len(seen) > LOOKED_AT:
                break
        if len(found) >= KEPT or not following or len(seen) > LOOKED_AT:
            break
        level = following
    return list(found.values())[:KEPT]


def _lag(world: World) -> object:
    return tuple(
        (name, watch.view is not None, len(watch.late))
        for name, watch in world.store.watches.items()
    )


def _may(step: Step, action: str) -> bool:
    """Whether a step helps to follow: watches stall, move on and catch up when the model's do."""
    if step.action.startswith("watch "):
        return step.action == action
    return True
