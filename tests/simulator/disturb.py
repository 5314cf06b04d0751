"""Faults, each as often as the scenario's budget lets it: nodes, pods, etcd, watches, restarts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from tests.simulator.apiserver import Watch
from tests.simulator.nodes import given_nodes
from tests.simulator.objects import Deployment, Node, Object, Pod, ReplicaSet
from tests.simulator.world import Step, Steps, World

FAULT = "fault"
#: What each watches, by the names that `slowWatches` has for the kinds.
WATCHED: dict[str, dict[str, type[Object]]] = {
    "deployment-controller": {"deployments": Deployment, "replicasets": ReplicaSet, "pods": Pod},
    "replicaset-controller": {"replicasets": ReplicaSet, "pods": Pod},
    "kube-scheduler": {"nodes": Node},
}


def steps(world: World) -> Steps:
    yield from _nodes(world)
    yield from _pods(world)
    yield from _etcd(world)
    yield from _watches(world)
    yield from _restarts(world)


def _spend(name: str, then: Callable[[World], None], world: World) -> None:
    world.left[name] -= 1
    then(world)


# -- nodes and pods ---------------------------------------------------------------------------
def _nodes(world: World) -> Steps:
    faults, left = world.setup.scenario.faults, world.left.get("nodes", 0)
    if world.store.serving:
        for given in world.setup.scenario.nodes:
            if given.name in world.gone and not any(p.node == given.name for p in world.pods()):
                run = partial(_add, given.name)
                yield Step(FAULT, "node is added", given.name, run, fair=faults.nodes_return)
    for node in world.store.all(Node):
        if world.left.get("removed") and world.store.serving:
            remove = partial(_spend, "removed", partial(_remove, node.name))
            yield Step(FAULT, "node is removed", node.name, remove, fair=False)
        if node.name in world.down:
            if world.store.serving:
                run = partial(_return, node.name)
                yield Step(FAULT, "node returns", node.name, run, fair=faults.nodes_return)
            continue
        if left:
            crash = partial(_spend, "nodes", partial(_crash, node.name))
            yield Step(FAULT, "node crashes", node.name, crash, fair=False)
        if world.left.get("cut off"):
            cut = partial(_spend, "cut off", partial(_cut_off, node.name))
            yield Step(FAULT, "node cut off", node.name, cut, fair=False)


def _crash(name: str, world: World) -> None:
    world.down |= {name}
    world.disturbed = True


def _remove(name: str, world: World) -> None:
    """The Node object goes, and so does the machine."""
    world.store.remove(world.store.get(Node, name))
    world.down, world.cut_off = world.down - {name}, world.cut_off - {name}
    world.gone, world.marked = world.gone | {name}, world.marked - {name}
    world.disturbed = True


def _add(name: str, world: World) -> None:
    """A node like the one that was removed, as that was at first."""
    world.store.create(next(n for n in given_nodes(world.setup) if n.name == name))
    world.gone -= {name}


def _cut_off(name: str, world: World) -> None:
    """Nobody hears of the node any more, and nothing else happens."""
    _crash(name, world)
    world.cut_off |= {name}


def _return(name: str, world: World) -> None:
    """The kubelet is back: it reports its node ready, and starts what ran there again, unless that
    went on running."""
    world.down -= {name}
    ran_on, world.cut_off = name in world.cut_off, world.cut_off - {name}
    node = world.store.get(Node, name)
    if not node.ready:
        world.store.update(replace(node, ready=True))
    for pod in world.pods():
        if pod.node == name and pod.ready and not ran_on:
            world.store.update(replace(pod, ready=False, settled=False))


def _pods(world: World) -> Steps:
    if not world.store.serving:
        return
    for pod in world.pods():
        if pod.active and pod.ready and pod.node not in world.down:
            if world.left.get("pods"):
                fail = partial(_spend, "pods", partial(_fail, pod.name))
                yield Step(FAULT, "pod fails", pod.name, fail, fair=False)
            if world.left.get("cursed"):
                fail = partial(_spend, "cursed", partial(_curse, pod.name))
                yield Step(FAULT, "pod fails for good", pod.name, fail, fair=False)
        if pod.node and world.left.get("forced"):
            force = partial(_spend, "forced", partial(_force, pod.name))
            yield Step("user", "delete by force", pod.name, force, fair=False)


def _curse(name: str, world: World) -> None:
    _fail(name, world)
    world.cursed |= {name}


def _force(name: str, world: World) -> None:
    world.store.remove(world.store.get(Pod, name))
    world.disturbed = True


def _fail(name: str, world: World) -> None:
    world.store.update(replace(world.store.get(Pod, name), ready=False, settled=False))
    world.disturbed = True


# -- etcd -------------------------------------------------------------------------------------
def _etcd(world: World) -> Steps:
    """A crash or a partition costs the leader, until others elect one. Crashed members may come
    back, but nobody has to bring them back; a partition heals."""
    plane = world.setup.scenario.control_plane
    up = plane.members - world.members_down
    if world.left.get("members") and up:
        run = partial(_spend, "members", _lose_member)
        yield Step(FAULT, "member crashes", "", run, fair=False)
    if world.left.get("partitions"):
        run = partial(_spend, "partitions", _lose_leader)
        yield Step(FAULT, "member cut off", "", run, fair=False)
    if world.members_down:
        yield Step(FAULT, "member returns", "", _member_returns, fair=False)
    if not world.store.serving and up >= plane.votes:
        yield Step("etcd", "elect leader", "", _elect)


def _lose_member(world: World) -> None:
    world.members_down += 1
    world.store.serving = False


def _lose_leader(world: World) -> None:
    world.store.serving = False


def _member_returns(world: World) -> None:
    world.members_down -= 1


def _elect(world: World) -> None:
    world.store.serving = True


# -- watches ----------------------------------------------------------------------------------
def _watches(world: World) -> Steps:
    """A stalled watch shows the store as it was, then as it was somewhat later, then as it is. Each
    moment at which it rests costs one of its budget; what lies between two is passed over."""
    for name, watch in world.store.watches.items():
        of = f" of {name.partition('.')[2]}" if "." in name else ""
        left = world.left.get(name)
        if watch.view is None:
            if left:
                run = partial(_spend, name, partial(_stall, name))
                yield Step(watch.watcher, f"watch{of} stalls", "", run, fair=False)
            continue
        yield Step(watch.watcher, f"watch{of} catches up", "", partial(_catch_up, name))
        for number in range(1, len(watch.late) + 1) if left else ():
            run = partial(_spend, name, partial(_hear, name, number))
            yield Step(watch.watcher, f"watch{of} moves on", f"by {number}", run, fair=False)


def watches(often: Mapping[str, int]) -> dict[str, Watch]:
    """The watches that may stall, by name: of a kind by itself, or of all other kinds together."""
    found = {}
    for name in (name for name, times in often.items() if times):
        watcher, _, kind = name.partition(".")
        kinds = WATCHED.get(watcher, {})
        mine = [kind] if kind else [k for k in kinds if not often.get(f"{watcher}.{k}")]
        found[name] = Watch(watcher, tuple(kinds[k] for k in mine))
    return found


def _stall(name: str, world: World) -> None:
    world.store.watches[name].view = dict(world.store.objects)


def _hear(name: str, number: int, world: World) -> None:
    world.store.watches[name].hear(number)


def _catch_up(name: str, world: World) -> None:
    watch = world.store.watches[name]
    watch.view, watch.late = None, []


# -- restarts ---------------------------------------------------------------------------------
def _restarts(world: World) -> Steps:
    for name in ("deployment-controller", "replicaset-controller"):
        left = f"{name} restarts"
        if world.left.get(left):
            run = partial(_spend, left, partial(_restart, name))
            yield Step(name, "restarts", "", run, fair=False)


def _restart(name: str, world: World) -> None:
    """What was not sent and all that was remembered is lost; the new process lists everything."""
    if name == "deployment-controller":
        world.syncs.pop(name, None)
        world.own.clear()
    else:
        for key in [key for key in world.syncs if key != "deployment-controller"]:
            del world.syncs[key]
        world.expected.clear()
        world.wrote.clear()
    for watch, found in world.store.watches.items():
        if found.watcher == name:
            _catch_up(watch, world)
