"""The controllers' steps: begin a sync from a reading, send its next request; bind; report."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from tests.simulator import deployment as deployments
from tests.simulator import disruption, filters
from tests.simulator import replicaset as replicasets
from tests.simulator.apiserver import Refused, first, guards
from tests.simulator.objects import Budget, Deployment, Manifest, Node, Pod, ReplicaSet
from tests.simulator.selectors import admitted
from tests.simulator.world import (
    Call,
    CreatePod,
    DeletePod,
    Report,
    Step,
    Steps,
    Sync,
    World,
)

DEPLOYMENT, REPLICASET = "deployment-controller", "replicaset-controller"


def steps(world: World) -> Steps:
    for key in list(world.syncs):
        yield from _sending(world, key)
    yield from _deployment(world)
    for each in world.store.all(ReplicaSet, REPLICASET):
        yield from _replicaset(world, each)
    yield from _scheduler(world)
    yield from _budgets(world)


# -- syncs ------------------------------------------------------------------------------------
def _begin(key: str, sync: Sync, world: World) -> None:
    world.syncs[key] = sync
    if key == DEPLOYMENT:
        world.own = {}


def _deployment(world: World) -> Steps:
    found = world.store.all(Deployment, DEPLOYMENT)
    if DEPLOYMENT in world.syncs or not found:
        return
    (deployment,) = found
    if deployment.deletion:
        return
    seen = [r for r in world.store.all(ReplicaSet, DEPLOYMENT) if not r.orphaned]
    new = {r.name for r in seen if r.template == deployment.template}
    pods = world.pods(DEPLOYMENT)
    old_pods = sum(p.phase != "Failed" and p.owner not in new for p in pods)
    requests = deployments.decide(deployment, seen, old_pods)
    if requests:
        sync = tuple((request,) for request in requests)
        yield Step(DEPLOYMENT, "sync", deployment.name, partial(_begin, DEPLOYMENT, sync))


def _replicaset(world: World, seen: ReplicaSet) -> Steps:
    """A sync, unless the controller knows that it has not seen its own writes yet."""
    pod_version, own_version = world.wrote.get(seen.name, (0, 0))
    store = world.store
    if (
        seen.name in world.syncs
        or not store.has_heard(REPLICASET, Pod, pod_version)
        or not store.has_heard(REPLICASET, ReplicaSet, own_version)
    ):
        return
    everything = world.pods(REPLICASET)
    pods = [p for p in everything if p.is_of(seen)]
    manage = not _waits(world, seen.name) and not seen.deletion
    for decision in replicasets.decide(seen, pods, everything, manage=manage):
        sync: list[tuple[Call, ...]] = []
        for size in replicasets.batches(decision.create):
            sync.append((CreatePod(seen.name, seen.created),) * size)
        if decision.delete:
            sync.append(tuple(DeletePod(name) for name in decision.delete))
        if decision.status != replicasets.reported(seen):
            sync.append((Report(seen.name, decision.status),))
        if sync:
            begin = partial(_begin, seen.name, tuple(sync))
            yield Step(REPLICASET, "sync", seen.name, begin)


def _waits(world: World, name: str) -> bool:
    """Whether a controller has yet to hear of a pod that it has created or deleted."""
    mine = world.expected.get(name, frozenset())
    return any(pod in mine for pod, _ in world.store.late(REPLICASET, Pod))


def _sending(world: World, key: str) -> Steps:
    """The next request of a sync: any of its first batch."""
    actor = DEPLOYMENT if key == DEPLOYMENT else REPLICASET
    batch = world.syncs[key][0]
    for call in dict.fromkeys(batch):
        name = type(call).__name__
        about = call.name if isinstance(call, DeletePod) else key
        yield Step(actor, name, about, partial(_send, key, call))


def _send(key: str, call: Call, world: World) -> None:
    batch, *rest = world.syncs[key]
    left = list(batch)
    left.remove(call)
    try:
        _write(key, call, world)
    except Refused:
        # A Deployment sync ends; a ReplicaSet's creates no further batch, and still reports.
        rest = [] if key == DEPLOYMENT else rest[-1:] if rest and _reports(rest[-1]) else []
    remaining = tuple(b for b in (tuple(left), *rest) if b)
    if remaining:
        world.syncs[key] = remaining
    else:
        del world.syncs[key]


def _reports(batch: tuple[Call, ...]) -> bool:
    return isinstance(batch[0], Report)


def _write(key: str, call: Call, world: World) -> None:
    store = world.store
    if isinstance(call, deployments.Create):
        made = new_replicaset(world, call)
        world.own[made.name] = store.create(made).version
    elif isinstance(call, deployments.Scale):
        version = world.own.get(call.replicaset.name, call.replicaset.version)
        read = call.replicaset
        changed = replace(
            read,
            replicas=call.replicas,
            generation=read.generation + (call.replicas != read.replicas),
            version=version,
            desired=call.desired,
            maximum=call.maximum,
        )
        world.own[read.name] = store.update(changed).version
    elif isinstance(call, deployments.Annotate):
        world.own[call.replicaset.name] = store.update(
            replace(call.replicaset, revision=call.revision)
        ).version
    elif isinstance(call, CreatePod):
        pod = new_pod(world, _maker(world, call))
        store.create(pod)
        world.pods_made += 1
        world.expected[key] = world.expected.get(key, frozenset()) | {pod.name}
        world.wrote[key] = (store.revision, world.wrote.get(key, (0, 0))[1])
    elif isinstance(call, DeletePod):
        _delete(key, call.name, world)
    else:
        _report(call, world)


def _maker(world: World, call: CreatePod) -> ReplicaSet:
    """The ReplicaSet of a pod as its controller has read it; it need not be there any more."""
    found = first(world.store.all(ReplicaSet), call.replicaset)
    if found is not None and found.created == call.made:
        return found
    template = call.replicaset.rpartition("-")[2]
    template = template if template in world.setup.templates else "rev1"
    manifest = world.setup.templates[template]
    return ReplicaSet(call.replicaset, manifest, template, 0, created=call.made)


def _delete(key: str, name: str, world: World) -> None:
    world.store.delete_pod(name)
    world.expected[key] = world.expected.get(key, frozenset()) | {name}


def _report(call: Report, world: World) -> None:
    """After a conflict the object is read anew, and the same status written once more."""
    current, said = world.store.get(ReplicaSet, call.replicaset), call.status
    written = world.store.update(
        replace(
            current,
            status_replicas=said.replicas,
            status_ready=said.ready,
            status_available=said.available,
            observed=said.observed,
        )
    )
    world.wrote[written.name] = (world.wrote.get(written.name, (0, 0))[0], written.version)


def new_replicaset(world: World, call: deployments.Create) -> ReplicaSet:
    setup = world.setup
    return ReplicaSet(
        f"{setup.scenario.workload.name}-{call.template}",
        setup.templates[call.template],
        call.template,
        call.replicas,
        call.revision,
        created=world.store.revision,
        desired=call.desired,
        maximum=call.maximum,
        min_ready_seconds=setup.min_ready,
    )


def new_pod(world: World, owner: ReplicaSet) -> Pod:
    """A pod as admission lets it in; a template may name its node."""
    name = f"{owner.name}-{world.pods_made}"
    spec = owner.manifest["spec"]
    given = {**spec, "tolerations": admitted(spec.get("tolerations") or ())}
    metadata = {**owner.manifest["metadata"], "namespace": world.setup.scenario.workload.namespace}
    manifest = {"metadata": metadata, "spec": given}
    node = spec.get("nodeName") or ""
    return Pod(name, owner.name, manifest, node=node, made_by=owner.created)


# -- the scheduler ----------------------------------------------------------------------------
def as_placed(pod: Pod, node: str) -> Manifest:
    """A pod's manifest with its node, and whether it is being deleted."""
    metadata = dict(pod.manifest["metadata"])
    if pod.terminating:
        metadata["deletionTimestamp"] = "now"
    return {"metadata": metadata, "spec": {**pod.manifest["spec"], "nodeName": node}}


