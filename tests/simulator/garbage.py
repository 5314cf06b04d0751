"""The garbage collector: what has lost its owner goes, what waits for its dependents is let go.

Source: kubernetes v1.36.3 `pkg/controller/garbagecollector/garbagecollector.go`
(attemptToDeleteItem, processDeletingDependentsItem, attemptToOrphanWorker).

Omits: a graph that is behind the store. Dependents are orphaned all at once, with their owner.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from tests.simulator.objects import Deployment, Object, Pod, ReplicaSet
from tests.simulator.world import Step, Steps, World

NAME = "garbage-collector"


def steps(world: World) -> Steps:
    if not world.deleted or not world.store.serving:
        return
    sets = world.store.all(ReplicaSet)
    if world.setup.scenario.workload.kind == "Deployment":
        yield from _deployment(world, sets)
    for each in sets:
        yield from _replicaset(world, each)
    for pod in world.pods():
        owner = next((r for r in sets if pod.is_of(r)), None)
        lost = owner is None or owner.deletion == "foreground"
        if lost and not (pod.orphaned or pod.terminating):
            yield Step(NAME, "delete", pod.name, partial(_delete, pod.name))


def _deployment(world: World, sets: list[ReplicaSet]) -> Steps:
    owner = next(iter(world.store.all(Deployment)), None)
    mine = [each for each in sets if not each.orphaned]
    if owner is not None and not owner.deletion:
        return
    if owner is not None and owner.deletion == "orphan":
        yield Step(NAME, "orphan", owner.name, _orphan_sets)
        return
    if owner is not None and not mine:
        yield Step(NAME, "release", owner.name, partial(_remove, Deployment, owner.name))
    for each in mine:
        if each.deletion:
            continue
        if owner is not None and any(p.is_of(each) for p in world.pods()):
            yield Step(NAME, "delete in the foreground", each.name, partial(_wait, each.name))
        else:
            yield Step(NAME, "delete", each.name, partial(_remove, ReplicaSet, each.name))


def _replicaset(world: World, found: ReplicaSet) -> Steps:
    if found.deletion == "orphan":
        yield Step(NAME, "orphan", found.name, partial(_orphan_pods, found.name))
    elif found.deletion == "foreground" and not any(p.is_of(found) for p in world.pods()):
        yield Step(NAME, "release", found.name, partial(_remove, ReplicaSet, found.name))


def _remove(kind: type[Object], name: str, world: World) -> None:
    world.store.remove(world.store.get(kind, name))


def _delete(name: str, world: World) -> None:
    world.store.delete_pod(name)


def _wait(name: str, world: World) -> None:
    world.store.update(replace(world.store.get(ReplicaSet, name), deletion="foreground"))


def _orphan_sets(world: World) -> None:
    for each in world.store.all(ReplicaSet):
        world.store.update(replace(each, orphaned=True))
    (owner,) = world.store.all(Deployment)
    world.store.remove(owner)


def _orphan_pods(name: str, world: World) -> None:
    owner = world.store.get(ReplicaSet, name)
    for pod in world.store.all(Pod):
        if pod.is_of(owner):
            world.store.update(replace(pod, orphaned=True))
    world.store.remove(owner)
