"""Faults, each as often as the scenario's budget lets it: nodes, pods, etcd, watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from tests.simulator.objects import Deployment, Node, Object, Pod, ReplicaSet
from tests.simulator.world import Step, Steps, World

FAULT = "fault"
#: The kinds that a controller watches.
WATCHED: tuple[type[Object], ...] = (Deployment, ReplicaSet, Pod)


def steps(world: World) -> Steps:
    yield from _nodes(world)
    yield from _pods(world)
    yield from _etcd(world)
    yield from _watches(world)


def _spend(name: str, then: Callable[[World], None], world: World) -> None:
    world.left[name] -= 1
    then(world)


# -- nodes and pods ---------------------------------------------------------------------------
def _nodes(world: World) -> Steps:
    faults, left = world.setup.scenario.faults, world.left.get("nodes", 0)
    for node in world.store.all(Node):
        if node.name in world.down:
            if world.store.serving:
                run = partial(_return, node.name)
                yield Step(FAULT, "node returns", node.name, run, fair=faults.nodes_return)
        elif left:
            crash = partial(_spend, "nodes", partial(_crash, node.name))
            yield Step(FAULT, "node crashes", node.name, crash, fair=False)


def _crash(name: str, world: World) -> None:
    world.down |= {name}
    world.disturbed = True


def _return(name: str, world: World) -> None:
    """The kubelet is back: it reports its node ready, and starts what ran there again."""
    world.down -= {name}
    node = world.store.get(Node, name)
    if not node.ready:
        world.store.update(replace(node, ready=True))
    for pod in world.pods():
        if pod.node == name and pod.ready:
            world.store.update(replace(pod, ready=False, settled=False))


def _pods(world: World) -> Steps:
    if not world.left.get("pods") or not world.store.serving:
        return
    for pod in world.pods():
        if pod.active and pod.ready and pod.node not in world.down:
            fail = partial(_spend, "pods", partial(_fail, pod.name))
            yield Step(FAULT, "pod fails", pod.name, fail, fair=False)


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
    """A stalled watch sees nothing new, then some, then everything; the kinds apart."""
    for watcher, watch in world.store.watches.items():
        if watch.view is None:
            if world.left.get(watcher):
                run = partial(_spend, watcher, partial(_stall, watcher))
                yield Step(watcher, "watch stalls", "", run, fair=False)
            continue
        yield Step(watcher, "watch catches up", "", partial(_catch_up, watcher))
        for kind in WATCHED:
            if sum(key[0] is kind for key, _ in watch.late) and len(watch.late) > 1:
                run = partial(_hear, watcher, kind)
                yield Step(watcher, "watch hears", kind.__name__, run, fair=False)


def _stall(watcher: str, world: World) -> None:
    world.store.watches[watcher].view = dict(world.store.objects)


def _hear(watcher: str, kind: type, world: World) -> None:
    world.store.watches[watcher].hear(kind)


def _catch_up(watcher: str, world: World) -> None:
    watch = world.store.watches[watcher]
    watch.view, watch.late = None, []