def cluster_of(world: World) -> filters.Cluster:
    """What the scheduler sees: its own decisions count at once, failed pods don't."""
    placed = [
        as_placed(p, p.node or world.assumed[p.name])
        for p in world.pods()
        if p.phase != "Failed" and (p.node or p.name in world.assumed)
    ]
    nodes = world.store.all(Node, "kube-scheduler")
    return filters.Cluster([n.manifest for n in nodes], placed)


def _scheduler(world: World) -> Steps:
    for name, node in world.assumed.items():
        yield Step("kube-scheduler", "bind", name, partial(_bind, name, node))
    waiting = [p for p in world.pods() if not p.node and p.active and p.name not in world.assumed]
    if not waiting or not world.store.serving:
        return
    cluster = cluster_of(world)
    at_once = world.setup.assumed.bindings_are_prompt
    for pod in waiting:
        for node in filters.feasible(pod.manifest, cluster):
            run = partial(_bind if at_once else _assume, pod.name, node)
            yield Step("kube-scheduler", "bind" if at_once else "choose", pod.name, run)


def _assume(name: str, node: str, world: World) -> None:
    world.assumed[name] = node


def _bind(name: str, node: str, world: World) -> None:
    world.assumed.pop(name, None)
    try:
        pod = world.store.get(Pod, name)
        if not pod.node and not pod.terminating:
            world.store.update(replace(pod, node=node))
    except Refused:
        pass  # it is scheduled again, if it is still there


# -- budgets ----------------------------------------------------------------------------------
def _budgets(world: World) -> Steps:
    if world.setup.assumed.budgets_are_current or not world.store.serving:
        return
    for budget in world.store.all(Budget):
        if current(world, budget) != budget:
            yield Step("disruption-controller", "report", budget.name, partial(_count, budget.name))


def _count(name: str, world: World) -> None:
    world.store.update(current(world, world.store.get(Budget, name)))


def current(world: World, budget: Budget) -> Budget:
    pods = [p for p in world.pods() if guards(budget, p)]
    return disruption.computed(budget, pods, world.desired)
