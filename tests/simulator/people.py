"""People: the user who changes the template, and who drains or taints nodes.

Source: kubernetes v1.36.3 `staging/src/k8s.io/kubectl/pkg/drain/drain.go` and
`pkg/cmd/drain/drain.go`: cordon, list the pods once, evict each until it is gone. A command that
fails, which is so where two budgets guard a pod, is given again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Literal

from model.api.steps import (
    AddNode,
    Apply,
    Cordon,
    Delete,
    DeletePod,
    Pause,
    PutLabel,
    PutTaint,
    RemoveNode,
    Restart,
    Resume,
    Scale,
    SetImage,
    TakeLabel,
    TakeTaint,
    Uncordon,
    Undo,
)
from tests.simulator import disruption
from tests.simulator.apiserver import Forbidden, Refused, first, guards
from tests.simulator.controllers import current
from tests.simulator.deployment import most_of_one, unavailable
from tests.simulator.nodes import given_nodes
from tests.simulator.objects import Budget, Deployment, Node, Pod, ReplicaSet
from tests.simulator.world import Drain, Step, Steps, World

USER = "user"
NODES = (Cordon, Uncordon, PutTaint, TakeTaint, PutLabel, TakeLabel, RemoveNode, AddNode)


def steps(world: World) -> Steps:
    if not world.store.serving:
        return
    change = world.setup.scenario.change
    if change.kind in ("rollout", "steps"):
        if world.taken < len(change.steps):
            step = change.steps[world.taken]
            if isinstance(step, DeletePod):
                for pod in (p for p in world.pods() if p.active and not p.orphaned):
                    yield Step(USER, "delete pod", pod.name, partial(_delete_pod, pod.name))
            else:
                yield Step(USER, str(step), "", partial(_change, step), fair=False)
    elif change.kind == "drain":
        yield from _drain(world)
    elif change.kind == "taint" and world.tainted < len(change.nodes):
        name = change.nodes[world.tainted]
        yield Step(USER, "taint", name, partial(_taint_next, name), fair=False)


def _change(step: object, world: World) -> None:
    """One of the user's steps."""
    if isinstance(step, Delete):
        _delete(step.propagation, world)
    elif isinstance(step, NODES):
        _change_node(step, world)
    elif isinstance(step, Scale) and world.setup.scenario.workload.kind == "ReplicaSet":
        (found,) = world.store.all(ReplicaSet)
        world.store.update(replace(found, replicas=step.replicas, generation=found.generation + 1))
        world.most = max(world.most, step.replicas)
    else:
        _change_deployment(step, world)
    world.taken += 1


def _delete_pod(name: str, world: World) -> None:
    world.store.delete_pod(name)
    world.taken += 1


_OnNode = Cordon | Uncordon | PutTaint | TakeTaint | PutLabel | TakeLabel | RemoveNode | AddNode


def _change_node(step: _OnNode, world: World) -> None:
    """About a node that is not there a command only fails."""
    name = step.nodes[0] if isinstance(step, PutTaint | TakeTaint) else step.node
    if isinstance(step, AddNode):
        world.store.create(next(n for n in given_nodes(world.setup) if n.name == name))
        return
    node = first(world.store.all(Node), name)
    if node is None:
        return
    match step:
        case Cordon() | Uncordon():
            world.store.update(replace(node, unschedulable=isinstance(step, Cordon)))
        case PutTaint():
            _taint(name, world)
        case TakeTaint():
            taint = (step.taint.key, step.taint.value, step.taint.effect)
            taints = tuple(each for each in node.taints if each != taint)
            world.store.update(replace(node, taints=taints))
            world.marked -= {name}
        case PutLabel():
            _label(world, node, {**node.labels, step.key: step.value})
        case TakeLabel():
            _label(world, node, {key: v for key, v in node.labels.items() if key != step.key})
        case RemoveNode():
            world.store.remove(node)
            if name not in world.down:
                world.machines = {**world.machines, name: node}


def _label(world: World, node: Node, labels: Mapping[str, str]) -> None:
    world.worn = {**world.worn, node.name: (*world.worn.get(node.name, ()), labels)}
    world.store.update(replace(node, labels=labels))


def _change_deployment(step: object, world: World) -> None:
    (deployment,) = world.store.all(Deployment)
    image, restart = world.revisions[int(deployment.template.removeprefix("rev")) - 1]
    match step:
        case SetImage():
            after = _retemplated(world, deployment, (step.image or "new", restart))
            if not step.becomes_ready and after.template not in world.recorded:
                world.broken |= {after.template}
        case Restart():
            after = _retemplated(world, deployment, (image, world.taken + 1))
        case Undo():
            known = [each for each in world.recorded if each not in ("", deployment.template)]
            target = world.recorded[step.revision - 1] if step.revision else known[-1]
            after, world.stage = replace(deployment, template=target), "reverted"
        case Scale():
            after = _resized(world, deployment, step.replicas)
        case Apply():
            after = _retemplated(world, deployment, (step.image, restart))
            after = _resized(world, after, step.replicas)
            if not step.becomes_ready and after.template not in world.recorded:
                world.broken |= {after.template}
        case Pause():
            after = replace(deployment, paused=True)
        case _:
            assert isinstance(step, Resume)
            after = replace(deployment, paused=False)
    world.store.update(after)
    if not after.paused and world.recorded[-1] != after.template:
        # Its place in the history is the last one from now on.
        kept = tuple("" if each == after.template else each for each in world.recorded)
        world.recorded = (*kept, after.template)


def _delete(how: Literal["background", "foreground", "orphan"], world: World) -> None:
    """The workload goes at once, or once the garbage collector takes its finalizer away."""
    found: Deployment | ReplicaSet
    if world.setup.scenario.workload.kind == "Deployment":
        (found,) = world.store.all(Deployment)
    else:
        (found,) = world.store.all(ReplicaSet)
    if how == "background":
        world.store.remove(found)
    else:
        world.store.update(replace(found, deletion=how))
    world.was = found
    world.deleted, world.stage = how, "deleted"


def _resized(world: World, deployment: Deployment, replicas: int) -> Deployment:
    after = replace(deployment, replicas=replicas)
    world.most = max(world.most, most_of_one(after, world.setup.scenario.change))
    world.owed = min(world.owed, replicas - unavailable(after))
    return after


def _retemplated(world: World, deployment: Deployment, key: tuple[str, int]) -> Deployment:
    if key not in world.revisions:
        world.revisions = (*world.revisions, key)
    world.stage = "new"
    return replace(deployment, template=f"rev{world.revisions.index(key) + 1}")


def _taint_next(name: str, world: World) -> None:
    """A node that is gone is passed over."""
    if first(world.store.all(Node), name):
        _taint(name, world)
    world.tainted += 1


def _taint(name: str, world: World) -> None:
    taint, node = world.setup.scenario.change.taint, world.store.get(Node, name)
    assert taint is not None
    taints = (*node.taints, (taint.key, taint.value, taint.effect))
    world.store.update(replace(node, taints=taints))
    world.marked |= {name}


# -- drains -----------------------------------------------------------------------------------
def _drain(world: World) -> Steps:
    change, drain = world.setup.scenario.change, world.drain
    if drain.node >= len(change.nodes):
        return
    name = change.nodes[drain.node]
    if not drain.begun:
        # The only drain there is counts as under way where its node is cordoned already.
        alone = len(change.nodes) == 1 and not change.uncordon
        node = first(world.store.all(Node), name)
        already = alone and node is not None and node.unschedulable
        yield Step(USER, "cordon", name, partial(_cordon, name, True), fair=already)
    elif drain.listed is None:
        yield Step(USER, "list pods", name, _list_pods)
    else:
        there = {p.name: p for p in world.pods()}
        listed = [there[each] for each in drain.listed if each in there]
        for pod in listed:
            if not pod.terminating and not _hopeless(world, pod):
                yield Step(USER, "evict", pod.name, partial(_evict, pod.name))
        if not listed:
            yield Step(USER, "drained", name, partial(_next, name))


def _hopeless(world: World, pod: Pod) -> bool:
    """Whether an eviction would be refused now: asking changes nothing."""
    trial = world.copy()
    _refresh(trial)
    try:
        trial.store.evict(pod.name)
    except Forbidden:
        return False
    except Refused:
        return True
    return False


def _cordon(name: str, on: bool, world: World) -> None:
    if node := first(world.store.all(Node), name):
        world.store.update(replace(node, unschedulable=on))
    if on:
        world.drain = replace(world.drain, begun=True, listed=None)


def _list_pods(world: World) -> None:
    name = world.setup.scenario.change.nodes[world.drain.node]
    listed = tuple(p.name for p in world.pods() if p.node == name)
    world.drain = replace(world.drain, listed=listed)


def _next(name: str, world: World) -> None:
    if world.setup.scenario.change.uncordon:
        _cordon(name, False, world)
    world.drain = Drain(world.drain.node + 1)


def _refresh(world: World) -> None:
    """The disruption controller catches up, where it is assumed that it has."""
    if world.setup.assumed.budgets_are_current:
        for budget in world.store.all(Budget):
            if current(world, budget) != budget:
                world.store.update(current(world, budget))


def _evict(name: str, world: World) -> None:
    _refresh(world)
    pod = world.store.get(Pod, name)
    before = set(world.breaches)
    note_disruption(world, pod)
    try:
        world.store.evict(name)
    except Forbidden:
        world.drain = replace(world.drain, listed=None)
        world.breaches = frozenset(before)
    except Refused:
        world.breaches = frozenset(before)


def note_disruption(world: World, pod: Pod) -> None:
    """A ready pod is deleted on somebody's behalf: are enough healthy ones left?"""
    budgets = [b for b in world.store.all(Budget) if guards(b, pod)]
    if len(budgets) != 1 or not pod.ready or not pod.active:
        return
    guarded = [p for p in world.pods() if guards(budgets[0], p)]
    _, wanted = disruption.desired(budgets[0], world.desired, len(guarded))
    if sum(p.ready and p.active for p in guarded) <= wanted:
        world.breach("budget-respected")
